//! From a reply to a result: contents compared, judged, files checked.

use std::fs;

use assay_protocol::message::{Operation, Reply};
use assay_protocol::record::{Answer, Outcome, ResultLine};

use super::Lane;
use crate::contents::{Accepted, Trouble};
use crate::judge::{Judgement, judge};
use crate::neutral::neutral;
use crate::session::Failure;

/// Cases after which scratch files that they had no use for are removed.
const SWEEP: usize = 64;

impl Lane<'_> {
    /// The result of an answered case.
    pub(super) fn decide(
        &mut self,
        index: usize,
        reply: &Reply,
        first: Option<&Failure>,
    ) -> ResultLine {
        let mut judgement = self.judge(index, reply);
        if let Some(by) = self.plan.modified(index) {
            judgement.outcome = Outcome::ProtocolError;
            judgement.detail = Some(format!("the case's file was modified {by}"));
        } else if let Some(by) = self.plan.cases[index].spoiled() {
            judgement.outcome = Outcome::NotRun;
            judgement.detail = Some(format!("its file was modified {by} at the same time"));
        }
        if let Some(first) = first {
            let replayed = format!("answered when replayed alone, after: {}", first.what);
            judgement.detail = Some(match judgement.detail {
                Some(detail) => format!("{detail}; {replayed}"),
                None => replayed,
            });
        }
        let mut line = self.line(index, judgement.outcome, 1 + u32::from(first.is_some()));
        line.answer = judgement.answer;
        line.detail = judgement.detail;
        line.error = judgement.error;
        line.view = judgement.view;
        line.delivered = judgement.delivered;
        neutral(&mut line, self.plan.cases[index].path, &self.scratch);
        line
    }

    fn judge(&mut self, index: usize, reply: &Reply) -> Judgement {
        let case = self.plan.cases[index].case;
        let introduction = self.introduction.as_ref().expect("it answers, so it introduced itself");
        let question = self.plan.cases[index].question;
        let capabilities = &introduction.capabilities;
        let is_header = question.operation_for(capabilities) == Operation::Inspect;
        let tensors = match reply {
            Reply::Accept { tensors, .. } if !is_header => tensors,
            _ => {
                let judgement = judge(case, question, capabilities, reply, &[]);
                // It may have begun to write before it refused.
                self.leftover(index);
                return judgement;
            }
        };
        let scratch = self.scratch.join(self.requests.id(index));
        let accepted = Accepted { plan: self.plan, index, tensors, scratch: &scratch };
        let judgement = match self.comparer.compare(accepted) {
            Ok(delivered) => judge(case, question, capabilities, reply, &delivered),
            Err(trouble) => {
                let (outcome, what) = match trouble {
                    Trouble::Reply(what) => (Outcome::ProtocolError, what),
                    Trouble::Own(what) => (Outcome::NotRun, what),
                };
                let (answer, detail) = (Some(Answer::Accept), Some(what));
                Judgement { outcome, answer, detail, error: None, view: None, delivered: None }
            }
        };
        if tensors.iter().any(|tensor| tensor.scratch.is_some()) {
            self.remove_scratch(index);
        } else {
            self.leftover(index);
        }
        judgement
    }

    /// Notes that a request may have left a scratch file that nobody reads.
    /// Hardly any does, so the folder is looked at only now and then.
    fn leftover(&mut self, index: usize) {
        self.leftovers.push(index);
        if self.leftovers.len() < SWEEP {
            return;
        }
        let leftovers = std::mem::take(&mut self.leftovers);
        let is_empty = fs::read_dir(&self.scratch).is_ok_and(|mut left| left.next().is_none());
        if !is_empty {
            for index in leftovers {
                self.remove_scratch(index);
            }
        }
    }

    /// Removes what a case's request may have left.
    pub(super) fn remove_scratch(&self, index: usize) {
        // Mostly there is none.
        let _ = fs::remove_file(self.scratch.join(self.requests.id(index)));
    }
}
