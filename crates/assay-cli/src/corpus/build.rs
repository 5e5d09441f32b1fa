//! Builds the corpus: collects, proves, checks coverage, writes or compares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{DialectName, MANIFEST_SCHEMA};
use assay_protocol::{Manifest, ManifestCase, ManifestHead, Origin};
use assay_report::coverage::Ledger;
use assay_spec::{Dialect, Spec};

use super::collect::collect;
use super::heads::{Head, is_head};
use super::prove::{Judge, Proved};
use super::{real, relations};
use crate::operations;
use crate::places::Tree;
use crate::slices::table;

/// A corpus in memory.
pub(crate) struct Built {
    pub(crate) manifest: Manifest,
    /// Text of `manifest.json`.
    pub(crate) text: String,
    /// Kept files by path relative to the corpus.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Text of `spec/COVERAGE.md`: which kinds of cases prove each rule.
    pub(crate) coverage: String,
}

/// Makes and proves every case of the newest edition.
///
/// # Errors
/// Lists all cases that are not what they claim, and all rules without cases.
pub(crate) fn build(
    dialect: &Dialect,
    corpus: &Path,
    progress: &dyn Fn(usize, usize),
) -> anyhow::Result<Built> {
    let before = before_proposals(dialect)?;
    let judge = Judge::new(dialect);
    let judge = match &before {
        Some(before) => judge.after(before),
        None => judge,
    };
    let real = real::load(&corpus.join("real"))?;
    let real::make::Made { candidates: mut more, mut heads } = real::make::make(&real, &judge)?;
    let maker = before.as_ref().unwrap_or(dialect);
    let (related, mut relations) = relations::candidates(maker, &real)?;
    more.extend(related);
    let candidates = collect(maker, dialect, &corpus.join("cases"), more)?;
    let mut proved: Vec<Proved> = Vec::with_capacity(candidates.len());
    let mut faults = Vec::new();
    for (at, candidate) in candidates.values().enumerate() {
        progress(at, candidates.len());
        if is_head(&candidate.draft) {
            match judge.prove_head(candidate) {
                Ok(head) => heads.push(head),
                Err(error) => faults.push(format!("{}: {error:#}", candidate.id)),
            }
            continue;
        }
        match judge.prove(candidate) {
            Ok(mut one) => {
                one.case.relation = relations.remove(&one.case.id);
                proved.push(one);
            }
            Err(error) => faults.push(format!("{}: {error:#}", candidate.id)),
        }
    }
    if !faults.is_empty() {
        bail!("{} cases are not what they claim:\n  {}", faults.len(), faults.join("\n  "));
    }
    drop_repeated(&mut proved);
    let mut files = BTreeMap::new();
    let mut list = Vec::with_capacity(proved.len());
    for Proved { case, bytes } in proved {
        if let (Some(path), Some(bytes)) = (&case.path, bytes) {
            files.insert(path.clone(), bytes);
        }
        list.push(case);
    }
    relations::prove(&list)?;
    let heads = keep_heads(heads, &mut files);
    let manifest = Manifest {
        schema: MANIFEST_SCHEMA.to_owned(),
        dialect: DialectName {
            edition: dialect.name().to_owned(),
            digest: dialect.digest().to_owned(),
        },
        cases: list,
        heads,
    };
    let slices = table::load(&corpus.join("slices.json"))?;
    let operations = operations::table::load(corpus, &manifest, dialect)?;
    let ledger = operations.added_to(Ledger::new(dialect, &manifest).with_slices(&slices));
    let faults = ledger.faults();
    if !faults.is_empty() {
        bail!("the corpus does not cover the rules:\n  {}", faults.join("\n  "));
    }
    let text = manifest_text(&manifest)?;
    Ok(Built { manifest, text, files, coverage: ledger.to_markdown() })
}

/// The newest edition before this one that adopts no proposal, if this one does. Cases are made
/// under it, and judged under this one: so they keep their ids whatever is ratified, rules that
/// are gone among them.
fn before_proposals(dialect: &Dialect) -> anyhow::Result<Option<Dialect>> {
    let editions = &Spec::embedded().tables.editions;
    let at = editions.iter().position(|edition| edition.name == dialect.edition_name());
    let known = &editions[..=at.context("the dialect is no edition")?];
    if known.last().is_none_or(|own| own.adopts.is_empty()) {
        return Ok(None);
    }
    let plain = known.iter().rev().find(|edition| edition.adopts.is_empty());
    plain.map(|edition| Dialect::edition(&edition.name)).transpose().map_err(Into::into)
}

/// The heads' entries in order of id; their files join the others.
fn keep_heads(heads: Vec<Head>, files: &mut BTreeMap<String, Vec<u8>>) -> Vec<ManifestHead> {
    let mut entries = Vec::with_capacity(heads.len());
    for Head { entry, bytes } in heads {
        files.insert(entry.path.clone(), bytes);
        entries.push(entry);
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    entries
}

/// The manifest as JSON with one case a line: small, and a changed case is a changed line.
fn manifest_text(manifest: &Manifest) -> anyhow::Result<String> {
    let Manifest { schema, dialect, cases, heads } = manifest;
    Ok(format!(
        "{{\"schema\": {},\n\"dialect\": {},\n\"cases\": [\n{}\n],\n\"heads\": [\n{}\n]}}\n",
        serde_json::to_string(schema)?,
        serde_json::to_string(dialect)?,
        lines(cases)?,
        lines(heads)?,
    ))
}

fn lines<T: serde::Serialize>(entries: &[T]) -> Result<String, serde_json::Error> {
    let lines: Vec<String> = entries.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join(",\n"))
}

/// The generator often makes a file that is there already: a twin that is also
/// another rule's, or a violation that somebody wrote down by hand. The first
/// of equal bytes is kept, hand-made ones before generated ones; twins point at
/// it, and it stands at the edges that the others stand at.
fn drop_repeated(proved: &mut Vec<Proved>) {
    let is_generated = |case: &ManifestCase| matches!(case.origin, Origin::Generated { .. });
    // Real files and members of relations stay, and stand for nothing else.
    let is_apart =
        |case: &ManifestCase| matches!(case.origin, Origin::Real { .. }) || case.relation.is_some();
    // A file proves a rule it breaks; a valid file is the same under any rule's name.
    let key = |case: &ManifestCase| {
        let rule = (case.verdict != ClaimedVerdict::Valid).then(|| case.rule.clone());
        (case.sha256.clone(), rule)
    };
    let mut first = BTreeMap::new();
    for generated in [false, true] {
        let others = proved.iter().filter(|one| !is_apart(&one.case));
        for one in others.filter(|one| is_generated(&one.case) == generated) {
            first.entry(key(&one.case)).or_insert_with(|| one.case.id.clone());
        }
    }
    let mut kept_for = BTreeMap::new();
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    proved.retain(|one| {
        let case = &one.case;
        let kept = first.get(&key(case)).filter(|kept| **kept != case.id);
        let Some(kept) = kept.filter(|_| is_generated(case) && !is_apart(case)) else {
            return true;
        };
        kept_for.insert(case.id.clone(), kept.clone());
        edges.entry(kept.clone()).or_default().extend(case.boundary_of.iter().cloned());
        false
    });
    for one in proved {
        let case = &mut one.case;
        case.boundary_of.extend(edges.remove(&case.id).unwrap_or_default());
        case.boundary_of.sort();
        case.boundary_of.dedup();
        if let Some(twin) = &mut case.twin
            && let Some(kept) = kept_for.get(twin)
        {
            twin.clone_from(kept);
        }
    }
}

/// Writes the corpus and its coverage; files that no case needs are removed.
pub(crate) fn write(built: &Built, tree: &Tree) -> anyhow::Result<()> {
    let corpus = &tree.corpus();
    for (path, bytes) in &built.files {
        let path = corpus.join(path);
        if std::fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        replace(&path, bytes)?;
    }
    for stray in strays(built, corpus)? {
        std::fs::remove_file(&stray)
            .with_context(|| format!("cannot remove {}", stray.display()))?;
    }
    replace(&tree.coverage(), built.coverage.as_bytes())?;
    replace(&tree.manifest(), built.text.as_bytes())
}

/// What differs between the corpus on disk and the built one; empty if nothing.
pub(crate) fn differences(built: &Built, tree: &Tree) -> anyhow::Result<Vec<String>> {
    let corpus = &tree.corpus();
    let mut differences = Vec::new();
    for (path, bytes) in &built.files {
        match std::fs::read(corpus.join(path)) {
            Ok(there) if there == *bytes => {}
            Ok(_) => differences.push(format!("{path} differs")),
            Err(error) => differences.push(format!("{path}: {error}")),
        }
    }
    for stray in strays(built, corpus)? {
        differences.push(format!("{} belongs to no case", stray.display()));
    }
    for (name, path, text) in [
        ("manifest.json", tree.manifest(), &built.text),
        ("spec/COVERAGE.md", tree.coverage(), &built.coverage),
    ] {
        match std::fs::read_to_string(path) {
            Ok(there) if there == *text => {}
            Ok(_) => differences.push(format!("{name} differs")),
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    Ok(differences)
}

fn strays(built: &Built, corpus: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = corpus.join("files");
    if !files.is_dir() {
        return Ok(Vec::new());
    }
    let mut strays = Vec::new();
    for entry in walkdir::WalkDir::new(&files).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot read {}", files.display()))?;
        let relative = entry.path().strip_prefix(corpus).ok().and_then(Path::to_str);
        if entry.file_type().is_file()
            && relative.is_none_or(|relative| !built.files.contains_key(relative))
        {
            strays.push(entry.into_path());
        }
    }
    Ok(strays)
}

/// Writes a file by way of a temporary one, so that it is never half there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write as _;
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut file = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    file.write_all(bytes)?;
    file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
