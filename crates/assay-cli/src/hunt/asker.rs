//! Shows files to running implementations and to the validator.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{Panel, PlannedCase, Question, Ready, RunOptions, SetupFailure};
use assay_protocol::ManifestCase;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView, Origin};
use assay_protocol::record::{Outcome, ResultLine};
use assay_spec::{Dialect, OnViolation};
use assay_validator::{Validation, validate};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::signature::Signature;
use crate::commands::setup;
use crate::corpus::prove::claimed;
use crate::output;
use crate::places::Tree;

/// An implementation that is asked.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Name of its folder.
    pub(crate) id: String,
    /// Whose parser it is.
    pub(crate) lineage: String,
    /// Its version.
    pub(crate) version: String,
}

/// Which implementations, and how they are run.
pub(crate) struct Choice<'a> {
    pub(crate) only: &'a [String],
    pub(crate) skip: &'a [String],
    pub(crate) jobs: Option<u16>,
    pub(crate) timeout: u64,
}

/// Adapters that are set up, and a folder to work in.
pub(crate) struct Crew {
    ready: Vec<Ready>,
    absent: Vec<(String, String)>,
    work: TempDir,
    options: RunOptions,
}

/// What is known of one file once it was shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) seen: Validation,
    /// What each member answered, in their order.
    pub(crate) lines: Vec<ResultLine>,
    pub(crate) signature: Signature,
}

impl Crew {
    /// Sets adapters up.
    pub(crate) fn gather(choice: &Choice<'_>, cancel: &AtomicBool) -> anyhow::Result<Crew> {
        let places = setup::places(&Tree::find()?)?;
        let all = assay_harness::discover(&places.harness_dir)?;
        let adapters = setup::select(all, choice.only, choice.skip)?;
        let mut ready = Vec::new();
        let mut absent = Vec::new();
        for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
            match outcome {
                Ok(one) => ready.push(one),
                Err(SetupFailure::Cancelled) => bail!("stopped before anything was shown"),
                Err(failure) => absent.push((adapter.id.clone(), failure.to_string())),
            }
        }
        // Named as the folders of runs are: what a killed process leaves is removed like theirs.
        let work = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(&places.cache_dir)
            .context("cannot make a folder to work in in the cache")?;
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let options = RunOptions {
            deadline: Duration::from_secs(choice.timeout),
            jobs: choice.jobs.map_or(processors, usize::from),
            scratch_dir: work.path().join("scratch"),
            max_restarts: 2_000,
            ..RunOptions::default()
        };
        Ok(Crew { ready, absent, work, options })
    }

    /// The adapters themselves, to have something else done, with the folder to work in.
    pub(crate) fn disband(self) -> (Vec<Ready>, TempDir, RunOptions) {
        (self.ready, self.work, self.options)
    }
}

/// Shows files.
pub(crate) struct Asker<'a> {
    panel: Panel<'a>,
    members: Vec<Member>,
    dialect: &'a Dialect,
    folder: PathBuf,
    /// Who is not asked, and why.
    not_asked: Vec<(String, String)>,
    /// Files shown so far.
    shown: u64,
    /// Dtypes that members deliver under another name: id of the member, quoted dtype.
    lost: BTreeSet<(String, String)>,
}

impl<'a> Asker<'a> {
    /// Starts the implementations; tells of those that cannot be asked.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn open(
        crew: &'a Crew,
        dialect: &'a Dialect,
        cancel: &'a AtomicBool,
    ) -> anyhow::Result<Asker<'a>> {
        let (panel, not_started) = Panel::open(&crew.ready, &crew.options, cancel)
            .context("stopped before anything was shown")?;
        let not_asked: Vec<(String, String)> =
            crew.absent.iter().chain(&not_started).cloned().collect();
        let reasons: Vec<String> =
            not_asked.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        let members: Vec<Member> = panel
            .members()
            .into_iter()
            .map(|(id, said)| Member {
                id,
                lineage: said.identity.lineage,
                version: said.identity.version,
            })
            .collect();
        if members.is_empty() {
            bail!("no implementation can be asked:\n  {}", reasons.join("\n  "));
        }
        for reason in reasons {
            output::note(&format!("not asked: {reason}"));
        }
        let folder = crew.work.path().join("files");
        fs::create_dir(&folder)?;
        Ok(Asker { panel, members, dialect, folder, not_asked, shown: 0, lost: BTreeSet::new() })
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Who is not asked, and why.
    pub(crate) fn not_asked(&self) -> &[(String, String)] {
        &self.not_asked
    }

    /// How many files were shown.
    pub(crate) fn shown(&self) -> u64 {
        self.shown
    }

    /// Shows files. `None` if it was cancelled.
    pub(crate) fn ask<B: AsRef<[u8]>>(
        &mut self,
        files: &[B],
    ) -> anyhow::Result<Option<Vec<Shown>>> {
        let seen = files.iter().map(|file| validate(file.as_ref(), self.dialect)).collect();
        self.ask_seen(files, seen)
    }

    /// Shows files that were validated already.
    pub(crate) fn ask_seen<B: AsRef<[u8]>>(
        &mut self,
        files: &[B],
        seen: Vec<Validation>,
    ) -> anyhow::Result<Option<Vec<Shown>>> {
        let mut planned = Vec::with_capacity(files.len());
        for (at, (file, seen)) in files.iter().zip(&seen).enumerate() {
            let path = self.folder.join(format!("{at:06}.safetensors"));
            put(&path, file.as_ref())?;
            planned.push(PlannedCase {
                case: case(at, file.as_ref(), seen),
                path,
                question: Question::Read,
            });
        }
        let Ok(answers) = self.panel.ask(&planned) else { return Ok(None) };
        self.shown += files.len() as u64;
        let mut lines: Vec<std::vec::IntoIter<ResultLine>> =
            answers.into_iter().map(|answers| answers.lines.into_iter()).collect();
        let mut all = Vec::with_capacity(files.len());
        for (file, seen) in files.iter().zip(seen) {
            let lines: Vec<ResultLine> = lines.iter_mut().filter_map(Iterator::next).collect();
            let blind: Vec<bool> =
                self.members.iter().map(|member| self.loses(member, file.as_ref())).collect();
            let signature = Signature::new(&seen, &self.members, &lines, &blind);
            all.push(Shown { seen, lines, signature });
        }
        Ok(Some(all))
    }

    /// Learns from a valid file who delivers its dtype under another name.
    pub(crate) fn learn(&mut self, shown: &Shown) {
        let Some([tensor]) = shown.seen.view.as_ref().map(|view| &view.tensors[..]) else { return };
        for line in shown.lines.iter().filter(|line| line.outcome == Outcome::Degraded) {
            self.lost.insert((line.implementation.clone(), format!("\"{}\"", tensor.dtype)));
        }
    }

    /// Whether a member is known to lose a dtype that a file seems to have.
    fn loses(&self, member: &Member, file: &[u8]) -> bool {
        let has = |dtype: &str| file.windows(dtype.len()).any(|part| part == dtype.as_bytes());
        self.lost.iter().any(|(id, dtype)| *id == member.id && has(dtype))
    }
}

/// Writes a file under a name that may have stood for another one before. That
/// one is unlinked, not cut short: an implementation may still have it mapped.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o444).open(path)?;
        file.write_all(bytes)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The case that the harness judges by.
fn case(at: usize, file: &[u8], seen: &Validation) -> ManifestCase {
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let view = seen.view.as_ref().map(|view| ExpectedView {
        metadata: view.metadata.clone(),
        tensors: view
            .tensors
            .iter()
            .map(|tensor| ExpectedTensor {
                name: tensor.name.clone(),
                dtype: tensor.dtype.clone(),
                shape: tensor.shape.clone(),
                contents: [tensor.contents.start, tensor.contents.end],
                sha256: tensor
                    .contents
                    .to_range()
                    .and_then(|range| file.get(range))
                    .map_or_else(String::new, digest),
            })
            .collect(),
    });
    ManifestCase {
        id: format!("hunt/{at}"),
        rule: rules(seen).into_iter().next().unwrap_or_default(),
        title: String::new(),
        verdict: claimed(seen.verdict),
        origin: Origin::Hand,
        path: None,
        recipe: None,
        size: file.len() as u64,
        sha256: digest(file),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        relation: None,
        risk: None,
        span: None,
        view,
    }
}

/// The rules that a file breaks, advice aside.
pub(crate) fn rules(seen: &Validation) -> BTreeSet<String> {
    let breaking = seen.findings.iter().filter(|finding| {
        matches!(finding.on_violation, OnViolation::Reject | OnViolation::Either)
    });
    breaking.map(|finding| finding.rule.to_string()).collect()
}
