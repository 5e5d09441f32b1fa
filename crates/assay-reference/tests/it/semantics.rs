//! A table by hand: small files, and the rule that refuses each.

use assay_spec::Disputed;

use crate::{file, policy, refused_by};

/// A header, the byte buffer's length, the rule that is broken first.
type Row = (&'static str, usize, &'static str);

fn check(rows: &[Row], when_accepting: bool) {
    let (accept, reject) = (policy(Disputed::Accept), policy(Disputed::Reject));
    for (header, data, rule) in rows {
        let file = file(header, &vec![0; *data]);
        let expected = if rule.is_empty() { None } else { Some((*rule).to_owned()) };
        assert_eq!(refused_by(&file, reject), expected, "rejecting disputed: {header}");
        let expected = expected.filter(|_| when_accepting);
        assert_eq!(refused_by(&file, accept), expected, "accepting disputed: {header}");
    }
}

/// Refused whatever becomes of disputed files.
fn refused(rows: &[Row]) {
    check(rows, true);
}

/// Refused only where disputed files are.
fn disputed(rows: &[Row]) {
    check(rows, false);
}

/// Accepted under both policies.
fn accepted(rows: &[(&'static str, usize)]) {
    let rows: Vec<Row> = rows.iter().map(|(header, data)| (*header, *data, "")).collect();
    check(&rows, false);
}

#[test]
fn a_prefix_is_whole_and_within_limits() {
    for disputed in [Disputed::Accept, Disputed::Reject] {
        let policy = policy(disputed);
        let by = |bytes: &[u8]| refused_by(bytes, policy);
        assert_eq!(by(b""), Some("prefix/complete".into()));
        assert_eq!(by(&[2, 0, 0, 0, 0, 0, 0]), Some("prefix/complete".into()));
        let with = |n: u64, rest: &[u8]| by(&[&n.to_le_bytes(), rest].concat());
        assert_eq!(with(0, b""), Some("prefix/header-not-empty".into()));
        assert_eq!(with(1, b""), Some("prefix/header-not-empty".into()));
        assert_eq!(with(2, b"{"), Some("prefix/header-within-file".into()));
        assert_eq!(with(2, b"{}"), None);
        assert_eq!(with(100_000_000, b"{}"), Some("prefix/header-within-file".into()));
        assert_eq!(with(100_000_001, b"{}"), Some("prefix/header-limit".into()));
        assert_eq!(with(u64::MAX, b"{}"), Some("prefix/header-limit".into()));
        assert_eq!(with(3, b"{} "), None);
        assert_eq!(with(2, b"{} "), Some("buffer/no-trailing-bytes".into()));
    }
}

#[test]
fn a_header_is_utf8_before_anything_else() {
    for bad in [
        &b"\xff"[..],
        b"\xc0\x80",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf0\x80\x80\x80",
        b"\x80",
    ] {
        for header in [[b"{\"", bad, b"\":{}}"].concat(), [b" [1,", bad, b"]"].concat()] {
            for disputed in [Disputed::Accept, Disputed::Reject] {
                let rule = refused_by(&file(&header, b""), policy(disputed));
                assert_eq!(rule, Some("header/utf-8".into()), "{bad:?}");
            }
        }
    }
}

#[test]
fn bytes_before_the_object() {
    refused(
        &[
            ("\u{feff}{}", 0, "header/no-byte-order-mark"),
            ("\u{feff}\u{feff}{}", 0, "header/no-byte-order-mark"),
            ("\u{feff} {}", 0, "header/no-byte-order-mark"),
            (" \u{feff}{}", 0, "header/json-grammar"),
        ][..3],
    );
    disputed(&[
        (" {}", 0, "header/begins-with-brace"),
        ("\n\t\r {}", 0, "header/begins-with-brace"),
    ]);
    // The disputed space comes first in the file; both would be reported.
    let file = file(" \u{feff}{}", b"");
    assert_eq!(refused_by(&file, policy(Disputed::Accept)), Some("header/json-grammar".into()));
    assert_eq!(
        refused_by(&file, policy(Disputed::Reject)),
        Some("header/begins-with-brace".into())
    );
}

#[test]
fn the_json_grammar_holds_everywhere_and_silences_the_rest() {
    let rows: Vec<Row> = [
        "{]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":{\"b\":[{}]]}}",
        "{\"a\":01}",
        "01",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":-}",
        "{\"a\":1e}",
        "{\"a\":0x1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":nul}",
        "{\"a\":True}",
        "{\"a\":truefalse}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u123\"}",
        "{\"a\":\"",
        "{\"a\":\"\\\"}",
        "{/**/}",
        "{\"a\":1",
        // Broken rules before the grammar error do not count.
        "{\"a\":1,\"a\":\"\\ud800\",\"b\":{\"dtype\":5}",
    ]
    .into_iter()
    .map(|header| (header, 0, "header/json-grammar"))
    .collect();
    refused(&rows);
    let blank = file("  ", b"");
    assert_eq!(refused_by(&blank, policy(Disputed::Accept)), Some("header/json-grammar".into()));
}

#[test]
fn bytes_after_the_object() {
    refused(&[
        ("{}}", 0, "header/nothing-after-object"),
        ("{}  x  ", 0, "header/nothing-after-object"),
        ("{}\0", 0, "header/nothing-after-object"),
        ("{}//", 0, "header/nothing-after-object"),
        ("{}\u{a0}", 0, "header/nothing-after-object"),
    ]);
    disputed(&[
        ("{}\n", 0, "header/padding-is-spaces"),
        ("{} \t ", 0, "header/padding-is-spaces"),
        ("{}\r\n   ", 0, "header/padding-is-spaces"),
    ]);
    accepted(&[("{}", 0), ("{}      ", 0)]);
    // White space after the content is part of the content.
    let (strict, file) = (policy(Disputed::Reject), file("{} x\n", b""));
    assert_eq!(refused_by(&file, strict), Some("header/nothing-after-object".into()));
}

#[test]
fn the_root_is_an_object_and_nothing_below_another_is_judged() {
    refused(&[
        ("[]", 0, "header/root-is-object"),
        ("\"a\"", 0, "header/root-is-object"),
        ("12", 0, "header/root-is-object"),
        ("null", 0, "header/root-is-object"),
        ("true", 0, "header/root-is-object"),
        ("[{\"a\":1,\"a\":\"\\ud800\"}]", 0, "header/root-is-object"),
    ]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize, open: &str, close: &str| {
        // Root, entry and then the value of an unknown field.
        let inner = format!("{}{}", open.repeat(depth - 2), close.repeat(depth - 2));
        let entry = "\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]";
        file(format!("{{\"a\":{{{entry},\"x\":{inner}}}}}"), b"")
    };
    for disputed in [Disputed::Accept, Disputed::Reject] {
        let policy = policy(disputed);
        assert_eq!(refused_by(&nested(127, "[", "]"), policy), None);
        let too_deep = Some("header/nesting-depth".to_owned());
        assert_eq!(refused_by(&nested(128, "[", "]"), policy), too_deep);
        assert_eq!(refused_by(&nested(50_000, "[", "]"), policy), too_deep);
        let error = crate::read(&nested(130, "[", "]"), policy).unwrap_err();
        let span = error.span().unwrap();
        assert_eq!(span.len(), 1);
        let at = nested(130, "[", "]").windows(3).position(|w| w == b"[[[").unwrap() as u64;
        assert_eq!(span.start, at + 125, "the first container that is too deep");
    }
}

#[test]
fn strings_hold_no_lone_surrogates() {
    let ok = "\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]";
    for header in [
        format!("{{\"\\ud800\":{{{ok}}}}}"),
        format!("{{\"a\":{{{ok},\"\\udc00\":1}}}}"),
        format!("{{\"a\":{{{ok},\"x\":[\"\\ud800\\ud800\"]}}}}"),
        "{\"__metadata__\":{\"a\":\"\\udfff\"},\"a\":{".to_owned() + ok + "}}",
        "{\"__metadata__\":{\"\\udfff\":\"a\"},\"a\":{".to_owned() + ok + "}}",
        format!("{{\"a\":{{\"dtype\":\"\\ud800\",{}}}}}", &ok[13..]),
        // Two such names are not the same name.
        format!(
            "{{\"\\ud800\":{{{ok}}},\"\\ud800\":{{{}}}}}",
            ok.replace("[0,1]", "[1,1]").replace("[1]", "[0]")
        ),
    ] {
        for disputed in [Disputed::Accept, Disputed::Reject] {
            let rule = refused_by(&file(&header, &[0]), policy(disputed));
            assert_eq!(rule, Some("header/no-lone-surrogates".into()), "{header}");
        }
    }
}

#[test]
fn keys_are_unique_in_every_object() {
    const A: &str = r#""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
    const A_ESCAPED: &str = r#""\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}"#;
    for (header, data, rule) in [
        (format!("{{{A},{A}}}"), 1, "header/unique-names"),
        (format!("{{{A},{A_ESCAPED}}}"), 2, "header/unique-names"),
        // Nothing is said of how the ranges lie then.
        (format!("{{{A},{A}}}"), 9, "header/unique-names"),
        (
            format!(r#"{{"__metadata__":{{}},{A},"__metadata\u005f_":{{}}}}"#),
            1,
            "header/unique-names",
        ),
        (
            format!(r#"{{"__metadata__":{{"a":"1","b":"2","\u0061":"1"}},{A}}}"#),
            1,
            "metadata/unique-keys",
        ),
        (
            r#"{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#.into(),
            1,
            "entry/unique-fields",
        ),
        // An absent dtype or shape has no size, and absent offsets no tiling.
        (
            r#"{"a":{"dtype":"U8","shape":[1],"shape":[9],"data_offsets":[0,1]}}"#.into(),
            1,
            "entry/unique-fields",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[7,8]}}"#.into(),
            99,
            "entry/unique-fields",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1,"y":2,"x":3}}"#.into(),
            1,
            "entry/unique-fields",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"k":1,"l":{},"k":3}]}}"#
                .into(),
            1,
            "entry/unique-nested-keys",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":{"k":{"m":1,"m":2}}}}"#
                .into(),
            1,
            "entry/unique-nested-keys",
        ),
    ] {
        for disputed in [Disputed::Accept, Disputed::Reject] {
            let file = file(&header, &vec![0; data]);
            assert_eq!(refused_by(&file, policy(disputed)), Some(rule.into()), "{header}");
        }
    }
    accepted(&[
        // The same key in different objects is not the same.
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":{"x":{"x":1},"dtype":2}}}"#, 1),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"k":1},{"k":1}]}}"#, 1),
    ]);
}

#[test]
fn metadata_is_an_object_of_texts() {
    refused(&[
        (r#"{"__metadata__":[]}"#, 0, "metadata/is-object"),
        (r#"{"__metadata__":"a"}"#, 0, "metadata/is-object"),
        (r#"{"__metadata__":1}"#, 0, "metadata/is-object"),
        (r#"{"__metadata__":true}"#, 0, "metadata/is-object"),
        (r#"{"__metadata__":{"a":1}}"#, 0, "metadata/values-are-strings"),
        (r#"{"__metadata__":{"a":null}}"#, 0, "metadata/values-are-strings"),
        (r#"{"__metadata__":{"a":["b"]}}"#, 0, "metadata/values-are-strings"),
        // Ties of position go by the order of the rules.
        (r#"{"__metadata__":{"a":{"b":1,"b":2}}}"#, 0, "metadata/values-are-strings"),
        // The metadata is never a tensor.
        (
            r#"{"__metadata__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
            "metadata/values-are-strings",
        ),
    ]);
    disputed(&[(r#"{"__metadata__":null}"#, 0, "metadata/not-null")]);
    accepted(&[(r#"{"__metadata__":{}}"#, 0), (r#"{"__metadata__":{"":"","a":"\u0000"}}"#, 0)]);
}

#[test]
fn an_entry_has_its_fields_with_their_types() {
    refused(&[
        (r#"{"a":1}"#, 0, "entry/is-object"),
        (r#"{"a":null}"#, 0, "entry/is-object"),
        (r#"{"a":["U8",[1],[0,1]]}"#, 1, "entry/is-object"),
        (r#"{"a":{}}"#, 0, "entry/required-fields"),
        (r#"{"a":{"shape":[1],"data_offsets":[0,1]}}"#, 1, "entry/required-fields"),
        (r#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1, "entry/required-fields"),
        (r#"{"a":{"dtype":"U8","shape":[1]}}"#, 1, "entry/required-fields"),
        (r#"{"a":{"DType":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1, "entry/required-fields"),
        (r#"{"a":{"dtype":5,"shape":[1],"data_offsets":[0,1]}}"#, 1, "entry/dtype-is-string"),
        (
            r#"{"a":{"dtype":{"U8":null},"shape":[1],"data_offsets":[0,1]}}"#,
            1,
            "entry/dtype-is-string",
        ),
        (r#"{"a":{"dtype":"u8","shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype/known"),
        (r#"{"a":{"dtype":"U8 ","shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype/known"),
        (r#"{"a":{"dtype":"","shape":[1],"data_offsets":[0,1]}}"#, 1, "dtype/known"),
        (r#"{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}"#, 1, "entry/shape-is-array"),
        (r#"{"a":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}"#, 1, "entry/shape-is-array"),
        (
            r#"{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}"#,
            1,
            "entry/shape-holds-numbers",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}"#,
            1,
            "entry/shape-holds-numbers",
        ),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":"0,1"}}"#, 1, "entry/offsets-is-array"),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,true]}}"#,
            1,
            "entry/offsets-holds-numbers",
        ),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[]}}"#, 1, "entry/offsets-is-pair"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1, "entry/offsets-is-pair"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1, "entry/offsets-is-pair"),
    ]);
    accepted(&[
        (r#"{"a":{"\u0064type":"\u00558","shape":[1],"data_offsets":[0,1]}}"#, 1),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"y":null}],"":1}}"#, 1),
        ("{\n\t\"a\" :\r{ \"shape\":[ 1 , 1 ] , \"data_offsets\" :[0 ,1] ,\"dtype\":\"U8\"}\n}", 1),
        (r#"{"":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#, 1),
    ]);
}

#[test]
fn integers_are_plain_and_within_range() {
    refused(&[
        (r#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1, "entry/integer-spelling"),
        (r#"{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}"#, 1, "entry/integer-spelling"),
        (r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, "entry/integer-spelling"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[-0,1]}}"#, 1, "entry/integer-spelling"),
        (
            r#"{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,1]}}"#,
            1,
            "entry/integer-spelling",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[18446744073709551616,0],"data_offsets":[0,0]}}"#,
            0,
            "entry/integer-range",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0,99999999999999999999999999],"data_offsets":[0,0]}}"#,
            0,
            "entry/integer-range",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}"#,
            1,
            "entry/integer-range",
        ),
    ]);
    disputed(&[
        (
            r#"{"a":{"dtype":"U8","shape":[0,9007199254740992],"data_offsets":[0,0]}}"#,
            0,
            "entry/integer-interoperable",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}}"#,
            0,
            "entry/integer-interoperable",
        ),
    ]);
    accepted(&[(r#"{"a":{"dtype":"U8","shape":[0,9007199254740991],"data_offsets":[0,0]}}"#, 0)]);
}

#[test]
fn ranks_are_disputed_above_a_bound() {
    let shape = |rank: usize| {
        let ones = vec!["1"; rank].join(",");
        file(format!(r#"{{"a":{{"dtype":"U8","shape":[{ones}],"data_offsets":[0,1]}}}}"#), &[0])
    };
    let (accept, reject) = (policy(Disputed::Accept), policy(Disputed::Reject));
    assert_eq!(refused_by(&shape(64), reject), None);
    assert_eq!(refused_by(&shape(65), reject), Some("shape/rank".into()));
    assert_eq!(refused_by(&shape(65), accept), None);
    assert_eq!(refused_by(&shape(10_000), accept), None);
}

#[test]
fn sizes_match_and_do_not_overflow() {
    refused(
        &[
            (
                r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#,
                1,
                "shape/matches-offsets",
            ),
            (
                r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,1]}}"#,
                1,
                "shape/matches-offsets",
            ),
            (
                r#"{"a":{"dtype":"F4","shape":[2,2],"data_offsets":[0,3]}}"#,
                3,
                "shape/matches-offsets",
            ),
            (
                r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,1]}}"#,
                1,
                "shape/matches-offsets",
            ),
            (r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2, "dtype/whole-bytes"),
            (
                r#"{"a":{"dtype":"F6_E2M3","shape":[3],"data_offsets":[0,3]}}"#,
                3,
                "dtype/whole-bytes",
            ),
            (
                r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
                0,
                "shape/size-fits",
            ),
            (
                r#"{"a":{"dtype":"U8","shape":[2305843009213693952],"data_offsets":[0,0]}}"#,
                0,
                "shape/size-fits",
            ),
        ][..7],
    );
    // This one is above the interoperable bound, too.
    let big =
        file(r#"{"a":{"dtype":"U8","shape":[2305843009213693952],"data_offsets":[0,0]}}"#, b"");
    assert_eq!(refused_by(&big, policy(Disputed::Accept)), Some("shape/size-fits".into()));
    disputed(&[(
        r#"{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#,
        0,
        "shape/no-overflow-before-zero",
    )]);
    accepted(&[
        (r#"{"a":{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#, 0),
        (r#"{"a":{"dtype":"U8","shape":[4294967296,2147483648,0],"data_offsets":[0,0]}}"#, 0),
        (r#"{"a":{"dtype":"F4","shape":[2,3],"data_offsets":[0,3]}}"#, 3),
        (r#"{"a":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}"#, 3),
    ]);
}

#[test]
fn ranges_tile_the_buffer() {
    refused(&[
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1, "buffer/offsets-ordered"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "buffer/no-holes"),
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2, "buffer/no-trailing-bytes"),
        (r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, "buffer/within-file"),
        (r#"{}"#, 1, "buffer/no-trailing-bytes"),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
            "buffer/no-overlaps",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            3,
            "buffer/no-holes",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
            2,
            "buffer/empty-at-running-offset",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[9,9]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
            2,
            "buffer/empty-at-running-offset",
        ),
        // An unknown dtype leaves the ranges known: the hole is there as well,
        // but the dtype stands first.
        (r#"{"a":{"dtype":"?","shape":[1],"data_offsets":[1,2]}}"#, 2, "dtype/known"),
    ]);
    accepted(&[
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
            3,
        ),
        (
            r#"{"c":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
            2,
        ),
        // Unaligned tensors and buffers are only advised against.
        (r#"{"a":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}} "#, 8),
    ]);
}

#[test]
fn numbers_that_are_ignored_are_finite() {
    disputed(&[
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1e999}}"#,
            1,
            "header/number-range",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[{"y":-1e400}]}}"#,
            1,
            "header/number-range",
        ),
    ]);
    accepted(&[(
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[1e308,1e-999,-0.0]}}"#,
        1,
    )]);
}

#[test]
fn the_first_fault_of_the_file_is_named() {
    refused(&[
        // The missing field shows at the entry's brace, before the bad dtype in it.
        (r#"{"a":{"dtype":"?","shape":[1]}}"#, 0, "entry/required-fields"),
        (r#"{"a":{"dtype":"?","shape":["x"],"data_offsets":[0,1]}}"#, 9, "dtype/known"),
        (
            r#"{"a":{"shape":["x"],"dtype":"?","data_offsets":[0,1]}}"#,
            9,
            "entry/shape-holds-numbers",
        ),
        // The array is too short, at its bracket, before its element is wrong.
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":["x"]}}"#, 9, "entry/offsets-is-pair"),
        // Size and hole show in the offsets and in the buffer.
        (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,3]}}"#, 9, "shape/matches-offsets"),
    ]);
}

#[test]
fn an_error_shows_the_bytes() {
    let header = r#"{"a":{"dtype":"?","shape":[1],"data_offsets":[0,1]}}"#;
    let error = crate::read(&file(header, &[0]), policy(Disputed::Accept)).unwrap_err();
    let start = 8 + header.find("\"?\"").unwrap() as u64;
    let span = error.span().unwrap();
    assert_eq!((span.start, span.end), (start, start + 3));
    assert_eq!(
        error.to_string(),
        format!(
            "tensor `a`: `?` is no dtype of this edition (rule dtype/known, bytes {start:#x}..{:#x})",
            start + 3
        )
    );
}
