//! Writes files whose contents come from anywhere, to anywhere.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use assay_spec::Dialect;

use crate::write::disk::replace;
use crate::write::layout::{Described, Layout};
use crate::write::source::Source;
use crate::write::{NewTensor, Texts, WriteError, Writer};

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

impl Writer {
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
