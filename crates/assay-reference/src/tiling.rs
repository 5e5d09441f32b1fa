//! How the tensors' ranges lie in the byte buffer.

use alloc::vec::Vec;

use assay_spec::check::Fault;

use crate::tables::Range;

/// Which bytes show a fault of the tiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The offsets of the tensor at this position.
    Offsets(u32),
    /// These bytes of the byte buffer.
    Buffer(Range),
}

/// The positions of ordered ranges by (BEGIN, END), ties in the order given;
/// empty if they are in that order already.
pub(crate) fn order(ranges: &[Range]) -> Vec<u32> {
    let key = |range: &Range| (range.begin, range.end);
    if ranges.is_sorted_by_key(key) {
        return Vec::new();
    }
    let mut order: Vec<u32> = (0..ranges.len() as u32).collect();
    order.sort_unstable_by_key(|at| (key(&ranges[*at as usize]), *at));
    order
}

/// Reports every fault of the tiling of a buffer of this length.
pub(crate) fn judge(
    ranges: &[Range],
    order: &[u32],
    buffer_len: u64,
    mut report: impl FnMut(Fault, Shown),
) {
    let mut running = 0;
    for turn in 0..ranges.len() as u32 {
        let at = if order.is_empty() { turn } else { order[turn as usize] };
        let Range { begin, end } = ranges[at as usize];
        if begin == end {
            if begin != running {
                report(Fault::MisplacedEmpty, Shown::Offsets(at));
            }
            continue;
        }
        if begin > running {
            report(Fault::Gap, Shown::Buffer(Range { begin: running, end: begin }));
        } else if begin < running {
            report(Fault::Overlap, Shown::Offsets(at));
        }
        if end > buffer_len {
            report(Fault::Overrun, Shown::Offsets(at));
        }
        running = running.max(end);
    }
    if running < buffer_len {
        report(Fault::Tail, Shown::Buffer(Range { begin: running, end: buffer_len }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(ranges: &[(u64, u64)], buffer_len: u64) -> Vec<(Fault, Shown)> {
        let ranges: Vec<Range> =
            ranges.iter().map(|(begin, end)| Range { begin: *begin, end: *end }).collect();
        let mut found = Vec::new();
        judge(&ranges, &order(&ranges), buffer_len, |fault, shown| found.push((fault, shown)));
        found
    }

    fn buffer(begin: u64, end: u64) -> Shown {
        Shown::Buffer(Range { begin, end })
    }

    #[test]
    fn a_tiling_has_no_fault() {
        assert_eq!(faults(&[], 0), []);
        assert_eq!(faults(&[(0, 2), (2, 5)], 5), []);
        assert_eq!(faults(&[(2, 5), (0, 2)], 5), []);
        assert_eq!(faults(&[(0, 0), (5, 5), (0, 5), (5, 5), (0, 0)], 5), []);
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(faults(&[(1, 2)], 2), [(Fault::Gap, buffer(0, 1))]);
        assert_eq!(faults(&[(0, 2), (0, 2)], 2), [(Fault::Overlap, Shown::Offsets(1))]);
        assert_eq!(faults(&[(0, 9), (1, 2)], 9), [(Fault::Overlap, Shown::Offsets(1))]);
        assert_eq!(faults(&[], 3), [(Fault::Tail, buffer(0, 3))]);
        assert_eq!(faults(&[(0, 2)], 3), [(Fault::Tail, buffer(2, 3))]);
        assert_eq!(faults(&[(0, 4)], 3), [(Fault::Overrun, Shown::Offsets(0))]);
        assert_eq!(faults(&[(0, 3), (1, 1)], 3), [(Fault::MisplacedEmpty, Shown::Offsets(1))]);
        assert_eq!(
            faults(&[(u64::MAX, u64::MAX), (3, u64::MAX)], 3),
            [(Fault::Gap, buffer(0, 3)), (Fault::Overrun, Shown::Offsets(1)),]
        );
    }
}
