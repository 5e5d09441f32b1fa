//! Writes files: the same tensors and metadata always give the same bytes.
//!
//! Tensors lie in the order of their elements' size, largest first, then of the
//! dialect's dtypes, so that all tensors of a dtype lie together, then of their
//! names, byte by byte. Metadata comes first, its keys sorted likewise. The
//! header is compact JSON with the shortest escapes, padded with spaces so that
//! the byte buffer begins at a multiple of the limit `data_alignment`, or of
//! what [`WriteOptions`] asks for; so every tensor of whole-byte elements is
//! aligned within the file. This order is fixed: it will not change between
//! versions of this crate.
//!
//! Only valid files are written. What a writer can get wrong is named by a
//! [`WriteError`]; every other rule of the dialect, disputed ones included, is
//! held by reading the header back before anything is written.
//!
//! Contents need not be in memory: a [`Source`] gives them when it is their
//! tensor's turn. A file appears under its name complete or not at all.

mod disk;
mod error;
mod head;
mod layout;
mod marked;
mod options;
mod source;
mod spelling;
mod stream;

use std::collections::BTreeMap;

use assay_spec::{Dialect, Disputed};

use crate::policy::Policy;
use crate::reader::Tensor;
use crate::write::layout::{Described, Layout};
use crate::write::marked::Marked;
use crate::write::spelling::Spelling;

pub(crate) use disk::{Pending, replace};
pub use error::WriteError;
pub(crate) use marked::demanding;
pub use options::WriteOptions;
pub use source::Source;
pub use stream::{StreamedTensor, write_file};

/// A tensor to write, its contents in memory.
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

/// Writes files of a dialect. Made once, it writes many.
///
/// ```no_run
/// use assay_reference::write::{Source, StreamedTensor, Writer};
/// use assay_spec::Dialect;
///
/// let writer = Writer::new(&Dialect::latest());
/// let weights = std::fs::File::open("weights.raw")?;
/// let (name, dtype, shape) = ("weights", "BF16", &[4096, 4096][..]);
/// let tensor = StreamedTensor { name, dtype, shape, source: Source::reader(weights) };
/// // Not in memory at any time; and no file if `weights.raw` has another length.
/// writer.write_file("model.safetensors", [tensor], None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    /// What the strictest reader accepts.
    policy: Policy,
    spelling: Spelling,
    options: WriteOptions,
    marked: Marked,
}

/// Texts by key, as metadata is.
type Texts = BTreeMap<String, String>;

impl Writer {
    /// A writer of the usual options.
    pub fn new(dialect: &Dialect) -> Writer {
        Writer {
            policy: Policy::new(dialect, Disputed::Reject),
            spelling: Spelling::new(dialect),
            options: WriteOptions::default(),
            marked: Marked::default(),
        }
    }

    /// A writer of these options.
    ///
    /// # Errors
    /// If the alignment is none.
    pub fn with_options(dialect: &Dialect, options: WriteOptions) -> Result<Writer, WriteError> {
        options.check()?;
        Ok(Writer { options, ..Writer::new(dialect) })
    }

    /// The options it was made with.
    pub fn options(&self) -> WriteOptions {
        self.options
    }

    /// What the strictest reader accepts: whatever is written is read by it.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The bytes of a file with these tensors and this metadata.
    ///
    /// # Errors
    /// If the file would not be valid under the dialect, or there is no memory for it.
    pub fn serialize<'a>(
        &self,
        tensors: impl IntoIterator<Item = NewTensor<'a>>,
        metadata: Option<&Texts>,
    ) -> Result<Vec<u8>, WriteError> {
        let tensors: Vec<NewTensor<'a>> = tensors.into_iter().collect();
        let layout = self.layout(tensors.iter().map(in_memory), metadata)?;
        let no_memory = || WriteError::NoMemory { len: layout.len() };
        let len = usize::try_from(layout.len()).map_err(|_| no_memory())?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|_| no_memory())?;
        bytes.extend_from_slice(&layout.head);
        for turn in &layout.order {
            bytes.extend_from_slice(tensors[turn.given].data);
        }
        Ok(bytes)
    }

    fn layout<'a>(
        &self,
        tensors: impl Iterator<Item = Described<'a>>,
        metadata: Option<&Texts>,
    ) -> Result<Layout, WriteError> {
        let tensors: Vec<Described<'a>> = tensors.collect();
        Layout::new(&tensors, metadata, self)
    }
}

fn in_memory<'a>(tensor: &NewTensor<'a>) -> Described<'a> {
    let NewTensor { name, dtype, shape, data } = *tensor;
    Described { name, dtype, shape, len: Some(data.len() as u64) }
}

/// The bytes of a file with these tensors and this metadata. See [`Writer`],
/// which writes many files, streams, and has options.
///
/// # Errors
/// As for [`Writer::serialize`].
pub fn serialize<'a>(
    tensors: impl IntoIterator<Item = NewTensor<'a>>,
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
) -> Result<Vec<u8>, WriteError> {
    Writer::new(dialect).serialize(tensors, metadata)
}
