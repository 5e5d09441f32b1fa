//! The gallery's reader: JSON, as strict as RFC 8259 unless a fault loosens it.

use super::fault::Fault;
use super::reader::{Reader, Step, Stop, refuse};

/// A JSON value. Numbers keep their spelling, objects their repeated keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Object(Vec<(Text, Value)>),
    Array(Vec<Value>),
    String(Text),
    Number(String),
    Boolean(bool),
    Null,
}

/// A string as it stands in the header and as it is meant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) raw: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Levels that the stack of a parser that calls itself has room for. Real ones
/// give out between some thousand and some hundred thousand.
const STACK_LEVELS: u64 = 1_000;

/// Bytes of memory that a value takes.
const VALUE_BYTES: u64 = 48;

pub(crate) struct Parser<'a> {
    reader: &'a Reader<'a>,
    text: &'a [u8],
    at: usize,
    depth: u64,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(reader: &'a Reader<'a>, text: &'a [u8]) -> Self {
        Parser { reader, text, at: 0, depth: 0 }
    }

    fn has(&self, fault: Fault) -> bool {
        self.reader.has(fault)
    }

    /// The header's value, and where it ends in the text.
    pub(crate) fn document(mut self) -> Step<(Value, usize)> {
        if self.text.is_empty() && self.has(Fault::EmptyHeaderAccepted) {
            return Ok((Value::Object(Vec::new()), 0));
        }
        if self.has(Fault::DepthCountsStrings) {
            self.count_brackets()?;
        }
        self.skip_space();
        let root = self.value()?;
        let end = self.at;
        self.skip_space();
        if self.at < self.text.len() && !self.has(Fault::JunkAfterIgnored) {
            return refuse("something follows the header's object");
        }
        Ok((root, end))
    }

    fn count_brackets(&self) -> Step<()> {
        let mut depth = 0_u64;
        for byte in self.text {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > self.reader.dialect.limit("max_json_depth") {
                return refuse("too deep");
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            match self.rest() {
                // Padding may be a hundred million spaces long.
                [b' ' | b'\t' | b'\n' | b'\r', ..] => {
                    self.run(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
                }
                [0x0b | 0x0c, ..] if self.has(Fault::SpaceByLocale) => self.at += 1,
                [0xc2, 0xa0, ..] if self.has(Fault::SpaceByLocale) => self.at += 2,
                rest @ [b'/', b'/', ..] if self.has(Fault::CommentsAllowed) => {
                    let line = rest.iter().position(|byte| *byte == b'\n');
                    self.at += line.unwrap_or(rest.len());
                }
                rest @ [b'/', b'*', ..] if self.has(Fault::CommentsAllowed) => {
                    let close = rest.windows(2).skip(2).position(|pair| pair == b"*/");
                    self.at += close.map_or(rest.len(), |at| at + 4);
                }
                _ => return,
            }
        }
    }

    fn value(&mut self) -> Step<Value> {
        self.reader.allocate(VALUE_BYTES)?;
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"' | b'\'') => self.string().map(Value::String),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => refuse("the header is cut short"),
        }
    }

    fn object(&mut self) -> Step<Value> {
        let mut members = Vec::new();
        self.items(b'}', &mut |parser| {
            let key = parser.key()?;
            parser.skip_space();
            if !parser.take(b':') {
                return refuse("a key without a value");
            }
            parser.skip_space();
            members.push((key, parser.value()?));
            Ok(())
        })?;
        Ok(Value::Object(members))
    }

    fn array(&mut self) -> Step<Value> {
        let mut elements = Vec::new();
        self.items(b']', &mut |parser| {
            elements.push(parser.value()?);
            Ok(())
        })?;
        Ok(Value::Array(elements))
    }

    /// What stands between brackets, with commas between.
    fn items(&mut self, close: u8, item: &mut dyn FnMut(&mut Self) -> Step<()>) -> Step<()> {
        self.enter()?;
        self.at += 1;
        self.skip_space();
        if self.take(close) {
            self.leave();
            return Ok(());
        }
        loop {
            if self.at == self.text.len() && self.has(Fault::UnclosedAccepted) {
                break;
            }
            item(self)?;
            self.skip_space();
            if self.take(close) {
                break;
            }
            if self.at == self.text.len() && self.has(Fault::UnclosedAccepted) {
                break;
            }
            if !self.take(b',') && !self.has(Fault::CommasOptional) {
                return refuse("no comma and no closing bracket");
            }
            self.skip_space();
            if self.has(Fault::TrailingCommaAllowed) && self.take(close) {
                break;
            }
        }
        self.leave();
        Ok(())
    }

    fn enter(&mut self) -> Step<()> {
        self.depth += 1;
        let limit = self.reader.dialect.limit("max_json_depth");
        let limit = match () {
            () if self.has(Fault::DepthUnlimited) && self.depth > STACK_LEVELS => {
                return Err(Stop::Crash("the stack gives out"));
            }
            () if self.has(Fault::DepthUnlimited) => u64::MAX,
            () if self.has(Fault::DepthOneMore) => limit + 1,
            () if self.has(Fault::DepthLower) => limit / 2,
            () => limit,
        };
        if self.depth > limit { refuse("too deep") } else { Ok(()) }
    }

    fn leave(&mut self) {
        if !self.has(Fault::DepthNeverLeft) {
            self.depth -= 1;
        }
    }

    fn key(&mut self) -> Step<Text> {
        let bare = self.peek().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if bare && self.has(Fault::BareKeysAllowed) {
            let key = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return Ok(Text { raw: key.to_vec(), value: key.to_vec() });
        }
        self.string()
    }

    /// Takes bytes as long as they are of a kind.
    fn run(&mut self, kind: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let taken = rest.iter().position(|byte| !kind(*byte)).unwrap_or(rest.len());
        self.at += taken;
        &rest[..taken]
    }

    fn word(&mut self) -> Step<Value> {
        let word = self.run(|byte| byte.is_ascii_alphabetic());
        match word {
            b"true" => Ok(Value::Boolean(true)),
            b"false" => Ok(Value::Boolean(false)),
            b"null" => Ok(Value::Null),
            b"NaN" | b"Infinity" if self.has(Fault::NanAllowed) => {
                Ok(Value::Number(String::from_utf8_lossy(word).into_owned()))
            }
            [first, ..] if self.has(Fault::WordsByFirstLetter) => match first {
                b't' => Ok(Value::Boolean(true)),
                b'f' => Ok(Value::Boolean(false)),
                b'n' => Ok(Value::Null),
                _ => refuse("an unknown word"),
            },
            _ => refuse("an unknown word"),
        }
    }

    fn number(&mut self) -> Step<Value> {
        if let [b'-', b'I', ..] = self.rest()
            && self.has(Fault::NanAllowed)
        {
            self.at += 1;
            return self.word();
        }
        if self.has(Fault::DecimalComma) {
            let text = self.run(|byte| byte.is_ascii_digit() || b"-+.eE,".contains(&byte));
            let text = text.strip_suffix(b",").inspect(|_| self.at -= 1).unwrap_or(text);
            return Ok(Value::Number(String::from_utf8_lossy(text).into_owned()));
        }
        let run = self.run(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte));
        let text = String::from_utf8_lossy(run).into_owned();
        if is_number(&text) || self.lets_through(&text) {
            return Ok(Value::Number(text));
        }
        refuse("not a number")
    }

    /// Whether a fault takes what JSON does not call a number.
    fn lets_through(&self, text: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit()) && !text.is_empty();
        let loose = Fault::IntegersByStrtol;
        self.has(Fault::NumbersLoose) && text.bytes().any(|byte| byte.is_ascii_digit())
            || self.has(loose) && text.starts_with(|c: char| c.is_ascii_digit())
            || self.has(Fault::LeadingZerosAllowed) && digits(text)
            || self.has(Fault::LeadingZeroIsOctal) && digits(text)
            || self.has(Fault::PlusAllowed) && text.strip_prefix('+').is_some_and(digits)
            || self.has(Fault::HexAllowed)
                && text.to_ascii_lowercase().strip_prefix("0x").is_some_and(hex)
            || self.has(Fault::UnderscoresInNumbers)
                && text.starts_with(|c: char| c.is_ascii_digit())
                && digits(&text.replace('_', ""))
    }

    fn string(&mut self) -> Step<Text> {
        let quote = match self.peek() {
            Some(b'"') => b'"',
            Some(b'\'') if self.has(Fault::SingleQuotesAllowed) => b'\'',
            _ => return refuse("no string where one must stand"),
        };
        self.at += 1;
        let start = self.at;
        let mut value = Vec::new();
        loop {
            match self.peek() {
                None => return refuse("a string is not closed"),
                Some(byte) if byte == quote => break,
                Some(b'\\') => self.escape(&mut value)?,
                Some(0..=0x1f) if !self.has(Fault::ControlCharactersAllowed) => {
                    return refuse("a control character in a string");
                }
                Some(byte) => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
        let raw = self.text[start..self.at].to_vec();
        self.at += 1;
        Ok(Text { raw, value })
    }

    fn escape(&mut self, value: &mut Vec<u8>) -> Step<()> {
        self.at += 1;
        let Some(letter) = self.peek() else { return refuse("a string is not closed") };
        self.at += 1;
        match letter {
            b'"' | b'\\' | b'/' => value.push(letter),
            b'b' => value.push(0x08),
            b'f' => value.push(0x0c),
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            b'u' => return self.unicode(value),
            _ if self.has(Fault::UnknownEscapesKept) => value.push(letter),
            _ => return refuse("an unknown escape"),
        }
        Ok(())
    }

    fn unicode(&mut self, value: &mut Vec<u8>) -> Step<()> {
        let unit = self.four_digits()?;
        if self.has(Fault::EscapesToOneByte) {
            value.push(unit as u8);
            return Ok(());
        }
        if let Some(character) = char::from_u32(unit) {
            value.extend(character.encode_utf8(&mut [0; 4]).bytes());
            return Ok(());
        }
        let is_high = (0xd800..0xdc00).contains(&unit);
        if is_high && self.rest().starts_with(b"\\u") && !self.has(Fault::SurrogatesApart) {
            let back = self.at;
            self.at += 2;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                let character = char::from_u32(code).expect("pairs make scalar values");
                value.extend(character.encode_utf8(&mut [0; 4]).bytes());
                return Ok(());
            }
            self.at = back;
        }
        if self.has(Fault::LoneSurrogatesDropped) {
            return Ok(());
        }
        if self.has(Fault::LoneSurrogatesReplaced) {
            value.extend("\u{fffd}".bytes());
            return Ok(());
        }
        if self.has(Fault::LoneSurrogatesKept) || self.has(Fault::SurrogatesApart) {
            let bits = [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)];
            value.extend(bits.map(|byte| byte as u8));
            return Ok(());
        }
        refuse("half a pair of surrogates")
    }

    fn four_digits(&mut self) -> Step<u32> {
        let digits = self.rest().get(..4).filter(|four| four.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else { return refuse("an escape without four digits") };
        self.at += 4;
        let text = std::str::from_utf8(digits).expect("digits are ASCII");
        Ok(u32::from_str_radix(text, 16).expect("four digits are a number"))
    }
}

/// Whether this is a number of RFC 8259.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
