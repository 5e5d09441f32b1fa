//! What a reader sees: point 20 of the meaning of the checks.

use std::collections::BTreeMap;

use assay_spec::{Span, TensorView, Verdict, View};
use assay_validator::validate;

use crate::support::{expect, file, latest};

#[test]
fn a_view_holds_names_values_and_places() {
    let header = r#"{"b\u0000\ud83d\ude00":{"data_offsets":[8,12],"shape":[2,2],"dtype":"U8"},
        "__metadata__":{"k\n":"v","":"\u00e9"},"":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
        "a":{"dtype":"F4","shape":[8],"data_offsets":[4,8],"extra":null}}"#
        .replace('\n', " ");
    let validation = validate(&file(header.as_bytes(), 12), latest());
    assert_eq!(validation.verdict, Verdict::Valid, "{:#?}", validation.findings);
    let start = 8 + header.len() as u64;
    let tensor = |name: &str, dtype: &str, shape: &[u64], begin, end| TensorView {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        shape: shape.to_vec(),
        contents: Span::new(start + begin, start + end),
    };
    let metadata = [("k\n", "v"), ("", "é")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let expected = View {
        metadata: Some(BTreeMap::from(metadata)),
        tensors: vec![
            tensor("", "F32", &[], 0, 4),
            tensor("a", "F4", &[8], 4, 8),
            tensor("b\0\u{1f600}", "U8", &[2, 2], 8, 12),
        ],
        marks: Vec::new(),
    };
    assert_eq!(validation.view, Some(expected));
}

#[test]
fn names_are_sorted_by_code_point() {
    let entry = r#"{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
    // In UTF-16 the last two would change places.
    let names = ["B", "a", "é", "\u{ffff}", "\u{1f600}"];
    let header: Vec<String> = names.iter().rev().map(|n| format!("\"{n}\":{entry}")).collect();
    let validation = expect(&format!("{{{}}}", header.join(",")), 0, &[]);
    let view = validation.view.unwrap();
    let found: Vec<&str> = view.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(found, names);
}

#[test]
fn absent_null_and_empty_metadata_are_told_apart_as_far_as_readers_can() {
    let metadata = |header: &str| {
        let bytes = file(header.as_bytes(), 0);
        validate(&bytes, latest()).view.expect("not invalid").metadata
    };
    assert_eq!(metadata("{}"), None);
    assert_eq!(metadata(r#"{"__metadata__":null}"#), None);
    assert_eq!(metadata(r#"{"__metadata__":{}}"#), Some(BTreeMap::new()));
}

#[test]
fn an_invalid_file_has_no_view() {
    let bytes = file(br#"{"__metadata__":{"a":1}}"#, 0);
    let validation = validate(&bytes, latest());
    assert_eq!((validation.verdict, validation.view), (Verdict::Invalid, None));
}
