//! Breaking the size equation: elements × bits = 8 × (END − BEGIN).

use assay_spec::check::SizeDemand;
use assay_spec::{Dialect, Dtype};

use super::{Bench, Kind, Pair};
use crate::bounds;
use crate::model::Tensor;

/// How far factors are looked for below the square root.
const FACTOR_TRIES: u128 = 100_000;

/// Two factors of 2^64 + 1: a product that wraps to one element.
const WRAPS_TO_ONE: [u64; 2] = [274_177, 67_280_421_310_721];

pub(super) fn kinds(demand: SizeDemand) -> Vec<Kind> {
    match demand {
        SizeDemand::WholeBytes => whole_bytes(),
        SizeDemand::Fits => fits(),
        SizeDemand::NoOverflowBeforeZero => overflow_before_zero(),
        SizeDemand::MatchesOffsets | SizeDemand::MatchesOffsetsRoundedUp => matches_offsets(),
    }
}

fn whole_bytes() -> Vec<Kind> {
    vec![
        Kind::new("scalar", "a scalar of a dtype that is no whole number of bytes", |bench| {
            part_of_byte(bench, |_| (Vec::new(), 1), |whole| vec![whole], false)
        }),
        Kind::new("rounded-down", "a part of a byte that the range leaves out", |bench| {
            part_of_byte(bench, |whole| (vec![whole + 1], whole + 1), |whole| vec![whole], false)
        }),
        Kind::new("rounded-up", "a part of a byte that the range rounds up", |bench| {
            let shape = |whole| (vec![2 * whole - 1], 2 * whole - 1);
            part_of_byte(bench, shape, |whole| vec![2 * whole], true)
        }),
        Kind::new("matrix", "a matrix whose elements are no whole number of bytes", |bench| {
            let shape = |whole| (vec![whole + 1, 1], whole + 1);
            part_of_byte(bench, shape, |whole| vec![whole, 1], true)
        }),
    ]
}

/// A tensor that ends within a byte; shapes depend on how many elements are whole bytes.
fn part_of_byte(
    bench: &mut Bench<'_>,
    shape: fn(u64) -> (Vec<u64>, u64),
    twin: fn(u64) -> Vec<u64>,
    up: bool,
) -> Option<Pair> {
    let dtypes: Vec<&Dtype> =
        bench.dialect.dtypes().iter().filter(|dtype| dtype.bytes().is_none()).collect();
    let dtype =
        if bench.plain || dtypes.is_empty() { dtypes.first()? } else { *bench.draw.pick(&dtypes) };
    let whole = bounds::whole(dtype);
    let good = bench.shaped(dtype, &[twin(whole)]);
    let (shape, elements) = shape(whole);
    let bits = elements * dtype.bits;
    let mut bad = good[0].clone();
    bad.shape = shape;
    bad.contents.resize((if up { bits.div_ceil(8) } else { bits / 8 }) as usize, 1);
    Pair::new(bench.document(&[bad]).draft(), bench.document(&good).draft())
}

fn fits() -> Vec<Kind> {
    vec![
        oversized("one-above", "the smallest size that is too large", |dialect, dtype| {
            let elements = u128::from(bounds::largest_size_bits(dialect) / dtype.bits) + 1;
            dims_above(dialect, elements)
        }),
        oversized("wraps-to-zero", "a number of elements that is zero modulo 2^64", |_, _| {
            vec![1 << 32, 1 << 32]
        }),
        oversized(
            "wraps-to-zero-in-four",
            "four dimensions whose product is zero modulo 2^64",
            |_, _| vec![1 << 16; 4],
        ),
        oversized("wraps-to-one", "a number of elements that is one modulo 2^64", |_, _| {
            WRAPS_TO_ONE.to_vec()
        }),
        oversized("largest-dimensions", "three dimensions of the largest integer", |dialect, _| {
            vec![bounds::largest_integer(dialect); 3]
        }),
    ]
}

/// A tensor too large for any file, with the range that a wrapped product gives.
fn oversized(
    slug: &'static str,
    title: &'static str,
    shape: fn(&Dialect, &Dtype) -> Vec<u64>,
) -> Kind {
    Kind::new(slug, title, move |bench| {
        let dtype = bench.dtype()?;
        let shape = shape(bench.dialect, dtype);
        let bits: u128 = saturating_product(&shape).saturating_mul(u128::from(dtype.bits));
        let largest = bounds::largest_integer(bench.dialect);
        let breaks = bits > u128::from(bounds::largest_size_bits(bench.dialect))
            && shape.iter().all(|dimension| *dimension <= largest);
        if !breaks {
            return None;
        }
        // What a reader that multiplies without looking believes to hold.
        let wrapped = shape.iter().fold(1, |product: u64, d| product.wrapping_mul(*d));
        let elements = wrapped.min(1);
        let mut tensors = bench.tensors(2)?;
        let last = tensors.last_mut()?;
        last.dtype.clone_from(&dtype.name);
        last.contents = vec![1; usize::try_from(elements * dtype.bytes()?).ok()?];
        last.shape = vec![elements];
        let twin = bench.document(&tensors);
        tensors.last_mut()?.shape = shape;
        Pair::new(bench.document(&tensors).draft(), twin.draft())
    })
}

fn overflow_before_zero() -> Vec<Kind> {
    vec![
        overflowing(
            "one-above",
            "the smallest product before a zero that is too large",
            |dialect| {
                let product = u128::from(bounds::largest_size_bits(dialect)) + 1;
                [dims_above(dialect, product), vec![0]].concat()
            },
        ),
        overflowing(
            "largest-dimensions",
            "two dimensions of the largest integer before a zero",
            |dialect| {
                let largest = bounds::largest_integer(dialect);
                vec![largest, largest, 0]
            },
        ),
        overflowing(
            "many-dimensions",
            "five dimensions whose product is too large before a zero",
            |_| vec![1 << 16, 1 << 16, 1 << 16, 1 << 16, 1 << 16, 0],
        ),
        overflowing(
            "zero-in-the-middle",
            "a product that is too large before a zero in the middle",
            |dialect| {
                let largest = bounds::largest_integer(dialect);
                vec![largest, largest, 0, 2]
            },
        ),
    ]
}

fn overflowing(slug: &'static str, title: &'static str, shape: fn(&Dialect) -> Vec<u64>) -> Kind {
    Kind::new(slug, title, move |bench| {
        let dtype = bench.dtype()?;
        let shape = shape(bench.dialect);
        let before: Vec<u64> = shape.iter().copied().take_while(|d| *d != 0).collect();
        let largest = bounds::largest_integer(bench.dialect);
        let breaks = saturating_product(&before)
            > u128::from(bounds::largest_size_bits(bench.dialect))
            && shape.iter().all(|dimension| *dimension <= largest);
        if !breaks {
            return None;
        }
        let mut tensors = bench.tensors(2)?;
        let last = tensors.last_mut()?;
        *last =
            Tensor { rank: last.rank, ..Tensor::new(&last.name, &dtype.name, &shape, Vec::new()) };
        let broken = bench.document(&tensors);
        let first = &mut tensors.last_mut()?.shape;
        first.retain(|dimension| *dimension != 0);
        first.insert(0, 0);
        Pair::new(broken.draft(), bench.document(&tensors).draft())
    })
}

fn matches_offsets() -> Vec<Kind> {
    let shaped = |slug, title, edit: fn(&mut Vec<u64>)| {
        Kind::new(slug, title, move |bench| last_of_two(bench, |tensor| edit(&mut tensor.shape)))
    };
    vec![
        shaped("shape-one-less", "a shape that is too small for its range", |shape| {
            if let Some(last) = shape.last_mut() {
                *last -= 1;
            }
        }),
        shaped("shape-one-more", "a shape that is too large for its range", |shape| {
            if let Some(last) = shape.last_mut() {
                *last += 1;
            }
        }),
        shaped("scalar-of-many", "a scalar whose range holds several elements", Vec::clear),
        shaped("empty-with-bytes", "an empty shape whose range holds bytes", |shape| {
            if let Some(last) = shape.last_mut() {
                *last = 0;
            }
        }),
        Kind::new("scalar-without-bytes", "a scalar whose range is empty", |bench| {
            without_bytes(bench, &[])
        }),
        Kind::new("vector-without-bytes", "a vector whose range is empty", |bench| {
            without_bytes(bench, &[3])
        }),
        Kind::new("wider-dtype", "a dtype that is too wide for the range", |bench| {
            other_width(bench, true)
        }),
        Kind::new("narrower-dtype", "a dtype that is too narrow for the range", |bench| {
            other_width(bench, false)
        }),
        Kind::new("bytes-moved", "a range that begins in the tensor before it", bytes_moved),
    ]
}

/// Breaks the last of two tensors.
fn last_of_two(bench: &mut Bench<'_>, edit: impl FnOnce(&mut Tensor)) -> Option<Pair> {
    let mut tensors = bench.tensors(2)?;
    let twin = bench.document(&tensors);
    edit(tensors.last_mut()?);
    Pair::new(bench.document(&tensors).draft(), twin.draft())
}

fn without_bytes(bench: &mut Bench<'_>, shape: &[u64]) -> Option<Pair> {
    let mut tensors = bench.tensors(2)?;
    let last = tensors.last_mut()?;
    last.contents.clear();
    last.shape = vec![0];
    let twin = bench.document(&tensors);
    tensors.last_mut()?.shape = shape.to_vec();
    Pair::new(bench.document(&tensors).draft(), twin.draft())
}

/// The last tensor's dtype becomes one of twice or half the width.
fn other_width(bench: &mut Bench<'_>, wider: bool) -> Option<Pair> {
    let dtypes = bounds::whole_dtypes(bench.dialect);
    let (narrow, wide) = dtypes
        .iter()
        .find_map(|narrow| Some((narrow, dtypes.iter().find(|wide| wide.bits > narrow.bits)?)))?;
    let (right, wrong) = if wider { (narrow, wide) } else { (wide, narrow) };
    let shapes = [bench.shape(), bench.shape()];
    let mut tensors = bench.shaped(right, &shapes);
    let twin = bench.document(&tensors);
    tensors.last_mut()?.dtype.clone_from(&wrong.name);
    Pair::new(bench.document(&tensors).draft(), twin.draft())
}

/// The last byte of one tensor becomes the first of the next.
fn bytes_moved(bench: &mut Bench<'_>) -> Option<Pair> {
    let mut tensors = bench.tensors(2)?;
    let twin = bench.document(&tensors);
    let byte = tensors[0].contents.pop()?;
    tensors[1].contents.insert(0, byte);
    Pair::new(bench.document(&tensors).draft(), twin.draft())
}

fn saturating_product(shape: &[u64]) -> u128 {
    shape.iter().fold(1, |product: u128, d| product.saturating_mul(u128::from(*d)))
}

/// Dimensions whose product is at least `target`, and no more than it must be
/// as far as factors are found. None is larger than integers may be.
fn dims_above(dialect: &Dialect, target: u128) -> Vec<u64> {
    if let Some(dims) = dims_equal(dialect, target) {
        return dims;
    }
    let largest = u128::from(bounds::largest_integer(dialect)).max(2);
    let mut dims = Vec::new();
    let mut left = target;
    while left > largest {
        let factor = largest.min(1 << 32);
        dims.push(factor as u64);
        left = left.div_ceil(factor);
    }
    dims.push(left as u64);
    dims
}

/// One or two dimensions whose product is `target`, if found.
pub(crate) fn dims_equal(dialect: &Dialect, target: u128) -> Option<Vec<u64>> {
    let largest = u128::from(bounds::largest_integer(dialect));
    if target <= largest {
        return Some(vec![target as u64]);
    }
    let root = target.isqrt();
    let two = 1_u128 << target.trailing_zeros().min(root.ilog2());
    std::iter::once(two)
        .chain((root.saturating_sub(FACTOR_TRIES)..=root).rev())
        .filter(|factor| *factor > 0 && target.is_multiple_of(*factor))
        .map(|factor| (factor, target / factor))
        .find(|(a, b)| *a <= largest && *b <= largest)
        .map(|(a, b)| vec![a as u64, b as u64])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_reach_their_product() {
        let dialect = Dialect::latest();
        assert_eq!(dims_above(&dialect, 1 << 64), [1 << 32, 1 << 32]);
        assert_eq!(dims_above(&dialect, 12), [12]);
        let most = dims_equal(&dialect, u128::from(u64::MAX)).unwrap();
        assert_eq!(saturating_product(&most), u128::from(u64::MAX));
        assert_eq!(saturating_product(&dims_above(&dialect, 1 << 61)), 1 << 61);
        assert!(saturating_product(&dims_above(&dialect, (1 << 61) + 3)) > 1 << 61);
    }

    #[test]
    fn the_factors_wrap_to_one() {
        assert_eq!(WRAPS_TO_ONE[0].wrapping_mul(WRAPS_TO_ONE[1]), 1);
    }
}
