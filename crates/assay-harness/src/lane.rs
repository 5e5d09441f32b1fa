//! Drives one implementation through all cases: a window of requests in
//! flight, blame for exactly one case at a death, replay alone.
//!
//! Replies come in the order of requests. So whatever goes wrong is the
//! oldest unanswered case's doing, except that a second answer is the doing of
//! the case that was answered last; for that, one result is always held back.
//! A blamed case is replayed in a fresh process with nothing else in flight:
//! if it fails again it is poison, else it was a flake or another's doing.

mod decide;
mod kept;
mod request;

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use assay_protocol::is_path;
use assay_protocol::message::{Operation, Reply};
use assay_protocol::record::{Outcome, ResultLine};

use crate::contents::Comparer;
use crate::neutral::neutral;
use crate::reply;
use crate::run::{Event, RunOptions};
use crate::session::{Failure, Introduction, Session, StartFailure, Stop, Terms};
use crate::staged::Plan;

pub(crate) use kept::Kept;
pub(crate) use request::Requests;

/// Bytes of requests in flight: less than a pipe holds, so that an adapter
/// that only writes while the harness only writes is the exception.
const IN_FLIGHT: usize = 60 * 1024;

/// What came of one implementation; see [`crate::RunSummary`].
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) ran: u64,
    pub(crate) not_run: u64,
    pub(crate) restarts: u64,
    pub(crate) outcomes: BTreeMap<Outcome, u64>,
    pub(crate) notes: Vec<String>,
    pub(crate) faults: Vec<String>,
}

/// One implementation's way through the cases.
pub(crate) struct Lane<'a> {
    terms: Terms<'a>,
    plan: &'a Plan<'a>,
    options: &'a RunOptions,
    sink: &'a (dyn Fn(Event) + Sync),
    introduction: Option<Introduction>,
    scratch: PathBuf,
    requests: request::Requests,
    comparer: Comparer,
    /// Cases whose replies name no scratch file, and that may have left one.
    leftovers: Vec<usize>,
    /// Cases from here on were never sent.
    next: usize,
    /// Cases that were in flight when another one failed.
    again: VecDeque<usize>,
    /// Case and length of its request, oldest first.
    in_flight: VecDeque<(usize, usize)>,
    bytes_in_flight: usize,
    /// When the oldest in flight became the oldest.
    since: Instant,
    /// What the process had read by then, if that is limited.
    read_before: Option<u64>,
    trial: Option<Trial>,
    held: Option<Held>,
    /// The failure is that the held case was answered twice.
    twice: bool,
    tally: Tally,
}

/// A case to be replayed alone.
struct Trial {
    index: usize,
    first: Failure,
}

/// A result that is not reported yet.
struct Held {
    index: usize,
    line: ResultLine,
    /// How its first attempt ended, if this was the second.
    first: Option<Failure>,
}

impl<'a> Lane<'a> {
    /// Prepares; fails if scratch files cannot be made.
    pub(crate) fn new(
        terms: Terms<'a>,
        plan: &'a Plan<'a>,
        options: &'a RunOptions,
        sink: &'a (dyn Fn(Event) + Sync),
    ) -> Result<Lane<'a>, StartFailure> {
        let scratch = options.scratch_dir.join(terms.ready.adapter.file_name());
        let text = scratch.to_str().filter(|text| is_path(text)).map(str::to_owned);
        let Some(text) = text else {
            return Err(StartFailure::Failed(format!(
                "the scratch folder {} is not absolute and of ASCII letters, digits and `/._-`",
                scratch.display()
            )));
        };
        fs::create_dir_all(&scratch).map_err(|error| {
            StartFailure::Failed(format!("cannot create {}: {error}", scratch.display()))
        })?;
        Ok(Lane {
            terms,
            plan,
            options,
            sink,
            introduction: None,
            scratch,
            requests: request::Requests::new(terms.ready.adapter.id.clone(), text),
            comparer: Comparer::default(),
            leftovers: Vec::new(),
            next: 0,
            again: VecDeque::new(),
            in_flight: VecDeque::new(),
            bytes_in_flight: 0,
            since: Instant::now(),
            read_before: None,
            trial: None,
            held: None,
            twice: false,
            tally: Tally::default(),
        })
    }

    /// Runs all cases.
    pub(crate) fn run(mut self) -> Result<Tally, StartFailure> {
        let driven = self.drive();
        // What an adapter left behind is of no use to anyone.
        let _ = fs::remove_dir_all(&self.scratch);
        driven.map(|()| self.tally)
    }

    fn drive(&mut self) -> Result<(), StartFailure> {
        let mut session = self.start()?;
        loop {
            let stop = match self.converse(&mut session) {
                Ok(()) => match self.farewell(session) {
                    Some(twice) => twice,
                    None => break,
                },
                Err(stop) => stop,
            };
            let Stop::Failed(failure) = stop else {
                self.release();
                return Ok(());
            };
            self.blame(*failure);
            if !self.is_work_left() {
                break;
            }
            match self.start_again(self.terms) {
                Ok(fresh) => session = fresh,
                Err(StartFailure::Failed(reason)) => {
                    self.give_up(&reason);
                    break;
                }
                Err(StartFailure::Cancelled) => return Ok(()),
            }
        }
        self.release();
        self.look_at_files();
        self.tally.ran = 1;
        Ok(())
    }

    /// The first process: introduction and probe.
    fn start(&mut self) -> Result<Session<'a>, StartFailure> {
        let (mut session, introduction) = Session::start(self.terms).map_err(StartFailure::new)?;
        session.probe(self.options.deadline).map_err(StartFailure::new)?;
        self.check_operations(&introduction)?;
        (self.sink)(Event::Started {
            implementation: self.id().to_owned(),
            identity: introduction.identity.clone(),
            capabilities: introduction.capabilities.clone(),
        });
        self.introduction = Some(introduction);
        Ok(session)
    }

    /// Whether it can be asked anything of what is planned.
    fn check_operations(&self, introduction: &Introduction) -> Result<(), StartFailure> {
        let capabilities = &introduction.capabilities;
        let mut lacking = std::collections::BTreeSet::new();
        for staged in &self.plan.cases {
            let operation = staged.question.operation_for(capabilities);
            if capabilities.has(operation) {
                return Ok(());
            }
            lacking.insert(operation.as_str());
        }
        if lacking.is_empty() {
            return Ok(());
        }
        let lacking: Vec<String> = lacking.into_iter().map(|one| format!("`{one}`")).collect();
        let why = format!("it does not declare the operation {}", lacking.join(" or "));
        Err(StartFailure::Failed(why))
    }

    /// Sends and receives until all is answered or something fails.
    fn converse(&mut self, session: &mut Session<'_>) -> Result<(), Stop> {
        loop {
            self.fill(session);
            if self.in_flight.is_empty() {
                return Ok(());
            }
            match session.line().map(reply::parse) {
                Some(Ok(reply)) => self.take(session, &reply)?,
                Some(Err(what)) => return Err(session.fail(Outcome::ProtocolError, what)),
                None => session.advance(self.since + self.options.deadline)?,
            }
        }
    }

    /// Fills the window, or sends the one case that is to be alone.
    fn fill(&mut self, session: &mut Session<'_>) {
        if let Some(trial) = &self.trial {
            let index = trial.index;
            if self.in_flight.is_empty() {
                self.send(session, index);
            }
            return;
        }
        while self.in_flight.len() < self.options.window.max(1)
            && (self.bytes_in_flight < IN_FLIGHT || self.in_flight.is_empty())
        {
            let Some(index) = self.next_case() else { return };
            let staged = &self.plan.cases[index];
            let modified = || Some(format!("its file was modified {} earlier", staged.spoiled()?));
            match staged.unfit.clone().or_else(modified) {
                Some(reason) => self.not_run(index, reason),
                None if !self.declares(index) => self.undeclared(index),
                None => self.send(session, index),
            }
        }
    }

    fn next_case(&mut self) -> Option<usize> {
        if let Some(index) = self.again.pop_front() {
            return Some(index);
        }
        let index = self.next;
        (index < self.plan.cases.len()).then(|| {
            self.next += 1;
            index
        })
    }

    fn send(&mut self, session: &mut Session<'_>, index: usize) {
        if self.in_flight.is_empty() {
            self.mark(session);
        }
        let staged = &self.plan.cases[index];
        let operation = self.operation(index);
        let length = self.requests.append(index, staged, operation, session.output());
        self.in_flight.push_back((index, length));
        self.bytes_in_flight += length;
    }

    /// Takes a reply: it must be the oldest request's.
    fn take(&mut self, session: &mut Session<'_>, reply: &Reply) -> Result<(), Stop> {
        let Some(&(index, length)) = self.in_flight.front() else { return Ok(()) };
        if !self.requests.is_id(reply.id(), index) {
            return Err(self.wrong_id(session, reply.id(), index));
        }
        self.in_flight.pop_front();
        self.bytes_in_flight -= length;
        self.release();
        let first = self.trial.take().map(|trial| trial.first);
        let mut line = self.decide(index, reply, first.as_ref());
        self.limit_reading(session, &mut line);
        self.held = Some(Held { index, line, first });
        self.mark(session);
        Ok(())
    }

    /// Another request is the oldest from now on.
    fn mark(&mut self, session: &mut Session<'_>) {
        self.since = Instant::now();
        self.read_before = self.options.max_read_bytes.and_then(|_| session.bytes_read());
        session.mark();
    }

    /// A right answer for which too much was read is wrong where that is limited.
    fn limit_reading(&self, session: &Session<'_>, line: &mut ResultLine) {
        let (Some(most), Some(before)) = (self.options.max_read_bytes, self.read_before) else {
            return;
        };
        let read = session.bytes_read().map_or(0, |after| after.saturating_sub(before));
        if read > most && line.outcome == Outcome::Same {
            line.outcome = Outcome::Misread;
            line.detail = Some(format!("read {read} bytes to answer; {most} are enough"));
        }
    }

    fn wrong_id(&mut self, session: &mut Session<'_>, id: &str, oldest: usize) -> Stop {
        let held = self.held.as_ref().map(|held| held.index);
        self.twice = held.is_some_and(|held| self.requests.is_id(id, held));
        let what = if self.twice {
            "answered twice".to_owned()
        } else {
            let right = self.requests.id(oldest);
            format!("answered {} when \"{right}\" was to be answered", crate::text::quoted(id))
        };
        session.fail(Outcome::ProtocolError, what)
    }

    /// Says good-bye. A failure if the last answer was given twice.
    fn farewell(&mut self, session: Session<'_>) -> Option<Stop> {
        let (line, wrong) = session.farewell();
        let held = self.held.as_ref().map(|held| held.index);
        let twice = line
            .as_deref()
            .and_then(|line| reply::parse(line).ok())
            .is_some_and(|reply| held.is_some_and(|held| self.requests.is_id(reply.id(), held)));
        if twice {
            self.twice = true;
            let (outcome, what) = (Outcome::ProtocolError, "answered twice".to_owned());
            return Some(Stop::Failed(Box::new(Failure { outcome, what, stderr: None })));
        }
        let unasked = line.map(|line| {
            format!("printed a line without a request: {}", crate::text::quoted_bytes(&line))
        });
        if let Some(what) = unasked.or(wrong) {
            self.tally.notes.push(format!("{}: {what}", self.id()));
        }
        None
    }

    /// Finds the one case that a failure is blamed on; puts the others back.
    fn blame(&mut self, failure: Failure) {
        let (blamed, first) = if std::mem::take(&mut self.twice) {
            match self.held.take() {
                Some(held) => (Some(held.index), held.first),
                None => (None, None),
            }
        } else {
            let oldest = self.in_flight.pop_front().map(|(index, _)| index);
            (oldest, self.trial.take().map(|trial| trial.first))
        };
        self.release();
        while let Some((index, _)) = self.in_flight.pop_back() {
            self.again.push_front(index);
        }
        self.bytes_in_flight = 0;
        let Some(index) = blamed else { return };
        self.remove_scratch(index);
        (self.sink)(Event::Restarted {
            implementation: self.id().to_owned(),
            case: Some(self.plan.cases[index].case.id.clone()),
            cause: failure.what.clone(),
        });
        match first {
            None => self.trial = Some(Trial { index, first: failure }),
            Some(_) => self.failed(index, failure, 2),
        }
    }

    /// Another process, which must introduce itself as the first did.
    fn start_again<'s>(&mut self, terms: Terms<'s>) -> Result<Session<'s>, StartFailure> {
        let mut failure = String::new();
        // Starting may fail once by accident.
        for _ in 0..2 {
            if self.tally.restarts >= self.options.max_restarts {
                let most = self.options.max_restarts;
                failure = format!("its processes failed more than {most} times");
                break;
            }
            self.tally.restarts += 1;
            match Session::start(terms).map_err(StartFailure::new) {
                Ok((session, again)) if self.introduction.as_ref() == Some(&again) => {
                    return Ok(session);
                }
                Ok(_) => {
                    failure = "it introduced itself differently when started again".to_owned();
                    break;
                }
                Err(StartFailure::Failed(what)) => {
                    failure = format!("it could not be started again: {what}");
                }
                Err(StartFailure::Cancelled) => return Err(StartFailure::Cancelled),
            }
        }
        Err(StartFailure::Failed(failure))
    }

    /// No more processes: what is left is not run.
    fn give_up(&mut self, reason: &str) {
        if let Some(trial) = self.trial.take() {
            let mut first = trial.first;
            first.what = format!("{}; not replayed: {reason}", first.what);
            self.failed(trial.index, first, 1);
        }
        while let Some(index) = self.next_case() {
            self.not_run(index, reason.to_owned());
        }
    }

    fn is_work_left(&self) -> bool {
        self.trial.is_some() || !self.again.is_empty() || self.next < self.plan.cases.len()
    }

    /// Looks whether files were modified after their cases had been judged.
    fn look_at_files(&mut self) {
        for index in 0..self.plan.cases.len() {
            if let Some(by) = self.plan.modified(index) {
                let case = &self.plan.cases[index].case.id;
                self.tally.faults.push(format!(
                    "the file of case {case} was modified {by}, after its results were judged"
                ));
            }
        }
    }

    fn failed(&mut self, index: usize, failure: Failure, attempts: u32) {
        let mut line = self.line(index, failure.outcome, attempts);
        line.detail = Some(failure.what);
        line.stderr = failure.stderr;
        neutral(&mut line, self.plan.cases[index].path, &self.scratch);
        self.report(line);
    }

    fn not_run(&mut self, index: usize, reason: String) {
        let mut line = self.line(index, Outcome::NotRun, 0);
        line.detail = Some(reason);
        self.report(line);
    }

    /// The operation by which a case is put to this implementation.
    fn operation(&self, index: usize) -> Operation {
        let question = self.plan.cases[index].question;
        match &self.introduction {
            Some(introduction) => question.operation_for(&introduction.capabilities),
            None => question.operation(),
        }
    }

    fn declares(&self, index: usize) -> bool {
        let operation = self.operation(index);
        self.introduction.as_ref().is_none_or(|one| one.capabilities.has(operation))
    }

    fn undeclared(&mut self, index: usize) {
        let mut line = self.line(index, Outcome::Unsupported, 0);
        line.detail = Some(format!("does not declare the operation `{}`", line.operation));
        self.report(line);
    }

    fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.report(held.line);
        }
    }

    fn report(&mut self, line: ResultLine) {
        *self.tally.outcomes.entry(line.outcome).or_default() += 1;
        (self.sink)(Event::Result(line));
    }

    fn line(&self, index: usize, outcome: Outcome, attempts: u32) -> ResultLine {
        let case = self.plan.cases[index].case;
        ResultLine {
            implementation: self.id().to_owned(),
            operation: self.operation(index),
            case: case.id.clone(),
            rule: case.rule.clone(),
            verdict: case.verdict,
            outcome,
            answer: None,
            detail: None,
            error: None,
            view: None,
            delivered: None,
            stderr: None,
            attempts,
        }
    }

    fn id(&self) -> &str {
        &self.terms.ready.adapter.id
    }
}
