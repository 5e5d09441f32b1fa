//! From the record of a run to subjects: a case for each implementation.

use assay_protocol::record::{Outcome, ResultLine};
use assay_spec::{Dialect, Rule, RuleId};

use super::{Remark, Severity, State, Subject};
use crate::record::Record;

/// The results of a record, grouped by implementation, in its order. An implementation
/// that was not run is one subject, skipped. So is a deviation that is known
/// (`is_known`, of implementation and case): who reads these formats wants to hear of what is new.
pub fn of_record(
    record: &Record,
    dialect: &Dialect,
    is_known: &dyn Fn(&str, &str) -> bool,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for implementation in &record.implementations {
        let id = &implementation.id;
        if let Some(reason) = &implementation.not_run {
            subjects.push(subject(id, "the whole run", State::Skipped(reason.clone()), None));
        }
        let results = record.results.iter().filter(|result| result.implementation == *id);
        subjects.extend(results.map(|result| of_result(result, dialect, is_known)));
    }
    subjects
}

fn subject(group: &str, name: &str, state: State, remark: Option<Remark>) -> Subject {
    Subject {
        group: group.to_owned(),
        name: name.to_owned(),
        path: None,
        state,
        remarks: remark.into_iter().collect(),
        seconds: None,
    }
}

fn of_result(
    result: &ResultLine,
    dialect: &Dialect,
    is_known: &dyn Fn(&str, &str) -> bool,
) -> Subject {
    let why = || result.detail.clone().unwrap_or_else(|| result.outcome.as_str().to_owned());
    let is_known = result.outcome.is_bad() && is_known(&result.implementation, &result.case);
    let state = match result.outcome {
        _ if is_known => State::Skipped(format!("known: {}", why())),
        outcome if outcome.is_bad() => State::Failed,
        Outcome::Unsupported | Outcome::NotRun | Outcome::Deferred => State::Skipped(why()),
        _ => State::Passed,
    };
    let remark = (result.outcome.is_bad() && !is_known).then(|| remark(result, dialect));
    subject(&result.implementation, &result.case, state, remark)
}

/// One sentence: what it did, with the rule, and how it looks in detail.
fn remark(result: &ResultLine, dialect: &Dialect) -> Remark {
    let rule = dialect.rule(&RuleId::new(&result.rule));
    let mut message = format!(
        "{} on {}: {}",
        result.implementation,
        result.case,
        result.outcome.as_str().replace('_', " ")
    );
    let error = result.error.as_ref().map(|error| format!("{}: {}", error.class, error.message));
    for more in [&result.detail, &error].into_iter().flatten() {
        message.push_str(&format!("; {more}"));
    }
    Remark {
        rule: Some(result.rule.clone()),
        severity: Severity::Error,
        message,
        span: None,
        advice: rule.map_or_else(String::new, requirement),
    }
}

fn requirement(rule: &Rule) -> String {
    format!("{} ({}).", rule.title, rule.level)
}
