//! `assay trend`: an implementation from version to version.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_report::record::{self, Record};
use assay_report::trend::{Trend, trends};
use assay_spec::Dialect;
use clap::{Args as _, FromArgMatches as _, ValueEnum};
use serde_json::json;

use super::{run, setup};
use crate::output::{self, Exit};
use crate::places::Tree;

/// The file that holds a record, in the folder of a run.
const RECORD: &str = "record.jsonl";

/// Show how an implementation changed from version to version.
///
/// Runs the corpus over every version that the implementation's adapter lists, or takes the
/// record of such a run, and prints which rules each version breaks, what was fixed and what
/// broke on the way, and which dtypes arrived. Only rules whose cases do not come out the
/// same in every version are shown.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay trend --of safetensors-rust      run all its versions and compare them
  assay trend                            the same for every implementation with versions
  assay trend reports/latest             the record of `assay run --versions`
  assay trend --format markdown > TREND.md

Exit codes: 0 no newest version does wrong what the one before did right, 1 one
does, 2 nothing could be compared.")]
pub(crate) struct Args {
    /// A record, or the folder of a run that holds one. If none is given, all versions are run.
    #[arg(value_name = "RECORD")]
    record: Option<PathBuf>,
    /// Only this implementation: the name of a folder below harness/.
    #[arg(long, value_name = "IMPL")]
    of: Option<String>,
    /// Only cases whose id contains this, if versions are run.
    #[arg(long, value_name = "TEXT", conflicts_with = "record")]
    case: Option<String>,
    /// Also rules whose cases come out the same in every version.
    #[arg(long)]
    all: bool,
    /// Folder for the record, if versions are run; reports/trend if not given.
    #[arg(long, value_name = "DIR", conflicts_with = "record")]
    out: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Rendering,
}

/// How a trend is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Rendering {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
    /// For a page: GitHub's Markdown.
    Markdown,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let record = match &args.record {
        Some(path) => read(path)?,
        None => of_a_run(args)?,
    };
    let mut found = trends(&record, &Dialect::latest());
    if let Some(name) = &args.of {
        found.retain(|trend| trend.implementation == *name);
    }
    if found.is_empty() {
        let of = args.of.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        bail!(
            "the record does not hold two versions{of}; `assay run --versions` makes one that \
             does, and `assay trend` without a record runs them"
        );
    }
    match args.format {
        Rendering::Text => {
            let each = found.iter().map(|trend| trend.to_terminal(args.all, output::width()));
            output::print(&each.collect::<Vec<_>>().join("\n"))?;
        }
        Rendering::Markdown => {
            let each = found.iter().map(|trend| trend.to_markdown(args.all));
            output::print(&each.collect::<Vec<_>>().join("\n"))?;
        }
        Rendering::Json => {
            let trends: Vec<_> = found.iter().map(Trend::to_json).collect();
            output::print_json(&json!({ "trends": trends }))?;
        }
    }
    let regression = found.iter().any(Trend::is_regression);
    Ok(if regression { Exit::Findings } else { Exit::Pass })
}

fn read(path: &Path) -> anyhow::Result<Record> {
    let path = if path.is_dir() { path.join(RECORD) } else { path.to_owned() };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the record {}", path.display()))?;
    record::parse(&text).with_context(|| format!("{} is no record", path.display()))
}

/// Runs every version of what was asked for.
fn of_a_run(args: &Args) -> anyhow::Result<Record> {
    let tree = Tree::find()?;
    let harness = setup::places(&tree)?.harness_dir;
    let all = assay_harness::discover(&harness)?;
    let several = all.iter().filter(|adapter| adapter.manifest.versions.len() > 1);
    let several: Vec<&str> = several.map(|adapter| adapter.id.as_str()).collect();
    let wanted: Vec<&str> = match &args.of {
        None => several.clone(),
        Some(name) => several.iter().copied().filter(|id| id == name).collect(),
    };
    if wanted.is_empty() {
        let of = args.of.as_deref().unwrap_or("no adapter");
        bail!("{of} lists no versions to compare; those that do: {}", several.join(", "));
    }
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("trend"));
    let only = wanted.iter().map(|id| format!("{id}@*")).collect::<Vec<_>>().join(",");
    let out = out.to_str().context("the path of --out is not Unicode")?;
    let mut words = vec!["--only", &only, "--out", out];
    words.extend(args.case.iter().flat_map(|text| ["--case", text]));
    let record = run::execute(&run_arguments(&words))?.conducted;
    output::note(&format!("record: {}", record.path.display()));
    Ok(record.record)
}

/// The arguments of `assay run`, as a command line gives them.
fn run_arguments(words: &[&str]) -> run::Args {
    let command = run::Args::augment_args(clap::Command::default().no_binary_name(true));
    let matches = command.get_matches_from(words);
    run::Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_a_run_are_understood() {
        let args = run_arguments(&["--only", "a@*,b@*", "--out", "/x"]);
        assert!(format!("{:?}", args.wish()).contains("a@*"));
        assert!(format!("{:?}", args.wish()).contains("b@*"));
    }
}
