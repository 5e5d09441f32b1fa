//! What the checks say to an adapter, word by word.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use assay_protocol::message::{Operation, Reply};
use assay_protocol::{Outcome, ResultLine};

use super::Examination;
use crate::lane::Lane;
use crate::reply;
use crate::run::{Event, PlannedCase};
use crate::session::{Failure, Session, StartFailure, Stop};
use crate::staged::Plan;

/// How a request is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As a run spells it.
    Usual,
    /// With keys that no version has.
    UnknownKeys,
    /// With `op` and `id` last.
    KeysTurned,
}

/// A request, and what must come back.
pub(super) struct Request {
    pub(super) id: String,
    pub(super) text: String,
}

impl<'a> Examination<'a> {
    /// A process that was greeted.
    pub(super) fn session(&mut self) -> Result<Session<'a>, Stop> {
        let (session, introduction) = Session::start(self.terms)?;
        self.introduction.get_or_insert(introduction);
        Ok(session)
    }

    /// The operation by which files are put to it; `None` if it reads none.
    pub(super) fn operation(&self) -> Option<Operation> {
        let can = &self.introduction.as_ref()?.capabilities;
        [Operation::Read, Operation::Inspect].into_iter().find(|one| can.has(*one))
    }

    /// Whether it says what it saw.
    pub(super) fn has_views(&self) -> bool {
        self.introduction.as_ref().is_none_or(|one| one.capabilities.views)
    }

    /// A request to read a file.
    pub(super) fn request(&mut self, planned: &PlannedCase, spelling: Spelling) -> Request {
        let path = planned.path.display().to_string();
        self.request_at(&path, planned, spelling)
    }

    /// A request to read a file that is said to be elsewhere.
    pub(super) fn request_at(
        &mut self,
        path: &str,
        planned: &PlannedCase,
        spelling: Spelling,
    ) -> Request {
        self.requests += 1;
        let id = format!("q{}", self.requests);
        // That it can be made was seen when the first check began.
        let _ = fs::create_dir_all(&self.scratch);
        let scratch = self.scratch.join(&id);
        let operation = self.operation().unwrap_or(Operation::Read);
        let head = format!(r#""op":"{operation}","id":"{id}""#);
        let body = format!(
            r#""path":"{path}","length":{},"sha256":"{}","scratch":"{}""#,
            planned.case.size,
            planned.case.sha256,
            scratch.display()
        );
        let text = match spelling {
            Spelling::Usual => format!("{{{head},{body}}}"),
            Spelling::UnknownKeys => format!(r#"{{"later":"version",{head},{body},"more":1}}"#),
            Spelling::KeysTurned => format!("{{{body},{head}}}"),
        };
        Request { id, text }
    }

    /// One request in a fresh process.
    pub(super) fn ask_once(&mut self, request: &Request) -> Result<Reply, Stop> {
        let mut session = self.session()?;
        session.ask(&request.text, &request.id, self.options.deadline)
    }

    /// Requests that are sent at once; their replies in the order in which they came.
    pub(super) fn ask_all(&mut self, requests: &[Request]) -> Result<Vec<Reply>, Stop> {
        let mut session = self.session()?;
        for request in requests {
            session.output().extend_from_slice(request.text.as_bytes());
            session.output().push(b'\n');
        }
        let mut replies = Vec::new();
        let mut deadline = Instant::now() + self.options.deadline;
        while replies.len() < requests.len() {
            match session.line().map(reply::parse) {
                Some(Ok(reply)) => {
                    replies.push(reply);
                    deadline = Instant::now() + self.options.deadline;
                }
                Some(Err(what)) => {
                    return Err(session.fail(Outcome::ProtocolError, what));
                }
                None => session.advance(deadline)?,
            }
        }
        // Something more would be an answer too many.
        session.probe(self.options.deadline)?;
        Ok(replies)
    }

    /// Lets a process be for a moment. Replies that come stay to be taken.
    pub(super) fn idle(&self, session: &mut Session<'_>, time: Duration) -> Result<(), Stop> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            session.advance(until + self.options.deadline)?;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// A request in a fresh process that is expected to die of it: how it died, or
    /// what it answered instead.
    pub(super) fn ask_to_die(&mut self, request: &Request) -> Result<Result<Failure, Reply>, Stop> {
        match self.ask_once(request) {
            Ok(reply) => Ok(Err(reply)),
            Err(Stop::Cancelled) => Err(Stop::Cancelled),
            Err(Stop::Failed(failure)) => Ok(Ok(*failure)),
        }
    }

    /// A case as in a run: put to the implementation, compared to the byte. `Err`
    /// within: it did not get as far as that.
    pub(super) fn judged(
        &mut self,
        planned: &PlannedCase,
    ) -> Result<Result<ResultLine, String>, Stop> {
        let cases = [planned.clone()];
        let plan = Plan::new(&cases);
        let line = Mutex::new(None);
        let sink = |event| {
            if let Event::Result(result) = event {
                *line.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            }
        };
        let lane = Lane::new(self.terms, &plan, self.options, &sink);
        match lane.and_then(Lane::run) {
            Ok(_) => {}
            Err(StartFailure::Cancelled) => return Err(Stop::Cancelled),
            Err(StartFailure::Failed(why)) => return Ok(Err(why)),
        }
        let line = line.into_inner().unwrap_or_else(PoisonError::into_inner);
        line.map_or(Err(Stop::Cancelled), |line| Ok(Ok(line)))
    }
}
