//! Longest first: the order in which implementations are dealt to lanes.
//!
//! A slow one that starts last keeps one processor busy while the others are
//! idle. What each took for a case last time is kept in the cache; one that
//! was never run goes first.

use std::collections::BTreeMap;
use std::path::Path;

use assay_harness::Ready;

use crate::corpus::build::replace;

const FILE: &str = "seconds-per-case.json";

/// Sorts by what the last runs took. A cache that cannot be read changes nothing.
pub(crate) fn longest_first(ready: &mut [Ready], cache: &Path) {
    let seconds = load(cache);
    let of = |one: &Ready| seconds.get(&one.adapter.id).copied().unwrap_or(f64::INFINITY);
    ready.sort_by(|a, b| of(b).total_cmp(&of(a)));
}

/// Keeps what this run took, in cases a second.
pub(crate) fn remember(rates: &BTreeMap<String, f64>, cache: &Path) -> anyhow::Result<()> {
    let mut seconds = load(cache);
    seconds.extend(rates.iter().map(|(id, rate)| (id.clone(), 1.0 / rate.max(f64::MIN_POSITIVE))));
    replace(&cache.join(FILE), serde_json::to_string(&seconds)?.as_bytes())
}

fn load(cache: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(cache.join(FILE)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
