//! Files a second, packed, in memory, on two processors: made with their
//! SHA-256, judged by the reference, judged in full by the validator.
//!
//! Own loop instead of criterion: what counts is throughput of whole threads
//! over many different files, not the time of one call. Every figure is the
//! best of several rounds, and the rounds of all figures take turns, so that a
//! busy moment of the machine hits all alike. Beside the clock stands what the
//! threads' own processor time would give: on a machine with other work the
//! clock says how much of it was left, processor time what a file costs.
//! `--quick` does less of it; a word measures only what has it in its name.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use assay_generator::stream::FILES_PER_SWARM;
use assay_generator::{Stream, Swarm, valid, violate};
use assay_reference::{Policy, Reader, Scratch};
use assay_spec::{Dialect, Disputed, Verdict};
use assay_validator::validate;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use sha2::{Digest as _, Sha256};

/// Threads that share the work.
const THREADS: u64 = 2;

/// Files in memory, one after the other.
#[derive(Default)]
struct Pack {
    bytes: Vec<u8>,
    /// Where each file ends.
    ends: Vec<usize>,
    digests: Vec<[u8; 32]>,
}

impl Pack {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.digests.clear();
    }

    fn push(&mut self, make: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        make(&mut self.bytes);
        self.digests.push(Sha256::digest(&self.bytes[start..]).into());
        self.ends.push(self.bytes.len());
    }

    fn files(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

/// What a measured task does with a thread's share: how many files it did.
type Task<'a> = Box<dyn Fn(usize, &mut Pack) -> u64 + Sync + 'a>;

struct Figure<'a> {
    name: &'static str,
    task: Task<'a>,
    /// Most files a second by the clock, of all threads together.
    by_clock: f64,
    /// Least processor time of a file, in nanoseconds.
    processor_time: f64,
}

fn main() {
    let quick = std::env::args().any(|word| word == "--quick" || word == "--test");
    let (swarms, rounds) = if quick { (8, 2) } else { (64, 9) };
    let dialect = Dialect::latest();
    let per_thread = swarms * FILES_PER_SWARM;
    let seeds = move |thread: usize| {
        let start = thread as u64 * per_thread;
        start..start + per_thread
    };
    let mut shares: Vec<[Pack; 3]> = (0..THREADS).map(|_| Default::default()).collect();
    for (thread, [valid, broken, usual]) in shares.iter_mut().enumerate() {
        let mut stream = Stream::new(&dialect);
        let mut plain = Stream::in_swarm(&dialect, Swarm::usual(&dialect));
        for seed in seeds(thread) {
            usual.push(|out| plain.valid(seed, out));
            valid.push(|out| stream.valid(seed, out));
            broken.push(|out| {
                stream.broken(seed, out);
            });
        }
    }
    let policy = Policy::new(&dialect, Disputed::Accept);
    let mut figures = figures(&dialect, &policy, &shares, &seeds, per_thread);
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    figures.retain(|figure| words.iter().all(|word| figure.name.contains(word.as_str())));
    let mut scratch: Vec<Pack> = (0..THREADS).map(|_| Pack::default()).collect();
    for _ in 0..rounds {
        for figure in &mut figures {
            measure(figure, &mut scratch);
        }
    }
    report(&figures, &shares);
}

fn figures<'a>(
    dialect: &'a Dialect,
    policy: &'a Policy,
    shares: &'a [[Pack; 3]],
    seeds: &'a (impl Fn(usize) -> std::ops::Range<u64> + Sync),
    per_thread: u64,
) -> Vec<Figure<'a>> {
    // The slow ways get a small share, so that they do not take all the time.
    let few = move |thread: usize| {
        let all = seeds(thread);
        all.start..all.start + per_thread.div_ceil(64)
    };
    let read = move |pack: &Pack| {
        let mut scratch = Scratch::default();
        let is_right = |file: &&[u8]| Reader::from_bytes_in(file, policy, &mut scratch).is_ok();
        let accepted = pack.files().filter(is_right);
        std::hint::black_box(accepted.count());
        pack.ends.len() as u64
    };
    let judge = move |pack: &Pack| {
        let valid = pack.files().filter(|file| validate(file, dialect).verdict == Verdict::Valid);
        std::hint::black_box(valid.count());
        pack.ends.len() as u64
    };
    let tasks: Vec<(&'static str, Task<'a>)> = vec![
        (
            "made with SHA-256: Stream::valid",
            Box::new(move |thread, out| {
                let mut stream = Stream::new(dialect);
                seeds(thread).for_each(|seed| out.push(|bytes| stream.valid(seed, bytes)));
                out.ends.len() as u64
            }),
        ),
        (
            "made with SHA-256: Stream::broken",
            Box::new(move |thread, out| {
                let mut stream = Stream::new(dialect);
                seeds(thread).for_each(|seed| {
                    out.push(|bytes| {
                        stream.broken(seed, bytes);
                    });
                });
                out.ends.len() as u64
            }),
        ),
        (
            "made with SHA-256: valid",
            Box::new(move |thread, out| {
                few(thread).for_each(|seed| {
                    out.push(|bytes| {
                        let draft = valid(dialect, seed).to_draft();
                        bytes.extend(draft.to_bytes(u64::MAX).expect("it is small"));
                    });
                });
                out.ends.len() as u64
            }),
        ),
        (
            "made with SHA-256: violate",
            Box::new(move |thread, out| {
                let rules = dialect.rules();
                for seed in few(thread) {
                    let rule = &rules[seed as usize % rules.len()];
                    let made = violate(dialect, rule, seed).map(|made| made.broken);
                    if let Some(Ok(file)) = made.map(|draft| draft.to_bytes(1 << 20)) {
                        out.push(|bytes| bytes.extend(file));
                    }
                }
                out.ends.len() as u64
            }),
        ),
        (
            "made with SHA-256: usual files",
            Box::new(move |thread, out| {
                let mut stream = Stream::in_swarm(dialect, Swarm::usual(dialect));
                seeds(thread).for_each(|seed| out.push(|bytes| stream.valid(seed, bytes)));
                out.ends.len() as u64
            }),
        ),
        ("reference verdicts: usual files", Box::new(move |thread, _| read(&shares[thread][2]))),
        ("reference verdicts: valid files", Box::new(move |thread, _| read(&shares[thread][0]))),
        ("reference verdicts: broken files", Box::new(move |thread, _| read(&shares[thread][1]))),
        ("full validations: usual files", Box::new(move |thread, _| judge(&shares[thread][2]))),
        ("full validations: valid files", Box::new(move |thread, _| judge(&shares[thread][0]))),
        ("full validations: broken files", Box::new(move |thread, _| judge(&shares[thread][1]))),
    ];
    tasks
        .into_iter()
        .map(|(name, task)| Figure { name, task, by_clock: 0.0, processor_time: f64::INFINITY })
        .collect()
}

/// One round: each thread does its share; the slowest says how long it took.
fn measure(figure: &mut Figure<'_>, scratch: &mut [Pack]) {
    let task = &figure.task;
    let start = Instant::now();
    let (files, nanoseconds) = std::thread::scope(|scope| {
        let threads: Vec<_> = scratch
            .iter_mut()
            .enumerate()
            .map(|(thread, out)| {
                scope.spawn(move || {
                    out.clear();
                    let before = processor_time();
                    (task(thread, out), processor_time() - before)
                })
            })
            .collect();
        let done = threads.into_iter().map(|thread| thread.join().expect("no task panics"));
        done.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    });
    let took = start.elapsed().as_secs_f64();
    figure.by_clock = figure.by_clock.max(files as f64 / took);
    // The clock of processor time ticks slowly: a round within one tick says nothing.
    if nanoseconds > 0 {
        figure.processor_time = figure.processor_time.min(nanoseconds as f64 / files as f64);
    }
}

/// What this thread has used, in nanoseconds.
fn processor_time() -> i64 {
    let used = getrusage(UsageWho::RUSAGE_THREAD).expect("a thread may ask");
    (used.user_time() + used.system_time()).num_nanoseconds()
}

fn report(figures: &[Figure<'_>], shares: &[[Pack; 3]]) {
    let mean = |which: usize| {
        let bytes: usize = shares.iter().map(|share| share[which].bytes.len()).sum();
        let files: usize = shares.iter().map(|share| share[which].ends.len()).sum();
        (bytes / files.max(1), files)
    };
    let ((valid, files), (broken, _), (usual, _)) = (mean(0), mean(1), mean(2));
    let mut text = format!(
        "{THREADS} threads; {files} files each: valid ones of {valid} bytes on average, \
         broken ones of {broken}, usual ones of {usual}\n\n"
    );
    let _ = writeln!(
        text,
        "{:<36} {:>12} {:>20} {:>16}",
        "", "files/s", "by processor time", "ns of it a file"
    );
    for Figure { name, by_clock, processor_time, .. } in figures {
        let by_processor = THREADS as f64 * 1e9 / processor_time;
        let _ = writeln!(
            text,
            "{name:<36} {by_clock:>12.0} {by_processor:>20.0} {processor_time:>16.0}"
        );
    }
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
}
