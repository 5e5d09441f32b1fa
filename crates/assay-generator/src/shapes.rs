//! Shapes of small tensors: scalars, ordinary ones, ones of high rank, and
//! ones without an element.

use assay_spec::check::Term;
use assay_spec::{Dialect, Dtype};

use crate::bounds;
use crate::draw::Draw;

/// Tensors hold at most about this many bytes.
pub(crate) const TENSOR_BYTES: u64 = 96;

/// The highest rank that is drawn.
pub(crate) const HIGHEST_RANK: u64 = 80;

/// Kinds of shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Scalar,
    Vector,
    Matrix,
    HighRank,
    OneZero,
    SeveralZeros,
    HugeWithZero,
}

pub(crate) const FORMS: [Form; 7] = [
    Form::Scalar,
    Form::Vector,
    Form::Matrix,
    Form::HighRank,
    Form::OneZero,
    Form::SeveralZeros,
    Form::HugeWithZero,
];

impl Form {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Form::Scalar => "scalars",
            Form::Vector => "vectors",
            Form::Matrix => "matrices",
            Form::HighRank => "high rank",
            Form::OneZero => "one zero in a shape",
            Form::SeveralZeros => "several zeros in a shape",
            Form::HugeWithZero => "large dimensions beside a zero",
        }
    }
}

/// What a dialect lets shapes be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shapes {
    max_rank: u64,
    largest: u64,
}

impl Shapes {
    pub(crate) fn of(dialect: &Dialect) -> Shapes {
        let rank = bounds::alone(dialect, &Term::TensorRank).ends();
        Shapes {
            max_rank: rank.map_or(0, |(_, high)| high),
            largest: bounds::largest_integer(dialect),
        }
    }

    pub(crate) fn max_rank(self) -> u64 {
        self.max_rank
    }

    /// Appends a shape of a form that is a whole number of bytes.
    pub(crate) fn draw(self, dtype: &Dtype, form: Form, draw: &mut Draw, out: &mut Vec<u64>) {
        let start = out.len();
        let (rank, high) = match form {
            Form::Scalar => (0, 1),
            Form::Vector => (1, 9),
            Form::Matrix | Form::SeveralZeros => (draw.from(2, 4), 4),
            Form::HighRank => (draw.from(5, HIGHEST_RANK), 1),
            Form::OneZero => (draw.from(1, 4), 4),
            Form::HugeWithZero => (draw.from(2, 3), 1),
        };
        for _ in 0..rank.min(self.max_rank) {
            let dimension = if high == 1 { 1 } else { draw.from(1, high) };
            out.push(dimension);
        }
        let shape = &mut out[start..];
        let zeros = match form {
            Form::OneZero => 1,
            Form::SeveralZeros => 2,
            // A zero first, so that no product before it can overflow.
            Form::HugeWithZero if !shape.is_empty() => {
                for dimension in &mut shape[1..] {
                    *dimension = self.largest.saturating_sub(draw.below(3));
                }
                shape[0] = 0;
                return;
            }
            _ => 0,
        };
        for _ in 0..zeros {
            if !shape.is_empty() {
                let at = draw.index(shape.len());
                shape[at] = 0;
            }
        }
        small_enough(dtype, start, draw, out);
    }
}

/// Makes the shape from `start` on whole bytes, and small.
fn small_enough(dtype: &Dtype, start: usize, draw: &mut Draw, out: &mut Vec<u64>) {
    let shape = &mut out[start..];
    while size_bits(dtype, shape).is_none_or(|bits| bits > 8 * TENSOR_BYTES) {
        match shape.iter_mut().max() {
            Some(largest) if *largest > 1 => *largest = 1,
            _ => break,
        }
    }
    let whole = bounds::whole(dtype);
    if whole == 1 {
        return;
    }
    let product: u64 = shape.iter().product();
    let missing = whole / bounds::gcd(whole, product);
    if missing == 1 {
    } else if shape.is_empty() {
        out.push(missing);
    } else {
        let at = draw.index(shape.len());
        shape[at] *= missing;
    }
}

/// Size of a tensor in bits; `None` above 2^64-1.
pub(crate) fn size_bits(dtype: &Dtype, shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(dtype.bits, |bits, dimension| bits.checked_mul(*dimension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_whole_bytes_and_small() {
        let dialect = Dialect::latest();
        let shapes = Shapes::of(&dialect);
        let mut draw = Draw::new(0, "shapes");
        for dtype in dialect.dtypes() {
            for form in FORMS {
                for _ in 0..50 {
                    let mut out = vec![7];
                    shapes.draw(dtype, form, &mut draw, &mut out);
                    let bits = size_bits(dtype, &out[1..]).unwrap();
                    assert!(bits.is_multiple_of(8) && bits <= 16 * TENSOR_BYTES * 8, "{out:?}");
                    assert_eq!(out[0], 7);
                }
            }
        }
    }
}
