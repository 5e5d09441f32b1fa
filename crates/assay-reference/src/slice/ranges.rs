//! Walks over a plan's byte ranges in the order of the slice's elements.

use alloc::vec::Vec;
use core::iter::FusedIterator;

use assay_spec::Span;

use super::plan::Loop;

/// The byte ranges of a slice in the order of its elements, in bytes from the
/// start of the file.
///
/// No two share a byte. A range that runs backwards over a dimension gives
/// ranges in descending order. Nothing is allocated on the way; [`Iterator::nth`]
/// takes as long as [`Iterator::next`].
#[derive(Debug, Clone)]
pub struct Ranges<'s> {
    starts: Starts<'s>,
    run: u64,
}

impl<'s> Ranges<'s> {
    pub(super) fn new(starts: Starts<'s>, run: u64) -> Ranges<'s> {
        Ranges { starts, run }
    }

    /// How many ranges are still to come. There is no `len`: on a machine of 32
    /// bits there may be more than a `usize` counts.
    pub fn remaining(&self) -> u64 {
        self.starts.remaining
    }

    fn span(&self, start: u64) -> Span {
        Span::new(start, start + self.run)
    }
}

impl Iterator for Ranges<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        self.starts.next().map(|start| self.span(start))
    }

    fn nth(&mut self, skipped: usize) -> Option<Span> {
        self.starts.skip_turns(skipped as u64);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.starts.size_hint()
    }
}

impl FusedIterator for Ranges<'_> {}

/// Where each range begins: nested loops, their turns counted here.
#[derive(Debug, Clone)]
pub(super) struct Starts<'s> {
    loops: &'s [Loop],
    first: u64,
    at: u64,
    turns: Vec<u64>,
    total: u64,
    remaining: u64,
}

impl<'s> Starts<'s> {
    /// Loops around one thing at `first`, or around nothing.
    pub(super) fn new(loops: &'s [Loop], first: u64, is_empty: bool) -> Starts<'s> {
        let total = if is_empty { 0 } else { count(loops) };
        Starts { loops, first, at: first, turns: vec![0; loops.len()], total, remaining: total }
    }

    /// Leaves out the next so many.
    fn skip_turns(&mut self, skipped: u64) {
        self.remaining = self.remaining.saturating_sub(skipped);
        let mut number = self.total - self.remaining;
        self.at = self.first;
        for (around, turn) in self.loops.iter().zip(&mut self.turns).rev() {
            *turn = number % around.turns;
            number /= around.turns;
            self.at = self.at.wrapping_add(around.stride.wrapping_mul(*turn));
        }
    }
}

/// How often nested loops turn. Each turn is at other bytes of a tensor, so it fits.
pub(super) fn count(loops: &[Loop]) -> u64 {
    loops.iter().fold(1, |count, around| around.turns.saturating_mul(count))
}

impl Iterator for Starts<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.remaining = self.remaining.checked_sub(1)?;
        let at = self.at;
        for (around, turn) in self.loops.iter().zip(&mut self.turns).rev() {
            *turn += 1;
            if *turn < around.turns {
                self.at = self.at.wrapping_add(around.stride);
                break;
            }
            *turn = 0;
            self.at = self.at.wrapping_sub(around.stride.wrapping_mul(around.turns - 1));
        }
        Some(at)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match usize::try_from(self.remaining) {
            Ok(remaining) => (remaining, Some(remaining)),
            Err(_) => (usize::MAX, None),
        }
    }
}
