//! `assay corpus`: build, check and look into the corpus.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_generator::draft::{Draft, Prefix, Segment};
use assay_protocol::{Manifest, ManifestCase, ManifestHead};
use assay_spec::Dialect;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::corpus::{build, manifest, stage};
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Build, check and look into the corpus: files that each prove one rule.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make all files and the manifest from cases, rule pages and the generator.
    ///
    /// Every case is proved first: validator and reference must both see what
    /// it claims, and a case that is not valid must break exactly its one rule.
    /// Then every rule must have the kinds of cases that it asks for (`assay
    /// coverage`), which is written to spec/COVERAGE.md.
    Build {
        /// Write nothing; compare with what is there. Exit code 1 if it differs.
        #[arg(long)]
        check: bool,
    },
    /// List the cases, and the heads: files of which only prefix and header are kept.
    List {
        /// Only those whose id contains this.
        #[arg(value_name = "TEXT")]
        containing: Option<String>,
        /// How to print them.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show one case or head of the manifest.
    Show {
        /// Its id.
        #[arg(value_name = "CASE")]
        id: String,
    },
    /// Write the file of a case, also of those that are kept as recipes.
    ///
    /// Of a head, the whole file is written, its byte buffer a hole of zeros.
    Make {
        /// Id of the case or head.
        #[arg(value_name = "CASE")]
        id: String,
        /// Where to write it.
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    match command {
        Command::Build { check } => build_corpus(&tree, *check),
        Command::List { containing, format } => list(&tree, containing.as_deref(), *format),
        Command::Show { id } => {
            let entry = match find(&tree, id)? {
                Found::Case(case) => serde_json::to_value(case)?,
                Found::Head(head) => serde_json::to_value(head)?,
            };
            output::print_json(&entry)?;
            Ok(Exit::Pass)
        }
        Command::Make { id, to } => make(&tree, id, to),
    }
}

fn build_corpus(tree: &Tree, check: bool) -> anyhow::Result<Exit> {
    let bar = progress_bar("proving cases");
    let built = build::build(&Dialect::latest(), &tree.corpus(), &|at, of| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
    })?;
    bar.finish_and_clear();
    let cases = built.manifest.cases.len();
    let recipes = built.manifest.cases.iter().filter(|case| case.path.is_none()).count();
    let heads = built.manifest.heads.len();
    let counts = format!("{cases} cases, {recipes} of them recipes, and {heads} heads");
    if check {
        let differences = build::differences(&built, tree)?;
        if !differences.is_empty() {
            output::print(&format!(
                "the corpus is not what `assay corpus build` makes:\n  {}",
                differences.join("\n  ")
            ))?;
            return Ok(Exit::Findings);
        }
        output::print(&format!("{counts}: as built"))?;
    } else {
        build::write(&built, tree)?;
        output::print(&format!("{counts}: proved and written"))?;
    }
    Ok(Exit::Pass)
}

fn list(tree: &Tree, containing: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let Manifest { mut cases, mut heads, .. } = manifest::load(&tree.manifest())?.manifest;
    if let Some(text) = containing {
        cases.retain(|case| case.id.contains(text));
        heads.retain(|head| head.id.contains(text));
    }
    match format {
        Format::Json => output::print_json(&json!({ "cases": cases, "heads": heads }))?,
        Format::Text => {
            let mut text = String::new();
            for case in &cases {
                let verdict = serde_json::to_value(case.verdict)?;
                let verdict = verdict.as_str().unwrap_or_default().to_owned();
                text.push_str(&format!("{verdict:<8} {}  {}\n", case.id, case.title));
            }
            for head in &heads {
                text.push_str(&format!("{:<8} {}  {}\n", "head", head.id, head.title));
            }
            if text.is_empty() {
                text.push_str("no such case\n");
            }
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

/// What an id stands for.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Found {
    Case(ManifestCase),
    Head(ManifestHead),
}

fn find(tree: &Tree, id: &str) -> anyhow::Result<Found> {
    let Manifest { cases, heads, .. } = manifest::load(&tree.manifest())?.manifest;
    let case = cases.into_iter().find(|case| case.id == id).map(Found::Case);
    let found = case.or_else(|| heads.into_iter().find(|head| head.id == id).map(Found::Head));
    found.with_context(|| format!("no case `{id}`; `assay corpus list` lists all cases"))
}

fn make(tree: &Tree, id: &str, to: &Path) -> anyhow::Result<Exit> {
    let found = find(tree, id)?;
    if to.exists() {
        bail!("{} exists; name a file that does not", to.display());
    }
    let size = match &found {
        Found::Case(case) => {
            match &case.path {
                Some(path) => build::replace(to, &kept(tree, path, &case.sha256)?)?,
                None => stage::make(case, to)?,
            }
            case.size
        }
        Found::Head(head) => {
            let bytes = kept(tree, &head.path, &head.sha256)?;
            let zeros = head.size.saturating_sub(bytes.len() as u64);
            let draft = Draft {
                prefix: Prefix::Bytes(bytes),
                header: Vec::new(),
                data: vec![Segment::Zeros(zeros)],
            };
            draft.write_file(to).with_context(|| format!("cannot write {}", to.display()))?;
            head.size
        }
    };
    output::print(&format!("{}: {size} bytes", to.display()))?;
    Ok(Exit::Pass)
}

/// A file of the corpus, which is as the manifest says.
fn kept(tree: &Tree, path: &str, sha256: &str) -> anyhow::Result<Vec<u8>> {
    let kept = tree.corpus().join(path);
    let bytes = std::fs::read(&kept).with_context(|| format!("cannot read {}", kept.display()))?;
    if hex::encode(Sha256::digest(&bytes)) != sha256 {
        bail!("{} is not the file of the manifest; run `assay corpus build`", kept.display());
    }
    Ok(bytes)
}

/// A progress bar on standard error; invisible where that is no terminal.
pub(crate) fn progress_bar(message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<24} {wide_bar} {pos}/{len} {eta:>4}")
        .expect("the template is right");
    ProgressBar::new(0).with_style(style).with_message(message)
}
