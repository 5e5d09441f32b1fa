//! Why a file was not written, and what to do about it.

use std::io;

use crate::error::{Error, quoted};

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The format reserves this key of the header.
    #[error("tensor {}: the format reserves this name; choose another one", quoted(.name))]
    ReservedName {
        /// The tensor's name.
        name: String,
    },
    /// Two tensors have one name.
    #[error("two tensors are named {}; rename one of them", quoted(.name))]
    DuplicateName {
        /// The tensors' name.
        name: String,
    },
    /// The dialect has no such dtype.
    #[error(
        "tensor {}: {} is no dtype of edition {edition}; use one that it has, or a later \
         edition{proposed}",
        quoted(.name), quoted(.dtype)
    )]
    UnknownDtype {
        /// The tensor's name.
        name: String,
        /// The dtype asked for.
        dtype: String,
        /// The dialect's edition.
        edition: String,
        /// Which proposal would add it; empty if none would.
        proposed: String,
    },
    /// The dialect has no such key for proposals' meanings.
    #[error("{} is no key of {of} in edition {edition}{proposed}", quoted(.key))]
    UnknownKey {
        /// The key.
        key: String,
        /// Whose key it was to be.
        of: String,
        /// The dialect's edition.
        edition: String,
        /// Which proposal would add it; empty if none would.
        proposed: String,
    },
    /// A key would not be read as it was given.
    #[error(
        "the key {} of {of} would not be read as it is given: its value must be JSON, its tensor \
         one of those that are written, and the feature that it belongs to demanded",
        quoted(.key)
    )]
    NotSaid {
        /// The key.
        key: String,
        /// Whose key it was to be.
        of: String,
    },
    /// Dtype and shape give no whole number of bytes.
    #[error(
        "tensor {}: its size of {bits} bits is no whole number of bytes; pad its last \
         dimension{proposed}",
        quoted(.name)
    )]
    PartialByte {
        /// The tensor's name.
        name: String,
        /// What dtype and shape give, in bits.
        bits: u128,
        /// Which proposal would let it end within a byte; empty if none would.
        proposed: String,
    },
    /// A size or an offset exceeds what the format can say.
    #[error(
        "tensor {}: sizes up to it exceed what the format can express; write several files",
        quoted(.name)
    )]
    TooLarge {
        /// The tensor's name.
        name: String,
    },
    /// The contents do not have the size that dtype and shape give.
    #[error(
        "tensor {}: dtype and shape give {expected} bytes, its contents have {found}; \
         correct the one or the other",
        quoted(.name)
    )]
    WrongSize {
        /// The tensor's name.
        name: String,
        /// Bytes that dtype and shape give.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A source ended before it gave the size that dtype and shape give.
    #[error(
        "tensor {}: its source ended after {found} of the {expected} bytes that dtype and shape \
         give",
        quoted(.name)
    )]
    SourceTooShort {
        /// The tensor's name.
        name: String,
        /// Bytes that dtype and shape give.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// A source gave more than the size that dtype and shape give.
    #[error(
        "tensor {}: its source gives more than the {expected} bytes that dtype and shape give",
        quoted(.name)
    )]
    SourceTooLong {
        /// The tensor's name.
        name: String,
        /// Bytes that dtype and shape give.
        expected: u64,
    },
    /// A source failed.
    #[error("tensor {}: its source failed: {source}", quoted(.name))]
    Source {
        /// The tensor's name.
        name: String,
        /// What the source said.
        source: io::Error,
    },
    /// The header, padding included, would be longer than the format lets it be.
    #[error(
        "the header would have {len} bytes or more, {limit} are the most; write several files, or \
         shorten names and metadata"
    )]
    HeaderTooLong {
        /// Bytes that it has so far.
        len: u64,
        /// The dialect's limit.
        limit: u64,
    },
    /// The byte buffer cannot be aligned to that.
    #[error("the byte buffer cannot be aligned to {asked}; ask for a power of two up to {most}")]
    Alignment {
        /// Bytes asked for.
        asked: u64,
        /// The largest alignment there is.
        most: u64,
    },
    /// There is no memory for the file.
    #[error("there is no memory for {len} bytes; write to a file, which needs none")]
    NoMemory {
        /// Length of the file.
        len: u64,
    },
    /// The file would break another rule of the dialect.
    #[error("the file would not be valid: {0}")]
    Invalid(#[source] Error),
    /// The file system refuses. What was there under the name is there still.
    #[error("cannot write {path}: {why}")]
    Disk {
        /// Where the file was to be.
        path: String,
        /// What is in the way, and what to do about it.
        why: String,
        /// What the system said, if it was asked.
        source: Option<io::Error>,
    },
    /// What the bytes were written to refuses them.
    #[error("cannot write the file: {0}")]
    Io(#[from] io::Error),
}
