//! `assay run`: the corpus over every implementation.

mod conduct;
mod result;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{PlannedCase, RunOptions, SetupFailure};
use assay_report::relations;

use super::corpus::progress_bar;
use super::exec_adapter::Outside;
use super::setup;
use crate::corpus::manifest::{self, Loaded};
use crate::corpus::stage;
use crate::output::{Exit, Format};
use crate::places::Tree;
use crate::schedule;
use crate::selection::{Selection, Wish, choose};
use conduct::{Conducted, conduct};
use result::print_result;

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
  assay run --only 'safetensors-rust@*'  every version of one implementation
  assay run --case buffer/ --timeout 5   cases whose id contains `buffer/`
  assay run --exec 'mytool check {file}' a command line tool, judged by its exit status
  assay run --adapter ./my-adapter       an adapter that is not in harness/

Exit codes: 0 every implementation is right, 1 some are not, 2 nothing was
executed or the run was stopped.")]
pub(crate) struct Args {
    /// Only these implementations: names of folders below harness/, `NAME@VERSION` for
    /// another version than the default, `NAME@*` for all of them.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// Every version of each implementation, not only the default one.
    #[arg(long)]
    versions: bool,
    /// Also implementations that take part only if they are asked for, because they need
    /// gigabytes, say.
    #[arg(long)]
    opt_in: bool,
    #[command(flatten)]
    outside: Outside,
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

impl Args {
    pub(super) fn wish(&self) -> Wish<'_> {
        Wish { only: &self.only, skip: &self.skip, versions: self.versions, opt_in: self.opt_in }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Done { conducted, groups, out } = execute(args)?;
    print_result(args, &conducted, &groups, &out)
}

/// A finished run, before anything of it is printed.
pub(crate) struct Done {
    pub(crate) conducted: Conducted,
    groups: Vec<relations::Group>,
    out: PathBuf,
}

/// Runs what the arguments ask for.
pub(crate) fn execute(args: &Args) -> anyhow::Result<Done> {
    let tree = Tree::find()?;
    let places = setup::places(&tree)?;
    let mut loaded = manifest::load(&tree.manifest())?;
    let groups = relations::groups(&loaded.manifest);
    choose_cases(&mut loaded, args.case.as_deref())?;
    // Who names others means these; --only adds from harness/.
    let mut chosen = match args.only.as_slice() {
        [] if !args.outside.is_empty() => Selection::default(),
        _ => choose(assay_harness::discover(&places.harness_dir)?, &args.wish())?,
    };
    let ids = chosen.adapters.iter().map(|adapter| adapter.id.as_str());
    let found = args.outside.find(&places, ids)?;
    chosen.adapters.extend(found.adapters);
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("latest"));
    let cancel = crate::signals::cancel_on_interrupt()?;

    let mut ready = found.ready;
    let mut not_run = chosen.left_out;
    for (adapter, outcome) in setup::provision_all(&chosen.adapters, &places, cancel) {
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
    Ok(Done { conducted, groups, out })
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
