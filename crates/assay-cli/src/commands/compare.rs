//! `assay compare`: what changed between two runs.

use std::path::PathBuf;

use assay_report::compare::{Change, Comparison, compare};
use assay_report::known;
use clap::ValueEnum;

use crate::known as files;
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::records;

/// Compare two records: what was fixed, broken, lost, gained.
///
/// Results are paired by implementation and case. `broken` was right and is
/// wrong. `lost` was right and is not executed any more: not supported, or not
/// run. `changed` was not right and is not right in another way. `fixed` was
/// wrong and is right. `gained` was not executed and is right. `redefined`: the
/// case itself says something else now. Cases of one record only are counted.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay compare reports/before reports/latest
  assay compare before.jsonl after.jsonl --format markdown > comment.md
  assay compare before after --fail-on broken,lost,changed

Exit codes: 0 nothing that --fail-on names happened, 1 something did, 2 a
record cannot be read or its run did not finish.")]
pub(crate) struct Args {
    /// The older record: the file, or the folder that a run wrote it to.
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The newer record.
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// What makes the exit code 1.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',',
          default_values_t = [Gate::Broken, Gate::Lost])]
    fail_on: Vec<Gate>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: DocumentFormat,
}

/// What can fail a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// Right before, wrong now.
    Broken,
    /// Right before, not executed now.
    Lost,
    /// Not right before, and otherwise not right now.
    Changed,
    /// Wrong before, right now.
    Fixed,
    /// Not executed before, right now.
    Gained,
    /// The case itself says something else now.
    Redefined,
    /// Implementations or cases of the first record that the second lacks.
    Removed,
    /// Nothing.
    None,
}

/// How documents are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// For people at a terminal.
    #[default]
    Text,
    /// For a pull request, an issue or a page.
    Markdown,
    /// For programs: one JSON document.
    Json,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut before = records::load(&args.before)?;
    let mut after = records::load(&args.after)?;
    // Records can be compared anywhere; what is under embargo is known in the tree.
    if let Ok(tree) = Tree::find() {
        let (known, today) = (files::of_tree(&tree)?, files::today());
        [before, after] = [before, after].map(|record| known::redact(&record, &known, &today));
    }
    let comparison = compare(&before, &after);
    match args.format {
        DocumentFormat::Text => output::print(&comparison.to_terminal(output::width()))?,
        DocumentFormat::Markdown => output::print(&comparison.to_markdown())?,
        DocumentFormat::Json => output::print_json(&comparison.to_json())?,
    }
    let fails = args.fail_on.iter().any(|gate| gate.happened(&comparison));
    Ok(if fails { Exit::Findings } else { Exit::Pass })
}

impl Gate {
    fn happened(self, comparison: &Comparison) -> bool {
        let change = match self {
            Gate::Broken => Change::Broken,
            Gate::Lost => Change::Lost,
            Gate::Changed => Change::Changed,
            Gate::Fixed => Change::Fixed,
            Gate::Gained => Change::Gained,
            Gate::Redefined => Change::Redefined,
            Gate::Removed => {
                return !comparison.removed_cases.is_empty()
                    || !comparison.removed_implementations().is_empty();
            }
            Gate::None => return false,
        };
        comparison.count(change) > 0
    }
}
