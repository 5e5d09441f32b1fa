//! `assay operations`: what is done with files beyond reading them whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{Ready, RecordWriter, RunOptions, SetupFailure};
use assay_protocol::Operation;
use assay_protocol::record::{Footer, Header, ImplementationLine, Line, Outcome, RECORD_SCHEMA};
use assay_report::known;
use assay_report::record::Record;
use assay_report::writers::WriterMatrix;
use assay_report::{operations as report, record};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use serde_json::json;

use super::corpus::progress_bar;
use super::setup;
use crate::corpus::build::replace;
use crate::corpus::manifest::{self, Loaded};
use crate::operations::conduct::Conductor;
use crate::operations::table::{self, Table};
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Ask implementations for more than reading whole files, and judge them.
///
/// Headers alone, one tensor by its name, models in several files, and files to be written;
/// then every file that a writer wrote is put to every reader. Each implementation is asked
/// what its adapter declares. (Parts of tensors: `assay slices`.)
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay operations run                               everything
  assay operations run --operation write             writers, and who reads what they wrote
  assay operations run --operation get,open_index --only mlx-cpp
  assay operations list --operation write            the tasks
  assay operations writers reports/operations        the table of a record again")]
pub(crate) enum Command {
    /// Put questions and tasks to implementations and print which rules they break.
    ///
    /// Exit codes: 0 all are right, 1 some are not, 2 nothing was asked or the run was stopped.
    Run(RunArgs),
    /// List questions and tasks: rule, id and title.
    List(ListArgs),
    /// Print who reads what others wrote, from the record of a run.
    ///
    /// Exit code 1 if a reader is wrong about a file.
    Writers(WritersArgs),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Chosen {
    /// Headers alone.
    Inspect,
    /// One tensor by its name.
    Get,
    /// Models in several files.
    OpenIndex,
    /// Files to be written.
    Write,
}

impl Chosen {
    fn operation(self) -> Operation {
        match self {
            Chosen::Inspect => Operation::Inspect,
            Chosen::Get => Operation::Get,
            Chosen::OpenIndex => Operation::OpenIndex,
            Chosen::Write => Operation::Write,
        }
    }
}

/// Which questions and tasks.
#[derive(clap::Args)]
struct Choice {
    /// Only these operations; all if none is given.
    #[arg(long, value_enum, value_name = "OPERATION", value_delimiter = ',')]
    operation: Vec<Chosen>,
    /// Only questions and tasks whose id contains this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
}

/// Arguments of `assay operations run`.
#[derive(clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    choice: Choice,
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// How many implementations run at the same time; as many as processors if not given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seconds an implementation may take for one question or task.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Folder for record and table of writers; reports/operations if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Exit with 0 even if implementations are wrong.
    #[arg(long)]
    allow_findings: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Arguments of `assay operations list`.
#[derive(clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    choice: Choice,
    /// How to print the list.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How to print a table of writers and readers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum TableFormat {
    /// For people at a terminal.
    #[default]
    Text,
    /// A document of GitHub's Markdown.
    Markdown,
    /// For programs.
    Json,
}

/// Arguments of `assay operations writers`.
#[derive(clap::Args)]
pub(crate) struct WritersArgs {
    /// The record of a run, or its folder.
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// How to print the table.
    #[arg(long, value_enum, default_value_t)]
    format: TableFormat,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Run(args) => ask_all(args),
        Command::List(args) => list(args),
        Command::Writers(args) => writers(args),
    }
}

fn chosen(choice: &Choice, loaded: &Loaded, tree: &Tree) -> anyhow::Result<Table> {
    let mut table = table::load(&tree.corpus(), &loaded.manifest, &Dialect::latest())?;
    let operations: Vec<Operation> = choice.operation.iter().map(|one| one.operation()).collect();
    table.choose(&operations, choice.case.as_deref());
    if table.is_empty() {
        bail!("no question and no task is left; `assay operations list` lists all");
    }
    Ok(table)
}

fn list(args: &ListArgs) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let loaded = manifest::load(&tree.manifest())?;
    let table = chosen(&args.choice, &loaded, &tree)?;
    let titles = table.titles();
    let title = |id: &String| titles.get(id).cloned().unwrap_or_default();
    match args.format {
        Format::Json => {
            let row = |(rule, id): &(String, String)| json!({ "id": id, "rule": rule, "title": title(id) });
            let cases: Vec<_> = table.cases().iter().map(row).collect();
            output::print_json(&json!({ "cases": cases, "headers": table.headers }))?;
        }
        Format::Text => {
            let mut text = String::new();
            for (_, id) in table.cases() {
                text.push_str(&format!("{id}: {}\n", title(&id)));
            }
            if !table.headers.is_empty() {
                let headers = count(table.headers.len() as u64, "case");
                text.push_str(&format!("inspect: the headers of {headers} of the corpus\n"));
            }
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

fn writers(args: &WritersArgs) -> anyhow::Result<Exit> {
    let path = if args.record.is_dir() {
        args.record.join(assay_harness::RECORD_FILE)
    } else {
        args.record.clone()
    };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the record {}", path.display()))?;
    let record = record::parse(&text).with_context(|| format!("in {}", path.display()))?;
    let matrix = WriterMatrix::new(&known::redact_deaths(&record));
    if matrix.is_empty() {
        bail!(
            "{} holds no file that was written and read; make one with `assay operations run`",
            path.display()
        );
    }
    match args.format {
        TableFormat::Text => output::print(&matrix.to_terminal(output::width().unwrap_or(100)))?,
        TableFormat::Markdown => output::print(&matrix.to_markdown())?,
        TableFormat::Json => output::print_json(&matrix.to_json())?,
    }
    Ok(if matrix.wrong().is_empty() { Exit::Pass } else { Exit::Findings })
}

/// The adapters that can be run, and why the others cannot.
fn provision(
    args: &RunArgs,
    tree: &Tree,
    cancel: &AtomicBool,
) -> anyhow::Result<(Vec<Ready>, BTreeMap<String, String>)> {
    let places = setup::places(tree)?;
    let discovered = assay_harness::discover(&places.harness_dir)?;
    let adapters = setup::select(discovered, &args.only, &args.skip)?;
    let (mut ready, mut not_run) = (Vec::new(), BTreeMap::new());
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(SetupFailure::Cancelled) => bail!("stopped before anything was asked"),
            Err(failure) => drop(not_run.insert(adapter.id.clone(), failure.to_string())),
        }
    }
    Ok((ready, not_run))
}

fn ask_all(args: &RunArgs) -> anyhow::Result<Exit> {
    let start = std::time::Instant::now();
    let started = jiff::Timestamp::now();
    let tree = Tree::find()?;
    let dialect = Dialect::latest();
    let loaded = manifest::load(&tree.manifest())?;
    let table = chosen(&args.choice, &loaded, &tree)?;
    let cancel = crate::signals::cancel_on_interrupt()?;
    let (ready, not_run) = provision(args, &tree, cancel)?;
    let work = tempfile::Builder::new()
        .prefix("run-")
        .tempdir_in(crate::places::cache_dir()?)
        .context("cannot make a folder for the run in the cache")?;
    let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        jobs: args.jobs.map_or_else(processors, usize::from),
        ..RunOptions::default()
    };
    let bar = progress_bar("asking");
    let mut conductor = Conductor::new(ready, not_run, work.path(), options, cancel, &dialect)?;
    let done = conductor.ask(&table, &tree.corpus(), &bar).and_then(|()| {
        let files = conductor.write(&table.tasks, &bar)?;
        conductor.exchange(&files, &bar)
    });
    bar.finish_and_clear();
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("operations"));
    let record = keep(&conductor, &loaded, started, start.elapsed().as_secs(), done, &out)?;
    print_result(args, &record, &table, &conductor, &out)
}

/// Writes the record: without a footer, and with the failure handed on, if not all was done.
fn keep(
    conductor: &Conductor<'_>,
    loaded: &Loaded,
    started: jiff::Timestamp,
    seconds: u64,
    done: anyhow::Result<()>,
    out: &Path,
) -> anyhow::Result<Record> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    let mut of_each: BTreeMap<&str, u64> = BTreeMap::new();
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    for line in &conductor.results {
        *of_each.entry(&line.implementation).or_default() += 1;
        *outcomes.entry(line.outcome).or_default() += 1;
    }
    let cases: BTreeSet<&str> = conductor.results.iter().map(|line| line.case.as_str()).collect();
    let header = Header {
        schema: RECORD_SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        manifest_sha256: loaded.sha256.clone(),
        dialect: loaded.manifest.dialect.clone(),
        cases: of_each.values().copied().max().unwrap_or(0),
        cases_sha256: Some(assay_harness::ids_digest(cases)),
        seed: 0,
        shard: None,
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        machine: BTreeMap::from([
            ("os".to_owned(), std::env::consts::OS.to_owned()),
            ("arch".to_owned(), std::env::consts::ARCH.to_owned()),
        ]),
    };
    let mut writer = RecordWriter::create(out, &header)?;
    for line in implementation_lines(conductor, &of_each) {
        writer.append(&Line::Implementation(line))?;
    }
    for line in &conductor.results {
        writer.append(&Line::Result(line.clone()))?;
    }
    if let Err(error) = done {
        let partial = writer.abandon()?;
        return Err(error.context(format!(
            "what was done so far is in {}, which has no footer",
            partial.display()
        )));
    }
    let footer = Footer {
        results: conductor.results.len() as u64,
        outcomes,
        ran: of_each.len() as u64,
        restarts: 0,
        seconds,
    };
    let path = writer.finish(&footer)?;
    let text = std::fs::read_to_string(&path)?;
    record::parse(&text).with_context(|| format!("the record {} came out wrong", path.display()))
}

fn implementation_lines(
    conductor: &Conductor<'_>,
    of_each: &BTreeMap<&str, u64>,
) -> Vec<ImplementationLine> {
    let line = |id: &str, not_run: Option<String>| {
        let introduction = conductor.introductions.get(id);
        ImplementationLine {
            id: id.to_owned(),
            implementation: introduction.map(|it| it.identity.clone()),
            capabilities: introduction.map(|it| it.capabilities.clone()),
            not_run,
        }
    };
    let started = conductor.introductions.keys().map(|id| {
        let asked = of_each.contains_key(id.as_str());
        line(id, (!asked).then(|| "it declares none of the operations".to_owned()))
    });
    let absent = conductor.not_run.iter().map(|(id, why)| line(id, Some(why.clone())));
    started.chain(absent).collect()
}

fn print_result(
    args: &RunArgs,
    record: &Record,
    table: &Table,
    conductor: &Conductor<'_>,
    out: &Path,
) -> anyhow::Result<Exit> {
    if !record.results.iter().any(|line| line.outcome != Outcome::NotRun) {
        let why: Vec<String> =
            conductor.not_run.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        bail!("nothing was asked, so nothing was judged:\n  {}", why.join("\n  "));
    }
    let rules = report::report(record, &table.titles(), conductor.dialect);
    let matrix = WriterMatrix::new(record);
    if !matrix.is_empty() {
        replace(&out.join("writers.md"), matrix.to_markdown().as_bytes())?;
    }
    let not_asked = record
        .implementations
        .iter()
        .filter_map(|line| Some((line.id.clone(), line.not_run.clone()?)));
    let not_asked: BTreeMap<String, String> = not_asked.collect();
    match args.format {
        Format::Json => {
            let mut document = rules.to_json();
            document["record"] = json!(out.join(assay_harness::RECORD_FILE).display().to_string());
            document["writers"] = matrix.to_json();
            document["implementations"] = json!(conductor.identities());
            document["not_asked"] = json!(not_asked);
            document["notes"] = json!(conductor.notes);
            output::print_json(&document)?;
        }
        Format::Text => {
            let width = output::width().unwrap_or(100);
            let mut text = rules.to_terminal(width);
            if !matrix.is_empty() {
                text.push_str(&format!("\n{}", matrix.to_terminal(width)));
            }
            for (id, why) in &not_asked {
                text.push_str(&format!("\nnot asked: {id}: {why}"));
            }
            for note in &conductor.notes {
                text.push_str(&format!("\nnote: {note}"));
            }
            text.push_str(&format!(
                "\nRecord: {}\n",
                out.join(assay_harness::RECORD_FILE).display()
            ));
            output::print(&text)?;
        }
    }
    let is_wrong = !rules.findings().is_empty()
        || !matrix.wrong().is_empty()
        || record.results.iter().any(|line| line.outcome == Outcome::NotRun);
    Ok(if is_wrong && !args.allow_findings { Exit::Findings } else { Exit::Pass })
}
