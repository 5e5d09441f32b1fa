//! Other spellings of the same header. All keep the whole view.

use super::other_order;
use crate::bounds;
use crate::draw::Draw;
use crate::model::{Escapes, Model, Padding, Spacing};
use assay_spec::Dialect;

/// The header's keys in another order, metadata among them.
pub fn header_key_order(model: &Model, seed: u64) -> Model {
    let mut made = model.clone();
    let keys = header_keys(model);
    let order = other_order(keys.len(), &mut Draw::new(seed, "relate/header-keys"));
    for (rank, at) in order.into_iter().enumerate() {
        match keys[at] {
            Key::Metadata => made.metadata_rank = rank as u64,
            Key::Tensor(tensor) => made.tensors[tensor].rank = rank as u64,
        }
    }
    made
}

/// A key of the header.
#[derive(Clone, Copy)]
enum Key {
    Metadata,
    /// The tensor at this place in the model.
    Tensor(usize),
}

/// The header's keys in the order in which the model writes them.
fn header_keys(model: &Model) -> Vec<Key> {
    let mut keys: Vec<(u64, Key)> = Vec::new();
    if model.metadata.is_some() {
        keys.push((model.metadata_rank, Key::Metadata));
    }
    let tensors = model.tensors.iter().enumerate();
    keys.extend(tensors.map(|(at, tensor)| (tensor.rank, Key::Tensor(at))));
    keys.sort_by_key(|(rank, _)| *rank);
    keys.into_iter().map(|(_, key)| key).collect()
}

/// The fields of each entry in another order, not the same for all.
pub fn entry_key_order(model: &Model, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "relate/entry-keys");
    let mut made = model.clone();
    for tensor in &mut made.tensors {
        // Three fields have six orders; what the others do with more is their modulo.
        let step = draw.from(1, ENTRY_ORDERS - 1);
        tensor.field_order = (tensor.field_order + step) % ENTRY_ORDERS;
    }
    made
}

/// Orders of dtype, shape and data_offsets.
const ENTRY_ORDERS: u64 = 6;

/// Other white space between tokens: `seed` modulo three is one space after
/// commas and colons, indented lines, or anything that JSON calls white space.
pub fn json_spacing(model: &Model, seed: u64) -> Model {
    const SPACINGS: [Spacing; 4] =
        [Spacing::Compact, Spacing::Spaced, Spacing::Lines, Spacing::Irregular];
    let mut made = model.clone();
    let others: Vec<Spacing> =
        SPACINGS.into_iter().filter(|spacing| *spacing != model.style.spacing).collect();
    made.style.spacing = others[(seed % others.len() as u64) as usize];
    made.style.seed = seed;
    made
}

/// Other escapes in keys and strings, `__metadata__`, field names and dtypes
/// included: by `seed` modulo three all but ASCII, every character, or a
/// mixture with `\/`. Above U+FFFF that is a pair of surrogates.
pub fn escapes(model: &Model, seed: u64) -> Model {
    const ESCAPES: [Escapes; 4] =
        [Escapes::Least, Escapes::NonAscii, Escapes::Everything, Escapes::Mixed];
    let mut made = model.clone();
    let others: Vec<Escapes> =
        ESCAPES.into_iter().filter(|escapes| *escapes != model.style.escapes).collect();
    made.style.escapes = others[(seed % others.len() as u64) as usize];
    made.style.seed = seed;
    made
}

/// Another number of spaces behind the header: none, a few that leave the byte
/// buffer unaligned, or as many as bring it to a far larger alignment. `None`
/// if the dialect allows no padding.
pub fn padding(dialect: &Dialect, model: &Model, seed: u64) -> Option<Model> {
    let byte = *bounds::padding(dialect).first()?;
    let alignment = dialect.limit("data_alignment").max(1);
    let text = {
        let mut bare = model.clone();
        bare.style.padding = Padding::None;
        bare.to_draft().header_len()?
    };
    let odd = Padding::Bytes { byte, count: alignment - (text % alignment) + 1 + seed % 3 };
    let choices = [
        Padding::None,
        odd,
        Padding::Align { byte, to: 8 * alignment },
        Padding::Align { byte, to: 512 * alignment },
    ];
    let before = model.to_draft().header_len();
    let mut made = choices.into_iter().map(|padding| {
        let mut made = model.clone();
        made.style.padding = padding;
        made
    });
    let mut others: Vec<Model> =
        made.by_ref().filter(|made| made.to_draft().header_len() != before).collect();
    let at = (seed % others.len().max(1) as u64) as usize;
    (!others.is_empty()).then(|| others.swap_remove(at))
}
