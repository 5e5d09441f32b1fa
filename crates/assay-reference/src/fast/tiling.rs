//! How the tensors' ranges lie in the byte buffer.

use super::Pass;

impl Pass<'_> {
    /// Whether the ranges tile a buffer of this length; notes their order
    /// unless it is the header's.
    pub(super) fn tile(&mut self, buffer: u64) -> Option<()> {
        if self.in_order {
            return (self.running == buffer).then_some(());
        }
        // By (BEGIN, END), ties in header order: within a tiling ranges that
        // begin together are empty ones and then at most one that is not.
        let sorted = &mut self.work.sorted;
        sorted.clear();
        sorted.reserve_exact(self.tables.rows.len());
        sorted.extend(self.tables.rows.iter().enumerate().map(|(at, row)| {
            let holds = row.range.begin != row.range.end;
            u128::from(row.range.begin) << 64 | u128::from(holds) << 32 | at as u128
        }));
        let in_header_order = sorted.is_sorted();
        if !in_header_order {
            sorted.sort_unstable();
        }
        let rows = &self.tables.rows;
        let mut running = 0;
        for key in sorted.iter() {
            let range = rows[*key as u32 as usize].range;
            if range.begin != running {
                return None;
            }
            running = range.end;
        }
        if running != buffer {
            return None;
        }
        if !in_header_order {
            self.tables.order.reserve_exact(sorted.len());
            self.tables.order.extend(sorted.iter().map(|key| *key as u32));
        }
        Some(())
    }
}
