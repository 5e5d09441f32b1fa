//! Draws an index of a kind. What comes out may be of another kind where the
//! shape leaves no room; whoever asks looks.

use assay_spec::check::Probe;

use super::SliceItem;
use crate::draw::Draw;

/// What is combined.
const COMBINED: [Probe; 4] =
    [Probe::SliceNegative, Probe::SliceClamped, Probe::SliceEmptyRange, Probe::SliceStep];

/// Numbers at which integers of some width end.
const FAR: [i64; 7] =
    [1 << 31, (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 53, i64::MAX - 1, i64::MAX];

/// An index for a tensor of this shape; `None` if it has no dimension to be special about.
pub(super) fn index(draw: &mut Draw, probe: Probe, shape: &[u64]) -> Option<Vec<SliceItem>> {
    let mut index: Vec<SliceItem> = shape.iter().map(|length| plain(draw, *length)).collect();
    let special = (!shape.is_empty()).then(|| draw.index(shape.len()));
    let length = special.map_or(0, |at| shape[at]);
    match probe {
        Probe::SliceRange | Probe::SliceEmptyTensor => {
            index = shape.iter().map(|length| range(draw, *length)).collect();
            if probe == Probe::SliceEmptyTensor {
                vary(draw, &mut index, shape);
            }
        }
        Probe::SliceMissing => index.truncate(draw.index(shape.len() + 1)),
        Probe::SliceEllipsis => around(draw, &mut index),
        Probe::SliceTwoEllipses => {
            around(draw, &mut index);
            let at = draw.index(index.len() + 1);
            index.insert(at, SliceItem::Ellipsis);
        }
        Probe::SliceTooMany => {
            for _ in 0..draw.from(1, 2) {
                index.push(if draw.once_in(2) { SliceItem::Select(0) } else { whole() });
            }
        }
        Probe::SliceCombined => {
            for _ in 0..draw.from(2, 3) {
                let at = draw.index(shape.len().max(1));
                let special = *draw.pick(&COMBINED);
                *index.get_mut(at)? = item(draw, special, *shape.get(at)?);
            }
            if draw.once_in(4) {
                around(draw, &mut index);
            }
        }
        Probe::SliceWholeBytes if draw.once_in(2) => {}
        Probe::SliceWholeBytes => *index.get_mut(special?)? = item(draw, Probe::SliceStep, length),
        Probe::SliceSelect => *index.get_mut(special?)? = SliceItem::Select(within(draw, length)),
        of_one_item => *index.get_mut(special?)? = item(draw, of_one_item, length),
    }
    if draw.once_in(5) && !matches!(probe, Probe::SliceEllipsis | Probe::SliceTooMany) {
        // What is whole at the end may as well be left out.
        while index.last() == Some(&whole()) && index.len() > 1 {
            index.pop();
        }
    }
    Some(index)
}

/// An item that is special in one way, over a dimension of this length.
fn item(draw: &mut Draw, probe: Probe, length: u64) -> SliceItem {
    let end = signed(length);
    let ranged = |start, stop, step| SliceItem::Range { start, stop, step };
    match probe {
        Probe::SliceNegative => match draw.below(4) {
            0 => SliceItem::Select(-1 - within(draw, length)),
            1 => ranged(Some(-1 - within(draw, length)), None, None),
            2 => ranged(None, Some(-1 - within(draw, length.saturating_sub(1))), None),
            _ => ranged(Some(-end), Some(-1), None),
        },
        Probe::SliceClamped => {
            let far = end + 1 + signed(draw.below(9));
            let far = if draw.once_in(3) { *draw.pick(&FAR) } else { far };
            match draw.below(4) {
                0 => ranged(Some(within(draw, length)), Some(far), None),
                1 => ranged(Some(far), None, None),
                2 => ranged(Some(-far), Some(end), None),
                _ => ranged(None, Some(-far), None),
            }
        }
        Probe::SliceEmptyRange => {
            let start = draw.from(0, length);
            let stop = draw.from(0, start);
            ranged(
                Some(signed(start)),
                (stop < length || start < length).then(|| signed(stop)),
                None,
            )
        }
        Probe::SliceStep => {
            let start = draw.once_in(2).then(|| within(draw, length));
            let stop = draw.once_in(3).then_some(end);
            let near = 2 + signed(draw.below(length + 2));
            let step = if draw.once_in(8) { *draw.pick(&FAR) } else { near };
            ranged(start, stop, Some(step))
        }
        Probe::SliceBackwards => {
            let bound = |draw: &mut Draw| {
                let near = signed(draw.below(2 * length + 5)) - end - 2;
                draw.once_in(2).then_some(near)
            };
            let (start, stop) = (bound(draw), bound(draw));
            let near = -1 - signed(draw.below(length + 1));
            let step = if draw.once_in(8) { -*draw.pick(&FAR) } else { near };
            ranged(start, stop, Some(step))
        }
        Probe::SliceStill => {
            let start = draw.once_in(2).then(|| within(draw, length));
            ranged(start, draw.once_in(2).then_some(end), Some(0))
        }
        Probe::SliceOutside => {
            let far = if draw.once_in(3) { *draw.pick(&FAR) } else { end + signed(draw.below(4)) };
            SliceItem::Select(if draw.once_in(2) { far } else { (-far).saturating_sub(1) })
        }
        _ => plain(draw, length),
    }
}

/// An item that any reader of parts can be asked for.
fn plain(draw: &mut Draw, length: u64) -> SliceItem {
    match draw.below(4) {
        0 if length > 0 => SliceItem::Select(within(draw, length)),
        0 | 1 => whole(),
        _ => range(draw, length),
    }
}

/// A range within a dimension that holds something, if there is anything.
fn range(draw: &mut Draw, length: u64) -> SliceItem {
    if length == 0 || draw.once_in(4) {
        return whole();
    }
    let start = draw.below(length);
    let stop = draw.from(start + 1, length);
    let start = (start > 0 || draw.once_in(2)).then(|| signed(start));
    let stop = (stop < length || draw.once_in(2)).then(|| signed(stop));
    SliceItem::Range { start, stop, step: None }
}

/// Puts empty ranges and positions where the shape of an empty tensor lets them.
fn vary(draw: &mut Draw, index: &mut [SliceItem], shape: &[u64]) {
    for (item, length) in index.iter_mut().zip(shape) {
        if *length == 0 && draw.once_in(2) {
            *item = SliceItem::Range { start: Some(0), stop: Some(0), step: None };
        } else if *length > 0 && draw.once_in(3) {
            *item = SliceItem::Select(within(draw, *length));
        }
    }
}

/// Puts an ellipsis in place of some of the items that follow one another.
fn around(draw: &mut Draw, index: &mut Vec<SliceItem>) {
    let from = draw.index(index.len() + 1);
    let to = from + draw.index(index.len() - from + 1);
    index.splice(from..to, [SliceItem::Ellipsis]);
}

fn whole() -> SliceItem {
    SliceItem::Range { start: None, stop: None, step: None }
}

/// A position of a dimension; 0 if it has none.
fn within(draw: &mut Draw, length: u64) -> i64 {
    signed(draw.below(length))
}

/// Lengths of drawn tensors are small.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
