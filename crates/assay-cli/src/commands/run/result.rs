//! What a run prints, and its exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use assay_protocol::record::Outcome;
use assay_report::known::{self, Expectations, KnownFiles, Scope};
use assay_report::record::Record;
use assay_report::relations::{self, Group, Relations};
use assay_report::{matrix::matrix, serious};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use serde_json::json;

use crate::corpus::build::replace;
use crate::known as files;
use crate::output::{self, Exit, Format};
use crate::selection::OPT_IN;

/// What decides whether a run passes.
#[derive(clap::Args)]
pub(crate) struct Gate {
    /// Fail (exit code 2) if an implementation could not be run.
    #[arg(long)]
    require_all: bool,
    /// Exit with 0 even if implementations are wrong; crashes of the tool still count.
    #[arg(long)]
    allow_findings: bool,
    /// Leave the known.toml of implementations aside: every deviation is a finding.
    #[arg(long)]
    no_known: bool,
}

/// A finished record and how it came about.
pub(crate) struct Whole {
    pub(crate) record: Record,
    pub(crate) path: PathBuf,
    pub(crate) seconds: f64,
    /// Cases a second, by implementation.
    pub(crate) rates: BTreeMap<String, f64>,
}

/// What a record is judged by.
pub(crate) struct Judged {
    /// Ids of all cases of the corpus.
    pub(crate) cases: BTreeSet<String>,
    /// Whether all of them were to be run.
    pub(crate) is_complete: bool,
    pub(crate) groups: Vec<Group>,
    pub(crate) known: KnownFiles,
}

impl Judged {
    fn scope<'a>(&'a self, dialect: &'a Dialect, today: &'a str) -> Scope<'a> {
        Scope { cases: &self.cases, dialect, is_complete: self.is_complete, today }
    }
}

/// Prints matrix, findings and what is not as known, writes `matrix.md`, and
/// says whether the run passes. All that is shown is without what is under embargo.
pub(crate) fn judge_and_print(
    whole: &Whole,
    judged: &Judged,
    gate: &Gate,
    format: Format,
    out: &Path,
) -> anyhow::Result<Exit> {
    let (dialect, today) = (Dialect::latest(), files::today());
    let record = known::redact(&whole.record, &judged.known, &today);
    let matrix = matrix(&record);
    let relations = relations::judge(&record, &judged.groups);
    let serious = serious::most_serious_with(&record, &relations, &dialect, 10);
    let scope = judged.scope(&dialect, &today);
    let expectations = known::judge(&whole.record, &judged.known, scope);
    let told = (!gate.no_known).then_some(&expectations);

    let mut markdown =
        vec![matrix.to_markdown(), relations.to_markdown(), serious::to_markdown(&serious)];
    markdown.extend(told.map(Expectations::to_markdown));
    markdown.retain(|part| !part.is_empty());
    replace(&out.join("matrix.md"), markdown.join("\n").as_bytes())?;

    let path = whole.path.display();
    match format {
        Format::Json => output::print_json(&json!({
            "record": path.to_string(),
            "matrix": matrix.to_json(),
            "serious": serious::to_json(&serious),
            "relations": relations.to_json(),
            "known": told.map(Expectations::to_json),
        }))?,
        Format::Text => {
            let width = output::width();
            let mut text = matrix.to_terminal(width);
            text.push('\n');
            text.push_str(&serious::to_terminal(&serious, width));
            let more = [relations.to_terminal(width)];
            let more = more.into_iter().chain(told.map(|told| told.to_terminal(width)));
            for part in more.filter(|part| !part.is_empty()) {
                text.push_str(&format!("\n{part}"));
            }
            text.push_str(&format!("\n{}Record: {path}\n", summary(whole)));
            output::print(&text)?;
        }
    }
    // Whether a relation is broken is asked of what is true, not of what is shown.
    let relations = relations::judge(&whole.record, &judged.groups);
    exit_of(gate, &whole.record, &relations, &expectations)
}

fn summary(whole: &Whole) -> String {
    let restarts = whole.record.footer.as_ref().map_or(0, |footer| footer.restarts);
    let restarts = match restarts {
        // Adapters that died and were started again: nothing to hide, if there were any.
        0 => String::new(),
        number => format!(", {} of adapters that died", count(number, "restart")),
    };
    let (results, seconds) = (whole.record.results.len(), whole.seconds);
    let mut text = format!("{results} results in {seconds:.1} s{restarts}.");
    if !whole.rates.is_empty() {
        let rates = whole.rates.iter().map(|(id, rate)| format!("{id} {rate:.0}"));
        let rates: Vec<String> = rates.collect();
        text.push_str(&format!(" Cases a second: {}.", rates.join(", ")));
    }
    text.push('\n');
    text
}

fn exit_of(
    gate: &Gate,
    record: &Record,
    relations: &Relations,
    expectations: &Expectations,
) -> anyhow::Result<Exit> {
    let absent: Vec<&str> = record
        .implementations
        .iter()
        .filter(|one| one.not_run.as_ref().is_some_and(|why| !why.starts_with(OPT_IN)))
        .map(|one| one.id.as_str())
        .collect();
    if gate.require_all && !absent.is_empty() {
        bail!("not run, although --require-all asks for it: {}", absent.join(", "));
    }
    // Part of the cases of an implementation that had to be given up.
    let left_out = record.results.iter().filter(|result| result.outcome == Outcome::NotRun).count();
    if gate.require_all && left_out > 0 {
        bail!("{left_out} cases were not run, although --require-all asks for it");
    }
    let wrong = if gate.no_known {
        record.results.iter().any(|result| result.outcome.is_bad()) || relations.is_broken()
    } else {
        expectations.is_surprising() || has_unexplained_break(relations, expectations)
    };
    Ok(if (wrong || left_out > 0) && !gate.allow_findings { Exit::Findings } else { Exit::Pass })
}

/// Whether a relation is broken and no case of it is a deviation that is known.
fn has_unexplained_break(relations: &Relations, expectations: &Expectations) -> bool {
    relations.rows.iter().any(|row| {
        row.breaks().any(|(_, one)| {
            !one.base.iter().chain(&one.side).any(|case| expectations.explains(&row.id, case))
        })
    })
}
