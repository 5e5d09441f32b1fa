//! What strings mean: escapes, surrogate pairs, lone surrogates.

use std::borrow::Cow;

/// One unit of a decoded string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A character.
    Char(char),
    /// A `\u` escape of half a surrogate pair whose other half is missing.
    LoneSurrogate(u16),
}

/// The halves of a surrogate pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surrogate {
    High,
    Low,
}

pub(super) fn surrogate_kind(unit: u16) -> Option<Surrogate> {
    match unit {
        0xD800..=0xDBFF => Some(Surrogate::High),
        0xDC00..=0xDFFF => Some(Surrogate::Low),
        _ => None,
    }
}

/// The code unit of the escape `\uXXXX` at `at`, if one stands there.
pub(super) fn code_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
    digits
        .iter()
        .try_fold(0, |unit: u16, byte| Some(unit << 4 | char::from(*byte).to_digit(16)? as u16))
}

/// The string between the quotes of `raw`; `None` if it holds a lone surrogate.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.as_bytes().contains(&b'\\') {
        return Some(Cow::Borrowed(raw));
    }
    let decoded: Option<String> = units(raw)
        .map(|unit| match unit {
            Unit::Char(char) => Some(char),
            Unit::LoneSurrogate(_) => None,
        })
        .collect();
    decoded.map(Cow::Owned)
}

/// The units of a grammatical string, given without its quotes.
pub(crate) fn units(raw: &str) -> impl Iterator<Item = Unit> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let (unit, length) = first_unit(rest)?;
        rest = &rest[length..];
        Some(unit)
    })
}

/// The first unit of a string and how many bytes spell it.
fn first_unit(text: &str) -> Option<(Unit, usize)> {
    let first = text.chars().next()?;
    if first != '\\' {
        return Some((Unit::Char(first), first.len_utf8()));
    }
    let Some(unit) = code_unit(text.as_bytes(), 0) else {
        return Some((Unit::Char(short_escape(text.as_bytes().get(1).copied()?)), 2));
    };
    if let Some(char) = char::from_u32(u32::from(unit)) {
        return Some((Unit::Char(char), 6));
    }
    if let Some(low) = code_unit(text.as_bytes(), 6)
        && let Some(Ok(char)) = char::decode_utf16([unit, low]).next()
    {
        return Some((Unit::Char(char), 12));
    }
    Some((Unit::LoneSurrogate(unit), 6))
}

fn short_escape(letter: u8) -> char {
    match letter {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        itself => char::from(itself),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let decoded = decode(r#"a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00é"#).unwrap();
        assert_eq!(decoded, "a\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{1f600}é");
        assert!(matches!(decode("plain é"), Some(Cow::Borrowed("plain é"))));
    }

    #[test]
    fn a_lone_surrogate_has_no_value() {
        assert_eq!(decode(r"\ud83d"), None);
        assert_eq!(decode(r"\ude00\ud83d"), None);
        let all: Vec<Unit> = units(r"\ud83d\ud83d\ude00").collect();
        assert_eq!(all, [Unit::LoneSurrogate(0xD83D), Unit::Char('\u{1f600}')]);
    }
}
