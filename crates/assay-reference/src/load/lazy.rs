//! A file whose tensors are read one by one when they are asked for.

use std::ops::Range;
use std::path::Path;

use super::source::Source;
use crate::error::{Error, quoted};
use crate::header::{Entry, Header};
use crate::policy::Policy;

/// A file of which only the header was read; contents are read when asked for.
///
/// Nothing is mapped, so it suits network file systems, files larger than the
/// address space, and files that others may change: a change of length is an
/// error here, not the end of the process.
///
/// ```no_run
/// use assay_reference::{LazyFile, Policy};
/// use assay_spec::{Dialect, Disputed};
///
/// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
/// let file = LazyFile::open("model.safetensors", &policy)?;
/// let weight: Vec<u8> = file.read("lm_head.weight")?;
/// // The second kilobyte of it, into memory of one's own.
/// let mut part = [0; 1024];
/// file.read_range("lm_head.weight", 1024..2048, &mut part)?;
/// # Ok::<(), assay_reference::Error>(())
/// ```
#[derive(Debug)]
pub struct LazyFile {
    header: Header<'static>,
    source: Source,
}

impl LazyFile {
    /// Opens a file: reads its header, nothing else.
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file, or breaks a rule that
    /// the policy enforces.
    pub fn open(path: impl AsRef<Path>, policy: &Policy) -> Result<LazyFile, Error> {
        let source = Source::open(path.as_ref())?;
        let header = source.read_header(policy)?;
        Ok(LazyFile { header, source })
    }

    /// What the file says of its tensors.
    pub fn header(&self) -> &Header<'static> {
        &self.header
    }

    /// Reads a tensor's contents.
    ///
    /// # Errors
    /// If there is no such tensor, no memory for it, if it cannot be read, or if
    /// the file has not the length any more that it had when it was opened.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        let contents = self.entry(name)?.contents();
        let bytes = self.source.read_vec(contents.len(), contents.start)?;
        self.source.check_len()?;
        Ok(bytes)
    }

    /// Reads a tensor's contents into memory that is exactly as long.
    ///
    /// # Errors
    /// As for [`LazyFile::read`], or if `into` is longer or shorter.
    pub fn read_into(&self, name: &str, into: &mut [u8]) -> Result<(), Error> {
        self.read_range(name, 0..self.entry(name)?.contents().len(), into)
    }

    /// Reads a part of a tensor's contents, in bytes from their start, into
    /// memory that is exactly as long.
    ///
    /// # Errors
    /// As for [`LazyFile::read`], or if the range does not lie within the
    /// contents, or if `into` is longer or shorter than the range.
    pub fn read_range(&self, name: &str, range: Range<u64>, into: &mut [u8]) -> Result<(), Error> {
        let contents = self.entry(name)?.contents();
        let Range { start, end } = range;
        if start > end || end > contents.len() {
            return Err(Error::unreadable(format!(
                "bytes {start} to {end} do not lie within tensor {}, which has {}",
                quoted(name),
                contents.len()
            )));
        }
        if end - start != into.len() as u64 {
            return Err(Error::unreadable(format!(
                "{} bytes of tensor {} do not go into memory of {}",
                end - start,
                quoted(name),
                into.len()
            )));
        }
        self.source.read_exact_at(into, contents.start + start)?;
        self.source.check_len()
    }

    fn entry(&self, name: &str) -> Result<Entry<'_>, Error> {
        let missing = || Error::unreadable(format!("there is no tensor {}", quoted(name)));
        self.header.entry(name).ok_or_else(missing)
    }
}
