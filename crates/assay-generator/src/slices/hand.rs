//! Questions that are always asked: those on which published readers were seen
//! to differ.

use assay_spec::{Dialect, Dtype};

use super::{SliceItem, SliceTensor};
use crate::bounds;

const fn range(start: Option<i64>, stop: Option<i64>) -> SliceItem {
    SliceItem::Range { start, stop, step: None }
}

const fn step(start: Option<i64>, stop: Option<i64>, step: i64) -> SliceItem {
    SliceItem::Range { start, stop, step: Some(step) }
}

const fn at(position: i64) -> SliceItem {
    SliceItem::Select(position)
}

const ALL: SliceItem = range(None, None);
const DOTS: SliceItem = SliceItem::Ellipsis;

/// Of a matrix of 10 rows of 5.
const MATRIX: &[&[SliceItem]] = &[
    &[at(0)],
    &[at(-1)],
    &[at(-10)],
    &[range(Some(2), Some(5))],
    &[at(0), at(0)],
    &[],
    &[ALL],
    &[at(-11)],
    &[at(10)],
    &[range(Some(3), Some(3))],
    &[range(Some(0), Some(0))],
    &[range(Some(10), None)],
    &[range(Some(10), Some(10))],
    &[range(Some(9), Some(20))],
    &[range(Some(20), None)],
    &[range(Some(5), Some(2))],
    &[step(None, None, 2)],
    &[step(Some(1), Some(8), 3)],
    &[ALL, step(None, None, 8)],
    &[step(Some(0), Some(0), 2)],
    &[step(Some(3), Some(3), 2)],
    &[step(Some(3), Some(1), 2)],
    &[step(None, None, -1)],
    &[step(None, None, 0)],
    &[range(Some(-3), None)],
    &[range(None, Some(-1))],
    &[DOTS],
    &[DOTS, at(0)],
    &[at(0), at(0), at(0)],
    &[ALL, ALL, ALL],
    &[at(1 << 31)],
    &[DOTS, DOTS],
];

const SCALAR: &[&[SliceItem]] = &[&[], &[DOTS], &[ALL], &[at(0)]];

/// Of no rows of 3.
const NO_ROWS: &[&[SliceItem]] =
    &[&[ALL], &[range(Some(0), Some(0))], &[ALL, range(Some(0), Some(2))], &[], &[at(0)]];

/// Of 3 rows of nothing.
const EMPTY_ROWS: &[&[SliceItem]] =
    &[&[], &[ALL], &[range(Some(0), Some(2))], &[at(0)], &[ALL, ALL], &[ALL, at(0)]];

/// Of elements smaller than a byte: shape, indices.
type OfSmall = (&'static [u64], &'static [&'static [SliceItem]]);

const HALVES: &[OfSmall] = &[
    (
        &[2, 4],
        &[
            &[at(0)],
            &[ALL, range(Some(0), Some(2))],
            &[ALL, range(Some(1), Some(3))],
            &[ALL, at(0)],
            &[ALL, range(Some(1), Some(1))],
        ],
    ),
    (
        &[8],
        &[&[step(None, None, 2)], &[range(Some(2), Some(6))], &[at(3)], &[step(None, None, -1)]],
    ),
    (&[4, 2], &[&[step(None, None, 2)], &[step(None, None, -1)], &[at(3)]]),
    (&[6, 3], &[&[range(Some(0), Some(1))], &[range(Some(0), Some(2))], &[step(None, None, 4)]]),
];

const SIX_BITS: &[OfSmall] = &[
    (&[4, 4], &[&[range(Some(0), Some(1))], &[ALL, range(Some(0), Some(2))], &[at(2)]]),
    (
        &[4, 3],
        &[
            &[range(Some(0), Some(1))],
            &[range(Some(0), Some(2))],
            &[range(Some(2), Some(4))],
            &[range(Some(0), Some(4))],
        ],
    ),
];

/// A dtype with the shapes of its tensors and what is asked of each.
type Asked<'d> = (&'d Dtype, &'static [u64], &'static [&'static [SliceItem]]);

fn asked(dialect: &Dialect) -> Vec<Asked<'_>> {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    // Readers differ by the width of elements where they multiply by it.
    let whole = bounds::whole_dtypes(dialect);
    for dtype in [whole.first(), whole.last()].into_iter().flatten() {
        asked.push((dtype, &[10, 5], MATRIX));
        asked.push((dtype, &[], SCALAR));
        asked.push((dtype, &[0, 3], NO_ROWS));
        asked.push((dtype, &[3, 0], EMPTY_ROWS));
    }
    for dtype in dialect.dtypes() {
        let shapes = match dtype.bits {
            4 => HALVES,
            6 => SIX_BITS,
            _ => &[],
        };
        asked.extend(shapes.iter().map(|(shape, indices)| (dtype, *shape, *indices)));
    }
    asked
}

/// The tensors, in the order in which [`questions`] counts them.
pub(super) fn tensors(dialect: &Dialect) -> Vec<SliceTensor> {
    let tensor = |(dtype, shape, _): Asked<'_>| SliceTensor {
        dtype: dtype.name.clone(),
        shape: shape.to_vec(),
    };
    asked(dialect).into_iter().map(tensor).collect()
}

/// Tensors by position, and indices into them.
pub(super) fn questions(dialect: &Dialect) -> Vec<(usize, Vec<SliceItem>)> {
    let all = asked(dialect).into_iter().enumerate();
    all.flat_map(|(at, (_, _, indices))| indices.iter().map(move |index| (at, index.to_vec())))
        .collect()
}
