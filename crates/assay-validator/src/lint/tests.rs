use std::collections::BTreeMap;

use assay_spec::TensorView;

use super::*;

fn tensor(name: &str, dtype: &str, shape: &[u64], contents: Span) -> TensorView {
    TensorView { name: name.to_owned(), dtype: dtype.to_owned(), shape: shape.to_vec(), contents }
}

/// The findings of contents that pass in pieces of `piece` bytes.
fn contents(tensors: &[(TensorView, Vec<u8>)], piece: usize) -> Vec<String> {
    let dialect = Dialect::latest();
    let mut contents = Contents::new(Lints::embedded(), &dialect);
    for (tensor, bytes) in tensors {
        let mut passing = contents.begin(tensor);
        bytes.chunks(piece).for_each(|piece| passing.piece(piece));
        contents.end(passing);
    }
    contents.finish().iter().map(shown).collect()
}

fn shown(finding: &Finding) -> String {
    let tensor = finding.tensor.as_deref().unwrap_or("-");
    format!("{} {} {tensor}: {}", finding.rule, finding.span, finding.message)
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn odd_values_are_counted_however_they_come() {
    let values = floats(&[1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::NAN]);
    let tensors = [
        (
            tensor("mask", "BOOL", &[20], Span::new(100, 120)),
            [vec![0; 17], vec![1, 2, 255]].concat(),
        ),
        (tensor("w", "F32", &[6], Span::new(120, 144)), values),
        (tensor("n", "I32", &[1], Span::new(144, 148)), vec![0xff; 4]),
    ];
    for piece in [8, 16, 1024] {
        assert_eq!(
            contents(&tensors, piece),
            [
                "lint/bool-values 0x76..0x77 mask: of 20 values, 2 are neither 0 nor 1",
                "lint/finite 0x7c..0x80 w: of 6 values, 2 are NaN and 2 are infinite",
            ]
        );
    }
}

#[test]
fn equal_contents_are_found_if_dtype_and_shape_are_equal_too() {
    let bytes: Vec<u8> = (0..2048_u32).map(|number| (number % 251) as u8).collect();
    let mut other = bytes.clone();
    other[2047] ^= 1;
    let at = |start| Span::new(start, start + 2048);
    let tensors = [
        (tensor("a", "U8", &[2048], at(0)), bytes.clone()),
        (tensor("b", "U8", &[2048], at(2048)), other),
        (tensor("c", "U8", &[2, 1024], at(4096)), bytes.clone()),
        (tensor("d", "U8", &[2048], at(6144)), bytes.clone()),
        (tensor("small", "U8", &[8], Span::new(8192, 8200)), vec![7; 8]),
        (tensor("same", "U8", &[8], Span::new(8200, 8208)), vec![7; 8]),
    ];
    assert_eq!(
        contents(&tensors, 512),
        ["lint/duplicate-contents 0x1800..0x2000 d: holds the same 2,048 bytes as tensor `a`"]
    );
}

/// The findings of a header of metadata alone.
fn metadata(pairs: &[(&str, &str)], padding: usize) -> Vec<String> {
    let dialect = Dialect::latest();
    let pairs: BTreeMap<String, String> =
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let text: String = pairs.iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
    let header = format!("{{\"__metadata__\":{{{text}}}}}{}", " ".repeat(padding));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let view = View { metadata: Some(pairs), ..View::default() };
    let file = Head { bytes: &bytes, view: &view, dialect: &dialect };
    head(&file, Lints::embedded()).iter().map(shown).collect()
}

#[test]
fn secrets_are_named_and_never_shown() {
    let secret = "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH";
    let found = metadata(&[("training", &format!("token={secret} --x"))], 0);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert!(one.starts_with("lint/secret-in-metadata 0x0..0x8"), "{one}");
    assert!(!one.contains("abcdef"), "{one}");
    assert!(metadata(&[("half_precision", "hf_small")], 0).is_empty());
}

#[test]
fn places_and_padding_are_pointed_at() {
    assert_eq!(
        metadata(&[("model", "/home/ada/out")], 0),
        ["lint/path-in-metadata 0x22..0x2f -: the metadata names a home folder under `model`"]
    );
    assert!(metadata(&[("format", "pt")], 4096).is_empty());
    let found = metadata(&[("format", "pt")], 4097);
    assert!(found[0].starts_with("lint/padding 0x28.."), "{found:?}");
    let long = "x".repeat(2 << 20);
    let found = metadata(&[("log", &long)], 0);
    assert!(found[0].starts_with("lint/header-size"), "{found:?}");
}
