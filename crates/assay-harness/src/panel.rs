//! Implementations that are kept running and asked again and again about files
//! outside a corpus.
//!
//! For whoever looks for files rather than judging implementations: starting
//! processes is paid once, a batch of files costs what answering it takes. All
//! else is as in a run: limits, deadlines, blame for one case, replay, and
//! comparing contents to the byte.

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use assay_protocol::record::ResultLine;

use crate::lane::{Kept, Lane};
use crate::provision::Ready;
use crate::run::{Event, PlannedCase, RunOptions, terms};
use crate::session::{Introduction, StartFailure};
use crate::staged::Plan;

/// Running implementations.
pub struct Panel<'a> {
    seats: Vec<Mutex<Seat<'a>>>,
    options: RunOptions,
    cancel: &'a AtomicBool,
}

/// One implementation's place.
struct Seat<'a> {
    ready: &'a Ready,
    introduction: Introduction,
    /// Absent while its process is to be started.
    kept: Option<Kept<'a>>,
    /// Seconds its last batch took: the slowest begin first.
    seconds: f64,
}

/// What an implementation answered to a batch.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// One line for each case, in the order of the cases.
    pub lines: Vec<ResultLine>,
    /// Processes that were started again on the way.
    pub restarts: u64,
}

/// Asking was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl<'a> Panel<'a> {
    /// Starts implementations. Those that do not get as far as their first case
    /// are left out: their ids, and why. `options.pin` is not used.
    ///
    /// # Errors
    /// If it was cancelled.
    pub fn open(
        ready: &'a [Ready],
        options: &RunOptions,
        cancel: &'a AtomicBool,
    ) -> Result<(Panel<'a>, Vec<(String, String)>), Cancelled> {
        let mut seats = Vec::new();
        let mut absent = Vec::new();
        for one in ready {
            match Kept::start(terms(one, options, cancel, 0), options.deadline) {
                Ok(kept) => seats.push(Mutex::new(Seat {
                    ready: one,
                    introduction: kept.introduction.clone(),
                    kept: Some(kept),
                    seconds: f64::INFINITY,
                })),
                Err(StartFailure::Cancelled) => return Err(Cancelled),
                Err(StartFailure::Failed(why)) => absent.push((one.adapter.id.clone(), why)),
            }
        }
        Ok((Panel { seats, options: options.clone(), cancel }, absent))
    }

    /// The implementations: id, and what each said of itself.
    pub fn members(&self) -> Vec<(String, Introduction)> {
        let member = |seat: &Mutex<Seat<'_>>| {
            let seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
            (seat.ready.adapter.id.clone(), seat.introduction.clone())
        };
        self.seats.iter().map(member).collect()
    }

    /// Shows files to all implementations. Answers come in the order of [`Panel::members`].
    ///
    /// # Errors
    /// If it was cancelled: there are no answers then.
    pub fn ask(&mut self, cases: &[PlannedCase]) -> Result<Vec<Answers>, Cancelled> {
        let order = self.slowest_first();
        let answers: Vec<Mutex<Option<Answers>>> =
            self.seats.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(&number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut seat = self.seats[number].lock().unwrap_or_else(PoisonError::into_inner);
                let answered = seat.ask(cases, &self.options, self.cancel);
                *answers[number].lock().unwrap_or_else(PoisonError::into_inner) = answered;
            }
        };
        let lanes = self.options.jobs.clamp(1, self.seats.len().max(1));
        std::thread::scope(|scope| {
            // One lane is this thread.
            for _ in 1..lanes {
                scope.spawn(work);
            }
            work();
        });
        let answers = answers.into_iter();
        let answers = answers.map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner));
        answers.collect::<Option<Vec<Answers>>>().ok_or(Cancelled)
    }

    fn slowest_first(&mut self) -> Vec<usize> {
        let seconds = |seat: &mut Mutex<Seat<'_>>| {
            seat.get_mut().unwrap_or_else(PoisonError::into_inner).seconds
        };
        let seconds: Vec<f64> = self.seats.iter_mut().map(seconds).collect();
        let mut order: Vec<usize> = (0..seconds.len()).collect();
        order.sort_by(|a, b| seconds[*b].total_cmp(&seconds[*a]));
        order
    }
}

impl<'a> Seat<'a> {
    /// `None` if it was cancelled.
    fn ask(
        &mut self,
        cases: &[PlannedCase],
        options: &RunOptions,
        cancel: &'a AtomicBool,
    ) -> Option<Answers> {
        let start = std::time::Instant::now();
        let results = Mutex::new(HashMap::with_capacity(cases.len()));
        let sink = |event| {
            if let Event::Result(line) = event {
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.insert(line.case.clone(), line);
            }
        };
        let restarts = self.converse(cases, options, cancel, &sink)?;
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        // A case without a result can only be one that was not shown.
        let lines = cases.iter().map(|planned| results.remove(&planned.case.id));
        self.seconds = start.elapsed().as_secs_f64();
        Some(Answers { lines: lines.collect::<Option<Vec<_>>>()?, restarts })
    }

    fn converse(
        &mut self,
        cases: &[PlannedCase],
        options: &RunOptions,
        cancel: &'a AtomicBool,
        sink: &(dyn Fn(Event) + Sync),
    ) -> Option<u64> {
        let id = &self.ready.adapter.id;
        let terms = terms(self.ready, options, cancel, 0);
        let plan = Plan::new(cases);
        let lane = match Lane::new(terms, &plan, options, sink) {
            Ok(lane) => lane,
            Err(failure) => return not_run(id, cases, &failure.to_string(), sink),
        };
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => match Kept::start(terms, options.deadline) {
                Ok(kept) => kept,
                Err(StartFailure::Cancelled) => return None,
                Err(StartFailure::Failed(why)) => return not_run(id, cases, &why, sink),
            },
        };
        plan.begins(id);
        let driven = lane.run_kept(kept, terms);
        plan.ends(id);
        // What an adapter left behind is of no use to anyone.
        let _ = fs::remove_dir_all(options.scratch_dir.join(self.ready.adapter.file_name()));
        let (tally, kept) = driven.ok()?;
        self.kept = kept;
        Some(tally.restarts)
    }
}

/// Reports all cases as not run.
fn not_run(
    implementation: &str,
    cases: &[PlannedCase],
    why: &str,
    sink: &(dyn Fn(Event) + Sync),
) -> Option<u64> {
    for planned in cases {
        let case = &planned.case;
        sink(Event::Result(ResultLine {
            implementation: implementation.to_owned(),
            operation: planned.question.operation(),
            case: case.id.clone(),
            rule: case.rule.clone(),
            verdict: case.verdict,
            outcome: assay_protocol::record::Outcome::NotRun,
            answer: None,
            detail: Some(why.to_owned()),
            error: None,
            view: None,
            delivered: None,
            stderr: None,
            attempts: 0,
        }));
    }
    Some(0)
}
