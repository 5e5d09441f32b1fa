//! Breaking the JSON grammar. Each kind replaces a piece of a valid header:
//! a dimension, a tensor's name, the inside of the header object, or the text.

use super::{Bench, Kind, Pair};
use crate::text::{self, Value};

/// Slug, title, and what replaces the piece; `@` stands for the piece.
type Template = (&'static str, &'static str, &'static str);

pub(super) fn kinds() -> Vec<Kind> {
    let dimension = DIMENSION.iter().map(|template| kind(template, in_dimension));
    let name = NAME.iter().map(|template| kind(template, in_name));
    let object = OBJECT.iter().map(|template| kind(template, in_object));
    let first = FIRST.iter().map(|(slug, title, piece, by)| {
        Kind::new(*slug, *title, move |bench| {
            let document = bench.one_tensor()?;
            let broken = document.edited(|text| replace_first(&text, *piece, by.as_bytes()));
            Pair::new(broken, document.draft())
        })
    });
    dimension.chain(name).chain(object).chain(first).collect()
}

fn kind(template: &'static Template, make: fn(&mut Bench<'_>, &str) -> Option<Pair>) -> Kind {
    let (slug, title, with) = template;
    Kind::new(*slug, *title, move |bench| make(bench, with))
}

/// In place of a dimension. Numbers of JSON have no other spelling than the grammar's.
const DIMENSION: &[Template] = &[
    ("leading-zero", "a number with a leading zero", "0@"),
    ("plus-sign", "a number with a plus sign", "+@"),
    ("two-minus-signs", "a number with two minus signs", "--@"),
    ("minus-alone", "a minus sign without digits", "-"),
    ("hexadecimal", "a hexadecimal number", "0x@"),
    ("octal", "an octal number", "0o@"),
    ("digit-separator", "a digit separator", "@_0"),
    ("no-integer-part", "a number that begins with the point", ".@"),
    ("no-fraction", "a number that ends with the point", "@."),
    ("no-exponent", "an exponent without digits", "@e"),
    ("no-exponent-after-sign", "an exponent of a sign only", "@e+"),
    ("unit-suffix", "a number with a suffix", "@u"),
    ("full-width-digit", "a full-width digit", "\u{ff12}"),
    ("nan", "NaN", "NaN"),
    ("infinity", "Infinity", "Infinity"),
    ("minus-infinity", "-Infinity", "-Infinity"),
    ("undefined", "undefined", "undefined"),
    ("capital-literal", "a literal with a capital", "True"),
    ("short-literal", "a literal cut short", "nul"),
    ("literal-with-tail", "a literal with a letter more", "nulls"),
    ("parentheses", "parentheses around a number", "(@)"),
    ("trailing-comma-in-array", "a comma after the last element", "@,"),
    ("leading-comma-in-array", "a comma before the first element", ",@"),
    ("two-commas-in-array", "two commas between elements", "@,,@"),
    ("missing-comma-in-array", "no comma between elements", "@ @"),
    ("colon-in-array", "a colon between elements", "@:@"),
    ("unclosed-array", "an array that is not closed", "[@"),
    ("bracket-too-many", "a closing bracket too many", "@]"),
    ("array-closed-by-brace", "an array closed by a brace", "[@}"),
];

/// In place of a tensor's name, which is given without its quotation marks.
const NAME: &[Template] = &[
    ("single-quotes", "a key in single quotes", "'@'"),
    ("unquoted-key", "a key without quotation marks", "@"),
    ("number-as-key", "a number as key", "1"),
    ("null-as-key", "null as key", "null"),
    ("array-as-key", "an array as key", "[\"@\"]"),
    ("unterminated-string", "a string that is not closed", "\"@"),
    ("escaped-end", "a string whose closing quotation mark is escaped", "\"@\\\""),
    ("raw-control-character", "U+0001 not escaped", "\"@\u{1}\""),
    ("raw-nul", "U+0000 not escaped", "\"@\0\""),
    ("raw-tab", "a tab not escaped", "\"@\t\""),
    ("raw-line-feed", "a line feed not escaped", "\"@\n\""),
    ("raw-unit-separator", "U+001F not escaped", "\"@\u{1f}\""),
    ("hexadecimal-escape", "an escape of two hexadecimal digits", "\"@\\x41\""),
    ("octal-escape", "an octal escape", "\"@\\0\""),
    ("single-quote-escape", "an escaped single quote", "\"@\\'\""),
    ("capital-u-escape", "an escape with a capital U", "\"@\\U0041\""),
    ("braced-escape", "an escape with braces", "\"@\\u{41}\""),
    ("short-escape", "an escape of three digits", "\"@\\u041\""),
    ("signed-escape", "an escape with a sign among its digits", "\"@\\u+041\""),
    ("letter-in-escape", "an escape with a letter above F", "\"@\\u004G\""),
    ("escaped-line-end", "an escaped line feed", "\"@\\\n\""),
    ("two-strings", "two strings as one key", "\"@\" \"b\""),
];

/// In place of the header object; `@` stands for its inside.
const OBJECT: &[Template] = &[
    ("trailing-comma", "a comma after the last member", "{@,}"),
    ("leading-comma", "a comma before the first member", "{,@}"),
    ("semicolon", "a semicolon after the last member", "{@;}"),
    ("unclosed-object", "an object that is not closed", "{@"),
    ("object-closed-by-bracket", "an object closed by a bracket", "{@]"),
    ("value-without-key", "a value without a key", "{@,1}"),
    ("key-without-value", "a key without a value", "{@,\"b\"}"),
    ("key-and-colon-only", "a key and a colon without a value", "{@,\"b\":}"),
    ("comment-in-header", "a comment in the header", "{/**/@}"),
    ("line-comment", "a comment up to the line's end", "{// comment\n@}"),
    ("hash-comment", "a comment after a number sign", "{# comment\n@}"),
    ("comment-before-header", "a comment before the header's object", "/**/{@}"),
    ("nul-before-header", "a zero byte before the header's object", "\0{@}"),
    ("form-feed-as-space", "a form feed between tokens", "{\u{c}@}"),
    ("vertical-tab-as-space", "a vertical tab between tokens", "{\u{b}@}"),
    ("nul-as-space", "a zero byte between tokens", "{\0@}"),
    ("no-break-space", "a no-break space between tokens", "{\u{a0}@}"),
    ("byte-order-mark-inside", "a byte order mark between tokens", "{\u{feff}@}"),
    ("assignment", "an assignment to a variable", "x={@}"),
    ("only-an-open-brace", "an opening brace only", "{"),
    ("no-json", "a header that is no JSON at all", "safetensors"),
];

/// Slug, title, a piece of the text, and what replaces it where it first stands.
const FIRST: &[(&str, &str, u8, &str)] = &[
    ("missing-colon", "no colon between key and value", b':', " "),
    ("two-colons", "two colons between key and value", b':', "::"),
    ("equals-sign", "an equals sign between key and value", b':', "="),
    ("arrow", "an arrow between key and value", b':', "=>"),
    ("missing-comma", "no comma between members", b',', " "),
    ("two-commas", "two commas between members", b',', ",,"),
    ("semicolon-for-comma", "a semicolon between members", b',', ";"),
];

fn in_dimension(bench: &mut Bench<'_>, template: &str) -> Option<Pair> {
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let Value::Array(dimensions) = broken.field(&tensors[0].name, &bench.keys.shape) else {
        return None;
    };
    let last = dimensions.last_mut()?;
    let Value::Token(digits) = &*last else { return None };
    *last = Value::Token(fill(template, digits));
    Pair::new(broken.draft(), document.draft())
}

fn in_name(bench: &mut Bench<'_>, template: &str) -> Option<Pair> {
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let name = &tensors[0].name;
    let token = fill(template, &text::escaped(name, &document.style));
    let members = broken.members();
    let at = members.iter().position(|(key, _)| *key == Value::text(name))?;
    members[at].0 = Value::Token(token);
    Pair::new(broken.draft(), document.draft())
}

fn in_object(bench: &mut Bench<'_>, template: &str) -> Option<Pair> {
    let document = bench.one_tensor()?;
    let broken = document.edited(|text| fill(template, &text[1..text.len() - 1]));
    Pair::new(broken, document.draft())
}

fn fill(template: &str, piece: &[u8]) -> Vec<u8> {
    let mut filled = Vec::new();
    for byte in template.bytes() {
        match byte {
            b'@' => filled.extend_from_slice(piece),
            _ => filled.push(byte),
        }
    }
    filled
}

fn replace_first(text: &[u8], piece: u8, by: &[u8]) -> Vec<u8> {
    let at = text.iter().position(|byte| *byte == piece).unwrap_or(text.len() - 1);
    [&text[..at], by, &text[at + 1..]].concat()
}
