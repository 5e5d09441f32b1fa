//! Metamorphic relations: what may be done to a file without changing what a
//! reader sees in it. Every function takes files as they are meant and makes
//! other files; none knows what a reader will say, and none needs to.
//!
//! * [`base`] draws a file to begin with.
//! * [`style`] changes how the header is spelled: order of keys, white space, escapes, padding.
//! * [`content`] changes metadata, names, and where contents lie.
//! * [`shard`] splits, merges and deals anew.
//!
//! Each is a function of its arguments and a seed. Different seeds give
//! different results as far as there are any, and a result differs from what
//! it was made of whenever there is something to change.

pub mod content;
pub mod shard;
pub mod style;

use assay_spec::{Dialect, Dtype, DtypeClass};

use crate::bounds;
use crate::draw::Draw;
use crate::model::{Model, Padding, Tensor};
use crate::names::WORDS;

/// Libraries for accelerators lack wider elements.
const PLAIN_BITS: u64 = 32;

/// What a base is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes<'a> {
    /// Names for its tensors, of which each is taken at most once; words where there are too few.
    pub names: &'a [String],
    /// How many tensors.
    pub tensors: usize,
    /// How many pairs of metadata; none leaves the metadata out.
    pub metadata: usize,
    /// Whether names and metadata hold characters that can be spelled in many ways.
    pub odd_text: bool,
    /// Whether the second tensor has no element and the third is a scalar.
    pub edge_shapes: bool,
}

/// A plain file to begin with: tensors of the oldest and plainest dtypes, whose
/// contents all differ, so that what readers have trouble with in other files
/// does not stand in the way unless it is wished for.
pub fn base(dialect: &Dialect, wishes: Wishes<'_>, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "relate/base");
    let dtypes = plain_dtypes(dialect);
    let mut names = Vec::new();
    let mut tensors = Vec::new();
    for at in 0..wishes.tensors {
        let Some(dtype) = dtypes.get(draw.index(dtypes.len().max(1))).copied() else { break };
        let name = unused(&mut names, wished_name(wishes, at, &mut draw));
        let shape = match at {
            1 if wishes.edge_shapes => vec![draw.from(1, 3), 0],
            2 if wishes.edge_shapes => Vec::new(),
            _ => plain_shape(&mut draw),
        };
        let bytes = shape.iter().product::<u64>() * dtype.bits / 8;
        tensors.push(Tensor::new(&name, &dtype.name, &shape, contents(at, bytes)));
    }
    let mut model = Model::new(dialect, tensors);
    if wishes.metadata > 0 {
        model.metadata = Some((0..wishes.metadata).map(|at| pair(wishes, at, &mut draw)).collect());
    }
    if let Some(byte) = bounds::padding(dialect).first() {
        model.style.padding =
            Padding::Align { byte: *byte, to: dialect.limit("data_alignment").max(1) };
    }
    model
}

/// The dtypes of whole bytes that the oldest edition has, numbers only, no wider
/// than most hardware computes with, and the first of each class and width: the
/// ones that nearly all readers know.
fn plain_dtypes(dialect: &Dialect) -> Vec<&Dtype> {
    let is_plain = |dtype: &&Dtype| {
        dtype.bits <= PLAIN_BITS
            && matches!(dtype.class, DtypeClass::Uint | DtypeClass::Int | DtypeClass::Float)
    };
    let all: Vec<&Dtype> = bounds::whole_dtypes(dialect).into_iter().filter(is_plain).collect();
    let oldest = all.iter().map(|dtype| edition(&dtype.since)).min();
    let mut plain: Vec<&Dtype> = Vec::new();
    for dtype in all.into_iter().filter(|dtype| Some(edition(&dtype.since)) == oldest) {
        let is_like = |other: &&Dtype| (other.class, other.bits) == (dtype.class, dtype.bits);
        if !plain.iter().any(is_like) {
            plain.push(dtype);
        }
    }
    plain
}

/// The numbers of an edition, so that 0.10 comes after 0.9.
fn edition(name: &str) -> Vec<u64> {
    name.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect()
}

/// Characters that JSON may spell in more than one way: beyond 16 bits, what may
/// be escaped, what must be, and beyond ASCII. The first is in every base of odd text.
const ODD_TEXTS: [&str; 6] = [
    "a/b/c/\u{1f600}/\u{10ffff}",
    "a/b",
    "say \"so\"",
    "caf\u{e9}",
    "back\\slash",
    "\u{5f20}\u{91cf}",
];

fn wished_name(wishes: Wishes<'_>, at: usize, draw: &mut Draw) -> String {
    if wishes.odd_text {
        let [first, others @ ..] = &ODD_TEXTS;
        return if at == 0 { *first } else { *draw.pick(others) }.to_owned();
    }
    match wishes.names.get(at) {
        Some(name) => name.clone(),
        None => format!("{at}.{}", draw.pick(WORDS)),
    }
}

fn pair(wishes: Wishes<'_>, at: usize, draw: &mut Draw) -> (String, String) {
    let key = format!("{}{at}", draw.pick(WORDS));
    let value = if wishes.odd_text { draw.pick(&ODD_TEXTS) } else { draw.pick(WORDS) };
    (key, (*value).to_owned())
}

/// The name, with a number behind it if it is taken.
fn unused(taken: &mut Vec<String>, wanted: String) -> String {
    let mut name = wanted.clone();
    let mut number = 0;
    while taken.contains(&name) {
        number += 1;
        name = format!("{wanted}{number}");
    }
    taken.push(name.clone());
    name
}

/// Vectors and matrices of a few elements, of sizes that differ often.
fn plain_shape(draw: &mut Draw) -> Vec<u64> {
    match draw.below(3) {
        0 => vec![draw.from(1, 7)],
        1 => vec![draw.from(1, 3), draw.from(2, 4)],
        _ => vec![2, 1, draw.from(1, 3)],
    }
}

/// Bytes that count up from a start of each tensor's own; below 0x70, so that
/// they are plain numbers in every dtype.
fn contents(at: usize, count: u64) -> Vec<u8> {
    let start = at as u64 * 37;
    (0..count).map(|byte| ((start + byte) % 0x6d) as u8 + 1).collect()
}

/// A random order of `count` things that is not the order they stand in, if there is another.
fn other_order(count: usize, draw: &mut Draw) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, draw.index(at + 1));
    }
    if order.is_sorted() {
        order.rotate_left(usize::from(count > 1));
    }
    order
}

#[cfg(test)]
mod tests;
