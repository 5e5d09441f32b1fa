//! Spells JSON: one way for every text.

use alloc::vec::Vec;
/// Appends a string: quotes, backslashes and control characters escaped, all
/// other characters as they are.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    // Almost no text needs any: so all of it is looked at at once first.
    let escapes = rest.iter().fold(false, |any, byte| any | must_be_escaped(*byte));
    while let Some(at) = first_escape(rest, escapes) {
        out.extend_from_slice(&rest[..at]);
        escape(rest[at], out);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn first_escape(text: &[u8], is_any: bool) -> Option<usize> {
    if is_any { text.iter().position(|byte| must_be_escaped(*byte)) } else { None }
}

/// Continuation bytes of UTF-8 are above all of these, so bytes will do.
fn must_be_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        0x8 => b'b',
        0xc => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend(
                [byte >> 4, byte & 0xf].map(|digit| b"0123456789abcdef"[usize::from(digit)]),
            );
            return;
        }
    };
    out.extend([b'\\', short]);
}

/// Appends integers, with commas between them.
#[cfg(feature = "std")]
pub(crate) fn integers(integers: &[u64], out: &mut Vec<u8>) {
    for (turn, value) in integers.iter().enumerate() {
        if turn > 0 {
            out.push(b',');
        }
        integer(*value, out);
    }
}

/// Appends an integer.
pub(crate) fn integer(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
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
            ("\0a\u{1f}b", r#""\u0000a\u001fb""#),
        ] {
            let mut out = Vec::new();
            string(text, &mut out);
            assert_eq!(out, spelled.as_bytes());
        }
    }

    #[test]
    fn arrays_are_compact() {
        for (values, spelled) in
            [(&[][..], ""), (&[0], "0"), (&[0, 10, 907, u64::MAX], "0,10,907,18446744073709551615")]
        {
            let mut out = Vec::new();
            integers(values, &mut out);
            assert_eq!(out, spelled.as_bytes());
        }
    }
}
