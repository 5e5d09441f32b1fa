//! What a set-up is made from, as one digest.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{SetupFailure, file, find_program};
use crate::adapter::Adapter;
use crate::places::Expansion;

/// Changes with the way a set-up is done.
const VERSION: &str = "2";

/// Folders that tools make beside sources; what is in them is no input.
const PRODUCTS: [&str; 6] =
    [".git", "__pycache__", "node_modules", "target", ".venv", ".pytest_cache"];

/// The digest of adapter.toml, the adapter's other files, its `inputs`, its
/// commands and the places of the programs it requires. Where the adapter
/// itself lies is left out: checkouts that share a cache share what is in it.
pub(super) fn of(adapter: &Adapter, expansion: &Expansion<'_>) -> Result<String, SetupFailure> {
    let mut hash = Hash(Sha256::new());
    hash.field(VERSION.as_bytes());
    if let Some(version) = &adapter.version {
        hash.field(version.as_bytes());
    }
    for step in adapter.manifest.setup.iter().chain([&adapter.manifest.run]) {
        for word in &step.command {
            hash.field(word.as_bytes());
        }
        for (name, value) in &step.env {
            hash.field(name.as_bytes());
            hash.field(value.as_bytes());
        }
    }
    for one in &adapter.manifest.requires {
        let program = find_program(&expansion.expand(&one.command)).unwrap_or_default();
        hash.field(program.as_os_str().as_bytes());
    }
    let inputs =
        adapter.manifest.inputs.iter().map(|input| adapter.dir.join(expansion.expand(input)));
    for root in [adapter.dir.clone()].into_iter().chain(inputs) {
        hash.tree(&root)?;
    }
    Ok(hex::encode(hash.0.finalize()))
}

struct Hash(Sha256);

impl Hash {
    /// Length first, so that no two lists of fields run together.
    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// A file, or all files below a folder in order of path.
    fn tree(&mut self, root: &Path) -> Result<(), SetupFailure> {
        let mut files = Vec::new();
        collect(root, &mut files).map_err(file("cannot read the input", root))?;
        files.sort();
        for path in files {
            let name = path.strip_prefix(root).unwrap_or(&path);
            self.field(name.as_os_str().as_bytes());
            self.field(&fs::read(&path).map_err(file("cannot read", &path))?);
        }
        Ok(())
    }
}

/// Symbolic links are followed only where an input itself is one.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name();
        if kind.is_file() && !is_remark(&name.to_string_lossy()) {
            files.push(entry.path());
        } else if kind.is_dir() && !PRODUCTS.iter().any(|product| name == *product) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Files that speak about an adapter and are no part of it.
fn is_remark(name: &str) -> bool {
    name == "known.toml" || name.ends_with(".md")
}
