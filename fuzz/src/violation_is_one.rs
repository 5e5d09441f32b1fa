//! A violation breaks its rule and no other of equal consequence, and its twin
//! breaks none.

use arbitrary::Unstructured;
use assay_generator::violate;
use assay_spec::{Dialect, OnViolation, Rule, Verdict};
use assay_validator::validate;

use crate::common::{LONGEST, judges};
use crate::reference_agrees;

/// The input is a rule and the generator's seed.
pub fn check(input: &[u8]) {
    let dialect = &judges().dialect;
    let Some((rule, seed)) = choose(input, dialect) else { return };
    let Some(violation) = violate(dialect, rule, seed) else { return };
    let what = format!("{}/{} (seed {seed})", rule.id, violation.slug);
    if let Ok(broken) = violation.broken.to_bytes(LONGEST) {
        let seen = validate(&broken, dialect);
        assert!(breaks_only(rule, &seen.findings), "{what}: {:?}", seen.findings);
        assert_eq!(seen.verdict, verdict_of(rule), "{what}");
        reference_agrees::check(&broken);
    }
    if let Ok(twin) = violation.twin.to_bytes(LONGEST) {
        let seen = validate(&twin, dialect);
        assert_eq!(seen.verdict, Verdict::Valid, "the twin of {what}: {:?}", seen.findings);
        reference_agrees::check(&twin);
    }
}

fn choose<'d>(input: &[u8], dialect: &'d Dialect) -> Option<(&'d Rule, u64)> {
    let mut input = Unstructured::new(input);
    let rules: Vec<&Rule> =
        dialect.rules().iter().filter(|rule| !rule.check.is_behaviour()).collect();
    let rule = *input.choose(&rules).ok()?;
    Some((rule, input.arbitrary().ok()?))
}

/// Findings of other rules are advice at most.
fn breaks_only(rule: &Rule, findings: &[assay_spec::Finding]) -> bool {
    let own = findings.iter().any(|finding| finding.rule == rule.id);
    own && findings.iter().filter(|finding| finding.rule != rule.id).all(|finding| {
        finding.on_violation == OnViolation::Warn && rule.on_violation != OnViolation::Warn
    })
}

/// The verdict of a file that breaks this rule and no graver one.
fn verdict_of(rule: &Rule) -> Verdict {
    match rule.on_violation {
        OnViolation::Reject => Verdict::Invalid,
        OnViolation::Either => Verdict::Either,
        OnViolation::Warn | OnViolation::None => Verdict::Valid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::inputs;

    #[test]
    fn of_most_rules() {
        let dialect = &judges().dialect;
        let mut broken = std::collections::BTreeSet::new();
        for input in inputs(800) {
            check(&input);
            let (rule, seed) = choose(&input, dialect).expect("the input is long enough");
            if violate(dialect, rule, seed).is_some() {
                broken.insert(rule.id.clone());
            }
        }
        assert!(broken.len() > 30, "{broken:?}");
    }
}
