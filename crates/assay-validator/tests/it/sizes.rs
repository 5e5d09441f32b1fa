//! The size equation: point 15 of the meaning of the checks.

use assay_spec::Verdict;

use crate::support::expect;

fn entry(dtype: &str, shape: &str, offsets: &str) -> String {
    let header =
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#);
    let marks = header.matches(['⟦', '⟧']).map(str::len).sum::<usize>();
    let padding = (8 - (header.len() - marks) % 8) % 8;
    format!("{header}{}", " ".repeat(padding))
}

#[test]
fn the_range_is_as_long_as_dtype_and_shape_say() {
    expect(&entry("F32", "[2,3]", "[0,24]"), 24, &[]);
    expect(&entry("F32", "[]", "[0,4]"), 4, &[]);
    expect(&entry("F32", "[0]", "[0,0]"), 0, &[]);
    expect(&entry("F32", "[2,3]", "⟦[0,23]⟧"), 23, &["shape/matches-offsets @0"]);
    expect(&entry("F32", "[]", "⟦[0,0]⟧"), 0, &["shape/matches-offsets @0"]);
    expect(&entry("F32", "[5,0]", "⟦[0,20]⟧"), 20, &["shape/matches-offsets @0"]);
}

#[test]
fn a_size_beyond_64_bits_does_not_fit() {
    // 2^61 elements of 8 bits are 2^64 bits, one too many.
    let (fits, beyond) = ("[2305843009213693951]", "[2305843009213693952]");
    let big = "entry/integer-interoperable @0";
    expect(
        &entry("U8", &fits.replace('[', "[⟦").replace(']', "⟧]"), "⟦[0,0]⟧"),
        0,
        &[big, "shape/matches-offsets @1"],
    );
    expect(
        &entry("U8", &format!("⟦{}⟧", beyond.replace('[', "[⟦").replace(']', "⟧]")), "[0,0]"),
        0,
        &["shape/size-fits @0", "entry/integer-interoperable @1"],
    );
    let max = "4294967296";
    let huge = format!("⟦[{max},{max},{max},{max},{max}]⟧");
    expect(&entry("U8", &huge, "[0,0]"), 0, &["shape/size-fits @0"]);
}

#[test]
fn a_product_may_be_large_before_a_zero_but_that_is_disputed() {
    let big = "4294967296";
    for shape in [format!("[{big},{big},0]"), format!("[0,{big},{big}]")] {
        let disputed = !shape.starts_with("[0");
        let rules: &[&str] = if disputed { &["shape/no-overflow-before-zero @0"] } else { &[] };
        let validation = expect(&entry("F32", &format!("⟦{shape}⟧"), "[0,0]"), 0, rules);
        assert_eq!(validation.verdict == Verdict::Either, disputed);
    }
    // The bound is on the product itself, and the greatest may stand.
    expect(&entry("F32", "[4294967295,4294967297,0]", "[0,0]"), 0, &[]);
}

#[test]
fn packed_elements_fill_whole_bytes() {
    expect(&entry("F4", "[3,2]", "[0,3]"), 3, &[]);
    expect(&entry("F4", "⟦[3]⟧", "[0,2]"), 2, &["dtype/whole-bytes @0"]);
    expect(&entry("F6_E2M3", "[4]", "[0,3]"), 3, &[]);
    expect(&entry("F6_E2M3", "⟦[5]⟧", "[0,4]"), 4, &["dtype/whole-bytes @0"]);
    expect(&entry("F4", "[0]", "[0,0]"), 0, &[]);
}

#[test]
fn no_size_is_judged_without_dtype_shape_or_order() {
    expect(&entry("⟦⟧X", "[5]", "[0,1]").replace("\"⟦⟧X\"", "⟦\"X\"⟧"), 1, &["dtype/known @0"]);
    expect(&entry("U8", "[⟦-5⟧]", "[0,1]"), 1, &["entry/integer-spelling @0"]);
    expect(&entry("U8", "[5]", "⟦[1,0]⟧"), 1, &["buffer/offsets-ordered @0"]);
}
