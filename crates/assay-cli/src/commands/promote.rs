//! `assay promote`: makes a found file a case of the corpus.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_protocol::case::{CaseFile, ClaimedVerdict, Twin};
use assay_protocol::{Manifest, ManifestCase};
use assay_spec::Dialect;

use crate::corpus::build::replace;
use crate::corpus::collect::from_case;
use crate::corpus::manifest;
use crate::corpus::prove::Judge;
use crate::hunt::{found, propose};
use crate::output::{self, Exit};
use crate::places::Tree;

/// Make a file that a hunt found a case of the corpus.
///
/// Proves it first, with its twin, as `assay corpus build` does: validator and
/// reference must see what it claims, and it must break its rule alone. Then
/// appends it to the cases of its rule below corpus/cases/.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay promote reports/hunt/found/3f2a9c41d07e
  assay promote reports/hunt/found/3f2a9c41d07e --slug nul-after-brace --title 'A NUL after the object'

Exit codes: 0 appended, 2 it cannot become a case.")]
pub(crate) struct Args {
    /// A folder below found/ of a hunt.
    #[arg(value_name = "FOUND")]
    found: PathBuf,
    /// Kebab-case name of the case, instead of the proposed one. It never changes again.
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    /// The rule it proves, instead of the proposed one.
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// One line on what is special about the file, instead of the proposed one.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let dialect = Dialect::latest();
    let (mut case, _, answers) = found::read(&args.found)?;
    if answers.embargo {
        bail!(
            "{} makes published software fail: it is embargoed until the owners know",
            args.found.display()
        );
    }
    if case.verdict != ClaimedVerdict::Valid && case.twin.is_none() {
        let why = answers.not_promotable.unwrap_or_else(|| "it has no valid twin".to_owned());
        bail!("{} cannot become a case: {why}", args.found.display());
    }
    if let Some(slug) = &args.slug {
        case.slug.clone_from(slug);
    }
    if let Some(rule) = &args.rule {
        case.also.retain(|also| also != rule);
        case.rule.clone_from(rule);
    }
    if let Some(title) = &args.title {
        case.title.clone_from(title);
    }
    check_slug(&case.slug)?;
    let manifest = manifest::load(&tree.manifest())?.manifest;
    let id = format!("{}/{}", case.rule, case.slug);

    let judge = Judge::new(&dialect);
    let twin_id = format!("{id}-twin");
    for candidate in from_case(case.clone())? {
        let proved = judge.prove(&candidate).with_context(|| {
            format!("{} is not what it claims; --rule names another rule", candidate.id)
        })?;
        let same = same_bytes(&manifest, &proved.case);
        match same {
            // A twin that is there already is named instead of repeated.
            Some(same) if candidate.id == twin_id && same.verdict == ClaimedVerdict::Valid => {
                case.twin = Some(Twin::Case(same.id.clone()));
            }
            Some(same) if candidate.id != twin_id => {
                bail!("the corpus has this file: it is {}", same.id);
            }
            _ => {}
        }
    }

    let path = tree.corpus().join("cases").join(format!("{}.toml", case.rule));
    let old = existing(&path)?;
    refuse_id(&manifest, &old, &path, &case.rule, &case.slug)?;
    let comment = format!(
        "# Found by `assay hunt`, seed {}, step {}: {}\n",
        answers.seed, answers.step, answers.disagreement
    );
    let text = format!("{}{comment}{}", with_gap(&old), propose::text(&case));
    toml::from_str::<CaseFile>(&text).context("the case file would become faulty")?;
    replace(&path, text.as_bytes())?;
    output::print(&format!(
        "{id}: appended to {}\nNext: `assay corpus build`, which writes its file and the manifest",
        path.display()
    ))?;
    Ok(Exit::Pass)
}

fn check_slug(slug: &str) -> anyhow::Result<()> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || !slug.chars().all(is_part) {
        bail!("`{slug}` is no slug: lower-case letters, digits and hyphens");
    }
    Ok(())
}

fn same_bytes<'a>(manifest: &'a Manifest, case: &ManifestCase) -> Option<&'a ManifestCase> {
    manifest.cases.iter().find(|other| other.sha256 == case.sha256)
}

/// What the case file holds; nothing if there is none.
fn existing(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn refuse_id(
    manifest: &Manifest,
    old: &str,
    path: &Path,
    rule: &str,
    slug: &str,
) -> anyhow::Result<()> {
    let id = format!("{rule}/{slug}");
    let written = if old.is_empty() {
        Vec::new()
    } else {
        let file: CaseFile =
            toml::from_str(old).with_context(|| format!("{} is faulty", path.display()))?;
        file.cases
    };
    let taken = manifest.cases.iter().any(|case| case.id == id)
        || written.iter().any(|case| case.rule == rule && case.slug == slug);
    if taken {
        bail!("there is a case {id}; name another slug with --slug");
    }
    Ok(())
}

/// A text that another block can follow.
fn with_gap(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n\n") }
}
