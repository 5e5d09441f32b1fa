//! How fast whole files are loaded, beside the published crate, a plain copy of
//! memory and a plain read, all in one run.
//!
//! ```text
//! cargo bench -p assay-reference --bench load               # minutes, a file of 2 GB
//! cargo bench -p assay-reference --bench load -- --quick    # seconds, 256 MB
//! cargo bench -p assay-reference --bench load -- warm       # one part: warm, cold, lazy
//! cargo bench -p assay-reference --bench load -- warm --only stream  # some methods
//! cargo bench -p assay-reference --bench load -- --mb 500   # a file of another length
//! ```
//!
//! The file is a model of 300 tensors in the build folder; it has no name, so it
//! is gone when the program ends, however that happens.
//!
//! * *warm*: the file is in the system's cache, put there by reading it in order.
//! * *cold*: it is evicted before each sample, and the system asked whether it is.
//! * *lazy*: a file of 1 TB that is all hole is opened, and its last tensor read.
//!
//! What is held constant: methods take turns within each round, and ratios are
//! medians of the rounds' own; each thread is bound to a processor of its own;
//! as much memory as the file has is touched and freed before each sample, so
//! that the host has it at hand; buffers are counted as fresh or used before,
//! never mixed. After the clock stops, every method shows that it has seen every
//! byte: by the sum of all words, or by the digest of each tensor. "stream" is
//! read() of 256 KiB into one buffer and the sum; it is there twice, which shows
//! how far to trust the rest. It runs on Linux with 64 bits only.
//!
//! # Where the time goes
//!
//! Warm, the floor is the system's copy out of its cache: "read, nothing looked
//! at". On the machine where this was tuned (Sapphire Rapids) the sum adds about
//! a sixth to it, XXH3 about a third: 55 and 28 GB/s of vector code with AVX2
//! (`--only stream` and `--only read`, by processor time, in a quiet minute; when
//! others use the memory too, both add less). That is 0.84 to 0.87 of the
//! plain stream; 0.95 takes a digest of 42 GB/s, as AVX-512 has it, which no
//! crate detects at run time.
//! Reading into memory that was used before costs that copy, now out to memory:
//! no less than memcpy can be had. Fresh memory has to be cleared by the system
//! first, which adds more than half again, huge pages or not; in small pages,
//! as a buffer for each tensor gets them, a fault for each 4 KiB comes on top,
//! and that is nearly all of the published way's time. Cold, the device is the
//! floor. Through the cache the processors copy and keep the cache's tables; past
//! it they have next to nothing to do.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints tables and progress")]

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod load_support;

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let has = |word: &str| args.iter().any(|arg| arg == word);
    let after = |word| args.iter().skip_while(|arg| *arg != word).nth(1);
    let only = after("--only").map_or("", |word| word);
    let megabytes = after("--mb").map(|mb| mb.parse().expect("--mb takes a number"));
    let all = !(has("warm") || has("cold") || has("lazy"));
    let quick = has("--quick");
    if all || has("warm") || has("cold") {
        let model = load_support::model::Model::new(megabytes.or(quick.then_some(256)));
        println!(
            "{} tensors, {:.3} GB, {} threads bound to processors {:?}\n",
            model.digests.len(),
            model.bytes as f64 / 1e9,
            load_support::machine::processors().len(),
            load_support::machine::processors(),
        );
        if all || has("warm") {
            load_support::warm::table(&model, if quick { 5 } else { 9 }, only);
        }
        if all || has("cold") {
            load_support::cold::table(&model, if quick { 3 } else { 9 }, only);
        }
    }
    if all || has("lazy") {
        load_support::lazy::table();
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn main() {
    println!("this bench needs Linux and 64 bits: it evicts files, binds threads, maps a terabyte");
}
