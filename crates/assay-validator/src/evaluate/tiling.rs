//! How the tensors' ranges lie in the byte buffer.

use assay_spec::Span;
use assay_spec::check::Fault;

use crate::facts::{Facts, Offsets};
use crate::judgement::Sink;
use crate::message::{about_tensor, bytes, bytes_belong};
use crate::slip::Slip;
use crate::slip::tiling::Met;

/// Walks the tensors in the order of their ranges. The running offset is the
/// end of what they have covered so far; empty tensors do not move it.
pub(super) fn tiling(forbid: Fault, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some((document, object)), Some(data_start), Some(buffer_len)) =
        (facts.object(), facts.data_start(), facts.buffer_len())
    else {
        return;
    };
    let Some(order) = &object.tiling else { return };
    let mut running = 0;
    for (turn, tensor) in order.iter().map(|at| &object.tensors[*at]).enumerate() {
        let Some(range) = tensor.range() else { continue };
        let is_empty = range.begin == range.end;
        let broken = match forbid {
            Fault::MisplacedEmpty => is_empty && range.begin != running,
            Fault::Gap => !is_empty && range.begin > running,
            Fault::Overlap => !is_empty && range.begin < running,
            Fault::Overrun => !is_empty && range.end > buffer_len,
            Fault::Tail => false,
        };
        if broken && !slips(forbid, facts, turn, (range.begin, range.end), running) {
            let span = if forbid == Fault::Gap {
                in_file(data_start, running, range.begin)
            } else {
                document.span(range.value)
            };
            sink.report(span, || {
                about_tensor(facts, tensor.entry, &describe(forbid, range, running, buffer_len))
            });
        }
        if !is_empty {
            running = running.max(range.end);
        }
    }
    let is_tail = forbid == Fault::Tail && running < buffer_len;
    if is_tail && !slips(forbid, facts, order.len(), (running, buffer_len), running) {
        sink.report(in_file(data_start, running, buffer_len), || {
            format!(
                "the tensors end at byte {running} of the buffer, which has {}: {} to no tensor",
                bytes(buffer_len),
                bytes_belong(buffer_len - running)
            )
            .into()
        });
    }
}

/// Whether the fault is let pass, by a mistake that is made on purpose.
fn slips(
    fault: Fault,
    facts: &Facts<'_>,
    turn: usize,
    (begin, end): (u64, u64),
    running: u64,
) -> bool {
    let (Some(Slip::Pass(pass)), Some((_, object))) = (facts.slip, facts.object()) else {
        return false;
    };
    let range = |at: &usize| object.tensors[*at].range().map(|range| (range.begin, range.end));
    let all: Vec<(u64, u64)> = object.tiling.iter().flatten().filter_map(range).collect();
    let buffer_len = facts.buffer_len().unwrap_or_default();
    let (before, file_len) = (&all[..turn.min(all.len())], facts.file_len);
    pass.lets(fault, &Met { begin, end, running, buffer_len, file_len, before })
}

/// Bytes of the buffer as bytes of the file, which they may lie beyond.
fn in_file(data_start: u64, begin: u64, end: u64) -> Span {
    Span::new(data_start.saturating_add(begin), data_start.saturating_add(end))
}

fn describe(fault: Fault, Offsets { begin, end, .. }: Offsets, running: u64, len: u64) -> String {
    let before = if running == 0 {
        "nothing lies before it".to_owned()
    } else {
        format!("the tensor before it ends at {running}")
    };
    match fault {
        Fault::Gap => {
            let left_out = bytes_belong(begin - running);
            format!("begins at byte {begin} of the buffer, but {before}: {left_out} to no tensor")
        }
        Fault::Overlap => {
            let count = bytes(running.min(end) - begin);
            format!("begins at byte {begin} of the buffer, but {before}: they share {count}")
        }
        Fault::MisplacedEmpty => {
            format!("is empty and lies at byte {begin} of the buffer, but belongs at {running}")
        }
        Fault::Overrun => {
            format!("ends at byte {end} of the buffer, which has only {}", bytes(len))
        }
        Fault::Tail => String::new(),
    }
}
