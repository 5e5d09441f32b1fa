//! Questions about parts of tensors: which tensors, and which indices into them.
//!
//! Each question has one thing that is special about it, and that names the
//! probe whose rule it is about; what is special is worked out by [`kind`] from
//! the index alone. What the right answer is, the generator does not know.

mod draw;
mod hand;
mod kind;

use std::collections::BTreeSet;

use assay_spec::check::Probe;
use assay_spec::{Dialect, Dtype, DtypeClass};

use crate::bounds;
use crate::draft::Draft;
use crate::draw::Draw;
use crate::model::{Model, Padding, Tensor};
pub use kind::kind;

/// Name of the tensor that is asked about; others lie before and behind it.
pub const SLICED_NAME: &str = "sliced";

/// How many questions of each kind are drawn, beside those by hand.
const DRAWN: usize = 55;

/// Tries for each of them: some kinds do not suit some shapes.
const TRIES: usize = 400;

/// What an index says of one dimension; an ellipsis speaks of any number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SliceItem {
    /// One position; below zero from the end.
    Select(i64),
    /// From start to before stop, every `step`-th; as in NumPy.
    Range {
        /// Where to begin.
        start: Option<i64>,
        /// Where to stop.
        stop: Option<i64>,
        /// From one to the next; `None` is 1.
        step: Option<i64>,
    },
    /// As many whole dimensions as the other items leave.
    Ellipsis,
}

/// A tensor of which parts are asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SliceTensor {
    /// Name of its dtype.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceQuestion {
    /// Position of the tensor in the list.
    pub tensor: usize,
    /// An item a dimension, outermost first.
    pub index: Vec<SliceItem>,
    /// What is special about it.
    pub probe: Probe,
    /// Whether the index cannot be applied, or, where elements are smaller than
    /// a byte, may not be whole bytes; if not, a right reader delivers the part.
    pub may_be_refused: bool,
}

/// Tensors and questions about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices {
    /// The tensors, each for a file of its own.
    pub tensors: Vec<SliceTensor>,
    /// The questions: by hand, then drawn, each once.
    pub questions: Vec<SliceQuestion>,
}

/// Questions of every kind: some that are always asked, and some that a seed draws.
pub fn slices(dialect: &Dialect, seed: u64) -> Slices {
    let mut made = Slices { tensors: hand::tensors(dialect), questions: Vec::new() };
    let mut asked = BTreeSet::new();
    for (tensor, index) in hand::questions(dialect) {
        made.ask(dialect, tensor, index, &mut asked);
    }
    made.tensors.extend(tensors(dialect));
    for probe in kind::PROBES {
        let mut draw = Draw::new(seed, &format!("slices {probe:?}"));
        let mut drawn = 0;
        for _ in 0..DRAWN * TRIES {
            if drawn == DRAWN {
                break;
            }
            let tensor = draw.index(made.tensors.len());
            let of = &made.tensors[tensor];
            let Some(index) = draw::index(&mut draw, probe, &of.shape) else { continue };
            if made.kind(dialect, tensor, &index) == Some(probe) {
                drawn += usize::from(made.ask(dialect, tensor, index, &mut asked));
            }
        }
    }
    made.without_unasked()
}

impl Slices {
    fn kind(&self, dialect: &Dialect, tensor: usize, index: &[SliceItem]) -> Option<Probe> {
        let of = &self.tensors[tensor];
        let bits = dialect.dtype(&of.dtype).map_or(8, |dtype| dtype.bits);
        kind(index, &of.shape, bits)
    }

    /// Adds a question, unless it was asked before or is of no single kind.
    fn ask(
        &mut self,
        dialect: &Dialect,
        tensor: usize,
        index: Vec<SliceItem>,
        asked: &mut BTreeSet<(SliceTensor, Vec<SliceItem>)>,
    ) -> bool {
        let Some(probe) = self.kind(dialect, tensor, &index) else { return false };
        if !asked.insert((self.tensors[tensor].clone(), index.clone())) {
            return false;
        }
        let may_be_refused = kind::is_fault(probe) || probe == Probe::SliceWholeBytes;
        self.questions.push(SliceQuestion { tensor, index, probe, may_be_refused });
        true
    }

    /// Leaves out tensors that nobody asks about.
    fn without_unasked(mut self) -> Slices {
        let used: BTreeSet<usize> = self.questions.iter().map(|question| question.tensor).collect();
        let mut places = vec![0; self.tensors.len()];
        for (place, at) in used.iter().enumerate() {
            places[*at] = place;
        }
        let all = std::mem::take(&mut self.tensors).into_iter().enumerate();
        self.tensors = all.filter(|(at, _)| used.contains(at)).map(|(_, tensor)| tensor).collect();
        for question in &mut self.questions {
            question.tensor = places[question.tensor];
        }
        self
    }
}

/// Each dtype with some shapes: every rank from 0 to 5, ones and zeros.
fn tensors(dialect: &Dialect) -> Vec<SliceTensor> {
    let whole: [&[u64]; 12] = [
        &[7],
        &[3, 4, 5],
        &[2, 3, 2, 3],
        &[4, 6],
        &[],
        &[2, 1, 3, 1, 2],
        &[1, 1, 1],
        &[16],
        &[0, 4],
        &[2, 0, 3],
        &[5, 0],
        &[0],
    ];
    let small: [&[u64]; 6] = [&[8], &[2, 4], &[4, 2], &[8, 3], &[4, 3, 4], &[2, 8, 2]];
    let mut tensors = Vec::new();
    for (at, dtype) in dialect.dtypes().iter().enumerate() {
        let shapes: Vec<&[u64]> = if dtype.bytes().is_some() {
            // The long list is dealt out, so that each dtype gets some of each sort.
            (0..4).map(|turn| whole[(at + 3 * turn) % whole.len()]).collect()
        } else {
            small.to_vec()
        };
        let is_whole =
            |shape: &&[u64]| (shape.iter().product::<u64>() * dtype.bits).is_multiple_of(8);
        for shape in shapes.into_iter().filter(is_whole) {
            tensors.push(SliceTensor { dtype: dtype.name.clone(), shape: shape.to_vec() });
        }
    }
    tensors
}

impl SliceTensor {
    /// Its file: the tensor between two others, all bytes a pattern in which
    /// neighbours differ.
    pub fn file(&self, dialect: &Dialect) -> Draft {
        let dtype = dialect.dtype(&self.dtype);
        let dtype = dtype.expect("tensors are made of the dialect's dtypes");
        // As many elements of any dtype are whole bytes, and more than alignment needs.
        let around = |name, first| {
            let count = bounds::whole(dtype) * 8;
            Tensor::new(name, &dtype.name, &[count], pattern(dtype, &[count], first))
        };
        let sliced =
            Tensor::new(SLICED_NAME, &dtype.name, &self.shape, pattern(dtype, &self.shape, 1));
        let mut model = Model::new(dialect, vec![around("before", 0), sliced, around("behind", 2)]);
        if let Some(byte) = bounds::padding(dialect).first() {
            model.style.padding = Padding::Align { byte: *byte, to: bounds::alignment(dialect) };
        }
        model.to_draft()
    }
}

/// Contents that tell elements apart; of truth values the two that there are.
fn pattern(dtype: &Dtype, shape: &[u64], first: u64) -> Vec<u8> {
    let byte = |at: u64| {
        let mixed = (at + 256 * first + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        if dtype.class == DtypeClass::Bool { (mixed & 1) as u8 } else { mixed as u8 }
    };
    (0..shape.iter().product::<u64>() * dtype.bits / 8).map(byte).collect()
}
