//! Sizes that come out wrong.

use assay_spec::Dtype;

use super::{Bits, Elements};

/// How many values the words hold that products are kept in.
const WORD_32: u128 = 1 << 32;
const WORD_64: u128 = 1 << 64;

impl Elements {
    /// The elements of a shape, and the product before its first 0.
    pub(crate) fn of(self, dimensions: &[u64]) -> (u128, Option<u128>) {
        let product = |dimensions: &[u64]| {
            let numbers = dimensions.iter().map(|dimension| u128::from(*dimension));
            numbers.fold(1_u128, u128::saturating_mul)
        };
        let zero = dimensions.iter().position(|dimension| *dimension == 0);
        let before_zero = zero.map(|at| product(&dimensions[..at]));
        let elements = match self {
            Elements::Wrap32 => wrapping_product(dimensions, WORD_32),
            Elements::Wrap64 => wrapping_product(dimensions, WORD_64),
            Elements::Double => {
                dimensions.iter().map(|dimension| *dimension as f64).product::<f64>() as u128
            }
            Elements::ZeroIsOne => {
                let others: Vec<u64> =
                    dimensions.iter().map(|dimension| (*dimension).max(1)).collect();
                return (product(&others), None);
            }
            Elements::ScalarIsEmpty if dimensions.is_empty() => 0,
            Elements::ScalarIsEmpty => product(dimensions),
            Elements::FromTheRight => {
                let last_zero = dimensions.iter().rposition(|dimension| *dimension == 0);
                return (product(dimensions), last_zero.map(|at| product(&dimensions[at + 1..])));
            }
            Elements::WithoutLast => product(&dimensions[..dimensions.len().saturating_sub(1)]),
            Elements::FirstFour => product(&dimensions[..dimensions.len().min(4)]),
            Elements::FirstEight => product(&dimensions[..dimensions.len().min(8)]),
        };
        (elements, before_zero)
    }
}

fn wrapping_product(dimensions: &[u64], word: u128) -> u128 {
    dimensions.iter().fold(1, |product, dimension| product * (u128::from(*dimension) % word) % word)
}

impl Bits {
    /// The bits that so many elements take; `last` is the last dimension.
    pub(crate) fn of(self, elements: u128, dtype: &Dtype, last: Option<u64>) -> u128 {
        let bits = u128::from(dtype.bits);
        let all = elements.saturating_mul(bits);
        let up = |bits: u128| bits.div_ceil(8).saturating_mul(8);
        match self {
            Bits::Wrap32 => all % WORD_32,
            Bits::Wrap64 => all % WORD_64,
            Bits::LimitInBytes => all,
            Bits::ElementUp => elements.saturating_mul(up(bits)),
            Bits::ElementDown => elements.saturating_mul(bits / 8 * 8),
            Bits::RowUp => match last.map(u128::from) {
                None | Some(0) => up(all),
                Some(last) => (elements / last).saturating_mul(up(last.saturating_mul(bits))),
            },
            Bits::TensorUp => up(all),
            Bits::TensorDown => all / 8 * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_go_wrong_as_named() {
        for (how, dimensions, elements) in [
            (Elements::Wrap32, &[1 << 16, 1 << 16][..], 0),
            (Elements::Wrap64, &[1 << 32, 1 << 32, 3], 0),
            (Elements::Double, &[(1 << 53) + 1], 1 << 53),
            (Elements::ZeroIsOne, &[2, 0, 3], 6),
            (Elements::ScalarIsEmpty, &[], 0),
            (Elements::ScalarIsEmpty, &[2], 2),
            (Elements::WithoutLast, &[2, 3], 2),
            (Elements::FirstFour, &[1, 1, 1, 1, 7], 1),
        ] {
            assert_eq!(how.of(dimensions).0, elements, "{how:?}");
        }
        assert_eq!(Elements::FromTheRight.of(&[5, 0, 7]), (0, Some(7)));
    }

    #[test]
    fn bits_go_wrong_as_named() {
        let dialect = assay_spec::Dialect::latest();
        let half = dialect.dtypes().iter().find(|dtype| dtype.bits == 4).unwrap();
        for (how, elements, last, bits) in [
            (Bits::ElementUp, 6, Some(3), 48),
            (Bits::ElementDown, 6, Some(3), 0),
            (Bits::RowUp, 6, Some(3), 32),
            (Bits::TensorUp, 5, Some(5), 24),
            (Bits::TensorDown, 5, Some(5), 16),
            (Bits::Wrap32, 1 << 30, Some(1), 0),
        ] {
            assert_eq!(how.of(elements, half, last), bits, "{how:?}");
        }
    }
}
