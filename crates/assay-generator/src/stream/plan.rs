//! What a file of a stream holds, before it is written: kept between files, so
//! that planning allocates nothing.

use std::ops::Range;

use super::spelling::{NAMES, NOISE_BYTES, Spelling};
use crate::draw::Draw;
use crate::shapes::size_bits;

/// Orders of an entry's three fields.
pub(super) const ORDERS: [[usize; 3]; 6] =
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A tensor of a plan.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Which name of the swarm's.
    pub(super) name: usize,
    /// A number behind the name.
    pub(super) number: Option<u64>,
    /// Which dtype of the swarm's.
    pub(super) dtype: usize,
    /// Where its dimensions are.
    pub(super) shape: Range<usize>,
    pub(super) begin: u64,
    pub(super) end: u64,
    /// Which of [`ORDERS`].
    pub(super) fields: usize,
    /// Which further field of the swarm's.
    pub(super) extra: Option<usize>,
}

/// A file of a stream.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// In the order of their contents.
    pub(super) tensors: Vec<Planned>,
    pub(super) dimensions: Vec<u64>,
    /// Tensors in the order of the header.
    pub(super) order: Vec<usize>,
    /// Which metadata of the swarm's, and before which entry.
    pub(super) metadata: Option<(usize, usize)>,
    /// Length of the byte buffer.
    pub(super) buffer: u64,
    /// Where in the swarm's noise the contents begin.
    pub(super) noise: usize,
    /// The first bytes of the contents, which tell files apart.
    pub(super) first: [u8; 8],
}

impl Plan {
    /// Draws another file of the swarm.
    pub(super) fn draw(&mut self, spelling: &Spelling, draw: &mut Draw) {
        let swarm = &spelling.swarm;
        self.tensors.clear();
        self.dimensions.clear();
        self.buffer = 0;
        let most = swarm.tensors.max(1);
        // Files without tensors are nearly all the same; a few are enough.
        let without = draw.once_in(if swarm.tensors == 0 { 16 } else { 500 });
        let count = if without { 0 } else { draw.from(most.div_ceil(2), most) };
        // An odd step goes through all names before it comes back.
        let (start, step) = (draw.index(NAMES), 2 * draw.index(NAMES / 2) + 1);
        for turn in 0..count as usize {
            self.tensor(spelling, (start + turn * step) % NAMES, draw);
        }
        if swarm.usual_order {
            self.in_usual_order();
        }
        self.order.clear();
        self.order.extend(0..self.tensors.len());
        if swarm.ranks > 1 {
            for at in (1..self.order.len()).rev() {
                self.order.swap(at, draw.index(at + 1));
            }
        }
        self.metadata = (!spelling.metadata.is_empty()).then(|| {
            let before = if swarm.ranks > 1 { draw.index(self.order.len() + 1) } else { 0 };
            (draw.index(spelling.metadata.len()), before)
        });
        self.noise = draw.index(NOISE_BYTES / 2);
        self.first = draw.any().to_le_bytes();
    }

    fn tensor(&mut self, spelling: &Spelling, name: usize, draw: &mut Draw) {
        let swarm = &spelling.swarm;
        let dtype = draw.index(swarm.dtypes.len());
        let from = self.dimensions.len();
        let form = *draw.pick(&swarm.forms);
        spelling.shapes.draw(&swarm.dtypes[dtype], form, draw, &mut self.dimensions);
        let shape = from..self.dimensions.len();
        let bits = size_bits(&swarm.dtypes[dtype], &self.dimensions[shape.clone()]);
        let begin = self.buffer;
        self.buffer += bits.expect("shapes are drawn small") / 8;
        let choices = draw.any();
        let extras = spelling.extras.len();
        self.tensors.push(Planned {
            name,
            number: (choices & 3 != 0).then_some(choices >> 44),
            dtype,
            shape,
            begin,
            end: self.buffer,
            fields: if swarm.fields_shuffled { below(choices >> 8, ORDERS.len()) } else { 0 },
            extra: (extras > 0 && choices & 4 != 0).then(|| below(choices >> 16, extras)),
        });
    }

    /// Wide dtypes first (they stand last in the dialect's table), then as drawn.
    fn in_usual_order(&mut self) {
        self.tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.dtype));
        let mut at = 0;
        for tensor in &mut self.tensors {
            let len = tensor.end - tensor.begin;
            (tensor.begin, tensor.end) = (at, at + len);
            at += len;
        }
    }
}

/// Drawn bits as an index; the remainder is taken of all 64 of them, whatever a
/// `usize` holds.
fn below(bits: u64, len: usize) -> usize {
    (bits % len as u64) as usize
}
