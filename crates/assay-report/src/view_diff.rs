//! How two files differ in what a reader sees, for `assay diff`.

use std::collections::BTreeMap;

use assay_spec::{TensorView, View};
use serde_json::{Value, json};

use crate::listing::shape;
use crate::text::style::{ERROR, GOOD, PLAIN, WARNING, paint};
use crate::text::units::{count, thousands};
use crate::text::visible;

/// Columns that a name may take.
const NAME: usize = 100;
/// Columns that a value of the metadata may take.
const VALUE: usize = 60;

/// The differences between two views, in order of name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewDiff {
    /// Tensors.
    pub tensors: Vec<(String, TensorDiff)>,
    /// Keys of the metadata, with the value on each side.
    pub metadata: Vec<(String, [Option<String>; 2])>,
    /// Whether tensors that both have lie in another order.
    pub reordered: bool,
    /// Tensors that are equal on both sides, as far as they were compared.
    pub equal: u64,
    /// Whether contents were compared.
    pub contents_compared: bool,
}

/// How one tensor differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TensorDiff {
    /// Only the first file has it.
    Removed(TensorView),
    /// Only the second file has it.
    Added(TensorView),
    /// Its dtype or shape is another.
    Retyped([TensorView; 2]),
    /// Its bytes are others.
    Contents(ContentsDiff),
}

/// How the bytes of two tensors of one dtype and shape differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentsDiff {
    /// The first byte that differs, from the tensor's start.
    pub first: u64,
    /// How many bytes differ.
    pub different: u64,
    /// How many there are.
    pub bytes: u64,
}

/// Compares two views. `contents` compares the bytes of two tensors of the same dtype,
/// shape and length; `None` if bytes are not to be compared.
///
/// # Errors
/// Those of `contents`.
pub fn compare<E>(
    views: [&View; 2],
    mut contents: Option<impl FnMut([&TensorView; 2]) -> Result<Option<ContentsDiff>, E>>,
) -> Result<ViewDiff, E> {
    let mut diff = ViewDiff {
        contents_compared: contents.is_some(),
        reordered: is_reordered(views),
        metadata: metadata(views),
        ..ViewDiff::default()
    };
    for (name, sides) in pairs(views) {
        let found = match sides {
            [Some(one), None] => Some(TensorDiff::Removed(one.clone())),
            [None, Some(other)] => Some(TensorDiff::Added(other.clone())),
            [Some(one), Some(other)]
                if (&one.dtype, &one.shape) != (&other.dtype, &other.shape) =>
            {
                Some(TensorDiff::Retyped([one.clone(), other.clone()]))
            }
            [Some(one), Some(other)] => match &mut contents {
                Some(contents) => contents([one, other])?.map(TensorDiff::Contents),
                None => None,
            },
            [None, None] => None,
        };
        match found {
            Some(found) => diff.tensors.push((name.to_owned(), found)),
            None => diff.equal += 1,
        }
    }
    Ok(diff)
}

/// Tensors by name, with the one of each side.
fn pairs(views: [&View; 2]) -> BTreeMap<&str, [Option<&TensorView>; 2]> {
    let mut pairs: BTreeMap<&str, [Option<&TensorView>; 2]> = BTreeMap::new();
    for (side, view) in views.into_iter().enumerate() {
        for tensor in &view.tensors {
            pairs.entry(&tensor.name).or_default()[side] = Some(tensor);
        }
    }
    pairs
}

fn metadata(views: [&View; 2]) -> Vec<(String, [Option<String>; 2])> {
    let mut keys: BTreeMap<&str, [Option<&String>; 2]> = BTreeMap::new();
    for (side, view) in views.into_iter().enumerate() {
        for (key, value) in view.metadata.iter().flatten() {
            keys.entry(key).or_default()[side] = Some(value);
        }
    }
    let other = keys.into_iter().filter(|(_, [one, other])| one != other);
    other.map(|(key, sides)| (key.to_owned(), sides.map(Option::<&String>::cloned))).collect()
}

fn is_reordered(views: [&View; 2]) -> bool {
    let common = pairs(views);
    let order = |view: &View| {
        let both = |tensor: &&TensorView| common[tensor.name.as_str()].iter().all(Option::is_some);
        let mut tensors: Vec<&TensorView> = view.tensors.iter().filter(both).collect();
        // Empty tensors lie nowhere in particular.
        tensors.retain(|tensor| !tensor.contents.is_empty());
        tensors.sort_by_key(|tensor| tensor.contents.start);
        tensors.iter().map(|tensor| tensor.name.clone()).collect::<Vec<_>>()
    };
    order(views[0]) != order(views[1])
}

impl ViewDiff {
    /// Whether a reader sees the same. The order of tensors is nothing that it sees.
    pub fn is_same(&self) -> bool {
        self.tensors.is_empty() && self.metadata.is_empty()
    }

    /// For people, the sides by their labels. Ends with a line end.
    pub fn to_terminal(&self, labels: [&str; 2]) -> String {
        let mut out = String::new();
        for (name, diff) in &self.tensors {
            out.push_str(&format!("{}\n", line(name, diff)));
        }
        for (key, [one, other]) in &self.metadata {
            let key = visible::line(key, NAME);
            let value =
                |value: &Option<String>| value.as_ref().map(|text| visible::line(text, VALUE));
            out.push_str(&match (value(one), value(other)) {
                (Some(one), Some(other)) => {
                    format!("{} metadata {key}: {one} -> {other}\n", paint(WARNING, "~"))
                }
                (Some(one), None) => format!("{} metadata {key}: {one}\n", paint(ERROR, "-")),
                (_, other) => {
                    format!("{} metadata {key}: {}\n", paint(GOOD, "+"), other.unwrap_or_default())
                }
            });
        }
        out.push_str(&self.summary(labels));
        out
    }

    fn summary(&self, labels: [&str; 2]) -> String {
        let [one, other] = labels.map(|label| visible::line(label, 200));
        let compared = if self.contents_compared { "" } else { ", contents not compared" };
        let order = if self.reordered { "; the tensors lie in another order" } else { "" };
        let tensors = count(self.equal, "tensor");
        if self.is_same() {
            return format!("same: {one} and {other} hold the same {tensors}{compared}{order}\n");
        }
        let differ = count(self.tensors.len() as u64, "tensor");
        let keys = count(self.metadata.len() as u64, "metadata key");
        format!(
            "different: {one} and {other}: {differ} and {keys} differ, {tensors} equal{compared}{order}\n"
        )
    }

    /// For programs.
    pub fn to_json(&self, labels: [&str; 2]) -> Value {
        let tensor = |(name, diff): &(String, TensorDiff)| {
            let of = |tensor: &TensorView| json!({ "dtype": tensor.dtype, "shape": tensor.shape, "bytes": tensor.contents.len() });
            let mut document = match diff {
                TensorDiff::Removed(tensor) => json!({ "kind": "removed", "first": of(tensor) }),
                TensorDiff::Added(tensor) => json!({ "kind": "added", "second": of(tensor) }),
                TensorDiff::Retyped([one, other]) => {
                    json!({ "kind": "retyped", "first": of(one), "second": of(other) })
                }
                TensorDiff::Contents(contents) => json!({
                    "kind": "contents",
                    "first_different_byte": contents.first,
                    "different_bytes": contents.different,
                    "bytes": contents.bytes,
                }),
            };
            document["name"] = json!(name);
            document
        };
        let key = |(key, [one, other]): &(String, [Option<String>; 2])| json!({ "key": key, "first": one, "second": other });
        json!({
            "schema": "diff/1",
            "first": labels[0],
            "second": labels[1],
            "same": self.is_same(),
            "contents_compared": self.contents_compared,
            "reordered": self.reordered,
            "equal_tensors": self.equal,
            "tensors": self.tensors.iter().map(tensor).collect::<Vec<_>>(),
            "metadata": self.metadata.iter().map(key).collect::<Vec<_>>(),
        })
    }
}

fn line(name: &str, diff: &TensorDiff) -> String {
    let name = visible::line(name, NAME);
    let what = |tensor: &TensorView| format!("{} {}", tensor.dtype, shape(&tensor.shape));
    let (mark, style, text) = match diff {
        TensorDiff::Removed(tensor) => ("-", ERROR, what(tensor)),
        TensorDiff::Added(tensor) => ("+", GOOD, what(tensor)),
        TensorDiff::Retyped([one, other]) => {
            ("~", WARNING, format!("{} -> {}", what(one), what(other)))
        }
        TensorDiff::Contents(contents) => {
            let (different, bytes) = (thousands(contents.different), count(contents.bytes, "byte"));
            let first = thousands(contents.first);
            ("~", WARNING, format!("{different} of {bytes} differ, the first is byte {first}"))
        }
    };
    format!("{} {}: {text}", paint(style, mark), paint(PLAIN, &name))
}
