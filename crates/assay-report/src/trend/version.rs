//! The order of versions, as registries of all languages spell them.

use std::cmp::Ordering;

/// Numbers are compared as numbers, words as words. A word after the numbers makes a version
/// earlier (`1.0rc1` is before `1.0`), a number makes it later.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (parts(a).into_iter(), parts(b).into_iter());
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (Some(Part::Word(_)), None) => Ordering::Less,
            (None, Some(Part::Word(_))) => Ordering::Greater,
            (Some(Part::Number(_)), None) => Ordering::Greater,
            (None, Some(Part::Number(_))) => Ordering::Less,
            (Some(one), Some(other)) => one.cmp(&other),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Words come before numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Word(&'a str),
    /// Its digits without leading zeros: the longer number is the larger, whatever its length.
    Number((usize, &'a str)),
}

fn parts(version: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        let digit = first.is_ascii_digit();
        let same = |c: char| c.is_alphanumeric() && c.is_ascii_digit() == digit;
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end.max(first.len_utf8()));
        if digit {
            let digits = part.trim_start_matches('0');
            parts.push(Part::Number((digits.len(), digits)));
        } else if end > 0 && (parts.is_empty() || part != "v") {
            parts.push(Part::Word(part));
        }
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order() {
        let ordered = [
            "",
            "0.3.3",
            "0.4.5",
            "0.10.0",
            "0.10.0.1",
            "1.0.0-alpha.2",
            "1.0.0-rc.1",
            "1.0.0-rc.10",
            "1.0.0",
            "1.0.0.1",
            "2",
            "2026.4.1.0",
            "99999999999999999999999",
        ];
        for (at, a) in ordered.iter().enumerate() {
            for (other, b) in ordered.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&other), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn equal_numbers_differ_in_spelling_only() {
        assert_eq!(compare("1.02", "1.2"), "1.02".cmp("1.2"));
        assert_eq!(compare("v1.2.0", "v1.10.0"), Ordering::Less);
        assert_eq!(compare("é", "é"), Ordering::Equal);
    }
}
