//! Files of a stream are what they claim, differ, and depend on their seed alone.

use std::collections::{BTreeMap, BTreeSet};

use assay_generator::stream::FILES_PER_SWARM;
use assay_generator::{Stream, Swarm};
use assay_spec::{Check, Dialect, Verdict};
use sha2::{Digest as _, Sha256};

use crate::judge::{Judge, breaks_only, describe, verdict_of};

/// Seeds from many swarms, some of each.
fn seeds(swarms: u64, each: u64) -> impl Iterator<Item = u64> {
    (0..swarms).flat_map(move |swarm| (0..each).map(move |at| swarm * FILES_PER_SWARM + at * 7))
}

#[test]
fn valid_files_are_valid() {
    for edition in &assay_spec::Spec::embedded().tables.editions {
        let judge = Judge::new(Dialect::edition(&edition.name).unwrap());
        let mut stream = Stream::new(&judge.dialect);
        for seed in seeds(60, 12) {
            let mut file = Vec::new();
            stream.valid(seed, &mut file);
            let what = format!("file {seed} of a stream, edition {}", edition.name);
            let seen = judge.judge(&file, &what);
            assert_eq!(seen.verdict, Verdict::Valid, "{what} is {}", describe(&file, &seen));
        }
    }
}

#[test]
fn broken_files_break_their_rule_alone() {
    for edition in &assay_spec::Spec::embedded().tables.editions {
        let judge = Judge::new(Dialect::edition(&edition.name).unwrap());
        let mut stream = Stream::new(&judge.dialect);
        let mut counts = BTreeMap::new();
        for seed in seeds(60, 70) {
            let mut file = Vec::new();
            let rule = stream.broken(seed, &mut file).unwrap();
            *counts.entry(&rule.id).or_insert(0) += 1;
            let what = format!("file {seed} of a stream, for {}", rule.id);
            let seen = judge.judge(&file, &what);
            assert!(breaks_only(rule, &seen), "{what} is {}", describe(&file, &seen));
            assert_eq!(seen.verdict, verdict_of(rule), "{what}");
        }
        assert_eq!(counts.len(), stream.rules().count(), "{counts:?}");
        assert!(counts.values().all(|count| *count > 30), "{counts:?}");
    }
}

#[test]
fn most_rules_that_files_can_break_are_broken() {
    let dialect = Dialect::latest();
    let stream = Stream::new(&dialect);
    let of_files = dialect.rules().iter().filter(|r| !matches!(r.check, Check::Behaviour { .. }));
    assert!(3 * stream.rules().count() >= 2 * of_files.count());
}

#[test]
fn files_differ() {
    let dialect = Dialect::latest();
    let mut stream = Stream::new(&dialect);
    for broken in [false, true] {
        let mut digests = BTreeSet::new();
        let mut made = 0;
        for seed in (0..40 * FILES_PER_SWARM).filter(|seed| seed % 4 != 0) {
            let mut file = Vec::new();
            if broken {
                stream.broken(seed, &mut file).unwrap();
            } else {
                stream.valid(seed, &mut file);
            }
            digests.insert(Sha256::digest(&file));
            made += 1;
        }
        assert!(100 * digests.len() > 99 * made, "{} of {made}, broken: {broken}", digests.len());
    }
}

#[test]
fn usual_files_are_valid_and_plain() {
    let judge = Judge::new(Dialect::latest());
    let mut stream = Stream::in_swarm(&judge.dialect, Swarm::usual(&judge.dialect));
    for seed in seeds(10, 20) {
        let mut file = Vec::new();
        stream.valid(seed, &mut file);
        let seen = judge.judge(&file, "usual");
        assert_eq!(seen.verdict, Verdict::Valid, "{}", describe(&file, &seen));
        let view = seen.view.unwrap();
        assert!(view.tensors.iter().all(|tensor| tensor.name.is_ascii()));
        assert!(!file[8..].starts_with(b" ") && view.tensors.len() <= 8);
    }
}

/// A dialect without room is served by the slower ways.
#[test]
fn narrow_dialects_are_kept() {
    let mut spec = assay_spec::Spec::embedded().clone();
    spec.tables.limits.get_mut("max_header_bytes").unwrap().value = 1000;
    let judge = Judge::new(Dialect::resolve(&spec, Dialect::latest().name()).unwrap());
    let mut stream = Stream::new(&judge.dialect);
    for seed in seeds(50, 3) {
        let mut file = Vec::new();
        stream.valid(seed, &mut file);
        assert_eq!(judge.judge(&file, "narrow").verdict, Verdict::Valid);
        file.clear();
        let rule = stream.broken(seed, &mut file).unwrap();
        assert!(breaks_only(rule, &judge.judge(&file, "narrow")), "{}", rule.id);
    }
}
