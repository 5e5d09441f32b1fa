//! Adapters that die, hang, or are stopped: each death is told apart, and
//! costs exactly one case.

use std::time::Duration;

use assay_harness::Event;
use assay_protocol::record::Outcome;
use libtest_mimic::Trial;

use crate::kit::{Lab, TARGET, lives, run_mode, run_with, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("an_abort_is_a_crash", an_abort_is_a_crash),
        trial("a_silent_exit_is_a_crash", a_silent_exit_is_a_crash),
        trial("an_exit_with_words_keeps_the_words", an_exit_with_words_keeps_the_words),
        trial("a_kill_is_a_crash", a_kill_is_a_crash),
        trial("a_flake_is_answered_when_replayed", a_flake_is_answered_when_replayed),
        trial("silence_is_a_hang", silence_is_a_hang),
        trial("a_late_answer_is_a_hang_and_never_heard", a_late_answer_is_a_hang_and_never_heard),
        trial("a_trickle_is_a_hang", a_trickle_is_a_hang),
        trial("children_die_with_the_adapter", children_die_with_the_adapter),
        trial("children_do_not_hide_a_death", children_do_not_hide_a_death),
        trial("eaten_memory_is_out_of_memory", eaten_memory_is_out_of_memory),
        trial("a_sign_on_stderr_is_out_of_memory", a_sign_on_stderr_is_out_of_memory),
        trial("the_address_space_is_limited", the_address_space_is_limited),
        trial("the_size_of_files_is_limited", the_size_of_files_is_limited),
        trial("ten_gib_are_out_of_memory", ten_gib_are_out_of_memory),
        trial("a_fork_bomb_is_a_crash", a_fork_bomb_is_a_crash),
        trial("a_stopped_process_is_a_hang", a_stopped_process_is_a_hang),
        trial("restarts_are_bounded", restarts_are_bounded),
        trial("a_process_that_starts_only_once", a_process_that_starts_only_once),
        trial("a_failing_exit_is_noted", a_failing_exit_is_noted),
    ]
}

fn an_abort_is_a_crash() {
    let observed = run_mode("aborts");
    observed.expect(Outcome::Crash, 2, "was killed by signal 6 (SIGABRT)");
    assert_eq!(observed.summary.restarts, 2);
    let blamed: Vec<_> = observed
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Restarted { case, .. } => case.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(blamed, [TARGET, TARGET]);
}

fn a_silent_exit_is_a_crash() {
    run_mode("exits-0").expect(Outcome::Crash, 2, "exited with status 0");
}

fn an_exit_with_words_keeps_the_words() {
    let observed = run_mode("exits-3");
    let line = observed.expect(Outcome::Crash, 2, "exited with status 3");
    assert_eq!(line.stderr.as_deref(), Some("giving up"));
}

fn a_kill_is_a_crash() {
    run_mode("is-killed").expect(Outcome::Crash, 2, "was killed by signal 9 (SIGKILL)");
}

fn a_flake_is_answered_when_replayed() {
    let observed = run_mode("dies-once");
    let detail = "answered when replayed alone, after: was killed by signal 6 (SIGABRT)";
    observed.expect(Outcome::Same, 2, detail);
    assert_eq!(observed.summary.restarts, 1);
}

fn silence_is_a_hang() {
    let observed = run_with("hangs", "", |options| options.deadline = Duration::from_millis(1500));
    observed.expect(Outcome::Hang, 2, "gave no answer before the deadline");
}

fn a_late_answer_is_a_hang_and_never_heard() {
    let observed =
        run_with("is-late", "", |options| options.deadline = Duration::from_millis(1500));
    observed.expect(Outcome::Hang, 2, "gave no answer before the deadline");
}

fn a_trickle_is_a_hang() {
    let observed =
        run_with("trickles", "", |options| options.deadline = Duration::from_millis(1500));
    observed.expect(Outcome::Hang, 2, "gave no answer before the deadline");
}

fn children_die_with_the_adapter() {
    let mut lab = Lab::new();
    lab.add("subject", "has-children", "");
    lab.options.deadline = Duration::from_millis(1500);
    lab.run().expect(Outcome::Hang, 2, "");
    assert!(!lives(&lab.memory("child").unwrap()));
}

fn children_do_not_hide_a_death() {
    let lab = Lab::new();
    lab.add("subject", "leaves-children", "");
    lab.run().expect(Outcome::Crash, 2, "exited with status 4");
    assert!(!lives(&lab.memory("child").unwrap()));
}

fn eaten_memory_is_out_of_memory() {
    let observed = run_with("eats-memory", "limits = { memory_mib = 200 }", |_| {});
    observed.expect(Outcome::OutOfMemory, 2, "of resident memory; 200 are allowed");
}

fn a_sign_on_stderr_is_out_of_memory() {
    let signs = "out_of_memory = { stderr = [\"OutOfCheese\"] }";
    let observed = run_with("eats-and-says", signs, |_| {});
    let line = observed.expect(Outcome::OutOfMemory, 2, "with \"OutOfCheese\" on standard error");
    assert_eq!(line.stderr.as_deref(), Some("fatal: OutOfCheese"));
    run_mode("eats-and-says").expect(Outcome::Crash, 2, "SIGABRT");
}

fn the_address_space_is_limited() {
    let limits = "limits = { address_space_mib = 2048 }\n\
                  out_of_memory = { stderr = [\"memory allocation of\"] }";
    run_with("cannot-allocate", limits, |_| {}).expect(Outcome::OutOfMemory, 2, "SIGABRT");
}

fn the_size_of_files_is_limited() {
    run_mode("writes-much").expect(Outcome::Crash, 2, "(SIGXFSZ)");
}

fn ten_gib_are_out_of_memory() {
    let observed = run_with("allocates-ten-gib", "limits = { memory_mib = 300 }", |_| {});
    observed.expect(Outcome::OutOfMemory, 2, "of resident memory; 300 are allowed");
}

fn a_fork_bomb_is_a_crash() {
    let observed = run_with("fork-bomb", "limits = { processes = 40 }", |_| {});
    observed.expect(Outcome::Crash, 2, "processes; 40 are allowed");
}

fn a_stopped_process_is_a_hang() {
    let observed = run_with("stops", "", |options| options.deadline = Duration::from_millis(1500));
    observed.expect(Outcome::Hang, 2, "before the deadline; it was stopped by a signal");
}

fn restarts_are_bounded() {
    let observed = run_with("aborts", "", |options| options.max_restarts = 1);
    let reason = "its processes failed more than 1 times";
    let of = |number: u32| &observed.results[&format!("subject area/rule/case-{number:02}")];
    for number in 0..5 {
        assert_eq!(of(number).outcome, Outcome::Same);
    }
    assert_eq!((of(5).outcome, of(5).attempts), (Outcome::Crash, 2));
    for number in 6..12 {
        assert_eq!((of(number).outcome, of(number).attempts), (Outcome::NotRun, 0));
        assert_eq!(of(number).detail.as_deref(), Some(reason));
    }
    assert_eq!(observed.summary.restarts, 1);

    let observed = run_with("aborts", "", |options| options.max_restarts = 0);
    let line = &observed.results[&format!("subject {TARGET}")];
    assert_eq!((line.outcome, line.attempts), (Outcome::Crash, 1));
    assert!(line.detail.as_ref().unwrap().contains("not replayed"), "{line:?}");
    assert_eq!(observed.summary.outcomes[&Outcome::NotRun], 6);
}

fn a_process_that_starts_only_once() {
    let lab = Lab::new();
    lab.add("subject", "starts-once", "");
    assert_eq!(lab.run().summary.outcomes[&Outcome::Same], 12);

    // The same file of memory: from here on it does not start.
    let reason = lab.run();
    assert!(reason.not_run().contains("exited with status 1"), "{}", reason.not_run());
}

fn a_failing_exit_is_noted() {
    let observed = run_mode("fails-at-the-end");
    observed.expect(Outcome::Same, 1, "");
    assert_eq!(observed.summary.notes, ["subject: exited with status 7 after `bye`"]);
}
