//! What is special about an index, from its items alone.

use assay_spec::check::Probe;

use super::SliceItem;

/// All probes of slices, in the order in which questions are made.
pub(super) const PROBES: [Probe; 16] = [
    Probe::SliceSelect,
    Probe::SliceRange,
    Probe::SliceMissing,
    Probe::SliceNegative,
    Probe::SliceClamped,
    Probe::SliceEmptyRange,
    Probe::SliceStep,
    Probe::SliceBackwards,
    Probe::SliceEllipsis,
    Probe::SliceCombined,
    Probe::SliceEmptyTensor,
    Probe::SliceWholeBytes,
    Probe::SliceOutside,
    Probe::SliceTooMany,
    Probe::SliceTwoEllipses,
    Probe::SliceStill,
];

/// Whether questions of a kind cannot be answered by a part.
pub(super) fn is_fault(probe: Probe) -> bool {
    matches!(
        probe,
        Probe::SliceOutside | Probe::SliceTooMany | Probe::SliceTwoEllipses | Probe::SliceStill
    )
}

/// The one thing that is special about an index into a tensor of this shape.
/// `None` if it cannot be applied for several reasons, or for one and is special otherwise.
pub fn kind(index: &[SliceItem], shape: &[u64], element_bits: u64) -> Option<Probe> {
    let ellipses = index.iter().filter(|item| **item == SliceItem::Ellipsis).count();
    let named = index.len() - ellipses;
    let is_long = named > shape.len();
    let mut marks = Vec::new();
    let mut mark = |holds: bool, probe: Probe| {
        if holds && !marks.contains(&probe) {
            marks.push(probe);
        }
    };
    mark(is_long, Probe::SliceTooMany);
    mark(ellipses > 1, Probe::SliceTwoEllipses);
    mark(ellipses == 1, Probe::SliceEllipsis);
    if !is_long && ellipses <= 1 {
        for (item, length) in dealt(index, shape) {
            of_item(item, length, &mut mark);
        }
    }
    let faults = marks.iter().filter(|probe| is_fault(**probe)).count();
    match (faults, marks.as_slice()) {
        (1, [fault]) => Some(*fault),
        // Still is still if a bound beside it is special; that is not asked for.
        (1.., _) => None,
        (0, marks) => without_fault(marks, index, shape, element_bits),
    }
}

fn without_fault(
    marks: &[Probe],
    index: &[SliceItem],
    shape: &[u64],
    element_bits: u64,
) -> Option<Probe> {
    if marks.contains(&Probe::SliceBackwards) {
        return Some(Probe::SliceBackwards);
    }
    if !element_bits.is_multiple_of(8) {
        let plain = marks.iter().all(|mark| *mark == Probe::SliceStep);
        return plain.then_some(Probe::SliceWholeBytes);
    }
    if shape.contains(&0) {
        let plain = marks.iter().all(|mark| *mark == Probe::SliceEmptyRange);
        return plain.then_some(Probe::SliceEmptyTensor);
    }
    Some(match marks {
        [] if index.len() < shape.len() => Probe::SliceMissing,
        [] if index.iter().any(|item| matches!(item, SliceItem::Select(_))) => Probe::SliceSelect,
        [] if index.is_empty() => Probe::SliceMissing,
        [] => Probe::SliceRange,
        [one] => *one,
        _ => Probe::SliceCombined,
    })
}

/// The items that name a dimension, with its length.
fn dealt<'i>(
    index: &'i [SliceItem],
    shape: &'i [u64],
) -> impl Iterator<Item = (SliceItem, u64)> + 'i {
    let at = index.iter().position(|item| *item == SliceItem::Ellipsis);
    let (front, back) = match at {
        Some(at) => (&index[..at], &index[at + 1..]),
        None => (index, &[][..]),
    };
    let last = shape[shape.len().saturating_sub(back.len())..].iter();
    let front = front.iter().zip(shape);
    front.chain(back.iter().zip(last)).map(|(item, length)| (*item, *length))
}

/// Marks what is special about one item.
fn of_item(item: SliceItem, length: u64, mark: &mut impl FnMut(bool, Probe)) {
    let length = i128::from(length);
    match item {
        SliceItem::Ellipsis => {}
        SliceItem::Select(position) => {
            let position = i128::from(position);
            let is_there = (-length..length).contains(&position);
            mark(!is_there, Probe::SliceOutside);
            mark(is_there && position < 0, Probe::SliceNegative);
        }
        SliceItem::Range { start, stop, step } => {
            let step = i128::from(step.unwrap_or(1));
            mark(step == 0, Probe::SliceStill);
            mark(step < 0, Probe::SliceBackwards);
            if step <= 0 {
                return;
            }
            mark(step > 1, Probe::SliceStep);
            let bounds = || [start, stop].into_iter().flatten().map(i128::from);
            let is_past = |bound: i128| bound > length || bound < -length;
            let is_clamped = bounds().any(is_past);
            mark(is_clamped, Probe::SliceClamped);
            mark(bounds().any(|bound| bound < 0 && !is_past(bound)), Probe::SliceNegative);
            let place = |bound: Option<i64>, open: i128| {
                let bound = bound.map_or(open, i128::from);
                (if bound < 0 { bound + length } else { bound }).clamp(0, length)
            };
            let is_empty = place(start, 0) >= place(stop, length);
            mark(is_empty && !is_clamped, Probe::SliceEmptyRange);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_special_thing_is_named() {
        let at = SliceItem::Select;
        let range = |start, stop| SliceItem::Range { start, stop, step: None };
        let step = |step| SliceItem::Range { start: None, stop: None, step: Some(step) };
        let all = range(None, None);
        for (index, probe) in [
            (&[][..], Some(Probe::SliceMissing)),
            (&[at(1)], Some(Probe::SliceMissing)),
            (&[at(1), at(0)], Some(Probe::SliceSelect)),
            (&[at(-1), all], Some(Probe::SliceNegative)),
            (&[range(Some(-3), None), all], Some(Probe::SliceNegative)),
            (&[range(Some(2), Some(5)), all], Some(Probe::SliceRange)),
            (&[range(Some(5), Some(2)), all], Some(Probe::SliceEmptyRange)),
            (&[range(Some(10), None), all], Some(Probe::SliceEmptyRange)),
            (&[range(Some(9), Some(20)), all], Some(Probe::SliceClamped)),
            (&[range(Some(20), None), all], Some(Probe::SliceClamped)),
            (&[step(2), all], Some(Probe::SliceStep)),
            (&[step(-1), SliceItem::Ellipsis], Some(Probe::SliceBackwards)),
            (&[SliceItem::Ellipsis, at(0)], Some(Probe::SliceEllipsis)),
            (&[step(2), at(-1)], Some(Probe::SliceCombined)),
            (&[at(10), all], Some(Probe::SliceOutside)),
            (&[at(10), at(-1)], None),
            (&[step(0), all], Some(Probe::SliceStill)),
            (&[all, all, all], Some(Probe::SliceTooMany)),
            (&[SliceItem::Ellipsis, SliceItem::Ellipsis], Some(Probe::SliceTwoEllipses)),
        ] {
            assert_eq!(kind(index, &[10, 5], 8), probe, "{index:?}");
        }
        assert_eq!(kind(&[all], &[0, 3], 8), Some(Probe::SliceEmptyTensor));
        assert_eq!(kind(&[step(2)], &[8], 4), Some(Probe::SliceWholeBytes));
        assert_eq!(kind(&[all], &[], 8), Some(Probe::SliceTooMany));
    }
}
