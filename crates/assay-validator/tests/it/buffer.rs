//! Order, tiling and alignment of the byte buffer: points 16 to 18 of the meaning of the checks.

use assay_spec::Span;
use assay_validator::validate;

use crate::support::{expect, file, latest};

/// A header of tensors of bytes: name, BEGIN, END; a name with `!` has its offsets marked.
fn tensors(list: &[(&str, u64, u64)]) -> String {
    let entries: Vec<String> = list
        .iter()
        .map(|(name, begin, end)| {
            let (open, close) = if name.ends_with('!') { ("⟦", "⟧") } else { ("", "") };
            let count = end.saturating_sub(*begin);
            format!(
                r#""{name}":{{"dtype":"U8","shape":[{count}],"data_offsets":{open}[{begin},{end}]{close}}}"#
            )
        })
        .collect();
    format!("{{{}}}", entries.join(","))
}

#[test]
fn tensors_tile_the_buffer_in_any_header_order() {
    expect(&tensors(&[]), 0, &[]);
    expect(&tensors(&[("a", 0, 2), ("b", 2, 5)]), 5, &[]);
    expect(&tensors(&[("b", 2, 5), ("a", 0, 2)]), 5, &[]);
    expect(&tensors(&[("x", 0, 0), ("b", 2, 5), ("y", 2, 2), ("a", 0, 2), ("z", 5, 5)]), 5, &[]);
}

#[test]
fn gaps_are_the_bytes_left_out() {
    expect(&tensors(&[("a", 1, 2)]), 2, &["buffer/no-holes @+0..1"]);
    expect(
        &tensors(&[("c", 8, 9), ("a", 0, 2), ("b", 4, 5)]),
        9,
        &["buffer/no-holes @+2..4", "buffer/no-holes @+5..8"],
    );
}

#[test]
fn overlaps_are_the_later_of_two() {
    expect(&tensors(&[("a", 0, 4), ("b!", 2, 6)]), 6, &["buffer/no-overlaps @0"]);
    // Within another, and the running offset does not fall back.
    expect(&tensors(&[("a", 0, 6), ("b!", 2, 4), ("c", 6, 8)]), 8, &["buffer/no-overlaps @0"]);
    // Of two equal ranges the one that stands later in the header.
    expect(&tensors(&[("a", 0, 4), ("b!", 0, 4)]), 4, &["buffer/no-overlaps @0"]);
}

#[test]
fn the_tail_is_what_no_tensor_covers() {
    expect(&tensors(&[]), 3, &["buffer/no-trailing-bytes @+0..3"]);
    expect(&tensors(&[("a", 0, 4)]), 6, &["buffer/no-trailing-bytes @+4..6"]);
    expect(
        &tensors(&[("a", 0, 4), ("x!", 6, 6)]),
        6,
        &["buffer/empty-at-running-offset @0", "buffer/no-trailing-bytes @+4..6"],
    );
}

#[test]
fn tensors_end_within_the_buffer() {
    expect(&tensors(&[("a!", 0, 4)]), 3, &["buffer/within-file @0"]);
    expect(
        &tensors(&[("a", 0, 4), ("b!", 2, 9)]),
        6,
        &["buffer/no-overlaps @0", "buffer/within-file @0"],
    );
    let huge = u64::MAX;
    let begin = huge - 1;
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[1],"data_offsets":[{begin},{huge}]}}}}"#);
    let bytes = file(header.as_bytes(), 1);
    let validation = validate(&bytes, latest());
    let data_start = 8 + header.len() as u64;
    let gap = validation.findings.iter().find(|f| f.rule.as_str() == "buffer/no-holes").unwrap();
    assert_eq!(gap.span, Span::new(data_start, u64::MAX));
    assert!(validation.findings.iter().any(|f| f.rule.as_str() == "buffer/within-file"));
}

#[test]
fn empty_tensors_lie_at_the_running_offset() {
    expect(&tensors(&[("a", 0, 4), ("x!", 2, 2)]), 4, &["buffer/empty-at-running-offset @0"]);
    expect(&tensors(&[("a", 0, 4), ("x!", 5, 5)]), 4, &["buffer/empty-at-running-offset @0"]);
    // Outside the buffer it is misplaced, not an overrun.
    expect(&tensors(&[("x!", 900, 900)]), 0, &["buffer/empty-at-running-offset @0"]);
    expect(&tensors(&[("x", 0, 0), ("y", 0, 0), ("a", 0, 1)]), 1, &[]);
}

#[test]
fn a_range_that_ends_before_it_begins_leaves_the_tiling_unjudged() {
    expect(&tensors(&[("a!", 4, 2), ("b", 7, 9)]), 20, &["buffer/offsets-ordered @0"]);
}

#[test]
fn tiling_does_not_need_dtype_or_shape() {
    expect(
        r#"{"a":{"dtype":⟦"NO"⟧,"shape":[⟦"x"⟧],"data_offsets":[1,2]}}"#,
        2,
        &["dtype/known @0", "entry/shape-holds-numbers @1", "buffer/no-holes @+0..1"],
    );
    expect(
        r#"{"a":⟦{"data_offsets":[1,2]}⟧}"#,
        2,
        &["entry/required-fields @0", "entry/required-fields @0", "buffer/no-holes @+0..1"],
    );
}

#[test]
fn one_bad_entry_leaves_the_tiling_unjudged() {
    expect(
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"b":⟦0⟧}"#,
        9,
        &["entry/is-object @0"],
    );
}

#[test]
fn the_buffer_is_advised_to_begin_aligned() {
    for (padding, is_advised) in [(0, true), (6, false), (7, true), (14, false)] {
        let header = format!("{{}}{}", " ".repeat(padding));
        let validation = validate(&file(header.as_bytes(), 0), latest());
        let rules: Vec<&str> = validation.findings.iter().map(|f| f.rule.as_str()).collect();
        let spans: Vec<Span> = validation.findings.iter().map(|f| f.span).collect();
        let expected: &[&str] = if is_advised { &["header/data-alignment"] } else { &[] };
        assert_eq!(rules, expected, "{padding}");
        assert!(spans.iter().all(|span| *span == Span::new(0, 8)));
        assert!(validation.view.is_some());
    }
}

#[test]
fn tensors_are_advised_to_begin_aligned() {
    let pad = |header: &str| {
        let marks = header.matches(['⟦', '⟧']).map(str::len).sum::<usize>();
        format!("{header}{}", " ".repeat((8 - (header.len() - marks) % 8) % 8))
    };
    let header = |begin: u64, end: u64| {
        pad(&format!(
            r#"{{"a":{{"dtype":"U8","shape":[{begin}],"data_offsets":[0,{begin}]}},"b":{{"dtype":"F32","shape":[1],"data_offsets":⟦[{begin},{end}]⟧}}}}"#
        ))
    };
    expect(&header(4, 8), 8, &[]);
    expect(&header(2, 6), 6, &["buffer/tensor-alignment @0"]);
    // Not for empty tensors, nor for elements that are not whole bytes.
    expect(
        &pad(
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},"c":{"dtype":"F4","shape":[2],"data_offsets":[1,2]}}"#,
        ),
        2,
        &[],
    );
}
