//! Medians, quartiles and bootstrap intervals.

use assay_protocol::bench::Spread;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use statrs::statistics::{Data, OrderStatistics as _};

/// Samples that are drawn anew for an interval.
const DRAWS: usize = 1_000;

/// How samples spread. Of none, nothing.
pub(crate) fn spread(samples: &[u64]) -> Spread {
    if samples.is_empty() {
        return Spread::default();
    }
    let values: Vec<f64> = samples.iter().map(|sample| *sample as f64).collect();
    let mut data = Data::new(values.clone());
    // The same samples give the same interval.
    let mut random = ChaCha8Rng::seed_from_u64(samples.len() as u64);
    let mut drawn = || {
        let count = values.len() as u64;
        let draw = |_| values[(random.next_u64() % count) as usize];
        Data::new((0..values.len()).map(draw).collect::<Vec<f64>>()).median()
    };
    let mut medians = Data::new((0..DRAWS).map(|_| drawn()).collect::<Vec<f64>>());
    Spread {
        median: data.median(),
        quartiles: [data.lower_quartile(), data.upper_quartile()],
        interval: [medians.quantile(0.025), medians.quantile(0.975)],
    }
}

/// The median of numbers; 0 of none.
pub(crate) fn median(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

/// Whether an interval is narrow enough to stop: a width of at most a twentieth of the median.
pub(crate) fn is_tight(spread: &Spread) -> bool {
    spread.interval[1] - spread.interval[0] <= spread.median / 20.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_those_of_the_textbook() {
        let even = spread(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(even.median, 5.0);
        assert!(even.quartiles[0] < even.median && even.median < even.quartiles[1], "{even:?}");
        assert!(even.interval[0] >= 1.0 && even.interval[1] <= 9.0, "{even:?}");
        assert!(!is_tight(&even));
        let same = spread(&[7; 9]);
        assert_eq!((same.quartiles, same.interval), ([7.0; 2], [7.0; 2]));
        assert!(is_tight(&same));
        assert_eq!(spread(&[]), Spread::default());
        assert_eq!((median([3, 9, 1].into_iter()), median([].into_iter())), (3, 0));
    }
}
