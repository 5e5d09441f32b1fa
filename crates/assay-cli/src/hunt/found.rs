//! A found disagreement as a folder: `case.toml`, `file.safetensors`,
//! `twin.safetensors`, `answers.json`.

use std::path::Path;

use anyhow::{Context as _, bail};
use assay_protocol::case::{Case, CaseFile};
use assay_protocol::message::ErrorText;
use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::{Dialect, Verdict};
use serde::{Deserialize, Serialize};

use super::asker::{Member, Shown};
use super::{propose, twin};
use crate::corpus::build::replace;

/// What is known of a found file: `answers.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answers {
    /// Id and text of its signature.
    pub(crate) signature: String,
    pub(crate) disagreement: String,
    pub(crate) verdict: String,
    pub(crate) rules: Vec<String>,
    /// Bytes of the file, and of the one it was shrunk from.
    pub(crate) size: u64,
    pub(crate) from_size: u64,
    /// The file in hexadecimal; left out if it is embargoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hex: Option<String>,
    /// The lineage of the file: seed, step, how it was made.
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) how: String,
    /// Edition and digest of the dialect.
    pub(crate) dialect: String,
    /// A fault of memory or time in published software: the file stays here.
    pub(crate) embargo: bool,
    /// Why it cannot become a case as it is; absent if it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_promotable: Option<String>,
    pub(crate) answers: Vec<MemberAnswer>,
}

/// What one implementation did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MemberAnswer {
    pub(crate) implementation: String,
    pub(crate) lineage: String,
    pub(crate) version: String,
    pub(crate) outcome: Outcome,
    pub(crate) answer: Option<Answer>,
    pub(crate) detail: Option<String>,
    pub(crate) error: Option<ErrorText>,
    pub(crate) view: Option<String>,
}

impl MemberAnswer {
    fn new(member: &Member, line: &ResultLine) -> MemberAnswer {
        MemberAnswer {
            implementation: member.id.clone(),
            lineage: member.lineage.clone(),
            version: member.version.clone(),
            outcome: line.outcome,
            answer: line.answer,
            detail: line.detail.clone(),
            error: line.error.clone(),
            view: line.view.clone(),
        }
    }
}

/// A file with where it comes from.
pub(crate) struct Origin<'a> {
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) how: &'a str,
    pub(crate) from_size: u64,
}

/// Writes a found file below `found`; the folder is there wholly or not at all.
pub(crate) fn write(
    found: &Path,
    dialect: &Dialect,
    bytes: &[u8],
    shown: &Shown,
    members: &[Member],
    origin: &Origin<'_>,
) -> anyhow::Result<Answers> {
    let signature = &shown.signature;
    let is_valid = shown.seen.verdict == Verdict::Valid;
    let twin = if is_valid { None } else { twin::nearest(dialect, bytes) };
    let case = propose::case(dialect, bytes, twin.as_deref(), &shown.seen, signature);
    let not_promotable = if signature.is_grave {
        Some("it makes published software fail; tell its owners first".to_owned())
    } else if !is_valid && twin.is_none() {
        Some("no valid twin was found; write one into case.toml".to_owned())
    } else {
        None
    };
    let each = members.iter().zip(&shown.lines);
    let answers = Answers {
        signature: signature.id(),
        disagreement: signature.to_string(),
        verdict: shown.seen.verdict.to_string(),
        rules: signature.rules.iter().cloned().collect(),
        size: bytes.len() as u64,
        from_size: origin.from_size,
        hex: (!signature.is_grave).then(|| hex::encode(bytes)),
        seed: origin.seed,
        step: origin.step,
        how: origin.how.to_owned(),
        dialect: format!("{} {}", dialect.name(), dialect.digest()),
        embargo: signature.is_grave,
        not_promotable,
        answers: each.map(|(member, line)| MemberAnswer::new(member, line)).collect(),
    };
    let work = tempfile::Builder::new()
        .prefix(".half-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir_in(found)
        .with_context(|| format!("cannot write in {}", found.display()))?;
    let text = format!("{}{}", comments(&answers), propose::text(&case));
    replace(&work.path().join("case.toml"), text.as_bytes())?;
    replace(&work.path().join("file.safetensors"), bytes)?;
    if let Some(twin) = &twin {
        replace(&work.path().join("twin.safetensors"), twin)?;
    }
    let json = format!("{:#}\n", serde_json::to_value(&answers)?);
    replace(&work.path().join("answers.json"), json.as_bytes())?;
    let path = found.join(&answers.signature);
    if path.exists() {
        std::fs::remove_dir_all(&path)
            .with_context(|| format!("cannot replace {}", path.display()))?;
    }
    std::fs::rename(work.keep(), &path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(answers)
}

fn comments(answers: &Answers) -> String {
    let versions: Vec<String> = answers
        .answers
        .iter()
        .map(|one| format!("{} {}", one.implementation, one.version))
        .collect();
    let mut text = format!(
        "# Found by `assay hunt`: seed {}, step {}; {}.\n# Dialect {}.\n# Shown to {}.\n# {}\n",
        answers.seed,
        answers.step,
        answers.how,
        answers.dialect,
        versions.join(", "),
        answers.disagreement,
    );
    if let Some(why) = &answers.not_promotable {
        text.push_str(&format!("# Not promotable: {why}.\n"));
    }
    text
}

/// Reads a found folder: the case, the comments above it, what is known.
pub(crate) fn read(folder: &Path) -> anyhow::Result<(Case, String, Answers)> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).with_context(|| {
            format!("cannot read {}; name a folder below found/ of a hunt", path.display())
        })
    };
    let text = read("case.toml")?;
    let file: CaseFile = toml::from_str(&text)
        .with_context(|| format!("{} is faulty", folder.join("case.toml").display()))?;
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let comments = comments.map(|line| format!("{line}\n")).collect();
    let answers = serde_json::from_str(&read("answers.json")?)
        .with_context(|| format!("{} is faulty", folder.join("answers.json").display()))?;
    match <[Case; 1]>::try_from(file.cases) {
        Ok([case]) => Ok((case, comments, answers)),
        Err(cases) => bail!("case.toml holds {} cases instead of one", cases.len()),
    }
}

/// All found files of a hunt, in order of their folders' names.
pub(crate) fn all(found: &Path) -> anyhow::Result<Vec<Answers>> {
    let mut all = Vec::new();
    for entry in walkdir::WalkDir::new(found).min_depth(2).max_depth(2).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read {}", found.display()))?;
        if entry.file_name() == "answers.json" {
            let text = std::fs::read_to_string(entry.path())?;
            all.push(
                serde_json::from_str(&text)
                    .with_context(|| format!("{} is faulty", entry.path().display()))?,
            );
        }
    }
    Ok(all)
}
