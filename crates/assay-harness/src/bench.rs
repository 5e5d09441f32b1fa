//! Times what an implementation does, one request at a time, and believes no answer that is wrong.
//!
//! The clock is the harness's: from writing the request to having the reply. What counts is not
//! that an adapter says it is done but that it knows a sum over every byte, keyed by a nonce of
//! the request. What the contents are is the caller's to change between requests, so that what
//! was kept from before is of no use.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use assay_protocol::message::{BENCH, BenchWork, Reply};
use assay_protocol::resources::Usage;

use crate::panel::Cancelled;
use crate::provision::Ready;
use crate::reply;
use crate::run::{RunOptions, terms};
use crate::session::{Introduction, Session, StartFailure, Stop, Terms};
use crate::usage::Counters;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// What to load.
    pub what: BenchWork,
    /// The file: absolute, of ASCII letters, digits and `/._-`.
    pub path: &'a str,
    /// One of the ways that the adapter declares.
    pub mode: Option<&'a str>,
    /// With [`BenchWork::Tensor`]: its name, of printable ASCII without `"` and `\`.
    pub tensor: Option<&'a str>,
    /// Key of the sum.
    pub nonce: u64,
    /// The sum that is right.
    pub sum: u64,
    /// How many tensors there are to load, or to name.
    pub count: u64,
}

/// A right answer.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// From the request to the reply, by the harness's clock.
    pub wall: Duration,
    /// From the call of the library to its return, by the adapter's clock.
    pub returned: Duration,
    /// What the system counted meanwhile.
    pub usage: Usage,
}

/// What came of a request; if there is no number, why.
pub type Benched = Result<Loaded, String>;

/// An implementation that is timed. Its process stays between requests, and is started anew
/// after it failed.
pub struct Bencher<'a> {
    terms: Terms<'a>,
    deadline: Duration,
    session: Option<Session<'a>>,
    introduction: Introduction,
    asked: u64,
}

impl<'a> Bencher<'a> {
    /// Starts an implementation. `None` if it does not declare that it can be timed.
    ///
    /// # Errors
    /// If it was cancelled (`Ok(Err(…))`: it could not be started, and why).
    pub fn start(
        ready: &'a Ready,
        options: &RunOptions,
        cancel: &'a AtomicBool,
    ) -> Result<Result<Option<Bencher<'a>>, String>, Cancelled> {
        let terms = terms(ready, options, cancel, 0);
        match Session::start(terms).map_err(StartFailure::new) {
            Err(StartFailure::Cancelled) => Err(Cancelled),
            Err(StartFailure::Failed(why)) => Ok(Err(why)),
            Ok((session, introduction)) => {
                let can = introduction.capabilities.operations.iter().any(|one| one == BENCH);
                Ok(Ok(can.then(|| Bencher {
                    terms,
                    deadline: options.deadline,
                    session: Some(session),
                    introduction,
                    asked: 0,
                })))
            }
        }
    }

    /// What it said of itself.
    pub fn introduction(&self) -> &Introduction {
        &self.introduction
    }

    /// Has it do a job and looks at the answer.
    ///
    /// # Errors
    /// If it was cancelled.
    pub fn ask(&mut self, job: &Job<'_>) -> Result<Benched, Cancelled> {
        let asked = self.try_ask(job);
        match asked {
            Ok(benched) => Ok(benched),
            Err(stop) => {
                self.session = None;
                match StartFailure::new(stop) {
                    StartFailure::Cancelled => Err(Cancelled),
                    StartFailure::Failed(why) => Ok(Err(why)),
                }
            }
        }
    }

    fn try_ask(&mut self, job: &Job<'_>) -> Result<Benched, Stop> {
        let session = match &mut self.session {
            Some(session) => session,
            none => none.insert(Session::start(self.terms)?.0),
        };
        self.asked += 1;
        let id = format!("b{}", self.asked);
        let request = request(&id, job);
        let process = session.process_id();
        let before = Counters::from_now(process);
        session.output().extend_from_slice(request.as_bytes());
        let start = Instant::now();
        let deadline = start + self.deadline;
        let reply = loop {
            match session.line() {
                Some(line) => break reply::parse(line),
                None => session.advance(deadline)?,
            }
        };
        let wall = start.elapsed();
        let usage = Counters::of(process).since(&before, wall, 0);
        Ok(reply.and_then(|reply| judged(&reply, &id, job, wall, usage)))
    }
}

/// Nothing in a request needs escaping.
pub(crate) fn request(id: &str, job: &Job<'_>) -> String {
    let Job { what, path, mode, tensor, nonce, .. } = job;
    let what = what.as_str();
    let member = |name: &str, value: &Option<&str>| {
        value.map_or_else(String::new, |value| format!(r#","{name}":"{value}""#))
    };
    format!(
        "{{\"op\":\"{BENCH}\",\"id\":\"{id}\",\"path\":\"{path}\",\"what\":\"{what}\",\
         \"nonce\":\"{nonce:016x}\"{}{}}}\n",
        member("mode", mode),
        member("tensor", tensor)
    )
}

pub(crate) fn judged(
    reply: &Reply,
    id: &str,
    job: &Job<'_>,
    wall: Duration,
    usage: Usage,
) -> Benched {
    match reply {
        other if other.id() != id => Err(format!("answered `{}`, not `{id}`", other.id())),
        Reply::Bench { sum, count, returned_ns, .. } => {
            if *count != job.count {
                return Err(format!("has {count} tensors, not {}", job.count));
            }
            if *sum != format!("{:016x}", job.sum) {
                return Err("its sum is wrong: it did not load these bytes".to_owned());
            }
            Ok(Loaded { wall, returned: Duration::from_nanos(*returned_ns), usage })
        }
        Reply::Reject { error, .. } => {
            Err(format!("refused the file: {}: {}", error.class, error.message))
        }
        Reply::Unsupported { message, .. } => {
            Err(format!("cannot do that: {}", message.as_deref().unwrap_or("it says no more")))
        }
        Reply::OutOfMemory { error, .. } => Err(format!("ran out of memory: {}", error.message)),
        Reply::Hello { .. } | Reply::Accept { .. } | Reply::Written { .. } => {
            Err("answered with another kind of reply".to_owned())
        }
    }
}
