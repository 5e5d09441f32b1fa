//! Lexes JSON (RFC 8259) at positions of a text, without building values.

use assay_spec::check::JsonType;
use wide::u8x16;

use crate::unescape::unit;

/// A position in a header's bytes.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    bytes: &'t [u8],
    pub(crate) at: usize,
}

/// Where the text leaves the grammar, and what was expected there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GrammarError {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

/// A string as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawString {
    /// After the opening quote.
    pub(crate) start: usize,
    /// Before the closing quote.
    pub(crate) end: usize,
    pub(crate) escaped: bool,
    /// The first escape that is half of a surrogate pair without the other half.
    pub(crate) lone: Option<usize>,
}

/// Length of an escape of the form `\uXXXX`.
pub(crate) const UNIT_ESCAPE: usize = 6;

impl RawString {
    /// The string with its quotes.
    pub(crate) fn token(self) -> core::ops::Range<usize> {
        self.start - 1..self.end + 1
    }
}

/// A number as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawNumber {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Digits only: no sign, fraction or exponent.
    pub(crate) plain: bool,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Cursor { bytes: text.as_bytes(), at }
    }

    /// The byte here, if the text goes on.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The bytes from here on.
    #[inline]
    pub(crate) fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Passes over commas each followed by one digit, seven of them at a time;
    /// leaves the last few.
    pub(crate) fn skip_single_digits(&mut self) {
        while let Some(block) = self.rest().first_chunk() {
            let block = u8x16::new(*block);
            let values = block - u8x16::splat(b'0');
            let digits = values.min(u8x16::splat(9)).simd_eq(values).to_bitmask();
            let commas = block.simd_eq(u8x16::splat(b',')).to_bitmask();
            // The eighth digit may be the first of several.
            if commas & 0x5555 != 0x5555 || digits & 0x2aaa != 0x2aaa {
                return;
            }
            self.at += 14;
        }
    }

    /// How often a byte stands from here on, up to `most` times.
    pub(crate) fn run(&self, byte: u8, most: usize) -> usize {
        let (blocks, rest) = self.rest().as_chunks();
        let mut count = 0;
        for block in blocks {
            let others = u8x16::new(*block).simd_eq(u8x16::splat(byte)).to_bitmask() ^ 0xffff;
            count += others.trailing_zeros().min(16) as usize;
            if others != 0 || count >= most {
                return count.min(most);
            }
        }
        (count + rest.iter().take_while(|other| **other == byte).count()).min(most)
    }

    /// Passes over a byte if it stands here.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let stands = self.peek() == Some(byte);
        self.at += usize::from(stands);
        stands
    }

    /// Passes over white space.
    #[inline]
    pub(crate) fn skip_space(&mut self) {
        // A token stands here as a rule.
        if self.peek().is_some_and(|byte| byte > b' ') {
            return;
        }
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// An error at this position.
    #[cold]
    pub(crate) fn expected(&self, expected: &'static str) -> GrammarError {
        GrammarError { at: self.at, expected }
    }

    /// The type of the value that begins here.
    #[inline]
    pub(crate) fn kind(&self) -> Result<JsonType, GrammarError> {
        Ok(match self.peek() {
            Some(b'{') => JsonType::Object,
            Some(b'[') => JsonType::Array,
            Some(b'"') => JsonType::String,
            Some(b'-' | b'0'..=b'9') => JsonType::Number,
            Some(b't' | b'f') => JsonType::Boolean,
            Some(b'n') => JsonType::Null,
            _ => return Err(self.expected("a JSON value")),
        })
    }

    /// Passes over `true`, `false` or `null`.
    pub(crate) fn literal(&mut self) -> Result<(), GrammarError> {
        for literal in ["true", "false", "null"] {
            if self.bytes[self.at..].starts_with(literal.as_bytes()) {
                self.at += literal.len();
                return Ok(());
            }
        }
        Err(self.expected("`true`, `false` or `null`"))
    }

    /// Passes over a number.
    pub(crate) fn number(&mut self) -> Result<RawNumber, GrammarError> {
        let start = self.at;
        let mut plain = !self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        } else if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.expected("no digit after a leading zero"));
        }
        if self.eat(b'.') {
            plain = false;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            plain = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(RawNumber { start, end: self.at, plain })
    }

    fn digits(&mut self) -> Result<(), GrammarError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }

    /// Passes over a string.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<RawString, GrammarError> {
        if !self.eat(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at;
        self.skip_plain();
        if self.eat(b'"') {
            return Ok(RawString { start, end: self.at - 1, escaped: false, lone: None });
        }
        self.escaped_string(start)
    }

    /// Passes over characters that stand for themselves in a string.
    #[inline]
    fn skip_plain(&mut self) {
        while let Some(block) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let block = u8x16::new(*block);
            let controls = block.max(u8x16::splat(0x20)).simd_eq(block) ^ u8x16::splat(0xff);
            let ends = block.simd_eq(u8x16::splat(b'"')) | block.simd_eq(u8x16::splat(b'\\'));
            let marks = (ends | controls).to_bitmask();
            if marks != 0 {
                self.at += marks.trailing_zeros() as usize;
                return;
            }
            self.at += 16;
        }
        while self.peek().is_some_and(is_plain) {
            self.at += 1;
        }
    }

    /// The rest of a string that does not simply stand for itself.
    #[inline(never)]
    fn escaped_string(&mut self, start: usize) -> Result<RawString, GrammarError> {
        let mut surrogates = Surrogates::default();
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let at = self.at;
                    if let Some(unit) = self.escape()? {
                        surrogates.see(at, unit);
                    }
                    // Escapes come in runs, and runs end with the string.
                    if !matches!(self.peek(), Some(b'"' | b'\\')) {
                        self.skip_plain();
                    }
                }
                Some(_) => return Err(self.expected("no control character")),
                None => return Err(self.expected("the end of the string")),
            }
        }
        let end = self.at;
        self.at += 1;
        Ok(RawString { start, end, escaped, lone: surrogates.first_lone() })
    }

    /// Passes over an escape; gives the code unit of `\uXXXX`.
    fn escape(&mut self) -> Result<Option<u16>, GrammarError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(None)
            }
            Some(b'u') => {
                self.at += 1;
                let unit = self.unit()?;
                Ok(Some(unit))
            }
            _ => Err(self.expected("an escape character")),
        }
    }

    /// Passes over four hexadecimal digits.
    #[inline]
    fn unit(&mut self) -> Result<u16, GrammarError> {
        if let Some(digits) = self.rest().first_chunk()
            && let Some(unit) = unit(digits)
        {
            self.at += digits.len();
            return Ok(unit);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
            self.at += 1;
        }
        Err(self.expected("a hexadecimal digit"))
    }
}

/// JSON's white space.
#[inline]
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Pairs the surrogates among a string's escapes.
#[derive(Default)]
struct Surrogates {
    /// Where a high surrogate stands that waits for its low one.
    high: Option<usize>,
    lone: Option<usize>,
}

impl Surrogates {
    #[inline]
    fn see(&mut self, at: usize, unit: u16) {
        if !(0xD800..=0xDFFF).contains(&unit) && self.high.is_none() {
            return;
        }
        let waiting = self.high.take();
        let paired = waiting.is_some_and(|high| high + UNIT_ESCAPE == at);
        match unit {
            0xDC00..=0xDFFF if paired => return,
            0xDC00..=0xDFFF => self.lone = self.lone.or(waiting).or(Some(at)),
            _ => self.lone = self.lone.or(waiting),
        }
        if (0xD800..=0xDBFF).contains(&unit) {
            self.high = Some(at);
        }
    }

    fn first_lone(self) -> Option<usize> {
        self.lone.or(self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Result<RawString, GrammarError> {
        Cursor::new(text, 0).string()
    }

    #[test]
    fn numbers_follow_the_grammar() {
        for (text, end, plain) in [
            ("0", 1, true),
            ("10]", 2, true),
            ("-0", 2, false),
            ("2.0", 3, false),
            ("2e0,", 3, false),
            ("1E+10", 5, false),
        ] {
            let number = Cursor::new(text, 0).number();
            assert_eq!(number, Ok(RawNumber { start: 0, end, plain }), "{text}");
        }
        for (text, at) in [
            ("-", 1),
            ("01", 1),
            ("-00", 2),
            ("1.", 2),
            ("1.e5", 2),
            ("1e", 2),
            ("1e+", 3),
            ("-a", 1),
        ] {
            assert_eq!(Cursor::new(text, 0).number().map_err(|error| error.at), Err(at), "{text}");
        }
    }

    #[test]
    fn strings_follow_the_grammar() {
        let raw = |end, escaped| Ok(RawString { start: 1, end, escaped, lone: None });
        assert_eq!(string("\"\""), raw(1, false));
        assert_eq!(string("\"é\u{7f}\" "), raw(4, false));
        assert_eq!(string(r#""\u0000\"\/""#), raw(11, true));
        for (text, at) in [
            ("\"a", 2),
            ("\"\n\"", 1),
            (r#""\x""#, 2),
            (r#""\u00g0""#, 5),
            (r#""\"#, 2),
            ("'a'", 0),
        ] {
            assert_eq!(string(text).map_err(|error| error.at), Err(at), "{text}");
        }
    }

    #[test]
    fn surrogates_pair_only_next_to_each_other() {
        for (text, lone) in [
            (r#""\ud83d\ude00""#, None),
            (r#""\uD83D\uDE00\ud83d\ude00""#, None),
            (r#""a\ud83d""#, Some(2)),
            (r#""\ude00\ud83d""#, Some(1)),
            (r#""\ud83d \ude00""#, Some(1)),
            (r#""\ud83d\n\ude00""#, Some(1)),
            (r#""\ud83d\ud83d\ude00""#, Some(1)),
            (r#""\ud83d\ude00\ude00""#, Some(13)),
            (r#""\ud83d\u0041\ude00""#, Some(1)),
        ] {
            assert_eq!(string(text).map(|raw| raw.lone), Ok(lone), "{text}");
        }
    }

    #[test]
    fn runs_are_counted() {
        for len in 0..50 {
            for after in ["", "]", "]                "] {
                let text = "[".repeat(len) + after;
                for most in [0, 1, 16, 40, 64] {
                    assert_eq!(Cursor::new(&text, 0).run(b'[', most), len.min(most), "{text}");
                }
            }
        }
    }

    #[test]
    fn literals_are_whole_words() {
        for text in ["true", "false", "null"] {
            let mut cursor = Cursor::new(text, 0);
            assert_eq!(cursor.literal(), Ok(()));
            assert_eq!(cursor.at, text.len());
        }
        assert!(Cursor::new("nul", 0).literal().is_err());
        assert!(Cursor::new("True", 0).kind().is_err());
    }
}
