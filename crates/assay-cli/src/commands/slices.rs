//! `assay slices`: parts of tensors, asked of implementations.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{Ready, RunOptions, SetupFailure};
use assay_protocol::record::Outcome;
use assay_protocol::{SliceQuestion, SliceTable};
use assay_report::slices;
use assay_spec::Dialect;
use assay_spec::numbers::count;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::corpus::progress_bar;
use super::setup;
use crate::corpus::build::replace;
use crate::output::{self, Exit, Format};
use crate::places::Tree;
use crate::slices::ask::{self, Asked, Put};
use crate::slices::build;
use crate::slices::check::{self, Asker};
use crate::slices::table::{self, Questions, REBUILD};

/// Ask implementations for parts of tensors, and compare with NumPy.
///
/// The questions (which tensor, which index) are made by the generator, one rule of the slice
/// profile (`assay spec list --area slice`) each; the answers are NumPy's own. Both are in
/// corpus/slices.json.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay slices run                         every implementation that reads parts
  assay slices run --only safetensors-rust
  assay slices check                       the reference on every question; needs no Python
  assay slices build --check               NumPy on every question")]
pub(crate) enum Command {
    /// Put the questions to implementations and print which rules they break.
    ///
    /// Implementations whose adapters do not declare the operation `slice` are listed as not
    /// asked. Exit codes: 0 all are right, 1 some are not, 2 nothing was asked.
    Run(RunArgs),
    /// Check the committed table without NumPy.
    ///
    /// Its questions must be the generator's, and its answers the reference's. Exit code 1 if not.
    Check,
    /// Make the table anew: ask NumPy.
    ///
    /// NumPy is that of the adapter safetensors-python-numpy, which is set up for it.
    Build {
        /// Write nothing; compare with what is there. Exit code 1 if it differs.
        #[arg(long)]
        check: bool,
    },
}

/// Arguments of `assay slices run`.
#[derive(clap::Args)]
pub(crate) struct RunArgs {
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// Only questions whose id contains this.
    #[arg(long, value_name = "TEXT")]
    question: Option<String>,
    /// Seconds an implementation may take for one question.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Exit with 0 even if implementations are wrong.
    #[arg(long)]
    allow_findings: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    match command {
        Command::Run(args) => ask_all(&tree, args),
        Command::Check => check_table(&tree),
        Command::Build { check } => build_table(&tree, *check),
    }
}

fn check_table(tree: &Tree) -> anyhow::Result<Exit> {
    let table = table::load(&tree.slices())?;
    let faults = check::faults(&table, &Dialect::latest())?;
    if faults.is_empty() {
        let asked = count(table.questions.len() as u64, "question");
        output::print(&format!("{asked}: the reference answers as {}", table.oracle))?;
        return Ok(Exit::Pass);
    }
    output::print(&faults.join("\n"))?;
    Ok(Exit::Findings)
}

/// The adapter that brings the oracle along.
fn oracle(tree: &Tree, cancel: &AtomicBool) -> anyhow::Result<Ready> {
    let places = setup::places(tree)?;
    let mut adapters = assay_harness::discover(&places.harness_dir)?;
    adapters.retain(|adapter| adapter.manifest.oracle.is_some());
    let outcomes = setup::provision_all(&adapters, &places, cancel);
    let (adapter, outcome) = outcomes.into_iter().next().context("no adapter has an oracle")?;
    let ready =
        outcome.with_context(|| format!("the oracle of {} is not to be had", adapter.id))?;
    ready.into_oracle().context("it has an oracle")
}

fn build_table(tree: &Tree, check: bool) -> anyhow::Result<Exit> {
    let cancel = crate::signals::cancel_on_interrupt()?;
    let oracle = oracle(tree, cancel)?;
    let work = work_folder()?;
    let bar = progress_bar("asking NumPy");
    let table = build::build(&Dialect::latest(), oracle, work.path(), cancel, &bar)?;
    if let Some(fault) = table.faults().into_iter().next() {
        bail!("the table comes out faulty: {fault}");
    }
    let text = table.to_text();
    let path = tree.slices();
    let asked = count(table.questions.len() as u64, "question");
    if !check {
        replace(&path, text.as_bytes())?;
        output::print(&format!("{asked} answered by {}: {}", table.oracle, path.display()))?;
        return Ok(Exit::Pass);
    }
    if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
        output::print(&format!("{asked} answered by {}: as committed", table.oracle))?;
        return Ok(Exit::Pass);
    }
    output::print(&format!("{} is not what NumPy answers; {REBUILD}", path.display()))?;
    Ok(Exit::Findings)
}

fn work_folder() -> anyhow::Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix("run-")
        .tempdir_in(crate::places::cache_dir()?)
        .context("cannot make a folder for the run in the cache")
}

fn ask_all(tree: &Tree, args: &RunArgs) -> anyhow::Result<Exit> {
    let dialect = Dialect::latest();
    let mut table = table::load(&tree.slices())?;
    let made = table::questions(&dialect, table.seed)?;
    if table.tensors != made.tensors {
        bail!("the table's tensors are not those that the generator makes; {REBUILD}");
    }
    if let Some(text) = &args.question {
        table.questions.retain(|question| question.id.contains(text));
        if table.questions.is_empty() {
            bail!("no question's id contains `{text}`");
        }
    }
    let places = setup::places(tree)?;
    let discovered = assay_harness::discover(&places.harness_dir)?;
    let adapters = setup::select(discovered, &args.only, &args.skip)?;
    let cancel = crate::signals::cancel_on_interrupt()?;
    let mut ready = Vec::new();
    let mut not_run = BTreeMap::new();
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(SetupFailure::Cancelled) => bail!("stopped before anything was asked"),
            Err(failure) => drop(not_run.insert(adapter.id.clone(), failure.to_string())),
        }
    }
    let work = work_folder()?;
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        jobs: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        ..RunOptions::default()
    };
    let puts = puts(&table, &made, &dialect)?;
    let bar = progress_bar("asking");
    let mut asked = ask::ask(puts, &made, &ready, work.path(), &options, cancel, &bar)?;
    asked.not_run.extend(not_run);
    print_result(args, &table, &asked, &dialect)
}

/// The questions with what is to be delivered: the reference's bytes, if they
/// have the table's digest.
fn puts<'t>(
    table: &'t SliceTable,
    made: &Questions<'_>,
    dialect: &Dialect,
) -> anyhow::Result<Vec<Put<'t>>> {
    let asker = Asker::new(dialect);
    let put = |question: &'t SliceQuestion| {
        let SliceQuestion { id, tensor, index, verdict, part } = question;
        let mut expected = None;
        if let Some(part) = part {
            let file = &made.files[*tensor];
            let answer = asker.ask(file, &table.tensors[*tensor], question)?;
            let (shape, bytes) = answer.with_context(|| format!("{id}: the reference refuses"))?;
            let is_right =
                shape == part.shape && hex::encode(Sha256::digest(&bytes)) == part.sha256;
            if !is_right {
                bail!("{id}: the reference delivers something else; see `assay slices check`");
            }
            expected = Some((shape, bytes, part.sha256.clone()));
        }
        let (tensor, verdict) = (*tensor, *verdict);
        Ok(Put { id, rule: question.rule(), tensor, index, verdict, part: expected })
    };
    table.questions.iter().map(put).collect()
}

fn print_result(
    args: &RunArgs,
    table: &SliceTable,
    asked: &Asked,
    dialect: &Dialect,
) -> anyhow::Result<Exit> {
    if !asked.results.iter().any(|line| line.outcome != Outcome::NotRun) {
        let reasons: Vec<String> =
            asked.not_run.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        bail!("nothing was asked, so nothing was judged:\n  {}", reasons.join("\n  "));
    }
    let report = slices::report(&asked.results, table, dialect);
    match args.format {
        Format::Json => {
            let mut document = report.to_json();
            document["oracle"] = json!(table.oracle);
            document["implementations"] = json!(asked.identities);
            document["not_asked"] = json!(asked.not_run);
            document["results"] = json!(asked.results);
            output::print_json(&document)?;
        }
        Format::Text => {
            let mut text = report.to_terminal(output::width().unwrap_or(100));
            for (id, why) in &asked.not_run {
                text.push_str(&format!("\nnot asked: {id}: {why}"));
            }
            output::print(&text)?;
        }
    }
    let is_wrong = !report.findings().is_empty()
        || asked.results.iter().any(|line| line.outcome == Outcome::NotRun);
    Ok(if is_wrong && !args.allow_findings { Exit::Findings } else { Exit::Pass })
}
