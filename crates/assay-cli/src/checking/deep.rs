//! Contents of tensors, read piece by piece for the lints that need them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use assay_spec::lint::Lints;
use assay_spec::{Dialect, Finding, TensorView, View};
use assay_validator::lint::Contents;

/// Bytes that are read at a time: they stay in the processor's cache until they were looked at.
const PIECE: usize = 1 << 18;

/// What the contents of a valid file show. `read` counts the bytes.
pub(super) fn lint(
    path: &Path,
    view: &View,
    dialect: &Dialect,
    read: &AtomicU64,
) -> anyhow::Result<Vec<Finding>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut contents = Contents::new(Lints::embedded(), dialect);
    let mut tensors: Vec<&TensorView> = view.tensors.iter().collect();
    tensors.sort_by_key(|tensor| tensor.contents.start);
    let mut buffer = vec![0; PIECE];
    for tensor in tensors {
        let mut passing = contents.begin(tensor);
        let mut at = tensor.contents.start;
        while at < tensor.contents.end {
            let left = usize::try_from(tensor.contents.end - at).unwrap_or(PIECE);
            let piece = &mut buffer[..left.min(PIECE)];
            file.read_exact_at(piece, at)
                .with_context(|| format!("cannot read {}; did it change?", path.display()))?;
            passing.piece(piece);
            at += piece.len() as u64;
            read.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }
        contents.end(passing);
    }
    Ok(contents.finish())
}
