//! A run: implementations over cases, on lanes.
//!
//! A lane is a thread pinned to one processor, with one adapter process at a
//! time beside it. Implementations are dealt to lanes as these become free.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use assay_protocol::ManifestCase;
use assay_protocol::message::{Capabilities, Implementation};
use assay_protocol::record::{Outcome, ResultLine};

use crate::lane::{Lane, Tally};
use crate::processor;
use crate::provision::Ready;
use crate::question::Question;
use crate::session::{Introduction, Session, StartFailure, Terms};
use crate::staged::Plan;

/// Adapters may write files of this many bytes, or twice the largest case.
const FILE_SIZE: u64 = 1 << 30;

/// A case with its file.
#[derive(Debug, Clone)]
pub struct PlannedCase {
    /// The case.
    pub case: ManifestCase,
    /// Its file: absolute, read-only, under a name that says nothing, of
    /// ASCII letters, digits and `/._-`.
    pub path: PathBuf,
    /// What is asked about it.
    pub question: Question,
}

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long a case may take, from when it is the oldest unanswered one.
    pub deadline: Duration,
    /// Most requests in flight.
    pub window: usize,
    /// Lanes: implementations that run at the same time.
    pub jobs: usize,
    /// A folder for scratch files; made if need be, emptied of what adapters
    /// leave. Absolute, of ASCII letters, digits and `/._-`.
    pub scratch_dir: PathBuf,
    /// Tensors up to this many bytes come inline.
    pub inline_limit: u64,
    /// Processes of one implementation that may be started again; past that
    /// its remaining cases are `not_run`.
    pub max_restarts: u64,
    /// Longest reply, in bytes.
    pub max_reply_bytes: usize,
    /// Pin lanes to processors.
    pub pin: bool,
    /// Longest file that an adapter may write, in bytes; `None`: 1 GiB or twice the
    /// largest case, whichever is more.
    pub max_written_bytes: Option<u64>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            deadline: Duration::from_secs(20),
            window: 32,
            jobs: 1,
            scratch_dir: std::env::temp_dir().join("assay-scratch"),
            inline_limit: 16 * 1024,
            max_restarts: 400,
            max_reply_bytes: 64 * 1024 * 1024,
            pin: true,
            max_written_bytes: None,
        }
    }
}

/// What happens during a run. Events of one implementation come in order:
/// `Started`, results and restarts, `Finished`; or only `NotRun`.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "nearly all events are results")]
pub enum Event {
    /// An implementation introduced itself and refused the probe as it should.
    Started {
        /// Its id.
        implementation: String,
        /// What it is.
        identity: Implementation,
        /// What it can do.
        capabilities: Capabilities,
    },
    /// A case is decided. One for each case, in no particular order.
    Result(ResultLine),
    /// A process died or was killed. Another one takes its place if there is
    /// work left and the bound on restarts allows it.
    Restarted {
        /// The implementation.
        implementation: String,
        /// The case that is blamed, if one was in flight.
        case: Option<String>,
        /// How it failed.
        cause: String,
    },
    /// All cases of an implementation are decided.
    Finished {
        /// The implementation.
        implementation: String,
        /// Seconds since its start.
        seconds: f64,
    },
    /// An implementation did not get as far as its first case.
    NotRun {
        /// The implementation.
        implementation: String,
        /// Why, with the tail of its standard error.
        reason: String,
    },
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSummary {
    /// Implementations that were driven through all cases.
    pub ran: u64,
    /// Implementations that did not get as far as their first case.
    pub not_run: u64,
    /// Results that were reported.
    pub results: u64,
    /// Results by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Processes that were started again.
    pub restarts: u64,
    /// Whether the run was cancelled: results are missing.
    pub cancelled: bool,
    /// What went wrong beside the cases, by implementation: a failing exit
    /// after `bye`, say. Results stand.
    pub notes: Vec<String>,
    /// Why results cannot be relied on: files that were modified after they
    /// had been judged. A run with faults deserves no footer.
    pub faults: Vec<String>,
}

/// Runs implementations over cases. Events go to `sink`, from several
/// threads; each case of each implementation that started gets exactly one
/// result, unless the run is cancelled.
pub fn run(
    implementations: &[Ready],
    cases: &[PlannedCase],
    options: &RunOptions,
    cancel: &AtomicBool,
    sink: &(dyn Fn(Event) + Sync),
) -> RunSummary {
    let plan = Plan::new(cases);
    let next = AtomicUsize::new(0);
    let summary = Mutex::new(RunSummary::default());
    let lanes = options.jobs.clamp(1, implementations.len().max(1));
    std::thread::scope(|scope| {
        for number in 0..lanes {
            let (plan, next, summary) = (&plan, &next, &summary);
            scope.spawn(move || {
                if options.pin {
                    processor::pin(number);
                }
                while let Some(ready) = implementations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if cancel.load(Ordering::Relaxed) {
                        break;
                    }
                    let tally = drive(ready, plan, options, cancel, sink);
                    summary.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
                }
            });
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.cancelled = cancel.load(Ordering::Relaxed);
    summary
}

/// Starts an implementation, hears its `hello`, checks that it refuses an
/// unknown operation, and ends it: a smoke test.
///
/// # Errors
/// If any of that fails; the message carries the tail of its standard error.
pub fn probe(
    ready: &Ready,
    options: &RunOptions,
    cancel: &AtomicBool,
) -> Result<Introduction, StartFailure> {
    let terms = terms(ready, options, cancel, 0);
    let (mut session, introduction) = Session::start(terms).map_err(StartFailure::new)?;
    session.probe(options.deadline).map_err(StartFailure::new)?;
    let ending = session.farewell();
    ready.isolation.finish();
    match ending {
        (None, None) => Ok(introduction),
        (None, Some(wrong)) => Err(StartFailure::Failed(wrong)),
        (Some(_), _) => Err(StartFailure::Failed("printed something without a request".to_owned())),
    }
}

/// One implementation from start to end.
fn drive(
    ready: &Ready,
    plan: &Plan<'_>,
    options: &RunOptions,
    cancel: &AtomicBool,
    sink: &(dyn Fn(Event) + Sync),
) -> Tally {
    let start = Instant::now();
    let implementation = ready.adapter.id.clone();
    let not_run = |reason: String| {
        sink(Event::NotRun { implementation: implementation.clone(), reason });
        Tally { not_run: 1, ..Tally::default() }
    };
    let terms = terms(ready, options, cancel, plan.largest());
    plan.begins(&implementation);
    let lane = Lane::new(terms, plan, options, sink);
    let mut tally = match lane.and_then(Lane::run) {
        Ok(tally) => tally,
        Err(StartFailure::Cancelled) => Tally::default(),
        Err(StartFailure::Failed(reason)) => not_run(reason),
    };
    let strays = ready.isolation.finish();
    if strays > 0 {
        let them = if strays == 1 { "a process".to_owned() } else { format!("{strays} processes") };
        tally.notes.push(format!("{implementation}: left {them} behind, which had to be killed"));
    }
    plan.ends(&implementation);
    if tally.ran == 1 {
        sink(Event::Finished { implementation, seconds: start.elapsed().as_secs_f64() });
    }
    tally
}

pub(crate) fn terms<'a>(
    ready: &'a Ready,
    options: &RunOptions,
    cancel: &'a AtomicBool,
    largest: u64,
) -> Terms<'a> {
    ready
        .isolation
        .keep_in(options.scratch_dir.join(format!("{}.private", ready.adapter.file_name())));
    Terms {
        ready,
        cancel,
        inline_limit: options.inline_limit,
        longest_reply: options.max_reply_bytes,
        file_size: options
            .max_written_bytes
            .unwrap_or_else(|| FILE_SIZE.max(largest.saturating_mul(2))),
    }
}

impl RunSummary {
    fn add(&mut self, tally: Tally) {
        self.ran += tally.ran;
        self.not_run += tally.not_run;
        self.restarts += tally.restarts;
        for (outcome, count) in tally.outcomes {
            self.results += count;
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.notes.extend(tally.notes);
        self.faults.extend(tally.faults);
    }
}
