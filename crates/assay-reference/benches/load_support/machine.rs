//! The machine: processors, memory, and what the system counted.

use std::fs::File;
use std::sync::LazyLock;

use memmap2::{Advice, MmapMut};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::unistd::Pid;
use rustix::time::{ClockId, clock_gettime};

/// The processors that threads are bound to: the first two that there are.
static PROCESSORS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let allowed = sched_getaffinity(Pid::from_raw(0)).expect("the system knows where we may run");
    (0..CpuSet::count()).filter(|at| allowed.is_set(*at).unwrap_or(false)).take(2).collect()
});

pub(crate) fn processors() -> &'static [usize] {
    &PROCESSORS
}

/// Binds the calling thread, the `number`th of its crew, to a processor.
pub(crate) fn bind(number: usize) {
    let mut one = CpuSet::new();
    let processor = PROCESSORS[number % PROCESSORS.len()];
    // Not being bound makes figures worse, not wrong.
    let _ = one.set(processor).and_then(|()| sched_setaffinity(Pid::from_raw(0), &one));
}

/// What the system counted for this process.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) minor_faults: i64,
    /// Processor time of all threads, more exactly than its two parts.
    pub(crate) processor: f64,
    pub(crate) user: f64,
    pub(crate) system: f64,
}

impl Usage {
    pub(crate) fn now() -> Usage {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("it has no way to fail");
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let seconds =
            |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        Usage {
            minor_faults: usage.minor_page_faults(),
            processor: time.tv_sec as f64 + time.tv_nsec as f64 / 1e9,
            user: seconds(usage.user_time()),
            system: seconds(usage.system_time()),
        }
    }

    pub(crate) fn since(self, before: Usage) -> Usage {
        Usage {
            minor_faults: self.minor_faults - before.minor_faults,
            processor: self.processor - before.processor,
            user: self.user - before.user,
            system: self.system - before.system,
        }
    }
}

/// Memory in huge pages where the system has them, not touched.
pub(crate) fn memory(len: usize) -> MmapMut {
    let map = MmapMut::map_anon(len.next_multiple_of(2 << 20)).expect("there is memory");
    let _ = map.advise(Advice::HugePage);
    map
}

/// Touches so much memory and gives it back, so that the host of a virtual
/// machine has as much at hand.
pub(crate) fn touch(len: usize) {
    memory(len).iter_mut().step_by(4096).for_each(|byte| *byte = 1);
}

/// Drops a file from the system's cache.
pub(crate) fn evict(file: &File) {
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).expect("it is a file");
}

/// Bytes of memory that this process has.
pub(crate) fn resident() -> i64 {
    let counts = std::fs::read_to_string("/proc/self/statm").expect("this is Linux");
    let pages = counts.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok());
    pages.expect("the second count is that of resident pages") * 4096
}

/// Bytes of memory that can be had.
pub(crate) fn available() -> u64 {
    let info = std::fs::read_to_string("/proc/meminfo").expect("this is Linux");
    let line = info.lines().find(|line| line.starts_with("MemAvailable:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.expect("the system says what is available") * 1024
}
