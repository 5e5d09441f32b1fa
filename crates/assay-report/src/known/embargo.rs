//! A record without what is under embargo.
//!
//! Everything public is rendered from such a record, so no rendering can
//! forget to leave something out. What stays is the implementation, the
//! outcome and, by counting, the number.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::record::{Outcome, ResultLine};

use super::KnownFiles;
use super::judge::unnamed;
use crate::record::Record;

/// What stands in place of a rule under embargo.
const EMBARGOED: &str = "embargoed";

/// The record with every result under embargo made nameless: its case, rule,
/// words, view and contents are gone. An embargo holds before its last day.
pub fn redact(record: &Record, known: &KnownFiles, today: &str) -> Record {
    let mut redacted = record.clone();
    for (id, file) in known {
        let of_it: Vec<&ResultLine> =
            record.results.iter().filter(|result| result.implementation == *id).collect();
        let in_force: BTreeSet<Outcome> = file
            .entries
            .iter()
            .filter(|entry| entry.embargo_until.as_deref().is_some_and(|day| today < day))
            .map(|entry| entry.outcome)
            .collect();
        let hidden: BTreeMap<&str, usize> = unnamed(file, &of_it)
            .into_iter()
            .filter(|(outcome, _)| in_force.contains(outcome))
            .flat_map(|(_, results)| results)
            .zip(1..)
            .map(|(result, number)| (result.case.as_str(), number))
            .collect();
        for line in redacted.results.iter_mut().filter(|line| line.implementation == *id) {
            if let Some(number) = hidden.get(line.case.as_str()) {
                *line = nameless(line, *number);
            }
        }
    }
    redacted
}

/// The record of other operations than reading with every death made nameless: no `known.toml`
/// speaks of them, so each is taken for one that its owners do not know of yet.
pub fn redact_deaths(record: &Record) -> Record {
    let mut redacted = record.clone();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let is_death = |line: &ResultLine| {
        matches!(line.outcome, Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory)
    };
    for line in redacted.results.iter_mut().filter(|line| is_death(line)) {
        let number = numbers.entry(line.implementation.clone()).or_default();
        *number += 1;
        *line = nameless(line, *number);
    }
    redacted
}

fn nameless(line: &ResultLine, number: usize) -> ResultLine {
    ResultLine {
        case: format!("{EMBARGOED}/{number}"),
        rule: EMBARGOED.to_owned(),
        answer: None,
        detail: None,
        error: None,
        view: None,
        delivered: None,
        stderr: None,
        ..line.clone()
    }
}
