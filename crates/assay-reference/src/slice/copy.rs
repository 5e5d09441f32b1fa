//! Copies the bytes of a plan.
//!
//! Ranges as short as one element are what columns and steps are made of; a
//! copy whose length the compiler knows is then several times faster.

use super::plan::Plan;
use super::ranges::Starts;

/// Copies a plan's bytes into as many.
pub(super) fn copy(plan: &Plan, data: &[u8], room: &mut [u8]) {
    match (plan.loops.is_empty(), plan.run) {
        (_, 0) => {}
        (false, 1) => rows::<1>(plan, data, room),
        (false, 2) => rows::<2>(plan, data, room),
        (false, 4) => rows::<4>(plan, data, room),
        (false, 8) => rows::<8>(plan, data, room),
        (false, 16) => rows::<16>(plan, data, room),
        (_, run) => {
            let run = run as usize;
            let starts = Starts::new(&plan.loops, plan.start, false);
            for (start, place) in starts.zip(room.chunks_exact_mut(run)) {
                place.copy_from_slice(&data[start as usize..][..run]);
            }
        }
    }
}

/// The same for ranges of `N` bytes with at least one loop around them.
fn rows<const N: usize>(plan: &Plan, data: &[u8], room: &mut [u8]) {
    let Some((inner, outer)) = plan.loops.split_last() else { return };
    let (places, _) = room.as_chunks_mut::<N>();
    let starts = Starts::new(outer, plan.start, false);
    for (start, row) in starts.zip(places.chunks_exact_mut(inner.turns as usize)) {
        let mut at = start;
        for place in row {
            place.copy_from_slice(&data[at as usize..][..N]);
            at = at.wrapping_add(inner.stride);
        }
    }
}
