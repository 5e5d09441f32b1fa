//! Who does not load, or loaded before, or answers what was right before, gets no number.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use assay_harness::{Bencher, Job, Loaded};
use assay_protocol::KeyedSum;
use assay_protocol::message::{BenchWork, Reply};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::adapter::send;
use crate::kit::{Lab, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("who_loads_every_byte_gets_a_number", who_loads_every_byte_gets_a_number),
        trial("who_maps_and_touches_nothing_gets_none", who_maps_and_touches_nothing_gets_none),
        trial("who_kept_the_bytes_from_before_gets_none", who_kept_the_bytes_from_before_gets_none),
        trial("a_sum_from_before_is_wrong", a_sum_from_before_is_wrong),
        trial("a_tensor_that_is_missing_is_noticed", a_tensor_that_is_missing_is_noticed),
        trial("who_dies_is_started_again", who_dies_is_started_again),
        trial("who_does_not_declare_it_is_not_asked", who_does_not_declare_it_is_not_asked),
    ]
}

/// What the adapter keeps between requests in some modes.
#[derive(Default)]
pub struct Kept {
    bytes: Option<Vec<u8>>,
    sum: Option<String>,
}

/// The adapter's answer: its "tensor" is the whole file.
pub fn answer(mode: &str, id: String, request: &Value, kept: &mut Kept) {
    let text = |field: &str| request[field].as_str().unwrap();
    let nonce = u64::from_str_radix(text("nonce"), 16).unwrap();
    let read = || fs::read(text("path")).unwrap();
    let bytes = match mode {
        "bench-lazy" => Vec::new(),
        "bench-caches" => kept.bytes.get_or_insert_with(read).clone(),
        "bench-short" => read().split_last().unwrap().1.to_vec(),
        "bench-dies" if fs::exists(text("path")).unwrap() && nonce == 3 => std::process::abort(),
        _ => read(),
    };
    let mut sum = KeyedSum::new(nonce);
    sum.add(&bytes);
    let mut sum = format!("{:016x}", sum.total());
    if mode == "bench-stale" {
        sum = kept.sum.get_or_insert(sum).clone();
    }
    let count = u64::from(mode != "bench-none");
    send(&Reply::Bench { id, sum, count, returned_ns: 5 });
}

/// Asks three times; between the requests the file changes, as the caller of a bench sees to.
fn asked(mode: &str) -> Vec<Result<Loaded, String>> {
    let lab = Lab::new();
    lab.add("subject", mode, "");
    let path: PathBuf = lab.folder.path().join("files/bench.raw");
    let ready = lab.ready();
    let never = AtomicBool::new(false);
    let mut bencher = Bencher::start(&ready[0], &lab.options, &never).unwrap().unwrap().unwrap();
    let ask = |nonce: u64| {
        let contents = vec![u8::try_from(nonce).unwrap(); 3_000_001];
        fs::write(&path, &contents).unwrap();
        let mut sum = KeyedSum::new(nonce);
        sum.add(&contents);
        let job = Job {
            what: BenchWork::Load,
            path: path.to_str().unwrap(),
            mode: None,
            tensor: None,
            nonce,
            sum: sum.total(),
            count: 1,
        };
        bencher.ask(&job).unwrap()
    };
    (2..5).map(ask).collect()
}

fn reasons(mode: &str) -> Vec<Option<String>> {
    asked(mode).into_iter().map(Result::err).collect()
}

const WRONG: &str = "its sum is wrong: it did not load these bytes";

fn who_loads_every_byte_gets_a_number() {
    for loaded in asked("bench-honest") {
        let loaded = loaded.unwrap();
        assert!(loaded.wall >= loaded.returned && loaded.returned.as_nanos() == 5, "{loaded:?}");
        assert!(loaded.usage.read >= 3_000_001, "{loaded:?}");
    }
}

fn who_maps_and_touches_nothing_gets_none() {
    assert_eq!(
        reasons("bench-lazy"),
        [Some(WRONG.to_owned()), Some(WRONG.to_owned()), Some(WRONG.to_owned())]
    );
    assert_eq!(reasons("bench-short").iter().flatten().count(), 3);
}

fn who_kept_the_bytes_from_before_gets_none() {
    assert_eq!(reasons("bench-caches"), [None, Some(WRONG.to_owned()), Some(WRONG.to_owned())]);
}

fn a_sum_from_before_is_wrong() {
    assert_eq!(reasons("bench-stale"), [None, Some(WRONG.to_owned()), Some(WRONG.to_owned())]);
}

fn a_tensor_that_is_missing_is_noticed() {
    assert_eq!(reasons("bench-none")[0].as_deref(), Some("has 0 tensors, not 1"));
}

fn who_dies_is_started_again() {
    let reasons = reasons("bench-dies");
    assert!(reasons[1].as_ref().is_some_and(|why| why.contains("SIGABRT")), "{reasons:?}");
    assert_eq!((&reasons[0], &reasons[2]), (&None, &None));
}

fn who_does_not_declare_it_is_not_asked() {
    let lab = Lab::new();
    lab.add("subject", "honest", "");
    let ready = lab.ready();
    let never = AtomicBool::new(false);
    assert!(Bencher::start(&ready[0], &lab.options, &never).unwrap().unwrap().is_none());
}
