//! What needs no idea of the file: runs of bytes go, bytes become plainer.

use super::engine::{Engine, Units};
use super::parts::Mode;
use crate::draft::PREFIX_BYTES;

/// Long texts are cut in runs of at least this part of them.
const FINEST: usize = 4_096;
/// Files above this length are large.
const LARGE: usize = 1 << 20;
/// In headers up to this length any two bytes are tried to go together.
const PAIRED: usize = 160;
/// Two bytes that go together are at most so far apart, in longer headers.
const APART: usize = 24;
/// In files up to this length every byte is tried to be a plainer one.
const PLAINED: usize = 512;

/// Removes large parts of a large file: what does not depend on its structure
/// is small after a few steps.
pub(super) fn coarse(engine: &mut Engine<'_>) {
    let len = engine.best().len();
    if len > LARGE {
        runs(engine, len / 8);
    }
}

/// Removes runs of bytes of the file; the prefix is bytes like others.
pub(super) fn whole_file(engine: &mut Engine<'_>) {
    runs(engine, engine.best().len() / FINEST);
}

fn runs(engine: &mut Engine<'_>, least: usize) {
    engine.remove_runs(least, &|file, _| {
        let file = file.to_vec();
        Some(Units {
            count: file.len(),
            without: Box::new(move |run| [&file[..run.start], &file[run.end..]].concat()),
        })
    });
}

/// Removes runs of bytes of the header, then pairs of bytes: brackets, quotes.
pub(super) fn header(engine: &mut Engine<'_>, mode: Mode) {
    let Some(parts) = engine.parts(mode) else { return };
    engine.remove_runs(parts.header.len() / FINEST, &|file, _| {
        let parts = mode.parts(file)?;
        Some(Units {
            count: parts.header.len(),
            without: Box::new(move |run| {
                parts.with_header(&[&parts.header[..run.start], &parts.header[run.end..]].concat())
            }),
        })
    });
    pairs(engine, mode);
}

fn pairs(engine: &mut Engine<'_>, mode: Mode) {
    while let Some(parts) = engine.parts(mode).filter(|parts| parts.header.len() <= PLAINED) {
        let header = &parts.header;
        let count = header.len();
        let apart = if count <= PAIRED { count } else { APART };
        let both = (0..count).flat_map(|a| (a + 1..count.min(a + apart)).map(move |b| (a, b)));
        let candidates = both.map(|(a, b)| {
            parts.with_header(&[&header[..a], &header[a + 1..b], &header[b + 1..]].concat())
        });
        if engine.try_in_order(candidates).is_none() {
            return;
        }
    }
}

/// Tries shorter and plainer prefixes that say something wrong.
pub(super) fn prefix(engine: &mut Engine<'_>, mode: Mode) {
    let Some(parts) = engine.parts(mode).filter(|_| mode == Mode::Kept) else { return };
    let length = parts.header.len() as u64;
    let old = parts.prefix();
    let powers = (0..64).map(|power| 1 << power);
    let values = [0, 1, length + 1, length.saturating_sub(1), old / 2, old.saturating_sub(1)];
    let whole = values.into_iter().chain(powers).map(|value: u64| value.to_le_bytes().to_vec());
    let cut = (0..PREFIX_BYTES as usize).map(|len| old.to_le_bytes()[..len].to_vec());
    let candidates: Vec<Vec<u8>> =
        cut.chain(whole).map(|prefix| parts.with_prefix(&prefix)).collect();
    engine.try_in_order(candidates.into_iter());
}

/// Puts plainer bytes in the place of others: zeros in the byte buffer, all at
/// once; then digits, letters and spaces anywhere.
pub(super) fn plainer(engine: &mut Engine<'_>, mode: Mode) {
    let Some(parts) = engine.parts(mode).filter(|_| engine.best().len() <= LARGE) else { return };
    let mut zeros = engine.best().to_vec();
    let from = zeros.len() - parts.data.len();
    zeros[from..].fill(0);
    engine.try_in_order(std::iter::once(zeros));
    let mut at = PREFIX_BYTES as usize;
    while at < engine.best().len().min(PLAINED) {
        let file = engine.best().to_vec();
        let places = (at..file.len().min(PLAINED))
            .flat_map(|place| b"\x0001a \"".map(|plain| (place, plain)));
        let places: Vec<(usize, u8)> = places.collect();
        let candidates = places.iter().map(|(place, plain)| {
            let mut candidate = file.clone();
            candidate[*place] = *plain;
            candidate
        });
        match engine.try_in_order(candidates) {
            Some(held) => at = places[held].0,
            None => return,
        }
    }
}
