//! Replies that are well-formed and untrue, and scratch files that are traps.
//! The conversation goes on, so nothing is restarted.

use assay_protocol::record::{Answer, Outcome};
use libtest_mimic::Trial;

use crate::kit::{Lab, Observed, TARGET, run_mode, run_with, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("an_honest_adapter_is_right", an_honest_adapter_is_right),
        trial("untrue_answers", untrue_answers),
        trial("scratch_traps", scratch_traps),
        trial("memory_that_was_reported", memory_that_was_reported),
        trial("a_modified_file", a_modified_file),
        trial("a_file_modified_after_it_was_judged", a_file_modified_after_it_was_judged),
    ]
}

fn no_restart(observed: &Observed) {
    assert_eq!(observed.summary.restarts, 0);
}

fn an_honest_adapter_is_right() {
    let mut lab = Lab::new();
    lab.add("subject", "honest", "");
    let observed = lab.run();
    let line = observed.expect(Outcome::Same, 1, "");
    assert_eq!(line.answer, Some(Answer::Accept));
    assert!(observed.summary.notes.is_empty() && observed.summary.faults.is_empty());
    no_restart(&observed);
    assert!(!lab.options.scratch_dir.join("subject").exists(), "scratch files are removed");

    // A view's digest does not depend on the way its contents came.
    let large = "subject area/rule/case-01";
    lab.options.inline_limit = 1 << 30;
    assert_eq!(lab.run().results[large].view, observed.results[large].view);

    let rejected = &observed.results["subject area/rule/case-00"];
    assert_eq!((rejected.answer, &rejected.view), (Some(Answer::Reject), &None));
    assert_eq!(rejected.error.as_ref().unwrap().class, "Subject");
}

fn untrue_answers() {
    for (mode, outcome, detail) in [
        ("wrong-bytes", Outcome::Misread, "tensor \"a\": contents differ at byte 0 of 2"),
        ("other-dtype", Outcome::Misread, "tensor \"a\": dtype is \"I8\", not U8"),
        ("lost-dtype", Outcome::Degraded, "tensor \"a\": dtype is \"bytes\", not U8"),
        ("duplicate", Outcome::Misread, "delivers tensor \"a\" twice"),
        ("not-hex", Outcome::ProtocolError, "`data` of tensor \"a\" is not hexadecimal"),
        ("no-contents", Outcome::ProtocolError, "has neither `data` nor `scratch`"),
        ("hello-again", Outcome::ProtocolError, "answered `read` with `hello`"),
    ] {
        let observed = run_mode(mode);
        observed.expect(outcome, 1, detail);
        no_restart(&observed);
    }
}

fn scratch_traps() {
    for (mode, detail) in [
        ("scratch-missing", "there is no scratch file"),
        ("scratch-outside", "2 bytes at 18446744073709551615 are not in the scratch file"),
        ("scratch-huge", "delivers far more than the"),
        ("scratch-link", "links are not followed"),
        ("scratch-fifo", "is not a regular file"),
    ] {
        let observed = run_mode(mode);
        observed.expect(Outcome::ProtocolError, 1, detail);
        no_restart(&observed);
    }
}

fn memory_that_was_reported() {
    let observed = run_mode("reports-memory");
    let line = observed.expect(Outcome::OutOfMemory, 1, "");
    assert_eq!(line.error.as_ref().unwrap().class, "MemoryError");
    no_restart(&observed);
}

fn a_modified_file() {
    let mut lab = Lab::new();
    lab.add("subject", "modifies", "");
    let observed = lab.run();
    observed.expect(Outcome::ProtocolError, 1, "the case's file was modified by subject");
    assert!(observed.summary.faults.is_empty());

    // Whoever comes later is not blamed, and not judged on a broken file.
    lab = Lab::new();
    lab.add("first", "modifies", "");
    lab.add("second", "honest", "");
    let observed = lab.run();
    let of = |id: &str| &observed.results[&format!("{id} {TARGET}")];
    assert_eq!(of("first").outcome, Outcome::ProtocolError);
    assert_eq!(of("second").outcome, Outcome::NotRun);
    let detail = "its file was modified by first earlier";
    assert_eq!(of("second").detail.as_deref(), Some(detail));
    assert_eq!(observed.summary.outcomes[&Outcome::Same], 22);
}

fn a_file_modified_after_it_was_judged() {
    // With one in flight, a case is judged before the next one is sent.
    let observed = run_with("modifies-later", "", |options| options.window = 1);
    observed.expect(Outcome::Same, 1, "");
    let [fault] = observed.summary.faults.as_slice() else {
        panic!("{:?}", observed.summary);
    };
    assert!(fault.contains(TARGET) && fault.contains("by subject"), "{fault}");
}
