//! Entries in any spelling, token by token.

use assay_spec::KeyRole;

use super::Pass;
use super::shapes::Shape;
use super::words::{chunk, integer};
use crate::tables::{Range, TextRef};

/// Depth of an entry's arrays, of which it has two: root, entry, array.
pub(super) const DEPTH: u64 = 3;

/// What an entry says.
#[derive(Debug, Default)]
struct Facts {
    dtype: usize,
    shape: Shape,
    begin: u64,
    end: u64,
}

impl Pass<'_> {
    /// The value under a tensor's name; gives where it ends.
    pub(super) fn entry(&mut self, name: TextRef, at: usize) -> Option<usize> {
        let mut facts = Facts::default();
        let mut seen = 0;
        let mut at = self.space(self.eat(at, b'{')?);
        loop {
            at = self.field(at, &mut facts, &mut seen)?;
            at = self.space(at);
            match self.bytes.get(at)? {
                b',' => at = self.space(at + 1),
                b'}' => break,
                _ => return None,
            }
        }
        if seen & self.terms.required != self.terms.required || !self.ignored_keys_differ(0) {
            return None;
        }
        self.work.ignored.clear();
        let Facts { dtype, shape, begin, end } = facts;
        self.take(name, dtype, shape, Range { begin, end })?;
        Some(at + 1)
    }

    /// A key of an entry and what stands under it.
    #[inline(always)]
    fn field(&mut self, at: usize, facts: &mut Facts, seen: &mut u64) -> Option<usize> {
        let at = self.eat(at, b'"')?;
        let (known, after) = match self.known_key(at) {
            Some((known, after)) => (Some(known), after),
            None => self.odd_key(at)?,
        };
        let at = self.colon(after)?;
        let Some(known) = known else { return self.skip(at, 2) };
        let bit = 1 << known;
        if core::mem::replace(seen, *seen | bit) & bit != 0 {
            return None;
        }
        match self.terms.entry_keys[known].role {
            KeyRole::Dtype => self.dtype(at, facts),
            KeyRole::Shape => self.shape(at, facts),
            KeyRole::DataOffsets => self.offsets(at, facts),
            KeyRole::Metadata | KeyRole::Note | KeyRole::Meaning | KeyRole::Features => {
                self.skip(at, 2)
            }
        }
    }

    /// A key with a meaning that stands as it is; gives it and where it ends.
    #[inline(always)]
    fn known_key(&self, at: usize) -> Option<(usize, usize)> {
        let text = u128::from_le_bytes(*chunk(self.bytes, at)?);
        let mut keys = self.terms.entry_keys.iter();
        let known = keys.position(|key| (text ^ key.text) & key.mask == 0)?;
        Some((known, at + self.terms.entry_keys[known].key.len() + 1))
    }

    /// Any other key: one with a meaning that is spelled with escapes, or one
    /// without a meaning, which is remembered.
    #[cold]
    #[inline(never)]
    fn odd_key(&mut self, at: usize) -> Option<(Option<usize>, usize)> {
        let (key, after) = self.ignored_key(at)?;
        let text = self.work.ignored.text(self.bytes, key);
        let known = self.terms.entry_keys.iter().position(|known| *known.key == *text);
        if known.is_none() {
            if !self.terms.unknown_fields {
                return None;
            }
            self.remember_key(key);
        }
        Some((known, after))
    }

    #[inline(always)]
    fn dtype(&mut self, at: usize, facts: &mut Facts) -> Option<usize> {
        let at = self.eat(at, b'"')?;
        if let Some((dtype, after)) = self.terms.dtypes.at(self.bytes, at) {
            facts.dtype = dtype;
            return Some(after);
        }
        let (text, after) = self.ignored_key(at)?;
        facts.dtype = self.terms.dtypes.named(self.work.ignored.text(self.bytes, text))?;
        Some(after)
    }

    #[inline(always)]
    fn shape(&mut self, at: usize, facts: &mut Facts) -> Option<usize> {
        let start = self.eat(at, b'[')?;
        if let Some((shape, end)) = self.known_shape(start) {
            facts.shape = shape;
            return Some(end + 1);
        }
        let mut at = self.space(start);
        let mut shape = self.begin_shape(start);
        if self.bytes.get(at) != Some(&b']') {
            loop {
                let end = self.dimension(at, &mut shape)?;
                at = self.space(end);
                match self.bytes.get(at)? {
                    b',' => at = self.space(at + 1),
                    b']' => break,
                    _ => return None,
                }
            }
        }
        facts.shape = shape;
        self.remember_shape(start, facts.shape);
        Some(at + 1)
    }

    #[inline(always)]
    fn offsets(&mut self, at: usize, facts: &mut Facts) -> Option<usize> {
        let at = self.space(self.eat(at, b'[')?);
        let (begin, at) = integer(self.bytes, at)?;
        let at = self.space(self.eat(self.space(at), b',')?);
        let (end, at) = integer(self.bytes, at)?;
        (facts.begin, facts.end) = (begin, end);
        self.eat(self.space(at), b']')
    }
}
