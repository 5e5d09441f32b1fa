//! What the explaining pass has found so far, one column for each fact.
//!
//! A column that turned out useless (a range is not known, a tensor has no
//! view) is dropped and the pass goes on; what is left at the end becomes
//! [`Tables`].

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::index::{Hash, Index};
use crate::random::RandomState;
use crate::tables::{Pair, Range, Row, Tables, TextRef};

/// What a header says, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) unescaped: String,
    /// Names in header order.
    pub(crate) names: Vec<TextRef>,
    /// Parallel to `names`.
    pub(crate) ranges: Vec<Range>,
    /// Parallel to `names`.
    pub(crate) forms: Vec<Form>,
    /// The dimensions of all tensors, one after the other.
    pub(crate) shapes: Vec<u64>,
    /// Positions in `names` in order of offsets; empty if that is header order.
    pub(crate) order: Vec<u32>,
    pub(crate) index: NameIndex,
    pub(crate) metadata: Option<Pairs>,
}

/// A tensor's dtype, by position in the dialect's table, and its shape, by
/// position in the table of dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) dtype: u32,
    pub(crate) shape: u32,
    pub(crate) rank: u32,
    /// Where the shape's text begins.
    pub(crate) text: u32,
}

impl TextRef {
    /// The text itself.
    pub(super) fn within<'x>(self, header: &'x str, unescaped: &'x str) -> &'x str {
        let (start, len) = (self.start as usize, self.len as usize);
        match start.checked_sub(header.len()) {
            None => &header[start..start + len],
            Some(start) => &unescaped[start..start + len],
        }
    }
}

impl Columns {
    /// The tables of a header in which every tensor has a view.
    pub(super) fn into_tables(self, header: &str) -> Tables {
        let (header, unescaped) = (header.as_bytes(), self.unescaped.into_bytes());
        let mut tables = Tables {
            shapes: self.shapes,
            order: self.order,
            has_metadata: self.metadata.is_some(),
            ..Tables::default()
        };
        for ((name, range), form) in self.names.iter().zip(&self.ranges).zip(&self.forms) {
            let (from, text) = (form.shape as usize, form.text as usize);
            let (shape, rank) = tables.place_shape(from, form.rank as usize, text);
            let dtype = form.dtype as u16;
            tables.rows.push(Row { name: *name, range: *range, shape, dtype, rank });
        }
        let pairs = self.metadata.unwrap_or_default();
        let texts = pairs.keys.iter().zip(&pairs.values);
        tables.pairs = texts.map(|(key, value)| Pair { key: *key, value: *value }).collect();
        fill(&mut tables.index, &self.names, header, &unescaped);
        fill(&mut tables.pair_index, &pairs.keys, header, &unescaped);
        tables.unescaped = unescaped;
        tables
    }
}

/// Fills an index with texts. Of texts that are the same, which only a dialect
/// without the rule on them lets through, the first is found.
fn fill(index: &mut Index, texts: &[TextRef], header: &[u8], unescaped: &[u8]) {
    let hash = Hash::new();
    let text = |at: usize| texts[at].bytes(header, unescaped);
    let hashes: Vec<u32> = (0..texts.len()).map(|at| hash.of(text(at))).collect();
    if !index.fill(&hashes, |a, b| text(a) == text(b)) {
        index.fill(&hashes, |_, _| false);
    }
}

/// The pairs of a metadata object.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) keys: Vec<TextRef>,
    /// Parallel to `keys`.
    pub(crate) values: Vec<TextRef>,
    pub(crate) index: NameIndex,
}

/// Finds positions in a table of texts by text. Hashing is keyed, so that
/// nobody can prepare texts that collide.
#[derive(Debug, Default)]
pub(crate) struct NameIndex {
    slots: HashTable<Slot>,
    hasher: RandomState,
}

/// A text's hash and position. The hash is kept because finding it again means
/// reading the text, which by then lies far away in memory.
#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    at: u32,
}

impl NameIndex {
    /// Adds the text at a position; gives the position of an equal one if there
    /// is one, and then leaves it as it was.
    pub(crate) fn insert<'x>(
        &mut self,
        text: &str,
        at: u32,
        text_at: impl Fn(u32) -> &'x str,
    ) -> Option<u32> {
        let hash = self.hash(text);
        let equal = |slot: &Slot| slot.hash == hash && text_at(slot.at) == text;
        match self.slots.entry(spread(hash), equal, |slot| spread(slot.hash)) {
            Entry::Occupied(slot) => Some(slot.get().at),
            Entry::Vacant(slot) => {
                slot.insert(Slot { hash, at });
                None
            }
        }
    }

    /// Half of a keyed hash; texts that share it are told apart by comparing them.
    fn hash(&self, text: &str) -> u32 {
        self.hasher.hash_one(text) as u32
    }
}

/// The table wants its bits at both ends of 64.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_told_and_nothing_else() {
        let texts: Vec<String> = (0..1000).map(|n| format!("text {n}")).collect();
        let text_at = |at: u32| texts[at as usize].as_str();
        let mut index = NameIndex::default();
        for at in 0..1000 {
            assert_eq!(index.insert(text_at(at), at, text_at), None);
        }
        assert_eq!(index.insert("text 7", 1000, text_at), Some(7));
        assert_eq!(index.insert("text 999", 1000, text_at), Some(999));
        assert_eq!(index.insert("text 1000", 1000, text_at), None);
    }
}
