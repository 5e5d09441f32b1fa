//! The reader proper: one pass, no recursion, open brackets linked through the tape.

use super::document::Document;
use super::string::surrogate_kind;
use super::string::{Surrogate, code_unit};
use super::tape::Tape;
use super::{is_white, number};

/// Where and why a text is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GrammarError {
    /// Offset in the text of the byte that cannot stand there; the text's length at its end.
    pub(crate) at: usize,
    /// What could have stood there.
    pub(crate) expected: &'static str,
}

/// Reads one JSON value, from `from` on, white space before it allowed. What follows it is
/// not looked at. `base` is the offset in the file at which `text` begins.
///
/// # Errors
/// The first place where the grammar is broken.
pub(crate) fn read(text: &str, from: usize, base: u64) -> Result<Document<'_>, GrammarError> {
    let mut reader = Reader {
        text: text.as_bytes(),
        at: from,
        tape: Tape::for_text(text.len()),
        innermost: None,
        depth: 0,
        deepest: 0,
        lone_surrogates: Vec::new(),
    };
    reader.skip_white();
    reader.value()?;
    Ok(Document::new(text, base, reader.tape, reader.at, reader.deepest, reader.lone_surrogates))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    tape: Tape,
    /// Token of the innermost open bracket. While a bracket is open, its link
    /// is the index of the one around it plus 1, or 0: so no stack is needed.
    innermost: Option<usize>,
    depth: u64,
    deepest: u64,
    lone_surrogates: Vec<usize>,
}

impl Reader<'_> {
    /// One whole value, however nested.
    fn value(&mut self) -> Result<(), GrammarError> {
        loop {
            if self.begin_value()? {
                continue;
            }
            // A value is complete: the bracket around it goes on or closes.
            loop {
                let Some(open) = self.innermost else { return Ok(()) };
                let in_object = self.text[self.tape.start(open)] == b'{';
                self.skip_white();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if in_object {
                            self.key("a key in double quotes")?;
                        }
                        self.skip_white();
                        break;
                    }
                    Some(b'}') if in_object => self.close(open),
                    Some(b']') if !in_object => self.close(open),
                    _ if in_object => return self.fail("`,` or `}`"),
                    _ => return self.fail("`,` or `]`"),
                }
            }
        }
    }

    /// Reads a scalar or an empty container, or opens a container up to its
    /// first value, which is then still to be read: `true`.
    fn begin_value(&mut self) -> Result<bool, GrammarError> {
        match self.peek() {
            Some(b'{') => {
                let open = self.open();
                if self.peek() == Some(b'}') {
                    self.close(open);
                    return Ok(false);
                }
                self.key("a key in double quotes or `}`")?;
                self.skip_white();
                return Ok(true);
            }
            Some(b'[') => {
                let open = self.open();
                if self.peek() == Some(b']') {
                    self.close(open);
                    return Ok(false);
                }
                return Ok(true);
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            _ => return self.fail("a JSON value"),
        }
        Ok(false)
    }

    fn open(&mut self) -> usize {
        let parent = self.innermost.map_or(0, |open| open + 1);
        let open = self.tape.push(self.at, parent);
        self.innermost = Some(open);
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.at += 1;
        self.skip_white();
        open
    }

    fn close(&mut self, open: usize) {
        let parent = self.tape.link(open);
        let close = self.tape.push(self.at, open);
        self.tape.set_link(open, close);
        self.innermost = parent.checked_sub(1);
        self.depth -= 1;
        self.at += 1;
    }

    /// A key and the colon after it.
    fn key(&mut self, expected: &'static str) -> Result<(), GrammarError> {
        self.skip_white();
        if self.peek() != Some(b'"') {
            return self.fail(expected);
        }
        self.string()?;
        self.skip_white();
        if self.peek() != Some(b':') {
            return self.fail("`:` after the key");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), GrammarError> {
        let start = self.at;
        let mut has_lone_surrogate = false;
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F));
            self.at += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let escape = self.at;
                    if self.escape()? && !has_lone_surrogate {
                        has_lone_surrogate = true;
                        self.lone_surrogates.push(escape);
                    }
                }
                Some(_) => return self.fail("an escape: control characters cannot stand as such"),
                None => return self.fail("`\"` to end the string"),
            }
        }
        self.at += 1;
        self.tape.push(start, self.at);
        Ok(())
    }

    /// One escape, or a pair of surrogate escapes. Whether it is a lone surrogate.
    fn escape(&mut self) -> Result<bool, GrammarError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(false)
            }
            Some(b'u') => {
                self.at += 1;
                let first = self.four_digits()?;
                match surrogate_kind(first) {
                    None => Ok(false),
                    Some(Surrogate::Low) => Ok(true),
                    Some(Surrogate::High) => {
                        let second = code_unit(self.text, self.at);
                        let paired = second.and_then(surrogate_kind) == Some(Surrogate::Low);
                        self.at += if paired { 6 } else { 0 };
                        Ok(!paired)
                    }
                }
            }
            _ => self.fail("one of `\"\\/bfnrtu` after a backslash"),
        }
    }

    fn four_digits(&mut self) -> Result<u16, GrammarError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.fail("four hexadecimal digits after `\\u`");
            };
            unit = unit << 4 | digit as u16;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), GrammarError> {
        let start = self.at;
        self.at = number::end(self.text, start)?;
        self.tape.push(start, self.at);
        Ok(())
    }

    fn literal(&mut self, word: &'static str) -> Result<(), GrammarError> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return self.fail("a JSON value");
        }
        let start = self.at;
        self.at += word.len();
        self.tape.push(start, self.at);
        Ok(())
    }

    fn skip_white(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn fail<T>(&self, expected: &'static str) -> Result<T, GrammarError> {
        Err(GrammarError { at: self.at, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails_at(text: &str) -> usize {
        match read(text, 0, 0) {
            Ok(_) => panic!("{text} was read"),
            Err(error) => error.at,
        }
    }

    #[test]
    fn all_that_the_grammar_allows_is_read() {
        for text in [
            "{}",
            " [ ] ",
            "0",
            "-0",
            "-0.10e+05",
            "1E400",
            r#""\ud800""#,
            r#""\u0000\/\b\f\n\r\t\"\\""#,
            "\"\u{7f}\u{2028}\"",
            r#"{"":[{"":[true,false,null]}]}"#,
            "[\t[\r]\n,{ } , \"a\" ]",
        ] {
            let document = read(text, 0, 0);
            assert!(document.is_ok_and(|d| d.end() == text.trim_end().len()), "{text}");
        }
    }

    #[test]
    fn a_fault_is_found_at_its_byte() {
        for (text, at) in [
            ("", 0),
            ("  ", 2),
            ("{", 1),
            ("{,", 1),
            (r#"{"a"}"#, 4),
            (r#"{"a":}"#, 5),
            (r#"{"a":1,}"#, 7),
            (r#"{"a":1]"#, 6),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("[1}", 2),
            ("01", 1),
            ("-", 1),
            ("-01", 2),
            ("1.", 2),
            ("1.e5", 2),
            ("1e", 2),
            ("1e+", 3),
            (".5", 0),
            ("+1", 0),
            ("NaN", 0),
            ("nul", 0),
            ("'a'", 0),
            ("// x", 0),
            ("\"a\nb\"", 2),
            ("\"a", 2),
            (r#""\x""#, 2),
            (r#""\u12g4""#, 5),
            (r#""\"#, 2),
            (r#""\ud800\u12""#, 11),
        ] {
            assert_eq!(fails_at(text), at, "{text}");
        }
    }

    #[test]
    fn lone_surrogates_are_noted_once_a_string() {
        let text = r#"["\ud83d\ude00", "a\ud83d\ud83d\ude00", "\ude00\ud83d", "\ud83d"]"#;
        let document = read(text, 0, 0).unwrap();
        assert_eq!(document.lone_surrogates(), [19, 41, 57]);
    }
}
