//! Entries as the two common writers spell them.
//!
//! Whatever differs makes the attempt fail without a trace, and the entry is
//! read again token by token.

use super::Pass;
use super::phrase::words;
use super::words::{chunk, integer};
use crate::tables::{Range, TextRef};

/// What the writer did last and will most likely do again.
#[derive(Debug, Default)]
pub(super) struct Habits {
    style: usize,
    dtype: usize,
    /// The last offset as text: its digits as the lowest bytes, and how far to
    /// shift the rest away. No digits are remembered of an offset of 16 or more.
    end_text: u128,
    end_digits: usize,
}

impl Pass<'_> {
    /// The entry of a tensor from the quote that ends its name on. Gives where
    /// the next name begins; `None` if the entry or what follows is unusual.
    #[inline(always)]
    pub(super) fn usual_entry(&mut self, name: TextRef, quote: usize) -> Option<usize> {
        let terms = self.terms;
        let window = words::<5>(self.bytes, quote)?;
        let mut style = terms.styles.get(self.habits.style)?;
        let mut opening = style.opening.get(self.habits.dtype)?;
        if !opening.begins(&window) {
            self.adapt(quote)?;
            style = terms.styles.get(self.habits.style)?;
            opening = style.opening.get(self.habits.dtype)?;
            if !opening.begins(&window) {
                return None;
            }
        }
        if self.reserved(name).is_some() {
            return None;
        }
        let from = self.tables.shapes.len();
        let end = self.usual_fields(name, style, quote + opening.len, from);
        if end.is_none() {
            self.tables.shapes.truncate(from);
        }
        end
    }

    #[inline(always)]
    fn usual_fields(
        &mut self,
        name: TextRef,
        style: &super::phrase::Style,
        mut at: usize,
        from: usize,
    ) -> Option<usize> {
        let bytes = self.bytes;
        let mut elements = Some(1_u64);
        if bytes.get(at) != Some(&b']') {
            loop {
                let (dimension, end) = integer(bytes, at)?;
                if dimension > self.terms.max_dimension {
                    return None;
                }
                self.push_dimension(dimension, at);
                elements = elements.and_then(|elements| elements.checked_mul(dimension));
                match style.comma(bytes, end) {
                    Some(next) => at = next,
                    None => {
                        at = end;
                        break;
                    }
                }
            }
        }
        if (self.tables.shapes.len() - from) as u64 > self.terms.max_rank
            || !style.offsets.begins(&words::<3>(bytes, at)?)
        {
            return None;
        }
        let (begin, at) = self.usual_begin(at + style.offsets.len)?;
        let at = style.comma(bytes, at)?;
        let (end, after) = integer(bytes, at)?;
        let next = words::<1>(bytes, after)?;
        if !style.next.begins(&next) {
            return None;
        }
        self.take(name, self.habits.dtype, from, elements, Range { begin, end })?;
        self.remember_end(at, after);
        self.deepest = self.deepest.max(super::entry::USUAL_DEPTH);
        Some(after + style.next.len)
    }

    /// The first of two offsets: as a rule the one before, digit by digit.
    #[inline(always)]
    fn usual_begin(&self, at: usize) -> Option<(u64, usize)> {
        let Habits { end_text, end_digits, .. } = self.habits;
        if end_digits != 0
            && let Some(text) = chunk(self.bytes, at)
        {
            let end = at + end_digits;
            let same = (u128::from_le_bytes(*text) ^ end_text) << (128 - 8 * end_digits) == 0;
            if same && !self.bytes.get(end)?.is_ascii_digit() {
                return Some((self.running, end));
            }
        }
        integer(self.bytes, at)
    }

    /// Keeps the text of the offset that was just taken.
    #[inline(always)]
    fn remember_end(&mut self, at: usize, after: usize) {
        let digits = after - at;
        match chunk(self.bytes, at) {
            Some(text) if digits < 16 => {
                self.habits.end_text = u128::from_le_bytes(*text);
                self.habits.end_digits = digits;
            }
            _ => self.habits.end_digits = 0,
        }
    }

    /// Finds the style and the dtype of an entry that is not like the last one.
    #[cold]
    #[inline(never)]
    fn adapt(&mut self, quote: usize) -> Option<()> {
        let mut styles = self.terms.styles.iter();
        let style = styles.position(|style| style.may_follow(self.bytes, quote))?;
        let dtype_at = quote + self.terms.styles[style].dtype_at;
        let (dtype, _) = self.terms.dtypes.at(self.bytes, dtype_at)?;
        (self.habits.style, self.habits.dtype) = (style, dtype);
        Some(())
    }
}
