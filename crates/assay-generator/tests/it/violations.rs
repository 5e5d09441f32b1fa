//! Every rule can be broken, in several ways that differ.

use std::collections::{BTreeMap, BTreeSet};

use assay_generator::{boundaries, kinds, telling, violate};
use assay_spec::{Check, Dialect, Subject};

#[test]
fn every_file_rule_can_be_broken_in_different_ways() {
    let dialect = Dialect::latest();
    for rule in dialect.rules() {
        let id = &rule.id;
        if rule.subject != Subject::File {
            assert_eq!(kinds(rule), 0, "{id}");
            assert_eq!(violate(&dialect, rule, 0), None, "{id}");
            continue;
        }
        assert!(kinds(rule) >= 1, "{id} cannot be broken");
        let mut slugs = BTreeSet::new();
        let mut files = BTreeMap::new();
        for seed in 0..kinds(rule) {
            let violation = violate(&dialect, rule, seed)
                .unwrap_or_else(|| panic!("{id}: kind {seed} finds no room in the newest edition"));
            let slug = violation.slug;
            assert!(slugs.insert(slug.clone()), "{id}: {slug} stands twice");
            let draft = format!("{:?}", violation.broken);
            assert_ne!(violation.broken, violation.twin, "{id}: {slug} is its twin");
            if let Some(other) = files.insert(draft, slug.clone()) {
                panic!("{id}: {slug} and {other} are the same file");
            }
            let again = violate(&dialect, rule, seed + kinds(rule)).map(|violation| violation.slug);
            assert_eq!(again, Some(slug), "{id}");
        }
    }
}

#[test]
fn names_of_a_rules_files_are_unique_and_kebab_case() {
    let dialect = Dialect::latest();
    for rule in dialect.rules() {
        let mut slugs = BTreeSet::new();
        let violations = (0..kinds(rule)).filter_map(|seed| violate(&dialect, rule, seed));
        let mut all: Vec<(String, String)> =
            violations.map(|violation| (violation.slug, violation.title)).collect();
        let mut others = boundaries(&dialect, rule);
        if let Check::Behaviour { probe } = rule.check {
            others.extend(telling(&dialect, probe));
            let is_elsewhere = probe.is_of_slices() || probe.is_of_operations();
            assert!(is_elsewhere == others.is_empty(), "what tells of {}?", rule.id);
        }
        all.extend(others.into_iter().map(|boundary| (boundary.slug, boundary.title)));
        for (slug, title) in all {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(!slug.is_empty() && slug.chars().all(kebab), "{}: `{slug}`", rule.id);
            assert!(!slug.ends_with("-twin") && !title.is_empty(), "{}: `{slug}`", rule.id);
            assert!(slugs.insert(slug.clone()), "{}: {slug} stands twice", rule.id);
        }
    }
}
