//! `assay corpus`: build, check and look into the corpus.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use assay_protocol::ManifestCase;
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
    /// List the cases.
    List {
        /// Only cases whose id contains this.
        #[arg(value_name = "TEXT")]
        containing: Option<String>,
        /// How to print them.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show one case of the manifest.
    Show {
        /// Id of the case.
        #[arg(value_name = "CASE")]
        id: String,
    },
    /// Write the file of a case, also of those that are kept as recipes.
    Make {
        /// Id of the case.
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
            let case = find(&tree, id)?;
            output::print_json(&serde_json::to_value(case)?)?;
            Ok(Exit::Pass)
        }
        Command::Make { id, to } => make(&tree, id, to),
    }
}

fn build_corpus(tree: &Tree, check: bool) -> anyhow::Result<Exit> {
    let bar = progress_bar("proving cases");
    let built = build::build(&Dialect::latest(), &tree.corpus().join("cases"), &|at, of| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
    })?;
    bar.finish_and_clear();
    let cases = built.manifest.cases.len();
    let recipes = cases - built.files.len();
    if check {
        let differences = build::differences(&built, tree)?;
        if !differences.is_empty() {
            output::print(&format!(
                "the corpus is not what `assay corpus build` makes:\n  {}",
                differences.join("\n  ")
            ))?;
            return Ok(Exit::Findings);
        }
        output::print(&format!("{cases} cases, {recipes} of them recipes: as built"))?;
    } else {
        build::write(&built, tree)?;
        output::print(&format!("{cases} cases, {recipes} of them recipes: proved and written"))?;
    }
    Ok(Exit::Pass)
}

fn list(tree: &Tree, containing: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    let mut cases = manifest::load(&tree.manifest())?.manifest.cases;
    if let Some(text) = containing {
        cases.retain(|case| case.id.contains(text));
    }
    match format {
        Format::Json => output::print_json(&json!({ "cases": cases }))?,
        Format::Text => {
            let mut text = String::new();
            for case in &cases {
                let verdict = serde_json::to_value(case.verdict)?;
                let verdict = verdict.as_str().unwrap_or_default().to_owned();
                text.push_str(&format!("{verdict:<8} {}  {}\n", case.id, case.title));
            }
            if text.is_empty() {
                text.push_str("no such case\n");
            }
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

fn find(tree: &Tree, id: &str) -> anyhow::Result<ManifestCase> {
    let cases = manifest::load(&tree.manifest())?.manifest.cases;
    cases
        .into_iter()
        .find(|case| case.id == id)
        .with_context(|| format!("no case `{id}`; `assay corpus list` lists all cases"))
}

fn make(tree: &Tree, id: &str, to: &std::path::Path) -> anyhow::Result<Exit> {
    let case = find(tree, id)?;
    if to.exists() {
        bail!("{} exists; name a file that does not", to.display());
    }
    match &case.path {
        Some(kept) => {
            let kept = tree.corpus().join(kept);
            let bytes =
                std::fs::read(&kept).with_context(|| format!("cannot read {}", kept.display()))?;
            if hex::encode(Sha256::digest(&bytes)) != case.sha256 {
                bail!(
                    "{} is not the file of the manifest; run `assay corpus build`",
                    kept.display()
                );
            }
            build::replace(to, &bytes)?;
        }
        None => stage::make(&case, to)?,
    }
    output::print(&format!("{}: {} bytes", to.display(), case.size))?;
    Ok(Exit::Pass)
}

/// A progress bar on standard error; invisible where that is no terminal.
pub(crate) fn progress_bar(message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<24} {wide_bar} {pos}/{len} {eta:>4}")
        .expect("the template is right");
    ProgressBar::new(0).with_style(style).with_message(message)
}
