//! Made files in a folder, one by one.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::source::Batch;
use crate::corpus::build::replace;

/// A folder that fills, and what is in it.
pub(crate) struct Folder {
    path: PathBuf,
    /// A JSON object for each file, if they are asked for.
    pub(crate) listing: Option<Vec<Value>>,
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    pub(crate) left_out: u64,
}

impl Folder {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// If there is something in it, or it is no folder.
    pub(crate) fn new(path: &Path, listed: bool) -> anyhow::Result<Folder> {
        ready(path)?;
        let listing = listed.then(Vec::new);
        Ok(Folder { path: path.to_owned(), listing, count: 0, bytes: 0, left_out: 0 })
    }

    pub(crate) fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
        self.left_out += batch.left_out;
        for made in &batch.files {
            let path = self.path.join(made.file_name());
            let bytes = &batch.bytes[made.place.clone()];
            replace(&path, bytes)?;
            self.count += 1;
            self.bytes += bytes.len() as u64;
            if let Some(listing) = &mut self.listing {
                listing.push(json!({
                    "path": path.display().to_string(),
                    "size": bytes.len(),
                    "sha256": made.sha256,
                    "seed": made.seed,
                    "verdict": made.verdict,
                    "rule": made.rule,
                }));
            }
        }
        Ok(())
    }
}

/// Makes the folder, or sees that it is empty.
pub(crate) fn ready(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        return std::fs::create_dir_all(path)
            .with_context(|| format!("cannot create {}", path.display()));
    }
    let mut entries = std::fs::read_dir(path).with_context(|| {
        format!("{} is no folder; name one that is empty or not there yet", path.display())
    })?;
    if entries.next().is_some() {
        bail!("{} is not empty; name a folder that is, or is not there yet", path.display());
    }
    Ok(())
}
