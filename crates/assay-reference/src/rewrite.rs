//! Rewrites files: metadata, names and selection changed, split into shards or
//! merged, everything else preserved.
//!
//! A [`Plan`] is what is to be written: the tensors of files that were read,
//! with [`Change`]s applied. Nothing is modified in place. Contents stream from
//! the input, mapped or in memory, to a temporary file. That is then read back
//! and compared with the input: every tensor of it must be there under the name
//! that the changes give it, with the same dtype, shape and bytes, and nothing
//! else; only then is it renamed. The comparison starts from the input, not from
//! the plan, so that a mistake in planning or writing shows.
//!
//! ```no_run
//! use assay_reference::rewrite::{Change, Plan, quietly};
//! use assay_reference::write::Writer;
//! use assay_reference::{File, Policy};
//! use assay_spec::{Dialect, Disputed};
//!
//! let dialect = Dialect::latest();
//! let input = File::open("model.safetensors", &Policy::new(&dialect, Disputed::Accept))?;
//! let mut plan = Plan::of(input.reader());
//! plan.change(Change::SetMetadata { key: "license".into(), value: "MIT".into() })?;
//! plan.change(Change::RenamePrefix { from: "model.".into(), to: "".into() })?;
//! plan.write_file("renamed.safetensors", &Writer::new(&dialect), &mut quietly)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod disk;
mod error;
mod plan;
mod proof;

use std::ops::ControlFlow;
use std::path::PathBuf;

pub use change::{Change, Names};
pub use error::RewriteError;
pub use plan::{Part, Plan, Planned};

/// How far a rewriting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Bytes of tensors done.
    pub done: u64,
    /// Bytes of tensors there are.
    pub of: u64,
}

/// The steps of a rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Contents are copied to temporary files.
    Writing,
    /// What was written is read and compared with the input.
    Comparing,
}

/// Is told of progress now and then, and may break a rewriting off: then
/// nothing has changed.
pub type Observer<'o> = dyn FnMut(Progress) -> ControlFlow<()> + 'o;

/// An observer that looks away.
pub fn quietly(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Number of its tensors.
    pub tensors: usize,
}
