//! The view that a reply delivers: compared with the right one, and digested.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_protocol::message::ReplyTensor;
use assay_protocol::record::{DeliveredTensor, DeliveredView};
use assay_spec::{Dialect, DtypeClass};
use sha2::{Digest as _, Sha256};

use super::Delivered;
use crate::text::quoted;

/// What a record keeps of a view: names, shapes and metadata of about this many bytes.
const KEPT_BYTES: usize = 64 * 1024;

/// From this many tensors on, names are looked up by hash.
const MANY: usize = 16;

/// Finds tensors by name.
pub(crate) struct NameIndex<'a> {
    tensors: &'a [ExpectedTensor],
    by_name: Option<HashMap<&'a str, &'a ExpectedTensor>>,
}

impl<'a> NameIndex<'a> {
    pub(crate) fn new(tensors: &'a [ExpectedTensor]) -> NameIndex<'a> {
        let by_name = (tensors.len() > MANY)
            .then(|| tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect());
        NameIndex { tensors, by_name }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&'a ExpectedTensor> {
        match &self.by_name {
            Some(by_name) => by_name.get(name).copied(),
            None => self.tensors.iter().find(|tensor| tensor.name == name),
        }
    }
}

/// What an implementation saw.
pub(super) struct Seen<'a> {
    pub(super) metadata: Option<&'a BTreeMap<String, String>>,
    pub(super) tensors: &'a [ReplyTensor],
    pub(super) delivered: &'a [Delivered],
}

/// How a view compares with the right one; in words what differs first.
pub(super) enum Compared {
    Same,
    /// Names, shapes and bytes are right; a dtype is lost: its elements come as plain bits.
    TypeLost(String),
    Other(String),
}

impl Seen<'_> {
    /// Compares with the right view: names, contents, metadata, then types.
    /// Where nothing was delivered but the header, there are no contents to compare.
    pub(super) fn compare(&self, expected: &ExpectedView, with_metadata: bool) -> Compared {
        let order = self.order();
        if let Some(what) = self.names_difference(expected, &order) {
            return Compared::Other(what);
        }
        let index = NameIndex::new(&expected.tensors);
        let pairs = || {
            order.iter().filter_map(|at| {
                let tensor = &self.tensors[*at];
                Some((tensor, self.delivered.get(*at), index.find(&tensor.name)?))
            })
        };
        for (tensor, delivered, right) in pairs() {
            if let Some(what) = delivered.and_then(|it| contents_difference(it, right)) {
                // A wrong type explains wrong bytes, so it is named with them.
                let what = type_difference(tensor, right)
                    .map_or(what.clone(), |of_type| format!("{of_type}; {what}"));
                return Compared::Other(format!("tensor {}: {what}", quoted(&tensor.name)));
            }
        }
        if with_metadata && let Some(what) = self.metadata_difference(expected) {
            return Compared::Other(what);
        }
        let mut lost = None;
        for (tensor, _, right) in pairs() {
            let Some(what) = type_difference(tensor, right) else { continue };
            let what = format!("tensor {}: {what}", quoted(&tensor.name));
            if !is_type_lost(tensor, right) {
                return Compared::Other(what);
            }
            lost.get_or_insert(what);
        }
        lost.map_or(Compared::Same, Compared::TypeLost)
    }

    /// The tensors' places in order of name.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.tensors.len()).collect();
        order.sort_by(|a, b| self.tensors[*a].name.cmp(&self.tensors[*b].name));
        order
    }

    fn names_difference(&self, expected: &ExpectedView, order: &[usize]) -> Option<String> {
        let names = || order.iter().map(|at| self.tensors[*at].name.as_str());
        if let Some((twice, _)) = names().zip(names().skip(1)).find(|(a, b)| a == b) {
            return Some(format!("delivers tensor {} twice", quoted(twice)));
        }
        let index = NameIndex::new(&expected.tensors);
        if let Some(extra) = names().find(|name| index.find(name).is_none()) {
            return Some(format!(
                "delivers tensor {}, which the file does not have",
                quoted(extra)
            ));
        }
        if order.len() == expected.tensors.len() {
            return None;
        }
        let mut missing = expected.tensors.iter().filter(|right| {
            order.binary_search_by(|at| self.tensors[*at].name.cmp(&right.name)).is_err()
        });
        let missing = missing.next()?;
        Some(format!("does not deliver tensor {}", quoted(&missing.name)))
    }

    /// Absent, null and empty metadata are the same.
    fn metadata_difference(&self, expected: &ExpectedView) -> Option<String> {
        let none = BTreeMap::new();
        let right = expected.metadata.as_ref().unwrap_or(&none);
        let seen = self.metadata.unwrap_or(&none);
        for (key, value) in right {
            match seen.get(key) {
                None => return Some(format!("metadata: {} is missing", quoted(key))),
                Some(other) if other != value => {
                    return Some(format!(
                        "metadata: {} is {}, not {}",
                        quoted(key),
                        quoted(other),
                        quoted(value)
                    ));
                }
                Some(_) => {}
            }
        }
        let extra = seen.keys().find(|key| !right.contains_key(*key))?;
        Some(format!("metadata: {} is not in the file", quoted(extra)))
    }

    /// What was delivered, for the record; `None` if that is more than a record keeps.
    pub(super) fn delivered_view(&self) -> Option<DeliveredView> {
        let texts = self.metadata.into_iter().flatten().map(|(key, value)| key.len() + value.len());
        let of_tensor = |tensor: &ReplyTensor| {
            // A dimension takes as many digits as it has; 24 is more than any integer's.
            size_of::<DeliveredTensor>()
                + tensor.name.len()
                + tensor.dtype.len()
                + tensor.shape.len().saturating_mul(24)
        };
        let size = texts.chain(self.tensors.iter().map(of_tensor)).fold(0, usize::saturating_add);
        if size > KEPT_BYTES {
            return None;
        }
        let tensors = self.order().into_iter().filter_map(|at| {
            let tensor = &self.tensors[at];
            Some(DeliveredTensor {
                name: tensor.name.clone(),
                dtype: tensor.dtype.clone(),
                shape: tensor.shape.clone(),
                sha256: hex::encode(self.delivered.get(at)?.sha256),
            })
        });
        Some(DeliveredView { metadata: self.metadata.cloned(), tensors: tensors.collect() })
    }

    /// Equal digests, equal views; see `ResultLine::view`.
    pub(super) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            // Lengths first, so that no two lists of fields run together.
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for at in self.order() {
            let tensor = &self.tensors[at];
            field(tensor.name.as_bytes());
            field(tensor.dtype.as_bytes());
            field(shape_text(&tensor.shape).as_bytes());
            if let Some(delivered) = self.delivered.get(at) {
                field(&delivered.length.to_le_bytes());
                field(&delivered.sha256);
            }
        }
        let tensors = hex::encode(hash.finalize());
        let Some(metadata) = self.metadata.filter(|metadata| !metadata.is_empty()) else {
            return tensors;
        };
        let mut hash = Sha256::new();
        for text in metadata.iter().flat_map(|(key, value)| [key, value]) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        format!("{tensors}+{}", hex::encode(hash.finalize()))
    }
}

fn contents_difference(delivered: &Delivered, right: &ExpectedTensor) -> Option<String> {
    let at = delivered.difference?;
    let [start, end] = right.contents;
    let length = end.saturating_sub(start);
    Some(if delivered.length == length {
        format!("contents differ at byte {at} of {length}")
    } else {
        format!("delivers {} bytes instead of {length}; they differ at byte {at}", delivered.length)
    })
}

/// Whether a wrong type is no more than a lost one: elements handed out as
/// unsigned integers, which stand for plain bits, or under a name that the
/// format does not have. Any other type makes other values of the same bytes,
/// and any other shape other tensors.
fn is_type_lost(tensor: &ReplyTensor, right: &ExpectedTensor) -> bool {
    let dialect = Dialect::latest();
    let class = |name: &str| dialect.dtype(name).map(|dtype| dtype.class);
    // Elements smaller than a byte come several to an integer, so their shape goes too.
    let packed = dialect.dtype(&right.dtype).is_some_and(|dtype| dtype.bytes().is_none());
    let plain_bits = match class(&tensor.dtype) {
        Some(delivered) => {
            delivered == DtypeClass::Uint && class(&right.dtype) != Some(DtypeClass::Uint)
        }
        None => true,
    };
    plain_bits && (packed || is_same_shape(tensor, right))
}

fn is_same_shape(tensor: &ReplyTensor, right: &ExpectedTensor) -> bool {
    tensor.shape.len() == right.shape.len()
        && tensor.shape.iter().zip(&right.shape).all(|(a, b)| a.as_u64() == Some(*b))
}

fn type_difference(tensor: &ReplyTensor, right: &ExpectedTensor) -> Option<String> {
    if tensor.dtype != right.dtype {
        return Some(format!("dtype is {}, not {}", quoted(&tensor.dtype), right.dtype));
    }
    (!is_same_shape(tensor, right)).then(|| {
        format!("shape is {}, not {}", short_shape(&tensor.shape), short_shape(&right.shape))
    })
}

fn shape_text<D: std::fmt::Display>(shape: &[D]) -> String {
    let mut text = String::from("[");
    for (at, dimension) in shape.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{dimension}");
    }
    text.push(']');
    text
}

fn short_shape<D: std::fmt::Display>(shape: &[D]) -> String {
    const SHOWN: usize = 12;
    if shape.len() <= SHOWN {
        return shape_text(shape);
    }
    let head = shape_text(&shape[..SHOWN]);
    format!("{},…] ({} dimensions)", head.trim_end_matches(']'), shape.len())
}
