//! A file of 1 TB, all hole behind its header.

use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::time::Instant;

use assay_reference::{File, LazyFile, Policy};
use assay_spec::{Dialect, Disputed};
use safetensors::SafeTensors;

use super::machine::resident;
use super::map::map;
use super::model::{header, nameless};
use super::rounds::quantile;

const LEN: usize = 1_000_000_000_000;

pub(crate) fn table() {
    let file = nameless();
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let (head, tensors) = header(300, LEN);
    file.write_all_at(&head, 0).expect("there is room on the disk");
    let len = head.len() + tensors.iter().map(|(_, len)| len).sum::<usize>();
    file.set_len(len as u64).expect("the file system has holes");
    let (last, _) = &tensors[tensors.len() - 1];
    let policy = Policy::new(&Dialect::latest(), Disputed::Reject);

    println!("a file of {:.3} TB, all hole, 300 tensors\n", len as f64 / 1e12);
    println!("| opened | us | resident KiB more | ... when a byte of the last tensor was read |");
    println!("|---|---|---|---|");
    row(
        "`File::open`",
        || File::open(&path, &policy).expect("it is valid"),
        |file| {
            let tensor = file.reader().tensor(last).expect("it is there");
            assert_eq!(tensor.data().last(), Some(&0));
        },
    );
    row(
        "`LazyFile::open`",
        || LazyFile::open(&path, &policy).expect("it is valid"),
        |file| {
            let end = file.header().entry(last).expect("it is there").contents().len();
            let mut byte = [1];
            file.read_range(last, end - 1..end, &mut byte).expect("it is there");
            assert_eq!(byte, [0]);
        },
    );
    row(
        "published, mapped",
        || map(&std::fs::File::open(&path).expect("it is open")),
        |map| {
            let tensors = SafeTensors::deserialize(map).expect("it is valid");
            assert_eq!(tensors.tensor(last).expect("it is there").data().last(), Some(&0));
        },
    );
}

/// Opens again and again; memory is that of the first one kept open.
fn row<T>(name: &str, open: impl Fn() -> T, read_last: impl Fn(&T)) {
    // Once for code and tables that stay.
    drop(open());
    let before = resident();
    let first = open();
    let opened = resident() - before;
    read_last(&first);
    let read = resident() - before;
    let times = (0..200).map(|_| {
        let start = Instant::now();
        let one_more = open();
        let time = start.elapsed().as_secs_f64() * 1e6;
        drop(one_more);
        time
    });
    let time = quantile(times.collect(), 0.5);
    println!("| {name} | {time:.0} | {} | {} |", opened / 1024, read / 1024);
}
