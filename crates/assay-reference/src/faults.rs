//! The faults seen while reading, at most one for each rule: its first.
//!
//! Reading goes on after a fault, because which rule the file breaks first is
//! decided at the end: by span, then by the order of the dialect's rules. One
//! message is shown in the end, so those that cannot be it are not written.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Arguments;

use assay_spec::Span;
use assay_spec::rfc::lifted;

use crate::error::Error;
use crate::policy::{Policy, Slot};

/// For each rule its first fault in the order of the file's bytes.
#[derive(Debug)]
pub(crate) struct Faults<'p> {
    policy: &'p Policy,
    /// A broken file has one or two, so they are looked through.
    first: Vec<Fault>,
    /// Where the first fault begins that is shown unless an earlier one is.
    shown: Option<u64>,
}

#[derive(Debug)]
struct Fault {
    slot: Slot,
    span: Span,
    /// Empty if it cannot be the one that is shown.
    message: String,
}

impl<'p> Faults<'p> {
    /// None yet, of a file read under this policy.
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Faults { policy, first: Vec::new(), shown: None }
    }

    pub(crate) fn position(&self, slot: Slot) -> Option<usize> {
        self.first.iter().position(|fault| fault.slot == slot)
    }

    /// Notes a fault of each of these rules.
    #[cold]
    pub(crate) fn raise(&mut self, slots: &[Slot], span: Span, message: Arguments<'_>) {
        for slot in slots {
            let known = self.position(*slot);
            if known.is_some_and(|at| self.first[at].span.start <= span.start) {
                continue;
            }
            let may_be_shown = self.policy.enforces(*slot)
                && self.shown.is_none_or(|earlier| span.start <= earlier);
            let message = if may_be_shown { message.to_string() } else { String::new() };
            if may_be_shown && self.policy.depends(*slot).is_empty() {
                self.shown = Some(span.start);
            }
            let fault = Fault { slot: *slot, span, message };
            match known {
                Some(at) => self.first[at] = fault,
                None => self.first.push(fault),
            }
        }
    }

    /// Adds the faults of a later part of the file.
    pub(crate) fn extend(&mut self, later: Faults<'_>) {
        for Fault { slot, span, message } in later.first {
            self.raise(&[slot], span, format_args!("{message}"));
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.first.clear();
        self.shown = None;
    }

    /// Takes out the first fault that the policy does not forgive.
    pub(crate) fn take_error(&mut self) -> Option<Error> {
        if self.first.is_empty() {
            return None;
        }
        let broken = self.broken();
        let counts = |at: &usize| broken[*at] && self.policy.enforces(self.first[*at].slot);
        let order = |at: &usize| (self.first[*at].span.start, self.first[*at].slot);
        let at = (0..self.first.len()).filter(counts).min_by_key(order)?;
        let Fault { slot, span, mut message } = self.first.swap_remove(at);
        let rule = self.policy.rule(slot).id.clone();
        message.push_str(&lifted(self.policy.dialect(), &rule));
        Some(Error::broken(rule, span, message))
    }

    /// Which rules count as broken: those with a fault, unless a rule that they
    /// depend on is broken too.
    fn broken(&self) -> Vec<bool> {
        let mut broken = vec![true; self.first.len()];
        // Dependencies form no cycle, so as many rounds as faults settle them; one or two do.
        for _ in 0..self.first.len() {
            let is_broken = |slot: &Slot| self.position(*slot).is_some_and(|at| broken[at]);
            let moot = |fault: &Fault| self.policy.depends(fault.slot).iter().any(is_broken);
            let next: Vec<bool> = self.first.iter().map(|fault| !moot(fault)).collect();
            if next == broken {
                break;
            }
            broken = next;
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use assay_spec::{Dialect, Disputed};

    use super::*;

    fn first(raised: &[(&str, u64)], disputed: Disputed) -> Option<String> {
        let policy = Policy::new(&Dialect::latest(), disputed);
        let rules = policy.dialect().rules();
        let mut faults = Faults::new(&policy);
        for (id, start) in raised {
            let at = rules.iter().position(|rule| rule.id.as_str() == *id).expect("it is a rule");
            faults.raise(&[Slot(at)], Span::new(*start, *start), format_args!("at {start}"));
        }
        let error = faults.take_error()?;
        Some(format!("{} {}", error.rule().expect("faults have rules"), error.message()))
    }

    #[test]
    fn the_first_fault_in_the_file_counts() {
        let raised = [("buffer/no-holes", 9), ("dtype/known", 40), ("dtype/known", 8)];
        assert_eq!(first(&raised, Disputed::Accept), Some("dtype/known at 8".into()));
        // At one position the order of the rules decides.
        let raised = [("buffer/no-holes", 8), ("dtype/known", 8), ("entry/is-object", 8)];
        assert_eq!(first(&raised, Disputed::Accept), Some("entry/is-object at 8".into()));
        assert_eq!(first(&[], Disputed::Accept), None);
    }

    #[test]
    fn what_is_disputed_or_advice_counts_as_the_policy_says() {
        let raised = [("entry/unknown-fields", 1), ("shape/rank", 2), ("dtype/known", 3)];
        assert_eq!(first(&raised, Disputed::Accept), Some("dtype/known at 3".into()));
        assert_eq!(first(&raised, Disputed::Reject), Some("shape/rank at 2".into()));
        assert_eq!(first(&raised[..1], Disputed::Reject), None);
    }

    #[test]
    fn a_rule_is_moot_when_one_it_depends_on_is_broken() {
        let raised = [("prefix/header-within-file", 0), ("prefix/header-not-empty", 4)];
        assert_eq!(first(&raised, Disputed::Accept), Some("prefix/header-not-empty at 4".into()));
    }

    #[test]
    fn what_is_not_shown_is_not_written() {
        let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
        let rules = policy.dialect().rules();
        let slot = |id| Slot(rules.iter().position(|rule| rule.id.as_str() == id).expect("a rule"));
        let mut faults = Faults::new(&policy);
        let at = |start| Span::new(start, start + 1);
        faults.raise(&[slot("buffer/no-holes")], at(20), format_args!("first"));
        faults.raise(&[slot("dtype/known")], at(21), format_args!("later"));
        faults.raise(&[slot("entry/is-object")], at(9), format_args!("earlier"));
        let written: Vec<&str> = faults.first.iter().map(|fault| &*fault.message).collect();
        assert_eq!(written, ["first", "", "earlier"]);
        // What is moot hides nothing.
        faults.clear();
        faults.raise(&[slot("prefix/header-within-file")], at(0), format_args!("moot"));
        faults.raise(&[slot("prefix/header-not-empty")], at(4), format_args!("shown"));
        assert_eq!(faults.take_error().expect("a fault").message(), "shown");
    }
}
