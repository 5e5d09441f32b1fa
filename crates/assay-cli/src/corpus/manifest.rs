//! Reads `corpus/manifest.json`.

use std::path::Path;

use anyhow::{Context as _, bail};
use assay_protocol::Manifest;
use assay_protocol::manifest::MANIFEST_SCHEMA;
use sha2::{Digest as _, Sha256};

/// A manifest with the digest of its text.
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) sha256: String,
}

/// Reads and checks the manifest.
pub(crate) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let rebuild = "run `assay corpus build` to make it anew";
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the manifest {}; {rebuild}", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text)
        .with_context(|| format!("the manifest {} is faulty; {rebuild}", path.display()))?;
    if manifest.schema != MANIFEST_SCHEMA {
        bail!(
            "the manifest {} is of the schema `{}`, not `{MANIFEST_SCHEMA}`; {rebuild}",
            path.display(),
            manifest.schema
        );
    }
    if manifest.cases.is_empty() {
        bail!("the manifest {} has no cases; {rebuild}", path.display());
    }
    Ok(Loaded { manifest, sha256: hex::encode(Sha256::digest(&text)) })
}
