//! Cases a second on one lane with real implementations: the small files of
//! the committed corpus, again and again up to 20,000 cases.
//!
//! Each case has a file of its own, as in `assay run`; the start of the
//! processes is included. What the harness alone costs says the benchmark
//! `throughput`.
//!
//! Adapters are provisioned below the target folder when first measured. One
//! that cannot be is named, with the reason, and left out. The program `assay`
//! is taken from beside this one: `cargo build --release -p assay-cli` first.
//!
//! Criterion's figures are of the clock. On a machine with other work look at
//! the line that follows them: the best run, and what it took of processor
//! time, harness and adapter together; a lane is one processor, so on a quiet
//! machine the two agree.

#![allow(clippy::print_stderr, reason = "a benchmark speaks to whoever runs it")]

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assay_harness::{
    Event, Places, PlannedCase, Question, Ready, RunOptions, discover, provision, run,
};
use assay_protocol::Manifest;
use assay_protocol::record::Outcome;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

const CASES: usize = 20_000;

/// A case is small up to this many bytes.
const SMALL: u64 = 4096;

/// What is measured unless `ASSAY_BENCH_ADAPTERS` names others, separated by
/// commas: the two languages that the README gives figures for.
const ADAPTERS: &str =
    "assay-reference,safetensors-rust,safetensors-python-bytes,safetensors-python-numpy";

fn main() {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.first().is_some_and(|word| word == "__limit") {
        let result = assay_harness::limit_main(&words[1..]);
        panic!("the adapter was not started: {result:?}");
    }
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("adapters");
    group.throughput(Throughput::Elements(CASES as u64)).sampling_mode(SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(1));
    let folder = tempfile::tempdir().expect("there is room for files");
    let cases = lay_out(folder.path());
    let options =
        RunOptions { scratch_dir: folder.path().join("scratch"), ..RunOptions::default() };
    for ready in provisioned() {
        measure(&mut group, ready, &cases, &options);
    }
    group.finish();
    criterion.final_summary();
}

/// The adapters that can be run here; the others are named.
fn provisioned() -> Vec<Ready> {
    let places = places();
    let wanted = std::env::var("ASSAY_BENCH_ADAPTERS").unwrap_or_else(|_| ADAPTERS.to_owned());
    let adapters = discover(&places.harness_dir).expect("harness/ is sound");
    let mut ready = Vec::new();
    for id in wanted.split(',') {
        let Some(adapter) = adapters.iter().find(|adapter| adapter.id == id) else {
            panic!("there is no harness/{id}; look at ASSAY_BENCH_ADAPTERS");
        };
        match provision(adapter, &places, &AtomicBool::new(false), &mut |event| {
            eprintln!("{id}: {event:?}");
        }) {
            Ok(one) => ready.push(one),
            Err(failure) => eprintln!("{id}: left out: {failure}"),
        }
    }
    ready
}

fn places() -> Places {
    let own = std::env::current_exe().expect("it runs");
    // target/release/deps/adapters-…, and target/release/assay.
    let beside = own.parent().and_then(Path::parent).map(|folder| folder.join("assay"));
    let assay = beside.filter(|path| path.is_file());
    if assay.is_none() {
        eprintln!("no program `assay`: `cargo build --release -p assay-cli` makes it");
    }
    Places {
        harness_dir: tree().join("harness"),
        cache_dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join("adapters-cache"),
        assay: assay.unwrap_or(own),
    }
}

fn tree() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("a crate lies in the tree")
}

/// The small kept files of the corpus, each case with a copy of its own.
fn lay_out(folder: &Path) -> Vec<PlannedCase> {
    let corpus = tree().join("corpus");
    let text = fs::read(corpus.join("manifest.json")).expect("the corpus is built");
    let manifest: Manifest = serde_json::from_slice(&text).expect("the manifest is sound");
    let kept: Vec<_> = manifest
        .cases
        .into_iter()
        .filter(|case| case.path.is_some() && case.size <= SMALL)
        .collect();
    eprintln!("{CASES} cases from {} files of at most {SMALL} bytes", kept.len());
    let stage = |number: usize| {
        let mut case = kept[number % kept.len()].clone();
        let from = corpus.join(case.path.as_ref().expect("it is kept"));
        let path = folder.join(format!("{number:06}.safetensors"));
        fs::copy(from, &path).expect("there is room");
        case.id = format!("{}-{number:06}", case.id);
        PlannedCase { case, path, question: Question::Read }
    };
    (0..CASES).map(stage).collect()
}

fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    ready: Ready,
    cases: &[PlannedCase],
    options: &RunOptions,
) {
    let id = ready.adapter.id.clone();
    let ready = [ready];
    let best = Cell::new((f64::INFINITY, f64::INFINITY));
    group.bench_function(&id, |bencher| {
        bencher.iter_custom(|times| {
            let mut total = Duration::ZERO;
            for _ in 0..times {
                let (start, used) = (Instant::now(), processor_seconds());
                drive(&ready, cases, options);
                let (clock, used) = (start.elapsed(), processor_seconds() - used);
                let (least, least_used) = best.get();
                best.set((least.min(clock.as_secs_f64()), least_used.min(used)));
                total += clock;
            }
            total
        });
    });
    let (clock, used) = best.get();
    if clock.is_finite() {
        let rate = |seconds: f64| CASES as f64 / seconds;
        eprintln!(
            "{id}: at best {:.0} cases a second of the clock, {:.0} of processor time",
            rate(clock),
            rate(used)
        );
    }
}

fn drive(ready: &[Ready; 1], cases: &[PlannedCase], options: &RunOptions) {
    let executed = AtomicU64::new(0);
    run(ready, cases, options, &AtomicBool::new(false), &|event| {
        if let Event::Result(line) = event {
            let outcome = line.outcome;
            assert!(!matches!(outcome, Outcome::Crash | Outcome::ProtocolError), "{line:?}");
            executed.fetch_add(u64::from(outcome != Outcome::NotRun), Ordering::Relaxed);
        }
    });
    assert_eq!(executed.into_inner(), CASES as u64, "what was not executed does not count");
}

/// Processor time of this process and of its children that ended.
fn processor_seconds() -> f64 {
    let of = |who| {
        let usage = getrusage(who).expect("the system counts");
        (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6
    };
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}
