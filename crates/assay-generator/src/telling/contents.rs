//! Files whose contents wrong readers change, shift or refuse.

use assay_spec::{Dtype, DtypeClass};

use super::Table;
use crate::boundaries::{Boundary, slug};
use crate::bounds;
use crate::model::{Padding, Tensor};

/// A tensor whose bytes count up from `first`, so that any exchange shows.
pub(super) fn counting(dtype: &Dtype, name: &str, shape: &[u64], first: u8) -> Tensor {
    let bits = shape.iter().product::<u64>() * dtype.bits;
    let contents = (0..bits / 8).map(|at| first.wrapping_add(at as u8)).collect();
    Tensor::new(name, &dtype.name, shape, contents)
}

/// A tensor of bytes that repeat, up to whole elements and whole bytes.
fn of_bytes(dtype: &Dtype, name: &str, bytes: &[u8]) -> Tensor {
    let group = (bounds::whole(dtype) * dtype.bits / 8) as usize;
    let groups = bytes.len().div_ceil(group).max(1);
    let contents = bytes.iter().copied().cycle().take(groups * group).collect();
    Tensor::new(name, &dtype.name, &[groups as u64 * bounds::whole(dtype)], contents)
}

pub(super) fn scalar(table: &Table<'_>) -> Vec<Boundary> {
    let dtypes = bounds::whole_dtypes(table.dialect);
    let Some(narrow) = dtypes.first() else { return Vec::new() };
    let all = dtypes.iter().zip(1..).map(|(dtype, at)| counting(dtype, &dtype.name, &[], at));
    let mut shapes = Vec::new();
    for (name, shape, first) in
        [("scalar", &[][..], 1), ("vector", &[1], 2), ("matrix", &[1, 1], 3)]
    {
        shapes.push(counting(narrow, name, shape, first));
    }
    vec![
        table.valid(
            "alone",
            "one scalar and nothing else",
            vec![counting(narrow, "scalar", &[], 7)],
        ),
        table.valid("each-dtype", "a scalar of each dtype of whole bytes", all.collect()),
        table.valid("beside-one-element", "a scalar beside other shapes of one element", shapes),
    ]
}

pub(super) fn empty_tensor(table: &Table<'_>) -> Vec<Boundary> {
    let dtypes = bounds::whole_dtypes(table.dialect);
    let (Some(narrow), Some(wide)) = (dtypes.first(), dtypes.last()) else { return Vec::new() };
    let largest = bounds::largest_integer(table.dialect);
    let one = |slug: &str, title: &str, shape: &[u64]| {
        table.valid(slug, title, vec![counting(wide, "empty", shape, 0)])
    };
    let between = |slug: &str, title: &str, sizes: &[u64]| {
        let tensors = sizes
            .iter()
            .zip(0_u8..)
            .map(|(size, at)| counting(narrow, &format!("t{at}"), &[*size], 0x10 * (at + 1)));
        table.valid(slug, title, tensors.collect())
    };
    let huge = Tensor::new("empty", &wide.name, &[0, largest, largest], Vec::new());
    let each = table.dialect.dtypes().iter().map(|dtype| counting(dtype, &dtype.name, &[0], 0));
    vec![
        one("one-zero", "one zero dimension", &[0]),
        one("zero-first", "a zero dimension before others", &[0, 3, 2]),
        one("zero-in-the-middle", "a zero dimension between others", &[3, 0, 2]),
        one("zero-last", "a zero dimension after others", &[3, 2, 0]),
        one("two-zeros", "two zero dimensions", &[0, 2, 0]),
        one("only-zeros", "nothing but zero dimensions", &[0, 0, 0]),
        table.valid("beside-largest", "a zero dimension beside the largest there are", vec![huge]),
        table.valid("each-dtype", "an empty tensor of each dtype", each.collect()),
        between("at-start", "an empty tensor before the others", &[0, 2, 3]),
        between("between", "an empty tensor between others", &[2, 0, 3]),
        between("at-end", "an empty tensor after the others", &[2, 3, 0]),
        between("several", "several empty tensors in one place", &[2, 0, 0, 0, 3]),
    ]
}

/// A matrix of each width that is not square and whose bytes all differ.
pub(super) fn content_bytes(table: &Table<'_>) -> Vec<Boundary> {
    let dtypes = bounds::whole_dtypes(table.dialect);
    let mut widths: Vec<&Dtype> = Vec::new();
    for dtype in &dtypes {
        if widths.iter().all(|other| other.bits != dtype.bits) {
            widths.push(dtype);
        }
    }
    let mut made: Vec<Boundary> = widths
        .iter()
        .map(|dtype| {
            let title =
                format!("a matrix of two rows and three columns, {} bits an element", dtype.bits);
            table.valid(
                &format!("{}-bits", dtype.bits),
                &title,
                vec![counting(dtype, "matrix", &[2, 3], 1)],
            )
        })
        .collect();
    let Some(narrow) = dtypes.first() else { return made };
    let cube = counting(narrow, "cube", &[2, 3, 5], 0);
    made.push(table.valid("three-dimensions", "three dimensions of different sizes", vec![cube]));
    let all: Vec<u8> = (0..=255).collect();
    made.push(table.valid(
        "every-byte",
        "every byte there is",
        vec![of_bytes(narrow, "bytes", &all)],
    ));
    let mut tensors: Vec<Tensor> = widths
        .iter()
        .rev()
        .zip(1_u8..)
        .map(|(dtype, at)| counting(dtype, &format!("w{at}"), &[3], at * 0x20))
        .collect();
    for (tensor, rank) in tensors.iter_mut().rev().zip(0..) {
        tensor.rank = rank;
    }
    made.push(table.valid(
        "many-widths",
        "tensors of every width, the first in the header last",
        tensors,
    ));
    made
}

/// Bytes that are special values in one format or another.
pub(super) fn opaque_values(table: &Table<'_>) -> Vec<Boundary> {
    // As little-endian bytes: infinities, NaNs with payloads, negative zeros,
    // subnormals of the usual formats, and what no number format is fond of.
    const PATTERNS: [(&str, &str, &[u8]); 9] = [
        ("all-ones", "all bits set", &[0xff; 8]),
        ("all-zeros", "no bit set", &[0; 8]),
        ("sign-only", "only the sign bit set", &[0, 0, 0, 0, 0, 0, 0, 0x80]),
        ("half-infinity", "infinity of five exponent bits in two bytes", &[0x00, 0x7c, 0x00, 0xfc]),
        (
            "brain-infinity",
            "infinity of eight exponent bits in two bytes",
            &[0x80, 0x7f, 0x80, 0xff],
        ),
        ("single-infinity", "infinity in four bytes", &[0, 0, 0x80, 0x7f, 0, 0, 0x80, 0xff]),
        ("double-infinity", "infinity in eight bytes", &[0, 0, 0, 0, 0, 0, 0xf0, 0x7f]),
        (
            "signalling-nan",
            "signalling NaNs with payloads",
            &[0x01, 0x7c, 0xa1, 0x7f, 0x01, 0x00, 0xf0, 0x7f],
        ),
        ("subnormal", "the smallest number above zero", &[0x01, 0, 0, 0, 0, 0, 0, 0]),
    ];
    let in_class = |wanted: fn(DtypeClass) -> bool| {
        table.dialect.dtypes().iter().filter(move |dtype| wanted(dtype.class))
    };
    let mut made = Vec::new();
    for (slug, title, bytes) in PATTERNS {
        let tensors: Vec<Tensor> = in_class(|class| {
            matches!(class, DtypeClass::Float | DtypeClass::Complex | DtypeClass::Scale)
        })
        .map(|dtype| of_bytes(dtype, &dtype.name, bytes))
        .collect();
        made.push(table.valid(slug, &format!("{title}, in every dtype of fractions"), tensors));
    }
    let odd: Vec<Tensor> = in_class(|class| class == DtypeClass::Bool)
        .map(|dtype| of_bytes(dtype, &dtype.name, &[0, 1, 2, 0x7f, 0x80, 0xff]))
        .collect();
    made.push(table.valid("odd-booleans", "booleans other than 0 and 1", odd));
    made
}

/// Every distance from an aligned position, by what lies before and by the header's length.
pub(super) fn unaligned_read(table: &Table<'_>) -> Vec<Boundary> {
    let dtypes = bounds::whole_dtypes(table.dialect);
    let (Some(narrow), Some(widest)) = (dtypes.first(), dtypes.last()) else { return Vec::new() };
    let small = narrow.bytes().unwrap_or(1);
    let mut made = Vec::new();
    for off in 1..widest.bits / narrow.bits {
        let before = counting(narrow, "before", &[off], 0xa0);
        let after = counting(widest, "after", &[2], 1);
        let title = format!("a tensor of {} bits an element at byte {}", widest.bits, off * small);
        made.push(table.valid(&format!("after-{off}"), &title, vec![before, after]));
    }
    if let Some(byte) = table.padding() {
        for off in 1..table.dialect.limit("data_alignment") {
            let mut model = table.model(vec![counting(widest, "tensor", &[2], 1)]);
            let len = model.to_draft().header_len().unwrap_or(0) + off;
            model.style.padding = Padding::UpTo { byte, len };
            let title = format!("a byte buffer {off} bytes after an aligned position");
            made.push(Boundary::valid(format!("header-{off}"), title, model.to_draft()));
        }
    }
    let mut mixed = vec![counting(narrow, "first", &[1], 0xff)];
    mixed.extend(dtypes.iter().zip(1..).map(|(dtype, at)| counting(dtype, &dtype.name, &[2], at)));
    made.push(table.valid("each-dtype", "a tensor of each dtype after one element", mixed));
    made
}

/// Elements smaller than a byte, or that end within one, with bytes that tell.
pub(super) fn sub_byte_order(table: &Table<'_>) -> Vec<Boundary> {
    let mut made = Vec::new();
    for dtype in table.dialect.dtypes().iter().filter(|dtype| dtype.bytes().is_none()) {
        let whole = bounds::whole(dtype);
        let (name, bits) = (slug(&dtype.name), dtype.bits);
        let one = |kind: &str, title: String, shape: &[u64], first| {
            table.valid(
                &format!("{name}-{kind}"),
                &title,
                vec![counting(dtype, "packed", shape, first)],
            )
        };
        made.push(one(
            "smallest",
            format!("the fewest elements of {bits} bits that are whole bytes"),
            &[whole],
            0x1e,
        ));
        made.push(one("vector", format!("many elements of {bits} bits"), &[4 * whole], 0x12));
        made.push(one(
            "odd-rows",
            format!("rows of elements of {bits} bits that end within a byte"),
            &[whole, 3],
            0x39,
        ));
        made.push(one("columns", format!("columns of elements of {bits} bits"), &[3, whole], 0x39));
        made.push(one("empty", format!("no element of {bits} bits"), &[0], 0));
    }
    made
}

pub(super) fn every_dtype(table: &Table<'_>) -> Vec<Boundary> {
    let shape = |dtype: &Dtype| [2, 3 * bounds::whole(dtype)];
    let mut made: Vec<Boundary> = table
        .dialect
        .dtypes()
        .iter()
        .map(|dtype| {
            let tensor = counting(dtype, "tensor", &shape(dtype), 1);
            table.valid(&slug(&dtype.name), &format!("dtype {}", dtype.name), vec![tensor])
        })
        .collect();
    let all = table.dialect.dtypes().iter().rev().zip(1..);
    let all = all.map(|(dtype, at)| counting(dtype, &dtype.name, &shape(dtype), at));
    made.push(table.valid("all-together", "every dtype in one file", all.collect()));
    made
}
