//! What the explaining pass has found so far, one column for each fact.
//!
//! A column that turned out useless (a range is not known, a tensor has no
//! view) is dropped and the pass goes on; what is left at the end becomes
//! [`Tables`].

use alloc::string::String;
use alloc::vec::Vec;

use crate::cursor::RawString;
use crate::index::{Hash, Index};
use crate::tables::{Pair, Range, Row, Tables, TextRef};

/// What a header says, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) unescaped: String,
    /// Names in header order.
    pub(crate) names: Keys,
    /// Parallel to `names`.
    pub(crate) ranges: Vec<Range>,
    /// Parallel to `names`.
    pub(crate) forms: Vec<Form>,
    /// The dimensions of all tensors, one after the other.
    pub(crate) shapes: Vec<u64>,
    /// Positions in `names` in order of offsets; empty if that is header order.
    pub(crate) order: Vec<u32>,
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
    /// Stands for what has no value as text.
    pub(super) const NONE: TextRef = TextRef { start: u32::MAX, len: 0 };

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
        let mut tables = Tables {
            shapes: self.shapes,
            order: self.order,
            has_metadata: self.metadata.is_some(),
            ..Tables::default()
        };
        for ((name, range), form) in self.names.texts.iter().zip(&self.ranges).zip(&self.forms) {
            let (from, text) = (form.shape as usize, form.text as usize);
            let (shape, rank) = tables.place_shape(from, form.rank as usize, text);
            let dtype = form.dtype as u16;
            tables.rows.push(Row { name: *name, range: *range, shape, dtype, rank });
        }
        let pairs = self.metadata.unwrap_or_default();
        let texts = pairs.keys.texts.iter().zip(&pairs.values);
        tables.pairs = texts.map(|(key, value)| Pair { key: *key, value: *value }).collect();
        // Of texts that are the same, which only a dialect without the rule on
        // them lets through, the first is found.
        let goes_on = |_: usize, _: usize| true;
        tables.index = self.names.each_repeated(header, &self.unescaped, goes_on);
        tables.pair_index = pairs.keys.each_repeated(header, &self.unescaped, goes_on);
        tables.unescaped = self.unescaped.into_bytes();
        tables
    }
}

/// The keys of one object, as texts.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// In header order; [`TextRef::NONE`] of one that has no value as text.
    texts: Vec<TextRef>,
    /// Where keys with escapes stand: positions in `texts` and, of their opening
    /// quotes, in the header. Of other keys the texts tell.
    escaped: Vec<(u32, u32)>,
}

impl Keys {
    /// Up to so many keys are judged once, when they are all known.
    const FEW: usize = 1 << 14;

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn push(&mut self, raw: RawString, text: Option<TextRef>) {
        if raw.escaped {
            self.escaped.push((self.texts.len() as u32, raw.start as u32 - 1));
        }
        self.texts.push(text.unwrap_or(TextRef::NONE));
    }

    /// Whether the list is about to double: the time to see whether the keys are
    /// worth the memory, which in a flood of one key they are not.
    #[inline]
    pub(super) fn are_many(&self) -> bool {
        self.texts.len() >= Keys::FEW && self.texts.len() == self.texts.capacity()
    }

    /// A key for a message.
    pub(super) fn shown(&self, at: usize) -> TextRef {
        Some(self.texts[at]).filter(|text| *text != TextRef::NONE).unwrap_or_default()
    }

    /// The first key that repeats an earlier one, by the position of its opening
    /// quote.
    pub(super) fn repeated(&self, header: &str, unescaped: &str) -> Option<usize> {
        let mut first: Option<usize> = None;
        self.each_repeated(header, unescaped, |_, at| {
            // Of each part of the keys the first one is told.
            first = Some(first.map_or(at, |first| first.min(at)));
            false
        });
        let at = first?;
        let escaped = self.escaped.binary_search_by_key(&(at as u32), |(key, _)| *key);
        Some(match escaped {
            Ok(turn) => self.escaped[turn].1 as usize,
            Err(_) => self.texts[at].start as usize - 1,
        })
    }

    /// An index of the keys. Of each that repeats an earlier one `repeated` is
    /// told (both positions, the earlier first; those of one key in order) and
    /// says whether to go on without it.
    fn each_repeated(
        &self,
        header: &str,
        unescaped: &str,
        repeated: impl FnMut(usize, usize) -> bool,
    ) -> Index {
        let (hash, texts) = (Hash::new(), &self.texts);
        let text = |at: usize| texts[at].within(header, unescaped);
        // What has no value equals nothing, and must not gather in one place.
        let hash_at = |at: usize| match texts[at] {
            TextRef::NONE => hash.of(&at.to_le_bytes()),
            _ => hash.of(text(at).as_bytes()),
        };
        let hashes: Vec<u32> = (0..texts.len()).map(hash_at).collect();
        let are_same = |a: usize, b: usize| {
            texts[a] != TextRef::NONE && texts[b] != TextRef::NONE && text(a) == text(b)
        };
        let mut index = Index::default();
        index.fill(texts.len(), |at| hashes[at], are_same, repeated);
        index
    }

    /// Removes keys by position.
    fn remove(&mut self, gone: &[bool]) {
        retain(&mut self.texts, gone);
        // How many stay before each that stays.
        let (mut seen, mut left) = (0, 0);
        self.escaped.retain_mut(|(at, _)| {
            left += gone[seen..*at as usize].iter().filter(|gone| !**gone).count();
            seen = *at as usize;
            *at = left as u32;
            !gone[seen]
        });
    }
}

/// Leaves what is not gone.
fn retain<T>(list: &mut Vec<T>, gone: &[bool]) {
    let mut gone = gone.iter();
    list.retain(|_| gone.next() == Some(&false));
}

/// The pairs of a metadata object.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) keys: Keys,
    /// Parallel to `keys`.
    pub(crate) values: Vec<TextRef>,
}

impl Pairs {
    /// Leaves of pairs with one key the first, with the value of the last.
    pub(super) fn unite(&mut self, header: &str, unescaped: &str) {
        let mut gone = vec![false; self.keys.len()];
        let values = &mut self.values;
        self.keys.each_repeated(header, unescaped, |earlier, at| {
            values[earlier] = values[at];
            gone[at] = true;
            true
        });
        self.keys.remove(&gone);
        retain(&mut self.values, &gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::Cursor;

    /// Some strings and a run of their escaped texts.
    fn keys(header: &str) -> (Keys, String) {
        let (mut keys, mut unescaped) = (Keys::default(), String::new());
        let mut cursor = Cursor::new(header, 0);
        while cursor.peek().is_some() {
            let raw = cursor.string().unwrap();
            let (start, len) = (raw.start as u32, (raw.end - raw.start) as u32);
            let text = if raw.escaped {
                let start = (header.len() + unescaped.len()) as u32;
                unescaped.push('a');
                TextRef { start, len: 1 }
            } else {
                TextRef { start, len }
            };
            keys.push(raw, raw.lone.is_none().then_some(text));
        }
        (keys, unescaped)
    }

    fn repeated(header: &str) -> Option<usize> {
        let (keys, unescaped) = keys(header);
        keys.repeated(header, &unescaped)
    }

    #[test]
    fn the_first_repeated_key_is_told_by_its_place() {
        assert_eq!(repeated(""), None);
        assert_eq!(repeated(r#""a""b""c""#), None);
        assert_eq!(repeated(r#""a""b""b""a""#), Some(6));
        assert_eq!(repeated(r#""b""a""\u0061""b""#), Some(6));
        assert_eq!(repeated(r#""b""\u0061""c""a""b""#), Some(14));
    }

    #[test]
    fn what_has_no_value_repeats_nothing() {
        let count = if cfg!(miri) { 50 } else { 5000 };
        assert_eq!(repeated(&r#""\ud800""#.repeat(count)), None);
        assert_eq!(repeated(r#""\ud800""""\ud800""""#), Some(18));
    }

    #[test]
    fn the_last_value_of_a_key_counts() {
        let header = r#""a""b""\u0061""c""\u0061""b""d""#;
        let (keys, unescaped) = keys(header);
        let value = |start| TextRef { start, len: 0 };
        let mut pairs = Pairs { keys, values: (0..7).map(value).collect() };
        pairs.unite(header, &unescaped);
        let texts = pairs.keys.texts.iter().map(|text| text.within(header, &unescaped));
        assert_eq!(texts.collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(pairs.values, [4, 5, 3, 6].map(value));
        assert_eq!(pairs.keys.escaped, []);
    }

    #[test]
    fn places_of_escaped_keys_stay_right() {
        let (mut keys, _) = keys(r#""a""b""\u0061""c""\u0062""d""#);
        keys.remove(&[false, true, false, true, false, false]);
        assert_eq!(keys.escaped, [(1, 6), (2, 17)]);
        keys.remove(&[false, true, false, false]);
        assert_eq!(keys.escaped, [(1, 17)]);
    }
}
