//! `assay coverage`: which kinds of cases prove each rule.

use assay_report::coverage::Ledger;
use assay_spec::Dialect;
use clap::ValueEnum;

use crate::corpus::manifest;
use crate::operations;
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::slices::table;

/// Show which kinds of cases prove each rule, and which are missing.
///
/// A rule asks for kinds of cases by whom it binds and what it checks: valid
/// files to accept, files that break it, files at its edges, tasks for writers.
/// A kind that is asked for and missing is a hole, and its rule's page must say
/// why (`holes` in the front matter).
///
/// Exit code 1 if a hole has no reason, or a reason no hole.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay coverage                        the ledger, with holes and faults
  assay coverage --format json          the same with the first case of each kind
  assay corpus list header/unique-names the cases of one rule")]
pub(crate) struct Args {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the ledger is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
    /// For the documentation: what spec/COVERAGE.md holds.
    Markdown,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let manifest = manifest::load(&tree.manifest())?.manifest;
    let slices = table::load(&tree.slices())?;
    let dialect = Dialect::latest();
    let operations = operations::table::load(&tree.corpus(), &manifest, &dialect)?;
    let ledger = operations.added_to(Ledger::new(&dialect, &manifest).with_slices(&slices));
    match args.format {
        Format::Text => output::print(&ledger.to_terminal(output::width().unwrap_or(80)))?,
        Format::Json => output::print_json(&ledger.to_json())?,
        Format::Markdown => output::print(&ledger.to_markdown())?,
    }
    Ok(if ledger.faults().is_empty() { Exit::Pass } else { Exit::Findings })
}
