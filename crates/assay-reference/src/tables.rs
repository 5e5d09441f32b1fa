//! What a header says, as flat tables: one arena each for rows, dimensions,
//! metadata and the two indexes.
//!
//! Nothing here borrows from the header. A text is a position in the header or,
//! if it held escapes, in one run of unescaped texts; so a reader can own the
//! bytes it reads, and tables can be used again for the next file.

use alloc::boxed::Box;
use alloc::vec::Vec;

use once_cell::race::OnceBox;

use crate::index::Index;

/// Everything a header says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) unescaped: Vec<u8>,
    /// The tensors in header order.
    pub(crate) rows: Vec<Row>,
    /// The dimensions of all tensors, one after the other.
    pub(crate) shapes: Vec<u64>,
    /// Shapes of so many dimensions that they stay in the header's text.
    pub(crate) long_shapes: Vec<LongShape>,
    /// Positions in `rows` in order of offsets; empty if that is header order.
    pub(crate) order: Vec<u32>,
    pub(crate) index: Index,
    /// Whether the header has metadata; without it there are no pairs.
    pub(crate) has_metadata: bool,
    /// The metadata in header order.
    pub(crate) pairs: Vec<Pair>,
    pub(crate) pair_index: Index,
}

/// A tensor: half a cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: TextRef,
    pub(crate) range: Range,
    /// Position of its first dimension, which other rows may share; of a long
    /// shape its position in the list of them.
    pub(crate) shape: u32,
    /// Position in the dialect's table.
    pub(crate) dtype: u16,
    /// Number of dimensions, or [`LONG`].
    pub(crate) rank: u16,
}

/// Stands for the rank of a tensor with at least so many dimensions. Those take
/// four times as much memory as text; so they are only read when asked for.
pub(crate) const LONG: u16 = u16::MAX;

/// A shape of very many dimensions.
#[derive(Debug, Clone)]
pub(crate) struct LongShape {
    /// Where the text between its brackets begins.
    text: u32,
    dimensions: OnceBox<Box<[u64]>>,
}

/// The dimensions of a shape that was read before and found right, from after
/// its opening bracket on.
pub(crate) fn long_shape(header: &[u8], text: usize) -> impl Iterator<Item = u64> {
    let mut at = text;
    core::iter::from_fn(move || {
        loop {
            match header.get(at)? {
                b'0'..=b'9' => break,
                b']' => return None,
                _ => at += 1,
            }
        }
        let mut value = 0_u64;
        while let Some(digit @ b'0'..=b'9') = header.get(at) {
            value = value.wrapping_mul(10).wrapping_add((digit - b'0').into());
            at += 1;
        }
        Some(value)
    })
}

/// A text: a position below the header's length is in the header, one from
/// there on in the unescaped texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TextRef {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// A tensor's range in the byte buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// A pair of the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: TextRef,
    pub(crate) value: TextRef,
}

impl TextRef {
    /// The text's bytes.
    pub(crate) fn bytes<'x>(self, header: &'x [u8], unescaped: &'x [u8]) -> &'x [u8] {
        let (start, len) = (self.start as usize, self.len as usize);
        match start.checked_sub(header.len()) {
            None => &header[start..start + len],
            Some(start) => &unescaped[start..start + len],
        }
    }

    /// The text itself, of a header that was read and found to be UTF-8.
    pub(crate) fn of<'x>(self, header: &'x [u8], unescaped: &'x [u8]) -> &'x str {
        core::str::from_utf8(self.bytes(header, unescaped)).expect("the header was found UTF-8")
    }
}

impl Tables {
    /// Empties the tables and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.unescaped.clear();
        self.rows.clear();
        self.shapes.clear();
        self.long_shapes.clear();
        self.order.clear();
        self.index.clear();
        self.has_metadata = false;
        self.pairs.clear();
        self.pair_index.clear();
    }

    /// The name of a row.
    pub(crate) fn name<'x>(&'x self, at: usize, header: &'x [u8]) -> &'x str {
        self.rows[at].name.of(header, &self.unescaped)
    }

    /// How a row says where its dimensions lie: from a position of their table
    /// on, or, if they are too many to be kept there, in the header's text at `text`.
    #[inline(always)]
    pub(crate) fn place_shape(&mut self, from: usize, rank: usize, text: usize) -> (u32, u16) {
        if rank < usize::from(LONG) {
            (from as u32, rank as u16)
        } else {
            (self.place_long_shape(text), LONG)
        }
    }

    #[cold]
    fn place_long_shape(&mut self, text: usize) -> u32 {
        self.long_shapes.push(LongShape { text: text as u32, dimensions: OnceBox::new() });
        self.long_shapes.len() as u32 - 1
    }

    /// The dimensions of a row.
    pub(crate) fn shape(&self, at: usize, header: &[u8]) -> &[u64] {
        let Row { shape, rank, .. } = self.rows[at];
        if rank == LONG {
            let LongShape { text, dimensions } = &self.long_shapes[shape as usize];
            return dimensions
                .get_or_init(|| Box::new(long_shape(header, *text as usize).collect()));
        }
        &self.shapes[shape as usize..][..usize::from(rank)]
    }

    /// The row of this name.
    pub(crate) fn find(&self, name: &str, header: &[u8]) -> Option<usize> {
        let name = name.as_bytes();
        let is_it = |at: usize| self.rows[at].name.bytes(header, &self.unescaped) == name;
        self.index.find(name, self.rows.len(), is_it)
    }

    /// The value of this metadata key.
    pub(crate) fn find_value<'x>(&'x self, key: &str, header: &'x [u8]) -> Option<&'x str> {
        let key = key.as_bytes();
        let is_it = |at: usize| self.pairs[at].key.bytes(header, &self.unescaped) == key;
        let at = self.pair_index.find(key, self.pairs.len(), is_it)?;
        Some(self.pairs[at].value.of(header, &self.unescaped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lie_in_the_header_or_behind_it() {
        let (header, unescaped) = (b"header", b"unescaped");
        let text = |start, len| TextRef { start, len }.of(header, unescaped);
        assert_eq!((text(1, 3), text(6, 2), text(8, 7)), ("ead", "un", "escaped"));
    }

    #[test]
    fn long_shapes_are_read_from_their_text() {
        let shape = |text: &str| long_shape(text.as_bytes(), 1).collect::<Vec<_>>();
        assert_eq!(shape("[1,20, 300 ,\n0 ],4"), [1, 20, 300, 0]);
        assert!(shape("[]1").is_empty());
        assert_eq!(shape("[18446744073709551615]"), [u64::MAX]);
    }

    #[test]
    fn a_row_is_half_a_cache_line() {
        assert_eq!(size_of::<Row>(), 32);
    }
}
