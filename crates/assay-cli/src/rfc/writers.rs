//! Whether what writers write today survives a proposal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use assay_harness::{Ready, RunOptions};
use assay_protocol::gate::Writers;
use assay_spec::rfc::{Applied, Class};
use assay_spec::{Dialect, Verdict};
use assay_validator::validate;
use indicatif::ProgressBar;

use super::backward::shown;
use crate::adequacy::Seen;
use crate::operations::conduct::Conductor;
use crate::operations::table;
use crate::operations::written::read_file;
use crate::places::Tree;

/// A file that a writer wrote: the writer, the task, the bytes.
pub(crate) type Output = (String, String, Vec<u8>);

/// Has every writer do every task that is to succeed.
///
/// # Errors
/// If it was stopped, or files cannot be laid out.
pub(crate) fn outputs(
    ready: Vec<Ready>,
    tree: &Tree,
    manifest: &assay_protocol::Manifest,
    work: &Path,
    options: RunOptions,
    cancel: &AtomicBool,
) -> anyhow::Result<Vec<Output>> {
    let dialect = Dialect::latest();
    let table = table::load(&tree.corpus(), manifest, &dialect)?;
    let conductor = Conductor::new(ready, BTreeMap::new(), work, options, cancel, &dialect)?;
    let written = conductor.write_once(&table.tasks, &ProgressBar::hidden())?;
    let read = |((writer, task), path): (&(String, String), &std::path::PathBuf)| {
        Some((writer.clone(), task.clone(), read_file(path)?))
    };
    Ok(written.iter().filter_map(read).collect())
}

/// Holds the outputs against a proposal.
pub(crate) fn judge(outputs: &[Output], applied: &Applied) -> Writers {
    let mut report = Writers::default();
    for (writer, task, bytes) in outputs {
        let of = |dialect| Seen::of(validate(bytes, dialect), bytes);
        let (before, after) = (of(&applied.base), of(&applied.merged));
        if before.verdict == Verdict::Invalid && after.verdict == Verdict::Invalid {
            continue;
        }
        *report.files.entry(writer.clone()).or_default() += 1;
        let classes = shown(&before, &after);
        if classes.contains(&Class::Narrow) || classes.contains(&Class::Reinterpret) {
            report.broken.push(format!("{writer}: {task}"));
        }
        if classes.contains(&Class::Widen) || classes.contains(&Class::Annotate) {
            report.emitting.insert(writer.clone());
        }
    }
    report
}
