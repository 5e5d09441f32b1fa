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
pub(crate) mod json;
mod layout;
mod options;
mod source;
mod spelling;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use assay_spec::{Dialect, Disputed};

use crate::policy::Policy;
use crate::reader::Tensor;
use crate::write::layout::{Described, Layout};
use crate::write::spelling::Spelling;

pub(crate) use disk::{Pending, replace};
pub use error::WriteError;
pub use options::WriteOptions;
pub use source::Source;

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

/// A tensor to write, its contents wherever they are.
#[derive(Debug)]
pub struct StreamedTensor<'a> {
    /// Its name: any text but a key that the format reserves.
    pub name: &'a str,
    /// Name of a dtype of the dialect.
    pub dtype: &'a str,
    /// Its dimensions, outermost first; empty for a scalar.
    pub shape: &'a [u64],
    /// Its contents: little-endian, last dimension fastest.
    pub source: Source<'a>,
}

impl<'a> From<NewTensor<'a>> for StreamedTensor<'a> {
    fn from(tensor: NewTensor<'a>) -> Self {
        let NewTensor { name, dtype, shape, data } = tensor;
        StreamedTensor { name, dtype, shape, source: Source::bytes(data) }
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
        let no_memory = |_| io::Error::from(io::ErrorKind::OutOfMemory);
        let len = usize::try_from(layout.len()).map_err(no_memory)?;
        let mut bytes = layout.head;
        bytes.try_reserve_exact(len - bytes.len()).map_err(io::Error::from)?;
        for turn in &layout.order {
            bytes.extend_from_slice(tensors[turn.given].data);
        }
        Ok(bytes)
    }

    /// Writes the bytes of a file with these tensors and this metadata to
    /// anything that takes bytes. Returns how many they are.
    ///
    /// # Errors
    /// If the file would not be valid under the dialect, which is found out
    /// before anything is written; if a source fails, or does not give exactly
    /// the bytes that dtype and shape do, or if `out` fails: then something was.
    pub fn write_to<'a>(
        &self,
        out: &mut dyn Write,
        tensors: impl IntoIterator<Item: Into<StreamedTensor<'a>>>,
        metadata: Option<&Texts>,
    ) -> Result<u64, WriteError> {
        let tensors: Vec<StreamedTensor<'a>> = tensors.into_iter().map(Into::into).collect();
        let layout = self.layout(tensors.iter().map(streamed), metadata)?;
        stream(&layout, tensors, out)?;
        Ok(layout.len())
    }

    /// Writes a file with these tensors and this metadata. Returns its length.
    ///
    /// The file appears under its name complete or not at all: the bytes go to a
    /// temporary file in the same folder (`.….partial`, which only a process that
    /// is killed leaves behind), which is then renamed. A file that had the name
    /// before is replaced in that moment and untouched until then, also for those
    /// who have mapped it, and hands on its permissions. Nothing else than a file
    /// is replaced, and a symbolic link is not followed.
    ///
    /// # Errors
    /// If the file would not be valid under the dialect, which is found out before
    /// anything is written; if a source fails or does not give exactly the bytes
    /// that dtype and shape do; or if the system refuses.
    pub fn write_file<'a>(
        &self,
        path: impl AsRef<Path>,
        tensors: impl IntoIterator<Item: Into<StreamedTensor<'a>>>,
        metadata: Option<&Texts>,
    ) -> Result<u64, WriteError> {
        let tensors: Vec<StreamedTensor<'a>> = tensors.into_iter().map(Into::into).collect();
        let layout = self.layout(tensors.iter().map(streamed), metadata)?;
        let durable = self.options.durable;
        replace(path.as_ref(), durable, |out| stream(&layout, tensors, out))?;
        Ok(layout.len())
    }

    /// Length of the file that these tensors and this metadata give, whatever
    /// their contents.
    ///
    /// # Errors
    /// If the file would not be valid under the dialect.
    pub fn file_len<'a>(
        &self,
        tensors: impl IntoIterator<Item: Into<StreamedTensor<'a>>>,
        metadata: Option<&Texts>,
    ) -> Result<u64, WriteError> {
        let tensors: Vec<StreamedTensor<'a>> = tensors.into_iter().map(Into::into).collect();
        Ok(self.layout(tensors.iter().map(streamed), metadata)?.len())
    }

    fn layout<'a>(
        &self,
        tensors: impl Iterator<Item = Described<'a>>,
        metadata: Option<&Texts>,
    ) -> Result<Layout, WriteError> {
        let tensors: Vec<Described<'a>> = tensors.collect();
        Layout::new(&tensors, metadata, self.options.alignment, &self.policy, &self.spelling)
    }
}

fn in_memory<'a>(tensor: &NewTensor<'a>) -> Described<'a> {
    let NewTensor { name, dtype, shape, data } = *tensor;
    Described { name, dtype, shape, len: Some(data.len() as u64) }
}

fn streamed<'a>(tensor: &StreamedTensor<'a>) -> Described<'a> {
    let StreamedTensor { name, dtype, shape, source } = tensor;
    Described { name, dtype, shape, len: source.len() }
}

/// Writes head and contents, one tensor after the other.
fn stream(
    layout: &Layout,
    tensors: Vec<StreamedTensor<'_>>,
    out: &mut dyn Write,
) -> Result<(), WriteError> {
    out.write_all(&layout.head)?;
    let mut tensors: Vec<Option<StreamedTensor<'_>>> = tensors.into_iter().map(Some).collect();
    for turn in &layout.order {
        let tensor = tensors[turn.given].take().expect("each tensor has one turn");
        tensor.source.write_to(out, tensor.name, turn.len)?;
    }
    Ok(())
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

/// Writes a file with these tensors and this metadata. See [`Writer`], which
/// writes many files, streams, and has options.
///
/// # Errors
/// As for [`Writer::write_file`].
pub fn write_file<'a>(
    path: impl AsRef<Path>,
    tensors: impl IntoIterator<Item = NewTensor<'a>>,
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
) -> Result<(), WriteError> {
    Writer::new(dialect).write_file(path, tensors, metadata).map(drop)
}
