//! Adapters that break the protocol: in the conversation, where they are
//! killed and the case is replayed, and at its start, where they are not run.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use assay_harness::{StartFailure, probe};
use assay_protocol::record::Outcome;
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, TARGET, run_mode, run_with, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("two_answers", two_answers),
        trial("two_answers_to_the_last_case", two_answers_to_the_last_case),
        trial("an_answer_to_another_request", an_answer_to_another_request),
        trial("noise", noise),
        trial("half_a_reply", half_a_reply),
        trial("an_endless_line", an_endless_line),
        trial("closed_pipes", closed_pipes),
        trial("a_flood_on_stderr_is_no_trouble", a_flood_on_stderr_is_no_trouble),
        trial("a_word_after_bye_is_noted", a_word_after_bye_is_noted),
        trial("a_bad_start_is_not_run", a_bad_start_is_not_run),
        trial("another_identity_after_a_restart", another_identity_after_a_restart),
        trial("the_probe_alone", the_probe_alone),
        trial("a_missing_program", a_missing_program),
    ]
}

fn two_answers() {
    run_mode("answers-twice").expect(Outcome::ProtocolError, 2, "answered twice");
}

fn two_answers_to_the_last_case() {
    let mut lab = Lab::new();
    lab.add("subject", "answers-twice", "");
    let target = lab.cases.remove(5);
    lab.cases.push(target);
    lab.run().expect(Outcome::ProtocolError, 2, "answered twice");
}

fn an_answer_to_another_request() {
    let observed = run_mode("answers-another");
    observed.expect(Outcome::ProtocolError, 2, "answered \"r0\" when \"r5\" was to be answered");
}

fn noise() {
    let not_json = "printed a line that is not JSON: ";
    let before = run_mode("noise-before");
    before.expect(Outcome::ProtocolError, 2, &format!("{not_json}\"Loading weights...\""));
    let instead = run_mode("noise-instead");
    instead.expect(Outcome::ProtocolError, 2, &format!("{not_json}\"accept\""));
    let blank = run_mode("blank-line");
    blank.expect(Outcome::ProtocolError, 2, &format!("{not_json}\"\""));
}

fn half_a_reply() {
    let died = run_mode("half-a-reply");
    died.expect(Outcome::Crash, 2, "(SIGABRT) in the middle of a reply: \"{\\\"result\\\"");
    let silent =
        run_with("half-and-silence", "", |options| options.deadline = Duration::from_millis(1500));
    silent.expect(Outcome::Hang, 2, "");
}

fn an_endless_line() {
    let observed = run_mode("endless-line");
    let line = observed.expect(Outcome::ProtocolError, 2, "a line of more than 67108864 bytes");
    assert!(line.detail.as_ref().unwrap().len() < 1000);
}

fn closed_pipes() {
    let deaf = run_mode("deaf");
    deaf.expect(Outcome::ProtocolError, 2, "closed its standard input");
    let mute = run_mode("mute");
    mute.expect(Outcome::ProtocolError, 2, "closed its standard output");
}

fn a_flood_on_stderr_is_no_trouble() {
    run_mode("floods-stderr").expect(Outcome::Same, 1, "");
}

fn a_word_after_bye_is_noted() {
    let observed = run_mode("talks-at-the-end");
    observed.expect(Outcome::Same, 1, "");
    let note = "subject: printed a line without a request: \"Good-bye!\"";
    assert_eq!(observed.summary.notes, [note]);
}

fn a_bad_start_is_not_run() {
    for (mode, what) in [
        ("protocol-99", "its `hello` chose protocol 99; the harness speaks 1 to 1"),
        ("refuses-hello", "refused `hello`: `reject`, \"E\": \"no GPU\""),
        ("cannot-read", "declares no operation of read, inspect"),
        ("takes-anything", "answered the unknown operation `x"),
        (
            "dies-of-the-unknown",
            "exited with status 101 (asked: the probe with an unknown operation)",
        ),
        ("no-library", "on standard error: ImportError: no module named subject"),
    ] {
        let observed = run_mode(mode);
        assert!(observed.not_run().contains(what), "{mode}: {}", observed.not_run());
    }
    let observed = run_with("silent-hello", "limits = { start_seconds = 1 }", |_| {});
    let what = "gave no answer before the deadline (asked: `hello`)";
    assert!(observed.not_run().contains(what), "{}", observed.not_run());
}

fn another_identity_after_a_restart() {
    let observed = run_mode("changes-its-name");
    let of = |number: u32| &observed.results[&format!("subject area/rule/case-{number:02}")];
    assert_eq!((of(4).outcome, of(5).outcome), (Outcome::Same, Outcome::Crash));
    assert_eq!(of(5).attempts, 1);
    assert_eq!(of(6).outcome, Outcome::NotRun);
    assert!(of(6).detail.as_ref().unwrap().contains("introduced itself differently"));
    assert_eq!(observed.results.len(), CASES);
}

fn the_probe_alone() {
    let never = AtomicBool::new(false);
    let outcome = |mode: &str| {
        let lab = Lab::new();
        lab.add("subject", mode, "");
        probe(&lab.ready()[0], &lab.options, &never)
    };
    assert_eq!(outcome("honest").unwrap().identity.name, "subject");
    for (mode, what) in [
        ("takes-anything", "instead of {\"result\":\"unsupported\",\"what\":\"operation\"}"),
        ("fails-at-the-end", "exited with status 7 after `bye`"),
        ("talks-at-the-end", "printed something without a request"),
    ] {
        match outcome(mode).unwrap_err() {
            StartFailure::Failed(said) => assert!(said.contains(what), "{said}"),
            StartFailure::Cancelled => panic!("nobody cancelled"),
        }
    }
}

fn a_missing_program() {
    let lab = Lab::new();
    let dir = lab.add("subject", "honest", "");
    let text = "title = \"t\"\nlanguage = \"c\"\nrun = { command = [\"{dir}/no-such-program\"] }\n";
    std::fs::write(dir.join("adapter.toml"), text).unwrap();
    let observed = lab.run();
    assert!(observed.not_run().contains("no-such-program"), "{}", observed.not_run());
    assert!(observed.results.is_empty(), "not even {TARGET}");
}
