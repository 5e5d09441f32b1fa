//! What a run prints, and its exit code.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use assay_protocol::record::Outcome;
use assay_report::relations::{self, Group};
use assay_report::{matrix::matrix, record, serious};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use serde_json::json;

use super::Args;
use super::conduct::Conducted;
use crate::corpus::build::replace;
use crate::output::{self, Exit, Format};

pub(super) fn print_result(
    args: &Args,
    conducted: &Conducted,
    groups: &[Group],
    out: &Path,
) -> anyhow::Result<Exit> {
    let record = &conducted.record;
    let dialect = Dialect::latest();
    let matrix = matrix(record);
    let relations = relations::judge(record, groups);
    let serious = serious::most_serious_with(record, &relations, &dialect, 10);
    let markdown = [matrix.to_markdown(), relations.to_markdown(), serious::to_markdown(&serious)];
    let markdown: Vec<String> = markdown.into_iter().filter(|part| !part.is_empty()).collect();
    let markdown = markdown.join("\n");
    replace(&out.join("matrix.md"), markdown.as_bytes())?;

    let path = conducted.path.display();
    match args.format {
        Format::Json => output::print_json(&json!({
            "record": path.to_string(),
            "matrix": matrix.to_json(),
            "serious": serious::to_json(&serious),
            "relations": relations.to_json(),
        }))?,
        Format::Text => {
            let mut text = matrix.to_terminal(output::width());
            text.push('\n');
            text.push_str(&serious::to_terminal(&serious, output::width()));
            let relations = relations.to_terminal(output::width());
            if !relations.is_empty() {
                text.push_str(&format!("\n{relations}"));
            }
            text.push_str(&format!(
                "\n{} results in {:.1} s{}. Cases a second: {}.\nRecord: {path}\n",
                record.results.len(),
                conducted.seconds,
                restarts(record.footer.as_ref().map_or(0, |footer| footer.restarts)),
                rates(&conducted.rates),
            ));
            output::print(&text)?;
        }
    }
    exit_of(args, record, relations.is_broken())
}

/// Adapters that died and were started again: nothing to hide, if there were any.
fn restarts(number: u64) -> String {
    match number {
        0 => String::new(),
        number => format!(", {} of adapters that died", count(number, "restart")),
    }
}

fn rates(rates: &BTreeMap<String, f64>) -> String {
    let list: Vec<String> = rates.iter().map(|(id, rate)| format!("{id} {rate:.0}")).collect();
    list.join(", ")
}

fn exit_of(args: &Args, record: &record::Record, broken: bool) -> anyhow::Result<Exit> {
    let absent: Vec<&str> = record
        .implementations
        .iter()
        .filter(|one| one.not_run.is_some())
        .map(|one| one.id.as_str())
        .collect();
    if args.require_all && !absent.is_empty() {
        bail!("not run, although --require-all asks for it: {}", absent.join(", "));
    }
    // Part of the cases of an implementation that had to be given up.
    let left_out = record.results.iter().filter(|result| result.outcome == Outcome::NotRun).count();
    if args.require_all && left_out > 0 {
        bail!("{left_out} cases were not run, although --require-all asks for it");
    }
    let wrong = record.results.iter().any(|result| result.outcome.is_bad());
    let wrong = wrong || broken || left_out > 0;
    Ok(if wrong && !args.allow_findings { Exit::Findings } else { Exit::Pass })
}
