//! Tokens of the general path: space, strings, escapes.

use super::Pass;
use super::words::{chunk, plain_end};
use crate::tables::TextRef;
use crate::unescape::{HEX, unit as unit_of};
use alloc::vec::Vec;

impl Pass<'_> {
    /// Passes over white space.
    #[inline(always)]
    pub(super) fn space(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(at) {
            at += 1;
        }
        at
    }

    /// Passes over a byte that must stand here.
    #[inline(always)]
    pub(super) fn eat(&self, at: usize, byte: u8) -> Option<usize> {
        (self.bytes.get(at) == Some(&byte)).then_some(at + 1)
    }

    /// Passes over a colon and the space around it.
    #[inline(always)]
    pub(super) fn colon(&self, at: usize) -> Option<usize> {
        Some(self.space(self.eat(self.space(at), b':')?))
    }

    /// A string, from after its opening quote; gives it and where it ends,
    /// closing quote included.
    #[inline(always)]
    pub(super) fn string(&mut self, at: usize) -> Option<(TextRef, usize)> {
        let (text, quote) = self.name(at)?;
        Some((text, quote + 1))
    }

    /// A string that first does not stand for itself at `stop`. Gives it and
    /// the position of its closing quote.
    #[inline(never)]
    pub(super) fn escaped(&mut self, at: usize, stop: usize) -> Option<(TextRef, usize)> {
        let out = &mut self.tables.unescaped;
        let from = out.len();
        let quote = unescape(self.bytes, at, stop, out, &mut self.foreign)?;
        let len = (out.len() - from) as u32;
        Some((TextRef { start: (self.bytes.len() + from) as u32, len }, quote))
    }
}

/// Appends the string that begins at `at` and first does not stand for itself
/// at `stop`; gives the position of its closing quote. `None` if it is no
/// string, or no text: a half of a surrogate pair alone.
pub(super) fn unescape(
    bytes: &[u8],
    mut at: usize,
    mut stop: usize,
    out: &mut Vec<u8>,
    foreign: &mut bool,
) -> Option<usize> {
    loop {
        out.extend_from_slice(&bytes[at..stop]);
        match bytes.get(stop)? {
            b'"' => return Some(stop),
            b'\\' => at = escape(bytes, stop + 1, out)?,
            _ => return None,
        }
        // Escapes come in runs, and runs end with the string.
        at = ascii_escapes(bytes, at, out);
        stop = match bytes.get(at) {
            Some(b'\\' | b'"') => at,
            _ => plain_end(bytes, at, foreign),
        };
    }
}

/// Passes over escapes of the form `\u00XX` that stand for ASCII.
#[inline(always)]
fn ascii_escapes(bytes: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    while let Some([b'\\', b'u', b'0', b'0', high, low]) = chunk(bytes, at) {
        let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
        if high > 7 || low > 15 {
            break;
        }
        if out.len() == out.capacity() {
            grow(out);
        }
        out.push(high << 4 | low);
        at += 6;
    }
    at
}

/// Room for four times as much: a text of escapes is a sixth of the header at
/// most, and was moved too often when its room doubled.
#[cold]
#[inline(never)]
fn grow(out: &mut Vec<u8>) {
    out.reserve(3 * out.len().max(64));
}

/// One escape, from after its backslash; gives where it ends.
#[inline(always)]
fn escape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    out.push(match bytes.get(at)? {
        byte @ (b'"' | b'\\' | b'/') => *byte,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unit_escape(bytes, at + 1, out),
        _ => return None,
    });
    Some(at + 1)
}

/// The four digits of a `\u` escape, and of the one after it if they are a pair.
#[inline(always)]
fn unit_escape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    let first = unit(bytes, at)?;
    if first < 0x80 {
        out.push(first as u8);
        return Some(at + 4);
    }
    let (code, end) = match first {
        0xd800..=0xdbff => {
            if bytes.get(at + 4..at + 6)? != b"\\u" {
                return None;
            }
            let second = unit(bytes, at + 6)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            (0x1_0000 + ((first - 0xd800) << 10) + second, at + 10)
        }
        _ => (first, at + 4),
    };
    // Also refuses the second half of a pair alone.
    let character = char::from_u32(code)?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Some(end)
}

/// Four hexadecimal digits.
#[inline(always)]
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(unit_of(chunk(bytes, at)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(text: &str) -> Option<String> {
        let mut out = Vec::new();
        let quote = unescape(text.as_bytes(), 0, 0, &mut out, &mut false);
        let stop = plain_end(text.as_bytes(), 0, &mut false);
        let mut again = Vec::new();
        assert_eq!(unescape(text.as_bytes(), 0, stop, &mut again, &mut false), {
            quote.or(unescape(text.as_bytes(), 0, stop, &mut Vec::new(), &mut false))
        });
        unescape(text.as_bytes(), 0, stop, &mut Vec::new(), &mut false)?;
        Some(String::from_utf8(again).unwrap())
    }

    #[test]
    fn every_escape_is_known() {
        for (text, string) in [
            ("\"", ""),
            ("plain é\"", "plain é"),
            (r#"\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#"\u0000a\u00e9\u4E2d\u007f\u0080""#, "\0aé中\u{7f}\u{80}"),
            (r#"\ud83d\ude00x\uD834\udd1e\uffff""#, "😀x𝄞\u{ffff}"),
            (r#"\\u0041" "a""#, "\\u0041"),
        ] {
            assert_eq!(unescaped(text).as_deref(), Some(string), "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for text in [
            "",
            "a",
            "\\",
            "\\\"",
            "\\x\"",
            "\\u\"",
            "\\u004\"",
            "\\u00g0\"",
            "a\nb\"",
            "\\u004",
            r#"\ud800""#,
            r#"\ud800a""#,
            r#"\ud800\n""#,
            r#"\ud800\ud800""#,
            r#"\udc00""#,
            r#"\udc00\ud800""#,
            r#"\ud83d\u0041""#,
            r#"\ud83d\ude0""#,
            r#"\ud83d\ue000""#,
        ] {
            assert_eq!(unescaped(text), None, "{text}");
        }
    }
}
