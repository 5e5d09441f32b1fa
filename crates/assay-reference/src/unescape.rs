//! Turns the text between a string's quotes into the string.

use alloc::string::String;
/// Values of hexadecimal digits; others have high bits.
pub(crate) const HEX: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u8;
        values[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// The code unit that four hexadecimal digits spell.
#[inline]
pub(crate) fn unit(digits: &[u8; 4]) -> Option<u16> {
    let [first, second, third, fourth] = digits.map(|digit| HEX[usize::from(digit)]);
    if (first | second | third | fourth) > 0xf {
        return None;
    }
    let bytes = [first << 4 | second, third << 4 | fourth];
    Some(u16::from_be_bytes(bytes))
}

/// Appends the string that `raw` stands for.
///
/// `raw` has passed the lexer and holds no lone surrogate.
pub(crate) fn unescape_into(raw: &str, out: &mut String) {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            let plain = bytes[at..].iter().take_while(|byte| **byte != b'\\').count();
            out.push_str(&raw[at..at + plain]);
            at += plain;
            continue;
        }
        let (character, len) = escape(&bytes[at + 1..]);
        out.push(character);
        at += 1 + len;
    }
}

/// The character of an escape, and how much of the text it takes after the backslash.
#[inline]
fn escape(text: &[u8]) -> (char, usize) {
    let character = match text.first().expect("the lexer saw what follows a backslash") {
        b'u' => return unit_escape(text),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        byte => char::from(*byte),
    };
    (character, 1)
}

/// The character of `uXXXX` or `uXXXX\uXXXX`, and how much of the text it takes.
#[inline]
fn unit_escape(text: &[u8]) -> (char, usize) {
    let unit_at = |from: usize| {
        let digits = text.get(from..).and_then(<[u8]>::first_chunk);
        u32::from(digits.and_then(unit).expect("the lexer saw four digits"))
    };
    let first = unit_at(1);
    if first < 0x80 {
        return (char::from(first as u8), 5);
    }
    let (code, len) = if (0xD800..=0xDBFF).contains(&first) {
        (0x1_0000 + ((first - 0xD800) << 10) + (unit_at(7) - 0xDC00), 11)
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
