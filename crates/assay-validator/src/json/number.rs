//! Numbers by their spelling.

use super::reader::GrammarError;

/// Where the number that begins at `start` ends.
///
/// # Errors
/// Where the grammar is broken.
pub(super) fn end(text: &[u8], start: usize) -> Result<usize, GrammarError> {
    let mut at = start;
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    if text.get(at) == Some(&b'0') {
        at += 1;
        if text.get(at).is_some_and(u8::is_ascii_digit) {
            return Err(GrammarError { at, expected: "no digit after a leading zero" });
        }
    } else {
        at = digits(text, at)?;
    }
    if text.get(at) == Some(&b'.') {
        at = digits(text, at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(text.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(text, at)?;
    }
    Ok(at)
}

/// One digit or more.
fn digits(text: &[u8], from: usize) -> Result<usize, GrammarError> {
    let count = text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { Err(GrammarError { at: from, expected: "a digit" }) } else { Ok(from + count) }
}

/// A number that is spelled with digits only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plain {
    /// Its value.
    Fits(u64),
    /// It exceeds 64 bits.
    TooLarge,
}

/// The value of a JSON number spelled `0` or as digits beginning with another
/// digit; `None` for any other spelling.
pub(crate) fn plain_integer(number: &str) -> Option<Plain> {
    // JSON's grammar has seen to leading zeros.
    let mut value = Some(0_u64);
    for byte in number.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.and_then(|v| v.checked_mul(10)?.checked_add(u64::from(digit)));
    }
    Some(value.map_or(Plain::TooLarge, Plain::Fits))
}

/// Whether a JSON number's nearest double is finite.
pub(crate) fn is_finite_double(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_plain() {
        assert_eq!(plain_integer("0"), Some(Plain::Fits(0)));
        assert_eq!(plain_integer("18446744073709551615"), Some(Plain::Fits(u64::MAX)));
        assert_eq!(plain_integer("18446744073709551616"), Some(Plain::TooLarge));
        assert_eq!(plain_integer(&"9".repeat(10_000)), Some(Plain::TooLarge));
        for other in ["-0", "-2", "2.0", "2e0", "1E2"] {
            assert_eq!(plain_integer(other), None, "{other}");
        }
    }

    #[test]
    fn doubles_end_at_their_greatest() {
        assert!(is_finite_double("1e308"));
        assert!(is_finite_double("-1e-999"));
        assert!(!is_finite_double("1e309"));
        assert!(!is_finite_double("-1e999"));
        assert!(!is_finite_double(&"9".repeat(400)));
    }
}
