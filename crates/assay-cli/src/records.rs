//! Records of runs, found and read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_harness::{RECORD_FILE, RECORD_PARTIAL};
use assay_report::record::{self, Record};

/// Reads a finished record: the file itself, or the folder that a run wrote it to.
///
/// # Errors
/// If it cannot be read, is faulty, or its run did not finish.
pub(crate) fn load(path: &Path) -> anyhow::Result<Record> {
    let file = file_of(path)?;
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read the record {}", file.display()))?;
    let record =
        record::parse(&text).with_context(|| format!("{} is no record", file.display()))?;
    if !record.is_finished() {
        bail!("the record {} has no footer: its run did not finish", file.display());
    }
    Ok(record)
}

fn file_of(path: &Path) -> anyhow::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join(RECORD_FILE);
    if file.exists() {
        return Ok(file);
    }
    if path.join(RECORD_PARTIAL).exists() {
        bail!(
            "the run in {} did not finish; `assay run --resume --out {0}` goes on with it",
            path.display()
        );
    }
    bail!("{} holds no {RECORD_FILE}; `assay run --out {0}` makes one", path.display())
}
