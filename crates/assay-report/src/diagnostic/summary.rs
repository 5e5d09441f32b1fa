//! The line that sums a file up, and what was found but not shown.

use assay_spec::{Finding, OnViolation, Verdict};

use super::Diagnosis;
use crate::text::style::{ERROR, GOOD, WARNING, paint};
use crate::text::units::{count, list, size, thousands, time};
use crate::text::visible;

/// Columns that a label may take.
const LABEL: usize = 200;
/// Rules that are named one by one.
const RULES: usize = 8;

/// Verdict, label, what the file holds, and why. Ends with a line end.
pub(super) fn line(diagnosis: &Diagnosis<'_>) -> String {
    let label = visible::line(diagnosis.label, LABEL);
    let size = size(diagnosis.file_len);
    let time = time(diagnosis.seconds);
    let tensors = count(diagnosis.tensors, "tensor");
    match diagnosis.verdict {
        Verdict::Valid => {
            let advice = rules(diagnosis, OnViolation::Warn);
            let advice = if advice.is_empty() { advice } else { format!("; advice: {advice}") };
            let verdict = paint(GOOD, "valid");
            format!("{verdict}: {label}, {tensors}, {size}, {time}{advice}\n")
        }
        Verdict::Either => {
            let disputed = rules(diagnosis, OnViolation::Either);
            let (style, passes) = if diagnosis.passes() {
                (WARNING, "passes with a warning".to_owned())
            } else {
                (ERROR, format!("fails under profile {}", diagnosis.profile.id))
            };
            let verdict = paint(style, "either");
            let why = format!("sources are silent or disagree on {disputed}");
            format!("{verdict}: {label} {passes}: {why}; {tensors}, {size}, {time}\n")
        }
        Verdict::Invalid => {
            let verdict = paint(ERROR, "invalid");
            let broken = rules(diagnosis, OnViolation::Reject);
            let broken = if broken.is_empty() { broken } else { format!(" breaks {broken};") };
            format!("{verdict}: {label}{broken} {size}, {time}\n")
        }
    }
}

/// What follows the findings that are shown; empty if all are.
pub(super) fn not_shown(rest: &[&Finding], omitted: u64) -> String {
    let mut out = String::new();
    if !rest.is_empty() {
        out.push_str(&format!("and {}:\n", count(rest.len() as u64, "more finding")));
        for (rule, number) in by_rule(rest.iter().copied()) {
            out.push_str(&format!("  {:>7}  {}\n", thousands(number), visible::line(rule, LABEL)));
        }
    }
    if omitted > 0 {
        let more = if rest.is_empty() { "and" } else { "besides," };
        let verb = if omitted == 1 { "was" } else { "were" };
        let omitted = count(omitted, "further finding");
        out.push_str(&format!("{more} {omitted} that {verb} not listed\n"));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The rules with findings of a consequence: `a/b (3 times) and c/d`.
fn rules(diagnosis: &Diagnosis<'_>, consequence: OnViolation) -> String {
    let findings = diagnosis.findings.iter().filter(|f| f.on_violation == consequence);
    let counts = by_rule(findings);
    let name = |(rule, number): &(&str, u64)| {
        let times =
            if *number > 1 { format!(" ({} times)", thousands(*number)) } else { String::new() };
        format!("{}{times}", visible::line(rule, LABEL))
    };
    let mut names: Vec<String> = counts.iter().take(RULES).map(name).collect();
    if counts.len() > RULES {
        names.push(count((counts.len() - RULES) as u64, "other rule"));
    }
    list(&names)
}

/// Findings of each rule, in the order in which the rules first occur.
fn by_rule<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(&'a str, u64)> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for finding in findings {
        let rule = finding.rule.as_str();
        let place = *places.entry(rule).or_insert_with(|| {
            counts.push((rule, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
    }
    counts
}
