//! Conducting a run: from planned cases to a finished record.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context as _, bail};
use assay_harness::{Event, PlannedCase, Ready, RecordWriter, RunOptions, RunSummary};
use assay_protocol::record::{Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA};
use assay_report::record;
use assay_spec::numbers::count;
use indicatif::ProgressBar;

use super::result::Whole;
use super::resume::{Resumed, resume};
use super::{Args, processors};
use crate::commands::corpus::progress_bar;
use crate::corpus::manifest::Loaded;
use crate::output;

/// What is run, and where to.
pub(super) struct Conducting<'a> {
    pub(super) header: Header,
    pub(super) cases: Vec<PlannedCase>,
    pub(super) options: RunOptions,
    pub(super) out: &'a Path,
    /// Whether to go on with the unfinished record there.
    pub(super) resume: bool,
    pub(super) cancel: &'a AtomicBool,
}

/// Runs, writing the record as results come.
pub(super) fn conduct(
    conducting: Conducting<'_>,
    ready: Vec<Ready>,
    not_run: &[(String, String)],
) -> anyhow::Result<Whole> {
    let start = Instant::now();
    let Conducting { header, cases, options, out, cancel, .. } = conducting;
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let resumed = match conducting.resume {
        true => resume(out, &header, &ready, &options, cancel)?,
        false => Resumed { writer: RecordWriter::create(out, &header)?, done: BTreeMap::new() },
    };
    let kept_restarts = resumed.restarts();
    let (rounds, mut state) = begin(resumed, ready, &cases, not_run)?;
    for (id, reason) in not_run {
        state.writer.append(&Line::Implementation(not_run_line(id, reason)))?;
    }
    let state = Mutex::new(state);
    let mut summary = RunSummary::default();
    for (ready, cases) in &rounds {
        let one = assay_harness::run(ready, cases, &options, cancel, &|event| {
            let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            state.take(event, cases.len());
        });
        summary.restarts += one.restarts;
        summary.cancelled |= one.cancelled;
        summary.notes.extend(one.notes);
        summary.faults.extend(one.faults);
    }
    let mut state = state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    state.bar.finish_and_clear();
    if let Some(error) = state.failure.take() {
        return Err(error.context("the record could not be written; the run is lost"));
    }
    let state = state.refuse_unfinished(&summary)?;
    for note in &summary.notes {
        output::note(&format!("note: {note}"));
    }
    let footer = Footer {
        results: state.results,
        outcomes: state.outcomes,
        ran: state.ran.len() as u64,
        restarts: kept_restarts + summary.restarts,
        seconds: start.elapsed().as_secs(),
    };
    let path = state.writer.finish(&footer)?;
    let record = record::parse(&std::fs::read_to_string(&path)?)
        .with_context(|| format!("the record {} came out wrong", path.display()))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Whole { record, path, seconds, rates: state.rates })
}

/// Implementations with the cases that they are still to be shown.
type Round = (Vec<Ready>, Vec<PlannedCase>);

/// Deals out what is left to do: implementations that had begun have their own
/// rest, and come first; the others are run together.
fn begin(
    resumed: Resumed,
    ready: Vec<Ready>,
    cases: &[PlannedCase],
    not_run: &[(String, String)],
) -> anyhow::Result<(Vec<Round>, State)> {
    let mut rounds = Vec::new();
    let mut fresh = Vec::new();
    let total = (cases.len() * ready.len()) as u64;
    for one in ready {
        let Some(done) = resumed.cases(&one.adapter.id) else {
            fresh.push(one);
            continue;
        };
        let is_left = |planned: &&PlannedCase| !done.contains(planned.case.id.as_str());
        let left: Vec<PlannedCase> = cases.iter().filter(is_left).cloned().collect();
        if !left.is_empty() {
            rounds.push((vec![one], left));
        }
    }
    if !fresh.is_empty() {
        rounds.push((fresh, cases.to_vec()));
    }
    let mut state = State::new(resumed.writer, total);
    for (id, results) in resumed.done {
        state.ran.insert(id);
        for result in results {
            state.count(result.outcome);
        }
    }
    state.not_run.extend(not_run.iter().map(|(id, reason)| format!("{id}: {reason}")));
    Ok((rounds, state))
}

/// What is gathered from events while a run goes on.
struct State {
    writer: RecordWriter,
    bar: ProgressBar,
    results: u64,
    outcomes: BTreeMap<Outcome, u64>,
    rates: BTreeMap<String, f64>,
    /// Implementations that introduced themselves, now or before the run was resumed.
    ran: BTreeSet<String>,
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
            ran: BTreeSet::new(),
            not_run: Vec::new(),
            restarts: 0,
            failure: None,
        }
    }

    fn take(&mut self, event: Event, cases: usize) {
        let line = match event {
            Event::Started { implementation, identity, capabilities } => {
                if !self.ran.insert(implementation.clone()) {
                    return; // It goes on, and its line is there.
                }
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
                self.count(result.outcome);
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

impl State {
    fn count(&mut self, outcome: Outcome) {
        self.bar.inc(1);
        self.results += 1;
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// Leaves the record without a footer if the run deserves none.
    fn refuse_unfinished(self, summary: &RunSummary) -> anyhow::Result<State> {
        if summary.cancelled || !summary.faults.is_empty() {
            let mut partial = self.writer.abandon()?;
            let mut why = "stopped; --resume goes on with it".to_owned();
            if !summary.faults.is_empty() {
                // Nobody may go on with what cannot be relied on.
                let unreliable = partial.with_extension("unreliable");
                std::fs::rename(&partial, &unreliable)?;
                partial = unreliable;
                why = summary.faults.join("; ");
            }
            bail!("{why}; what was done so far is in {}, which has no footer", partial.display());
        }
        let executed = self.outcomes.iter().any(|(outcome, _)| *outcome != Outcome::NotRun);
        if !executed {
            let reasons = self.not_run.join("\n  ");
            let partial = self.writer.abandon()?;
            bail!(
                "nothing was executed, so nothing was judged:\n  {reasons}\n\
                 The record, without a footer: {}",
                partial.display()
            );
        }
        Ok(self)
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

/// The header of a run of so many cases.
pub(super) fn header(
    loaded: &Loaded,
    cases: usize,
    cases_sha256: String,
    args: &Args,
    ready: &[Ready],
) -> Header {
    let machine = [
        ("os", std::env::consts::OS.to_owned()),
        ("arch", std::env::consts::ARCH.to_owned()),
        ("processors", processors().to_string()),
    ];
    // The kernel allows the same to all of them.
    let isolation = ready.first().map(|one| ("isolation", one.isolation()));
    let machine = machine.into_iter().chain(isolation);
    Header {
        schema: RECORD_SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        manifest_sha256: loaded.sha256.clone(),
        dialect: loaded.manifest.dialect.clone(),
        cases: cases as u64,
        cases_sha256: Some(cases_sha256),
        seed: args.seed,
        shard: args.shard,
        started: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        machine: machine.map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}
