//! Edges of rules on text: encoding, white space, grammar, magic numbers.

use assay_spec::check::Text;

use super::Boundary;
use crate::bounds;
use crate::model::{Escapes, Padding, Spacing};
use crate::text::Value;
use crate::violate::Bench;

/// Characters at the ends of what one to four bytes of UTF-8 encode.
const CHARACTERS: [char; 12] = [
    '\u{20}',
    '\u{7f}',
    '\u{80}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10000}',
    '\u{fffff}',
    '\u{10ffff}',
];

pub(super) fn encoding(bench: &mut Bench<'_>, of: Text) -> Option<Vec<Boundary>> {
    let mut made = Vec::new();
    bench.style.escapes = match of {
        Text::Header => Escapes::Least,
        Text::Strings => Escapes::Everything,
    };
    for character in CHARACTERS {
        let mut tensors = bench.tensors(1)?;
        tensors[0].name = format!("a{character}b");
        let code = format!("U+{:04X}", u32::from(character));
        let draft = bench.document(&tensors).draft();
        let how = if of == Text::Header { "as it is" } else { "as an escape" };
        made.push(Boundary::valid(super::slug(&code), format!("{code} {how}"), draft));
    }
    Some(made)
}

pub(super) fn leading(bench: &mut Bench<'_>, allowed: &str) -> Option<Vec<Boundary>> {
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let mut made =
        vec![Boundary::valid("nothing", "a header that begins with its brace", document.draft())];
    for character in allowed.chars() {
        let code = format!("U+{:04X}", u32::from(character));
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let draft = document.edited(|text| [bytes, &text].concat());
        made.push(Boundary::valid(super::slug(&code), format!("{code} before the header"), draft));
    }
    Some(made)
}

pub(super) fn trailing(bench: &mut Bench<'_>, allowed: &str) -> Option<Vec<Boundary>> {
    let tensors = bench.tensors(1)?;
    let mut document = bench.document(&tensors);
    document.style.padding = Padding::None;
    let mut made =
        vec![Boundary::valid("nothing", "a header that ends with its brace", document.draft())];
    for byte in allowed.bytes().filter(u8::is_ascii) {
        for count in [1, 7, 8, 5000] {
            document.style.padding = Padding::Bytes { byte, count };
            let slug = format!("{count}-times-{byte:02x}");
            let title = format!("{count} times the byte {byte:#04x} after the header's object");
            made.push(Boundary::valid(slug, title, document.draft()));
        }
    }
    Some(made)
}

/// Every header length that spells another format's first bytes.
pub(super) fn magics(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let byte = bounds::padding(bench.dialect).first().copied()?;
    let mut made = Vec::new();
    for (magic, length) in crate::violate::magics(bench) {
        let mut document = bench.document(&[]);
        document.style.padding = Padding::UpTo { byte, len: length };
        let spelled: String = magic.iter().map(|byte| format!("{byte:02x}")).collect();
        made.push(Boundary::new(
            format!("magic-{spelled}"),
            format!("a header of {length} bytes, so that the file begins with {spelled}"),
            bounds::verdict_of(bench.rule),
            document.draft(),
        ));
    }
    Some(made)
}

/// Everything odd that the grammar allows.
pub(super) fn grammar(bench: &mut Bench<'_>) -> Option<Vec<Boundary>> {
    let mut made = Vec::new();
    for (slug, title, spacing, escapes) in [
        (
            "white-space-everywhere",
            "white space of all kinds between tokens",
            Spacing::Irregular,
            Escapes::Least,
        ),
        ("escapes-everywhere", "every character escaped", Spacing::Compact, Escapes::Everything),
        ("lines", "a header of many lines", Spacing::Lines, Escapes::Least),
    ] {
        let mut bench = bench.clone();
        bench.need_metadata();
        bench.style.spacing = spacing;
        bench.style.escapes = escapes;
        let tensors = bench.tensors(2)?;
        made.push(Boundary::valid(slug, title, bench.document(&tensors).draft()));
    }
    let tensors = bench.tensors(1)?;
    for (slug, title, token) in [
        ("short-escapes", "every short escape", r#""\"\\\/\b\f\n\r\t""#),
        ("escaped-nul", "U+0000 as an escape", r#""\u0000""#),
        ("raw-delete", "U+007F as it is", "\"\u{7f}\""),
        ("raw-line-separator", "U+2028 as it is", "\"\u{2028}\""),
        ("hexadecimal-cases", "an escape of digits in both cases", r#""\u00eF""#),
    ] {
        let mut document = bench.document(&tensors);
        let members = document.members();
        members[0].0 = Value::token(token);
        made.push(Boundary::valid(slug, title, document.draft()));
    }
    for (slug, token) in [
        ("minus-zero", "-0"),
        ("fraction", "-0.50"),
        ("exponents", "[1e5,1E5,1e+5,1E-5,0e0]"),
        ("literals", "[true,false,null]"),
        ("empty-containers", "[[],{},\"\"]"),
    ] {
        let mut document = bench.document(&tensors);
        document
            .entry(&tensors[0].name)
            .push((Value::text(&bench.unknown_key()), Value::token(token)));
        made.push(Boundary::valid(
            slug,
            format!("{token} in a field that readers ignore"),
            document.draft(),
        ));
    }
    Some(made)
}
