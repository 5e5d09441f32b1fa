//! Asks about candidates in batches and keeps the simplest file that holds.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use assay_spec::Dialect;

use super::parts::{Edit, Mode, Parts};
use super::{Holds, ShrinkBudget, Shrunk};

/// Candidates of a batch, least and most: batches grow while nothing holds.
const BATCH: (usize, usize) = (4, 64);
/// Most bytes of a batch of several candidates.
const BATCH_BYTES: usize = 1 << 20;

/// The search.
pub(super) struct Engine<'a> {
    dialect: &'a Dialect,
    best: Vec<u8>,
    holds: &'a mut Holds<'a>,
    /// Digests of what was asked about.
    tried: HashSet<u64>,
    left: ShrinkBudget,
    asked: u64,
    over: bool,
}

/// Units that can be removed in runs.
pub(super) struct Units<'a> {
    pub(super) count: usize,
    /// The file without a run of them.
    pub(super) without: Box<dyn Fn(Range<usize>) -> Vec<u8> + 'a>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        dialect: &'a Dialect,
        bytes: &[u8],
        left: ShrinkBudget,
        holds: &'a mut Holds<'a>,
    ) -> Engine<'a> {
        let best = bytes.to_vec();
        Engine { dialect, best, holds, tried: HashSet::new(), left, asked: 0, over: false }
    }

    pub(super) fn best(&self) -> &[u8] {
        &self.best
    }

    pub(super) fn parts(&self, mode: Mode) -> Option<Parts> {
        mode.parts(&self.best)
    }

    /// Whether nothing more may be tried.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn finish(self) -> Shrunk {
        Shrunk { bytes: self.best, candidates: self.asked, finished: !self.over }
    }

    /// Asks about candidates, in batches; the first that holds is taken. Returns which.
    pub(super) fn try_in_order(
        &mut self,
        candidates: impl Iterator<Item = Vec<u8>>,
    ) -> Option<usize> {
        let mut batch = Vec::new();
        let mut numbers = Vec::new();
        let mut bytes = 0;
        let mut most = BATCH.0;
        for (number, candidate) in candidates.enumerate() {
            if !self.pay(candidate.len() as u64) {
                return None;
            }
            if !is_simpler(&candidate, &self.best) || !self.tried.insert(digest(&candidate)) {
                continue;
            }
            bytes += candidate.len();
            batch.push(candidate);
            numbers.push(number);
            if batch.len() >= most || bytes >= BATCH_BYTES {
                most = BATCH.1.min(2 * most);
                if let Some(held) = self.ask(&mut batch) {
                    return Some(numbers[held]);
                }
                numbers.clear();
                bytes = 0;
            }
            if self.over {
                return None;
            }
        }
        self.ask(&mut batch).map(|held| numbers[held])
    }

    /// Takes the bytes of a candidate from what is left.
    fn pay(&mut self, bytes: u64) -> bool {
        match self.left.bytes.checked_sub(bytes) {
            Some(left) => self.left.bytes = left,
            None => self.over = true,
        }
        !self.over
    }

    /// Asks about a batch and empties it. The first that holds becomes the best.
    fn ask(&mut self, batch: &mut Vec<Vec<u8>>) -> Option<usize> {
        if batch.is_empty() || self.over {
            return None;
        }
        let count = batch.len() as u64;
        let Some(left) = self.left.candidates.checked_sub(count) else {
            self.over = true;
            return None;
        };
        self.left.candidates = left;
        self.asked += count;
        let Some(answers) = (self.holds)(batch) else {
            self.over = true;
            return None;
        };
        let held = answers.iter().take(batch.len()).position(|holds| *holds);
        if let Some(at) = held {
            self.best = batch.swap_remove(at);
        }
        batch.clear();
        held
    }

    /// Tries edits one after the other, going on from the place of each that holds.
    pub(super) fn try_edits(&mut self, mode: Mode, edits: &dyn Fn(&Parts, &Dialect) -> Vec<Edit>) {
        let mut from = 0;
        while let Some(parts) = self.parts(mode) {
            let list = edits(&parts, self.dialect);
            let rest = list.get(from..).unwrap_or_default();
            match self.try_in_order(rest.iter().map(|edit| parts.with(edit))) {
                Some(held) => from += held,
                None => return,
            }
        }
    }

    /// Removes units in runs: all, halves, quarters, down to runs of `least`.
    /// From the end to the start, as what comes first is rarely in the way of
    /// what follows. `units` says what there is to remove from a file.
    pub(super) fn remove_runs(
        &mut self,
        least: usize,
        units: &dyn Fn(&[u8], &Dialect) -> Option<Units<'static>>,
    ) {
        let least = least.max(1);
        let Some(first) = units(&self.best, self.dialect) else { return };
        let mut size = first.count;
        let mut end = first.count;
        while size >= least && !self.over {
            let Some(Units { count, without }) = units(&self.best, self.dialect) else { return };
            size = size.min(count.max(1));
            end = end.min(count);
            let ends = (0..).map(|step: usize| end.checked_sub(step.saturating_mul(size)));
            let ends = ends.map_while(|end| end.filter(|end| *end > 0));
            let candidates = ends.map(|end| without(end.saturating_sub(size)..end));
            match self.try_in_order(candidates) {
                // What stood before the run is next.
                Some(held) => end = end.saturating_sub((held + 1).saturating_mul(size)),
                None => end = 0,
            }
            if end == 0 {
                size /= 2;
                end = usize::MAX;
            }
        }
    }
}

/// Fewer bytes; or as many, and plainer ones.
fn is_simpler(one: &[u8], other: &[u8]) -> bool {
    let plain = |bytes: &[u8]| bytes.iter().map(|byte| weight(*byte)).sum::<u64>();
    match one.len().cmp(&other.len()) {
        std::cmp::Ordering::Equal => (plain(one), one) < (plain(other), other),
        shorter => shorter.is_lt(),
    }
}

/// How far a byte is from plain: zero bytes and zeros are the plainest.
fn weight(byte: u8) -> u64 {
    match byte {
        0 => 0,
        b'0' => 1,
        b'1' | b'a' | b' ' => 2,
        b'2'..=b'9' | b'"' | b'[' | b']' | b'{' | b'}' | b':' | b',' => 3,
        b'b'..=b'z' => 4,
        byte if byte.is_ascii_graphic() => 5,
        _ => 8,
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
