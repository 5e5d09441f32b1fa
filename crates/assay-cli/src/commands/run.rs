//! `assay run`: the corpus over every implementation.

mod conduct;
pub(crate) mod result;
mod resume;
mod update;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{PlannedCase, RunOptions, SetupFailure};
use assay_protocol::record::Shard;
use assay_report::relations;

use super::corpus::progress_bar;
use super::exec_adapter::Outside;
use super::setup;
use crate::corpus::manifest::{self, Loaded};
use crate::corpus::stage;
use crate::known;
use crate::output::{Exit, Format};
use crate::places::Tree;
use crate::schedule;
use crate::selection::{Selection, Wish, choose};
use conduct::{Conducting, conduct};
use result::{Gate, Judged, Whole, judge_and_print};

/// Run the corpus over real implementations and print who reads it right.
///
/// Provisions the adapters in harness/ that it can, sends every case to every
/// implementation under time and memory limits, compares what comes back to
/// the byte, and keeps a record. An implementation that cannot be provisioned
/// is listed with the reason; a run that executed nothing fails.
///
/// What an implementation is known to do otherwise stands in its known.toml. Known
/// deviations are run like everything else; the run passes if nothing came out
/// otherwise than these files say.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay run                              everything
  assay run --only mlx-cpp --only gguf-py
  assay run --only 'safetensors-rust@*'  every version of one implementation
  assay run --case buffer/ --timeout 5   cases whose id contains `buffer/`
  assay run --exec 'mytool check {file}' a command line tool, judged by its exit status
  assay run --adapter ./my-adapter       an adapter that is not in harness/
  assay run --resume                     go on with a run that was stopped or killed
  assay run --shard 1/4 --out part-1     a quarter; `assay merge` puts them together
  assay run --update-known               take what came out into known.toml, for review

Exit codes: 0 every implementation is right, or wrong only as its known.toml says;
1 something came out otherwise, or not every case was run; 2 nothing was executed
or the run was stopped.")]
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
    /// What the order of the cases is drawn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// Only this part of the cases: 1/4 to 4/4. The same seed gives the same parts everywhere.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Go on with the unfinished run in the same folder: decided cases are kept.
    #[arg(long)]
    resume: bool,
    /// Bring the known.toml of every implementation that ran up to date, for review.
    #[arg(long, conflicts_with = "no_known")]
    update_known: bool,
    #[command(flatten)]
    gate: Gate,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    // Last, for its heading holds for everything behind it.
    #[command(flatten)]
    outside: Outside,
}

impl Args {
    pub(super) fn wish(&self) -> Wish<'_> {
        Wish { only: &self.only, skip: &self.skip, versions: self.versions, opt_in: self.opt_in }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Done { conducted, judged, out } = execute(args)?;
    judge_and_print(&conducted, &judged, &args.gate, args.format, &out)
}

/// A finished run, before anything of it is printed.
pub(crate) struct Done {
    pub(crate) conducted: Whole,
    judged: Judged,
    out: PathBuf,
}

/// Runs what the arguments ask for.
pub(crate) fn execute(args: &Args) -> anyhow::Result<Done> {
    let tree = Tree::find()?;
    let places = setup::places(&tree)?;
    let mut loaded = manifest::load(&tree.manifest())?;
    let groups = relations::groups(&loaded.manifest);
    let cases: BTreeSet<String> =
        loaded.manifest.cases.iter().map(|case| case.id.clone()).collect();
    let cases_sha256 = choose_cases(&mut loaded, args)?;
    // Who names others means these; --only adds from harness/.
    let mut chosen = match args.only.as_slice() {
        [] if !args.outside.is_empty() => Selection::default(),
        _ => choose(assay_harness::discover(&places.harness_dir)?, &args.wish())?,
    };
    let ids = chosen.adapters.iter().map(|adapter| adapter.id.as_str());
    let found = args.outside.find(&places, ids)?;
    chosen.adapters.extend(found.adapters);
    let folders = chosen.adapters.iter().map(|one| (one.id.as_str(), one.dir.as_path()));
    let mut judged = Judged {
        is_complete: loaded.manifest.cases.len() == cases.len(),
        cases,
        groups,
        known: known::load(folders)?,
    };
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
    let mut cases = stage_cases(&loaded, &tree, work.path())?;
    assay_harness::shuffle(&mut cases, args.seed);
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        jobs: args.jobs.map_or_else(processors, usize::from),
        scratch_dir: work.path().join("scratch"),
        ..RunOptions::default()
    };
    let header = conduct::header(&loaded, cases.len(), cases_sha256, args, &ready);
    let folder = &out;
    let conducting =
        Conducting { header, cases, options, out: folder, resume: args.resume, cancel };
    let whole = conduct(conducting, ready, &not_run)?;
    if args.case.is_none() && !args.resume {
        schedule::remember(&whole.rates, &places.cache_dir)?;
    }
    if args.update_known {
        update::update(&whole.record, &chosen.adapters, &mut judged)?;
    }
    Ok(Done { conducted: whole, judged, out })
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

/// Leaves the chosen cases. Returns the digest of all that the run is about,
/// those of other shards included.
fn choose_cases(loaded: &mut Loaded, args: &Args) -> anyhow::Result<String> {
    let cases = &mut loaded.manifest.cases;
    if let Some(text) = &args.case {
        cases.retain(|case| case.id.contains(text.as_str()));
        if cases.is_empty() {
            bail!("no case's id contains `{text}`; `assay corpus list` lists all cases");
        }
    }
    let digest = assay_harness::ids_digest(cases.iter().map(|case| case.id.as_str()));
    if let Some(shard) = args.shard {
        cases.retain(|case| assay_harness::is_in_shard(&case.id, args.seed, shard));
        if cases.is_empty() {
            bail!("shard {shard} has no case; take fewer shards");
        }
    }
    Ok(digest)
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
