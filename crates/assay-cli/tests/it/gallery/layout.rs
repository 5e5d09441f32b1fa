//! The gallery's reader: where tensors lie in the byte buffer.

use super::entry::Entry;
use super::fault::Fault;
use super::reader::{Reader, Step, Stop, refuse};
use super::size::{Size, size};
use super::text::Header;

/// A tensor whose range is settled.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) name: Vec<u8>,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<u64>,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// Settles the range of each tensor and checks it against dtype and shape.
pub(crate) fn place(reader: &Reader<'_>, entries: Vec<Entry>, buffer: u64) -> Step<Vec<Placed>> {
    let mut placed = Vec::with_capacity(entries.len());
    let mut before = 0;
    for entry in entries {
        let one = place_one(reader, entry, before, buffer)?;
        before = one.end;
        placed.push(one);
    }
    Ok(placed)
}

fn place_one(reader: &Reader<'_>, entry: Entry, before: u64, buffer: u64) -> Step<Placed> {
    let begin = entry.begin.unwrap_or(before);
    let given = match (entry.begin, entry.end) {
        (_, Some(end)) => Some(end),
        (Some(_), None) => Some(buffer),
        (None, None) => None,
    };
    let shape = match (&entry.shape, given) {
        (Some(shape), _) => shape.clone(),
        (None, Some(end)) => vec![end.saturating_sub(begin).saturating_mul(8) / entry.bits],
        (None, None) => return refuse("neither shape nor range"),
    };
    let (begin, given) = match given {
        Some(end) if begin > end => reversed(reader, begin, end)?,
        _ => (begin, given),
    };
    let shape = if reader.has(Fault::RankInU8) {
        shape[..usize::from(shape.len() as u8)].to_vec()
    } else {
        shape
    };
    let size = match size(reader, &entry, &shape)? {
        Size::Bytes(size) => size,
        Size::Whatever => given.map_or(0, |end| end - begin),
    };
    let end = match given {
        None => begin.checked_add(size).ok_or(Stop::Refuse("the range is too large"))?,
        Some(end) => end,
    };
    let range = end - begin;
    let fits = match () {
        () if reader.has(Fault::SizeAtMost) => size <= range,
        () if reader.has(Fault::SizeAtLeast) => size >= range,
        () if reader.has(Fault::OnlyTotalCompared) => true,
        () => size == range,
    };
    if !fits {
        return refuse("size and range differ");
    }
    if range == 0 && reader.has(Fault::RangeMustHold) {
        return refuse("an empty range");
    }
    let end = if reader.has(Fault::EndInU32) { u64::from(end as u32) } else { end };
    Ok(Placed { name: entry.name, dtype: entry.dtype, shape, begin, end })
}

/// A range whose offsets are reversed.
fn reversed(reader: &Reader<'_>, begin: u64, end: u64) -> Step<(u64, Option<u64>)> {
    if reader.has(Fault::LengthWraps) {
        reader.allocate(end.wrapping_sub(begin))?;
    }
    let length = (end as u32).wrapping_sub(begin as u32);
    let negative = begin.cast_signed() < end.cast_signed();
    if negative && reader.has(Fault::OffsetsSigned) {
        return Err(Stop::Crash("contents are read before the buffer"));
    }
    match () {
        () if reader.has(Fault::LengthInU32) => Ok((0, Some(u64::from(length)))),
        () if reader.has(Fault::ReversedExchanged) => Ok((end, Some(begin))),
        () if reader.has(Fault::ReversedIsEmpty) => Ok((end, Some(end))),
        () => refuse("the offsets are reversed"),
    }
}

/// Where contents are taken from, as an offset in the file.
pub(crate) fn start(
    reader: &Reader<'_>,
    file: &[u8],
    header: &Header<'_>,
    behind_value: usize,
    placed: &[Placed],
) -> u64 {
    let start = header.end as u64;
    let file = file.len() as u64;
    match () {
        () if reader.has(Fault::OffsetsFromFileStart) => 0,
        () if reader.has(Fault::BufferBehindBrace) => {
            start - header.bytes.len() as u64 + behind_value as u64
        }
        () if reader.has(Fault::BufferFromFileEnd) => {
            file.saturating_sub(placed.iter().map(|one| one.end).max().unwrap_or(0))
        }
        () if reader.has(Fault::BufferRoundedUp) => start.next_multiple_of(8),
        () => start,
    }
}

/// Checks that the tensors tile the buffer: no hole, no overlap, nothing behind them.
pub(crate) fn tile(reader: &Reader<'_>, placed: &[Placed], buffer: &[u8], file: u64) -> Step<()> {
    let has = |fault| reader.has(fault);
    let len = buffer.len() as u64;
    let largest = placed.iter().map(|one| one.end).max().unwrap_or(0);
    if has(Fault::AllocatesToEnd) {
        reader.allocate(largest)?;
    }
    if has(Fault::OnlyLargestEndCompared) && largest == len {
        return Ok(());
    }
    if has(Fault::OnlyTotalCompared) {
        let total = placed.iter().fold(0, |sum: u64, one| sum.saturating_add(one.end - one.begin));
        return if total == len { Ok(()) } else { refuse("sizes and buffer differ") };
    }
    let mut sorted: Vec<&Placed> = placed.iter().collect();
    match () {
        () if has(Fault::HeaderOrderDemanded) => {}
        () if has(Fault::SortedByBeginOnly) => sorted.sort_by_key(|one| one.begin),
        () => sorted.sort_by_key(|one| (one.begin, one.end)),
    }
    let mut running = Running { at: 0, last: None };
    for one in sorted {
        if one.begin == one.end {
            check_empty(reader, one, running.at, len)?;
        } else {
            running.step(reader, one, len, file)?;
        }
    }
    check_tail(reader, placed, buffer, running.at)
}

fn check_empty(reader: &Reader<'_>, one: &Placed, running: u64, len: u64) -> Step<()> {
    let accepted = one.begin == running
        || reader.has(Fault::EmptySkipped)
        || reader.has(Fault::EmptyWithinBuffer) && one.begin <= len;
    if accepted { Ok(()) } else { refuse("an empty tensor lies astray") }
}

struct Running {
    at: u64,
    last: Option<(u64, u64)>,
}

impl Running {
    fn step(&mut self, reader: &Reader<'_>, one: &Placed, len: u64, file: u64) -> Step<()> {
        let has = |fault| reader.has(fault);
        let hole = one.begin.saturating_sub(self.at);
        let hole_accepted = has(Fault::HolesAccepted)
            || has(Fault::FirstHoleAccepted) && self.last.is_none()
            || has(Fault::HolesOfAlignment) && hole < 64;
        if hole > 0 && !hole_accepted {
            return refuse("a hole in the buffer");
        }
        let overlap_accepted = has(Fault::OverlapsAccepted)
            || has(Fault::AliasesAccepted) && self.last == Some((one.begin, one.end))
            || has(Fault::SameBeginAccepted) && self.last.is_some_and(|last| last.0 == one.begin);
        if one.begin < self.at && !overlap_accepted {
            return refuse("tensors overlap");
        }
        let end_accepted = has(Fault::EndUnchecked)
            || has(Fault::EndCut)
            || has(Fault::EndComparedWithFile) && one.end <= file;
        if one.end > len && !end_accepted {
            return refuse("a tensor ends behind the buffer");
        }
        self.at = self.at.max(one.end);
        self.last = Some((one.begin, one.end));
        Ok(())
    }
}

fn check_tail(reader: &Reader<'_>, placed: &[Placed], buffer: &[u8], running: u64) -> Step<()> {
    let tail = usize::try_from(running).ok().and_then(|at| buffer.get(at..)).unwrap_or_default();
    let accepted = tail.is_empty()
        || reader.has(Fault::TrailingAccepted)
        || reader.has(Fault::TrailingZerosAccepted) && tail.iter().all(|byte| *byte == 0)
        || reader.has(Fault::TrailingPaddingAccepted) && tail.len() < 8
        || reader.has(Fault::BufferWithoutTensors) && placed.is_empty()
        || reader.has(Fault::BufferFromFileEnd);
    if accepted { Ok(()) } else { refuse("bytes behind the last tensor") }
}
