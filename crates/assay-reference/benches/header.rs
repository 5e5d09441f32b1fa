//! How fast headers are accepted, beside the published crate in one run.
//!
//! ```text
//! cargo bench -p assay-reference --bench header              # minutes
//! cargo bench -p assay-reference --bench header -- --quick   # seconds
//! cargo bench -p assay-reference --bench header -- small     # one part: header, hostile, small
//! ```
//!
//! Three tables: headers of language models by size and spelling, headers made
//! to hurt, and small files one after the other. Figures are processor time of
//! the thread; `x` is how many times faster than the published crate, as the
//! median of the rounds' ratios. "fresh" allocates its tables for each file,
//! "kept" reads into a `Scratch`. The heap is trimmed before each sample. The
//! peer sonic-rs makes the same checks with a typed visitor
//! (`support/sonic.rs`).
//!
//! Where the time goes: `PROFILE.md` beside the crate's manifest. `plot FILE.svg`
//! measures sizes up to what a header may hold, writes the table `FILE.csv` and
//! draws it; `replot FILE.svg` only draws.

#![allow(clippy::print_stdout, reason = "it prints tables")]

mod support;

use std::hint::black_box;

use assay_generator::{mutate, valid};
use assay_reference::write::{NewTensor, serialize};
use assay_reference::{Policy, Reader, Scratch};
use assay_spec::{Dialect, Disputed};

use support::clock::{self, median, ratio};
use support::files::{Spelling, model};
use support::hostile;
use support::plot::{self, Point};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let has = |word: &str| args.iter().any(|arg| arg == word);
    let policy = Policy::new(&Dialect::latest(), Disputed::Reject);
    if has("profile") {
        let spelling = if has("lines") { Spelling::Lines } else { Spelling::Compact };
        return match () {
            () if has("small") => profile_small(&policy),
            () if has("dirty") => profile_dirty(&policy),
            () if has("broken") => profile_broken(&policy),
            () => profile(spelling, &policy),
        };
    }
    let quick = has("--quick");
    if let Some(turn) = args.iter().position(|arg| arg == "plot" || arg == "replot") {
        let path = args.get(turn + 1).map_or("reports/reference/header.svg", String::as_str);
        let path = plot::in_workspace(path);
        if args[turn] == "plot" {
            plot::write_table(&path, &points(&policy, quick)).expect("the folder can be written");
        }
        return plot::draw(&path).expect("the table can be read and the folder written");
    }
    let all = !(has("header") || has("hostile") || has("small"));
    if all || has("header") {
        headers(&policy, quick);
    }
    if all || has("hostile") {
        let chosen = |which: &&str| args.iter().any(|arg| arg == which);
        let some: Vec<&str> = hostile::ALL.into_iter().filter(chosen).collect();
        hostile_headers(if some.is_empty() { &hostile::ALL } else { &some }, quick);
    }
    if all || has("small") {
        small_files(&policy, quick);
    }
}

/// Reads one file many times, for a profiler.
fn profile(spelling: Spelling, policy: &Policy) {
    let file = model(3_000, spelling);
    let mut scratch = Scratch::default();
    for _ in 0..100 {
        let reader = Reader::from_bytes_in(black_box(file.all()), policy, &mut scratch);
        black_box(reader.expect("it is valid").len());
    }
}

/// The same with small files of all kinds.
fn profile_small(policy: &Policy) {
    let files: Vec<Vec<u8>> = (0..500).map(|seed| generated(policy.dialect(), seed)).collect();
    let mut scratch = Scratch::default();
    for file in files.iter().cycle().take(10_000) {
        black_box(Reader::from_bytes_in(black_box(file), policy, &mut scratch).is_ok());
    }
}

/// The same with a header that the explaining pass must judge.
fn profile_dirty(policy: &Policy) {
    let file = hostile::file("one name", 1_000_000);
    black_box(Reader::from_bytes(black_box(&file), policy).is_ok());
}

/// The same with small files that are broken, as a harness reads them.
fn profile_broken(policy: &Policy) {
    let mutant = |seed| mutate(&generated(policy.dialect(), seed), seed);
    let files: Vec<Vec<u8>> = (0..1_000).map(mutant).collect();
    let mut scratch = Scratch::default();
    for file in files.iter().cycle().take(10_000) {
        black_box(Reader::from_bytes_in(black_box(file), policy, &mut scratch).is_ok());
    }
}

fn upstream(file: &[u8]) -> usize {
    safetensors::SafeTensors::deserialize(black_box(file)).map_or(0, |tensors| tensors.len())
}

/// Headers of language models.
fn headers(policy: &Policy, quick: bool) {
    let (sizes, rounds): (&[usize], _) =
        if quick { (&[10, 300, 3_000], 5) } else { (&[10, 300, 3_000, 100_000, 600_000], 11) };
    println!("ns a tensor (x times faster than the published crate)\n");
    println!("| tensors | spelling | published | sonic-rs | fresh | kept | kept x sonic-rs |");
    println!("|---|---|---|---|---|---|---|");
    for spelling in [Spelling::Compact, Spelling::Spaced, Spelling::Lines, Spelling::Shuffled] {
        for tensors in sizes {
            header(*tensors, spelling, policy, rounds);
        }
    }
    println!();
}

/// What is plotted: the four readers over sizes up to what a header may hold.
fn points(policy: &Policy, quick: bool) -> Vec<Point> {
    const READERS: [&str; 4] = [
        "safetensors (published)",
        "sonic-rs with the same checks",
        "reference",
        "reference (tables kept)",
    ];
    let most = if quick { 3_000 } else { 700_000 };
    let steps = (0..6).flat_map(|power| [1, 3].map(|digit| digit * 10_usize.pow(power)));
    let sizes = steps.filter(|size| *size < most).chain([most]);
    let mut points = Vec::new();
    for tensors in sizes {
        let times = times(tensors, Spelling::Compact, policy, if quick { 5 } else { 11 });
        let of_size = READERS.iter().zip(times);
        points.extend(of_size.map(|(reader, times)| Point::new(tensors, reader, times)));
    }
    points
}

fn header(tensors: usize, spelling: Spelling, policy: &Policy, rounds: usize) {
    let times = times(tensors, spelling, policy, rounds);
    let shown = |at: usize| {
        let ns = median(times[at].clone()) / tensors as f64;
        format!("{ns:.0} ({:.1} x)", ratio(&times[0], &times[at]))
    };
    let published = median(times[0].clone()) / tensors as f64;
    let against_sonic = ratio(&times[1], &times[3]);
    println!(
        "| {tensors} | {spelling:?} | {published:.0} | {} | {} | {} | {against_sonic:.1} |",
        shown(1),
        shown(2),
        shown(3)
    );
}

/// What the four readers take for a file, in each round.
fn times(tensors: usize, spelling: Spelling, policy: &Policy, rounds: usize) -> Vec<Vec<f64>> {
    let file = model(tensors, spelling);
    let bytes = file.all();
    let mut scratch = Scratch::default();
    let expect = |count: usize| assert_eq!(count, file.tensors, "every reader sees them all");
    let times = clock::rounds(
        rounds,
        (30_000 / tensors).max(1),
        &mut [
            &mut || upstream(bytes),
            &mut || support::sonic::read(black_box(bytes), policy.dialect()).unwrap_or(0),
            &mut || {
                expect(Reader::from_bytes(black_box(bytes), policy).map_or(0, |file| file.len()));
                tensors
            },
            &mut || {
                let reader = Reader::from_bytes_in(black_box(bytes), policy, &mut scratch);
                expect(reader.map_or(0, |file| file.len()));
                tensors
            },
        ],
    );
    expect(upstream(bytes));
    expect(support::sonic::read(bytes, policy.dialect()).unwrap_or(0));
    times
}

/// Headers made to hurt, at full size and at half of it.
fn hostile_headers(headers: &[&str], quick: bool) {
    let len = if quick { 10_000_000 } else { 99_999_000 };
    let policies = [Disputed::Accept, Disputed::Reject]
        .map(|disputed| Policy::new(&Dialect::latest(), disputed));
    println!("seconds for a header of {} MB, heap trimmed, tables fresh\n", len / 1_000_000);
    println!("| header | published | disputed accepted | disputed refused | full / half size |");
    println!("|---|---|---|---|---|");
    for which in headers {
        let file = hostile::file(which, len);
        let half = hostile::file(which, len / 2);
        let read =
            |file: &[u8], policy| usize::from(Reader::from_bytes(black_box(file), policy).is_ok());
        let times = clock::rounds(
            3,
            1,
            &mut [
                &mut || upstream(&file),
                &mut || read(&file, &policies[0]),
                &mut || read(&file, &policies[1]),
                &mut || read(&half, &policies[1]),
            ],
        );
        let seconds = |at: usize| format!("{:.3}", median(times[at].clone()) / 1e9);
        let verdict = |policy| if read(&file, policy) == 1 { "accepts" } else { "refuses" };
        println!(
            "| {which} | {} | {} {} | {} {} | {:.1} |",
            seconds(0),
            seconds(1),
            verdict(&policies[0]),
            seconds(2),
            verdict(&policies[1]),
            ratio(&times[2], &times[3])
        );
    }
    println!();
}

/// Small files in memory, one after the other, as a harness reads a packed corpus.
fn small_files(policy: &Policy, quick: bool) {
    let count = if quick { 500 } else { 5_000 };
    let dialect = policy.dialect();
    let mutated = |seed: u64| mutate(&generated(dialect, seed), seed);
    println!("{count} small files, ns a file (x times faster than the published crate)\n");
    println!("| files | bytes | tensors | accepted | published | fresh | kept | kept, files/s |");
    println!("|---|---|---|---|---|---|---|---|");
    for (kind, files) in [
        ("five tensors, as written", (0..count).map(|seed| written(dialect, seed)).collect()),
        ("generated valid", (0..count).map(|seed| generated(dialect, seed)).collect()),
        ("generated, mutated", (0..count).map(mutated).collect::<Vec<_>>()),
    ] {
        small(kind, &files, policy);
    }
}

fn generated(dialect: &Dialect, seed: u64) -> Vec<u8> {
    let draft = valid(dialect, seed).to_draft();
    draft.to_bytes(1 << 20).expect("generated files are small")
}

fn small(kind: &str, files: &[Vec<u8>], policy: &Policy) {
    let mut scratch = Scratch::default();
    let count = files.len();
    let tensors = |file: &Vec<u8>| Reader::from_bytes(file, policy).map_or(0, |file| file.len());
    let accepted = files.iter().filter(|file| Reader::from_bytes(file, policy).is_ok()).count();
    let times = clock::rounds(
        11,
        (20_000 / count).max(1),
        &mut [
            &mut || files.iter().map(|file| upstream(file)).sum(),
            &mut || {
                files
                    .iter()
                    .filter(|file| Reader::from_bytes(black_box(file), policy).is_ok())
                    .count()
            },
            &mut || {
                let mut accepts = |file: &[u8]| {
                    Reader::from_bytes_in(black_box(file), policy, &mut scratch).is_ok()
                };
                files.iter().filter(|file| accepts(file)).count()
            },
        ],
    );
    let ns = |at: usize| median(times[at].clone()) / count as f64;
    let mean = |sum: usize| sum as f64 / count as f64;
    println!(
        "| {kind} | {:.0} | {:.1} | {accepted} | {:.0} | {:.0} ({:.1} x) | {:.0} ({:.1} x) | {:.2} M |",
        mean(files.iter().map(Vec::len).sum()),
        mean(files.iter().map(tensors).sum()),
        ns(0),
        ns(1),
        ratio(&times[0], &times[1]),
        ns(2),
        ratio(&times[0], &times[2]),
        1e3 / ns(2),
    );
}

/// A file of five tensors of different dtypes, as this crate writes it.
fn written(dialect: &Dialect, seed: u64) -> Vec<u8> {
    let whole = |dtype: &&assay_spec::Dtype| dtype.bits.is_multiple_of(8);
    let dtypes: Vec<_> = dialect.dtypes().iter().filter(whole).collect();
    let data = vec![0; 1 << 10];
    let tensors: Vec<(String, usize)> = (0..5)
        .map(|at| {
            let part = ["q_proj", "k_proj", "v_proj", "o_proj", "norm"][at];
            let name = format!("layers.{}.attention.{part}.weight", seed % 90);
            (name, (seed as usize * 7 + at / 2 * 3) % dtypes.len())
        })
        .collect();
    let shape = [2, seed % 6 + 1];
    let new = tensors.iter().map(|(name, dtype)| {
        let dtype = dtypes[*dtype];
        let len = shape[0] * shape[1] * dtype.bits / 8;
        NewTensor { name, dtype: &dtype.name, shape: &shape, data: &data[..len as usize] }
    });
    serialize(new, None, dialect).expect("it is valid")
}
