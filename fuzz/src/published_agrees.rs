//! The reference agrees with the published crate `safetensors`, except where
//! `differences.toml` says and explains that it does not.
//!
//! Rules decide: a difference is explained if each broken rule that decides
//! our verdict is one on which the published crate is known to decide
//! otherwise. Where both accept, they see the same, and nothing excuses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use assay_reference::Reader;
use assay_spec::{OnViolation, RuleId};
use assay_validator::validate;
use safetensors::{SafeTensorError, SafeTensors};
use serde::Deserialize;

use crate::common::{Judges, judges};

/// The table of differences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    difference: Vec<Difference>,
}

/// A way in which the published crate decides otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// The broken rules that make our verdict; none if our verdict is `valid`.
    #[serde(default)]
    rules: Vec<RuleId>,
    upstream: Upstream,
    /// Whether it then does not see other faults either.
    #[serde(default)]
    hides: bool,
    /// What it says, where no rule tells the files apart.
    error: Option<String>,
    /// What it does, and why that is so: for people.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test asks for it"))]
    why: String,
}

/// What the published crate may do with a file that breaks the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Upstream {
    /// It takes some or all of the files that we must refuse.
    Accepts,
    /// It refuses some or all of the files that we may take.
    Refuses,
}

/// A line of the table, by its place, and the rule of it that explains, if one does.
type Explanation = (usize, Option<RuleId>);

/// Any bytes: the same decision, or an explained one, and the same view.
pub fn check(bytes: &[u8]) {
    compare(bytes);
}

/// Panics on a difference that nothing explains; else gives what explains it.
fn compare(bytes: &[u8]) -> BTreeSet<Explanation> {
    let Judges { dialect, interop, .. } = judges();
    let broken = |consequence| {
        let findings = validate(bytes, dialect).findings.into_iter();
        let grave = findings.filter(|finding| finding.on_violation == consequence);
        grave.map(|finding| finding.rule).collect::<BTreeSet<RuleId>>()
    };
    match (Reader::from_bytes(bytes, interop), published(bytes)) {
        (Ok(ours), Ok(theirs)) => {
            assert!(seen(&ours) == theirs, "both accept, and see different things");
            BTreeSet::new()
        }
        (Err(_), Err(_)) => BTreeSet::new(),
        (Err(error), Ok(_)) => accepted(&broken(OnViolation::Reject), &error.to_string()),
        (Ok(_), Err(error)) => {
            BTreeSet::from([refused(&broken(OnViolation::Either), &error.to_string())])
        }
    }
}

/// Why it accepts what breaks these rules: a reason for each, or one that hides the others.
fn accepted(broken: &BTreeSet<RuleId>, error: &str) -> BTreeSet<Explanation> {
    let explain = |rule: &RuleId| {
        let (at, line) = listed(rule, Upstream::Accepts)?;
        Some(((at, Some(rule.clone())), line.hides))
    };
    let reasons: Vec<_> = broken.iter().map(explain).collect();
    if let Some((hiding, _)) = reasons.iter().flatten().find(|(_, hides)| *hides) {
        return BTreeSet::from([hiding.clone()]);
    }
    assert!(
        !reasons.is_empty() && reasons.iter().all(Option::is_some),
        "nothing explains that upstream accepts a file that breaks {broken:?}: {error}"
    );
    reasons.into_iter().flatten().map(|(reason, _)| reason).collect()
}

/// Why it refuses what breaks no more than these disputed rules. It stops at
/// its first fault, so one reason is enough.
fn refused(disputed: &BTreeSet<RuleId>, error: &str) -> Explanation {
    let by_rule = disputed.iter().find_map(|rule| {
        let (at, _) = listed(rule, Upstream::Refuses)?;
        Some((at, Some(rule.clone())))
    });
    let by_error = || {
        let says = |one: &Difference| one.error.as_ref().is_some_and(|text| error.contains(text));
        differences().iter().position(says).map(|at| (at, None))
    };
    by_rule.or_else(by_error).unwrap_or_else(|| {
        panic!("nothing explains that upstream refuses a file that breaks {disputed:?}: {error}")
    })
}

/// The line of the table on a rule, with its place.
fn listed(rule: &RuleId, upstream: Upstream) -> Option<(usize, &'static Difference)> {
    let is_it = |one: &&Difference| one.upstream == upstream && one.rules.contains(rule);
    differences().iter().enumerate().find(|(_, one)| is_it(one))
}

fn differences() -> &'static [Difference] {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let parse = || toml::from_str(include_str!("../differences.toml")).expect("the table is sound");
    &TABLE.get_or_init(parse).difference
}

/// What a reader sees, whoever it is.
#[derive(PartialEq)]
struct Seen<'f> {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, (String, Vec<u64>, &'f [u8])>,
}

fn published(bytes: &[u8]) -> Result<Seen<'_>, SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let tensors = file.tensors().into_iter().map(|(name, tensor)| {
        let shape = tensor.shape().iter().map(|dimension| *dimension as u64).collect();
        (name, (tensor.dtype().to_string(), shape, tensor.data()))
    });
    let metadata = header.metadata().iter().flatten();
    Ok(Seen {
        metadata: metadata.map(|(key, value)| (key.clone(), value.clone())).collect(),
        tensors: tensors.collect(),
    })
}

fn seen<'f>(reader: &'f Reader<'_>) -> Seen<'f> {
    let tensors = reader.tensors().map(|tensor| {
        let what = (tensor.dtype().name.clone(), tensor.shape().to_vec(), tensor.data());
        (tensor.name().to_owned(), what)
    });
    Seen { metadata: reader.view().metadata.unwrap_or_default(), tensors: tensors.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{LONGEST, corpus, inputs, seeds};

    #[test]
    fn the_table_is_about_rules_and_explains() {
        let mut listed = BTreeSet::new();
        for one in differences() {
            assert!(one.why.len() > 40, "{one:?} explains nothing");
            assert!(one.rules.is_empty() == one.error.is_some(), "{one:?} is about nothing");
            for rule in &one.rules {
                let known = judges().dialect.rule(rule).expect("a rule of the dialect");
                let fits = match one.upstream {
                    Upstream::Accepts => known.on_violation == OnViolation::Reject,
                    Upstream::Refuses => known.on_violation == OnViolation::Either,
                };
                assert!(fits, "{rule} cannot make that difference");
                assert!(listed.insert((rule.clone(), one.upstream)), "{rule} is listed twice");
            }
        }
    }

    /// Differences are explained, and each explanation is needed.
    #[test]
    fn on_committed_files_and_no_explanation_is_dead() {
        let mut needed = BTreeSet::new();
        let mut unexplained = Vec::new();
        for (name, bytes) in corpus().into_iter().chain(seeds()) {
            match std::panic::catch_unwind(|| compare(&bytes)) {
                // Where two rules explain together, neither is proved.
                Ok(explained) if explained.len() == 1 => needed.extend(explained),
                Ok(_) => {}
                Err(_) => unexplained.push(name),
            }
        }
        assert!(unexplained.is_empty(), "{unexplained:#?}");
        for (at, one) in differences().iter().enumerate() {
            let by_rule = one.rules.iter().map(|rule| (at, Some(rule.clone())));
            for explanation in by_rule.chain(one.error.as_ref().map(|_| (at, None))) {
                assert!(needed.contains(&explanation), "dead: {explanation:?} of {one:?}");
            }
        }
    }

    #[test]
    fn on_generated_files() {
        for input in inputs(1500) {
            let mut input = arbitrary::Unstructured::new(&input);
            let seeded: assay_generator::arbitrary::Seeded =
                input.arbitrary().expect("long enough");
            if let Some(bytes) = seeded.to_bytes(&judges().dialect, LONGEST) {
                check(&bytes);
            }
        }
    }
}
