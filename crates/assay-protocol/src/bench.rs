//! What a bench found: how fast implementations do what, beside what the machine can do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::message::BenchWork;

/// Version of the document.
pub const BENCH_SCHEMA: &str = "bench/1";

/// A bench: everything measured in one go on one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BenchReport {
    /// [`BENCH_SCHEMA`].
    pub schema: String,
    /// Version of the suite.
    pub suite: String,
    /// Where it was measured: processor, cores, memory, kernel, file system.
    pub machine: BTreeMap<String, String>,
    /// What was measured.
    pub works: Vec<Work>,
    /// Implementations that were not timed, with the reason.
    pub not_timed: BTreeMap<String, String>,
}

/// Something that is done with a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// What it is called.
    pub name: String,
    /// What is asked of adapters.
    pub what: BenchWork,
    /// Where the file's contents are before each request.
    pub cache: Cache,
    /// Length of the file.
    pub file_bytes: u64,
    /// Tensors in the file.
    pub tensors: u64,
    /// Bytes that are to be loaded; of a header, its length.
    pub bytes: u64,
    /// How often each was asked.
    pub rounds: u64,
    /// What the machine itself can do with these bytes, by name, then the implementations.
    pub rows: Vec<Row>,
}

/// Where a file's contents are when it is asked for.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// In the page cache, which one sequential read filled.
    #[default]
    Warm,
    /// On the disk only: pages were evicted, and looked for in vain.
    Cold,
}

/// A way to do it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// An implementation's id, or what is measured of the machine.
    pub id: String,
    /// Whether it is the machine's and not an implementation's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ceiling: bool,
    /// Which of its ways, if it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Nanoseconds until every byte was proved to be there, one for each round.
    pub wall_ns: Vec<u64>,
    /// Of those: median, quartiles, and the bounds of its 95 % interval.
    pub wall: Spread,
    /// Nanoseconds until the library returned, median.
    pub returned_ns: u64,
    /// Processor time in microseconds, median.
    pub cpu_us: u64,
    /// Bytes by which resident memory grew at its peak, median.
    pub memory: u64,
    /// Page faults, median.
    pub faults: u64,
    /// Bytes that went through system calls, median.
    pub read: u64,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// How samples spread, in their unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The quartiles.
    pub quartiles: [f64; 2],
    /// Bootstrap interval of the median, 95 %.
    pub interval: [f64; 2],
}
