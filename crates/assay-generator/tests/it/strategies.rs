//! The strategies for property tests: what they give holds, and it shrinks.

use assay_generator::strategy::{broken_file, valid_file};
use assay_spec::{Dialect, Verdict};
use proptest::prelude::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestError, TestRunner};

use crate::judge::{Judge, SMALL_BYTES, breaks_only};

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let algorithm = config.rng_algorithm;
    TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(algorithm))
}

#[test]
fn strategies_give_valid_and_broken_files() {
    let judge = Judge::new(Dialect::latest());
    runner(200)
        .run(&valid_file(&judge.dialect), |model| {
            let bytes = model.to_draft().to_bytes(SMALL_BYTES).unwrap();
            prop_assert_eq!(judge.judge(&bytes, "valid file").verdict, Verdict::Valid);
            Ok(())
        })
        .unwrap();
    runner(200)
        .run(&broken_file(&judge.dialect), |(rule, violation)| {
            let rule = judge.dialect.rule(&rule).unwrap();
            if let Ok(bytes) = violation.broken.to_bytes(SMALL_BYTES) {
                prop_assert!(breaks_only(rule, &judge.judge(&bytes, &violation.slug)));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn valid_files_shrink_to_what_matters() {
    let dialect = Dialect::latest();
    let result = runner(1000).run(&valid_file(&dialect), |model| {
        prop_assert!(model.tensors.iter().all(|tensor| tensor.shape.len() < 5));
        Ok(())
    });
    let Err(TestError::Fail(_, smallest)) = result else {
        panic!("no file of high rank: {result:?}")
    };
    assert_eq!(smallest.tensors.len(), 1);
    assert_eq!(smallest.metadata, None);
    assert!(smallest.tensors[0].shape.len() >= 5);
}

#[test]
fn every_step_of_shrinking_is_valid() {
    let judge = Judge::new(Dialect::latest());
    let mut runner = runner(1);
    for _ in 0..50 {
        let mut tree = valid_file(&judge.dialect).new_tree(&mut runner).unwrap();
        let mut steps = 0;
        while tree.simplify() {
            let bytes = tree.current().to_draft().to_bytes(SMALL_BYTES).unwrap();
            assert_eq!(judge.judge(&bytes, "shrunk file").verdict, Verdict::Valid);
            steps += 1;
            if steps % 3 == 0 {
                tree.complicate();
            }
        }
        assert!(steps < 200);
    }
}
