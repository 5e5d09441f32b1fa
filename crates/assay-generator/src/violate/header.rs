//! Breaking rules on the header's bytes: encoding, what stands before and
//! after the JSON text, first bytes of other formats.

use assay_spec::check::{Leading, Term, Text, Trailing};

use super::{Bench, Kind, Pair};
use crate::bounds::{self, JSON_WHITE_SPACE};
use crate::draft::{PREFIX_BYTES, Prefix, Segment};
use crate::model::Padding;
use crate::text::{self, Value};

pub(super) fn encoding(of: Text) -> Vec<Kind> {
    match of {
        Text::Header => {
            let mut kinds: Vec<Kind> = NOT_UTF8
                .iter()
                .map(|(slug, title, bad, good)| {
                    Kind::new(*slug, *title, move |bench| in_a_string(bench, bad, good.as_bytes()))
                })
                .collect();
            kinds.push(Kind::new("utf-16", "a header in UTF-16", utf16));
            kinds.push(Kind::new(
                "ends-in-a-character",
                "the header ends within a character",
                ends_in_a_character,
            ));
            kinds
        }
        Text::Strings => LONE_SURROGATES
            .iter()
            .map(|(slug, title, bad)| {
                Kind::new(*slug, *title, move |bench| {
                    in_a_string(bench, bad.as_bytes(), br"\ud83d\ude00")
                })
            })
            .collect(),
    }
}

/// Slug, title, bytes that are no UTF-8, and the nearest text that is.
const NOT_UTF8: &[(&str, &str, &[u8], &str)] = &[
    ("stray-ff", "the byte FF, which UTF-8 never uses", b"\xff", "\u{ff}"),
    ("latin-1", "a letter in Latin-1", b"caf\xe9", "caf\u{e9}"),
    ("stray-continuation", "a continuation byte without a first byte", b"\x80", "\u{80}"),
    ("truncated-two", "a sequence of two bytes that lacks the second", b"\xc3", "\u{c3}"),
    ("truncated-three", "a sequence of three bytes that lacks the third", b"\xe2\x82", "\u{20ac}"),
    (
        "truncated-four",
        "a sequence of four bytes that lacks the fourth",
        b"\xf0\x9f\x98",
        "\u{1f600}",
    ),
    ("overlong-nul", "U+0000 in two bytes", b"\xc0\x80", "\u{80}"),
    ("overlong-slash", "a slash in two bytes", b"\xc0\xaf", "/"),
    ("overlong-three", "a slash in three bytes", b"\xe0\x80\xaf", "/"),
    ("overlong-four", "U+FFFF in four bytes", b"\xf0\x8f\xbf\xbf", "\u{ffff}"),
    ("encoded-surrogate", "an encoded surrogate", b"\xed\xa0\x80", "\u{d7ff}"),
    (
        "encoded-surrogate-pair",
        "a character above U+FFFF as two encoded surrogates",
        b"\xed\xa0\xbd\xed\xb8\x80",
        "\u{1f600}",
    ),
    (
        "above-last-character",
        "U+110000, one above the last character",
        b"\xf4\x90\x80\x80",
        "\u{10ffff}",
    ),
    ("five-bytes", "a sequence of five bytes", b"\xf8\x88\x80\x80\x80", "\u{10000}"),
];

/// Slug, title, escapes that leave a surrogate alone.
const LONE_SURROGATES: &[(&str, &str, &str)] = &[
    ("high-alone", "a high surrogate alone", r"\ud83d"),
    ("low-alone", "a low surrogate alone", r"\ude00"),
    ("pair-reversed", "a low surrogate before a high one", r"\ude00\ud83d"),
    ("high-before-letter", "a high surrogate before a letter", r"\ud83dx"),
    ("high-before-escape", "a high surrogate before the escape of a letter", r"\ud83d\u0061"),
    ("high-twice", "a high surrogate before a pair", r"\ud83d\ud83d\ude00"),
    ("low-after-pair", "a low surrogate after a pair", r"\ud83d\ude00\ude00"),
    ("first-surrogate", "the first surrogate, in capital digits", r"\uD800"),
    ("last-surrogate", "the last surrogate", r"\udfff"),
];

/// Puts bytes into a string: in plain files a tensor's name, else any string.
fn in_a_string(bench: &mut Bench<'_>, bad: &[u8], good: &[u8]) -> Option<Pair> {
    let place = if bench.plain { 0 } else { bench.draw.below(3) };
    let (key, _) = if place == 0 { Default::default() } else { bench.need_metadata() };
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let name = tensors[0].name.clone();
    let with = |bytes: &[u8]| {
        let mut document = document.clone();
        let token = |text: &str| {
            let mut token = b"\"".to_vec();
            token.extend(text::escaped(text, &document.style));
            token.extend_from_slice(bytes);
            token.push(b'"');
            Value::Token(token)
        };
        match place {
            0 => {
                let token = token(&name);
                let members = document.members();
                let at = members.iter().position(|(key, _)| *key == Value::text(&name))?;
                members[at].0 = token;
            }
            1 => {
                let token = token(&key);
                let Value::Object(pairs) = document.value(&bench.keys.metadata) else {
                    return None;
                };
                pairs[0].0 = token;
            }
            _ => {
                let token = token("text");
                let Value::Object(pairs) = document.value(&bench.keys.metadata) else {
                    return None;
                };
                pairs[0].1 = token;
            }
        }
        Some(document.draft())
    };
    Pair::new(with(bad)?, with(good)?)
}

fn utf16(bench: &mut Bench<'_>) -> Option<Pair> {
    let document = bench.one_tensor()?;
    let text = String::from_utf8(document.text()).ok()?;
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let header = units.flat_map(u16::to_le_bytes).collect();
    Pair::new(document.with_header(header), document.draft())
}

fn ends_in_a_character(bench: &mut Bench<'_>) -> Option<Pair> {
    let document = bench.one_tensor()?;
    let broken = document.edited(|mut text| {
        text.pop();
        text
    });
    let mut header = broken.header;
    let Some(Segment::Bytes(bytes)) = header.last_mut() else { return None };
    bytes.extend_from_slice(b"\xe2\x82");
    Pair::new(crate::Draft { header, ..broken }, document.draft())
}

pub(super) fn leading(judge: Leading, allowed: &str) -> Vec<Kind> {
    match judge {
        Leading::Whitespace => {
            white_space(allowed, "-before-header", "before the header's JSON text", Side::Before)
        }
        Leading::ByteOrderMark if allowed.contains('\u{feff}') => Vec::new(),
        Leading::ByteOrderMark => vec![
            Kind::new("byte-order-mark", "a byte order mark before the header", |bench| {
                let tensors = bench.tensors(1)?;
                before(bench, &tensors, "\u{feff}".as_bytes())
            }),
            Kind::new(
                "byte-order-mark-without-tensors",
                "a byte order mark before a header without tensors",
                |bench| before(bench, &[], "\u{feff}".as_bytes()),
            ),
        ],
    }
}

pub(super) fn trailing(judge: Trailing, allowed: &str) -> Vec<Kind> {
    match judge {
        Trailing::Whitespace => {
            white_space(allowed, "-after-header", "after the header's JSON text", Side::After)
        }
        Trailing::Content => CONTENT
            .iter()
            .filter(|(_, _, content)| !content.chars().any(|c| allowed.contains(c)))
            .map(|(slug, title, content)| {
                Kind::new(*slug, *title, move |bench| after(bench, content.as_bytes()))
            })
            .collect(),
    }
}

/// What does not belong after the JSON text.
const CONTENT: &[(&str, &str, &str)] = &[
    ("nul", "a header padded with zero bytes", "\0\0\0\0"),
    ("letter", "a letter after the header's object", "x"),
    ("second-object", "a second object", "{}"),
    ("comma", "a comma after the header's object", ","),
    ("closing-brace", "one closing brace too many", "}"),
    ("form-feed", "a header padded with form feeds", "\u{c}"),
    ("vertical-tab", "a header padded with vertical tabs", "\u{b}"),
    ("no-break-space", "a header padded with no-break spaces", "\u{a0}"),
    ("byte-order-mark", "a byte order mark after the header's object", "\u{feff}"),
    ("comment", "a comment after the header's object", "//"),
    ("markup", "a page of another format after the header's object", "<html></html>"),
];

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// A kind for each JSON white space character that is not allowed, and mixtures.
fn white_space(allowed: &str, slug: &str, title: &str, side: Side) -> Vec<Kind> {
    let names = ["space", "tab", "line-feed", "carriage-return"];
    let forbidden: Vec<(u8, &str)> = JSON_WHITE_SPACE
        .iter()
        .copied()
        .zip(names)
        .filter(|(byte, _)| !allowed.as_bytes().contains(byte))
        .collect();
    let mut runs: Vec<(String, Vec<u8>)> =
        forbidden.iter().map(|(byte, name)| ((*name).to_owned(), vec![*byte])).collect();
    if let Some((byte, name)) = forbidden.first() {
        runs.push((format!("many-{name}s"), vec![*byte; 100]));
        let after_allowed = allowed.bytes().next().unwrap_or(b' ');
        runs.push(("mixture".to_owned(), vec![after_allowed, b'\r', b'\n', *byte]));
    }
    let one_forbidden = |run: &[u8]| run.iter().any(|byte| !allowed.as_bytes().contains(byte));
    runs.retain(|(_, run)| one_forbidden(run));
    runs.into_iter()
        .map(|(name, run)| {
            let title = format!("{} {title}", name.replace('-', " "));
            Kind::new(format!("{name}{slug}"), title, move |bench| match side {
                Side::Before => {
                    let tensors = bench.tensors(1)?;
                    before(bench, &tensors, &run)
                }
                Side::After => after(bench, &run),
            })
        })
        .collect()
}

fn before(bench: &mut Bench<'_>, tensors: &[crate::model::Tensor], bytes: &[u8]) -> Option<Pair> {
    let document = bench.document(tensors);
    let broken = document.edited(|text| [bytes, &text].concat());
    Pair::new(broken, document.draft())
}

/// Bytes right after the JSON text, or after some of its padding, up to the header's end.
fn after(bench: &mut Bench<'_>, bytes: &[u8]) -> Option<Pair> {
    let document = bench.one_tensor()?;
    let padding: Vec<u8> = match bounds::padding(bench.dialect).first() {
        Some(byte) if !bench.plain => vec![*byte; bench.draw.below(4) as usize],
        _ => Vec::new(),
    };
    let bytes =
        if bench.plain { bytes.to_vec() } else { bytes.repeat(bench.draw.from(1, 3) as usize) };
    let header = [document.text(), padding, bytes].concat();
    Pair::new(document.with_header(header), document.draft())
}

pub(super) fn foreign_magic() -> Vec<Kind> {
    vec![Kind::new(
        "other-format",
        "a header length that spells another format's first bytes",
        |bench| {
            let (magic, length) = magics(bench).into_iter().min_by_key(|(_, length)| {
                let unaligned =
                    !(PREFIX_BYTES + length).is_multiple_of(bounds::alignment(bench.dialect));
                (unaligned, *length)
            })?;
            let mut document = bench.one_tensor()?;
            let twin = document.draft();
            let byte = bounds::padding(bench.dialect).first().copied()?;
            document.style.padding = Padding::UpTo { byte, len: length };
            let broken = document.draft();
            debug_assert_eq!(broken.prefix, Prefix::HeaderLength);
            let spelled = broken.header_len()?.to_le_bytes();
            spelled.starts_with(&magic).then_some(Pair { broken, twin })
        },
    )]
}

/// Magics that a header length within bounds spells, with that length.
pub(crate) fn magics(bench: &Bench<'_>) -> Vec<(Vec<u8>, u64)> {
    let room = bounds::alone(bench.dialect, &Term::PrefixN);
    let magics = bench.dialect.magics().iter().map(|magic| &magic.bytes);
    magics
        .filter_map(|bytes| {
            let mut prefix = [0; PREFIX_BYTES as usize];
            prefix.get_mut(..bytes.len())?.copy_from_slice(bytes);
            let length = u64::from_le_bytes(prefix);
            room.holds(length).then(|| (bytes.clone(), length))
        })
        .collect()
}
