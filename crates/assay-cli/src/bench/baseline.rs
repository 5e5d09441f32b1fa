//! Whether anybody became slower than in an earlier bench.
//!
//! Times of two runs are never compared, only ratios: each sample by what the machine did with
//! the same bytes in the same run. Whether two sets of ratios differ is Mood's median test:
//! how many of each lie above the median of all, judged by Fisher's exact test.

use assay_protocol::bench::{BenchReport, Row, Work};
use statrs::statistics::{Data, OrderStatistics as _};
use statrs::stats_tests::{Alternative, fishers_exact};

/// What is less likely than this by chance alone is no chance.
const CHANCE: f64 = 0.01;
/// Smaller differences are nobody's concern.
const NOTABLE: f64 = 1.05;

/// A row that is measured in both.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compared {
    pub(crate) work: String,
    pub(crate) id: String,
    pub(crate) mode: Option<String>,
    /// Time by the machine's, now by before: 1.10 is a tenth slower.
    pub(crate) ratio: f64,
    /// How likely so large a difference is by chance.
    pub(crate) chance: f64,
}

impl Compared {
    pub(crate) fn is_slower(&self) -> bool {
        self.chance < CHANCE && self.ratio > NOTABLE
    }

    pub(crate) fn is_faster(&self) -> bool {
        self.chance < CHANCE && self.ratio < 1.0 / NOTABLE
    }
}

/// All rows that both benches have, of the same work with the same bytes.
pub(crate) fn compare(before: &BenchReport, now: &BenchReport) -> Vec<Compared> {
    let mut all = Vec::new();
    for work in &now.works {
        let is_same = |other: &&Work| {
            (&other.name, other.cache, other.bytes, other.tensors)
                == (&work.name, work.cache, work.bytes, work.tensors)
        };
        let Some(old) = before.works.iter().find(is_same) else { continue };
        let (Some(machine), Some(old_machine)) = (machine(work), machine(old)) else { continue };
        for row in work.rows.iter().filter(|row| !row.ceiling) {
            let is_same = |other: &&Row| (&other.id, &other.mode) == (&row.id, &row.mode);
            let Some(old) = old.rows.iter().filter(|row| !row.ceiling).find(is_same) else {
                continue;
            };
            let (samples, old) = (ratios(row, machine), ratios(old, old_machine));
            if samples.is_empty() || old.is_empty() {
                continue;
            }
            all.push(Compared {
                work: work.name.clone(),
                id: row.id.clone(),
                mode: row.mode.clone(),
                ratio: median(&samples) / median(&old),
                chance: chance(&samples, &old),
            });
        }
    }
    all
}

/// The best that the machine did.
fn machine(work: &Work) -> Option<f64> {
    let of = work.rows.iter().filter(|row| row.ceiling).map(|row| row.wall.median);
    of.filter(|median| *median > 0.0).min_by(f64::total_cmp)
}

fn ratios(row: &Row, machine: f64) -> Vec<f64> {
    row.wall_ns.iter().map(|sample| *sample as f64 / machine).collect()
}

fn median(samples: &[f64]) -> f64 {
    Data::new(samples.to_vec()).median()
}

/// Mood's median test.
fn chance(a: &[f64], b: &[f64]) -> f64 {
    let middle = median(&[a, b].concat());
    let above = |of: &[f64]| of.iter().filter(|sample| **sample > middle).count() as u64;
    let (above_a, above_b) = (above(a), above(b));
    let table = [above_a, above_b, a.len() as u64 - above_a, b.len() as u64 - above_b];
    fishers_exact(&table, Alternative::TwoSided).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use assay_protocol::bench::{BENCH_SCHEMA, Cache};
    use assay_protocol::message::BenchWork;

    use super::*;
    use crate::bench::statistics::spread;

    fn row(id: &str, ceiling: bool, wall_ns: Vec<u64>) -> Row {
        Row {
            id: id.to_owned(),
            ceiling,
            mode: None,
            wall: spread(&wall_ns),
            wall_ns,
            returned_ns: 0,
            cpu_us: 0,
            memory: 0,
            faults: 0,
            read: 0,
            failure: None,
        }
    }

    /// A bench on a machine so many times as slow, of a reader so many percent as slow as it was.
    fn bench(machine: u64, percent: u64, bytes: u64) -> BenchReport {
        let samples = |of: u64| (95..106).map(|jitter| of * jitter * machine).collect();
        BenchReport {
            schema: BENCH_SCHEMA.to_owned(),
            suite: String::new(),
            machine: Default::default(),
            not_timed: Default::default(),
            works: vec![Work {
                name: "load".to_owned(),
                what: BenchWork::Load,
                cache: Cache::Warm,
                file_bytes: bytes,
                tensors: 1,
                bytes,
                rounds: 11,
                rows: vec![row("read", true, samples(50)), row("reader", false, samples(percent))],
            }],
        }
    }

    #[test]
    fn a_slower_machine_is_no_slower_reader() {
        let compared = compare(&bench(1, 100, 7), &bench(3, 100, 7));
        let [only] = compared.as_slice() else { panic!("{compared:?}") };
        assert!((only.ratio - 1.0).abs() < 1e-9 && only.chance > 0.5, "{only:?}");
        assert!(!only.is_slower() && !only.is_faster());
    }

    #[test]
    fn who_became_slower_or_faster_is_told() {
        let slower = &compare(&bench(1, 100, 7), &bench(2, 130, 7))[0];
        assert!(slower.is_slower() && (slower.ratio - 1.3).abs() < 1e-9, "{slower:?}");
        let faster = &compare(&bench(1, 130, 7), &bench(2, 100, 7))[0];
        assert!(faster.is_faster() && !faster.is_slower(), "{faster:?}");
        // Sure, and too little to matter.
        let a_little = &compare(&bench(1, 1000, 7), &bench(1, 1030, 7))[0];
        assert!(!a_little.is_slower(), "{a_little:?}");
    }

    #[test]
    fn other_bytes_are_another_work() {
        assert!(compare(&bench(1, 100, 7), &bench(1, 200, 8)).is_empty());
    }
}
