//! Compares readers fairly on a machine that others use too.
//!
//! Time is that of the processor on this thread, so that waiting for a turn
//! does not count. Readers take turns within each round, and what is reported
//! of two of them is the median of the rounds' own ratios: whatever slows a
//! round down slows both.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

use super::trim::trim;

/// A reader: gives the number of tensors, or of files that it accepts.
pub(crate) type Reader<'a> = &'a mut dyn FnMut() -> usize;

/// Nanoseconds of processor time that each reader took in each round, for one
/// pass; `repeat` passes are timed together.
pub(crate) fn rounds(rounds: usize, repeat: usize, readers: &mut [Reader<'_>]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); readers.len()];
    for round in 0..rounds {
        for turn in 0..readers.len() {
            // Another one begins each round.
            let at = (round + turn) % readers.len();
            trim();
            let start = now();
            for _ in 0..repeat {
                black_box(readers[at]());
            }
            times[at].push((now() - start) / repeat as f64);
        }
    }
    times
}

/// The median of the rounds' ratios of two readers.
pub(crate) fn ratio(slower: &[f64], faster: &[f64]) -> f64 {
    median(slower.iter().zip(faster).map(|(slower, faster)| slower / faster).collect())
}

/// The middle one, or the upper one of the two there.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
