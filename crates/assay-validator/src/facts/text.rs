//! The header as text: what stands before, in and after its JSON value.

use std::ops::Range;

use assay_spec::Span;

use crate::json::{self, Document, GrammarError};

const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The header's text, well-formed UTF-8.
pub(crate) struct Text<'a> {
    text: &'a str,
    base: u64,
    /// The byte order mark it begins with, or nothing.
    pub(crate) byte_order_mark: Range<usize>,
    /// White space before the JSON value, after a byte order mark.
    pub(crate) leading: Range<usize>,
    /// The JSON value, or where it fails.
    pub(crate) document: Result<Document<'a>, GrammarError>,
}

impl<'a> Text<'a> {
    /// Reads the header's bytes, which begin at `base` in the file.
    ///
    /// # Errors
    /// The first bytes that are not UTF-8.
    pub(super) fn read(bytes: &'a [u8], base: u64) -> Result<Self, Span> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let start = error.valid_up_to();
            let end = error.error_len().map_or(bytes.len(), |len| start + len);
            Span::new(base + start as u64, base + end as u64)
        })?;
        let mark = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let white = text[mark..].bytes().take_while(|byte| json::is_white(*byte)).count();
        let leading = mark..mark + white;
        let document = json::read(text, leading.end, base);
        Ok(Text { text, base, byte_order_mark: 0..mark, leading, document })
    }

    /// What follows the JSON value, if there is one.
    pub(crate) fn trailing(&self) -> Option<Range<usize>> {
        self.document.as_ref().ok().map(|document| document.end()..self.text.len())
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    /// A range of the text as bytes of the file.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.base + range.start as u64, self.base + range.end as u64)
    }

    /// The character at an offset, or nothing at the text's end.
    pub(crate) fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..).and_then(|rest| rest.chars().next())
    }
}
