//! The faults seen while reading, at most one for each rule: its first.
//!
//! Reading goes on after a fault, because which rule the file breaks first is
//! decided at the end: by span, then by the order of the dialect's rules.

use alloc::string::String;
use alloc::vec::Vec;

use assay_spec::{RuleId, Span};

use crate::error::Error;
use crate::policy::{Policy, Slot};

/// For each rule its first fault in the order of the file's bytes.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// By slot; empty until the first fault, so that a clean file costs nothing.
    first: Vec<Option<Fault>>,
}

#[derive(Debug)]
struct Fault {
    span: Span,
    message: String,
}

impl Faults {
    /// Whether a fault there is, of one of these rules, the first so far.
    pub(crate) fn wants(&self, slots: &[Slot], span: Span) -> bool {
        slots.iter().any(|Slot(at)| match self.first.get(*at) {
            Some(Some(fault)) => span.start < fault.span.start,
            _ => true,
        })
    }

    /// Notes a fault of each of these rules.
    #[cold]
    pub(crate) fn raise(&mut self, slots: &[Slot], span: Span, message: impl FnOnce() -> String) {
        let earlier =
            |fault: &Option<Fault>| fault.as_ref().is_none_or(|f| span.start < f.span.start);
        let mut message = Some(message);
        let mut text = String::new();
        for Slot(at) in slots {
            if self.first.len() <= *at {
                self.first.resize_with(at + 1, || None);
            }
            if earlier(&self.first[*at]) {
                if let Some(message) = message.take() {
                    text = message();
                }
                self.first[*at] = Some(Fault { span, message: text.clone() });
            }
        }
    }

    /// Adds the faults of a later part of the file.
    pub(crate) fn extend(&mut self, later: Faults) {
        for (at, fault) in later.first.into_iter().enumerate() {
            if let Some(Fault { span, message }) = fault {
                self.raise(&[Slot(at)], span, || message);
            }
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.first.clear();
    }

    /// The first fault that the policy does not forgive.
    pub(crate) fn first_error(&self, policy: &Policy) -> Option<Error> {
        if self.first.iter().all(Option::is_none) {
            return None;
        }
        let broken = self.broken(policy);
        let rules = policy.dialect().rules();
        self.first
            .iter()
            .enumerate()
            .filter(|(at, _)| broken[*at] && policy.enforces(Slot(*at)))
            .filter_map(|(at, fault)| fault.as_ref().map(|fault| (at, fault)))
            .min_by_key(|(at, fault)| (fault.span.start, *at))
            .map(|(at, fault)| {
                Error::broken(rules[at].id.clone(), fault.span, fault.message.clone())
            })
    }

    /// Which rules count as broken: those with a fault, unless a rule that they
    /// depend on is broken too.
    fn broken(&self, policy: &Policy) -> Vec<bool> {
        let rules = policy.dialect().rules();
        let faulty = |at: usize| self.first.get(at).is_some_and(Option::is_some);
        let slot = |id: &RuleId| rules.iter().position(|rule| rule.id == *id);
        let mut broken: Vec<bool> = (0..rules.len()).map(faulty).collect();
        // Dependencies form no cycle, so as many rounds as rules settle them; one or two do.
        for _ in 0..rules.len() {
            let next: Vec<bool> = (0..rules.len())
                .map(|at| {
                    let moot = |id: &RuleId| slot(id).is_some_and(|on| broken[on]);
                    faulty(at) && !rules[at].depends.iter().any(moot)
                })
                .collect();
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
        let mut faults = Faults::default();
        for (id, start) in raised {
            let at = rules.iter().position(|rule| rule.id.as_str() == *id).expect("it is a rule");
            faults.raise(&[Slot(at)], Span::new(*start, *start), || format!("at {start}"));
        }
        let error = faults.first_error(&policy)?;
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
}
