//! `assay doctor`: an adapter against the protocol itself.
//!
//! A run judges implementations and takes it that their adapters keep to
//! `harness/PROTOCOL.md`; where one does not, what comes of it is hard to read.
//! Here each sentence of the page that an adapter can break is tried alone, in
//! a process that nothing was done to before, so that what is said is what is
//! wrong. Each check names the section that it is about.

mod checks;
mod conversation;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::panel::Cancelled;
use crate::provision::Ready;
use crate::run::{PlannedCase, RunOptions, terms};
use crate::session::{Introduction, Stop, Terms};

/// What came of an examination.
#[derive(Debug, Clone)]
pub struct Examined {
    /// What the adapter says of itself, if it got so far.
    pub introduction: Option<Introduction>,
    /// All checks, in the order of the page.
    pub checks: Vec<Check>,
}

impl Examined {
    /// Whether something is wrong.
    pub fn is_at_fault(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.finding, Finding::Wrong(_)))
    }
}

/// One demand of the protocol, tried.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What is demanded.
    pub demand: &'static str,
    /// The heading in PROTOCOL.md under which it stands.
    pub section: &'static str,
    /// What was found.
    pub finding: Finding,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "said")]
pub enum Finding {
    /// It does as it should; with something worth knowing, perhaps.
    Right(Option<String>),
    /// What is wrong.
    Wrong(String),
    /// Why it could not be tried.
    NotTried(String),
}

/// Files to try an adapter with, all of them within its declared capabilities.
#[derive(Debug, Clone)]
pub struct Samples {
    /// A small valid file with contents.
    pub valid: PlannedCase,
    /// A small file that must be refused.
    pub invalid: PlannedCase,
    /// A valid file with a tensor of more than 64 KiB.
    pub large: PlannedCase,
}

/// An examination under way.
struct Examination<'a> {
    terms: Terms<'a>,
    options: &'a RunOptions,
    samples: &'a Samples,
    cancel: &'a AtomicBool,
    /// Folder of scratch files.
    scratch: PathBuf,
    introduction: Option<Introduction>,
    /// Requests so far: no two have the same scratch file.
    requests: u64,
}

/// Examines an adapter. Each check starts the adapter anew.
///
/// # Errors
/// If it was cancelled.
pub fn examine(
    ready: &Ready,
    samples: &Samples,
    options: &RunOptions,
    cancel: &AtomicBool,
) -> Result<Examined, Cancelled> {
    let scratch = options.scratch_dir.join(format!("{}.doctor", ready.adapter.id));
    let mut examination = Examination {
        terms: terms(ready, options, cancel, samples.large.case.size),
        options,
        samples,
        cancel,
        scratch,
        introduction: None,
        requests: 0,
    };
    let checks = examination.perform();
    ready.isolation.finish();
    // What an adapter left behind is of no use to anyone.
    let _ = std::fs::remove_dir_all(&examination.scratch);
    Ok(Examined { introduction: examination.introduction, checks: checks? })
}

impl Examination<'_> {
    fn perform(&mut self) -> Result<Vec<Check>, Cancelled> {
        let mut checks = Vec::with_capacity(checks::ALL.len());
        let mut is_greeted = true;
        for &(demand, section, check) in checks::ALL {
            let finding = if is_greeted {
                self.find(check)?
            } else {
                Finding::NotTried("it does not introduce itself".to_owned())
            };
            // The first check is `hello`, without which there is nothing to talk about.
            is_greeted = self.introduction.is_some();
            checks.push(Check { demand, section, finding });
        }
        Ok(checks)
    }

    fn find(&mut self, check: checks::Try) -> Result<Finding, Cancelled> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        match check(self) {
            Ok(finding) => Ok(finding),
            Err(Stop::Cancelled) => Err(Cancelled),
            Err(Stop::Failed(failure)) => {
                let stderr = failure.stderr.map(|text| format!("; on standard error: {text}"));
                Ok(Finding::Wrong(format!("{}{}", failure.what, stderr.unwrap_or_default())))
            }
        }
    }
}
