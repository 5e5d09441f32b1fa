//! Why a part of a tensor cannot be had.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::error::quoted;

/// Why a part of a tensor cannot be had.
///
/// Dimensions are numbered from 0, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SliceError {
    /// The index has more items than the tensor has dimensions.
    #[error("the index speaks of {items} dimensions and the tensor has {rank}")]
    TooManyItems {
        /// Items of the index, an ellipsis not counted.
        items: usize,
        /// Dimensions of the tensor.
        rank: usize,
    },
    /// A second ellipsis leaves open which dimensions are whose.
    #[error("an index has at most one ellipsis")]
    TwoEllipses,
    /// A range that does not move.
    #[error("the range over dimension {dimension} has step 0")]
    ZeroStep {
        /// Which dimension.
        dimension: usize,
    },
    /// A selected position is not there. (Ranges are cut instead.)
    #[error("position {position} of dimension {dimension} is not there: it has {length}")]
    OutOfBounds {
        /// Which dimension.
        dimension: usize,
        /// The position asked for.
        position: i64,
        /// Positions of the dimension.
        length: u64,
    },
    /// A byte range would begin or end within a byte: elements of this dtype
    /// are smaller than a byte, and bytes are all that can be addressed.
    #[error(
        "the slice is not whole bytes: elements of {} have {element_bits} bits, and because of \
         {} a range begins or ends at bit {bit} of the tensor",
        quoted(.dtype), of_dimension(*.dimension)
    )]
    Misaligned {
        /// The tensor's dtype.
        dtype: String,
        /// Bits of an element.
        element_bits: u64,
        /// The dimension whose item makes it so; `None` for a scalar.
        dimension: Option<usize>,
        /// The first such place in the order of the ranges, in bits from the tensor's start.
        bit: u128,
    },
    /// Dtype and shape give another size than the contents have. Only under a
    /// dialect that does not forbid it.
    #[error("dtype and shape do not give the tensor's {len} bytes")]
    SizeMismatch {
        /// Bytes of the tensor.
        len: u64,
    },
    /// Bytes are to be copied to a place of another length.
    #[error("the slice has {len} bytes and the place for it {room}")]
    WrongRoom {
        /// Bytes of the slice.
        len: usize,
        /// Bytes of the place.
        room: usize,
    },
    /// There is no memory for the copy or the shape.
    #[error("there is no memory for {bytes} bytes")]
    NoMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

fn of_dimension(dimension: Option<usize>) -> String {
    dimension.map_or_else(|| "its shape".to_owned(), |at| format!("dimension {at}"))
}
