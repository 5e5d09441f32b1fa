//! Whether the files at hand prove the rules that a proposal adds or changes.

use std::collections::BTreeSet;

use assay_protocol::gate::{GateCoverage, RuleCoverage};
use assay_spec::rfc::{Applied, Equivalent};
use assay_spec::{OnViolation, Rule, Subject, Verdict};
use assay_validator::validate_head;

use super::samples::Sample;
use crate::adequacy::{self, Fate};

/// Files made from seeds prove nothing: nobody keeps them.
const MADE: &str = "seeded";

/// Counts files for and against each rule, and tries the proposal's neighbours.
///
/// # Errors
/// If a neighbour cannot be made.
pub(crate) fn coverage(
    applied: &Applied,
    equivalents: &[Equivalent],
    samples: &[&Sample],
) -> anyhow::Result<GateCoverage> {
    let kept: Vec<&Sample> = samples.iter().copied().filter(|sample| sample.kind != MADE).collect();
    let (base, merged) = (&applied.base, &applied.merged);
    let mut rules: Vec<RuleCoverage> = Vec::new();
    for rule in merged.rules().iter().filter(|rule| rule.subject == Subject::File) {
        match base.rule(&rule.id) {
            None => rules.push(row(rule, "new")),
            Some(old) if judges_otherwise(old, rule) => rules.push(row(rule, "changed")),
            Some(_) => {}
        }
    }
    for rule in base.rules().iter().filter(|rule| rule.subject == Subject::File) {
        if merged.rule(&rule.id).is_none() {
            rules.push(row(rule, "dropped"));
        }
    }
    for sample in &kept {
        if rules.is_empty() {
            break;
        }
        let of = |dialect| validate_head(&sample.head, sample.file_len, dialect);
        let (before, after) = (of(base), of(merged));
        for row in &mut rules {
            let breaks = |validation: &assay_validator::Validation| {
                validation.findings.iter().any(|finding| finding.rule.as_str() == row.rule)
            };
            let is_accepted = after.verdict != Verdict::Invalid;
            row.reject += u64::from(breaks(&after));
            // Of a new rule, any file that it looks at and lets pass; of another, what it let
            // pass no longer, or lets pass now.
            let lets_pass = match row.change.as_str() {
                "new" => sample.kind == "witness" && !breaks(&after),
                "changed" => !breaks(&after) && (breaks(&before) || sample.kind == "witness"),
                _ => breaks(&before),
            };
            row.accept += u64::from(lets_pass && is_accepted);
        }
    }
    let mutants = mutants(applied, &rules)?;
    let samples: Vec<adequacy::Sample> = kept
        .iter()
        .filter(|_| !mutants.is_empty())
        .map(|sample| {
            let Sample { id, head, file_len, .. } = sample;
            adequacy::Sample::new(merged, id, "", head.clone(), *file_len)
        })
        .collect();
    let fates = adequacy::try_on(&mutants, &samples);
    let mut survivors: Vec<String> = Vec::new();
    let mut equivalent = std::collections::BTreeMap::new();
    for (mutant, fate) in mutants.iter().zip(&fates) {
        let known = equivalents.iter().find(|one| one.mutant == mutant.id());
        match (fate, known) {
            (Fate::Survived, Some(known)) => {
                equivalent.insert(mutant.id(), known.reason.clone());
            }
            (Fate::Survived, None) => {
                survivors.push(format!("{}: {}", mutant.id(), mutant.title));
            }
            (Fate::Killed { .. }, _) => {}
        }
    }
    let is_stale = |one: &&Equivalent| !equivalent.contains_key(&one.mutant);
    let stale = equivalents.iter().filter(is_stale);
    survivors.extend(stale.map(|one| {
        format!(
            "{}: is listed as one that no file can tell, but is told, or is not there",
            one.mutant
        )
    }));
    Ok(GateCoverage { rules, mutants: mutants.len() as u64, survivors, equivalent })
}

fn row(rule: &Rule, change: &str) -> RuleCoverage {
    RuleCoverage { rule: rule.id.to_string(), change: change.to_owned(), accept: 0, reject: 0 }
}

/// Whether files can tell the two apart.
fn judges_otherwise(old: &Rule, new: &Rule) -> bool {
    old.check != new.check || old.on_violation != new.on_violation || old.depends != new.depends
}

/// Rules that need a file that breaks them: not those that are gone.
pub(crate) fn without_reject(coverage: &GateCoverage) -> u64 {
    coverage.rules.iter().filter(|row| row.change != "dropped" && row.reject == 0).count() as u64
}

/// Rules that need a file that they let pass.
pub(crate) fn without_accept(coverage: &GateCoverage) -> u64 {
    coverage.rules.iter().filter(|row| row.accept == 0).count() as u64
}

/// The neighbours of the changed dialect that get a rule or row of the proposal wrong.
fn mutants(applied: &Applied, rules: &[RuleCoverage]) -> anyhow::Result<Vec<adequacy::Mutant>> {
    let targets: BTreeSet<&str> = applied.ops.iter().map(|op| op.target.as_str()).collect();
    let is_judged =
        |rule: &str| rules.iter().any(|row| row.rule == rule && row.change != "dropped");
    let advises = |rule: &assay_spec::RuleId| {
        applied.merged.rule(rule).is_some_and(|rule| rule.on_violation == OnViolation::None)
    };
    adequacy::neighbouring(&applied.merged, |neighbour| {
        let of_row = neighbour.edits.iter().any(|edit| targets.contains(edit.target()));
        (is_judged(neighbour.rule.as_str()) || of_row) && !advises(&neighbour.rule)
    })
}
