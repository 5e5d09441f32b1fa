//! A step in words.

use assay_protocol::message::Operation;

use super::{Count, Step, Trend, Turn};
use crate::matrix::Cell;
use crate::text::units::{count, list};

/// More rules than this are counted, not named.
const MOST_RULES: usize = 4;

/// `0.6.2 → 0.7.0: fixed buffer/no-holes (3 cases); learnt C64.`
pub(super) fn of(step: &Step) -> String {
    let mut parts: Vec<String> = Vec::new();
    for turn in Turn::ALL {
        if let Some(counts) = step.turns.get(&turn) {
            parts.push(turned(turn, counts));
        }
    }
    let lists = [
        ("learnt ", &step.dtypes_gained),
        ("no longer delivers ", &step.dtypes_lost),
        ("can now be asked for ", &step.operations_gained),
        ("can no longer be asked for ", &step.operations_lost),
    ];
    let told = lists.iter().filter(|(_, words)| !words.is_empty());
    parts.extend(told.map(|(verb, words)| format!("{verb}{}", list(words))));
    let what =
        if parts.is_empty() { "no case came out otherwise".to_owned() } else { parts.join("; ") };
    format!("{} → {}: {what}.", step.from, step.to)
}

fn turned(turn: Turn, counts: &[Count]) -> String {
    let (verb, note) = match turn {
        Turn::Broke => ("broke", ""),
        Turn::Lost => ("no longer answers", ", which it did right"),
        Turn::NewlyWrong => ("is wrong about", " that it could not be asked before"),
        Turn::OtherwiseWrong => ("is wrong in another way about", ""),
        Turn::Withdrawn => ("no longer answers", ", which it did wrong"),
        Turn::Fixed => ("fixed", ""),
        Turn::Gained => ("does right", " that it could not be asked before"),
    };
    let cases: u64 = counts.iter().map(|count| count.cases).sum();
    if counts.len() > MOST_RULES || turn == Turn::Gained {
        let of_rules = count(counts.len() as u64, "rule");
        return format!("{verb} {} of {of_rules}{note}", count(cases, "case"));
    }
    let rules: Vec<String> = counts.iter().map(named).collect();
    format!("{verb} {}{note}", list(&rules))
}

/// The rules that are broken in every version; `None` if there are none.
pub(super) fn throughout(trend: &Trend) -> Option<String> {
    let rules: Vec<String> = trend
        .wrong_throughout()
        .map(|row| {
            let cases = row.cells.first().map_or(0, Cell::bad);
            format!("{} ({})", label(&row.rule, row.operation), count(cases, "case"))
        })
        .collect();
    (!rules.is_empty()).then(|| format!("Wrong in every version: {}.", list(&rules)))
}

fn named(one: &Count) -> String {
    format!("{} ({})", label(&one.rule, one.operation), count(one.cases, "case"))
}

/// A rule, and what was asked if that is not the usual thing.
pub(super) fn label(rule: &str, operation: Operation) -> String {
    match operation {
        Operation::Read => rule.to_owned(),
        other => format!("{rule}, {other}"),
    }
}
