//! Whether a check asks for more or less than another.

use crate::check::{Aligned, Check, Comparison, IntegerDemand, SizeDemand, Term};
use crate::spec::Spec;

/// Which way a check has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// Some files that break the old one keep the new one.
    pub(super) looser: bool,
    /// Some files that keep the old one break the new one.
    pub(super) tighter: bool,
}

impl Moved {
    pub(super) const NOT: Moved = Moved { looser: false, tighter: false };
    pub(super) const LOOSER: Moved = Moved { looser: true, tighter: false };
    pub(super) const TIGHTER: Moved = Moved { looser: false, tighter: true };
    /// Nothing is known.
    const EITHER: Moved = Moved { looser: true, tighter: true };

    fn of<T: PartialOrd>(old: &T, new: &T) -> Moved {
        Moved { looser: new > old, tighter: new < old }
    }

    /// By what is allowed.
    fn of_sets<T: PartialEq>(old: &[T], new: &[T]) -> Moved {
        Moved {
            looser: new.iter().any(|one| !old.contains(one)),
            tighter: old.iter().any(|one| !new.contains(one)),
        }
    }

    fn reversed(self) -> Moved {
        Moved { looser: self.tighter, tighter: self.looser }
    }
}

/// Which way a check has moved, each with the tables it reads.
pub(super) fn moved(old: &Check, before: &Spec, new: &Check, after: &Spec) -> Moved {
    match (old, new) {
        (
            Check::Linear { left, op, right },
            Check::Linear { left: new_left, op: new_op, right: new_right },
        ) => {
            let old = Sum::of(left, right, before);
            let new = Sum::of(new_left, new_right, after);
            match (old, new) {
                (Some(old), Some(new)) if op == new_op => old.moved(&new, *op),
                _ => Moved::EITHER,
            }
        }
        (
            Check::LeadingBytes { judge, allowed },
            Check::LeadingBytes { judge: new_judge, allowed: new_allowed },
        ) if judge == new_judge => of_characters(allowed, new_allowed),
        (
            Check::TrailingBytes { judge, allowed },
            Check::TrailingBytes { judge: new_judge, allowed: new_allowed },
        ) if judge == new_judge => of_characters(allowed, new_allowed),
        (Check::ValueType { of, is }, Check::ValueType { of: new_of, is: new_is })
            if of == new_of =>
        {
            Moved::of_sets(is, new_is)
        }
        (
            Check::UnsignedIntegers { of, demand: IntegerDemand::AtMost(bound) },
            Check::UnsignedIntegers { of: new_of, demand: IntegerDemand::AtMost(new_bound) },
        ) if of == new_of => match (constant(bound, before), constant(new_bound, after)) {
            (Some(old), Some(new)) => Moved::of(&old, &new),
            _ if bound == new_bound => Moved::NOT,
            _ => Moved::EITHER,
        },
        (
            Check::UnsignedIntegers { of, demand },
            Check::UnsignedIntegers { of: new_of, demand: new_demand },
        ) if demand == new_demand => Moved::of_sets(of, new_of).reversed(),
        (
            Check::Alignment { of: Aligned::DataStart },
            Check::Alignment { of: Aligned::DataStart },
        ) => {
            let limit =
                |spec: &Spec| spec.tables.limits.get("data_alignment").map_or(1, |l| l.value);
            of_multiples(limit(before).max(1), limit(after).max(1))
        }
        (Check::ForeignMagic {}, Check::ForeignMagic {}) => {
            Moved::of_sets(&before.tables.magics, &after.tables.magics).reversed()
        }
        (Check::SizeEquation { demand }, Check::SizeEquation { demand: new_demand }) => {
            of_sizes(*demand, before, *new_demand, after)
        }
        _ if old == new => Moved::NOT,
        _ => Moved::EITHER,
    }
}

fn of_characters(old: &str, new: &str) -> Moved {
    Moved {
        looser: new.chars().any(|one| !old.contains(one)),
        tighter: old.chars().any(|one| !new.contains(one)),
    }
}

/// Multiples of what is demanded.
fn of_multiples(old: u64, new: u64) -> Moved {
    Moved { looser: !new.is_multiple_of(old), tighter: !old.is_multiple_of(new) }
}

fn of_sizes(old: SizeDemand, before: &Spec, new: SizeDemand, after: &Spec) -> Moved {
    use SizeDemand::{Fits, MatchesOffsets, MatchesOffsetsRoundedUp, NoOverflowBeforeZero};
    let limit = |spec: &Spec| spec.tables.limits.get("max_size_bits").map_or(0, |l| l.value);
    match (old, new) {
        (Fits, Fits) | (NoOverflowBeforeZero, NoOverflowBeforeZero) => {
            Moved::of(&limit(before), &limit(after))
        }
        // Besides whole bytes, only what the rule on whole bytes is about is judged otherwise.
        (MatchesOffsets, MatchesOffsetsRoundedUp) | (MatchesOffsetsRoundedUp, MatchesOffsets) => {
            Moved::NOT
        }
        _ if old == new => Moved::NOT,
        _ => Moved::EITHER,
    }
}

fn constant(term: &Term, spec: &Spec) -> Option<u64> {
    match term {
        Term::Limit(name) => spec.tables.limits.get(name).map(|limit| limit.value),
        Term::Constant(number) => Some(*number),
        _ => None,
    }
}

/// A linear check as what depends on the file on each side, and one number on the right.
struct Sum<'s> {
    left: alloc::vec::Vec<&'s Term>,
    right: alloc::vec::Vec<&'s Term>,
    constant: i128,
}

impl<'s> Sum<'s> {
    fn of(left: &'s [Term], right: &'s [Term], spec: &Spec) -> Option<Sum<'s>> {
        let of_file = |terms: &'s [Term]| {
            let mut terms: alloc::vec::Vec<&Term> =
                terms.iter().filter(|term| constant(term, spec).is_none()).collect();
            terms.sort_by_key(|term| format!("{term:?}"));
            terms
        };
        let total = |terms: &[Term]| -> i128 {
            terms.iter().filter_map(|term| constant(term, spec)).map(i128::from).sum()
        };
        let constant = total(right).checked_sub(total(left))?;
        Some(Sum { left: of_file(left), right: of_file(right), constant })
    }

    fn moved(&self, new: &Sum<'_>, op: Comparison) -> Moved {
        if self.left != new.left || self.right != new.right {
            return Moved::EITHER;
        }
        match op {
            Comparison::AtMost => Moved::of(&self.constant, &new.constant),
            Comparison::AtLeast => Moved::of(&self.constant, &new.constant).reversed(),
            Comparison::Equal if self.constant == new.constant => Moved::NOT,
            Comparison::Equal => Moved::EITHER,
        }
    }
}
