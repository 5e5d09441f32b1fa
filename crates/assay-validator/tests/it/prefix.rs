//! The prefix: point 1 of the meaning of the checks.

use assay_spec::{Span, Verdict};
use assay_validator::{head_len, validate, validate_head};

use crate::support::{file, found, latest};

#[track_caller]
fn expect(bytes: &[u8], expected: &[(&str, u64, u64)]) {
    let validation = validate(bytes, latest());
    let expected: Vec<(String, Span)> =
        expected.iter().map(|(rule, a, b)| ((*rule).to_owned(), Span::new(*a, *b))).collect();
    assert_eq!(found(&validation), expected);
}

#[test]
fn a_file_shorter_than_the_prefix_breaks_one_rule() {
    for len in 0..8 {
        expect(&vec![0; len], &[("prefix/complete", 0, len as u64)]);
    }
}

#[test]
fn a_header_of_0_or_1_is_empty_and_nothing_else() {
    for len in [0, 1] {
        expect(&file(&b"{}"[..len], 0), &[("prefix/header-not-empty", 0, 8)]);
        expect(&(len as u64).to_le_bytes(), &[("prefix/header-not-empty", 0, 8)]);
    }
}

#[test]
fn a_header_over_the_limit_breaks_the_limit_only() {
    let limit = latest().limit("max_header_bytes");
    for len in [limit + 1, u64::MAX - 8, u64::MAX] {
        expect(&len.to_le_bytes(), &[("prefix/header-limit", 0, 8)]);
    }
    expect(&limit.to_le_bytes(), &[("prefix/header-within-file", 0, 8)]);
}

#[test]
fn a_header_must_end_within_the_file() {
    let whole = file(b"{}", 0);
    expect(&whole, &[]);
    expect(&whole[..9], &[("prefix/header-within-file", 0, 8)]);
}

#[test]
fn a_foreign_magic_is_advice_of_its_own() {
    expect(
        b"PK\x03\x04\x00\x00\x00\x00",
        &[("prefix/foreign-magic", 0, 4), ("prefix/header-within-file", 0, 8)],
    );
    expect(b"PK\x03\x04", &[("prefix/complete", 0, 4), ("prefix/foreign-magic", 0, 4)]);
    expect(b"PK\x03", &[("prefix/complete", 0, 3)]);
}

#[test]
fn a_head_is_enough() {
    let dialect = latest();
    let header = br#"{"a":{"dtype":"U8","shape":[1000],"data_offsets":[0,1000]}}"#;
    let whole = file(header, 1000);
    let len = whole.len() as u64;
    let needed = head_len(&whole[..8], len, dialect);
    assert_eq!(needed, 8 + header.len() as u64);
    let by_head = validate_head(&whole[..needed as usize], len, dialect);
    assert_eq!(by_head.verdict, Verdict::Valid);
    assert_eq!(by_head, validate(&whole, dialect));
}

#[test]
fn a_head_cut_short_is_a_file_cut_short() {
    let dialect = latest();
    let whole = file(br#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0);
    for end in 0..whole.len() {
        let validation = validate_head(&whole[..end], whole.len() as u64, dialect);
        assert_eq!(validation, validate(&whole[..end], dialect));
        assert_eq!(validation.verdict, Verdict::Invalid);
    }
    let longer = [&whole[..], b"beyond"].concat();
    let validation = validate_head(&longer, whole.len() as u64, dialect);
    assert_eq!(validation, validate(&whole, dialect));
}

#[test]
fn the_head_is_bounded_by_limit_and_file() {
    let dialect = latest();
    let limit = dialect.limit("max_header_bytes");
    let head = |header_len: u64, file_len| head_len(&header_len.to_le_bytes(), file_len, dialect);
    assert_eq!(head(100, 1000), 108);
    assert_eq!(head(limit, u64::MAX), 8 + limit);
    assert_eq!(head(limit + 1, u64::MAX), 8);
    assert_eq!(head(u64::MAX, u64::MAX), 8);
    assert_eq!(head(100, 107), 8);
    assert_eq!(head(0, 107), 8);
    assert_eq!(head_len(b"", 0, dialect), 0);
    assert_eq!(head_len(b"abc", 3, dialect), 3);
}
