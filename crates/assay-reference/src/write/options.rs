//! What can be chosen about writing.

use crate::write::WriteError;

/// Byte buffers can be aligned to this at most: the page size of the largest
/// pages that files are commonly mapped with.
const MOST: u64 = 1 << 21;

/// What can be chosen about writing. No choice changes what a reader sees.
///
/// ```
/// use assay_reference::write::{WriteOptions, Writer};
/// use assay_spec::Dialect;
///
/// let options = WriteOptions::default().alignment(4096);
/// let writer = Writer::with_options(&Dialect::latest(), options)?;
/// let bytes = writer.serialize([], None)?;
/// assert_eq!(bytes.len(), 4096);
/// # Ok::<(), assay_reference::write::WriteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The byte buffer begins at a multiple of this many bytes. If `None`, the
    /// dialect's limit `data_alignment`, as far as the header has room for it.
    pub alignment: Option<u64>,
    /// Whether a file is on the disk, not only handed to the system, before it
    /// takes the place of another: only then does a power cut leave one of the
    /// two whole.
    pub durable: bool,
}

impl Default for WriteOptions {
    /// Aligned as the dialect advises, and durable.
    fn default() -> Self {
        WriteOptions { alignment: None, durable: true }
    }
}

impl WriteOptions {
    /// Begins the byte buffer at a multiple of this: a power of two of at most 2 MiB.
    #[must_use]
    pub fn alignment(self, bytes: u64) -> Self {
        WriteOptions { alignment: Some(bytes), ..self }
    }

    /// Whether to wait until a file is on the disk before it replaces another.
    #[must_use]
    pub fn durable(self, durable: bool) -> Self {
        WriteOptions { durable, ..self }
    }

    pub(super) fn check(self) -> Result<(), WriteError> {
        match self.alignment {
            Some(asked) if !asked.is_power_of_two() || asked > MOST => {
                Err(WriteError::Alignment { asked, most: MOST })
            }
            _ => Ok(()),
        }
    }
}
