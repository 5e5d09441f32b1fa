//! Puts questions and tasks to implementations: lays files out, runs, gathers results.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use assay_harness::{Event, Introduction, PlannedCase, PlannedWrite, Question, Ready, RunOptions};
use assay_protocol::message::{Capabilities, Implementation};
use assay_protocol::record::{Outcome, ResultLine};
use assay_protocol::{Manifest, Operation};
use assay_spec::Dialect;
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};

use super::access;
use super::table::{Asked, LONG_ID, Table};
use super::tasks::{Place, Task};
use super::written::{self, OLD};
use crate::corpus::stage;

/// No file may be longer while writers are made to fail.
const LIMIT: u64 = 64 * 1024;

/// Where files were to be written, by implementation and task.
pub(crate) type Written = BTreeMap<(String, String), PathBuf>;

/// A run of operations under way.
pub(crate) struct Conductor<'a> {
    pub(crate) ready: Vec<Ready>,
    pub(crate) introductions: BTreeMap<String, Introduction>,
    pub(crate) not_run: BTreeMap<String, String>,
    pub(crate) results: Vec<ResultLine>,
    pub(crate) notes: Vec<String>,
    pub(crate) work: &'a Path,
    pub(crate) options: RunOptions,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) dialect: &'a Dialect,
}

impl<'a> Conductor<'a> {
    /// Hears who can do what; those that do not start are not run.
    pub(crate) fn new(
        ready: Vec<Ready>,
        not_run: BTreeMap<String, String>,
        work: &'a Path,
        options: RunOptions,
        cancel: &'a AtomicBool,
        dialect: &'a Dialect,
    ) -> anyhow::Result<Conductor<'a>> {
        let options = RunOptions { scratch_dir: work.join("scratch"), ..options };
        let mut all = Conductor {
            ready: Vec::new(),
            introductions: BTreeMap::new(),
            not_run,
            results: Vec::new(),
            notes: Vec::new(),
            work,
            options,
            cancel,
            dialect,
        };
        for one in ready {
            let id = one.adapter.id.clone();
            match assay_harness::probe(&one, &all.options, cancel) {
                Ok(introduction) => {
                    all.introductions.insert(id, introduction);
                    all.ready.push(one);
                }
                Err(assay_harness::StartFailure::Cancelled) => {
                    bail!("stopped before anything was asked")
                }
                Err(failure) => drop(all.not_run.insert(id, failure.to_string())),
            }
        }
        // Headers-only tools, then those that also write, then those that only write: so each
        // kind is a stretch.
        let rank = |one: &Ready| {
            let of = |operation| all.introductions[&one.adapter.id].capabilities.has(operation);
            match (of(Operation::Inspect), of(Operation::Write)) {
                (false, false) => 0,
                (true, false) => 1,
                (true, true) => 2,
                (false, true) => 3,
            }
        };
        all.ready.sort_by_key(rank);
        Ok(all)
    }

    /// What an implementation can do.
    pub(crate) fn capabilities(&self, id: &str) -> Option<&Capabilities> {
        self.introductions.get(id).map(|introduction| &introduction.capabilities)
    }

    /// Who they are.
    pub(crate) fn identities(&self) -> BTreeMap<&str, &Implementation> {
        self.introductions.iter().map(|(id, it)| (id.as_str(), &it.identity)).collect()
    }

    /// Where those begin and end that declare an operation, of which `rank` makes a stretch.
    fn stretch(&self, operation: Operation) -> std::ops::Range<usize> {
        let has = |one: &Ready| self.introductions[&one.adapter.id].capabilities.has(operation);
        let start = self.ready.iter().position(has).unwrap_or(self.ready.len());
        let end = self.ready.iter().rposition(has).map_or(start, |last| last + 1);
        start..end
    }

    /// Runs cases over a stretch of the implementations; lines of operations that were not
    /// declared are left out.
    pub(crate) fn run(
        &self,
        stretch: std::ops::Range<usize>,
        cases: &[PlannedCase],
        options: &RunOptions,
        bar: &ProgressBar,
    ) -> anyhow::Result<Vec<ResultLine>> {
        let ready = &self.ready[stretch];
        if ready.is_empty() || cases.is_empty() {
            return Ok(Vec::new());
        }
        bar.reset();
        bar.set_length((ready.len() * cases.len()) as u64);
        let results = Mutex::new(Vec::new());
        let summary =
            assay_harness::run(ready, cases, options, self.cancel, &|event| match event {
                Event::Result(line) => {
                    bar.inc(1);
                    // Of what it does not know nothing was asked.
                    if line.attempts > 0 || line.outcome != Outcome::Unsupported {
                        results.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    }
                }
                Event::NotRun { .. } => bar.inc(cases.len() as u64),
                Event::Started { .. } | Event::Restarted { .. } | Event::Finished { .. } => {}
            });
        if summary.cancelled {
            bail!("stopped before all was asked");
        }
        if !summary.faults.is_empty() {
            bail!("{}", summary.faults.join("; "));
        }
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let key = |line: &ResultLine| (line.implementation.clone(), line.case.clone());
        results.sort_by_key(key);
        Ok(results)
    }

    /// Asks for tensors by name, for headers, and for models in several files.
    pub(crate) fn ask(
        &mut self,
        table: &Table,
        corpus: &Path,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let files = self.work.join("files");
        fs::create_dir_all(&files)?;
        let staged = lay_out(table, corpus, &files)?;
        let mut cases = gets(table, &staged, &files)?;
        cases.extend(
            table
                .headers
                .iter()
                .map(|id| PlannedCase { question: Question::Inspect, ..staged[id].clone() }),
        );
        for (at, model) in table.models.iter().enumerate() {
            let laid = model.lay_out(&self.work.join(format!("models/{at:03}")), self.dialect)?;
            let asked = Asked {
                id: &model.id(),
                rule: &model.rule,
                verdict: model.verdict,
                size: laid.text.len() as u64,
                sha256: hex::encode(Sha256::digest(&laid.text)),
                view: laid.view,
            };
            cases.push(asked.planned(&laid.index, Question::OpenIndex { bytes: laid.bytes }));
        }
        let results = self.run(0..self.ready.len(), &cases, &self.options, bar)?;
        self.results.extend(results);
        if table.with_long_file {
            self.ask_for_the_long_header(bar)?;
        }
        Ok(())
    }

    /// The header before a terabyte: in time, with little memory, reading little.
    fn ask_for_the_long_header(&mut self, bar: &ProgressBar) -> anyhow::Result<()> {
        let path = self.work.join("files/long.safetensors");
        let (view, size) = match access::long_file(&path, self.dialect) {
            Ok(made) => made,
            Err(error) => {
                self.notes.push(format!(
                    "{LONG_ID} was not asked: no file of 1 TiB can be made here, not even of a hole: {error:#}"
                ));
                return Ok(());
            }
        };
        let asked = Asked {
            id: LONG_ID,
            rule: access::HEADER_ONLY,
            verdict: assay_protocol::ClaimedVerdict::Valid,
            size,
            sha256: String::new(),
            view: Some(view),
        };
        let options = RunOptions {
            window: 1,
            max_resident_mib: Some(access::MAX_RESIDENT_MIB),
            limit_address_space: false,
            max_read_bytes: Some(access::MAX_READ),
            max_written_bytes: Some(1 << 30),
            ..self.options.clone()
        };
        let cases = [asked.planned(&path, Question::Inspect)];
        let results = self.run(self.stretch(Operation::Inspect), &cases, &options, bar)?;
        self.results.extend(results);
        fs::remove_file(path)?;
        Ok(())
    }

    /// Has files written, and judges them. Returns where the first run's files are, by
    /// implementation and task.
    pub(crate) fn write(&mut self, tasks: &[Task], bar: &ProgressBar) -> anyhow::Result<Written> {
        let writers = self.stretch(Operation::Write);
        let plain: Vec<&Task> = tasks.iter().filter(|task| !task.place.is_limited()).collect();
        let (mut results, files) = self.put(&plain, writers.clone(), "first", None, bar)?;
        let limited: Vec<&Task> = tasks.iter().filter(|task| task.place.is_limited()).collect();
        let (more, _) = self.put(&limited, writers.clone(), "limited", Some(LIMIT), bar)?;
        results.extend(more);
        let again: Vec<&Task> = tasks.iter().filter(|task| task.again).collect();
        let (_, others) = self.put(&again, writers, "again", None, bar)?;
        for line in &mut results {
            if again.iter().any(|task| task.id == line.case) {
                self.compare(line, &files, &others);
            }
        }
        self.results.extend(results);
        Ok(files)
    }

    /// Has files written where nothing is in the way. Returns where they are.
    pub(crate) fn write_once(&self, tasks: &[Task], bar: &ProgressBar) -> anyhow::Result<Written> {
        let tasks: Vec<&Task> = tasks.iter().filter(|task| task.place == Place::New).collect();
        Ok(self.put(&tasks, self.stretch(Operation::Write), "once", None, bar)?.1)
    }

    /// One run of writers over tasks.
    fn put(
        &self,
        tasks: &[&Task],
        writers: std::ops::Range<usize>,
        name: &str,
        limit: Option<u64>,
        bar: &ProgressBar,
    ) -> anyhow::Result<(Vec<ResultLine>, Written)> {
        let (inputs, outputs) =
            (self.work.join("tasks").join(name), self.work.join("written").join(name));
        fs::create_dir_all(&inputs)?;
        let is_again = name == "again";
        let mut cases = Vec::with_capacity(tasks.len());
        let mut paths = BTreeMap::new();
        for (at, task) in tasks.iter().enumerate() {
            let place = format!("{at:03}/model.safetensors");
            for one in &self.ready[writers.clone()] {
                let path = outputs.join(&one.adapter.id).join(&place);
                prepare(task.place, &path)
                    .with_context(|| format!("cannot prepare {}", path.display()))?;
                paths.insert((one.adapter.id.clone(), task.id.clone()), path);
            }
            cases.push(plan(task, at, is_again, &inputs, &outputs, &place)?);
        }
        let options = RunOptions { max_written_bytes: limit, ..self.options.clone() };
        let mut results = self.run(writers, &cases, &options, bar)?;
        for line in &mut results {
            let task = tasks.iter().find(|task| task.id == line.case).expect("it was asked");
            let path = &paths[&(line.implementation.clone(), line.case.clone())];
            let capabilities = self.capabilities(&line.implementation);
            if task.place.is_about_files() && capabilities.is_some_and(|it| it.writes_streams) {
                line.outcome = Outcome::Unsupported;
                line.detail = Some("writes streams: the file is its user's own".to_owned());
                continue;
            }
            written::judge(line, task, path, self.dialect);
        }
        Ok((results, paths))
    }

    /// Whether the second run wrote the same bytes, where that was claimed.
    fn compare(&self, line: &mut ResultLine, first: &Written, second: &Written) {
        let capabilities = self.capabilities(&line.implementation);
        if !capabilities.is_some_and(|it| it.deterministic_writes) {
            line.outcome = Outcome::Unsupported;
            line.detail = Some("does not claim that equal tensors give equal bytes".to_owned());
        }
        if line.outcome != Outcome::Same {
            return;
        }
        let key = (line.implementation.clone(), line.case.clone());
        let read = |files: &Written| written::read_file(&files[&key]);
        let wrong = match (read(first), read(second)) {
            (Some(a), Some(b)) => written::difference(&a, &b)
                .map(|at| format!("the bytes differ from {at} on when it is written again")),
            _ => Some("it was not written again".to_owned()),
        };
        if let Some(what) = wrong {
            line.outcome = Outcome::Misread;
            line.detail = Some(what);
        }
    }
}

/// Cases of the corpus as files under names that say nothing, by id.
type Staged = BTreeMap<String, PlannedCase>;

/// Lays out the cases of the corpus that are asked about.
fn lay_out(table: &Table, corpus: &Path, files: &Path) -> anyhow::Result<Staged> {
    let needed: BTreeSet<&String> =
        table.headers.iter().chain(table.gets.iter().filter_map(|get| get.case.as_ref())).collect();
    let cases = table.corpus.cases.iter().filter(|case| needed.contains(&case.id)).cloned();
    let manifest = Manifest { cases: cases.collect(), heads: Vec::new(), ..table.corpus.clone() };
    let staged = stage::stage(&manifest, corpus, files, &|_, _| {})?;
    Ok(staged.into_iter().map(|planned| (planned.case.id.clone(), planned)).collect())
}

/// Makes the place where a file is to be written as a task wants it.
fn prepare(place: Place, path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    match place {
        Place::NoFolder => fs::create_dir_all(folder.parent().context("it has one")?)?,
        Place::New | Place::Limit => fs::create_dir_all(folder)?,
        Place::Old | Place::LimitOld => {
            fs::create_dir_all(folder)?;
            fs::write(path, OLD)?;
        }
        Place::Full => {
            fs::create_dir_all(folder)?;
            std::os::unix::fs::symlink("/dev/full", path)?;
        }
    }
    Ok(())
}

/// A task as a case: its files, and what is to be done with them.
fn plan(
    task: &Task,
    at: usize,
    is_again: bool,
    inputs: &Path,
    outputs: &Path,
    place: &str,
) -> anyhow::Result<PlannedCase> {
    let (path, contents) =
        (inputs.join(format!("{at:03}.json")), inputs.join(format!("{at:03}.raw")));
    let document = if is_again { task.reordered() } else { task.task.clone() };
    let text = serde_json::to_vec(&document)?;
    fs::write(&path, &text)?;
    fs::write(&contents, &task.contents)?;
    let mut names: Vec<&str> = document.tensors.iter().map(|tensor| &*tensor.name).collect();
    names.sort_unstable();
    let asked = Asked {
        id: &task.id,
        rule: &task.rule,
        verdict: task.verdict,
        size: text.len() as u64,
        sha256: hex::encode(Sha256::digest(&text)),
        view: Some(task.view.clone()),
    };
    let write = PlannedWrite {
        contents,
        outputs: outputs.to_owned(),
        name: place.to_owned(),
        is_strided: task.is_strided(),
        has_metadata: task.view.metadata.is_some(),
        has_repeated_names: names.windows(2).any(|pair| pair[0] == pair[1]),
    };
    Ok(asked.planned(&path, Question::Write(write)))
}

/// Questions about names, with their files laid out.
fn gets(table: &Table, staged: &Staged, files: &Path) -> anyhow::Result<Vec<PlannedCase>> {
    let (bytes, _) = &table.odd;
    let odd = files.join("odd.safetensors");
    fs::write(&odd, bytes)?;
    fs::set_permissions(&odd, fs::Permissions::from_mode(0o444))?;
    let sha256 = hex::encode(Sha256::digest(bytes));
    let mut cases = Vec::with_capacity(table.gets.len());
    for get in &table.gets {
        let asked = Asked {
            id: &get.id,
            rule: get.rule,
            verdict: get.verdict,
            size: bytes.len() as u64,
            sha256: sha256.clone(),
            view: get.view.clone(),
        };
        let question = Question::Get { tensor: get.tensor.clone() };
        let mut planned = asked.planned(&odd, question);
        if let Some(id) = &get.case {
            let file = staged.get(id).with_context(|| format!("no case {id}"))?;
            planned.path.clone_from(&file.path);
            planned.case.size = file.case.size;
            planned.case.sha256.clone_from(&file.case.sha256);
        }
        cases.push(planned);
    }
    Ok(cases)
}
