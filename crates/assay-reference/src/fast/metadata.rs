//! The value under the metadata key.

use super::{PAIR_TEXT, Pass, foresee};
use crate::tables::Pair;

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
                self.grow_pairs(after);
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
    fn grow_pairs(&mut self, at: usize) {
        let count = self.tables.pairs.len();
        // Most files have a handful of pairs in a long header.
        let room = if count < 64 { 16 } else { foresee(count, at, self.bytes.len(), PAIR_TEXT) };
        self.tables.pairs.reserve_exact(room);
        self.work.pair_hashes.reserve_exact(room);
    }
}
