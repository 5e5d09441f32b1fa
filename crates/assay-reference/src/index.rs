//! Finds texts in a table by hash: duplicates while reading, names later.
//!
//! The index is made at once, when all texts are known, so it is never moved
//! and its size is exact: three slots of four bytes for two texts. A slot holds
//! a position and, in the bits that the position does not need, those bits of
//! the text's hash that the slot's own place does not tell already; so a slot
//! that is taken by another text is known as such without a look at that text,
//! which by then lies far away in memory. Hashing is keyed with the operating
//! system's randomness: nobody can prepare texts that collide.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use core::hint::black_box;

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use once_cell::race::OnceBox;

use crate::random::RandomState;

/// Up to so many texts are compared one by one: that is faster than an index.
const FEW: usize = 12;

/// The index of up to so many texts lies near enough to be filled as they come.
const NEAR: usize = 1 << 15;
/// And so many texts at a time are put into longer ones.
const PART: usize = 1 << 20;

/// Positions of texts by hash. Of few texts it holds nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    /// 0 if free, else a position plus 1 below bits of the hash.
    slots: Vec<u32>,
}

/// Where the slots of a hash begin, and the bits of the hash that this does not tell.
///
/// The product is the place with 32 binary digits after the point.
#[inline(always)]
fn place(hash: u32, slots: usize) -> (usize, u32) {
    let place = u64::from(hash) * slots as u64;
    ((place >> u32::BITS) as usize, place as u32)
}

/// The bits of a slot that a position plus 1 takes, among so many texts.
#[inline(always)]
fn position_mask(count: usize) -> u32 {
    u32::MAX >> (count as u32).leading_zeros()
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

    /// Takes in all `count` texts of a table, by their hashes. `are_same` says of
    /// two positions whether their texts are, `repeated` of a text that repeats an
    /// earlier one (earlier position first) whether to go on without it. Returns
    /// `false` if that was not so. Very many texts come in parts by hash, each in
    /// order; not to go on then ends a part.
    pub(crate) fn fill(
        &mut self,
        count: usize,
        hash_at: impl Fn(usize) -> u32,
        are_same: impl Fn(usize, usize) -> bool,
        repeated: impl FnMut(usize, usize) -> bool,
    ) -> bool {
        self.slots.clear();
        if count <= FEW {
            return fill_few(count, hash_at, are_same, repeated);
        }
        self.make_slots(count + count / 2);
        let slots = self.slots.as_mut_slice();
        let mut filling =
            Filling { slots, positions: position_mask(count), hash_at, are_same, repeated };
        if count <= NEAR {
            (0..count).all(|at| filling.insert(at))
        } else {
            filling.insert_all(count)
        }
    }

    /// So many free slots.
    fn make_slots(&mut self, count: usize) {
        if self.slots.capacity() < count {
            // Zeros as the system hands them out: no memory is touched yet.
            self.slots = Vec::new();
            self.slots = vec![0; count];
        } else {
            self.slots.resize(count, 0);
        }
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
        let positions = position_mask(count);
        let (mut place, rest) = place(Hash::new().of(text), self.slots.len());
        let tag = rest & !positions;
        loop {
            let slot = self.slots[place];
            if slot == 0 {
                return None;
            }
            let at = (slot & positions) as usize - 1;
            if slot & !positions == tag && is_it(at) {
                return Some(at);
            }
            place = if place + 1 == self.slots.len() { 0 } else { place + 1 };
        }
    }
}

/// An index while it is filled.
struct Filling<'s, H, S, R> {
    slots: &'s mut [u32],
    /// The bits of a slot that hold a position.
    positions: u32,
    hash_at: H,
    are_same: S,
    repeated: R,
}

impl<H, S, R> Filling<'_, H, S, R>
where
    H: Fn(usize) -> u32,
    S: Fn(usize, usize) -> bool,
    R: FnMut(usize, usize) -> bool,
{
    /// Takes in the text at a position; `false` if that is the end.
    #[inline(always)]
    fn insert(&mut self, at: usize) -> bool {
        let (mut place, rest) = place((self.hash_at)(at), self.slots.len());
        let tag = rest & !self.positions;
        // A third of the slots stays free, so this ends.
        loop {
            let slot = &mut self.slots[place];
            if *slot == 0 {
                *slot = tag | (at as u32 + 1);
                return true;
            }
            let earlier = (*slot & self.positions) as usize - 1;
            if *slot & !self.positions == tag && (self.are_same)(earlier, at) {
                return (self.repeated)(earlier, at);
            }
            place = if place + 1 == self.slots.len() { 0 } else { place + 1 };
        }
    }

    /// Takes in very many texts, part of the slots by part, so that what is
    /// written stays near.
    fn insert_all(&mut self, count: usize) -> bool {
        const CHUNK: usize = 1024;
        let parts = count.div_ceil(PART) as u64;
        let mut chosen = [0; CHUNK];
        let mut complete = true;
        for part in 0..parts {
            complete &= (0..count).step_by(CHUNK).all(|from| {
                let mut len = 0;
                for at in from..count.min(from + CHUNK) {
                    chosen[len] = at;
                    let of_part = (u64::from((self.hash_at)(at)) * parts) >> u32::BITS;
                    len += usize::from(of_part == part);
                }
                self.insert_ahead(&chosen[..len])
            });
        }
        complete
    }

    /// Takes in texts and touches the slots of each some time before its turn:
    /// otherwise a branch that is guessed wrongly, as one in three is, waits for memory.
    fn insert_ahead(&mut self, chosen: &[usize]) -> bool {
        const AHEAD: usize = 16;
        let mut touched = 0;
        let inserted = chosen.iter().enumerate().all(|(turn, at)| {
            if let Some(ahead) = chosen.get(turn + AHEAD) {
                touched |= self.slots[place((self.hash_at)(*ahead), self.slots.len()).0];
            }
            self.insert(*at)
        });
        // What was there does not matter, only that it is near by now.
        black_box(touched);
        inserted
    }
}

/// The same for a few texts, without an index.
fn fill_few(
    count: usize,
    hash_at: impl Fn(usize) -> u32,
    are_same: impl Fn(usize, usize) -> bool,
    mut repeated: impl FnMut(usize, usize) -> bool,
) -> bool {
    let mut hashes = [0; FEW];
    (0..count).all(|at| {
        hashes[at] = hash_at(at);
        let same = |earlier: &usize| hashes[*earlier] == hashes[at] && are_same(*earlier, at);
        match (0..at).find(same) {
            Some(earlier) => repeated(earlier, at),
            None => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of texts, and which of them repeat which.
    fn filled(texts: &[String]) -> (Index, Vec<(usize, usize)>) {
        let hashes: Vec<u32> = texts.iter().map(|text| Hash::new().of(text.as_bytes())).collect();
        let (mut index, mut repeated) = (Index::default(), Vec::new());
        let same = |a: usize, b: usize| texts[a] == texts[b];
        let goes_on = |earlier, at| {
            repeated.push((earlier, at));
            true
        };
        let hash_at = |at: usize| hashes[at];
        assert!(index.fill(texts.len(), hash_at, same, goes_on));
        let goes_through = Index::default().fill(texts.len(), hash_at, same, |_, _| false);
        assert_eq!(goes_through, repeated.is_empty());
        (index, repeated)
    }

    #[test]
    fn an_index_finds_what_was_added_and_nothing_else() {
        let most = if cfg!(miri) { 100 } else { 5000 };
        for count in [0, 1, FEW, FEW + 1, 15, 16, 17, most] {
            let mut texts: Vec<String> = (0..count).map(|n| format!("text {n}")).collect();
            let (index, repeated) = filled(&texts);
            assert_eq!(repeated, []);
            let find = |text: &str| index.find(text.as_bytes(), count, |at| texts[at] == text);
            for (at, text) in texts.iter().enumerate() {
                assert_eq!(find(text), Some(at));
            }
            assert_eq!(find("text 5000"), None);
            assert_eq!(find(""), None);
            if let Some(last) = texts.last().cloned() {
                texts.extend([last, "text 0".to_owned()]);
                assert_eq!(filled(&texts).1, [(count - 1, count), (0, count + 1)]);
            }
        }
    }

    /// Of texts that are the same the first is found.
    #[test]
    fn a_text_may_stand_many_times() {
        let texts = vec!["a".to_owned(); 1000];
        let (index, repeated) = filled(&texts);
        assert_eq!(repeated, (1..1000).map(|at| (0, at)).collect::<Vec<_>>());
        assert_eq!(index.find(b"a", 1000, |at| texts[at] == "a"), Some(0));
    }

    /// Hashes that all collide cost time and nothing else.
    #[test]
    fn equal_hashes_are_told_apart_by_their_texts() {
        let mut index = Index::default();
        let same = |_| u32::MAX;
        let count = if cfg!(miri) { 50 } else { 1000 };
        assert!(index.fill(count, same, |a, b| a == b, |_, _| false));
        assert!(!index.fill(count, same, |a, b| (a, b) == (0, count - 1), |_, _| false));
        let apart = |at| (at as u32) << 22;
        let none = |_: usize, _: usize| panic!("no two hashes are the same");
        assert!(index.fill(count, apart, none, |_, _| false));
    }

    /// Long indexes are filled part by part.
    #[test]
    #[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
    fn many_texts_are_told_apart() {
        for count in [NEAR, NEAR + 1, PART + 1, 2 * PART + 5000] {
            let text = |at: usize| (at % (count - 3)).to_le_bytes();
            let hash = |at: usize| Hash::new().of(&text(at));
            let same = |a: usize, b: usize| text(a) == text(b);
            let (mut index, mut repeated) = (Index::default(), Vec::new());
            let goes_on = |earlier, at| {
                repeated.push((earlier, at));
                true
            };
            assert!(index.fill(count, hash, same, goes_on));
            repeated.sort_unstable();
            assert_eq!(repeated, [(0, count - 3), (1, count - 2), (2, count - 1)]);
            for at in (0..count).step_by(997) {
                let found = index.find(&text(at), count, |other| text(other) == text(at));
                assert_eq!(found, Some(at % (count - 3)));
            }
            assert_eq!(index.find(b"another", count, |_| false), None);
            assert!(!Index::default().fill(count, hash, same, |_, _| false));
        }
    }
}
