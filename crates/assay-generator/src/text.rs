//! JSON text in many spellings. What is written may be JSON or not: tokens are
//! written as they are given.

use crate::draw::Draw;
use crate::model::{Escapes, Spacing, Style};

/// A JSON value, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string, spelled in the document's style.
    Text(String),
    /// Bytes written as they are: numbers, literals, and anything that is wrong.
    Token(Vec<u8>),
    /// `[…]`
    Array(Vec<Value>),
    /// `{…}`
    Object(Vec<(Value, Value)>),
}

impl Value {
    pub(crate) fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    pub(crate) fn token(token: &str) -> Value {
        Value::Token(token.as_bytes().to_vec())
    }

    pub(crate) fn number(number: impl std::fmt::Display) -> Value {
        Value::Token(number.to_string().into_bytes())
    }

    /// An array of integers.
    pub(crate) fn integers(numbers: &[u64]) -> Value {
        Value::Array(numbers.iter().map(Value::number).collect())
    }
}

/// Writes a value in a style.
pub(crate) fn write(value: &Value, style: &Style) -> Vec<u8> {
    let mut writer =
        Writer { out: Vec::new(), style, draw: Draw::new(style.seed, "text"), level: 0 };
    writer.value(value);
    writer.out
}

/// A string's inside, without quotes, in a style.
pub(crate) fn escaped(text: &str, style: &Style) -> Vec<u8> {
    let quoted = write(&Value::text(text), style);
    quoted[1..quoted.len() - 1].to_vec()
}

struct Writer<'a> {
    out: Vec<u8>,
    style: &'a Style,
    draw: Draw,
    level: usize,
}

/// Places between tokens where white space may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Open,
    Close,
    BeforeComma,
    AfterComma,
    BeforeColon,
    AfterColon,
    /// Inside an empty array or object.
    Empty,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.string(text),
            Value::Token(token) => self.out.extend_from_slice(token),
            Value::Array(items) => self.list(*b"[]", items.len(), |writer, at| {
                writer.value(&items[at]);
            }),
            Value::Object(members) => self.list(*b"{}", members.len(), |writer, at| {
                let (key, value) = &members[at];
                writer.value(key);
                writer.gap(Gap::BeforeColon);
                writer.out.push(b':');
                writer.gap(Gap::AfterColon);
                writer.value(value);
            }),
        }
    }

    fn list(
        &mut self,
        [open, close]: [u8; 2],
        count: usize,
        mut item: impl FnMut(&mut Self, usize),
    ) {
        self.out.push(open);
        self.level += 1;
        for at in 0..count {
            if at > 0 {
                self.gap(Gap::BeforeComma);
                self.out.push(b',');
            }
            self.gap(if at == 0 { Gap::Open } else { Gap::AfterComma });
            item(self, at);
        }
        self.level -= 1;
        self.gap(if count == 0 { Gap::Empty } else { Gap::Close });
        self.out.push(close);
    }

    fn gap(&mut self, gap: Gap) {
        match self.style.spacing {
            Spacing::Compact => {}
            Spacing::Spaced => {
                if matches!(gap, Gap::AfterComma | Gap::AfterColon) {
                    self.out.push(b' ');
                }
            }
            Spacing::Lines => match gap {
                Gap::Open | Gap::AfterComma | Gap::Close => {
                    self.out.push(b'\n');
                    self.out.resize(self.out.len() + 2 * self.level, b' ');
                }
                Gap::AfterColon => self.out.push(b' '),
                Gap::BeforeComma | Gap::BeforeColon | Gap::Empty => {}
            },
            Spacing::Irregular => {
                for _ in 0..self.draw.below(4) {
                    let space = *self.draw.pick(b" \t\n\r");
                    self.out.push(space);
                }
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push(b'"');
        for character in text.chars() {
            self.character(character);
        }
        self.out.push(b'"');
    }

    fn character(&mut self, character: char) {
        match self.style.escapes {
            Escapes::Least => self.least(character),
            Escapes::NonAscii if character.is_ascii() && character != '\x7f' => {
                self.least(character);
            }
            Escapes::NonAscii => self.units(character, false),
            Escapes::Everything => self.units(character, true),
            Escapes::Mixed => match self.draw.below(4) {
                0 => self.units(character, false),
                1 => self.units(character, true),
                2 if character == '/' => self.out.extend_from_slice(b"\\/"),
                _ => self.least(character),
            },
        }
    }

    /// Only what must be escaped, in the short form where there is one.
    fn least(&mut self, character: char) {
        let short = match character {
            '"' => b'"',
            '\\' => b'\\',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            '\0'..='\x1f' => return self.units(character, false),
            _ => {
                let mut buffer = [0; 4];
                return self.out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }

    /// Escapes of UTF-16 units, a pair of them above U+FFFF.
    fn units(&mut self, character: char, upper: bool) {
        let mut buffer = [0; 2];
        for unit in character.encode_utf16(&mut buffer) {
            let digits = if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            self.out.extend_from_slice(digits.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Padding;

    fn style(spacing: Spacing, escapes: Escapes) -> Style {
        Style { spacing, escapes, padding: Padding::None, leading: Vec::new(), seed: 1 }
    }

    fn sample() -> Value {
        Value::Object(vec![(Value::text("a\n"), Value::integers(&[1, 2]))])
    }

    #[test]
    fn spacing_styles() {
        let text = |spacing| String::from_utf8(write(&sample(), &style(spacing, Escapes::Least)));
        assert_eq!(text(Spacing::Compact).unwrap(), r#"{"a\n":[1,2]}"#);
        assert_eq!(text(Spacing::Spaced).unwrap(), r#"{"a\n": [1, 2]}"#);
        assert_eq!(text(Spacing::Lines).unwrap(), "{\n  \"a\\n\": [\n    1,\n    2\n  ]\n}");
        let mut irregular = text(Spacing::Irregular).unwrap();
        assert!(irregular.contains([' ', '\t', '\r']));
        irregular.retain(|character| !character.is_whitespace());
        assert_eq!(irregular, r#"{"a\n":[1,2]}"#);
    }

    #[test]
    fn escape_styles() {
        let text = |escapes| {
            let inside = escaped("\u{1}\"é😀/", &style(Spacing::Compact, escapes));
            String::from_utf8(inside).unwrap()
        };
        assert_eq!(text(Escapes::Least), "\\u0001\\\"é😀/");
        assert_eq!(text(Escapes::NonAscii), "\\u0001\\\"\\u00e9\\ud83d\\ude00/");
        assert_eq!(text(Escapes::Everything), "\\u0001\\u0022\\u00E9\\uD83D\\uDE00\\u002F");
    }
}
