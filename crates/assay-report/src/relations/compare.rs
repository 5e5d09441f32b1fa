//! What two sides of a relation see, compared: the union of each side's views.

use std::collections::BTreeMap;

use assay_protocol::Aspect;
use assay_protocol::record::{DeliveredTensor, DeliveredView};

use crate::text::visible;

/// Columns that a name may take.
const NAME: usize = 60;

/// What differs first between what is seen on two sides, as far as `keeps`
/// goes; `None` if nothing does. Each side's views are taken together.
///
/// Where names are kept, tensors are compared by name; else each tensor of one
/// side needs one of the other that is equal in what is kept.
pub fn difference(
    keeps: &[Aspect],
    one: &[&DeliveredView],
    other: &[&DeliveredView],
) -> Option<String> {
    let tensors = if keeps.contains(&Aspect::Names) {
        by_name(keeps, &union(one), &union(other))
    } else {
        without_names(keeps, &union(one), &union(other))
    };
    tensors.or_else(|| {
        let metadata = keeps.contains(&Aspect::Metadata);
        metadata.then(|| metadata_difference(&pairs(one), &pairs(other)))?
    })
}

/// All tensors, in order of name and then of everything else.
fn union<'v>(views: &[&'v DeliveredView]) -> Vec<&'v DeliveredTensor> {
    let mut tensors: Vec<&DeliveredTensor> = views.iter().flat_map(|view| &view.tensors).collect();
    tensors.sort_by_cached_key(|tensor| {
        (&tensor.name, &tensor.dtype, shape_text(tensor), &tensor.sha256)
    });
    tensors
}

fn by_name(
    keeps: &[Aspect],
    one: &[&DeliveredTensor],
    other: &[&DeliveredTensor],
) -> Option<String> {
    // Both are sorted by name, so the first unequal pair has a name that one of them lacks.
    let both = one.iter().zip(other);
    if let Some((a, b)) = both.clone().find(|(a, b)| a.name != b.name) {
        return Some(only_one(a.name.as_str().min(&b.name)));
    }
    let longer = if one.len() > other.len() { one } else { other };
    if let Some(extra) = longer.get(one.len().min(other.len())) {
        return Some(only_one(&extra.name));
    }
    both.into_iter().find_map(|(a, b)| {
        let what = unequal(keeps, a, b)?;
        Some(format!("tensor {}: {what}", quoted(&a.name)))
    })
}

fn only_one(name: &str) -> String {
    format!("tensor {} is seen on one side more often than on the other", quoted(name))
}

fn without_names(
    keeps: &[Aspect],
    one: &[&DeliveredTensor],
    other: &[&DeliveredTensor],
) -> Option<String> {
    let mut left: Vec<&DeliveredTensor> = other.to_vec();
    for tensor in one {
        let equal = left.iter().position(|candidate| unequal(keeps, tensor, candidate).is_none());
        match equal {
            Some(at) => {
                left.swap_remove(at);
            }
            None => return Some(alone(tensor)),
        }
    }
    left.first().map(|tensor| alone(tensor))
}

fn alone(tensor: &DeliveredTensor) -> String {
    format!(
        "tensor {} ({} {}) has no counterpart on the other side",
        quoted(&tensor.name),
        visible::line(&tensor.dtype, NAME),
        visible::line(&shape_text(tensor), NAME),
    )
}

fn unequal(keeps: &[Aspect], a: &DeliveredTensor, b: &DeliveredTensor) -> Option<String> {
    let keeps = |aspect: Aspect| keeps.contains(&aspect);
    if keeps(Aspect::Dtypes) && a.dtype != b.dtype {
        let [a, b] = [&a.dtype, &b.dtype].map(|dtype| visible::line(dtype, NAME));
        return Some(format!("dtype is {a} on one side, {b} on the other"));
    }
    if keeps(Aspect::Shapes) && a.shape != b.shape {
        let [a, b] = [a, b].map(|tensor| visible::line(&shape_text(tensor), NAME));
        return Some(format!("shape is {a} on one side, {b} on the other"));
    }
    (keeps(Aspect::Contents) && a.sha256 != b.sha256).then(|| "contents differ".to_owned())
}

/// All pairs of metadata; absent and empty are the same.
fn pairs<'v>(views: &[&'v DeliveredView]) -> BTreeMap<&'v str, &'v str> {
    let maps = views.iter().filter_map(|view| view.metadata.as_ref());
    maps.flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn metadata_difference(one: &BTreeMap<&str, &str>, other: &BTreeMap<&str, &str>) -> Option<String> {
    let keys = one.keys().chain(other.keys());
    let key = keys.into_iter().find(|key| one.get(*key) != other.get(*key))?;
    let value =
        |side: &BTreeMap<&str, &str>| side.get(key).map_or("absent".to_owned(), |v| quoted(v));
    Some(format!(
        "metadata: {} is {} on one side, {} on the other",
        quoted(key),
        value(one),
        value(other)
    ))
}

fn shape_text(tensor: &DeliveredTensor) -> String {
    let dimensions: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
    format!("[{}]", dimensions.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", visible::line(text, NAME))
}
