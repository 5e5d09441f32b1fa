//! Words of findings: names quoted and shortened, lists, numbers with units.

use std::fmt::Write as _;

use assay_spec::check::JsonType;

use crate::facts::{Entry, Facts};
use crate::json::{Document, Node, Unit, units};
use crate::judgement::Words;

/// Longest quotation in characters: names and numbers can be as long as a header.
const LONGEST_QUOTATION: usize = 60;
/// Longest name in bytes that a finding carries in full. Many findings can be
/// about one tensor; a longer name stands shortened in the message only.
const LONGEST_NAME: usize = 1024;

/// The words of a finding about the tensor of an entry: tensor `a` …
pub(crate) fn about_tensor(facts: &Facts<'_>, entry: usize, what: &str) -> Words {
    of_tensor(facts, entry, |tensor| format!("{tensor} {what}"))
}

/// The words of a finding about something of the tensor of an entry.
pub(crate) fn of_tensor(
    facts: &Facts<'_>,
    entry: usize,
    message: impl FnOnce(&str) -> String,
) -> Words {
    let Some((document, object)) = facts.object() else { return message("a tensor").into() };
    let Entry { key, .. } = object.entries[entry];
    let tensor = format!("tensor {}", quote_string(document, key));
    Words { tensor: name(document, key), message: message(&tensor) }
}

fn name(document: &Document<'_>, key: Node) -> Option<String> {
    // An escape of 12 bytes can spell a character of 4.
    if document.raw_string(key).len() > LONGEST_NAME * 6 {
        return None;
    }
    document.string(key).filter(|name| name.len() <= LONGEST_NAME).map(|name| name.into_owned())
}

/// A string of the document, unescaped, in backticks.
pub(crate) fn quote_string(document: &Document<'_>, string: Node) -> String {
    quote_units(units(document.raw_string(string)))
}

/// Any value of the document as it is written, in backticks.
pub(crate) fn quote_raw(document: &Document<'_>, value: Node) -> String {
    quote(document.raw(value))
}

/// Any text in backticks.
pub(crate) fn quote(text: &str) -> String {
    quote_units(text.chars().map(Unit::Char))
}

fn quote_units(mut units: impl Iterator<Item = Unit>) -> String {
    let mut quoted = String::from("`");
    for unit in units.by_ref().take(LONGEST_QUOTATION) {
        match unit {
            Unit::Char(char @ ('"' | '\'')) => quoted.push(char),
            // Control characters, and others that do not show or that reorder what does.
            Unit::Char(char) => quoted.extend(char.escape_debug()),
            Unit::LoneSurrogate(code) => {
                write!(quoted, "\\u{code:04x}").expect("a string takes what it is given");
            }
        }
    }
    if units.next().is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// `1 byte`, `2 bytes`
pub(crate) fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

/// `1 byte belongs`, `2 bytes belong`
pub(crate) fn bytes_belong(count: u64) -> String {
    format!("{} belong{}", bytes(count), if count == 1 { "s" } else { "" })
}

/// `an array`, `null`
pub(crate) fn a_type(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Object => "an object",
        JsonType::Array => "an array",
        JsonType::String => "a string",
        JsonType::Number => "a number",
        JsonType::Boolean => "a boolean",
        JsonType::Null => "null",
    }
}

/// `an object or null`
fn any_of(kinds: &[JsonType]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| a_type(*kind)).collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// What a value must be that is of none of these types: `be an object or null`,
/// or `not be` if the type it is of is the only one left out.
pub(crate) fn be_any_of(kinds: &[JsonType]) -> String {
    let others: Vec<JsonType> =
        ALL_TYPES.into_iter().filter(|kind| !kinds.contains(kind)).collect();
    match others.as_slice() {
        [_] => "not be".to_owned(),
        _ => format!("be {}", any_of(kinds)),
    }
}

const ALL_TYPES: [JsonType; 6] = [
    JsonType::Object,
    JsonType::Array,
    JsonType::String,
    JsonType::Number,
    JsonType::Boolean,
    JsonType::Null,
];

/// A character as it can be shown, or the end of the header.
pub(crate) fn found(char: Option<char>) -> String {
    char.map_or("the end of the header".to_owned(), |char| quote(char.encode_utf8(&mut [0; 4])))
}

/// Characters in words: `spaces, `\n``.
pub(crate) fn characters(allowed: &str) -> String {
    let word = |char| if char == ' ' { "spaces".to_owned() } else { found(Some(char)) };
    let words: Vec<String> = allowed.chars().map(word).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_short_and_visible() {
        assert_eq!(quote("a\"b"), "`a\"b`");
        assert_eq!(quote("\u{1b}[2J\n\u{202e}"), "`\\u{1b}[2J\\n\\u{202e}`");
        assert_eq!(quote(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
        assert_eq!(quote(&"x".repeat(60)), format!("`{}`", "x".repeat(60)));
    }

    #[test]
    fn types_are_listed() {
        assert_eq!(any_of(&[JsonType::Object]), "an object");
        assert_eq!(any_of(&[JsonType::Object, JsonType::Null]), "an object or null");
        assert_eq!(
            any_of(&[JsonType::Array, JsonType::String, JsonType::Null]),
            "an array, a string or null"
        );
    }
}
