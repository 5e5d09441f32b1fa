//! Ranges walked in the wrong order, and faults that are let pass.

use assay_spec::check::Fault;

use super::{Order, Pass};

/// A range as the walk meets it, and what lies around.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Met<'a> {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    /// End of what was covered before.
    pub(crate) running: u64,
    pub(crate) buffer_len: u64,
    pub(crate) file_len: u64,
    /// Ranges met before, in their order.
    pub(crate) before: &'a [(u64, u64)],
}

impl Order {
    /// Sorts tensors, given as (header turn, name, begin, end).
    pub(crate) fn sort(self, tensors: &mut [(usize, String, u64, u64)]) {
        match self {
            Order::BeginOnly => {
                tensors.sort_by_key(|(turn, _, begin, _)| (*begin, std::cmp::Reverse(*turn)));
            }
            Order::EndOnly => tensors.sort_by_key(|(turn, _, _, end)| (*end, *turn)),
            Order::Header => tensors.sort_by_key(|(turn, ..)| *turn),
            Order::Name => tensors.sort_by(|a, b| a.1.cmp(&b.1)),
            Order::BeginAsText => {
                tensors.sort_by_key(|(turn, _, begin, end)| {
                    (begin.to_string(), end.to_string(), *turn)
                });
            }
        }
    }
}

impl Pass {
    /// The kind of fault that is let pass.
    pub(super) fn fault(self) -> Fault {
        match self {
            Pass::First(fault) | Pass::Later(fault) | Pass::Alignment(fault) => fault,
            Pass::SameRange | Pass::Nested => Fault::Overlap,
            Pass::NoTensors | Pass::OneByte => Fault::Tail,
            Pass::EmptyInBuffer => Fault::MisplacedEmpty,
            Pass::OverrunByOne | Pass::OverrunWithinFileLength => Fault::Overrun,
        }
    }

    /// Whether a fault is let pass at a range; at the buffer's end the range is
    /// what follows the last tensor.
    pub(crate) fn lets(self, fault: Fault, met: &Met<'_>) -> bool {
        if fault != self.fault() {
            return false;
        }
        match self {
            Pass::First(_) => met.before.is_empty(),
            Pass::Later(_) => !met.before.is_empty(),
            Pass::Alignment(Fault::Tail) => met.end.is_multiple_of(8) && met.end - met.begin < 8,
            Pass::Alignment(_) => met.begin.is_multiple_of(8) && met.begin - met.running < 8,
            Pass::SameRange => met.before.contains(&(met.begin, met.end)),
            Pass::Nested => met.end <= met.running,
            Pass::NoTensors => met.before.is_empty(),
            Pass::OneByte => met.end - met.begin == 1,
            Pass::EmptyInBuffer => met.begin <= met.buffer_len,
            Pass::OverrunByOne => met.end - 1 == met.buffer_len,
            Pass::OverrunWithinFileLength => met.end <= met.file_len,
        }
    }
}
