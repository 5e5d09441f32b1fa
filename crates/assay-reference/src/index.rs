//! Finds texts in a table by hash: duplicates while reading, names later.
//!
//! The index is made at once, when all texts are known, so it is never moved
//! and its size is exact: four bytes a slot. A slot holds a position and, in
//! the bits that the position does not need, those bits of the text's hash that
//! the slot's own place does not tell already; so a slot that is taken by
//! another text is known as such without a look at that text, which by then
//! lies far away in memory. Hashing is keyed with the operating system's
//! randomness: nobody can prepare texts that collide.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use once_cell::race::OnceBox;

use crate::random::RandomState;

/// Up to so many texts are compared one by one: that is faster than an index.
const FEW: usize = 12;

/// Positions of texts by hash. Of few texts it holds nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// 0 if free, else a position plus 1 below bits of the hash. A power of two
    /// of them, or none.
    slots: Vec<u32>,
}

/// The key of all hashes of this process.
struct Key {
    own: u64,
    shared: SharedSeed,
}

static KEY: OnceBox<Key> = OnceBox::new();

impl Key {
    fn random() -> Box<Key> {
        let random = || RandomState::default().build_hasher().finish();
        Box::new(Key { own: random(), shared: SharedSeed::from_u64(random()) })
    }
}

/// Hashes texts.
#[derive(Clone, Copy)]
pub(crate) struct Hash(&'static Key);

impl Hash {
    pub(crate) fn new() -> Hash {
        Hash(KEY.get_or_init(Key::random))
    }

    #[inline]
    pub(crate) fn of(self, text: &[u8]) -> u32 {
        let mut hasher = FoldHasher::with_seed(self.0.own, &self.0.shared);
        hasher.write(text);
        hasher.finish() as u32
    }
}

impl Index {
    /// Empties the index and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
    }

    /// Takes in all texts of a table, by their hashes. Gives up and returns
    /// `false` if two texts are the same, which `are_same` says of two positions.
    pub(crate) fn fill(&mut self, hashes: &[u32], are_same: impl Fn(usize, usize) -> bool) -> bool {
        self.slots.clear();
        if hashes.len() <= FEW {
            return !repeats(hashes, are_same);
        }
        let slots = (hashes.len() + hashes.len() / 2).next_power_of_two();
        self.slots.resize(slots, 0);
        let bits = slots.trailing_zeros();
        let mask = slots - 1;
        for (at, hash) in hashes.iter().enumerate() {
            let tag = hash << bits;
            let mut place = (hash >> (u32::BITS - bits)) as usize;
            loop {
                let slot = &mut self.slots[place & mask];
                if *slot == 0 {
                    *slot = tag | (at as u32 + 1);
                    break;
                }
                if (*slot ^ tag) >> bits == 0 && are_same(position(*slot, bits), at) {
                    return false;
                }
                place += 1;
            }
        }
        true
    }

    /// The position of a text in a table of `count`, of which `is_it` says
    /// whether it stands at a position.
    pub(crate) fn find(
        &self,
        text: &[u8],
        count: usize,
        is_it: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if self.slots.is_empty() {
            return (0..count).find(|at| is_it(*at));
        }
        let bits = self.slots.len().trailing_zeros();
        let hash = Hash::new().of(text);
        let tag = hash << bits;
        let mut place = (hash >> (u32::BITS - bits)) as usize;
        // A third of the slots is free, so this ends.
        loop {
            let slot = self.slots[place & (self.slots.len() - 1)];
            if slot == 0 {
                return None;
            }
            if (slot ^ tag) >> bits == 0 && is_it(position(slot, bits)) {
                return Some(position(slot, bits));
            }
            place += 1;
        }
    }
}

/// The position that a slot holds.
fn position(slot: u32, bits: u32) -> usize {
    (slot & ((1 << bits) - 1)) as usize - 1
}

/// Whether two of a few texts are the same.
fn repeats(hashes: &[u32], are_same: impl Fn(usize, usize) -> bool) -> bool {
    hashes.iter().enumerate().any(|(at, hash)| {
        let before = hashes[..at].iter().enumerate();
        before.into_iter().any(|(earlier, other)| hash == other && are_same(earlier, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills an index with texts; `None` if one repeats another.
    fn filled(texts: &[String]) -> Option<Index> {
        let hashes: Vec<u32> = texts.iter().map(|text| Hash::new().of(text.as_bytes())).collect();
        let mut index = Index::default();
        index.fill(&hashes, |a, b| texts[a] == texts[b]).then_some(index)
    }

    #[test]
    fn an_index_finds_what_was_added_and_nothing_else() {
        for count in [0, 1, FEW, FEW + 1, 100, 5000] {
            let mut texts: Vec<String> = (0..count).map(|n| format!("text {n}")).collect();
            let index = filled(&texts).expect("they are different");
            let find = |text: &str| index.find(text.as_bytes(), count, |at| texts[at] == text);
            for (at, text) in texts.iter().enumerate() {
                assert_eq!(find(text), Some(at));
            }
            assert_eq!(find("text 5000"), None);
            assert_eq!(find(""), None);
            if let Some(last) = texts.last().cloned() {
                texts.push(last);
                assert!(filled(&texts).is_none(), "{count}");
            }
        }
    }

    /// Hashes that all collide cost time and nothing else.
    #[test]
    fn equal_hashes_are_told_apart_by_their_texts() {
        let hashes = vec![u32::MAX; 1000];
        let mut index = Index::default();
        assert!(index.fill(&hashes, |a, b| a == b));
        assert!(!index.fill(&hashes, |a, b| (a, b) == (0, 999)));
        let apart: Vec<u32> = (0..1000).collect();
        assert!(index.fill(&apart, |_, _| panic!("no two hashes are the same")));
    }
}
