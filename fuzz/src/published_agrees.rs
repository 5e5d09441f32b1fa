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
    /// The broken rules that make our verdict.
    rules: Vec<RuleId>,
    upstream: Upstream,
    /// Whether it then does not see other faults either.
    #[serde(default)]
    hides: bool,
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

/// Any bytes: the same decision, or an explained one, and the same view.
pub fn check(bytes: &[u8]) {
    compare(bytes);
}

/// Panics on a difference that nothing explains; else gives the rules that explain it.
fn compare(bytes: &[u8]) -> BTreeSet<(RuleId, Upstream)> {
    let Judges { dialect, interop, .. } = judges();
    let theirs = published(bytes);
    match (Reader::from_bytes(bytes, interop), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(seen(&ours) == theirs, "both accept, and see different things");
            BTreeSet::new()
        }
        (Err(_), Err(_)) => BTreeSet::new(),
        (Err(error), Ok(_)) => {
            let findings = validate(bytes, dialect).findings;
            let grave = findings.iter().filter(|one| one.on_violation == OnViolation::Reject);
            let grave: Vec<&RuleId> = grave.map(|one| &one.rule).collect();
            let hiding =
                |rule: &&RuleId| known(rule, Upstream::Accepts).is_some_and(|one| one.hides);
            match grave.iter().copied().find(hiding) {
                Some(rule) => BTreeSet::from([(rule.clone(), Upstream::Accepts)]),
                None => explain(grave.into_iter(), Upstream::Accepts, &error.to_string()),
            }
        }
        (Ok(_), Err(error)) => {
            let findings = validate(bytes, dialect).findings;
            let disputed = findings.iter().filter(|one| one.on_violation == OnViolation::Either);
            // It stops at its first fault, so one explained rule is enough.
            let rules: Vec<&RuleId> = disputed.map(|one| &one.rule).collect();
            let listed =
                rules.iter().copied().find(|rule| known(rule, Upstream::Refuses).is_some());
            let rules = listed.map_or(rules, |rule| vec![rule]);
            explain(rules.into_iter(), Upstream::Refuses, &error.to_string())
        }
    }
}

fn explain<'f>(
    rules: impl Iterator<Item = &'f RuleId>,
    upstream: Upstream,
    error: &str,
) -> BTreeSet<(RuleId, Upstream)> {
    let rules: BTreeSet<(RuleId, Upstream)> = rules.map(|rule| (rule.clone(), upstream)).collect();
    assert!(!rules.is_empty(), "no rule explains that upstream {upstream:?}: {error}");
    for (rule, _) in &rules {
        let explanation = known(rule, upstream);
        assert!(
            explanation.is_some(),
            "{rule} does not explain that upstream {upstream:?}: {error}"
        );
    }
    rules
}

fn known(rule: &RuleId, upstream: Upstream) -> Option<&'static Difference> {
    differences().iter().find(|one| one.upstream == upstream && one.rules.contains(rule))
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
    use crate::common::{LONGEST, corpus, inputs};

    #[test]
    fn the_table_is_about_rules_and_explains() {
        let mut listed = BTreeSet::new();
        for one in differences() {
            assert!(one.why.len() > 40, "{one:?} explains nothing");
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

    /// Differences are explained, and each explanation is needed by the corpus.
    #[test]
    fn on_committed_files_and_no_explanation_is_dead() {
        let mut needed = BTreeSet::new();
        let mut unexplained = Vec::new();
        for (name, bytes) in corpus() {
            match std::panic::catch_unwind(|| compare(&bytes)) {
                // Where two rules could explain, neither is proved.
                Ok(explained) if explained.len() == 1 => needed.extend(explained),
                Ok(_) => {}
                Err(_) => unexplained.push(name),
            }
        }
        assert!(unexplained.is_empty(), "{unexplained:#?}");
        let listed = differences()
            .iter()
            .flat_map(|one| one.rules.iter().map(|rule| (rule.clone(), one.upstream)));
        for explanation in listed {
            assert!(needed.contains(&explanation), "dead: {explanation:?}");
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
