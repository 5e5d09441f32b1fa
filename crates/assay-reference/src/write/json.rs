//! Spells JSON: one way for every text.

use std::fmt::Write as _;

/// Appends a string: quotes, backslashes and control characters escaped, all
/// other characters as they are.
pub(super) fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                write!(out, "\\u{:04x}", u32::from(character)).expect("a string takes all text");
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// Appends an array of integers.
pub(super) fn integers(integers: &[u64], out: &mut String) {
    out.push('[');
    for (turn, integer) in integers.iter().enumerate() {
        let comma = if turn > 0 { "," } else { "" };
        write!(out, "{comma}{integer}").expect("a string takes all text");
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_one_spelling() {
        for (text, spelled) in [
            ("", r#""""#),
            ("a/é😀\u{7f}\u{2028}", "\"a/é😀\u{7f}\u{2028}\""),
            ("\"\\\u{8}\u{c}\n\r\t", r#""\"\\\b\f\n\r\t""#),
            ("\0\u{1f}", r#""\u0000\u001f""#),
        ] {
            let mut out = String::new();
            string(text, &mut out);
            assert_eq!(out, spelled);
        }
    }

    #[test]
    fn arrays_are_compact() {
        let mut out = String::new();
        integers(&[], &mut out);
        integers(&[0, u64::MAX], &mut out);
        assert_eq!(out, "[][0,18446744073709551615]");
    }
}
