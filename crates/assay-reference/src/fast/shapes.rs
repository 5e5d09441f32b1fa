//! Shapes that were seen before, by their text.
//!
//! A model has few different shapes. One that is spelled as before takes no
//! reading and no memory: its tensor shares the dimensions.

use alloc::vec::Vec;

use wide::u8x16;

use super::Pass;
use super::words::{block, chunk, integer};
use crate::tables::LONG;

/// How many shapes are remembered; a power of two.
const PLACES: usize = 64;
/// Files of fewer tensors are not worth it.
const WORTH_IT: usize = 16;

/// The dimensions of a tensor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    /// Where they begin in their table.
    pub(super) from: usize,
    pub(super) rank: usize,
    /// Their product, unless it takes a closer look.
    pub(super) elements: Option<u64>,
    /// Where its text begins, if it is so long that its dimensions are not kept.
    pub(super) text: usize,
}

/// A shape by its text.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// What stands between the brackets, as the highest bytes.
    text: u128,
    elements: u64,
    from: u32,
    rank: u16,
    /// In which file.
    file: u16,
}

/// The shapes that were seen last.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// Empty until it is worth it.
    known: Vec<Known>,
    file: u16,
    /// Where the dimensions of the last shape remembered end.
    needed: usize,
}

impl Shapes {
    /// Forgets all shapes.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.needed = 0;
        self.file = self.file.wrapping_add(1);
        if self.file == 0 {
            self.known.clear();
        }
    }

    /// How many dimensions of the table may be asked for again.
    pub(super) fn needed(&self) -> usize {
        self.needed
    }
}

impl Pass<'_> {
    /// The shape whose text begins here, if it was seen before, and the position
    /// of its closing bracket.
    #[inline(always)]
    pub(super) fn known_shape(&self, at: usize) -> Option<(Shape, usize)> {
        let places: &[Known; PLACES] = self.work.shapes.known.first_chunk()?;
        let (text, len) = shape_text(self.bytes, at)?;
        let known = &places[place(text)];
        if known.text != text || known.file != self.work.shapes.file {
            return None;
        }
        let (from, rank) = (known.from as usize, usize::from(known.rank));
        Some((Shape { from, rank, elements: Some(known.elements), text: at }, at + len))
    }

    /// A shape without dimensions yet, whose text begins here.
    #[inline(always)]
    pub(super) fn begin_shape(&self, text: usize) -> Shape {
        Shape { from: self.tables.shapes.len(), rank: 0, elements: Some(1), text }
    }

    /// Reads a dimension and adds it; gives where it ends.
    #[inline(always)]
    pub(super) fn dimension(&mut self, at: usize, shape: &mut Shape) -> Option<usize> {
        let (dimension, end) = match chunk(self.bytes, at) {
            Some([digit @ b'0'..=b'9', b',' | b']']) => (u64::from(digit - b'0'), at + 1),
            _ => integer(self.bytes, at)?,
        };
        shape.rank += 1;
        if dimension > self.terms.max_dimension || shape.rank as u64 > self.terms.max_rank {
            return None;
        }
        if shape.rank < usize::from(LONG) {
            self.push_dimension(dimension, at);
        }
        shape.elements = shape.elements.and_then(|elements| elements.checked_mul(dimension));
        Some(if shape.rank < usize::from(LONG) { end } else { self.single_digits(end, shape) })
    }

    /// Passes over dimensions of one digit that change nothing, seven at a time,
    /// each with the comma before it: a shape made to hurt has millions of them.
    #[cold]
    #[inline(never)]
    fn single_digits(&self, mut at: usize, shape: &mut Shape) -> usize {
        const DIMENSIONS: usize = 7;
        let settled = matches!(shape.elements, None | Some(0));
        while let Some(block) = block(self.bytes, at)
            && self.terms.max_dimension >= 9
            && (shape.rank + DIMENSIONS) as u64 <= self.terms.max_rank
        {
            let values = block - u8x16::splat(b'0');
            let digits = values.min(u8x16::splat(9)).simd_eq(values).to_bitmask();
            let ones = block.simd_eq(u8x16::splat(b'1')).to_bitmask();
            let commas = block.simd_eq(u8x16::splat(b',')).to_bitmask();
            let harmless = if settled { digits } else { ones };
            // The eighth may be the first digit of several.
            if commas & 0x5555 != 0x5555 || harmless & 0x2aaa != 0x2aaa {
                break;
            }
            at += 2 * DIMENSIONS;
            shape.rank += DIMENSIONS;
        }
        at
    }

    /// Remembers the shape whose text begins at `at`.
    #[inline(never)]
    pub(super) fn remember_shape(&mut self, at: usize, shape: Shape) {
        if self.tables.rows.len() < WORTH_IT {
            return;
        }
        let shapes = &mut self.work.shapes;
        let (Some((text, _)), Some(elements)) = (shape_text(self.bytes, at), shape.elements) else {
            return;
        };
        shapes.known.resize(PLACES, Known::default());
        shapes.needed = shape.from + shape.rank;
        // Fewer than 16 bytes hold fewer than 16 dimensions.
        let (from, rank) = (shape.from as u32, shape.rank as u16);
        shapes.known[place(text)] = Known { text, elements, from, rank, file: shapes.file };
    }
}

/// What stands up to the next closing bracket, as the highest bytes, and its
/// length: 1 to 15.
#[inline(always)]
fn shape_text(bytes: &[u8], at: usize) -> Option<(u128, usize)> {
    let text: &[u8; 16] = chunk(bytes, at)?;
    let brackets = u8x16::new(*text).simd_eq(u8x16::splat(b']')).to_bitmask();
    let len = brackets.trailing_zeros() as usize;
    let text = u128::from_le_bytes(*text);
    (1..16).contains(&len).then(|| (text << (128 - 8 * len), len))
}

#[inline(always)]
fn place(text: u128) -> usize {
    let folded = (text >> 64) as u64 ^ (text as u64).rotate_left(25);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_ends_at_its_bracket() {
        let text = |text: &str| shape_text(text.as_bytes(), 1);
        let bytes = |text: &str| {
            let mut bytes = [0; 16];
            bytes[16 - text.len()..].copy_from_slice(text.as_bytes());
            u128::from_le_bytes(bytes)
        };
        for shape in ["1", "12,34567", "12345678", "123456789", "123456789012345"] {
            let found = text(&format!("[{shape}],                 "));
            assert_eq!(found, Some((bytes(shape), shape.len())), "{shape}");
        }
        assert_eq!(text("[]                 "), None);
        assert_eq!(text("[1234567890123456],    "), None);
        assert_eq!(text("[1]"), None);
    }
}
