//! What differs first between two views.

use std::collections::BTreeMap;

use assay_protocol::record::{DeliveredTensor, DeliveredView};

use crate::text::visible;

/// A part of a view, in the order in which they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Which tensors there are.
    Names,
    /// A dtype.
    Dtype,
    /// A shape.
    Shape,
    /// Bytes.
    Contents,
    /// Metadata.
    Metadata,
    /// Nobody kept what was seen.
    Unknown,
}

impl Field {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Names => "names",
            Field::Dtype => "dtype",
            Field::Shape => "shape",
            Field::Contents => "contents",
            Field::Metadata => "metadata",
            Field::Unknown => "unknown",
        }
    }
}

/// Columns that a name may take.
const NAME: usize = 60;

/// What differs first, and how; `None` if nothing does. Metadata is compared
/// only if both have some: an implementation that reports none says nothing of it.
pub fn first_difference(a: &DeliveredView, b: &DeliveredView) -> Option<(Field, String)> {
    let names = |view: &DeliveredView| {
        view.tensors.iter().map(|tensor| tensor.name.clone()).collect::<Vec<String>>()
    };
    let (mut of_a, mut of_b) = (names(a), names(b));
    of_a.sort();
    of_b.sort();
    if of_a != of_b {
        return Some((Field::Names, names_difference(&of_a, &of_b)));
    }
    let sorted = |view: &DeliveredView| {
        let mut tensors = view.tensors.clone();
        // The same name may stand twice.
        tensors.sort_by_cached_key(|tensor| {
            (tensor.name.clone(), tensor.dtype.clone(), shape(tensor), tensor.sha256.clone())
        });
        tensors
    };
    let (a_tensors, b_tensors) = (sorted(a), sorted(b));
    let pairs = || a_tensors.iter().zip(&b_tensors);
    let tensor = |of: fn(&DeliveredTensor) -> String| {
        let (one, other) = pairs().find(|(one, other)| of(one) != of(other))?;
        Some((one.name.clone(), of(one), of(other)))
    };
    if let Some((name, one, other)) = tensor(|tensor| tensor.dtype.clone()) {
        return Some((Field::Dtype, on_tensor(&name, "dtype", &one, &other)));
    }
    if let Some((name, one, other)) = tensor(shape) {
        return Some((Field::Shape, on_tensor(&name, "shape", &one, &other)));
    }
    if let Some((name, ..)) = tensor(|tensor| tensor.sha256.clone()) {
        return Some((Field::Contents, format!("tensor {}: other bytes", quoted(&name))));
    }
    metadata_difference(a.metadata.as_ref()?, b.metadata.as_ref()?)
}

fn names_difference(a: &[String], b: &[String]) -> String {
    if a.len() != b.len() {
        return format!("{} tensors / {} tensors", a.len(), b.len());
    }
    let differing = a.iter().zip(b).find(|(one, other)| one != other);
    let (one, other) = differing.map_or(("", ""), |(one, other)| (one, other));
    format!("tensor {} / {}", quoted(one), quoted(other))
}

fn on_tensor(name: &str, what: &str, one: &str, other: &str) -> String {
    let [one, other] = [one, other].map(|text| visible::line(text, NAME));
    format!("tensor {}: {what} {one} / {other}", quoted(name))
}

fn metadata_difference(
    a: &BTreeMap<String, String>,
    b: &BTreeMap<String, String>,
) -> Option<(Field, String)> {
    let key = a.keys().chain(b.keys()).find(|key| a.get(*key) != b.get(*key))?;
    let value = |of: &BTreeMap<String, String>| {
        of.get(key).map_or_else(|| "absent".to_owned(), |value| quoted(value))
    };
    let what = format!("metadata {}: {} / {}", quoted(key), value(a), value(b));
    Some((Field::Metadata, what))
}

fn shape(tensor: &DeliveredTensor) -> String {
    let dimensions: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
    format!("[{}]", dimensions.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", visible::line(text, NAME))
}
