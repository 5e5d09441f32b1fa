//! Breaking the layout of the byte buffer: gaps, overlaps, ends, alignment.
//!
//! Layouts are given in units; a unit is a number of elements of one dtype.

use assay_spec::check::{Aligned, Fault};

use super::{Bench, Kind, Pair};
use crate::bounds;
use crate::document::Document;
use crate::draft::PREFIX_BYTES;
use crate::model::{Padding, Tensor};
use crate::text::Value;

/// Ranges in units, and how many units the byte buffer holds.
type Layout = (&'static [(u64, u64)], u64);

/// Slug, title, the broken layout, and its twin's.
type Row = (&'static str, &'static str, Layout, Layout);

/// A position far beyond any file of this crate, in units; less far where
/// integers or sizes may not be as large.
const FAR: u64 = 1 << 40;

const GAPS: &[Row] = &[
    ("gap-at-start", "a gap before the first tensor", (&[(1, 3)], 3), (&[(0, 3)], 3)),
    ("gap-in-middle", "a gap between two tensors", (&[(0, 2), (3, 5)], 5), (&[(0, 3), (3, 5)], 5)),
    (
        "large-gap",
        "a gap larger than the tensors",
        (&[(0, 2), (90, 92)], 92),
        (&[(0, 90), (90, 92)], 92),
    ),
    ("two-gaps", "two gaps", (&[(1, 2), (3, 4)], 4), (&[(0, 2), (2, 4)], 4)),
    (
        "gap-after-empty",
        "a gap after an empty tensor",
        (&[(0, 0), (1, 3)], 3),
        (&[(0, 0), (0, 3)], 3),
    ),
];

const OVERLAPS: &[Row] = &[
    (
        "partial-overlap",
        "a tensor that begins within another",
        (&[(0, 3), (2, 5)], 5),
        (&[(0, 3), (3, 5)], 5),
    ),
    ("same-range", "two tensors of the same range", (&[(0, 2), (0, 2)], 2), (&[(0, 2), (2, 4)], 4)),
    ("range-inside", "a tensor within another", (&[(0, 5), (1, 3)], 5), (&[(0, 3), (3, 5)], 5)),
    (
        "same-begin",
        "two tensors that begin together",
        (&[(0, 2), (0, 4)], 4),
        (&[(0, 2), (2, 4)], 4),
    ),
    ("same-end", "two tensors that end together", (&[(0, 4), (2, 4)], 4), (&[(0, 2), (2, 4)], 4)),
    (
        "chain",
        "three tensors that overlap one another",
        (&[(0, 2), (1, 3), (2, 4)], 4),
        (&[(0, 1), (1, 2), (2, 4)], 4),
    ),
];

const MISPLACED: &[Row] = &[
    (
        "inside-a-tensor",
        "an empty tensor within another",
        (&[(0, 4), (2, 2)], 4),
        (&[(0, 4), (4, 4)], 4),
    ),
    (
        "between-in-first",
        "an empty tensor within the first of two",
        (&[(0, 2), (1, 1), (2, 4)], 4),
        (&[(0, 2), (2, 2), (2, 4)], 4),
    ),
    (
        "one-past-the-end",
        "an empty tensor just past the end of the file",
        (&[(0, 2), (3, 3)], 2),
        (&[(0, 2), (2, 2)], 2),
    ),
    (
        "far-past-the-end",
        "an empty tensor far past the end of the file",
        (&[(0, 2), (FAR, FAR)], 2),
        (&[(0, 2), (2, 2)], 2),
    ),
    ("alone", "an empty tensor alone that does not begin at zero", (&[(5, 5)], 0), (&[(0, 0)], 0)),
];

const OVERRUNS: &[Row] = &[
    ("no-buffer", "a file that ends with its header", (&[(0, 2)], 0), (&[(0, 2)], 2)),
    ("half-a-tensor", "a file that ends in the middle of a tensor", (&[(0, 4)], 2), (&[(0, 4)], 4)),
    (
        "last-tensor-missing",
        "a file that ends before its last tensor",
        (&[(0, 2), (2, 4)], 2),
        (&[(0, 2), (2, 4)], 4),
    ),
    (
        "far-end",
        "a tensor that ends far past the end of the file",
        (&[(0, FAR)], 2),
        (&[(0, 2)], 2),
    ),
];

pub(super) fn kinds(forbid: Fault) -> Vec<Kind> {
    match forbid {
        Fault::Gap => rows(GAPS),
        Fault::Overlap => rows(OVERLAPS),
        Fault::MisplacedEmpty => rows(MISPLACED),
        Fault::Overrun => {
            let mut kinds = rows(OVERRUNS);
            kinds.push(Kind::new("one-byte-short", "a file that lacks its last byte", |bench| {
                let tensors = bench.tensors(2)?;
                let twin = bench.document(&tensors);
                let mut data = contents(&tensors);
                data.pop();
                Pair::new(bench.document_with(&tensors, data).draft(), twin.draft())
            }));
            kinds
        }
        Fault::Tail => vec![
            tail("one-byte-more", "one byte after the last tensor", 1, |_| vec![0]),
            tail("line-feed", "a line feed after the last tensor", 1, |_| b"\n".to_vec()),
            tail("many-bytes-more", "many bytes after the last tensor", 2, |_| vec![7; 100]),
            tail("bytes-without-tensors", "bytes in a file without tensors", 0, |_| vec![1, 2]),
            tail("second-file", "a second file after the first", 1, |bench| {
                bench.document(&[]).draft().to_bytes(1 << 20).unwrap_or_default()
            }),
            Kind::new("bytes-after-empty", "bytes in a file whose only tensor is empty", |bench| {
                let dtype = bench.dtype()?;
                let [name] = bench.names(1).try_into().ok()?;
                let tensors = [Tensor::new(&name, &dtype.name, &[0], Vec::new())];
                let twin = bench.document(&tensors);
                Pair::new(bench.document_with(&tensors, vec![0]).draft(), twin.draft())
            }),
        ],
    }
}

fn rows(table: &'static [Row]) -> Vec<Kind> {
    table
        .iter()
        .map(|(slug, title, broken, twin)| {
            Kind::new(*slug, *title, move |bench| {
                let unit = if bench.plain { 1 } else { bench.draw.from(1, 3) };
                let count = broken.0.len().max(twin.0.len());
                let shapes = vec![vec![1]; count];
                let dtype = bench.dtype()?;
                let tensors = bench.shaped(dtype, &shapes);
                let width = unit * dtype.bytes()?;
                let broken = laid_out(bench, &tensors, broken, unit, width);
                Pair::new(broken.draft(), laid_out(bench, &tensors, twin, unit, width).draft())
            })
        })
        .collect()
}

/// The tensors with the ranges of a layout; a unit is `unit` elements of `width` bytes in all.
fn laid_out(
    bench: &Bench<'_>,
    tensors: &[Tensor],
    layout: &Layout,
    unit: u64,
    width: u64,
) -> Document {
    let (ranges, units) = layout;
    let room = bounds::largest_integer(bench.dialect)
        .min(bounds::largest_size_bits(bench.dialect) / 8)
        / width.max(1);
    let ranges: Vec<(u64, u64)> =
        ranges.iter().map(|(begin, end)| (*begin.min(&room), *end.min(&room))).collect();
    let mut placed = Vec::new();
    for (tensor, (begin, end)) in tensors.iter().zip(&ranges) {
        placed.push(Tensor {
            shape: vec![(end - begin) * unit],
            contents: Vec::new(),
            ..tensor.clone()
        });
    }
    let data = (0..units * width).map(|at| at as u8).collect();
    let mut document = bench.document_with(&placed, data);
    for (tensor, (begin, end)) in tensors.iter().zip(ranges) {
        let offsets = Value::integers(&[begin * width, end * width]);
        *document.field(&tensor.name, &bench.keys.data_offsets) = offsets;
    }
    document
}

fn contents(tensors: &[Tensor]) -> Vec<u8> {
    tensors.iter().flat_map(|tensor| tensor.contents.clone()).collect()
}

fn tail(
    slug: &'static str,
    title: &'static str,
    count: usize,
    more: fn(&Bench<'_>) -> Vec<u8>,
) -> Kind {
    Kind::new(slug, title, move |bench| {
        let tensors = bench.tensors(count)?;
        let twin = bench.document(&tensors);
        let data = [contents(&tensors), more(bench)].concat();
        Pair::new(bench.document_with(&tensors, data).draft(), twin.draft())
    })
}

pub(super) fn alignment(of: Aligned) -> Vec<Kind> {
    match of {
        Aligned::DataStart => vec![
            Kind::new("one-byte-over", "a byte buffer one byte after a multiple", |bench| {
                unaligned_start(bench, 1, |_| 1)
            }),
            Kind::new("one-byte-under", "a byte buffer one byte before a multiple", |bench| {
                unaligned_start(bench, 1, |alignment| alignment - 1)
            }),
            Kind::new("half-a-multiple", "a byte buffer half a multiple off", |bench| {
                unaligned_start(bench, 1, |alignment| alignment / 2)
            }),
            Kind::new(
                "without-tensors",
                "a file without tensors whose header is not padded",
                |bench| unaligned_start(bench, 0, |_| 2),
            ),
        ],
        Aligned::TensorBegin => vec![
            Kind::new("after-one-byte", "a tensor after one byte", |bench| {
                unaligned_tensor(bench, |_| 1)
            }),
            Kind::new("after-three-bytes", "a tensor after three bytes", |bench| {
                unaligned_tensor(bench, |_| 3)
            }),
            Kind::new("half-aligned", "a tensor aligned to half its element size", |bench| {
                unaligned_tensor(bench, |width| width / 2)
            }),
        ],
    }
}

/// A byte buffer that begins `off` bytes after a multiple of the dialect's alignment.
fn unaligned_start(bench: &mut Bench<'_>, count: usize, off: fn(u64) -> u64) -> Option<Pair> {
    let alignment = bench.dialect.limit("data_alignment").max(1);
    // Tensors of single bytes are aligned anywhere.
    let bytes = bounds::whole_dtypes(bench.dialect).into_iter().find(|d| d.bytes() == Some(1));
    let tensors = match bytes {
        Some(dtype) => {
            let shapes: Vec<Vec<u64>> = (0..count).map(|_| bench.shape()).collect();
            bench.shaped(dtype, &shapes)
        }
        None => Vec::new(),
    };
    let twin = bench.document(&tensors);
    let off = off(alignment) % alignment;
    let byte = bounds::padding(bench.dialect).first().copied()?;
    let mut broken = twin.clone();
    let text = twin.text().len() as u64;
    let len = (text..=text + alignment).find(|len| (PREFIX_BYTES + len) % alignment == off)?;
    broken.style.padding = Padding::UpTo { byte, len };
    (off != 0).then(|| Pair { broken: broken.draft(), twin: twin.draft() })
}

/// A wide tensor after some bytes of a narrow one; the twin has the wide one first.
fn unaligned_tensor(bench: &mut Bench<'_>, before: fn(u64) -> u64) -> Option<Pair> {
    let dtypes = bounds::whole_dtypes(bench.dialect);
    let narrow = *dtypes.first()?;
    let wider: Vec<_> = dtypes.iter().copied().filter(|dtype| dtype.bits > narrow.bits).collect();
    let wide =
        if bench.plain || wider.is_empty() { *wider.last()? } else { *bench.draw.pick(&wider) };
    let (small, large) = (narrow.bytes()?, wide.bytes()?);
    let elements = before(large).div_ceil(small).max(1);
    if (elements * small).is_multiple_of(large) {
        return None;
    }
    let mut tensors = bench.shaped(narrow, &[vec![elements], vec![1]]);
    let shape = bench.shape();
    let mut second = bench.shaped(wide, &[shape]).remove(0);
    second.name.clone_from(&tensors[1].name);
    tensors[1] = second;
    let broken = bench.document(&tensors);
    tensors.swap(0, 1);
    Pair::new(broken.draft(), bench.document(&tensors).draft())
}
