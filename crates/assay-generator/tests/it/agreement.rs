//! Thousands of files on which generator, validator and reference must agree.

use assay_generator::{Draft, Model, Swarm, kinds, mutate, valid, valid_in, violate};
use assay_spec::{Dialect, Verdict};

use crate::judge::{Judge, SMALL_BYTES, breaks_only, describe, verdict_of};

/// Editions before the newest.
const OLDER: [&str; 5] = ["0.3", "0.4", "0.5", "0.6", "0.7"];

#[test]
fn valid_files_are_valid_and_mean_what_they_were_meant_to() {
    valid_files(&Judge::new(Dialect::latest()), 0..4000);
    for edition in OLDER {
        valid_files(&Judge::new(Dialect::edition(edition).unwrap()), 0..300);
    }
}

fn valid_files(judge: &Judge, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let what = format!("valid file {seed} of edition {}", judge.dialect.name());
        is_as_meant(judge, &valid(&judge.dialect, seed), &what);
    }
}

fn is_as_meant(judge: &Judge, model: &Model, what: &str) {
    let bytes = bytes(&model.to_draft());
    let seen = judge.judge(&bytes, what);
    assert_eq!(seen.verdict, Verdict::Valid, "{what} is {}", describe(&bytes, &seen));
    assert_eq!(seen.view, Some(model.view()), "{what} is {}", describe(&bytes, &seen));
}

#[test]
fn files_of_a_swarm_are_valid_and_have_no_more_than_it_has() {
    let judge = Judge::new(Dialect::latest());
    for number in 0..40 {
        let swarm = Swarm::draw(&judge.dialect, number);
        let features = swarm.features();
        for seed in 0..10 {
            let model = valid_in(&judge.dialect, &swarm, seed);
            is_as_meant(&judge, &model, &format!("file {seed} of swarm {number}"));
            for tensor in &model.tensors {
                assert!(features.contains(&tensor.dtype), "{features:?}: {}", tensor.dtype);
            }
            let metadata = features.iter().any(|feature| feature == "metadata");
            assert_eq!(model.metadata.is_some(), metadata);
        }
    }
}

#[test]
fn violations_break_exactly_their_rule_and_twins_none() {
    let made = violations(&Judge::new(Dialect::latest()), 25);
    assert!(made > 5000, "only {made} files");
    for edition in OLDER {
        violations(&Judge::new(Dialect::edition(edition).unwrap()), 3);
    }
}

/// Judges each kind of violation this often, and counts the files.
fn violations(judge: &Judge, rounds: u64) -> usize {
    let mut made = 0;
    for rule in judge.dialect.rules() {
        for seed in 0..kinds(rule) * rounds {
            let Some(violation) = violate(&judge.dialect, rule, seed) else { continue };
            let what = format!(
                "{}/{} (seed {seed}, edition {})",
                rule.id,
                violation.slug,
                judge.dialect.name()
            );
            if let Ok(bytes) = violation.broken.to_bytes(SMALL_BYTES) {
                let seen = judge.judge(&bytes, &what);
                assert!(breaks_only(rule, &seen), "{what} is {}", describe(&bytes, &seen));
                assert_eq!(seen.verdict, verdict_of(rule), "{what}");
                made += 1;
            }
            if let Ok(bytes) = violation.twin.to_bytes(SMALL_BYTES) {
                let what = format!("the twin of {what}");
                let seen = judge.judge(&bytes, &what);
                assert_eq!(seen.verdict, Verdict::Valid, "{what} is {}", describe(&bytes, &seen));
                made += 1;
            }
        }
    }
    made
}

#[test]
fn mutated_files_are_judged_alike() {
    let judge = Judge::new(Dialect::latest());
    let mut verdicts = [0; 3];
    for seed in 0..6000 {
        let original = bytes(&valid(&judge.dialect, seed % 1500).to_draft());
        verdicts[mutated(&judge, &original, seed) as usize] += 1;
    }
    // Mutations that are always noticed, or never, would tell nothing.
    assert!(verdicts.iter().all(|count| *count > 100), "{verdicts:?}");
    for edition in OLDER {
        let judge = Judge::new(Dialect::edition(edition).unwrap());
        for seed in 0..300 {
            mutated(&judge, &bytes(&valid(&judge.dialect, seed).to_draft()), seed);
        }
    }
}

/// Files that break one rule already are nearer to breaking others.
#[test]
fn mutated_violations_are_judged_alike() {
    let judge = Judge::new(Dialect::latest());
    let mut made = 0;
    for rule in judge.dialect.rules() {
        for seed in 0..kinds(rule) * 10 {
            let Some(violation) = violate(&judge.dialect, rule, seed) else { continue };
            if let Ok(broken) = violation.broken.to_bytes(SMALL_BYTES) {
                mutated(&judge, &broken, seed);
                made += 1;
            }
        }
    }
    assert!(made > 2000, "only {made} files");
}

fn mutated(judge: &Judge, original: &[u8], seed: u64) -> Verdict {
    let bytes = mutate(original, seed);
    judge.judge(&bytes, &format!("mutation {seed}, edition {}", judge.dialect.name())).verdict
}

/// The few files of many megabytes, once each.
#[test]
fn large_files_are_judged_alike() {
    let judge = Judge::new(Dialect::latest());
    let mut made = 0;
    for rule in judge.dialect.rules() {
        for seed in 0..kinds(rule) {
            let violation = violate(&judge.dialect, rule, seed).unwrap();
            if violation.broken.len().is_none_or(|len| len <= SMALL_BYTES) {
                continue;
            }
            let what = format!("{}/{}", rule.id, violation.slug);
            let bytes = violation.broken.to_bytes(1 << 28).unwrap();
            assert!(breaks_only(rule, &judge.judge(&bytes, &what)), "{what}");
            made += 1;
        }
    }
    assert!(made > 0, "the limit of the header's length needs a large file");
}

fn bytes(draft: &Draft) -> Vec<u8> {
    draft.to_bytes(SMALL_BYTES).expect("ordinary files are small")
}

/// Headers on which validator and reference once differed.
#[test]
fn headers_that_were_judged_differently() {
    let judge = Judge::new(Dialect::latest());
    for header in ["00", "-00", "\n-00", "00{}"] {
        let bytes = bytes(&Draft::from_text(header, b""));
        assert_eq!(judge.judge(&bytes, header).verdict, Verdict::Invalid);
    }
}
