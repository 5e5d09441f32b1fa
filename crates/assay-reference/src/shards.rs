//! Models in several files: the index that says which tensor is in which file.
//!
//! The index (`model.safetensors.index.json`) is no part of the format but a
//! convention that every large model follows:
//!
//! ```json
//! {"metadata": {"total_size": 24}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}
//! ```
//!
//! What is demanded of it, and why:
//!
//! * It is JSON, an object with `weight_map`, an object from tensors' names to
//!   files' names. No key may stand twice in the root, in `metadata` or in
//!   `weight_map`: the libraries that read indexes keep the last one in silence,
//!   so two readers could load different tensors, and no writer makes such. Other
//!   keys are passed over (`total_parameters` and `total_shards` are about).
//! * A file's name is bare: no folder, no drive, not `..`. All published
//!   indexes that were looked at are so, and whatever else it could be leads out
//!   of the model's folder. For the same reason a shard that is a symbolic link
//!   to somewhere else is refused, unless [`Links::Follow`] says otherwise:
//!   download caches keep models as such links.
//! * `metadata.total_size` is optional. Where it stands, it must be the bytes of
//!   all tensors. Some writers add the files' lengths instead, headers included,
//!   and some tools that change shards forget it; a [`Fault`] says which it
//!   looks like. `total_parameters` is not judged: where elements are packed
//!   into integers it counts what was there before.
//!
//! [`ShardedModel::open`] opens a model without faults that concern tensors;
//! [`verify`] lists all faults.

#[cfg(feature = "std")]
mod disk;
mod fault;
mod index;
mod parse;
#[cfg(feature = "std")]
mod survey;

#[cfg(feature = "std")]
pub use disk::{Links, Report, ShardedModel, ShardsError, verify};
pub use fault::{Fault, TotalSizeHint};
pub use index::{Index, IndexError};

/// Whether a name is one of a file in the folder at hand, on every system.
pub(crate) fn is_bare(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

/// Whether a file is named as those of a model are: `stem.safetensors`, or
/// `stem-….safetensors`.
#[cfg(feature = "std")]
pub(crate) fn is_of_model(name: &str, stem: &str) -> bool {
    let own = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(".safetensors"));
    own.is_some_and(|part| part.is_empty() || part.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_bare() {
        for name in ["model-00001-of-00002.safetensors", "a b", "é", "...", ".hidden"] {
            assert!(is_bare(name), "{name}");
        }
        for name in ["", ".", "..", "/a", "a/b", "../a", "a\\b", "C:a", "a\0"] {
            assert!(!is_bare(name), "{name}");
        }
    }

    #[test]
    fn files_of_a_model_are_known_by_their_names() {
        for name in ["model.safetensors", "model-00001-of-00002.safetensors", "model-x.safetensors"]
        {
            assert!(is_of_model(name, "model"), "{name}");
        }
        for name in ["models.safetensors", "model-1.bin", "a.safetensors", "model"] {
            assert!(!is_of_model(name, "model"), "{name}");
        }
    }
}
