//! Conducting a run: from planned cases to a finished record.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, bail};
use assay_harness::{Event, PlannedCase, Ready, RecordWriter, RunOptions};
use assay_protocol::record::{Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA};
use assay_report::record;
use assay_spec::numbers::count;
use indicatif::ProgressBar;

use super::processors;
use crate::commands::corpus::progress_bar;
use crate::corpus::manifest::Loaded;
use crate::output;

/// What a run came to.
pub(super) struct Conducted {
    pub(super) record: record::Record,
    pub(super) path: PathBuf,
    pub(super) seconds: f64,
    pub(super) rates: BTreeMap<String, f64>,
}

/// Runs, writing the record as results come.
pub(super) fn conduct(
    loaded: &Loaded,
    ready: &[Ready],
    not_run: &[(String, String)],
    cases: &[PlannedCase],
    options: &RunOptions,
    out: &Path,
    cancel: &AtomicBool,
) -> anyhow::Result<Conducted> {
    let start = Instant::now();
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let mut writer = RecordWriter::create(out, &header(loaded, cases.len()))?;
    for (id, reason) in not_run {
        writer.append(&Line::Implementation(not_run_line(id, reason)))?;
    }
    let mut state = State::new(writer, (cases.len() * ready.len()) as u64);
    state.not_run.extend(not_run.iter().map(|(id, reason)| format!("{id}: {reason}")));
    let state = Mutex::new(state);
    let summary = assay_harness::run(ready, cases, options, cancel, &|event| {
        state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take(event, cases.len());
    });
    let state = state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    state.bar.finish_and_clear();
    if let Some(error) = state.failure {
        return Err(error.context("the record could not be written; the run is lost"));
    }
    if summary.cancelled || !summary.faults.is_empty() {
        let partial = state.writer.abandon()?;
        let why = if summary.cancelled { "stopped".to_owned() } else { summary.faults.join("; ") };
        bail!("{why}; what was done so far is in {}, which has no footer", partial.display());
    }
    let executed = state.outcomes.iter().any(|(outcome, _)| *outcome != Outcome::NotRun);
    if !executed {
        let reasons = state.not_run.join("\n  ");
        let partial = state.writer.abandon()?;
        bail!(
            "nothing was executed, so nothing was judged:\n  {reasons}\n\
             The record, without a footer: {}",
            partial.display()
        );
    }
    for note in &summary.notes {
        output::note(&format!("note: {note}"));
    }
    let footer = Footer {
        results: state.results,
        outcomes: state.outcomes,
        ran: summary.ran,
        restarts: summary.restarts,
        seconds: start.elapsed().as_secs(),
    };
    let path = state.writer.finish(&footer)?;
    let record = record::parse(&std::fs::read_to_string(&path)?)
        .with_context(|| format!("the record {} came out wrong", path.display()))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Conducted { record, path, seconds, rates: state.rates })
}

/// What is gathered from events while a run goes on.
struct State {
    writer: RecordWriter,
    bar: ProgressBar,
    results: u64,
    outcomes: BTreeMap<Outcome, u64>,
    rates: BTreeMap<String, f64>,
    not_run: Vec<String>,
    restarts: u64,
    failure: Option<anyhow::Error>,
}

impl State {
    fn new(writer: RecordWriter, total: u64) -> State {
        let bar = progress_bar("running");
        bar.set_length(total);
        State {
            writer,
            bar,
            results: 0,
            outcomes: BTreeMap::new(),
            rates: BTreeMap::new(),
            not_run: Vec::new(),
            restarts: 0,
            failure: None,
        }
    }

    fn take(&mut self, event: Event, cases: usize) {
        let line = match event {
            Event::Started { implementation, identity, capabilities } => {
                Line::Implementation(ImplementationLine {
                    id: implementation,
                    implementation: Some(identity),
                    capabilities: Some(capabilities),
                    not_run: None,
                })
            }
            Event::NotRun { implementation, reason } => {
                self.bar.inc(cases as u64);
                self.not_run.push(format!("{implementation}: {reason}"));
                Line::Implementation(not_run_line(&implementation, &reason))
            }
            Event::Result(result) => {
                self.bar.inc(1);
                self.results += 1;
                *self.outcomes.entry(result.outcome).or_default() += 1;
                Line::Result(result)
            }
            Event::Restarted { .. } => {
                self.restarts += 1;
                let restarts = count(self.restarts, "restart");
                self.bar.set_message(format!("running, {restarts}"));
                return;
            }
            Event::Finished { implementation, seconds } => {
                self.rates.insert(implementation, cases as f64 / seconds);
                return;
            }
        };
        if self.failure.is_none()
            && let Err(error) = self.writer.append(&line)
        {
            self.failure = Some(error.into());
        }
    }
}

fn not_run_line(id: &str, reason: &str) -> ImplementationLine {
    ImplementationLine {
        id: id.to_owned(),
        implementation: None,
        capabilities: None,
        not_run: Some(reason.to_owned()),
    }
}

fn header(loaded: &Loaded, cases: usize) -> Header {
    let machine = [
        ("os", std::env::consts::OS.to_owned()),
        ("arch", std::env::consts::ARCH.to_owned()),
        ("processors", processors().to_string()),
    ];
    Header {
        schema: RECORD_SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        manifest_sha256: loaded.sha256.clone(),
        dialect: loaded.manifest.dialect.clone(),
        cases: cases as u64,
        started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        machine: machine.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}
