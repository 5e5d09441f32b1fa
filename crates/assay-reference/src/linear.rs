//! Linear checks: sums of quantities that must compare in a given way.

use alloc::vec::Vec;
use core::fmt;

use assay_spec::Dialect;
use assay_spec::check::{Comparison, Term};

use crate::policy::Slot;

/// What is known of a file so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Quantities {
    pub(crate) file_len: u64,
    pub(crate) prefix_n: Option<u64>,
    pub(crate) buffer_len: Option<u64>,
    pub(crate) header_depth: Option<u64>,
    pub(crate) tensor_rank: Option<u64>,
}

impl Quantities {
    /// The value of a term; `None` while it is not known.
    pub(crate) fn value(&self, term: &Term, dialect: &Dialect) -> Option<u64> {
        match term {
            Term::FileLen => Some(self.file_len),
            Term::PrefixN => self.prefix_n,
            Term::BufferLen => self.buffer_len,
            Term::HeaderDepth => self.header_depth,
            Term::TensorRank => self.tensor_rank,
            Term::Limit(_) | Term::Constant(_) => dialect.constant(term),
        }
    }
}

/// A linear rule.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) slot: Slot,
    left: Sum,
    op: Comparison,
    right: Sum,
}

/// Terms that are added up: what does not depend on a file is added beforehand.
#[derive(Debug)]
struct Sum {
    terms: Vec<Term>,
    constant: u128,
    quantities: Vec<Term>,
}

impl Sum {
    fn new(terms: &[Term], dialect: &Dialect) -> Sum {
        let constants = terms.iter().filter_map(|term| dialect.constant(term));
        let depends = |term: &&Term| dialect.constant(term).is_none();
        Sum {
            terms: terms.to_vec(),
            constant: constants.map(u128::from).sum(),
            quantities: terms.iter().filter(depends).cloned().collect(),
        }
    }

    /// Terms are 64-bit, so 128 bits hold the sum of any number of them that fits in memory.
    fn value(&self, by: &Quantities, dialect: &Dialect) -> Option<u128> {
        self.quantities.iter().try_fold(self.constant, |sum, term| {
            by.value(term, dialect).map(|value| sum + u128::from(value))
        })
    }
}

/// What a linear rule is judged on, from the term that is known last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JudgedOn {
    File,
    Prefix,
    Buffer,
    Depth,
    Rank,
}

impl Linear {
    pub(crate) fn new(
        slot: Slot,
        left: &[Term],
        op: Comparison,
        right: &[Term],
        dialect: &Dialect,
    ) -> Linear {
        Linear { slot, left: Sum::new(left, dialect), op, right: Sum::new(right, dialect) }
    }

    /// Whether the rule is broken; not if a term is not known.
    pub(crate) fn is_broken(&self, by: &Quantities, dialect: &Dialect) -> bool {
        let sums = (self.left.value(by, dialect), self.right.value(by, dialect));
        let (Some(left), Some(right)) = sums else { return false };
        !match self.op {
            Comparison::AtMost => left <= right,
            Comparison::AtLeast => left >= right,
            Comparison::Equal => left == right,
        }
    }

    /// What it is judged on.
    pub(crate) fn judged_on(&self) -> JudgedOn {
        let has = |term: &Term| {
            self.left.quantities.contains(term) || self.right.quantities.contains(term)
        };
        if has(&Term::TensorRank) {
            JudgedOn::Rank
        } else if has(&Term::HeaderDepth) {
            JudgedOn::Depth
        } else if has(&Term::BufferLen) {
            JudgedOn::Buffer
        } else if has(&Term::PrefixN) {
            JudgedOn::Prefix
        } else {
            JudgedOn::File
        }
    }

    /// What a broken rule says: both sums with their values.
    pub(crate) fn message<'r>(&'r self, by: &'r Quantities, dialect: &'r Dialect) -> Message<'r> {
        Message { rule: self, by, dialect }
    }
}

/// What a broken rule says, of a file of which this much is known.
pub(crate) struct Message<'r> {
    rule: &'r Linear,
    by: &'r Quantities,
    dialect: &'r Dialect,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sum(&self.rule.left, f)?;
        f.write_str(match self.rule.op {
            Comparison::AtMost => " must be at most ",
            Comparison::AtLeast => " must be at least ",
            Comparison::Equal => " must equal ",
        })?;
        self.sum(&self.rule.right, f)
    }
}

impl Message<'_> {
    fn sum(&self, sum: &Sum, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (turn, term) in sum.terms.iter().enumerate() {
            f.write_str(if turn == 0 { "" } else { " + " })?;
            let value = self.by.value(term, self.dialect).unwrap_or_default();
            let name = match term {
                Term::FileLen => "the file's length",
                Term::PrefixN => "the declared header length",
                Term::BufferLen => "the byte buffer's length",
                Term::HeaderDepth => "the nesting depth",
                Term::TensorRank => "the number of dimensions",
                Term::Limit(name) => name,
                Term::Constant(_) => {
                    write!(f, "{value}")?;
                    continue;
                }
            };
            write!(f, "{name} ({value})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_wrap() {
        let dialect = Dialect::latest();
        let left = [Term::PrefixN, Term::Constant(u64::MAX)];
        let rule = Linear::new(Slot(0), &left, Comparison::AtMost, &[Term::FileLen], &dialect);
        let by = Quantities { file_len: u64::MAX, prefix_n: Some(1), ..Quantities::default() };
        assert!(rule.is_broken(&by, &dialect));
        assert!(!rule.is_broken(&Quantities { prefix_n: Some(0), ..by }, &dialect));
        assert!(!rule.is_broken(&Quantities { prefix_n: None, ..by }, &dialect));
    }

    #[test]
    fn all_comparisons_are_followed() {
        let dialect = Dialect::latest();
        let by = Quantities { tensor_rank: Some(3), ..Quantities::default() };
        for (op, right, broken) in [
            (Comparison::AtMost, 3, false),
            (Comparison::AtMost, 2, true),
            (Comparison::AtLeast, 3, false),
            (Comparison::AtLeast, 4, true),
            (Comparison::Equal, 3, false),
            (Comparison::Equal, 4, true),
        ] {
            let right = [Term::Constant(right)];
            let rule = Linear::new(Slot(0), &[Term::TensorRank], op, &right, &dialect);
            assert_eq!(rule.is_broken(&by, &dialect), broken, "{rule:?}");
            assert_eq!(rule.judged_on(), JudgedOn::Rank);
        }
    }
}
