//! How the tensors' ranges lie in the byte buffer.

use super::Pass;
use crate::tables::{Range, Row};

impl Pass<'_> {
    /// Whether the ranges tile a buffer of this length; notes their order
    /// unless it is the header's.
    pub(super) fn tile(&mut self, buffer: u64) -> Option<()> {
        if self.in_order {
            return (self.running == buffer).then_some(());
        }
        let sorted = self.sort(buffer)?;
        let rows = &self.tables.rows;
        let at = |turn: usize| if sorted { self.tables.order[turn] as usize } else { turn };
        let mut running = 0;
        for turn in 0..rows.len() {
            let Range { begin, end } = rows[at(turn)].range;
            if begin != running {
                return None;
            }
            running = end;
        }
        (running == buffer).then_some(())
    }

    /// Sorts the tensors by (BEGIN, END), ties in header order; says whether that
    /// is another order than the header's. `None` if a range leaves the buffer.
    ///
    /// Within a tiling ranges that begin together are empty ones and then at
    /// most one that is not, so one bit stands for END.
    fn sort(&mut self, buffer: u64) -> Option<bool> {
        let (rows, order) = (&self.tables.rows, &mut self.tables.order);
        if rows.iter().any(|row| row.range.end > buffer) {
            return None;
        }
        let holds = |row: &Row| row.range.begin != row.range.end;
        let key = |row: &Row| (row.range.begin, holds(row));
        if rows.is_sorted_by_key(key) {
            return Some(false);
        }
        order.reserve_exact(rows.len());
        let bits = usize::BITS - rows.len().leading_zeros();
        if buffer.leading_zeros() > bits {
            // Everything fits into one integer: as good as always.
            let sorted = &mut self.work.sorted;
            sorted.clear();
            sorted.reserve_exact(rows.len());
            sorted.extend(rows.iter().enumerate().map(|(at, row)| {
                (row.range.begin << 1 | u64::from(holds(row))) << bits | at as u64
            }));
            sorted.sort_unstable();
            order.extend(sorted.iter().map(|key| (key & ((1 << bits) - 1)) as u32));
        } else {
            order.extend(0..rows.len() as u32);
            order.sort_unstable_by_key(|at| (key(&rows[*at as usize]), *at));
        }
        Some(true)
    }
}
