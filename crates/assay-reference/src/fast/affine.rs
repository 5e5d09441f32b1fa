//! Linear rules with everything added up that can be added up beforehand.

use assay_spec::Dialect;
use assay_spec::check::{Comparison, Term};

/// `sum of factor × quantity + constant`, which must not be below 0, or must be 0.
///
/// Quantities have 64 bits and factors count the terms of a rule, so nothing
/// here comes near the bounds of 128 bits.
#[derive(Debug)]
pub(super) struct Affine {
    file_len: i128,
    prefix_n: i128,
    buffer_len: i128,
    depth: i128,
    rank: i128,
    constant: i128,
    exactly: bool,
}

/// The lengths that rules speak of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    pub(super) file: u64,
    pub(super) header: u64,
    pub(super) buffer: u64,
}

impl Affine {
    /// A rule in which `left` must compare with `right` as `op` says.
    pub(super) fn new(left: &[Term], op: Comparison, right: &[Term], dialect: &Dialect) -> Affine {
        let mut sum = Affine {
            file_len: 0,
            prefix_n: 0,
            buffer_len: 0,
            depth: 0,
            rank: 0,
            constant: 0,
            exactly: op == Comparison::Equal,
        };
        let (greater, smaller) = match op {
            Comparison::AtMost => (right, left),
            Comparison::AtLeast | Comparison::Equal => (left, right),
        };
        greater.iter().for_each(|term| sum.add(term, 1, dialect));
        smaller.iter().for_each(|term| sum.add(term, -1, dialect));
        sum
    }

    fn add(&mut self, term: &Term, sign: i128, dialect: &Dialect) {
        match dialect.constant(term) {
            Some(constant) => self.constant += sign * i128::from(constant),
            None => *self.factor(term) += sign,
        }
    }

    fn factor(&mut self, term: &Term) -> &mut i128 {
        match term {
            Term::FileLen => &mut self.file_len,
            Term::PrefixN => &mut self.prefix_n,
            Term::BufferLen => &mut self.buffer_len,
            Term::HeaderDepth => &mut self.depth,
            Term::TensorRank => &mut self.rank,
            Term::Limit(_) | Term::Constant(_) => &mut self.constant,
        }
    }

    /// Whether the rule depends on nesting or on a number of dimensions.
    pub(super) fn names(&self, term: &Term) -> bool {
        match term {
            Term::HeaderDepth => self.depth != 0,
            Term::TensorRank => self.rank != 0,
            _ => false,
        }
    }

    /// Whether files of these lengths keep a rule that depends on nothing else.
    #[inline]
    pub(super) fn holds(&self, lengths: Lengths) -> bool {
        let sum = self.file_len * i128::from(lengths.file)
            + self.prefix_n * i128::from(lengths.header)
            + self.buffer_len * i128::from(lengths.buffer)
            + self.constant;
        if self.exactly { sum == 0 } else { sum >= 0 }
    }

    /// The bound below which all values of `of` keep the rule, itself included;
    /// `None` if there is none or if it depends on the file.
    pub(super) fn bound(&self, of: &Term) -> Option<u64> {
        let factor = if *of == Term::TensorRank { self.rank } else { self.depth };
        let by_file = [self.file_len, self.prefix_n, self.buffer_len];
        if by_file.iter().any(|factor| *factor != 0) || self.constant < 0 {
            return None;
        }
        match (self.exactly, factor) {
            (true, _) if self.constant != 0 => None,
            (true, _) => Some(0),
            (false, 0..) => Some(u64::MAX),
            (false, _) => Some(u64::try_from(self.constant / -factor).unwrap_or(u64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: Term = Term::PrefixN;
    const RANK: Term = Term::TensorRank;

    fn affine(left: &[Term], op: Comparison, right: &[Term]) -> Affine {
        Affine::new(left, op, right, &Dialect::latest())
    }

    #[test]
    fn lengths_are_compared_without_wrapping() {
        let within = affine(&[Term::Constant(8), N], Comparison::AtMost, &[Term::FileLen]);
        let holds = |header, file| within.holds(Lengths { file, header, buffer: 0 });
        assert!(holds(2, 10) && !holds(3, 10) && !holds(u64::MAX, u64::MAX) && !holds(0, 0));
        let exact = affine(&[Term::BufferLen], Comparison::Equal, &[N, N]);
        let holds = |header, buffer| exact.holds(Lengths { file: 0, header, buffer });
        assert!(holds(4, 8) && !holds(4, 7) && !holds(u64::MAX, u64::MAX - 1));
    }

    #[test]
    fn bounds_hold_for_all_smaller_values() {
        let c = Term::Constant;
        for (left, op, right, bound) in [
            (vec![RANK], Comparison::AtMost, vec![c(64)], Some(64)),
            (vec![RANK, RANK], Comparison::AtMost, vec![c(9)], Some(4)),
            (vec![RANK], Comparison::AtMost, vec![c(u64::MAX), c(9)], Some(u64::MAX)),
            (vec![RANK], Comparison::AtLeast, vec![c(0)], Some(u64::MAX)),
            (vec![RANK], Comparison::AtLeast, vec![c(1)], None),
            (vec![c(1), RANK], Comparison::AtMost, vec![c(0)], None),
            (vec![RANK], Comparison::Equal, vec![c(0)], Some(0)),
            (vec![RANK], Comparison::Equal, vec![c(2)], None),
            (vec![RANK], Comparison::AtMost, vec![N], None),
        ] {
            assert_eq!(affine(&left, op, &right).bound(&RANK), bound, "{left:?} {op:?} {right:?}");
        }
    }
}
