//! Applies an index to a shape: which bytes, in which order.
//!
//! The answer is a start, the length of one run, and a few nested loops over
//! it. Dimensions of which one position is taken need no loop, and what lies
//! together needs none; so there are never more loops than the number of
//! ranges has bits, whatever the rank.

use alloc::vec::Vec;

use assay_spec::Dtype;

use super::error::SliceError;
use super::index::{Index, IndexItem};
use crate::size::Size;

/// Which bytes of a tensor make a slice, in the order of its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The slice's dimensions.
    pub(super) shape: Vec<u64>,
    /// First byte of the first range, from the tensor's start.
    pub(super) start: u64,
    /// Bytes of each range; 0 if the slice holds nothing.
    pub(super) run: u64,
    /// Outermost first.
    pub(super) loops: Vec<Loop>,
}

/// One of the nested loops over ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loop {
    /// How many turns; at least two.
    pub(super) turns: u64,
    /// Bytes from one turn to the next, modulo 2^64: additions of a negative
    /// stride wrap, their sum is a place within the tensor.
    pub(super) stride: u64,
}

/// What is sliced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<'t> {
    pub(super) dtype: &'t Dtype,
    pub(super) shape: &'t [u64],
    /// Bytes of its contents.
    pub(super) len: u64,
}

/// What an item takes of a dimension.
#[derive(Debug, Clone, Copy)]
struct Taken {
    first: u64,
    count: u64,
    step: i128,
    /// Whether the result has the dimension.
    is_kept: bool,
}

/// The plan of an index into a tensor.
pub(super) fn plan(index: &Index, whole: Whole<'_>) -> Result<Plan, SliceError> {
    let Whole { dtype, shape, len } = whole;
    if Size::of(shape.iter().copied(), dtype.bits).bytes() != Some(len) {
        return Err(SliceError::SizeMismatch { len });
    }
    let items = Items::new(index, shape.len())?;
    let mut kept = Vec::new();
    let bytes = shape.len().saturating_mul(size_of::<u64>());
    kept.try_reserve_exact(shape.len()).map_err(|_| SliceError::NoMemory { bytes })?;
    let mut is_empty = false;
    for taken in items.taken(shape) {
        let taken = taken?.1;
        is_empty |= taken.count == 0;
        if taken.is_kept {
            kept.push(taken.count);
        }
    }
    if is_empty {
        return Ok(Plan { shape: kept, start: 0, run: 0, loops: Vec::new() });
    }
    if len == 0 {
        return Err(SliceError::SizeMismatch { len });
    }
    let elements = Elements::new(&items, shape)?;
    match elements.misaligned(dtype.bits) {
        None => Ok(elements.plan(dtype.bits, kept)),
        Some((fault, bit)) => Err(SliceError::Misaligned {
            dtype: dtype.name.clone(),
            element_bits: dtype.bits,
            dimension: blame(fault, &items, whole),
            bit,
        }),
    }
}

/// The items of an index, dealt to the dimensions.
struct Items<'i> {
    front: &'i [IndexItem],
    back: &'i [IndexItem],
    /// The first dimension that an item of `back` speaks of.
    back_from: usize,
}

impl<'i> Items<'i> {
    fn new(index: &'i Index, rank: usize) -> Result<Items<'i>, SliceError> {
        let items = index.items();
        let is_ellipsis = |item: &IndexItem| *item == IndexItem::Ellipsis;
        let (front, back) = match items.iter().position(is_ellipsis) {
            Some(at) => (&items[..at], &items[at + 1..]),
            None => (items, &[][..]),
        };
        if back.iter().any(is_ellipsis) {
            return Err(SliceError::TwoEllipses);
        }
        let count = front.len() + back.len();
        if count > rank {
            return Err(SliceError::TooManyItems { items: count, rank });
        }
        Ok(Items { front, back, back_from: rank - back.len() })
    }

    /// What is taken of each dimension, with its number, outermost first.
    fn taken(
        &self,
        shape: &[u64],
    ) -> impl DoubleEndedIterator<Item = Result<(usize, Taken), SliceError>> {
        shape.iter().enumerate().map(|(dimension, length)| {
            let item = match dimension.checked_sub(self.back_from) {
                Some(at) => self.back.get(at),
                None => self.front.get(dimension),
            };
            let item = item.copied().unwrap_or(IndexItem::Ellipsis);
            Ok((dimension, take(item, dimension, *length)?))
        })
    }
}

/// What an item takes of one dimension.
fn take(item: IndexItem, dimension: usize, length: u64) -> Result<Taken, SliceError> {
    match item {
        IndexItem::Ellipsis => Ok(range(None, None, 1, length)),
        IndexItem::Range { step: 0, .. } => Err(SliceError::ZeroStep { dimension }),
        IndexItem::Range { start, stop, step } => Ok(range(start, stop, step, length)),
        IndexItem::Select(position) => match u64::try_from(from_start(position, length)) {
            Ok(first) if first < length => Ok(Taken { first, count: 1, step: 1, is_kept: false }),
            _ => Err(SliceError::OutOfBounds { dimension, position, length }),
        },
    }
}

/// A position counted from the dimension's start; it may lie outside.
fn from_start(position: i64, length: u64) -> i128 {
    i128::from(position) + if position < 0 { length.into() } else { 0 }
}

/// The positions of a range, its bounds moved into the dimension.
fn range(start: Option<i64>, stop: Option<i64>, step: i64, length: u64) -> Taken {
    let (step, length) = (i128::from(step), i128::from(length));
    // Going up, bounds lie from 0 to `length`; going down, from `length - 1` to just before 0.
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let (near, far) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let bound = |at: i64| from_start(at, length as u64).clamp(lowest, highest);
    let (start, stop) = (start.map_or(near, bound), stop.map_or(far, bound));
    let distance = (stop - start) * step.signum();
    let count = if distance > 0 { (distance - 1) / step.abs() + 1 } else { 0 };
    // Only a start from which nothing is taken can lie before 0.
    Taken { first: start.max(0) as u64, count: count as u64, step, is_kept: true }
}

/// What a plan looks like in elements, before it is known to be whole bytes.
struct Elements {
    start: u128,
    run: u128,
    /// Innermost first: dimension, turns, stride.
    loops: Vec<(usize, u64, i128)>,
}

/// What is not at a byte.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Start,
    Run,
    /// The loop over this dimension.
    Stride(usize),
}

impl Elements {
    /// The loops over a slice that holds something: all products stay below the tensor's size.
    fn new(items: &Items<'_>, shape: &[u64]) -> Result<Elements, SliceError> {
        let mut all = Elements { start: 0, run: 1, loops: Vec::new() };
        let mut stride = 1_u128;
        for taken in items.taken(shape).rev() {
            let (dimension, taken) = taken?;
            all.start += u128::from(taken.first) * stride;
            if taken.count > 1 {
                all.add(dimension, taken.count, taken.step * stride as i128);
            }
            stride *= u128::from(shape[dimension]);
        }
        Ok(all)
    }

    /// Puts a loop around what is there, or lengthens what is there.
    fn add(&mut self, dimension: usize, turns: u64, stride: i128) {
        match self.loops.last_mut() {
            None if stride == self.run as i128 => self.run *= u128::from(turns),
            Some((_, inner, step))
                if stride == *step * i128::from(*inner) && inner.checked_mul(turns).is_some() =>
            {
                *inner *= turns;
            }
            _ => self.loops.push((dimension, turns, stride)),
        }
    }

    /// The first place in the order of ranges that is not at a byte, in bits.
    fn misaligned(&self, element_bits: u64) -> Option<(Fault, u128)> {
        let bits = u128::from(element_bits);
        let (start, run) = (self.start * bits, self.run * bits);
        if !start.is_multiple_of(8) {
            return Some((Fault::Start, start));
        }
        if !run.is_multiple_of(8) {
            return Some((Fault::Run, start + run));
        }
        self.loops.iter().find_map(|(dimension, _, stride)| {
            let stride = stride * bits as i128;
            (stride % 8 != 0)
                .then(|| (Fault::Stride(*dimension), start.wrapping_add_signed(stride)))
        })
    }

    /// The plan, all of it at bytes: of a file, so places and lengths are below 2^64.
    fn plan(self, element_bits: u64, shape: Vec<u64>) -> Plan {
        let bits = u128::from(element_bits);
        let bytes = |elements: u128| (elements * bits / 8) as u64;
        let outermost_first = self.loops.iter().rev();
        let loops = outermost_first.map(|(_, turns, stride)| Loop {
            turns: *turns,
            stride: (stride * bits as i128 / 8) as u64,
        });
        Plan { shape, start: bytes(self.start), run: bytes(self.run), loops: loops.collect() }
    }
}

/// The dimension whose item puts something within a byte.
#[cold]
fn blame(fault: Fault, items: &Items<'_>, whole: Whole<'_>) -> Option<usize> {
    let mut stride = u128::from(whole.dtype.bits);
    for taken in items.taken(whole.shape).rev() {
        let (dimension, taken) = taken.ok()?;
        let length = whole.shape[dimension];
        let is_to_blame = match fault {
            Fault::Start => !(u128::from(taken.first) * stride).is_multiple_of(8),
            // Runs end where not all of a dimension is taken, in its order.
            Fault::Run => taken.count < length || (length > 1 && taken.step < 0),
            Fault::Stride(of) => of == dimension,
        };
        if is_to_blame {
            return Some(dimension);
        }
        stride *= u128::from(length);
    }
    None
}

#[cfg(test)]
mod tests {
    use assay_spec::{Dialect, Dtype};

    use super::*;

    /// Any dtype of so many bits.
    fn dtype(bits: u64) -> Dtype {
        let dialect = Dialect::latest();
        dialect.dtypes().iter().find(|dtype| dtype.bits == bits).expect("there is one").clone()
    }

    fn planned(bits: u64, shape: &[u64], index: &str) -> Result<Plan, SliceError> {
        let dtype = dtype(bits);
        let len = Size::of(shape.iter().copied(), bits).bytes().expect("whole bytes");
        plan(&index.parse().expect("an index"), Whole { dtype: &dtype, shape, len })
    }

    #[test]
    fn what_lies_together_is_one_range() {
        for (shape, index, start, run, turns) in [
            (&[4, 5, 6][..], "", 0, 480, &[][..]),
            (&[4, 5, 6], "1:3", 120, 240, &[]),
            (&[4, 5, 6], "2, 1:4", 264, 72, &[]),
            (&[4, 5, 6], "0, 0, 0", 0, 4, &[]),
            (&[4, 5, 6], "..., 1:3", 4, 8, &[20]),
            (&[4, 5, 6], ":, 1:3", 24, 48, &[4]),
            (&[4, 5, 6], "..., 0", 0, 4, &[20]),
            (&[4, 5, 6], "::2, :, ::2", 0, 4, &[2, 15]),
            (&[4, 5, 6], "::-1", 360, 120, &[4]),
            (&[4, 1, 6], "1:3, ::-1, :", 24, 48, &[]),
            (&[2, 2, 2], "::-1, ::-1, ::-1", 28, 4, &[8]),
            (&[], "", 0, 4, &[]),
            (&[0, 5], "", 0, 0, &[]),
        ] {
            let plan = planned(32, shape, index).unwrap();
            let got: Vec<u64> = plan.loops.iter().map(|around| around.turns).collect();
            assert_eq!((plan.start, plan.run, &got[..]), (start, run, turns), "{shape:?}[{index}]");
        }
    }

    #[test]
    fn a_range_within_a_byte_is_refused_with_its_place() {
        for (bits, shape, index, dimension, bit) in [
            (4, &[2, 4][..], ":, 1:3", Some(1), 4),
            (4, &[2, 4], ":, 0", Some(1), 4),
            (4, &[8], "::2", Some(0), 4),
            (4, &[6, 3], "0:1", Some(0), 12),
            (4, &[6, 3], "1", Some(0), 12),
            (4, &[6, 3], "::-1", Some(0), 60),
            (4, &[3, 2, 2], "..., 0:1", Some(2), 4),
            (4, &[3, 2, 1], "0, 1", Some(1), 4),
            (4, &[2, 3, 2], ":, ::-1, ::-1", Some(2), 20),
            (6, &[4, 4], ":, 0:2", Some(1), 12),
            (6, &[4, 3], "2:4", Some(0), 36),
            (6, &[4, 6], ":, 0:4", Some(0), 36),
            (6, &[4], "::-1", Some(0), 18),
        ] {
            match planned(bits, shape, index) {
                Err(SliceError::Misaligned { dimension: of, bit: at, element_bits, .. }) => {
                    assert_eq!(
                        (of, at, element_bits),
                        (dimension, bit, bits),
                        "{shape:?}[{index}]"
                    );
                }
                other => panic!("{shape:?}[{index}]: {other:?}"),
            }
        }
    }

    #[test]
    fn whole_bytes_of_small_elements_are_taken() {
        for (bits, shape, index) in [
            (4, &[2, 4][..], "0"),
            (4, &[2, 4], ":, 0:2"),
            (4, &[4, 2], "::2"),
            (4, &[4, 2], "::-1"),
            (4, &[6, 3], "0:2"),
            (4, &[2, 4], ":, 1:1"),
            (6, &[4, 4], "0:1"),
            (6, &[4, 3], "0:4"),
        ] {
            assert!(planned(bits, shape, index).is_ok(), "{shape:?}[{index}]");
        }
    }

    #[test]
    fn what_cannot_be_applied_is_refused() {
        let refused = |shape: &[u64], index: Index| {
            let dtype = dtype(8);
            let len = shape.iter().product();
            plan(&index, Whole { dtype: &dtype, shape, len }).unwrap_err()
        };
        let still = Index::from(IndexItem::from(..).step(0));
        assert_eq!(refused(&[3], still), SliceError::ZeroStep { dimension: 0 });
        let parsed = |text: &str| text.parse::<Index>().unwrap();
        assert_eq!(refused(&[3, 3], parsed("..., ...")), SliceError::TwoEllipses);
        assert_eq!(
            refused(&[3, 3], parsed("0, ..., 0, 0")),
            SliceError::TooManyItems { items: 3, rank: 2 }
        );
        assert_eq!(
            refused(&[3, 0], parsed("-4")),
            SliceError::OutOfBounds { dimension: 0, position: -4, length: 3 }
        );
        let short = plan(&parsed(""), Whole { dtype: &dtype(8), shape: &[3], len: 2 });
        assert_eq!(short, Err(SliceError::SizeMismatch { len: 2 }));
    }
}
