//! The harness against adapters that misbehave.
//!
//! One program with three parts: the tests; `__limit`, the shim as in the
//! real program; and `__adapter <mode>`, an adapter that is honest except for
//! one case, on which it does what its mode says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stderr, reason = "adapters and test runners do")]
#![allow(unreachable_pub, reason = "modules of a program")]

mod adapter;
mod answers;
mod bench;
mod deaths;
mod doctor;
mod exec;
mod isolation;
mod kit;
mod page;
mod panel;
mod protocol;
mod provisioning;
mod recording;
mod running;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("__limit") => {
            let error = assay_harness::limit_main(&words[1..]).unwrap_err();
            eprintln!("{error}");
            return ExitCode::from(2);
        }
        Some("__exec") => {
            assay_harness::exec_main(&words[1..]).unwrap();
            return ExitCode::SUCCESS;
        }
        Some("__adapter") => {
            adapter::main(&words[1..]);
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let files = kit::open_files();
    let trials: Vec<Trial> = [
        answers::trials(),
        bench::trials(),
        deaths::trials(),
        doctor::trials(),
        exec::trials(),
        isolation::trials(),
        page::trials(),
        panel::trials(),
        protocol::trials(),
        provisioning::trials(),
        recording::trials(),
        running::trials(),
        usage::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.has_failed() || arguments.list {
        return conclusion.exit_code();
    }
    // Whatever the adapters did, nothing of them is left.
    let children = kit::children();
    if !children.is_empty() {
        eprintln!("children are left: {children:?}");
        return ExitCode::FAILURE;
    }
    let orphans = kit::orphans();
    if !orphans.is_empty() {
        eprintln!("processes are left: {orphans:?}");
        return ExitCode::FAILURE;
    }
    if kit::open_files() > files {
        eprintln!("open files: {files} before, {} after", kit::open_files());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
