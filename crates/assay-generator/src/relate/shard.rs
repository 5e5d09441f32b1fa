//! One file into several, several into one, several into others. The union of
//! the tensors is the same; metadata go with each part.

use std::collections::BTreeMap;

use super::other_order;
use crate::draw::Draw;
use crate::model::Model;

/// Which tensors belong together, as a shard index says: for each shard the
/// names of its tensors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardMap {
    /// The shards, in order.
    pub shards: Vec<Vec<String>>,
}

/// The file's tensors dealt to `parts` files, each of which has at least one
/// tensor as long as there are enough. The order within the parts is that of the file.
pub fn split(model: &Model, parts: usize, seed: u64) -> Vec<Model> {
    let parts = parts.max(1);
    let mut draw = Draw::new(seed, "relate/split");
    let order = other_order(model.tensors.len(), &mut draw);
    let mut part_of = vec![0; order.len()];
    for (turn, at) in order.into_iter().enumerate() {
        part_of[at] = if turn < parts { turn } else { draw.index(parts) };
    }
    deal(model, parts, |at| part_of[at])
}

/// The file's tensors dealt as a map says; tensors that it does not name go to the first part.
pub fn split_as(model: &Model, map: &ShardMap) -> Vec<Model> {
    let shards = map.shards.iter().enumerate();
    let part_of: BTreeMap<&str, usize> =
        shards.flat_map(|(at, names)| names.iter().map(move |name| (name.as_str(), at))).collect();
    deal(model, map.shards.len().max(1), |at| {
        part_of.get(model.tensors[at].name.as_str()).copied().unwrap_or(0)
    })
}

fn deal(model: &Model, parts: usize, part_of: impl Fn(usize) -> usize) -> Vec<Model> {
    let empty = Model { tensors: Vec::new(), ..model.clone() };
    let mut made = vec![empty; parts];
    for (at, tensor) in model.tensors.iter().enumerate() {
        made[part_of(at)].tensors.push(tensor.clone());
    }
    made
}

/// All tensors in one file: spelling and metadata of the first part, contents
/// in the order of the parts. `None` if there is no part, or if two tensors
/// have one name, which no file can hold.
pub fn merge(parts: &[Model]) -> Option<Model> {
    let mut made = Model { tensors: Vec::new(), ..parts.first()?.clone() };
    made.tensors.extend(parts.iter().flat_map(|part| part.tensors.iter().cloned()));
    let mut names: Vec<&str> = made.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    names.sort_unstable();
    let is_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
    (!is_twice).then_some(made)
}

/// The tensors of some files dealt to `parts` others. `None` as for [`merge`].
pub fn reshard(files: &[Model], parts: usize, seed: u64) -> Option<Vec<Model>> {
    Some(split(&merge(files)?, parts, seed))
}
