//! What the machine is, and what it can do: no reader can be faster than these.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use assay_protocol::message::BenchWork;

use super::subject::Subject;

/// So many entries are read in no time.
const FEW: u64 = 100;

/// Something that the machine does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceiling {
    /// The file mapped and every byte summed, by one thread.
    MappedSum,
    /// The file read through one buffer, and nothing done with it.
    Read,
    /// The file read through one buffer, and every byte summed.
    ReadSum,
}

impl Ceiling {
    /// Those that bound a work. To map a file takes reading its header, which with many tensors
    /// is work of its own.
    pub(crate) fn of(subject: &Subject) -> &'static [Ceiling] {
        match subject.what {
            BenchWork::Load if subject.tensors <= FEW => {
                &[Ceiling::MappedSum, Ceiling::Read, Ceiling::ReadSum]
            }
            BenchWork::Load => &[Ceiling::Read, Ceiling::ReadSum],
            BenchWork::Header => &[Ceiling::Read],
            BenchWork::Tensor => &[Ceiling::MappedSum],
        }
    }

    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Ceiling::MappedSum => "map and sum",
            Ceiling::Read => "read",
            Ceiling::ReadSum => "read and sum",
        }
    }

    /// Does it, and says how long it took.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn take(self, subject: &Subject, nonce: u64) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let sum = match self {
            Ceiling::MappedSum => subject.expected(nonce)?.0,
            Ceiling::Read => subject.stream(None)?,
            Ceiling::ReadSum => subject.stream(Some(nonce))?,
        };
        let took = start.elapsed();
        // The sums are the point: they must not be done away with.
        std::hint::black_box(sum);
        Ok(took)
    }
}

/// What a reader of the numbers must know of where they come from.
pub(crate) fn machine() -> BTreeMap<String, String> {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cpu = text("/proc/cpuinfo");
    let mut machine = BTreeMap::from([
        ("system".to_owned(), std::env::consts::OS.to_owned()),
        ("architecture".to_owned(), std::env::consts::ARCH.to_owned()),
    ]);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    machine.insert("cores".to_owned(), cores.to_string());
    machine.extend(field(&cpu, "model name").map(|name| ("processor".to_owned(), name)));
    let memory = field(&text("/proc/meminfo"), "MemTotal");
    machine.extend(memory.map(|memory| ("memory".to_owned(), memory)));
    let kernel = text("/proc/sys/kernel/osrelease").trim().to_owned();
    if !kernel.is_empty() {
        machine.insert("kernel".to_owned(), kernel);
    }
    let pages = text("/sys/kernel/mm/transparent_hugepage/enabled");
    if let Some(chosen) = pages.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
        machine.insert("huge pages".to_owned(), chosen.0.to_owned());
    }
    machine
}
