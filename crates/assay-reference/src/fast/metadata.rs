//! The value under the metadata key.

use super::{PAIR_TEXT, Pass, foresee};
use crate::tables::{Pair, Tables};

/// Depth of the metadata object: the root is 1.
const DEPTH: u64 = 2;

impl Pass<'_> {
    /// Passes over the metadata; gives where it ends.
    pub(super) fn metadata(&mut self, at: usize) -> Option<usize> {
        const NULL: &[u8] = b"null";
        if self.terms.null_metadata && self.bytes[at..].starts_with(NULL) {
            return Some(at + NULL.len());
        }
        let mut at = self.space(self.eat(at, b'{')?);
        self.deepest = self.deepest.max(DEPTH);
        self.tables.has_metadata = true;
        if self.bytes.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            let (key, after) = self.string(self.eat(at, b'"')?)?;
            let (value, after) = self.string(self.eat(self.colon(after)?, b'"')?)?;
            let hash = self.hash.of(self.text(key));
            if self.tables.pairs.len() == self.tables.pairs.capacity() {
                self.grow_pairs(after)?;
            }
            self.tables.pairs.push(Pair { key, value });
            self.work.pair_hashes.push(hash);
            at = self.space(after);
            match self.bytes.get(at)? {
                b',' => at = self.space(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_pairs(&mut self, at: usize) -> Option<()> {
        const MANY: usize = 1 << 14;
        let count = self.tables.pairs.len();
        // Most files have a handful of pairs in a long header. With a few more than
        // that, all pairs of a header of 1 MB are foreseen before the table is large.
        let room = if count == 0 { 24 } else { foresee(count, at, self.bytes.len(), PAIR_TEXT) };
        if count >= MANY {
            // A flood of a few keys is not worth the memory.
            self.index_pairs(count - MANY)?;
        }
        self.tables.pairs.reserve_exact(room);
        self.work.pair_hashes.reserve_exact(room);
        Some(())
    }

    /// Makes the index of the metadata from this pair on; `None` if a key stands twice.
    pub(super) fn index_pairs(&mut self, from: usize) -> Option<()> {
        let Tables { pairs, unescaped, pair_index, .. } = self.tables;
        let text = |at: usize| pairs[from + at].key.bytes(self.bytes, unescaped);
        let hashes = &self.work.pair_hashes[from..];
        let same = |a: usize, b: usize| text(a) == text(b);
        pair_index.fill(hashes.len(), |at| hashes[at], same, |_, _| false).then_some(())
    }
}
