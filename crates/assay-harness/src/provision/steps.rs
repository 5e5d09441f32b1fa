//! The steps of a set-up, one after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assay_protocol::adapter::{Requirement, Step};

use super::{SetupEvent, SetupFailure, file, launch, tail_of};
use crate::adapter::Adapter;
use crate::places::Expansion;
use crate::process::{Launch, Process, describe};
use crate::text::last_lines;

/// A step that takes longer is stuck.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The status with which a step says that something it needs cannot be had
/// (`EX_UNAVAILABLE` of BSD's sysexits).
const UNAVAILABLE: i32 = 69;

/// What tools print when a registry cannot be reached.
const UNREACHABLE: [&str; 15] = [
    "could not resolve host",
    "couldn't resolve host",
    "name resolution",
    "name or service not known",
    "no such host",
    "network is unreachable",
    "failed to establish a new connection",
    "connection timed out",
    "connection refused",
    "no matching distribution found",
    // npm and Maven.
    "enotfound",
    "eai_again",
    "econnrefused",
    "no matching version found",
    "could not find artifact",
];

/// A set-up under way.
pub(super) struct Setup<'a> {
    pub(super) adapter: &'a Adapter,
    pub(super) expansion: &'a Expansion<'a>,
    pub(super) log: &'a Path,
    pub(super) cancel: &'a AtomicBool,
}

impl Setup<'_> {
    /// Performs all steps; stops at the first that fails.
    pub(super) fn perform(&self, progress: &mut dyn FnMut(SetupEvent)) -> Result<(), SetupFailure> {
        let mut log = File::create(self.log).map_err(file("cannot create", self.log))?;
        for requirement in &self.adapter.manifest.requires {
            self.check(requirement, &mut log)?;
        }
        let steps = &self.adapter.manifest.setup;
        for (at, step) in steps.iter().enumerate() {
            let launch = launch(step, &self.adapter.dir, self.expansion);
            let command = in_words(&launch);
            progress(SetupEvent::Step {
                number: at + 1,
                of: steps.len(),
                command: command.clone(),
            });
            self.step(&launch, &command, &mut log)?;
        }
        Ok(())
    }

    /// Asks a required program whether it will do.
    fn check(&self, requirement: &Requirement, log: &mut File) -> Result<(), SetupFailure> {
        let Requirement { command, install, check } = requirement;
        if check.is_empty() {
            return Ok(());
        }
        let words = [command].into_iter().chain(check).cloned().collect();
        let step = Step { command: words, env: BTreeMap::new() };
        let launch = launch(&step, &self.adapter.dir, self.expansion);
        match self.step(&launch, &in_words(&launch), log) {
            Err(SetupFailure::Step { .. } | SetupFailure::Unreachable { .. }) => {
                Err(SetupFailure::Unsuitable {
                    command: command.clone(),
                    said: last_lines(&tail_of(self.log), 1),
                    install: install.clone(),
                })
            }
            other => other,
        }
    }

    fn step(&self, launch: &Launch, command: &str, log: &mut File) -> Result<(), SetupFailure> {
        writeln!(log, "$ {command}").map_err(file("cannot write", self.log))?;
        let output = || log.try_clone().map_err(file("cannot write", self.log));
        let mut start = launch.plain();
        start.stdin(Stdio::null()).stdout(output()?).stderr(output()?);
        let mut process = match Process::spawn(&mut start) {
            Ok(process) => process,
            Err(error) => return Err(self.failed(command, format!("cannot be started ({error})"))),
        };
        let status = self.wait(&mut process, command)?;
        if status.success() {
            return Ok(());
        }
        let tail = tail_of(self.log).to_lowercase();
        if status.code() == Some(UNAVAILABLE) || UNREACHABLE.iter().any(|sign| tail.contains(sign))
        {
            return Err(SetupFailure::Unreachable {
                step: command.to_owned(),
                tail: tail_of(self.log),
                log: self.log.to_owned(),
            });
        }
        Err(self.failed(command, describe(status)))
    }

    fn wait(&self, process: &mut Process, command: &str) -> Result<ExitStatus, SetupFailure> {
        let deadline = Instant::now() + LONGEST;
        loop {
            if let Some(status) = process.wait(Duration::from_millis(100)) {
                return Ok(status);
            }
            if self.cancel.load(Ordering::Relaxed) {
                return Err(SetupFailure::Cancelled);
            }
            if Instant::now() >= deadline {
                let minutes = LONGEST.as_secs() / 60;
                return Err(self.failed(command, format!("took more than {minutes} minutes")));
            }
        }
    }

    fn failed(&self, command: &str, ending: String) -> SetupFailure {
        SetupFailure::Step {
            step: command.to_owned(),
            ending,
            tail: tail_of(self.log),
            log: self.log.to_owned(),
        }
    }
}

fn in_words(launch: &Launch) -> String {
    let words: Vec<String> =
        launch.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    format!("`{}`", words.join(" "))
}
