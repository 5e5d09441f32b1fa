//! Why nothing was rewritten.

use crate::error::{Error, quoted};
use crate::write::WriteError;

/// Why nothing was rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// A change is about a tensor that is not there.
    #[error("there is no tensor {}", quoted(.name))]
    NoSuchTensor {
        /// The name.
        name: String,
    },
    /// A change is about names that begin so, and none does.
    #[error("no tensor's name begins with {}", quoted(.prefix))]
    NoSuchPrefix {
        /// What names were to begin with.
        prefix: String,
    },
    /// A change is about metadata that is not there.
    #[error("there is no metadata under {}", quoted(.key))]
    NoSuchKey {
        /// The key.
        key: String,
    },
    /// Two tensors would have one name.
    #[error(
        "tensors {} and {} would both be named {}; rename one of them differently",
        quoted(.one), quoted(.other), quoted(.name)
    )]
    Collision {
        /// The name.
        name: String,
        /// The tensor that has the name already.
        one: String,
        /// The tensor that would get it too.
        other: String,
    },
    /// Files to be merged disagree on metadata.
    #[error(
        "the files disagree on the metadata under {}: {} and {}; make it the same in all of them",
        quoted(.key), quoted(.one), quoted(.other)
    )]
    MetadataDiffers {
        /// The key.
        key: String,
        /// A value that one file has.
        one: String,
        /// A value that another has.
        other: String,
    },
    /// An index cannot name a shard without tensors.
    #[error("there are no tensors that shards could share; leave the file as it is")]
    NoTensors,
    /// Shards need names that a folder can hold.
    #[error("shards cannot be named {}…; use a bare name, without folders", quoted(.stem))]
    Stem {
        /// What the shards' names were to begin with.
        stem: String,
    },
    /// The folder holds files of such a model already.
    #[error("{path} is there already; split into a folder without shards of that name")]
    Occupied {
        /// The file in the way.
        path: String,
    },
    /// What was written does not show what was read. A fault of this program or
    /// of the machine; nothing was changed.
    #[error("what was written is not what was read ({0}): nothing was changed; please report this")]
    NotPreserved(String),
    /// What was written cannot be read. Nothing was changed.
    #[error("what was written cannot be read back, nothing was changed: {0}")]
    NotReadable(#[source] Error),
    /// It was broken off.
    #[error("broken off; nothing was changed")]
    Interrupted,
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
