//! Entries as the two common writers spell them.
//!
//! Whatever differs makes the attempt fail without a trace, and the entry is
//! read again token by token.

use wide::u8x16;

use super::Pass;
use super::phrase::{Phrase, Style, words};
use super::shapes::Shape;
use super::terms::Terms;
use super::words::{block, integer};
use crate::tables::{Range, TextRef};

/// What the writer did last and will most likely do again.
#[derive(Debug)]
pub(super) struct Habits<'a> {
    /// `None` if the terms know no style.
    usual: Option<Usual<'a>>,
    /// The offset that ended the last usual entry (others may have come since):
    /// its value, its digits as the lowest bytes, and how many. Of an offset
    /// with 16 digits or more none are remembered.
    end: u64,
    end_text: u8x16,
    end_digits: usize,
}

/// How the last entry was spelled.
#[derive(Debug, Clone, Copy)]
struct Usual<'a> {
    style: &'a Style,
    opening: &'a Phrase<5>,
    dtype: usize,
}

impl<'a> Habits<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        let usual = terms.styles.first().and_then(|style| Usual::new(style, 0));
        Habits { usual, end: 0, end_text: u8x16::splat(0), end_digits: 0 }
    }
}

impl<'a> Usual<'a> {
    fn new(style: &'a Style, dtype: usize) -> Option<Self> {
        Some(Usual { style, opening: style.opening.get(dtype)?, dtype })
    }
}

impl<'a> Pass<'a> {
    /// The entry of a tensor from the quote that ends its name on. Gives where
    /// the next name begins; `None` if the entry or what follows is unusual.
    #[inline(always)]
    pub(super) fn usual_entry(&mut self, name: TextRef, quote: usize) -> Option<usize> {
        let window = words::<5>(self.bytes, quote)?;
        let mut usual = self.habits.usual?;
        if !usual.opening.begins(&window) {
            usual = self.adapt(quote)?;
            if !usual.opening.begins(&window) {
                return None;
            }
        }
        if self.reserved(name).is_some() {
            return None;
        }
        let from = self.tables.shapes.len();
        let end = self.usual_fields(name, usual, quote + usual.opening.len);
        if end.is_none() {
            self.tables.shapes.truncate(from.max(self.work.shapes.needed()));
        }
        end
    }

    #[inline(always)]
    fn usual_fields(&mut self, name: TextRef, usual: Usual<'a>, at: usize) -> Option<usize> {
        let bytes = self.bytes;
        let style = usual.style;
        let (shape, at) = match self.known_shape(at) {
            Some(known) => known,
            None => self.usual_shape(style, at)?,
        };
        if !style.offsets.begins(&words::<3>(bytes, at)?) {
            return None;
        }
        let at = at + style.offsets.len;
        let (begin, at) = match self.repeated_end(at) {
            Some(after) => (self.habits.end, after),
            None => other_begin(bytes, at)?,
        };
        // No digit follows: it is a comma.
        let at = style.comma(bytes, at)?;
        let (end, after) = integer(bytes, at)?;
        let next = words::<1>(bytes, after)?;
        if !style.next.begins(&next) {
            return None;
        }
        self.take(name, usual.dtype, shape, Range { begin, end })?;
        self.remember_end(end, at, after);
        Some(after + style.next.len)
    }

    /// Whether the last offset stands here again, digit by digit; gives where
    /// the digits end, if these are all.
    #[inline(always)]
    fn repeated_end(&self, at: usize) -> Option<usize> {
        let Habits { end_text, end_digits, .. } = self.habits;
        let differ = !block(self.bytes, at)?.simd_eq(end_text).to_bitmask();
        let same = differ.trailing_zeros() as usize >= end_digits;
        (end_digits != 0 && same).then_some(at + end_digits)
    }

    /// Keeps the text of the offset that was just taken.
    #[inline(always)]
    fn remember_end(&mut self, end: u64, at: usize, after: usize) {
        let digits = after - at;
        match block(self.bytes, at) {
            Some(text) if digits < 16 => {
                self.habits.end = end;
                self.habits.end_text = text;
                self.habits.end_digits = digits;
            }
            _ => self.habits.end_digits = 0,
        }
    }

    /// Finds the style and the dtype of an entry that is not like the last one.
    #[cold]
    #[inline(never)]
    fn adapt(&mut self, quote: usize) -> Option<Usual<'a>> {
        let mut styles = self.terms.styles.iter();
        let style = styles.find(|style| style.may_follow(self.bytes, quote))?;
        let (dtype, _) = self.terms.dtypes.at(self.bytes, quote + style.dtype_at)?;
        self.habits.usual = Usual::new(style, dtype);
        self.habits.usual
    }

    /// A shape that was not seen before; gives it and the position of its
    /// closing bracket, or of whatever else stands there.
    #[inline(never)]
    fn usual_shape(&mut self, style: &Style, start: usize) -> Option<(Shape, usize)> {
        let mut shape = self.begin_shape(start);
        let mut at = start;
        if self.bytes.get(at) != Some(&b']') {
            at = self.dimension(at, &mut shape)?;
            while let Some(next) = style.comma(self.bytes, at) {
                at = self.dimension(next, &mut shape)?;
            }
        }
        (self.bytes.get(at) == Some(&b']')).then(|| self.remember_shape(start, shape))?;
        Some((shape, at))
    }
}

/// A first offset that is not the last one again.
#[inline(never)]
fn other_begin(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    integer(bytes, at)
}
