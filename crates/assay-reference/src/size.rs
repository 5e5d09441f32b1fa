//! The size of a tensor in bits, without wrapping.

/// What dtype and shape amount to. Values above 128 bits are held as the
/// largest one, which is above every limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) bits: u128,
    /// The product of the dimensions before the first zero, if one is zero.
    pub(crate) before_zero: Option<u128>,
}

impl Size {
    /// The size of a tensor of this shape with elements of this many bits.
    pub(crate) fn of(shape: impl IntoIterator<Item = u64>, element_bits: u64) -> Size {
        let mut product = 1_u128;
        for dimension in shape {
            if dimension == 0 {
                return Size { bits: 0, before_zero: Some(product) };
            }
            // Almost always 1 where there are millions of them.
            if dimension != 1 {
                product = product.saturating_mul(dimension.into());
            }
        }
        Size { bits: product.saturating_mul(element_bits.into()), before_zero: None }
    }

    /// The size in bytes, the last of which may be filled in part, if 64 bits hold it.
    #[cfg(feature = "std")]
    pub(crate) fn bytes_rounded_up(self) -> Option<u64> {
        u64::try_from(self.bits.div_ceil(8)).ok()
    }

    /// The size in bytes, if it is a whole number of them that 64 bits hold.
    pub(crate) fn bytes(self) -> Option<u64> {
        self.bits.is_multiple_of(8).then(|| u64::try_from(self.bits / 8).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_do_not_wrap() {
        let big = 1 << 63;
        for (shape, element, bits, before_zero) in [
            (&[][..], 32, 32, None),
            (&[3, 5][..], 4, 60, None),
            (&[0][..], 8, 0, Some(1)),
            (&[big, big, 0][..], 8, 0, Some(1 << 126)),
            (&[big, big, big, 0][..], 8, 0, Some(u128::MAX)),
            (&[0, big, big][..], 8, 0, Some(1)),
            (&[big, big, big][..], 8, u128::MAX, None),
            (&[u64::MAX][..], 1, u64::MAX.into(), None),
        ] {
            assert_eq!(
                Size::of(shape.iter().copied(), element),
                Size { bits, before_zero },
                "{shape:?}"
            );
        }
    }

    #[test]
    fn bytes_are_whole() {
        assert_eq!(Size::of([3], 4).bytes(), None);
        assert_eq!(Size::of([4], 6).bytes(), Some(3));
        assert_eq!(Size::of([u64::MAX, u64::MAX], 8).bytes(), None);
    }
}
