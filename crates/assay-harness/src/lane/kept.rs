//! A lane over a process that stays: it is there before the first case, and is
//! left running after the last.

use assay_protocol::record::Outcome;

use super::{Lane, Tally};
use crate::session::{Failure, Introduction, Session, StartFailure, Stop, Terms};

/// A process that is kept from one batch of cases to the next.
pub(crate) struct Kept<'s> {
    pub(crate) session: Session<'s>,
    pub(crate) introduction: Introduction,
}

impl<'s> Kept<'s> {
    /// Starts a process, and probes it.
    pub(crate) fn start(
        terms: Terms<'s>,
        deadline: std::time::Duration,
    ) -> Result<Kept<'s>, StartFailure> {
        let (mut session, introduction) = Session::start(terms).map_err(StartFailure::new)?;
        session.probe(deadline).map_err(StartFailure::new)?;
        Ok(Kept { session, introduction })
    }
}

impl Lane<'_> {
    /// Runs all cases in a process that is there, and in others after it if it
    /// fails; leaves the last one running. Blame and replay are as in a run.
    /// `terms` are the lane's own, for as long as the process may live.
    pub(crate) fn run_kept<'s>(
        mut self,
        kept: Kept<'s>,
        terms: Terms<'s>,
    ) -> Result<(Tally, Option<Kept<'s>>), StartFailure> {
        let Kept { mut session, introduction } = kept;
        self.introduction = Some(introduction.clone());
        let mut left = loop {
            let stop = match self.converse(&mut session) {
                Ok(()) => match self.settle(&mut session) {
                    Ok(()) => break Some(session),
                    Err(stop) => stop,
                },
                Err(stop) => stop,
            };
            let Stop::Failed(failure) = stop else { return Err(StartFailure::Cancelled) };
            self.blame(*failure);
            if !self.is_work_left() {
                break None;
            }
            match self.start_again(terms) {
                Ok(fresh) => session = fresh,
                Err(StartFailure::Cancelled) => return Err(StartFailure::Cancelled),
                Err(StartFailure::Failed(reason)) => {
                    self.give_up(&reason);
                    break None;
                }
            }
        };
        self.release();
        self.look_at_files();
        self.tally.ran = 1;
        let left = left.take().map(|session| Kept { session, introduction });
        Ok((self.tally, left))
    }

    /// Makes sure that nothing is left to come: an unknown operation is refused
    /// after all that was asked before, so a second answer shows here.
    fn settle(&mut self, session: &mut Session<'_>) -> Result<(), Stop> {
        match session.probe(self.options.deadline) {
            Err(Stop::Failed(failure)) if failure.outcome == Outcome::ProtocolError => {
                self.twice = self.held.is_some();
                let what = format!("answered more than it was asked: {}", failure.what);
                Err(Stop::Failed(Box::new(Failure { what, ..*failure })))
            }
            other => other,
        }
    }
}
