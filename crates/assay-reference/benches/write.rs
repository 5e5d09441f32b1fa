//! How fast files are written, beside the published crate in one run.
//!
//! ```text
//! cargo bench -p assay-reference --bench write              # a minute or two, 1 GB on disk
//! cargo bench -p assay-reference --bench write -- --quick   # seconds, 64 MB on disk
//! cargo bench -p assay-reference --bench write -- disk      # one part: memory, disk
//! ```
//!
//! Three tables. Headers: tensors without elements, so that order, checks and
//! spelling are all there is; the reference reads its header back besides, and
//! the published crate checks its own. Memory: 1 KiB a tensor, into a buffer.
//! Both in processor time of the thread, heap trimmed before each sample. Disk:
//! time on the wall, files in the folder for temporary ones, contestants in turn
//! within each round; the published crate does not wait for the disk, so it is
//! compared with a writer that does not either, and once more, with file and
//! folder synced afterwards, with one that does. `x` is how many times faster than the
//! published crate, as the median of the rounds' ratios.
//!
//! # Where the time goes
//!
//! The binary under `valgrind --tool=callgrind` with the argument `profile`
//! (`profile few` for files of 10 tensors). Of 3,000 tensors in the order of
//! their layers, not of their names, one takes 2,300 instructions: 730 to sort,
//! 610 to spell, 600 to read back and prove, the rest to look at it and copy. On
//! disk there is nothing to win: both hand the system large pieces, and what is
//! left is its copy into the page cache, which one file takes from one thread at
//! a time.

#![allow(clippy::print_stdout, reason = "it prints tables")]

#[allow(dead_code, reason = "shared with the other benchmarks")]
mod support;

use std::borrow::Cow;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use assay_reference::write::{NewTensor, WriteOptions, Writer};
use assay_spec::{Dialect, DtypeClass};
use safetensors::{Dtype, View};

use support::clock::{self, median, ratio};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let quick = args.iter().any(|arg| arg == "--quick");
    let writer = Writer::new(&Dialect::latest());
    if args.iter().any(|arg| arg == "profile") {
        let tensors = if args.iter().any(|arg| arg == "few") { 10 } else { 3_000 };
        let model = Model::new(tensors, 0);
        return (0..300_000 / tensors).for_each(|_| {
            black_box(model.ours(&writer));
        });
    }
    let has = |part: &str| args.iter().any(|arg| arg == part);
    if !has("disk") {
        memory(&writer, quick);
    }
    if !has("memory") {
        disk(quick);
    }
}

fn memory(writer: &Writer, quick: bool) {
    println!("headers, ns a tensor\n\n| tensors | published | reference | x |\n|---|---|---|---|");
    let sizes: &[usize] = if quick { &[10, 300, 3_000] } else { &[10, 300, 3_000, 100_000] };
    sizes.iter().for_each(|tensors| in_memory(&Model::new(*tensors, 0), writer, quick));
    println!("\nin memory, 1 KiB a tensor, ns a tensor\n");
    println!("| tensors | published | reference | x |\n|---|---|---|---|");
    sizes.iter().for_each(|tensors| in_memory(&Model::new(*tensors, 1024), writer, quick));
    println!();
}

fn disk(quick: bool) {
    println!("on disk, MB/s\n");
    println!("| file | published | reference | x | published, synced | reference, durable | x |");
    println!("|---|---|---|---|---|---|---|");
    on_disk(&Model::new(3_000, 1024), if quick { 5 } else { 15 });
    let (tensors, len) = if quick { (16, 4 << 20) } else { (256, 4 << 20) };
    on_disk(&Model::new(tensors, len), if quick { 3 } else { 9 });
}

/// Tensors of one size, with names of a language model.
struct Model {
    dtype: String,
    names: Vec<String>,
    /// Elements of a tensor, two bytes each.
    shape: [u64; 2],
    upstream_shape: [usize; 2],
    data: Vec<Vec<u8>>,
}

impl Model {
    fn new(tensors: usize, len: usize) -> Model {
        let dialect = Dialect::latest();
        let two_bytes =
            |dtype: &&assay_spec::Dtype| dtype.bits == 16 && dtype.class == DtypeClass::Float;
        let dtype = dialect.dtypes().iter().rfind(two_bytes).expect("BF16").name.clone();
        let name = |at: usize| {
            format!("model.layers.{}.mlp.experts.{}.down_proj.weight", at / 64, at % 64)
        };
        let data = |at: usize| vec![at as u8; len];
        Model {
            dtype,
            names: (0..tensors).map(name).collect(),
            shape: [2, len as u64 / 4],
            upstream_shape: [2, len / 4],
            data: (0..tensors).map(data).collect(),
        }
    }

    fn new_tensors(&self) -> impl Iterator<Item = NewTensor<'_>> {
        self.names.iter().zip(&self.data).map(|(name, data)| NewTensor {
            name,
            dtype: &self.dtype,
            shape: &self.shape,
            data,
        })
    }

    fn views(&self) -> impl Iterator<Item = (&str, Borrowed<'_>)> {
        let view = |data| Borrowed { shape: &self.upstream_shape, data };
        self.names.iter().map(String::as_str).zip(self.data.iter().map(move |data| view(data)))
    }

    fn ours(&self, writer: &Writer) -> usize {
        writer.serialize(self.new_tensors(), None).expect("it is valid").len()
    }

    fn upstream(&self) -> usize {
        safetensors::serialize(self.views(), None).expect("it is valid").len()
    }
}

/// A tensor as the published crate takes it without a copy.
struct Borrowed<'a> {
    shape: &'a [usize],
    data: &'a [u8],
}

impl View for Borrowed<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::BF16
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.data)
    }

    fn data_len(&self) -> usize {
        self.data.len()
    }
}

fn in_memory(model: &Model, writer: &Writer, quick: bool) {
    let tensors = model.names.len();
    assert_eq!(model.ours(writer), model.upstream(), "they write the same file");
    let times = clock::rounds(
        if quick { 5 } else { 11 },
        (10_000 / tensors).max(1),
        &mut [&mut || model.upstream(), &mut || model.ours(writer)],
    );
    let each = |times: &[f64]| median(times.to_vec()) / tensors as f64;
    println!(
        "| {tensors} | {:.0} | {:.0} | {:.1} |",
        each(&times[0]),
        each(&times[1]),
        ratio(&times[0], &times[1])
    );
}

fn on_disk(model: &Model, rounds: usize) {
    let dialect = Dialect::latest();
    let writer = |durable| {
        let options = WriteOptions::default().durable(durable);
        Writer::with_options(&dialect, options).expect("the options are right")
    };
    let (hasty, durable) = (writer(false), writer(true));
    let ours = |writer: &Writer, path: &Path| {
        writer.write_file(path, model.new_tensors(), None).expect("there is room");
    };
    let upstream = |path: &Path| {
        safetensors::serialize_to_file(model.views(), None, path).expect("there is room");
    };
    let synced = |path: &Path| {
        upstream(path);
        for synced in [path, path.parent().expect("it is in a folder")] {
            fs::File::open(synced).and_then(|file| file.sync_all()).expect("it was written");
        }
    };
    let contestants: [&dyn Fn(&Path); 4] =
        [&upstream, &|path: &Path| ours(&hasty, path), &synced, &|path: &Path| {
            ours(&durable, path)
        }];
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let path = folder.path().join("model.safetensors");
    let mut times = vec![Vec::new(); contestants.len()];
    let mut len = 0;
    for round in 0..rounds {
        for turn in 0..contestants.len() {
            // Another one begins each round.
            let at = (round + turn) % contestants.len();
            let start = Instant::now();
            contestants[at](&path);
            times[at].push(start.elapsed().as_secs_f64());
            len = fs::metadata(&path).expect("it was written").len();
            // What one left behind, in memory and for the disk, is not the next one's.
            fs::File::open(&path).and_then(|file| file.sync_all()).expect("it was written");
            fs::remove_file(&path).expect("it was written");
        }
    }
    let speed = |times: &[f64]| len as f64 / 1e6 / median(times.to_vec());
    println!(
        "| {:.0} MB, {} tensors | {:.0} | {:.0} | {:.2} | {:.0} | {:.0} | {:.2} |",
        len as f64 / 1e6,
        model.names.len(),
        speed(&times[0]),
        speed(&times[1]),
        ratio(&times[0], &times[1]),
        speed(&times[2]),
        speed(&times[3]),
        ratio(&times[2], &times[3])
    );
}
