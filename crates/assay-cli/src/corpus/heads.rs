//! Heads: files whose byte buffer is too large to be shown to anyone. Prefix
//! and header are kept, and the length of the whole.

use assay_generator::draft::Draft;
use assay_protocol::manifest::{ManifestHead, Origin};
use assay_spec::View;
use assay_spec::export::canonical;
use assay_validator::Validation;
use sha2::{Digest as _, Sha256};

use super::prove::claimed;

/// An entry of the manifest with its file.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) entry: ManifestHead,
    pub(crate) bytes: Vec<u8>,
}

/// What a head shows.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) origin: Origin,
}

impl Head {
    /// Of a file of `size` bytes that begins with `bytes`, and what the validator sees in it.
    pub(crate) fn new(shown: Shown, bytes: Vec<u8>, size: u64, seen: &Validation) -> Head {
        let Shown { id, rule, title, origin } = shown;
        let entry = ManifestHead {
            rule,
            title,
            verdict: claimed(seen.verdict),
            origin,
            path: format!("files/{id}.head"),
            sha256: hex::encode(Sha256::digest(&bytes)),
            size,
            tensors: seen.view.as_ref().map(|view| view.tensors.len() as u64),
            view_sha256: seen.view.as_ref().map(view_digest),
            id,
        };
        Head { entry, bytes }
    }
}

/// Byte buffers above this size are read by no implementation in a run.
const MOST_SHOWN: u64 = 1 << 30;

/// Whether a file is kept as a head.
pub(crate) fn is_head(draft: &Draft) -> bool {
    draft.len().is_none_or(|len| len > MOST_SHOWN)
}

/// See `ManifestHead::view_sha256`.
fn view_digest(view: &View) -> String {
    let value = serde_json::to_value(view).expect("a view is plain JSON");
    hex::encode(Sha256::digest(canonical(&value)))
}
