//! What a header says, as flat tables: names, ranges, shapes, metadata.
//!
//! Nothing here borrows from the header. A text is a position in the header or,
//! if it held escapes, in one string of unescaped texts; so a reader can own
//! the bytes it reads.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Everything a header says.
#[derive(Debug, Default)]
pub(crate) struct Tables {
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

/// A text: a position below the header's length is in the header, one from
/// there on in the unescaped texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TextRef {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl TextRef {
    /// The text itself.
    pub(crate) fn of<'x>(self, header: &'x str, unescaped: &'x str) -> &'x str {
        let (start, len) = (self.start as usize, self.len as usize);
        match start.checked_sub(header.len()) {
            None => &header[start..start + len],
            Some(start) => &unescaped[start..start + len],
        }
    }
}

/// A tensor's range in the byte buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// A tensor's dtype, by position in the dialect's table, and its shape, by
/// position in the table of dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) dtype: u32,
    pub(crate) shape: u32,
    pub(crate) rank: u32,
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

    /// The position of a text.
    pub(crate) fn find<'x>(&self, text: &str, text_at: impl Fn(u32) -> &'x str) -> Option<u32> {
        let hash = self.hash(text);
        let equal = |slot: &Slot| slot.hash == hash && text_at(slot.at) == text;
        self.slots.find(spread(hash), equal).map(|slot| slot.at)
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
    fn texts_lie_in_the_header_or_behind_it() {
        let (header, unescaped) = ("header", "unescaped");
        let text = |start, len| TextRef { start, len }.of(header, unescaped);
        assert_eq!((text(1, 3), text(6, 2), text(8, 7)), ("ead", "un", "escaped"));
    }

    #[test]
    fn an_index_finds_what_was_added_and_nothing_else() {
        let texts: Vec<String> = (0..1000).map(|n| format!("text {n}")).collect();
        let text_at = |at: u32| texts[at as usize].as_str();
        let mut index = NameIndex::default();
        for at in 0..1000 {
            assert_eq!(index.insert(text_at(at), at, text_at), None);
        }
        assert_eq!(index.insert("text 7", 1000, text_at), Some(7));
        assert_eq!(index.find("text 999", text_at), Some(999));
        assert_eq!(index.find("text 1000", text_at), None);
    }
}
