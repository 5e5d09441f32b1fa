//! The header's text and JSON: points 2 to 9 and 19 of the meaning of the checks.

use assay_spec::{Span, Verdict};
use assay_validator::validate;

use crate::support::{expect, file, found, latest};

#[test]
fn bytes_that_are_not_utf_8_stop_the_judgement() {
    for (header, start, end) in [
        (&b"\"\x80\""[..], 9, 10),
        // Overlong, a surrogate, beyond U+10FFFF.
        (b"  \"\xC0\x80\"", 11, 12),
        (b"\"\xED\xA0\x80\"", 9, 10),
        (b"\"\xF4\x90\x80\x80\"", 9, 10),
        // Cut short by another character, and by the header's end.
        (b"\"\xE2\x82\"}", 9, 11),
        (b"{}\xF0\x9F\x98", 10, 13),
        // Nothing else is said of it.
        (b"\xEF\xBB\xBF [1,}\xFF\xFF", 16, 17),
    ] {
        let validation = validate(&file(header, 3), latest());
        assert_eq!(found(&validation), [("header/utf-8".to_owned(), Span::new(start, end))]);
    }
}

#[test]
fn a_byte_order_mark_is_skipped_and_the_rest_judged() {
    expect("⟦\u{feff}⟧{}", 0, &["header/no-byte-order-mark @0"]);
    expect(
        "⟦\u{feff}⟧⟦ \n⟧⟦[]⟧",
        0,
        &[
            "header/no-byte-order-mark @0",
            "header/begins-with-brace @1",
            "header/root-is-object @2",
        ],
    );
    // Not at the start it is a character that JSON does not know.
    expect("⟦ ⟧⟦\u{feff}⟧{}", 0, &["header/begins-with-brace @0", "header/json-grammar @1"]);
}

#[test]
fn leading_white_space_is_one_finding() {
    let validation = expect("⟦ \t\r\n ⟧{}", 0, &["header/begins-with-brace @0"]);
    assert_eq!(validation.verdict, Verdict::Either);
    assert!(validation.view.is_some());
}

#[test]
fn a_grammar_error_is_reported_alone_but_for_what_stands_before() {
    expect(r#"{"a":⟦N⟧aN}"#, 9, &["header/json-grammar @0"]);
    expect("⟦ ⟧{⟦'⟧a':1}", 0, &["header/begins-with-brace @0", "header/json-grammar @1"]);
    expect("⟦   ⟧", 0, &["header/begins-with-brace @0", "header/json-grammar @=11..11"]);
    expect("⟦\u{feff}⟧", 0, &["header/no-byte-order-mark @0", "header/json-grammar @=11..11"]);
    expect(r#"{"a":{}⟦é⟧}"#, 0, &["header/json-grammar @0"]);
    expect(r#"{"a":1,⟦}⟧"#, 0, &["header/json-grammar @0"]);
    expect(r#"{"a":0⟦1⟧}"#, 0, &["header/json-grammar @0"]);
    expect("{\"a⟦\n⟧\":1}", 0, &["header/json-grammar @0"]);
    expect(r#"{"a\⟦x⟧":1}"#, 0, &["header/json-grammar @0"]);
    expect(r#"{⟦/⟧* */}"#, 0, &["header/json-grammar @0"]);
}

#[test]
fn what_follows_the_value_is_judged_by_kind() {
    expect("{}    ", 0, &[]);
    expect("{} ⟦\n⟧ ", 0, &["header/padding-is-spaces @0"]);
    expect("{} ⟦\n \t⟧ ", 0, &["header/padding-is-spaces @0"]);
    expect("{} ⟦x \n⟧", 0, &["header/nothing-after-object @0"]);
    expect("{}⟦\0\0\0⟧", 0, &["header/nothing-after-object @0"]);
    expect("{} ⟦\r⟧ ⟦}{} ⟧", 0, &["header/padding-is-spaces @0", "header/nothing-after-object @1"]);
    expect("⟦1⟧⟦x⟧", 0, &["header/root-is-object @0", "header/nothing-after-object @1"]);
}

#[test]
fn the_facts_before_trailing_bytes_are_judged() {
    expect(r#"{"a":⟦1⟧}⟦]⟧"#, 0, &["entry/is-object @0", "header/nothing-after-object @1"]);
}

#[test]
fn nothing_below_another_root_is_judged() {
    for root in [r#"[{"a":1,"a":2}]"#, "\"a\"", "1e999", "true", "null"] {
        let header = format!("⟦{root}⟧ ");
        let validation = expect(&header, 5, &["header/root-is-object @0"]);
        assert_eq!(validation.view, None);
    }
}

#[test]
fn depth_is_counted_from_the_root() {
    let limit = usize::try_from(latest().limit("max_json_depth")).unwrap();
    let nested = |depth: usize| {
        let arrays = depth - 2;
        let (open, close) = ("[".repeat(arrays - 1), "]".repeat(arrays - 1));
        format!(
            r#"{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[0,0],⟦"x"⟧:{open}⟦[⟧]{close},"y":{open}[]{close}}}}}"#
        )
    };
    let within = nested(limit).replace("⟦[⟧", "[").replace("\"y\"", "⟦\"y\"⟧");
    expect(&within, 0, &["entry/unknown-fields @0", "entry/unknown-fields @1"]);
    let beyond = nested(limit + 1).replace("\"y\"", "⟦\"y\"⟧");
    expect(
        &beyond,
        0,
        &["entry/unknown-fields @0", "header/nesting-depth @1", "entry/unknown-fields @2"],
    );
}

#[test]
fn lone_surrogates_are_found_once_a_string_anywhere() {
    expect(
        r#"{"__metadata__":{"a\ud800\udc00⟦\udc00⟧x":"⟦\udc00⟧\ud800"}}"#,
        0,
        &["header/no-lone-surrogates @0", "header/no-lone-surrogates @1"],
    );
    expect(
        r#"{"a":{"dtype":"⟦\udbff⟧\udbff","shape":[0],"data_offsets":[0,0]}}"#,
        0,
        &["header/no-lone-surrogates @0"],
    );
    // Such keys are neither compared nor known; the tensor has no name.
    expect(
        r#"{"⟦\ud800⟧":{⟦"dtype⟦\ud800⟧"⟧:[{"⟦\ud800⟧":1,"⟦\ud800⟧":1}],"dtype":"U8","shape":[0],"data_offsets":[0,0]},
            "⟦\ud800⟧":⟦0⟧}"#,
        0,
        &[
            "header/no-lone-surrogates @0",
            "entry/unknown-fields @1",
            "header/no-lone-surrogates @2",
            "header/no-lone-surrogates @3",
            "header/no-lone-surrogates @4",
            "header/no-lone-surrogates @5",
            "entry/is-object @6",
        ],
    );
}

#[test]
fn numbers_that_readers_ignore_must_still_be_finite() {
    let validation = expect(
        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],⟦"x"⟧:[1e308,{"y":⟦-1e999⟧}],⟦"z"⟧:⟦1e309⟧}}"#,
        0,
        &[
            "entry/unknown-fields @0",
            "header/number-range @1",
            "entry/unknown-fields @2",
            "header/number-range @3",
        ],
    );
    assert_eq!(validation.verdict, Verdict::Either);
    expect(
        r#"{"a":{"dtype":"U8","shape":[⟦1e999⟧],"data_offsets":[0,0]}}"#,
        0,
        &["entry/integer-spelling @0"],
    );
}
