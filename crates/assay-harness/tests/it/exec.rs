//! Command line tools as implementations: what their exit statuses become.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use assay_harness::{Event, ExecTool, Ready, executable, run};
use assay_protocol::record::{Answer, Outcome, ResultLine};
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, TARGET, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_right_tool_is_right", a_right_tool_is_right),
        trial("a_tool_that_takes_all_is_found_out", a_tool_that_takes_all_is_found_out),
        trial("a_tool_killed_by_a_signal_is_a_crash", a_tool_killed_by_a_signal_is_a_crash),
        trial("a_status_without_a_verdict_is_a_crash", a_status_without_a_verdict_is_a_crash),
        trial("a_tool_that_hangs_is_a_hang", a_tool_that_hangs_is_a_hang),
        trial("an_executable_is_an_adapter", an_executable_is_an_adapter),
    ]
}

/// A tool that refuses what says that its header is longer than a megabyte.
const RIGHT: &str = "[ $(od -An -tu8 -N8 $1) -lt 1000000 ] || { echo too long; exit 1; }";

fn tool(lab: &Lab, script: &str, reject: &[i32]) -> Ready {
    let words = ["sh", "-c", script, "tool", "{file}"].map(str::to_owned).to_vec();
    let tool = ExecTool { name: "My Tool".to_owned(), words, reject: reject.to_vec() };
    tool.ready("subject".to_owned(), lab.folder.path(), &lab.places.assay).unwrap()
}

fn drive(lab: &Lab, ready: Ready) -> (BTreeMap<String, ResultLine>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    run(&[ready], &lab.cases, &lab.options, &AtomicBool::new(false), &|event| {
        events.lock().unwrap().push(event);
    });
    let events = events.into_inner().unwrap();
    let results: BTreeMap<String, ResultLine> = events
        .iter()
        .filter_map(|event| match event {
            Event::Result(line) => Some((line.case.clone(), line.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(results.len(), CASES, "{events:?}");
    (results, events)
}

fn a_right_tool_is_right() {
    let lab = Lab::new();
    let (results, events) = drive(&lab, tool(&lab, RIGHT, &[]));
    for line in results.values() {
        assert_eq!((line.outcome, &line.view), (Outcome::Same, &None), "{line:?}");
    }
    let refused = results.values().find(|line| line.answer == Some(Answer::Reject)).unwrap();
    let error = refused.error.as_ref().unwrap();
    assert_eq!((error.class.as_str(), error.message.as_str()), ("exit status 1", "too long"));
    let Some(Event::Started { identity, capabilities, .. }) = events.first() else {
        panic!("{events:?}");
    };
    assert_eq!((identity.name.as_str(), capabilities.views), ("My Tool", false));
}

fn a_tool_that_takes_all_is_found_out() {
    let lab = Lab::new();
    let (results, _) = drive(&lab, tool(&lab, "exit 0", &[]));
    let wrong = results.values().filter(|line| line.outcome == Outcome::FalseAccept).count();
    assert_eq!(wrong, CASES.div_ceil(3));
}

/// The target is the file number 5; all else is as the right tool has it.
fn target(script: &str) -> String {
    format!("case $1 in *000005*) {script};; esac; {RIGHT}")
}

fn a_tool_killed_by_a_signal_is_a_crash() {
    let lab = Lab::new();
    for (signal, name) in [("SEGV", "SIGSEGV"), ("ABRT", "SIGABRT"), ("KILL", "SIGKILL")] {
        let script = target(&format!("echo dying; kill -{signal} $$"));
        let (results, _) = drive(&lab, tool(&lab, &script, &[]));
        let line = &results[TARGET];
        assert_eq!((line.outcome, line.attempts), (Outcome::Crash, 2), "{line:?}");
        assert!(line.detail.as_ref().unwrap().contains(name), "{line:?}");
        assert!(line.stderr.as_ref().unwrap().contains("dying"), "{line:?}");
        assert!(results.values().all(|line| line.case == TARGET || line.outcome == Outcome::Same));
    }
}

fn a_status_without_a_verdict_is_a_crash() {
    let lab = Lab::new();
    for (status, reject) in [(127, &[][..]), (139, &[]), (2, &[1])] {
        let (results, _) = drive(&lab, tool(&lab, &target(&format!("exit {status}")), reject));
        let line = &results[TARGET];
        assert_eq!(line.outcome, Outcome::Crash, "{line:?}");
        assert!(line.stderr.as_ref().unwrap().contains(&format!("exited with status {status}")));
    }
}

fn a_tool_that_hangs_is_a_hang() {
    let mut lab = Lab::new();
    lab.options.deadline = Duration::from_millis(1500);
    let (results, _) = drive(&lab, tool(&lab, &target("sleep 1000"), &[]));
    assert_eq!((results[TARGET].outcome, results[TARGET].attempts), (Outcome::Hang, 2));
}

/// A script that is an adapter by itself, in a folder without an adapter.toml.
fn an_executable_is_an_adapter() {
    let lab = Lab::new();
    let path = lab.folder.path().join("my-adapter");
    let own = lab.places.assay.display();
    fs::write(
        &path,
        format!("#!/bin/sh\nexec {own} __adapter honest {}\n", lab.folder.path().display()),
    )
    .unwrap();
    let not_yet = executable("subject".to_owned(), &path, &lab.places.assay).unwrap_err();
    assert!(not_yet.to_string().contains("no program that can be run"), "{not_yet}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let ready = executable("subject".to_owned(), &path, &lab.places.assay).unwrap();
    let (results, _) = drive(&lab, ready);
    assert!(results.values().all(|line| line.outcome == Outcome::Same));
}
