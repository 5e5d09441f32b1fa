//! The doctor finds what is wrong with an adapter, and only that.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use assay_harness::{Examined, Finding, Samples, examine};
use libtest_mimic::Trial;

use crate::kit::{Lab, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("an_honest_adapter_has_nothing_to_fear", an_honest_adapter_has_nothing_to_fear),
        trial("each_fault_is_found_where_it_is", each_fault_is_found_where_it_is),
        trial("without_a_greeting_nothing_is_tried", without_a_greeting_nothing_is_tried),
        trial("sections_are_those_of_the_page", sections_are_those_of_the_page),
    ]
}

fn examined(mode: &str) -> Examined {
    let mut lab = Lab::new();
    lab.add("subject", mode, "");
    lab.options.deadline = Duration::from_secs(5);
    let case = |number: usize| lab.cases[number].clone();
    // The modes act on number 5.
    let samples = Samples { valid: case(5), invalid: case(3), large: case(1) };
    let examined = examine(&lab.ready()[0], &samples, &lab.options, &AtomicBool::new(false));
    let left: Vec<_> = fs::read_dir(&lab.options.scratch_dir).unwrap().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    examined.unwrap()
}

/// Demand and text of what is wrong.
fn faults(examined: &Examined) -> Vec<(&'static str, String)> {
    let fault = |check: &assay_harness::Check| match &check.finding {
        Finding::Wrong(said) => Some((check.demand, said.clone())),
        _ => None,
    };
    examined.checks.iter().filter_map(fault).collect()
}

fn an_honest_adapter_has_nothing_to_fear() {
    let examined = examined("honest");
    for check in &examined.checks {
        if check.section == "bench" {
            // It cannot be timed, which is no fault.
            assert!(matches!(check.finding, Finding::NotTried(_)), "{check:?}");
            continue;
        }
        assert!(matches!(check.finding, Finding::Right(_)), "{check:?}");
    }
    assert!(!examined.is_at_fault());
    assert_eq!(examined.introduction.unwrap().identity.name, "subject");
}

fn each_fault_is_found_where_it_is() {
    for (mode, demand, said) in [
        ("fixed-id", "it echoes ids byte for byte", "answered \"hello\" instead of \"Id."),
        ("any-protocol", "it claims no version that it cannot know", "it chose 1002"),
        ("bench-lazy", "it proves what it loads", "its sum is wrong"),
        ("takes-anything", "it refuses an operation that nobody knows", "answered the unknown"),
        ("wrong-bytes", "it reads a valid file right", "misread"),
        ("inlines-all", "it puts long contents into the scratch file", "came in `data`"),
        ("noise-before", "it answers a full window in order", "not JSON: \"Loading weights"),
        ("answers-another", "it answers a full window in order", "answered \"r0\" when"),
        ("mutters", "it is silent when nothing is asked", "ready for more"),
        ("modifies", "it leaves the files alone", "is not what it was"),
        ("refuses-missing", "it does not call a missing file refused", "no verdict"),
        ("changes-its-version", "it is itself again after it was killed", "differently"),
        ("fails-at-the-end", "it ends after `bye`", "exited with status 7 after `bye`"),
        ("fails-at-the-end", "it ends at the end of its input", "after the end of its input"),
        ("hangs", "it reads a valid file right", "gave no answer before the deadline"),
    ] {
        let faults = faults(&examined(mode));
        let found = faults.iter().find(|(at, _)| *at == demand);
        let found = found.unwrap_or_else(|| panic!("{mode}: {faults:?}"));
        assert!(found.1.contains(said), "{mode}: {found:?}");
    }
}

fn without_a_greeting_nothing_is_tried() {
    let examined = examined("no-library");
    let faults = faults(&examined);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].1.contains("no module named subject"), "{faults:?}");
    assert!(examined.introduction.is_none() && examined.is_at_fault());
}

fn sections_are_those_of_the_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness/PROTOCOL.md");
    let page = fs::read_to_string(page).unwrap();
    for check in examined("no-library").checks {
        let heading = format!("## {}", check.section);
        assert!(page.lines().any(|line| line == heading), "{heading}");
    }
}
