//! One adapter process from its start to its end: handshake, probe, and
//! every way in which it can fail told apart.

pub(crate) mod greeting;

use std::os::unix::process::ExitStatusExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assay_protocol::message::{Capabilities, Implementation};
use assay_protocol::record::Outcome;
use nix::sys::signal::Signal;

use crate::channel::Channel;
use crate::limit::Limits;
use crate::memory::MemoryWatch;
use crate::process::{Process, describe};
use crate::provision::Ready;
use crate::text::{last_lines, quoted, quoted_bytes, shortened};

/// How often memory, the process's end and cancelling are looked at.
const TICK: Duration = Duration::from_millis(25);
/// How long a process that closed a pipe may take to end by itself.
const ENDING: Duration = Duration::from_secs(1);
/// How long a process may take to end after `bye`.
const FAREWELL: Duration = Duration::from_secs(5);
/// Lines and characters of standard error that are attached to a failure.
const STDERR: (usize, usize) = (20, 2000);

/// What an adapter said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// What it drives.
    pub identity: Implementation,
    /// What that can do.
    pub capabilities: Capabilities,
}

/// Why an adapter did not get as far as its first case.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartFailure {
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// It failed; with the tail of its standard error.
    #[error("{0}")]
    Failed(String),
}

impl StartFailure {
    pub(crate) fn new(stop: Stop) -> StartFailure {
        match stop {
            Stop::Cancelled => StartFailure::Cancelled,
            Stop::Failed(failure) => StartFailure::Failed(match failure.stderr {
                Some(stderr) => format!("{}; on standard error: {stderr}", failure.what),
                None => failure.what,
            }),
        }
    }
}

/// Why a conversation stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Cancelled,
    Failed(Box<Failure>),
}

/// How an adapter failed. Its process is gone by then.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) what: String,
    pub(crate) stderr: Option<String>,
}

/// What all sessions of an implementation share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) ready: &'a Ready,
    pub(crate) cancel: &'a AtomicBool,
    /// Tensors up to so many bytes come inline.
    pub(crate) inline_limit: u64,
    /// Longest line of a reply, in bytes.
    pub(crate) longest_reply: usize,
    /// Longest file it may write, in bytes.
    pub(crate) file_size: u64,
}

/// A running adapter.
pub(crate) struct Session<'a> {
    terms: Terms<'a>,
    process: Process,
    channel: Channel,
    memory: MemoryWatch<'a>,
    resident: u64,
    ticked: Instant,
    deaf_until: Option<Instant>,
    /// Why it was killed, while replies from before are still to be taken.
    doomed: Option<(Outcome, String)>,
    /// Where standard error stood when the request in question became the oldest.
    mark: u64,
}

impl<'a> Session<'a> {
    /// Starts the adapter and exchanges `hello`.
    pub(crate) fn start(terms: Terms<'a>) -> Result<(Session<'a>, Introduction), Stop> {
        let mut session = Session::launch(terms)?;
        let introduction = session.introduce()?;
        Ok((session, introduction))
    }

    /// Starts the adapter and says nothing to it yet.
    pub(crate) fn launch(terms: Terms<'a>) -> Result<Session<'a>, Stop> {
        let limits = &terms.ready.adapter.manifest.limits;
        let lowered = Limits {
            address_space: limits.address_space_mib.map(mib),
            file_size: Some(terms.file_size),
        };
        let Ready { launch, assay, isolation, .. } = terms.ready;
        let launched = Process::start(launch, assay, &lowered, isolation)
            .and_then(|(process, pipes)| Ok((process, Channel::new(pipes)?)));
        let (process, channel) = launched.map_err(|error| {
            failed(Outcome::NotRun, format!("cannot start its process: {error}"), None)
        })?;
        let now = Instant::now();
        Ok(Session {
            terms,
            memory: MemoryWatch::new(isolation, process.id()),
            process,
            channel,
            resident: 0,
            ticked: now,
            deaf_until: None,
            doomed: None,
            mark: 0,
        })
    }

    /// How long it may take to answer `hello`.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.terms.ready.adapter.manifest.limits.start_seconds)
    }

    /// The process, which leads its group.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Where to append requests.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        self.channel.output()
    }

    /// The next line that arrived.
    pub(crate) fn line(&mut self) -> Option<&[u8]> {
        self.channel.line()
    }

    /// Another request is the oldest now: what comes on standard error is its.
    pub(crate) fn mark(&mut self) {
        self.mark = self.channel.tail().mark();
    }

    /// Waits until something happens or a moment passed. Call it when no
    /// whole line is left.
    pub(crate) fn advance(&mut self, deadline: Instant) -> Result<(), Stop> {
        if self.terms.cancel.load(Ordering::Relaxed) {
            self.process.kill();
            return Err(Stop::Cancelled);
        }
        let patience = deadline.saturating_duration_since(Instant::now()).min(TICK);
        if let Err(error) = self.channel.round(patience) {
            return Err(self.fail(Outcome::NotRun, format!("its pipes cannot be polled: {error}")));
        }
        let now = Instant::now();
        if now.duration_since(self.ticked) >= TICK {
            self.ticked = now;
            self.tick(now);
        }
        if self.channel.has_line() {
            return Ok(());
        }
        if let Some((outcome, what)) = self.doomed.take() {
            return Err(self.fail(outcome, what));
        }
        if self.channel.is_ended() {
            return Err(self.death());
        }
        if self.channel.unfinished().len() > self.terms.longest_reply {
            let what = format!(
                "answered with a line of more than {} bytes: {}",
                self.terms.longest_reply,
                quoted_bytes(self.channel.unfinished())
            );
            return Err(self.fail(Outcome::ProtocolError, what));
        }
        if self.channel.is_deaf() && now >= *self.deaf_until.get_or_insert(now + ENDING) {
            let what = "closed its standard input and went on without an answer";
            return Err(self.fail(Outcome::ProtocolError, what.to_owned()));
        }
        if now >= deadline {
            let stopped =
                if self.memory.is_stopped() { "; it was stopped by a signal" } else { "" };
            let what = format!("gave no answer before the deadline{stopped}");
            return Err(self.fail(Outcome::Hang, what));
        }
        Ok(())
    }

    /// Looks at memory, and whether the process ended while something it
    /// started keeps its pipes open. What was answered before is still to be
    /// taken, lest the wrong case be blamed.
    fn tick(&mut self, now: Instant) {
        self.resident = self.memory.resident(now);
        let allowed = mib(self.terms.ready.adapter.manifest.limits.memory_mib);
        if self.resident > allowed {
            let what = format!(
                "grew to {} MiB of resident memory; {} are allowed",
                self.resident >> 20,
                allowed >> 20
            );
            self.process.kill();
            self.doomed = Some((Outcome::OutOfMemory, what));
        }
        let (members, most) =
            (self.memory.members(), self.terms.ready.adapter.manifest.limits.processes);
        if members > most {
            self.process.kill();
            let what = format!("had {members} processes; {most} are allowed");
            self.doomed = Some((Outcome::Crash, what));
        }
        if self.process.ended().is_some() {
            self.drain();
            self.channel.close_input();
        }
    }

    /// Its standard output ended: how did the process?
    fn death(&mut self) -> Stop {
        let Some(status) = self.process.wait(ENDING) else {
            let what = "closed its standard output and went on";
            return self.fail(Outcome::ProtocolError, what.to_owned());
        };
        self.drain();
        let mut what = describe(status);
        if !self.channel.unfinished().is_empty() {
            let half = quoted_bytes(self.channel.unfinished());
            what = format!("{what} in the middle of a reply: {half}");
        }
        let stderr = self.channel.tail().since(self.mark);
        let signs = &self.terms.ready.adapter.manifest.out_of_memory.stderr;
        match signs.iter().find(|sign| stderr.contains(sign.as_str())) {
            Some(sign) => {
                let what = format!("{what}, with {} on standard error", quoted(sign));
                self.fail(Outcome::OutOfMemory, what)
            }
            None => {
                // The system kills so when its own memory runs out.
                if status.signal() == Some(Signal::SIGKILL as i32) {
                    let resident = self.resident >> 20;
                    what = format!("{what}; last seen with {resident} MiB of resident memory");
                }
                self.fail(Outcome::Crash, what)
            }
        }
    }

    /// Ends the process group and says how it failed.
    pub(crate) fn fail(&mut self, outcome: Outcome, what: String) -> Stop {
        self.process.kill();
        if self.memory.members() > 1 {
            // Some of them may have left the group.
            self.terms.ready.isolation.kill_strays();
        }
        self.drain();
        let stderr = self.channel.tail().since(self.mark);
        let stderr = last_lines(&stderr, STDERR.0);
        let stderr = (!stderr.is_empty()).then(|| shortened(&stderr, STDERR.1).into_owned());
        failed(outcome, what, stderr)
    }

    /// Takes what is left in the pipes of a dead process.
    fn drain(&mut self) {
        // Bounded: something that left the group may still write.
        for _ in 0..64 {
            let before = self.channel.tail().mark();
            let arrived = self.channel.round(Duration::ZERO).unwrap_or(false);
            let fits = self.channel.unfinished().len() <= self.terms.longest_reply;
            if !fits || (!arrived && self.channel.tail().mark() == before) {
                return;
            }
        }
    }

    /// Says `bye` and waits for the end. Returns a line that came although
    /// nothing was asked, and what else was wrong with the ending.
    pub(crate) fn farewell(mut self) -> (Option<Vec<u8>>, Option<String>) {
        self.channel.output().extend_from_slice(b"{\"op\":\"bye\",\"id\":\"bye\"}\n");
        self.end("`bye`")
    }

    /// Closes its standard input and waits for the end, as after `bye`; `after` says
    /// after what, in words.
    pub(crate) fn end(mut self, after: &str) -> (Option<Vec<u8>>, Option<String>) {
        let deadline = Instant::now() + FAREWELL;
        let mut sent = false;
        while !self.channel.is_ended() && Instant::now() < deadline {
            if let Some(line) = self.channel.line() {
                let line = line.to_vec();
                self.process.kill();
                return (Some(line), None);
            }
            let fits = self.channel.unfinished().len() <= self.terms.longest_reply;
            if !fits || self.channel.round(TICK).is_err() || self.process.ended().is_some() {
                break;
            }
            if !sent {
                // Whoever does not know `bye` knows the end of its input.
                sent = true;
                self.channel.close_output();
            }
        }
        self.drain();
        if let Some(line) = self.channel.line() {
            return (Some(line.to_vec()), None);
        }
        let wrong = match self.process.wait(deadline.saturating_duration_since(Instant::now())) {
            None => Some(format!("did not end after {after}")),
            Some(status) if !status.success() => {
                Some(format!("{} after {after}", describe(status)))
            }
            Some(_) => None,
        };
        (None, wrong)
    }
}

fn failed(outcome: Outcome, what: String, stderr: Option<String>) -> Stop {
    Stop::Failed(Box::new(Failure { outcome, what, stderr }))
}

fn mib(count: u64) -> u64 {
    count.saturating_mul(1 << 20)
}
