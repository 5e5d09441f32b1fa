//! Runs as a whole: windows, lanes, cancelling, cases that cannot be run.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use assay_harness::Event;
use assay_protocol::record::Outcome;
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, TARGET, run_mode, run_with, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("the_window_does_not_matter", the_window_does_not_matter),
        trial("many_cases_in_a_wide_window", many_cases_in_a_wide_window),
        trial("litter_is_removed_on_the_way", litter_is_removed_on_the_way),
        trial("lanes_do_not_disturb_each_other", lanes_do_not_disturb_each_other),
        trial("cancelling_stops_at_once", cancelling_stops_at_once),
        trial("unfit_cases_are_not_run", unfit_cases_are_not_run),
        trial("the_deadline_is_for_the_oldest", the_deadline_is_for_the_oldest),
        trial("nothing_to_run", nothing_to_run),
        trial("a_scratch_folder_that_cannot_be", a_scratch_folder_that_cannot_be),
    ]
}

fn the_window_does_not_matter() {
    for window in [0, 1, 2, 7, 1000] {
        let observed = run_with("aborts", "", |options| options.window = window);
        observed.expect(Outcome::Crash, 2, "SIGABRT");
    }
}

fn many_cases_in_a_wide_window() {
    let mut lab = Lab::new();
    lab.add("subject", "honest", "");
    let pattern = lab.cases.clone();
    lab.cases = (0..5000)
        .map(|number| {
            let mut planned = pattern[2 + number % 10].clone();
            planned.case.id = format!("{}-{number}", planned.case.id);
            planned
        })
        .collect();
    lab.options.window = 10_000;
    let observed = lab.run();
    assert_eq!(observed.summary.outcomes, [(Outcome::Same, 5000)].into());
}

fn litter_is_removed_on_the_way() {
    let mut lab = Lab::new();
    lab.add("subject", "litters", "");
    let pattern = lab.cases.clone();
    lab.cases = (0..600)
        .map(|number| {
            let mut planned = pattern[[2, 3, 4, 6][number % 4]].clone();
            planned.case.id = format!("{}-{number}", planned.case.id);
            planned
        })
        .collect();
    let scratch = lab.options.scratch_dir.clone();
    let most = AtomicUsize::new(0);
    let observed = lab.run_until(&AtomicBool::new(false), &|event| {
        if let Event::Result(_) = event {
            let left = std::fs::read_dir(scratch.join("subject")).unwrap().count();
            most.fetch_max(left, Ordering::Relaxed);
        }
    });
    assert_eq!(observed.summary.outcomes, [(Outcome::Same, 600)].into());
    let most = most.into_inner();
    assert!((1..200).contains(&most), "{most} files at once");
    assert!(!scratch.join("subject").exists());
}

fn lanes_do_not_disturb_each_other() {
    let mut lab = Lab::new();
    for id in ["a", "b", "c"] {
        lab.add(id, "aborts", "");
        lab.add(&format!("{id}-honest"), "honest", "");
    }
    lab.options.jobs = 4;
    let observed = lab.run();
    assert_eq!(observed.results.len(), 6 * CASES);
    assert_eq!((observed.summary.ran, observed.summary.restarts), (6, 6));
    for line in observed.results.values() {
        let dies = line.case == TARGET && !line.implementation.ends_with("honest");
        let outcome = if dies { Outcome::Crash } else { Outcome::Same };
        assert_eq!(line.outcome, outcome, "{line:?}");
    }
}

fn cancelling_stops_at_once() {
    let lab = Lab::new();
    lab.add("subject", "hangs", "");
    let cancel = AtomicBool::new(false);
    let results = AtomicUsize::new(0);
    // Cases 0 to 3 are reported when 4 is answered; then comes the hang.
    let observed = lab.run_until(&cancel, &|event| {
        if matches!(event, Event::Result(_)) && results.fetch_add(1, Ordering::SeqCst) == 3 {
            cancel.store(true, Ordering::SeqCst);
        }
    });
    assert!(observed.summary.cancelled);
    assert_eq!(observed.summary.ran, 0);
    assert_eq!(observed.summary.outcomes, [(Outcome::Same, 5)].into());
    assert!(!observed.events.iter().any(|event| matches!(event, Event::Finished { .. })));
}

fn unfit_cases_are_not_run() {
    let mut lab = Lab::new();
    lab.add("subject", "honest", "");
    lab.cases[1].path = lab.folder.path().join("files/a b");
    lab.cases[2].path = lab.folder.path().join("files/none");
    lab.cases[4].case.size += 1;
    lab.cases[7].case.view = None;
    let observed = lab.run();
    for (number, what) in [(1, "ASCII"), (2, "cannot be read"), (4, "instead of"), (7, "must see")]
    {
        let line = &observed.results[&format!("subject area/rule/case-{number:02}")];
        assert_eq!((line.outcome, line.attempts), (Outcome::NotRun, 0));
        assert!(line.detail.as_ref().unwrap().contains(what), "{line:?}");
    }
    let counts = [(Outcome::NotRun, 4), (Outcome::Same, 8)].into();
    assert_eq!(observed.summary.outcomes, counts);
}

/// Cases wait behind a slow one without being late themselves.
fn the_deadline_is_for_the_oldest() {
    let observed = run_with("is-late", "", |options| options.deadline = Duration::from_secs(60));
    observed.expect(Outcome::Same, 1, "");
}

fn nothing_to_run() {
    let mut lab = Lab::new();
    assert_eq!(lab.run().summary, assay_harness::RunSummary::default());
    lab.add("subject", "honest", "");
    lab.cases.clear();
    let observed = lab.run();
    assert_eq!((observed.summary.ran, observed.summary.results), (1, 0));
    assert!(run_mode("honest").summary.outcomes.contains_key(&Outcome::Same));
}

fn a_scratch_folder_that_cannot_be() {
    let observed = run_with("honest", "", |options| options.scratch_dir = "/a b".into());
    assert!(
        observed.not_run().contains("the scratch folder /a b/subject"),
        "{}",
        observed.not_run()
    );
}
