//! Lays files out and puts questions to adapters.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use assay_harness::{Event, PlannedCase, PlannedSlice, Question, Ready, RunOptions};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView, Origin};
use assay_protocol::message::Implementation;
use assay_protocol::record::ResultLine;
use assay_protocol::slices::SlicedTensor;
use assay_protocol::{ManifestCase, SliceItem};
use indicatif::ProgressBar;

use super::table::Questions;

/// A question as adapters are asked it.
pub(crate) struct Put<'a> {
    pub(crate) id: &'a str,
    pub(crate) rule: &'a str,
    pub(crate) tensor: usize,
    pub(crate) index: &'a [SliceItem],
    pub(crate) verdict: ClaimedVerdict,
    /// Shape, bytes and their digest, where something is to be delivered.
    pub(crate) part: Option<(Vec<u64>, Vec<u8>, String)>,
}

/// What came of asking.
#[derive(Default)]
pub(crate) struct Asked {
    /// Results in order of implementation and question.
    pub(crate) results: Vec<ResultLine>,
    pub(crate) identities: BTreeMap<String, Implementation>,
    pub(crate) not_run: BTreeMap<String, String>,
}

/// Writes the files of all tensors, read-only and under neutral names.
pub(crate) fn stage(files: &[Vec<u8>], folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let write = |(at, bytes): (usize, &Vec<u8>)| {
        let path = folder.join(format!("{at:06}.safetensors"));
        std::fs::write(&path, bytes)
            .and_then(|()| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    files.iter().enumerate().map(write).collect()
}

/// A question as a case of one tensor: the part.
pub(crate) fn plan(put: Put<'_>, tensor: &SlicedTensor, file: &[u8], path: &Path) -> PlannedCase {
    let Put { id, rule, index, verdict, part, .. } = put;
    let (view, bytes) = match part {
        None => (None, Vec::new()),
        Some((shape, bytes, sha256)) => {
            let contents = [0, bytes.len() as u64];
            let (name, dtype) = (tensor.name.clone(), tensor.dtype.clone());
            let tensors = vec![ExpectedTensor { name, dtype, shape, contents, sha256 }];
            (Some(ExpectedView { metadata: None, tensors }), bytes)
        }
    };
    let case = ManifestCase {
        id: id.to_owned(),
        rule: rule.to_owned(),
        title: String::new(),
        verdict,
        origin: Origin::Generated { seed: 0 },
        path: None,
        recipe: None,
        size: file.len() as u64,
        sha256: tensor.sha256.clone(),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: None,
        span: None,
        view,
        relation: None,
    };
    let slice = PlannedSlice { tensor: tensor.name.clone(), index: index.to_vec(), bytes };
    PlannedCase { case, path: path.to_owned(), question: Question::Slice(slice) }
}

/// Puts questions to implementations.
pub(crate) fn ask(
    puts: Vec<Put<'_>>,
    made: &Questions<'_>,
    ready: &[Ready],
    work: &Path,
    options: &RunOptions,
    cancel: &AtomicBool,
    bar: &ProgressBar,
) -> anyhow::Result<Asked> {
    let paths = stage(&made.files, &work.join("files"))?;
    let cases: Vec<PlannedCase> = puts
        .into_iter()
        .map(|put| {
            let at = put.tensor;
            plan(put, &made.tensors[at], &made.files[at], &paths[at])
        })
        .collect();
    bar.set_length((cases.len() * ready.len()) as u64);
    let asked = Mutex::new(Asked::default());
    let options = RunOptions { scratch_dir: work.join("scratch"), ..options.clone() };
    let summary = assay_harness::run(ready, &cases, &options, cancel, &|event| {
        asked.lock().unwrap_or_else(PoisonError::into_inner).take(event, cases.len(), bar);
    });
    bar.finish_and_clear();
    if summary.cancelled {
        bail!("stopped before all questions were answered; nothing was written");
    }
    if !summary.faults.is_empty() {
        bail!("{}", summary.faults.join("; "));
    }
    let mut asked = asked.into_inner().unwrap_or_else(PoisonError::into_inner);
    asked.results.sort_by(|a, b| (&a.implementation, &a.case).cmp(&(&b.implementation, &b.case)));
    Ok(asked)
}

impl Asked {
    fn take(&mut self, event: Event, cases: usize, bar: &ProgressBar) {
        match event {
            Event::Started { implementation, identity, .. } => {
                self.identities.insert(implementation, identity);
            }
            Event::NotRun { implementation, reason } => {
                bar.inc(cases as u64);
                self.not_run.insert(implementation, reason);
            }
            Event::Result(result) => {
                bar.inc(1);
                self.results.push(result);
            }
            Event::Restarted { .. } | Event::Finished { .. } => {}
        }
    }
}
