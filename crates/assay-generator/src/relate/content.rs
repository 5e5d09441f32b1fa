//! Changes of metadata, of names, and of where contents lie. What each keeps
//! is said with it.

use super::{other_order, unused};
use crate::draw::Draw;
use crate::model::Model;
use crate::names::WORDS;

/// Metadata where there was none. Keeps the tensors.
pub fn metadata_added(model: &Model, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "relate/metadata");
    let mut made = model.clone();
    let count = draw.from(1, 3);
    made.metadata = Some((0..count).map(|at| new_pair(at, &mut draw)).collect());
    made.metadata_rank = draw.below(model.tensors.len() as u64 + 1);
    made
}

/// Metadata taken out, or, for every other seed, left empty. Keeps the tensors.
pub fn metadata_removed(model: &Model, seed: u64) -> Model {
    let mut made = model.clone();
    made.metadata = (seed % 2 == 1).then(Vec::new);
    made
}

/// One value another, one key more. Keeps the tensors.
pub fn metadata_edited(model: &Model, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "relate/metadata-edit");
    let mut made = model.clone();
    let pairs = made.metadata.get_or_insert_default();
    if !pairs.is_empty() {
        let at = draw.index(pairs.len());
        pairs[at].1 = format!("{} and {}", pairs[at].1, draw.pick(WORDS));
    }
    let count = pairs.len() as u64;
    let more = new_pair(count, &mut draw);
    pairs.push(more);
    made
}

/// The pairs of metadata in another order. Keeps the whole view.
pub fn metadata_reordered(model: &Model, seed: u64) -> Model {
    let mut made = model.clone();
    if let Some(pairs) = &model.metadata {
        let order = other_order(pairs.len(), &mut Draw::new(seed, "relate/metadata-order"));
        made.metadata = Some(order.into_iter().map(|at| pairs[at].clone()).collect());
    }
    made
}

/// Tensors in another order in the byte buffer; the header's keys stay where
/// they are and their offsets follow. Keeps the whole view.
pub fn data_permuted(model: &Model, seed: u64) -> Model {
    let mut made = model.clone();
    // Ranks as they stand now, so that moving contents moves no key.
    let mut by_rank: Vec<usize> = (0..made.tensors.len()).collect();
    by_rank.sort_by_key(|at| made.tensors[*at].rank);
    let before = by_rank.iter().filter(|at| made.tensors[**at].rank < made.metadata_rank).count();
    for (rank, at) in by_rank.into_iter().enumerate() {
        made.tensors[at].rank = 2 * rank as u64 + 1;
    }
    made.metadata_rank = 2 * before as u64;
    let order = other_order(made.tensors.len(), &mut Draw::new(seed, "relate/data"));
    made.tensors = order.into_iter().map(|at| made.tensors[at].clone()).collect();
    made
}

/// Other names for all tensors. Keeps dtypes, shapes, contents and metadata.
pub fn renamed(model: &Model, seed: u64) -> Model {
    let mut draw = Draw::new(seed, "relate/names");
    let mut made = model.clone();
    // A name that another tensor had is no other name.
    let mut taken: Vec<String> = model.tensors.iter().map(|tensor| tensor.name.clone()).collect();
    for tensor in &mut made.tensors {
        tensor.name = unused(&mut taken, format!("{}.{}", draw.pick(WORDS), draw.below(100)));
    }
    made
}

fn new_pair(at: u64, draw: &mut Draw) -> (String, String) {
    (format!("new {} {at}", draw.pick(WORDS)), (*draw.pick(WORDS)).to_owned())
}
