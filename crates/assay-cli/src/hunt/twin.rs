//! The nearest valid file: repairs first, then chance.

use assay_generator::{mutate, repairs};
use assay_spec::{Dialect, Verdict};
use assay_validator::validate;

/// Mutations that are tried where repairs do not get there.
const MUTATIONS: u64 = 20_000;
/// Distances are counted for files up to this length; beyond, lengths decide.
const COUNTED: usize = 600;

/// The valid file with the fewest bytes changed, of those that are found.
pub(crate) fn nearest(dialect: &Dialect, file: &[u8]) -> Option<Vec<u8>> {
    let is_valid = |file: &Vec<u8>| validate(file, dialect).verdict == Verdict::Valid;
    let repaired = repairs(dialect, file).into_iter().filter(is_valid);
    if let Some(best) = repaired.min_by_key(|other| (distance(file, other), other.clone())) {
        return Some(best);
    }
    let mutations = (0..MUTATIONS).map(|seed| mutate(file, seed)).filter(is_valid);
    mutations.min_by_key(|other| (distance(file, other), other.clone()))
}

/// How many bytes are to be put in, taken out or replaced (Levenshtein).
pub(crate) fn distance(one: &[u8], other: &[u8]) -> usize {
    if one.len().max(other.len()) > COUNTED {
        return one.len().abs_diff(other.len());
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(byte != against);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changed_bytes() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b"abc"), 0);
    }

    #[test]
    fn a_faulty_prefix_has_a_twin_with_the_right_one() {
        let right = b"\x02\0\0\0\0\0\0\0{}";
        let wrong = b"\x03\0\0\0\0\0\0\0{}";
        assert_eq!(nearest(&Dialect::latest(), wrong).as_deref(), Some(&right[..]));
    }
}
