//! The policy: phases are earned from the bottom, waivers lift what they may and only in time.

use std::collections::BTreeMap;

use assay_spec::policy::{Bump, Policy};
use assay_spec::rfc::{Class, Waiver};

/// A policy of two phases above the first.
fn policy() -> Policy {
    let mut policy = Policy::embedded();
    policy.phases.retain(|phase| ["idea", "draft", "validated"].contains(&phase.name.as_str()));
    policy.criteria.retain(|one| {
        ["witnessed", "no-misread", "typed-errors", "mutants"].contains(&one.id.as_str())
    });
    policy
}

fn metrics(all: &[(&str, u64)]) -> BTreeMap<String, u64> {
    all.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn waiver(criterion: &str, until: &str) -> Waiver {
    Waiver {
        criterion: criterion.to_owned(),
        owner: "somebody".to_owned(),
        reason: "soon".to_owned(),
        until: until.to_owned(),
    }
}

fn earned(all: &[(&str, u64)], waivers: &[Waiver]) -> String {
    let policy = policy();
    let judged = policy.judge(&metrics(all), waivers, "2026-11-27");
    policy.earned(&judged).to_owned()
}

#[test]
fn a_phase_is_earned_if_nothing_bars_it_or_one_below() {
    let good = [("witnesses", 1), ("misread", 0), ("mutants_surviving", 0), ("to_look_at", 0)];
    assert_eq!(earned(&good, &[]), "validated");
    // Only told.
    let noted = [("witnesses", 1), ("misread", 0), ("mutants_surviving", 0), ("to_look_at", 9)];
    assert_eq!(earned(&noted, &[]), "validated");
    let misread = [("witnesses", 1), ("misread", 1), ("mutants_surviving", 0)];
    assert_eq!(earned(&misread, &[]), "draft");
    let nothing_below = [("witnesses", 0), ("misread", 0), ("mutants_surviving", 0)];
    assert_eq!(earned(&nothing_below, &[]), "idea");
    // What was not measured is not met.
    assert_eq!(earned(&[("witnesses", 1), ("mutants_surviving", 0)], &[]), "draft");
}

#[test]
fn waivers_lift_what_they_may_in_time() {
    let untold = [("witnesses", 1), ("misread", 0), ("mutants_surviving", 3)];
    assert_eq!(earned(&untold, &[]), "draft");
    assert_eq!(earned(&untold, &[waiver("mutants", "2026-11-27")]), "validated");
    assert_eq!(earned(&untold, &[waiver("mutants", "2026-11-26")]), "draft");
    let misread = [("witnesses", 1), ("misread", 1), ("mutants_surviving", 0)];
    assert_eq!(earned(&misread, &[waiver("no-misread", "2030-01-01")]), "draft");
    let waivers = [
        waiver("none", "2030-01-01"),
        waiver("no-misread", "2030-01-01"),
        waiver("mutants", "2026-01-01"),
    ];
    let idle = policy().idle_waivers(&waivers, "2026-11-27");
    assert_eq!(idle.len(), 3, "{idle:?}");
}

#[test]
fn the_highest_class_decides_the_version() {
    let policy = Policy::embedded();
    assert_eq!(policy.bump(&[].into()), Bump::Patch);
    assert_eq!(policy.bump(&[Class::Duty, Class::Annotate].into()), Bump::Minor);
    assert_eq!(policy.bump(&[Class::Widen, Class::Narrow].into()), Bump::Major);
}

#[test]
fn a_policy_that_contradicts_itself_is_refused() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/policy.toml"))
            .unwrap();
    let metrics: Vec<String> =
        Policy::embedded().criteria.iter().map(|one| one.metric.clone()).collect();
    let known: Vec<&str> = metrics.iter().map(String::as_str).collect();
    assert_eq!(Policy::parse(&text, &known), Ok(Policy::embedded()));
    let broken = [
        (text.replace("metric = \"misread\"", "metric = \"mood\""), "nothing measures `mood`"),
        (text.replace("phase = \"problem\"", "phase = \"trouble\""), "there is no phase `trouble`"),
        (text.replace("id = \"champion\"", "id = \"sections\""), "stands twice"),
        (text.replace("class = \"narrow\"", "class = \"widen\""), "does not stand exactly once"),
        (text.replace("policy/1", "policy/2"), "not `policy/1`"),
    ];
    for (text, why) in broken {
        let error = Policy::parse(&text, &known).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
