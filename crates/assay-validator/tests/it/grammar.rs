//! The JSON reader accepts what another one accepts.
//!
//! The other one skips values, so it too leaves lone surrogates and the range
//! of numbers to others and takes any depth.

use assay_validator::validate;
use proptest::prelude::*;

use crate::support::{file, latest};

/// Rules that a text breaks which is not exactly one JSON value, white space around it allowed.
const NOT_JSON: [&str; 3] =
    ["header/json-grammar", "header/nothing-after-object", "header/no-byte-order-mark"];

fn accepts(text: &str) -> bool {
    // Two spaces make a header of every text, be it empty.
    let bytes = file(format!("{text}  ").as_bytes(), 0);
    let validation = validate(&bytes, latest());
    !validation.findings.iter().any(|finding| NOT_JSON.contains(&finding.rule.as_str()))
}

fn other_accepts(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Pieces that texts and mutations are made of.
const PIECES: [&str; 40] = [
    "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "\\", "\\u", "\\n", "d83d", "de00",
    "\\ud83d", "0", "1", "-", "+", ".", "e", "E5", "00", "12.5e-3", "true", "false", "null", "nul",
    "NaN", " ", "\t", "\n", "\r", "\u{b}", "\0", "\u{7f}", "é", "\u{feff}", "'", "//",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

/// Grammatical text, with white space and escapes in all places.
fn json() -> impl Strategy<Value = String> {
    let white = prop::sample::select(vec!["", "", "", " ", "\n\t", "\r "]);
    let string = prop::collection::vec(
        prop::sample::select(vec![
            "a", "é", "\\n", "\\/", "\\u0041", "\\ud83d", "\\ude00", "\u{7f}",
        ]),
        0..4,
    )
    .prop_map(|parts| format!("\"{}\"", parts.concat()));
    let scalar = prop_oneof![
        prop::sample::select(vec![
            "0", "-0", "10", "-1.5", "2e9", "3E+999", "0.0e-1", "true", "false", "null"
        ])
        .prop_map(str::to_owned),
        string.clone(),
    ];
    scalar.prop_recursive(6, 40, 5, move |inner| {
        let member = (white.clone(), string.clone(), white.clone(), inner.clone())
            .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{b}{value}{a}"));
        prop_oneof![
            (white.clone(), prop::collection::vec(inner, 0..5))
                .prop_map(|(white, items)| format!("[{white}{}{white}]", items.join(","))),
            prop::collection::vec(member, 0..5)
                .prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// Puts pieces into a text, each in place of 0 to 2 characters.
fn mutate(text: &str, edits: &[(prop::sample::Index, usize, String)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, removed, piece) in edits {
        let at = at.index(chars.len() + 1);
        let end = (at + removed).min(chars.len());
        chars.splice(at..end, piece.chars());
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn grammatical_text_is_accepted(text in json()) {
        prop_assert!(other_accepts(&text), "{text:?}");
        prop_assert!(accepts(&text), "{text:?}");
    }

    #[test]
    fn both_agree_on_mutated_text(
        text in json(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, piece()), 1..4),
    ) {
        let text = mutate(&text, &edits);
        prop_assert_eq!(accepts(&text), other_accepts(&text), "{:?}", text);
    }

    #[test]
    fn both_agree_on_pieces(pieces in prop::collection::vec(piece(), 0..12)) {
        let text = pieces.concat();
        prop_assert_eq!(accepts(&text), other_accepts(&text), "{:?}", text);
    }
}
