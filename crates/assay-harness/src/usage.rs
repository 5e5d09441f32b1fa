//! What each case takes, measured from outside.
//!
//! In a run, requests are in flight together and an adapter's memory and time
//! cannot be dealt out to them; so this is a pass of its own in which nothing is
//! asked before the last question was answered. The system counts: peak of
//! resident memory (set back before each request), processor time of all threads,
//! bytes read, pages touched. A process that grew is not asked again, as it would
//! hide what the next case takes; the first question to each process is not
//! counted, as it pays for what a library does once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use assay_protocol::message::Reply;
use assay_protocol::record::Answer;
use assay_protocol::resources::Usage;

use crate::lane::Requests;
use crate::memory::kib;
use crate::panel::Cancelled;
use crate::provision::Ready;
use crate::run::{PlannedCase, RunOptions, terms};
use crate::session::{Introduction, Session, StartFailure, Stop, Terms};
use crate::staged::Plan;
use crate::{processor, reply};

/// A process that took so many bytes more than before is not asked again.
const GROWN: u64 = 16 << 20;

/// What came of measuring one implementation.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What it said of itself.
    pub introduction: Introduction,
    /// One for each case, in the order of the cases.
    pub cases: Vec<(Result<Answer, String>, Usage)>,
}

/// Asks an implementation about cases, one at a time. If each is asked several `times`,
/// then in fresh processes, and the least of each number is kept. The first case must be
/// a small one that it takes: it warms each process.
///
/// # Errors
/// If it was cancelled (`Ok(Err(…))`: it could not be started, and why).
pub fn measure(
    ready: &Ready,
    cases: &[PlannedCase],
    times: u32,
    options: &RunOptions,
    cancel: &AtomicBool,
    progress: &dyn Fn(usize),
) -> Result<Result<Measured, String>, Cancelled> {
    let plan = Plan::new(cases);
    let terms = terms(ready, options, cancel, plan.largest());
    let scratch = options.scratch_dir.join(&ready.adapter.id);
    if let Err(error) = fs::create_dir_all(&scratch) {
        return Ok(Err(format!("cannot create {}: {error}", scratch.display())));
    }
    if options.pin {
        processor::pin(0);
    }
    let requests = Requests::new(ready.adapter.id.clone(), scratch.display().to_string());
    let mut meter = Meter { terms, plan: &plan, requests, scratch, options, session: None };
    let measured = meter.all(times, progress);
    drop(meter.session);
    ready.isolation.finish();
    // What an adapter left behind is of no use to anyone.
    let _ = fs::remove_dir_all(&meter.scratch);
    match measured.map_err(StartFailure::new) {
        Ok(measured) => Ok(Ok(measured)),
        Err(StartFailure::Cancelled) => Err(Cancelled),
        Err(StartFailure::Failed(why)) => Ok(Err(why)),
    }
}

struct Meter<'a> {
    terms: Terms<'a>,
    plan: &'a Plan<'a>,
    requests: Requests,
    scratch: PathBuf,
    options: &'a RunOptions,
    session: Option<Session<'a>>,
}

type Once = (Result<Answer, String>, Usage);

impl<'a> Meter<'a> {
    fn all(&mut self, times: u32, progress: &dyn Fn(usize)) -> Result<Measured, Stop> {
        let (session, introduction) = Session::start(self.terms)?;
        drop(session);
        let mut cases = Vec::with_capacity(self.plan.cases.len());
        for index in 0..self.plan.cases.len() {
            progress(index);
            let mut least: Option<Once> = None;
            for _ in 0..times.max(1) {
                if times > 1 {
                    // Memory that a process took before would hide what it takes now.
                    self.session = None;
                }
                let (answer, usage) = self.once(index, &introduction)?;
                let usage = least.map_or(usage, |(_, before)| least_of(before, usage));
                least = Some((answer, usage));
            }
            cases.extend(least);
        }
        Ok(Measured { introduction, cases })
    }

    fn once(&mut self, index: usize, introduction: &Introduction) -> Result<Once, Stop> {
        let staged = &self.plan.cases[index];
        let operation = staged.question.operation_for(&introduction.capabilities);
        if let Some(why) = &staged.unfit {
            return Ok((Err(why.clone()), Usage::default()));
        }
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.warm(introduction)?,
        };
        let pid = session.process_id();
        self.requests.append(index, staged, operation, session.output());
        let before = Counters::from_now(pid);
        let start = Instant::now();
        let deadline = start + self.options.deadline;
        let answer = loop {
            match session.line().map(reply::parse) {
                Some(Ok(reply)) => break Ok(answer_of(&reply)),
                Some(Err(what)) => break Err(what),
                None => match session.advance(deadline) {
                    Ok(()) => {}
                    Err(Stop::Cancelled) => return Err(Stop::Cancelled),
                    Err(Stop::Failed(failure)) => break Err(failure.what),
                },
            }
        };
        let wall = start.elapsed();
        let after = Counters::of(pid);
        let usage = after.since(&before, wall, self.left_behind(index));
        // One that died, or grew, is of no more use.
        if answer.is_ok() && after.resident.saturating_sub(before.resident) < GROWN {
            self.session = Some(session);
        }
        Ok((answer, usage))
    }

    /// A process that was asked the first question already.
    fn warm(&self, introduction: &Introduction) -> Result<Session<'a>, Stop> {
        let (mut session, _) = Session::start(self.terms)?;
        let staged = &self.plan.cases[0];
        let operation = staged.question.operation_for(&introduction.capabilities);
        self.requests.append(0, staged, operation, session.output());
        let deadline = Instant::now() + self.options.deadline;
        while session.line().is_none() {
            session.advance(deadline)?;
        }
        self.left_behind(0);
        Ok(session)
    }

    /// How many files are left where temporary ones belong; removes them.
    fn left_behind(&self, index: usize) -> u64 {
        let scratch = self.scratch.join(self.requests.id(index));
        let _ = fs::remove_file(scratch);
        let folders = [Some(self.scratch.clone()), self.terms.ready.isolation.temporary()];
        folders.iter().flatten().map(|folder| empty(folder)).sum()
    }
}

/// Removes what is in a folder; says how many entries that were.
fn empty(folder: &Path) -> u64 {
    let mut count = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        count += 1;
        let path = entry.path();
        // Whatever cannot be removed is counted again.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    count
}

fn answer_of(reply: &Reply) -> Answer {
    match reply {
        Reply::Reject { .. } => Answer::Reject,
        Reply::Unsupported { .. } => Answer::Unsupported,
        Reply::OutOfMemory { .. } => Answer::OutOfMemory,
        _ => Answer::Accept,
    }
}

fn least_of(a: Usage, b: Usage) -> Usage {
    Usage {
        wall_us: a.wall_us.min(b.wall_us),
        cpu_us: a.cpu_us.min(b.cpu_us),
        memory: a.memory.min(b.memory),
        address_space: a.address_space.min(b.address_space),
        read: a.read.min(b.read),
        pages: a.pages.min(b.pages),
        left_files: a.left_files.max(b.left_files),
    }
}

/// What the system says of a process.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    cpu_ns: u64,
    resident: u64,
    resident_peak: u64,
    address_space: u64,
    address_space_peak: u64,
    read: u64,
    pages: u64,
}

impl Counters {
    /// Of this moment, from which on the peak is counted anew.
    pub(crate) fn from_now(pid: u32) -> Counters {
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        Counters::of(pid)
    }

    pub(crate) fn of(pid: u32) -> Counters {
        let text =
            |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let status = text("status");
        let of_status = |line: &str| kib(&status, line).unwrap_or(0);
        let io = text("io");
        let read = io.lines().find_map(|line| line.strip_prefix("rchar: ")?.parse().ok());
        let stat = text("stat");
        let fields: Vec<u64> = stat
            .rsplit_once(')')
            .map(|(_, rest)| rest.split_ascii_whitespace().map(|one| one.parse().unwrap_or(0)))
            .into_iter()
            .flatten()
            .collect();
        let field = |number: usize| fields.get(number).copied().unwrap_or(0);
        // Of children that ended the system tells ticks of 10 ms.
        let children = (field(13) + field(14)).saturating_mul(10_000_000);
        Counters {
            cpu_ns: threads(pid).saturating_add(children),
            resident: of_status("VmRSS:"),
            resident_peak: of_status("VmHWM:"),
            address_space: of_status("VmSize:"),
            address_space_peak: of_status("VmPeak:"),
            read: read.unwrap_or(0),
            pages: field(7) + field(9),
        }
    }

    pub(crate) fn since(&self, before: &Counters, wall: Duration, left_files: u64) -> Usage {
        let grew = self.address_space_peak > before.address_space_peak;
        Usage {
            wall_us: u64::try_from(wall.as_micros()).unwrap_or(u64::MAX),
            cpu_us: self.cpu_ns.saturating_sub(before.cpu_ns) / 1000,
            memory: self.resident_peak.saturating_sub(before.resident),
            address_space: if grew {
                self.address_space_peak.saturating_sub(before.address_space)
            } else {
                0
            },
            read: self.read.saturating_sub(before.read),
            pages: self.pages.saturating_sub(before.pages),
            left_files,
        }
    }
}

/// Nanoseconds that the threads of a process ran.
fn threads(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let ran = |text: String| text.split_ascii_whitespace().next()?.parse::<u64>().ok();
    threads.filter_map(|one| ran(fs::read_to_string(one.path().join("schedstat")).ok()?)).sum()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_counted() {
        let before = Counters::of(std::process::id());
        let much = vec![1_u8; 64 << 20];
        let sum: u64 = much.iter().map(|byte| u64::from(*byte)).sum();
        let after = Counters::of(std::process::id());
        let usage = after.since(&before, Duration::from_micros(7), 2);
        assert_eq!((sum, usage.wall_us, usage.left_files), (64 << 20, 7, 2));
        assert!(usage.memory >= 60 << 20, "{usage:?}");
        assert!(usage.cpu_us > 0 && usage.pages > 0 && usage.read > 0, "{usage:?}");
    }
}
