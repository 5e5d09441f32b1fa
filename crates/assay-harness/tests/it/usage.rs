//! What a case takes is measured where it is taken, and costs the others nothing.

use std::sync::atomic::AtomicBool;

use assay_harness::{Measured, measure};
use assay_protocol::record::Answer;
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("memory_is_told_for_the_case_that_took_it", memory_is_told_for_the_case_that_took_it),
        trial("a_crash_is_told_and_costs_one_case", a_crash_is_told_and_costs_one_case),
        trial("temporary_files_are_counted", temporary_files_are_counted),
    ]
}

/// The modes act on number 5; case 0 is not valid, so a valid one warms.
fn measured(mode: &str) -> Measured {
    let mut lab = Lab::new();
    lab.add("subject", mode, "");
    let mut cases = lab.cases.clone();
    cases.swap(0, 2);
    lab.options.pin = false;
    let never = AtomicBool::new(false);
    measure(&lab.ready()[0], &cases, 1, &lab.options, &never, &|_| {}).unwrap().unwrap()
}

const TARGET: usize = 5;

fn memory_is_told_for_the_case_that_took_it() {
    let measured = measured("takes-and-frees");
    assert_eq!(measured.cases.len(), CASES);
    for (at, (answer, usage)) in measured.cases.iter().enumerate() {
        assert!(matches!(answer, Ok(Answer::Accept | Answer::Reject)), "{answer:?}");
        // Number 1 is a file of 1.5 MB, which is read and sent.
        let allowed = if at == 1 { 30 << 20 } else { 4 << 20 };
        if at == TARGET {
            assert!(usage.memory >= 90 << 20 && usage.pages > 0 && usage.cpu_us > 0, "{usage:?}");
        } else {
            assert!(usage.memory < allowed, "{at}: {usage:?}");
        }
        assert!(usage.wall_us > 0 && usage.read > 0, "{usage:?}");
    }
}

fn a_crash_is_told_and_costs_one_case() {
    let measured = measured("aborts");
    for (at, (answer, _)) in measured.cases.iter().enumerate() {
        match answer {
            Err(why) => assert!(at == TARGET && why.contains("SIGABRT"), "{at}: {why}"),
            Ok(_) => assert_ne!(at, TARGET),
        }
    }
}

fn temporary_files_are_counted() {
    let left = |mode| measured(mode).cases[TARGET].1.left_files;
    assert_eq!((left("looks-around"), left("honest")), (1, 0));
}
