//! `assay run`: the corpus over every implementation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use assay_harness::{Event, PlannedCase, Ready, RecordWriter, RunOptions, SetupFailure};
use assay_protocol::record::{Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA};
use assay_report::relations::{self, Group};
use assay_report::{matrix::matrix, record, serious};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use indicatif::ProgressBar;
use serde_json::json;

use super::corpus::progress_bar;
use super::setup;
use crate::corpus::build::replace;
use crate::corpus::manifest::{self, Loaded};
use crate::corpus::stage;
use crate::output::{self, Exit, Format};
use crate::places::Tree;
use crate::schedule;

/// Run the corpus over real implementations and print who reads it right.
///
/// Provisions the adapters in harness/ that it can, sends every case to every
/// implementation under time and memory limits, compares what comes back to
/// the byte, and keeps a record. An implementation that cannot be provisioned
/// is listed with the reason; a run that executed nothing fails.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay run                              everything
  assay run --only mlx-cpp --only gguf-py
  assay run --case buffer/ --timeout 5   cases whose id contains `buffer/`

Exit codes: 0 every implementation is right, 1 some are not, 2 nothing was
executed or the run was stopped.")]
pub(crate) struct Args {
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// Only cases whose id contains this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// How many implementations run at the same time; as many as processors if not given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seconds an implementation may take for one case.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Folder for record and matrix; reports/latest if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Fail (exit code 2) if an implementation could not be run.
    #[arg(long)]
    require_all: bool,
    /// Exit with 0 even if implementations are wrong; crashes of the tool still count.
    #[arg(long)]
    allow_findings: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let places = setup::places(&tree)?;
    let mut loaded = manifest::load(&tree.manifest())?;
    let groups = relations::groups(&loaded.manifest);
    choose_cases(&mut loaded, args.case.as_deref())?;
    let adapters =
        setup::select(assay_harness::discover(&places.harness_dir)?, &args.only, &args.skip)?;
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("latest"));
    let cancel = crate::signals::cancel_on_interrupt()?;

    let mut ready = Vec::new();
    let mut not_run = Vec::new();
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(SetupFailure::Cancelled) => bail!("stopped before anything was run"),
            Err(failure) => not_run.push((adapter.id.clone(), failure.to_string())),
        }
    }

    schedule::longest_first(&mut ready, &places.cache_dir);

    remove_stale_runs(&places.cache_dir);
    let work = tempfile::Builder::new()
        .prefix("run-")
        .tempdir_in(&places.cache_dir)
        .context("cannot make a folder for the run in the cache")?;
    let cases = stage_cases(&loaded, &tree, work.path())?;
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        jobs: args.jobs.map_or_else(processors, usize::from),
        scratch_dir: work.path().join("scratch"),
        ..RunOptions::default()
    };
    let conducted = conduct(&loaded, &ready, &not_run, &cases, &options, &out, cancel)?;
    if args.case.is_none() {
        schedule::remember(&conducted.rates, &places.cache_dir)?;
    }
    print_result(args, &conducted, &groups, &out)
}

/// Removes what runs left that were killed: folders of more than a day ago.
fn remove_stale_runs(cache: &Path) {
    let a_day = Duration::from_secs(24 * 60 * 60);
    for entry in std::fs::read_dir(cache).into_iter().flatten().flatten() {
        let is_run = entry.file_name().to_string_lossy().starts_with("run-");
        let age = entry.metadata().and_then(|m| m.modified()).map(|at| at.elapsed());
        if is_run && age.is_ok_and(|age| age.is_ok_and(|age| age > a_day)) {
            // Only room is at stake; whoever else removes it is welcome.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn choose_cases(loaded: &mut Loaded, containing: Option<&str>) -> anyhow::Result<()> {
    if let Some(text) = containing {
        loaded.manifest.cases.retain(|case| case.id.contains(text));
        if loaded.manifest.cases.is_empty() {
            bail!("no case's id contains `{text}`; `assay corpus list` lists all cases");
        }
    }
    Ok(())
}

fn stage_cases(loaded: &Loaded, tree: &Tree, work: &Path) -> anyhow::Result<Vec<PlannedCase>> {
    let files = work.join("files");
    std::fs::create_dir(&files)?;
    std::fs::create_dir(work.join("scratch"))?;
    let bar = progress_bar("laying out the corpus");
    let cases = stage::stage(&loaded.manifest, &tree.corpus(), &files, &|at, of| {
        bar.set_length(of as u64);
        bar.set_position(at as u64);
    })?;
    bar.finish_and_clear();
    Ok(cases)
}

/// What a run came to.
struct Conducted {
    record: record::Record,
    path: PathBuf,
    seconds: f64,
    rates: BTreeMap<String, f64>,
}

/// Runs, writing the record as results come.
fn conduct(
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn print_result(
    args: &Args,
    conducted: &Conducted,
    groups: &[Group],
    out: &Path,
) -> anyhow::Result<Exit> {
    let record = &conducted.record;
    let dialect = Dialect::latest();
    let matrix = matrix(record);
    let relations = relations::judge(record, groups);
    let serious = serious::most_serious_with(record, &relations, &dialect, 10);
    let markdown = [matrix.to_markdown(), relations.to_markdown(), serious::to_markdown(&serious)];
    let markdown: Vec<String> = markdown.into_iter().filter(|part| !part.is_empty()).collect();
    let markdown = markdown.join("\n");
    replace(&out.join("matrix.md"), markdown.as_bytes())?;

    let path = conducted.path.display();
    match args.format {
        Format::Json => output::print_json(&json!({
            "record": path.to_string(),
            "matrix": matrix.to_json(),
            "serious": serious::to_json(&serious),
            "relations": relations.to_json(),
        }))?,
        Format::Text => {
            let mut text = matrix.to_terminal(output::width());
            text.push('\n');
            text.push_str(&serious::to_terminal(&serious, output::width()));
            let relations = relations.to_terminal(output::width());
            if !relations.is_empty() {
                text.push_str(&format!("\n{relations}"));
            }
            text.push_str(&format!(
                "\n{} results in {:.1} s{}. Cases a second: {}.\nRecord: {path}\n",
                record.results.len(),
                conducted.seconds,
                restarts(record.footer.as_ref().map_or(0, |footer| footer.restarts)),
                rates(&conducted.rates),
            ));
            output::print(&text)?;
        }
    }
    exit_of(args, record, relations.is_broken())
}

/// Adapters that died and were started again: nothing to hide, if there were any.
fn restarts(number: u64) -> String {
    match number {
        0 => String::new(),
        number => format!(", {} of adapters that died", count(number, "restart")),
    }
}

fn rates(rates: &BTreeMap<String, f64>) -> String {
    let list: Vec<String> = rates.iter().map(|(id, rate)| format!("{id} {rate:.0}")).collect();
    list.join(", ")
}

fn exit_of(args: &Args, record: &record::Record, broken: bool) -> anyhow::Result<Exit> {
    let absent: Vec<&str> = record
        .implementations
        .iter()
        .filter(|one| one.not_run.is_some())
        .map(|one| one.id.as_str())
        .collect();
    if args.require_all && !absent.is_empty() {
        bail!("not run, although --require-all asks for it: {}", absent.join(", "));
    }
    // Part of the cases of an implementation that had to be given up.
    let left_out = record.results.iter().filter(|result| result.outcome == Outcome::NotRun).count();
    if args.require_all && left_out > 0 {
        bail!("{left_out} cases were not run, although --require-all asks for it");
    }
    let wrong = record.results.iter().any(|result| result.outcome.is_bad());
    let wrong = wrong || broken || left_out > 0;
    Ok(if wrong && !args.allow_findings { Exit::Findings } else { Exit::Pass })
}
