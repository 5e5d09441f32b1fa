//! What the rules of a dialect let a file do: linear bounds solved for one
//! quantity, and the limits that files from nothing must keep.

use std::collections::BTreeSet;

use assay_spec::check::{Comparison, IntegerDemand, Leading, Term, Trailing};
use assay_spec::{Check, Dialect, Dtype, DtypeClass, OnViolation, Rule};

/// Quantities of one file that linear rules speak of. What is absent is not judged.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    pub(crate) file_len: Option<u64>,
    pub(crate) prefix_n: Option<u64>,
    pub(crate) buffer_len: Option<u64>,
    pub(crate) depth: Option<u64>,
    pub(crate) rank: Option<u64>,
}

impl Facts {
    pub(crate) fn get(&self, term: &Term) -> Option<u64> {
        match term {
            Term::FileLen => self.file_len,
            Term::PrefixN => self.prefix_n,
            Term::BufferLen => self.buffer_len,
            Term::HeaderDepth => self.depth,
            Term::TensorRank => self.rank,
            Term::Limit(_) | Term::Constant(_) => None,
        }
    }
}

/// Values from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Interval {
    pub(crate) const ALL: Interval = Interval { low: 0, high: u64::MAX as i128 };

    pub(crate) fn holds(self, value: u64) -> bool {
        (self.low..=self.high).contains(&i128::from(value))
    }

    pub(crate) fn and(self, other: Interval) -> Interval {
        Interval { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    /// The values as integers of 64 bits, if there is one.
    pub(crate) fn ends(self) -> Option<(u64, u64)> {
        let both = self.and(Interval::ALL);
        (both.low <= both.high).then_some((both.low as u64, both.high as u64))
    }
}

/// A linear check, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Linear<'a> {
    pub(crate) left: &'a [Term],
    pub(crate) op: Comparison,
    pub(crate) right: &'a [Term],
}

impl<'a> Linear<'a> {
    pub(crate) fn of(rule: &'a Rule) -> Option<Linear<'a>> {
        match &rule.check {
            Check::Linear { left, op, right } => Some(Linear { left, op: *op, right }),
            _ => None,
        }
    }

    /// How often a term is counted, left minus right.
    pub(crate) fn coefficient(self, term: &Term) -> i128 {
        let count = |terms: &[Term]| terms.iter().filter(|other| *other == term).count() as i128;
        count(self.left) - count(self.right)
    }

    /// The values of `variable` that keep the check, the other terms being as in
    /// `facts`. `None` if another term is absent there or the variable does not matter.
    pub(crate) fn solve(
        self,
        dialect: &Dialect,
        variable: &Term,
        facts: &Facts,
    ) -> Option<Interval> {
        let sum = |terms: &[Term]| {
            terms.iter().filter(|term| *term != variable).try_fold(0_i128, |sum, term| {
                let value = dialect.constant(term).or_else(|| facts.get(term))?;
                Some(sum + i128::from(value))
            })
        };
        let rest = sum(self.right)? - sum(self.left)?;
        let times = self.coefficient(variable);
        let (lower, upper) = match self.op {
            Comparison::AtMost => (false, true),
            Comparison::AtLeast => (true, false),
            Comparison::Equal => (true, true),
        };
        // Dividing by a negative number turns the comparison round.
        let (lower, upper) = if times < 0 { (upper, lower) } else { (lower, upper) };
        let (rest, times) = if times < 0 { (-rest, -times) } else { (rest, times) };
        (times != 0).then(|| Interval {
            low: if lower { -(-rest).div_euclid(times) } else { Interval::ALL.low },
            high: if upper { rest.div_euclid(times) } else { Interval::ALL.high },
        })
    }

    /// Whether a file with these facts keeps the check; `None` if a term is absent.
    pub(crate) fn kept(self, dialect: &Dialect, facts: &Facts) -> Option<bool> {
        let sum = |terms: &[Term]| {
            terms.iter().try_fold(0_i128, |sum, term| {
                Some(sum + i128::from(dialect.constant(term).or_else(|| facts.get(term))?))
            })
        };
        let (left, right) = (sum(self.left)?, sum(self.right)?);
        Some(match self.op {
            Comparison::AtMost => left <= right,
            Comparison::AtLeast => left >= right,
            Comparison::Equal => left == right,
        })
    }
}

/// Values of a quantity that keep every linear rule on that quantity alone.
pub(crate) fn alone(dialect: &Dialect, variable: &Term) -> Interval {
    dialect
        .rules()
        .iter()
        .filter_map(|rule| Linear::of(rule)?.solve(dialect, variable, &Facts::default()))
        .fold(Interval::ALL, Interval::and)
}

/// Whether a file with these facts keeps every linear rule.
pub(crate) fn keeps_all(dialect: &Dialect, facts: &Facts) -> bool {
    dialect
        .rules()
        .iter()
        .filter_map(Linear::of)
        .all(|linear| linear.kept(dialect, facts) != Some(false))
}

/// The largest integer that no rule on integers objects to.
pub(crate) fn largest_integer(dialect: &Dialect) -> u64 {
    integer_bounds(dialect).map(|(_, bound)| bound).min().unwrap_or(u64::MAX)
}

/// Every rule that bounds integers, with its bound.
pub(crate) fn integer_bounds(dialect: &Dialect) -> impl Iterator<Item = (&Rule, u64)> {
    dialect.rules().iter().filter_map(|rule| match &rule.check {
        Check::UnsignedIntegers { demand: IntegerDemand::AtMost(term), .. } => {
            Some((rule, dialect.constant(term)?))
        }
        _ => None,
    })
}

/// The largest size of a tensor in bits.
pub(crate) fn largest_size_bits(dialect: &Dialect) -> u64 {
    dialect.limit("max_size_bits")
}

/// White space that may follow the header's JSON text.
pub(crate) fn padding(dialect: &Dialect) -> Vec<u8> {
    allowed(dialect, |check| match check {
        Check::TrailingBytes { judge: Trailing::Whitespace, allowed } => Some(allowed),
        _ => None,
    })
}

/// White space that may precede the header's JSON text.
pub(crate) fn leading(dialect: &Dialect) -> Vec<u8> {
    allowed(dialect, |check| match check {
        Check::LeadingBytes { judge: Leading::Whitespace, allowed } => Some(allowed),
        _ => None,
    })
}

/// JSON white space that every rule of a kind allows.
fn allowed(dialect: &Dialect, list: impl Fn(&Check) -> Option<&String>) -> Vec<u8> {
    let lists: Vec<&String> = dialect.rules().iter().filter_map(|rule| list(&rule.check)).collect();
    let kept = |byte: &u8| lists.iter().all(|list| list.as_bytes().contains(byte));
    JSON_WHITE_SPACE.iter().copied().filter(kept).collect()
}

/// White space as JSON knows it.
pub(crate) const JSON_WHITE_SPACE: &[u8] = b" \t\n\r";

/// A number that data start and tensors must be aligned to so that no rule
/// advises otherwise.
pub(crate) fn alignment(dialect: &Dialect) -> u64 {
    let start = dialect.limit("data_alignment").max(1);
    let widths: BTreeSet<u64> = dialect.dtypes().iter().filter_map(Dtype::bytes).collect();
    let all = widths.into_iter().fold(start, lcm);
    if all <= 4096 { all } else { start }
}

pub(crate) fn lcm(a: u64, b: u64) -> u64 {
    (a / gcd(a, b)).saturating_mul(b)
}

pub(crate) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// The fewest elements of a dtype that are whole bytes.
pub(crate) fn whole(dtype: &Dtype) -> u64 {
    8 / gcd(dtype.bits, 8)
}

/// The dtypes whose elements are whole bytes, the plainest and smallest first.
pub(crate) fn whole_dtypes(dialect: &Dialect) -> Vec<&Dtype> {
    let mut dtypes: Vec<&Dtype> =
        dialect.dtypes().iter().filter(|dtype| dtype.bytes().is_some()).collect();
    dtypes.sort_by_key(|dtype| (dtype.bits, dtype.class != DtypeClass::Uint));
    dtypes
}

/// The verdict of a file that breaks this rule and no graver one.
pub(crate) fn verdict_of(rule: &Rule) -> assay_spec::Verdict {
    match rule.on_violation {
        OnViolation::Reject => assay_spec::Verdict::Invalid,
        OnViolation::Either => assay_spec::Verdict::Either,
        OnViolation::Warn | OnViolation::None => assay_spec::Verdict::Valid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(left: &[Term], op: Comparison, right: &[Term], facts: Facts) -> Option<Interval> {
        Linear { left, op, right }.solve(&Dialect::latest(), &Term::PrefixN, &facts)
    }

    #[test]
    fn linear_checks_are_solved_exactly() {
        let (n, ten) = (Term::PrefixN, Term::Constant(10));
        let some = |low, high| Some(Interval { low, high });
        let max = Interval::ALL.high;
        let facts = Facts { file_len: Some(25), ..Facts::default() };
        let one = std::slice::from_ref(&n);
        let bound = std::slice::from_ref(&ten);
        assert_eq!(solve(one, Comparison::AtMost, bound, facts), some(0, 10));
        assert_eq!(solve(bound, Comparison::AtMost, one, facts), some(10, max));
        assert_eq!(solve(one, Comparison::Equal, bound, facts), some(10, 10));
        let twice = [n.clone(), n.clone(), ten.clone()];
        assert_eq!(solve(&twice, Comparison::AtMost, &[Term::FileLen], facts), some(0, 7));
        assert_eq!(solve(&twice, Comparison::AtLeast, &[Term::FileLen], facts), some(8, max));
        assert_eq!(solve(&[Term::FileLen], Comparison::AtMost, &twice, facts), some(8, max));
        assert_eq!(solve(bound, Comparison::AtMost, bound, facts), None);
        assert_eq!(solve(one, Comparison::AtMost, &[Term::BufferLen], facts), None);
    }

    #[test]
    fn whole_counts() {
        let mut dtype = Dialect::latest().dtypes()[0].clone();
        for (bits, count) in [(8, 1), (4, 2), (6, 4), (12, 2), (1, 8), (64, 1)] {
            dtype.bits = bits;
            assert_eq!(whole(&dtype), count, "{bits} bits");
        }
    }
}
