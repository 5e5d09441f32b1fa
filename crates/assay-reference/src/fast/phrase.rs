//! What writers say in every entry, compared as words instead of read.
//!
//! Almost every header is written by one of two programs: compact, or with a
//! space after colons and commas. Between the name, the dtype, the dimensions
//! and the offsets everything is then known beforehand.

use super::words::{chunk, word};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Text of up to `8 * N` bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase<const N: usize> {
    words: [u64; N],
    masks: [u64; N],
    pub(super) len: usize,
}

impl<const N: usize> Phrase<N> {
    /// `None` if the text is too long.
    pub(super) fn new(text: &[u8]) -> Option<Self> {
        let part = |turn: usize| text.get(8 * turn..).unwrap_or_default();
        let word = |part: &[u8], fill: Option<u8>| {
            let byte = |at: usize| part.get(at).map_or(0, |byte| fill.unwrap_or(*byte));
            u64::from_le_bytes(core::array::from_fn(byte))
        };
        (text.len() <= 8 * N).then(|| Phrase {
            words: core::array::from_fn(|turn| word(part(turn), None)),
            masks: core::array::from_fn(|turn| word(part(turn), Some(u8::MAX))),
            len: text.len(),
        })
    }

    /// Whether these words begin with the text.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "one position in three arrays")]
    pub(super) fn begins(&self, words: &[u64; N]) -> bool {
        let mut differ = 0;
        for turn in 0..N {
            differ |= (words[turn] ^ self.words[turn]) & self.masks[turn];
        }
        differ == 0
    }
}

/// The words from a position on, if they are all there.
#[inline(always)]
pub(super) fn words<const N: usize>(bytes: &[u8], at: usize) -> Option<[u64; N]> {
    let chunks = bytes.get(at..)?.as_chunks::<8>().0.first_chunk::<N>()?;
    Some(chunks.map(u64::from_le_bytes))
}

/// How a writer spells entries.
#[derive(Debug)]
pub(super) struct Style {
    /// What follows a name, as far as every dtype has it.
    head: Phrase<1>,
    /// From the quote that ends a name to the bracket that opens the shape, by
    /// position of the dtype.
    pub(super) opening: Vec<Phrase<5>>,
    /// Where in an opening the dtype stands.
    pub(super) dtype_at: usize,
    /// From the bracket that closes the shape to the one that opens the offsets.
    pub(super) offsets: Phrase<3>,
    /// From the bracket that closes the offsets to the quote that opens the next name.
    pub(super) next: Phrase<1>,
    /// From one integer to the next.
    comma: Phrase<1>,
}

/// What an entry's fields are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldNames<'a> {
    pub(super) dtype: &'a str,
    pub(super) shape: &'a str,
    pub(super) offsets: &'a str,
}

impl Style {
    /// `None` if names are too long for it.
    pub(super) fn new(fields: FieldNames<'_>, dtypes: &[Box<str>], spaced: bool) -> Option<Style> {
        let FieldNames { dtype: dtype_key, shape, offsets } = fields;
        let space = if spaced { " " } else { "" };
        let head = format!("\":{space}{{\"{dtype_key}\":{space}\"");
        let opening = |dtype: &str| {
            let text = format!("{head}{dtype}\",{space}\"{shape}\":{space}[");
            Phrase::new(text.as_bytes())
        };
        Some(Style {
            head: Phrase::new(&head.as_bytes()[..head.len().min(8)])?,
            dtype_at: head.len(),
            opening: dtypes.iter().map(|dtype| opening(dtype)).collect::<Option<_>>()?,
            offsets: Phrase::new(format!("],{space}\"{offsets}\":{space}[").as_bytes())?,
            next: Phrase::new(format!("]}},{space}\"").as_bytes())?,
            comma: Phrase::new(format!(",{space}").as_bytes())?,
        })
    }

    /// Whether what follows a name may be this style.
    #[inline]
    pub(super) fn may_follow(&self, bytes: &[u8], at: usize) -> bool {
        word(bytes, at).is_some_and(|word| self.head.begins(&[word]))
    }

    /// Passes over a comma between integers.
    #[inline(always)]
    pub(super) fn comma(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let two = u64::from(u16::from_le_bytes(*chunk(bytes, at)?));
        self.comma.begins(&[two]).then_some(at + self.comma.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_compared_to_its_last_byte() {
        let phrase = Phrase::<2>::new(b"0123456789").unwrap();
        let begins = |text: &str| phrase.begins(&words(text.as_bytes(), 0).unwrap());
        assert!(begins("0123456789xxxxxx"));
        assert!(!begins("012345678xxxxxxx") && !begins("x123456789xxxxxx"));
        assert!(words::<2>(b"0123456789", 0).is_none());
        assert!(Phrase::<1>::new(b"012345678").is_none());
        assert_eq!(phrase.len, 10);
    }

    #[test]
    fn a_comma_is_followed_as_the_style_says() {
        let fields = FieldNames { dtype: "d", shape: "s", offsets: "o" };
        let style = |spaced| Style::new(fields, &["X".into()], spaced).unwrap();
        assert_eq!(style(false).comma(b",1", 0), Some(1));
        assert_eq!(style(false).comma(b", 1", 0), Some(1));
        assert_eq!(style(false).comma(b"] 1", 0), None);
        assert_eq!(style(true).comma(b", 1", 0), Some(2));
        assert_eq!(style(true).comma(b",1", 0), None);
    }
}
