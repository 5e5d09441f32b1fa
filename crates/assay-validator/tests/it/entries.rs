//! Keys, metadata, entries and their fields: points 10 to 14 of the meaning of the checks.

use assay_spec::{Dialect, Verdict};

use crate::support::{expect, expect_under, latest};

#[test]
fn each_later_occurrence_of_a_key_is_found() {
    expect(
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},⟦"\u0061"⟧:{"dtype":"U8","shape":[1],"data_offsets":[0,1]},⟦"a"⟧:⟦1⟧}"#,
        9,
        &["header/unique-names @0", "header/unique-names @1", "entry/is-object @2"],
    );
    expect(
        r#"{"__metadata__":{"k":"1",⟦"k"⟧:"2"},⟦"__metadat\u0061__"⟧:{"k":"3",⟦"k"⟧:⟦4⟧}}"#,
        0,
        &[
            "metadata/unique-keys @0",
            "header/unique-names @1",
            "metadata/unique-keys @2",
            "metadata/values-are-strings @3",
        ],
    );
}

#[test]
fn many_keys_are_compared_as_few_are() {
    let keys: Vec<String> = (0..40).map(|at| format!(r#""k{at}":"""#)).collect();
    let header = format!(r#"{{"__metadata__":{{{},⟦"k0"⟧:"",⟦"\u006b39"⟧:""}}}}"#, keys.join(","));
    expect(&header, 0, &["metadata/unique-keys @0", "metadata/unique-keys @1"]);
}

#[test]
fn keys_are_unique_in_entries_and_deeper() {
    // Each value of a duplicated field is judged; none counts for the tensor.
    expect(
        r#"{"a":{"dtype":"U8",⟦"dtype"⟧:⟦"u8"⟧,"shape":[3],⟦"shape"⟧:[⟦-1⟧],"data_offsets":⟦[9,9]⟧}}"#,
        9,
        &[
            "entry/unique-fields @0",
            "dtype/known @1",
            "entry/unique-fields @2",
            "entry/integer-spelling @3",
            "buffer/empty-at-running-offset @4",
            "buffer/no-trailing-bytes @+0..9",
        ],
    );
    // Without a range that is known, nothing can be said of the buffer.
    expect(
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[5,6],⟦"data_offsets"⟧:⟦[2,1]⟧}}"#,
        9,
        &["entry/unique-fields @0", "buffer/offsets-ordered @1"],
    );
    expect(
        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],⟦"x"⟧:{"y":[{"z":1,⟦"z"⟧:2}],⟦"y"⟧:0},⟦"x"⟧:0}}"#,
        0,
        &[
            "entry/unknown-fields @0",
            "entry/unique-nested-keys @1",
            "entry/unique-nested-keys @2",
            "entry/unique-fields @3",
            "entry/unknown-fields @3",
        ],
    );
}

#[test]
fn keys_are_unique_inside_values_of_the_wrong_type() {
    expect(
        r#"{"__metadata__":{"k":⟦{"x":1,⟦"x"⟧:1}⟧},"a":⟦[{"x":1,⟦"x"⟧:1}]⟧,"b":{"dtype":⟦{"x":1,⟦"x"⟧:1}⟧,"shape":[⟦{"x":1,⟦"x"⟧:1}⟧],"data_offsets":[0,0]}}"#,
        0,
        &[
            "metadata/values-are-strings @0",
            "entry/unique-nested-keys @1",
            "entry/is-object @2",
            "entry/unique-nested-keys @3",
            "entry/dtype-is-string @4",
            "entry/unique-nested-keys @5",
            "entry/shape-holds-numbers @6",
            "entry/unique-nested-keys @7",
        ],
    );
}

#[test]
fn metadata_is_an_object_of_strings() {
    for (value, rules) in [
        ("null", &["metadata/not-null @0"][..]),
        ("[]", &["metadata/is-object @0"]),
        ("\"a\"", &["metadata/is-object @0"]),
        ("7", &["metadata/is-object @0"]),
        ("false", &["metadata/is-object @0"]),
        ("{}", &[]),
    ] {
        expect(&format!(r#"{{"__metadata__":⟦{value}⟧}}"#), 0, rules);
    }
    expect(
        r#"{"__metadata__":{"a":"","b":⟦1⟧,"c":⟦null⟧,"d":⟦[]⟧}}"#,
        0,
        &[
            "metadata/values-are-strings @0",
            "metadata/values-are-strings @1",
            "metadata/values-are-strings @2",
        ],
    );
    // Not an entry, whatever it holds.
    expect(
        r#"{"__metadata__":{"dtype":"U8","shape":⟦[0]⟧,"data_offsets":⟦[0,0]⟧}}"#,
        0,
        &["metadata/values-are-strings @0", "metadata/values-are-strings @1"],
    );
}

#[test]
fn entries_are_objects_with_the_required_fields() {
    expect(
        r#"{"a":⟦[]⟧,"b":⟦null⟧,"c":⟦"x"⟧}"#,
        9,
        &["entry/is-object @0", "entry/is-object @1", "entry/is-object @2"],
    );
    expect(
        r#"{"a":⟦{}⟧,"b":⟦{"shape":[7],"Dtype":"U8"}⟧}"#.replace("\"Dtype\"", "⟦\"Dtype\"⟧").as_str(),
        9,
        &[
            "entry/required-fields @0",
            "entry/required-fields @0",
            "entry/required-fields @0",
            "entry/required-fields @1",
            "entry/required-fields @1",
            "entry/unknown-fields @2",
        ],
    );
    // A key spelled with escapes is the key.
    expect(r#"{"a":{"\u0064type":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, &[]);
}

#[test]
fn dtypes_are_strings_of_the_table() {
    let entry =
        |dtype: &str| format!(r#"{{"a":{{"dtype":⟦{dtype}⟧,"shape":[0],"data_offsets":[0,0]}}}}"#);
    for unknown in ["\"f32\"", "\"\"", "\"F32 \"", "\"FLOAT\"", "\"F\\u0033\""] {
        expect(&entry(unknown), 0, &["dtype/known @0"]);
    }
    for wrong in ["1", "null", "[\"F32\"]", "{\"F32\":null}", "true"] {
        expect(&entry(wrong), 0, &["entry/dtype-is-string @0"]);
    }
    for dtype in latest().dtypes() {
        expect(&entry(&format!("\"{}\"", dtype.name)), 0, &[]);
    }
    expect(&entry("\"F\\u00332\""), 0, &[]);
}

#[test]
fn an_edition_knows_its_dtypes_only() {
    let header = r#"{"a":{"dtype":⟦"C64"⟧,"shape":[0],"data_offsets":[0,0]}}"#;
    for (edition, rules) in [("0.7", &[][..]), ("0.6", &["dtype/known @0"])] {
        let dialect = Dialect::edition(edition).unwrap();
        expect_under(&dialect, header, 0, rules);
    }
    let dialect = Dialect::edition("0.3").unwrap();
    let validation = expect_under(&dialect, header, 0, &["dtype/known @0"]);
    assert!(validation.findings.iter().any(|f| f.message.contains("edition 0.7 adds it")));
}

#[test]
fn shape_and_offsets_are_arrays_of_numbers() {
    let entry = |shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"U8","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    for wrong in ["{}", "\"[0]\"", "0", "null"] {
        expect(&entry(&format!("⟦{wrong}⟧"), "[0,0]"), 0, &["entry/shape-is-array @0"]);
        expect(&entry("[0]", &format!("⟦{wrong}⟧")), 5, &["entry/offsets-is-array @0"]);
    }
    expect(
        &entry("[⟦\"1\"⟧,0,⟦null⟧]", "[⟦true⟧,⟦[]⟧]"),
        5,
        &[
            "entry/shape-holds-numbers @0",
            "entry/shape-holds-numbers @1",
            "entry/offsets-holds-numbers @2",
            "entry/offsets-holds-numbers @3",
        ],
    );
    for wrong in ["[]", "[0]", "[0,0,0]"] {
        expect(&entry("[0]", &format!("⟦{wrong}⟧")), 5, &["entry/offsets-is-pair @0"]);
    }
    expect(
        &entry("[0]", "⟦[0,⟦\"0\"⟧,0]⟧"),
        5,
        &["entry/offsets-is-pair @0", "entry/offsets-holds-numbers @1"],
    );
}

#[test]
fn integers_are_spelled_plainly() {
    for spelling in ["0.0", "0e0", "-0", "-2", "1E2", "2.0"] {
        let header = format!(
            r#"{{"a":{{"dtype":"U8","shape":[⟦{spelling}⟧],"data_offsets":[0,⟦{spelling}⟧]}}}}"#
        );
        expect(&header, 5, &["entry/integer-spelling @0", "entry/integer-spelling @1"]);
    }
}

#[test]
fn integers_break_one_bound_each() {
    let entry = |number: &str| {
        format!(r#"{{"a":{{"dtype":"U8","shape":[0,⟦{number}⟧],"data_offsets":[0,0]}}}}"#)
    };
    expect(&entry("9007199254740991"), 0, &[]);
    for interoperable in ["9007199254740992", "18446744073709551615"] {
        let validation = expect(&entry(interoperable), 0, &["entry/integer-interoperable @0"]);
        assert_eq!(validation.verdict, Verdict::Either);
    }
    for beyond in ["18446744073709551616", &"9".repeat(5000)] {
        expect(&entry(beyond), 0, &["entry/integer-range @0"]);
    }
    // Offsets too large to be known leave the buffer unjudged.
    expect(
        r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,⟦18446744073709551616⟧]}}"#,
        7,
        &["entry/integer-range @0"],
    );
}

#[test]
fn rank_is_judged_for_each_shape() {
    let limit = usize::try_from(latest().limit("max_interoperable_rank")).unwrap();
    let entry = |rank: usize| {
        let shape = vec!["0"; rank].join(",");
        format!(r#"{{"a":{{"dtype":"U8","shape":⟦[{shape}]⟧,"data_offsets":[0,0]}}}}"#)
    };
    expect(&entry(limit), 0, &[]);
    let validation = expect(&entry(limit + 1), 0, &["shape/rank @0"]);
    assert_eq!(validation.verdict, Verdict::Either);
}
