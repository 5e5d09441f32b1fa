//! Turns the text between a string's quotes into the string.

use alloc::string::String;
/// Appends the string that `raw` stands for.
///
/// `raw` has passed the lexer and holds no lone surrogate.
pub(crate) fn unescape_into(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, len) = match escape.as_bytes().first() {
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(b'u') => unit_escape(escape),
            Some(byte) => (char::from(*byte), 1),
            None => break,
        };
        out.push(character);
        rest = &escape[len..];
    }
    out.push_str(rest);
}

/// The character of `uXXXX` or `uXXXX\uXXXX`, and how much of the text it takes.
fn unit_escape(escape: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = escape.get(from..from + 4).unwrap_or_default();
        u32::from_str_radix(digits, 16).expect("the lexer saw four digits")
    };
    let first = unit(1);
    let (code, len) = if (0xD800..=0xDBFF).contains(&first) {
        (0x1_0000 + ((first - 0xD800) << 10) + (unit(7) - 0xDC00), 11)
    } else {
        (first, 5)
    };
    (char::from_u32(code).expect("the lexer saw no lone surrogate"), len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_known() {
        for (raw, string) in [
            ("", ""),
            ("plain é", "plain é"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0000a\u00e9\u4E2d", "\0aé中"),
            (r"\ud83d\ude00x\uD834\udd1e", "😀x𝄞"),
            (r"\\u0041", "\\u0041"),
        ] {
            let mut out = String::new();
            unescape_into(raw, &mut out);
            assert_eq!(out, string, "{raw}");
        }
    }
}
