//! A tensor's contents as numbers, where they lie: never a copy.
//!
//! The bytes of a file are numbers of the machine only if the machine is
//! little-endian and the numbers lie aligned in memory. Where that is not so,
//! the answer is an error and not a silent copy;
//! [`Tensor::arrays`](crate::Tensor::arrays) reads them at any alignment.

use alloc::string::String;
use core::mem::{align_of, size_of};

use assay_spec::{Dtype, DtypeClass};
use bytemuck::AnyBitPattern;

use crate::error::quoted;

/// A number of the machine that tensors hold.
pub trait Element: AnyBitPattern + sealed::Sealed {
    /// The class of the dtypes that it reads; they have as many bits as it has.
    const CLASS: DtypeClass;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($class:ident: $($number:ty),+;)+) => {$($(
        impl sealed::Sealed for $number {}
        impl Element for $number {
            const CLASS: DtypeClass = DtypeClass::$class;
        }
    )+)+};
}

elements! {
    Uint: u8, u16, u32, u64;
    Int: i8, i16, i32, i64;
    Float: f32, f64;
}

/// Why contents cannot be had as numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTyped {
    /// The dtype is another one.
    #[error("the tensor's dtype is {}, not {asked}", quoted(.dtype))]
    Dtype {
        /// The tensor's dtype.
        dtype: String,
        /// The type asked for.
        asked: &'static str,
    },
    /// The contents do not lie at a multiple of what the type needs.
    #[error("the contents lie at address {address:#x}, which is no multiple of {alignment}")]
    Misaligned {
        /// Where they lie in memory.
        address: usize,
        /// Alignment of the type, in bytes.
        alignment: usize,
    },
    /// The machine keeps numbers in the other order of bytes.
    #[error("the contents are little-endian and the machine is not")]
    ByteOrder,
}

/// Contents of this dtype as numbers.
pub(crate) fn typed<'a, T: Element>(data: &'a [u8], dtype: &Dtype) -> Result<&'a [T], NotTyped> {
    if dtype.class != T::CLASS || dtype.bytes() != Some(size_of::<T>() as u64) {
        let asked = core::any::type_name::<T>();
        return Err(NotTyped::Dtype { dtype: dtype.name.clone(), asked });
    }
    if size_of::<T>() > 1 && cfg!(target_endian = "big") {
        return Err(NotTyped::ByteOrder);
    }
    if data.is_empty() {
        return Ok(&[]);
    }
    // Of whole elements: the header's reading saw to that.
    bytemuck::try_cast_slice(data).map_err(|_| NotTyped::Misaligned {
        address: data.as_ptr().addr(),
        alignment: align_of::<T>(),
    })
}

#[cfg(test)]
mod tests {
    use assay_spec::Dialect;

    use super::*;

    /// The dialect's dtype of a class and a number of bits.
    fn dtype(class: DtypeClass, bits: u64) -> Dtype {
        let dialect = Dialect::latest();
        let mut dtypes = dialect.dtypes().iter();
        dtypes.find(|dtype| dtype.class == class && dtype.bits == bits).unwrap().clone()
    }

    #[test]
    fn numbers_are_read_where_they_lie() {
        let words = [0x3f80_0000_u32, 0x4000_0000, 0];
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        let float = dtype(DtypeClass::Float, 32);
        if cfg!(target_endian = "little") {
            assert_eq!(typed::<f32>(bytes, &float), Ok(&[1.0, 2.0, 0.0][..]));
            assert_eq!(typed::<f32>(&bytes[4..8], &float), Ok(&[2.0][..]));
            let misaligned = typed::<f32>(&bytes[1..5], &float).unwrap_err();
            let address = bytes.as_ptr().addr() + 1;
            assert_eq!(misaligned, NotTyped::Misaligned { address, alignment: 4 });
            assert!(misaligned.to_string().contains("no multiple of 4"), "{misaligned}");
        } else {
            assert_eq!(typed::<f32>(bytes, &float), Err(NotTyped::ByteOrder));
        }
        assert_eq!(typed::<u8>(&bytes[1..4], &dtype(DtypeClass::Uint, 8)).unwrap(), &bytes[1..4]);
        // Nothing lies nowhere.
        assert!(cfg!(target_endian = "big") || typed::<f32>(&bytes[1..1], &float).is_ok());
    }

    #[test]
    fn another_dtype_is_refused() {
        let bytes = [0; 8];
        for (class, bits) in
            [(DtypeClass::Int, 32), (DtypeClass::Float, 64), (DtypeClass::Uint, 32)]
        {
            let error = typed::<f32>(&bytes, &dtype(class, bits)).unwrap_err();
            assert!(matches!(error, NotTyped::Dtype { asked: "f32", .. }), "{error}");
        }
        assert!(typed::<u8>(&bytes, &dtype(DtypeClass::Bool, 8)).is_err());
        assert!(typed::<u64>(&bytes, &dtype(DtypeClass::Complex, 64)).is_err());
    }
}
