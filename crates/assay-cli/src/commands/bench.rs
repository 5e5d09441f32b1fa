//! `assay bench`: how fast implementations load, and how near that is to what the machine can do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use assay_harness::{Bencher, Ready, RunOptions};
use assay_protocol::bench::{BENCH_SCHEMA, BenchReport, Cache};
use assay_report::bench;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::corpus::progress_bar;
use super::exec_adapter::Outside;
use super::setup;
use crate::bench::baseline::{Compared, compare};
use crate::bench::machine::machine;
use crate::bench::rounds::{Bounds, Candidate, work};
use crate::bench::subject::subjects;
use crate::corpus::build::replace;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Measure how fast implementations load.
///
/// Everybody does the same in turns, in an order that is drawn anew each round: a whole file, one
/// tensor of it, many small tensors, a header alone. A number counts only if the adapter knows a
/// sum over every byte, keyed by a nonce of the request, of contents that change between requests:
/// who maps a file and touches nothing has no number for it, but is shown with the time at which
/// the library returned. Beside them stands what the machine itself can do in the same run.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay bench                                   all implementations that can be timed
  assay bench --only assay-reference,safetensors-rust --size 1024
  assay bench --cold --folder /var/tmp          from the disk, not from memory
  assay bench --only safetensors-rust --twice   the same twice: how much the measuring itself errs
  assay bench --baseline before.json            who became slower, by ratios and a test of chance
  assay bench --adapter ./my-adapter --format json

Exit codes: 0 measured, 1 an implementation gave a wrong sum, failed or became slower,
2 nothing was measured.")]
pub(crate) struct Args {
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    #[command(flatten)]
    outside: Outside,
    /// Size of the large file in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    size: u64,
    /// At least so many rounds of each; up to three times as many while intervals are wide.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    rounds: u64,
    /// Minutes after which no further round begins, even if there were fewer than asked for.
    #[arg(long, value_name = "MINUTES", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1_440))]
    minutes: u64,
    /// Evict the files from the page cache before each request; they must lie on a disk.
    #[arg(long)]
    cold: bool,
    /// Enter each implementation twice.
    #[arg(long)]
    twice: bool,
    /// An earlier bench.json: exit code 1 if an implementation became slower, by its ratio to
    /// the machine.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Where the files are made: a file system in memory or on disk; a temporary folder if not given.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Where to write bench.json and a chart of each work; reports/latest if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    // Before anything is measured for minutes.
    let before = args.baseline.as_deref().map(baseline).transpose()?;
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("latest"));
    std::fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    let cancel = crate::signals::cancel_on_interrupt()?;
    let (ready, mut not_timed) = ready(args, &tree, cancel)?;
    let work_folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let work_folder = work_folder.context("cannot make a folder for the files")?;
    let subjects = subjects(work_folder.path(), args.size)?;
    let options = RunOptions {
        deadline: Duration::from_secs(120),
        scratch_dir: work_folder.path().join("scratch"),
        limit_address_space: false,
        ..RunOptions::default()
    };
    let mut benchers = Vec::new();
    let mut candidates = Vec::new();
    for one in &ready {
        let id = &one.adapter.id;
        match Bencher::start(one, &options, cancel)? {
            Ok(Some(bencher)) => {
                candidates.extend(entries(id, benchers.len(), &bencher, args.twice));
                benchers.push(bencher);
            }
            Ok(None) => {
                not_timed.insert(id.clone(), "its adapter does not say `bench`".to_owned());
            }
            Err(why) => {
                not_timed.insert(id.clone(), why);
            }
        }
    }
    if candidates.is_empty() {
        let why: Vec<String> = not_timed.iter().map(|(id, why)| format!("{id}: {why}")).collect();
        bail!("nothing can be timed: {}", why.join("; "));
    }
    let until = Instant::now() + Duration::from_secs(60 * args.minutes);
    let cache = if args.cold { Cache::Cold } else { Cache::Warm };
    let bounds = Bounds { least: args.rounds, most: 3 * args.rounds, until, cache };
    let mut random = ChaCha8Rng::from_seed(seed());
    let bar = progress_bar("timing");
    // The least there is to do: how many rounds it takes shows on the way.
    bar.set_length(subjects.len() as u64 * (args.rounds + 1) * candidates.len() as u64);
    let mut works = Vec::new();
    for subject in &subjects {
        let tick = |label: &str| {
            bar.set_message(format!("{}: {label}", subject.name));
            bar.inc(1);
            bar.set_length(bar.length().unwrap_or(0).max(bar.position()));
        };
        works.push(work(subject, &candidates, &mut benchers, bounds, &mut random, &tick)?);
    }
    bar.finish_and_clear();
    // Whoever stops to read what is printed ends the program, and it must leave nothing behind.
    drop(benchers);
    drop(work_folder);
    let report = BenchReport {
        schema: BENCH_SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        machine: machine(),
        works,
        not_timed,
    };
    let exit = finish(args.format, &out, &report)?;
    Ok(before.map_or(exit, |before| exit.and(told(&compare(&before, &report)))))
}

fn baseline(path: &Path) -> anyhow::Result<BenchReport> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let report: BenchReport = serde_json::from_str(&text)
        .with_context(|| format!("{} is no bench.json of this version", path.display()))?;
    if report.schema != BENCH_SCHEMA {
        bail!("{} is of schema {}, not {BENCH_SCHEMA}", path.display(), report.schema);
    }
    Ok(report)
}

/// Says who became slower or faster.
fn told(compared: &[Compared]) -> Exit {
    if compared.is_empty() {
        output::note("nothing is in both: the baseline has other implementations, or other sizes");
    }
    for one in compared.iter().filter(|one| one.is_slower() || one.is_faster()) {
        let Compared { work, id, mode, ratio, chance } = one;
        let mode = mode.as_ref().map_or_else(String::new, |mode| format!(", {mode}"));
        let word = if one.is_slower() { "slower" } else { "faster" };
        output::note(&format!(
            "{word} than the baseline: {id}{mode}, {work}: {ratio:.2} of its time, by the machine's \
             (by chance: {chance:.4})"
        ));
    }
    if compared.iter().any(Compared::is_slower) { Exit::Findings } else { Exit::Pass }
}

fn finish(format: Format, out: &Path, report: &BenchReport) -> anyhow::Result<Exit> {
    let path = out.join("bench.json");
    replace(&path, format!("{}\n", serde_json::to_string_pretty(report)?).as_bytes())?;
    for work in &report.works {
        let path = out.join(format!("{}.svg", work.name.replace(' ', "-")));
        replace(&path, bench::chart(work)?.as_bytes())?;
    }
    match format {
        Format::Json => output::print_json(&serde_json::to_value(report)?)?,
        Format::Text => {
            output::print(&format!(
                "{}All numbers: {}; charts beside it.\n",
                bench::to_terminal(report),
                path.display()
            ))?;
        }
    }
    let failed = report.works.iter().flat_map(|work| &work.rows).any(|row| row.failure.is_some());
    Ok(if failed { Exit::Findings } else { Exit::Pass })
}

/// The implementations that could be set up, and the others with the reason.
fn ready(
    args: &Args,
    tree: &Tree,
    cancel: &'static AtomicBool,
) -> anyhow::Result<(Vec<Ready>, BTreeMap<String, String>)> {
    let places = setup::places(tree)?;
    let mut adapters = match args.only.as_slice() {
        [] if !args.outside.is_empty() => Vec::new(),
        only => setup::select(assay_harness::discover(&places.harness_dir)?, only, &args.skip)?,
    };
    let found = args.outside.find(&places, adapters.iter().map(|adapter| adapter.id.as_str()))?;
    adapters.extend(found.adapters);
    let mut ready = found.ready;
    let mut not_timed = BTreeMap::new();
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(failure) => {
                not_timed.insert(adapter.id.clone(), failure.to_string());
            }
        }
    }
    Ok((ready, not_timed))
}

/// An implementation's rows: one for each of its ways.
fn entries(id: &str, bencher: usize, started: &Bencher<'_>, twice: bool) -> Vec<Candidate> {
    let modes = started.introduction().capabilities.bench_modes.clone();
    let modes: Vec<Option<String>> = match modes {
        Some(modes) if !modes.is_empty() => modes.into_iter().map(Some).collect(),
        _ => vec![None],
    };
    let candidate =
        |mode: &Option<String>, label: String| Candidate { label, bencher, mode: mode.clone() };
    let once = modes.iter().map(|mode| candidate(mode, id.to_owned()));
    let again = modes.iter().filter(|_| twice).map(|mode| candidate(mode, format!("{id} again")));
    once.chain(again).collect()
}

/// Nobody can know beforehand what is asked.
fn seed() -> [u8; 32] {
    use std::hash::{BuildHasher as _, RandomState};
    let mut seed = [0; 32];
    for (at, part) in seed.chunks_mut(8).enumerate() {
        part.copy_from_slice(&RandomState::new().hash_one(at).to_le_bytes());
    }
    seed
}
