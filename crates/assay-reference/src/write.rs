//! Writes files: the same tensors and metadata always give the same bytes.
//!
//! Tensors lie in the order of their alignment (largest elements first), then
//! of the dialect's dtypes, then of their names; metadata keys are sorted. The
//! header is compact JSON, padded with spaces so that the byte buffer begins at
//! a multiple of the limit `data_alignment`; so every tensor of whole-byte
//! elements is aligned within the file.
//!
//! Only valid files are written. What a writer can get wrong is named by a
//! [`WriteError`]; every other rule of the dialect, disputed ones included, is
//! held by reading the header back before anything is written.

mod disk;
mod json;
mod layout;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use assay_spec::Dialect;

use crate::error::{Error, quoted};
use crate::reader::Tensor;
use crate::write::layout::Layout;

/// A tensor to write.
#[derive(Debug, Clone, Copy)]
pub struct NewTensor<'a> {
    /// Its name: any text but a key that the format reserves.
    pub name: &'a str,
    /// Name of a dtype of the dialect.
    pub dtype: &'a str,
    /// Its dimensions, outermost first; empty for a scalar.
    pub shape: &'a [u64],
    /// Its contents: little-endian, last dimension fastest.
    pub data: &'a [u8],
}

impl<'a> From<Tensor<'a>> for NewTensor<'a> {
    fn from(tensor: Tensor<'a>) -> Self {
        NewTensor {
            name: tensor.name(),
            dtype: &tensor.dtype().name,
            shape: tensor.shape(),
            data: tensor.data(),
        }
    }
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The format reserves this key of the header.
    #[error("tensor {}: the format reserves this name", quoted(.name))]
    ReservedName {
        /// The tensor's name.
        name: String,
    },
    /// Two tensors have one name.
    #[error("two tensors are named {}", quoted(.name))]
    DuplicateName {
        /// The tensors' name.
        name: String,
    },
    /// The dialect has no such dtype.
    #[error("tensor {}: {} is no dtype of edition {edition}", quoted(.name), quoted(.dtype))]
    UnknownDtype {
        /// The tensor's name.
        name: String,
        /// The dtype asked for.
        dtype: String,
        /// The dialect's edition.
        edition: String,
    },
    /// Dtype and shape give no whole number of bytes.
    #[error("tensor {}: its size of {bits} bits is no whole number of bytes", quoted(.name))]
    PartialByte {
        /// The tensor's name.
        name: String,
        /// What dtype and shape give, in bits.
        bits: u128,
    },
    /// A size or an offset exceeds what the format can say.
    #[error("tensor {}: sizes up to it exceed what the format can express", quoted(.name))]
    TooLarge {
        /// The tensor's name.
        name: String,
    },
    /// The contents do not have the size that dtype and shape give.
    #[error("tensor {}: dtype and shape give {expected} bytes, its contents have {found}", quoted(.name))]
    WrongSize {
        /// The tensor's name.
        name: String,
        /// Bytes that dtype and shape give.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// The file would break another rule of the dialect.
    #[error("the file would not be valid: {0}")]
    Invalid(#[source] Error),
    /// The file could not be written.
    #[error("cannot write the file: {0}")]
    Io(#[from] io::Error),
}

/// The bytes of a file with these tensors and this metadata.
///
/// # Errors
/// If the file would not be valid under the dialect.
pub fn serialize<'a>(
    tensors: impl IntoIterator<Item = NewTensor<'a>>,
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
) -> Result<Vec<u8>, WriteError> {
    let layout = Layout::new(tensors.into_iter().collect(), metadata, dialect)?;
    let mut bytes = Vec::new();
    let no_room = |_| io::Error::from(io::ErrorKind::OutOfMemory);
    let len = usize::try_from(layout.len()).map_err(no_room)?;
    bytes.try_reserve_exact(len).map_err(io::Error::from)?;
    layout.write_to(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file with these tensors and this metadata.
///
/// The file appears under its name complete or not at all: the bytes go to a
/// temporary file in the same folder, which is then renamed. A file that had
/// the name before is replaced in that moment and untouched until then, also
/// for those who have mapped it, and hands on its permissions. A symbolic link
/// under the name is replaced, not followed.
///
/// # Errors
/// If the file would not be valid under the dialect, which is found out before
/// anything is written, or if the system refuses.
pub fn write_file<'a>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = NewTensor<'a>>,
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
) -> Result<(), WriteError> {
    let layout = Layout::new(tensors.into_iter().collect(), metadata, dialect)?;
    disk::replace(path.as_ref(), |file| layout.write_to(file))?;
    Ok(())
}
