//! What implementations did when they were asked for more than reading whole files.

use std::collections::BTreeMap;

use assay_protocol::Operation;
use assay_protocol::record::ResultLine;
use assay_spec::{Dialect, RuleId};

use crate::record::Record;
use crate::rules::RuleReport;
use crate::writers;

/// The report of a record's results beyond reading, without what writers exchanged. `titles`
/// says in words what a case asks.
pub fn report(record: &Record, titles: &BTreeMap<String, String>, dialect: &Dialect) -> RuleReport {
    let results: Vec<ResultLine> = record
        .results
        .iter()
        .filter(|line| line.operation != Operation::Read && !writers::is_exchange(line))
        .cloned()
        .collect();
    let words = |id: &str| titles.get(id).cloned().unwrap_or_default();
    RuleReport::new(&results, &|line| row(line, dialect), &words, dialect)
}

/// The rule; of the headers of the corpus, which prove many rules, the area.
fn row(line: &ResultLine, dialect: &Dialect) -> String {
    let rule = dialect.rule(&RuleId::new(&line.rule));
    let is_of_files = rule.is_none_or(|rule| rule.check.is_of_files());
    if line.operation == Operation::Inspect && is_of_files {
        let area = line.rule.split_once('/').map_or(&*line.rule, |(area, _)| area);
        format!("inspect: {area}")
    } else {
        line.rule.clone()
    }
}
