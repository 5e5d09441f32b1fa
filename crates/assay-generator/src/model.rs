//! A file as it is meant: tensors, metadata, and how its header is spelled.

use std::collections::BTreeMap;

use assay_spec::{Dialect, KeyRole, Span, TensorView, View};

use crate::document::Document;
use crate::draft::{Draft, PREFIX_BYTES, Segment};
use crate::text::Value;

/// A file as it is meant. Byte ranges follow from the order of the tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Pairs of the metadata object, in header order; `None` leaves it out.
    pub metadata: Option<Vec<(String, String)>>,
    /// Where the metadata stands among the header's keys: as [`Tensor::rank`].
    pub metadata_rank: u64,
    /// The tensors in the order of their contents in the byte buffer.
    pub tensors: Vec<Tensor>,
    /// How the header is spelled.
    pub style: Style,
    /// How the dialect spells keys.
    pub keys: Keys,
}

/// A tensor as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name, unescaped.
    pub name: String,
    /// Name of its dtype.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Its bytes in the file.
    pub contents: Vec<u8>,
    /// The header's keys stand in order of rank; equal ranks in order of contents.
    pub rank: u64,
    /// Which order of the entry's fields, modulo the number of orders; 0 is
    /// dtype, shape, data_offsets.
    pub field_order: u64,
    /// Further fields: key, and the value as JSON text.
    pub extra: Vec<(String, String)>,
}

/// How a header is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// White space between tokens.
    pub spacing: Spacing,
    /// How strings are escaped.
    pub escapes: Escapes,
    /// What follows the header's JSON text.
    pub padding: Padding,
    /// White space before the header's JSON text.
    pub leading: Vec<u8>,
    /// Decides where a style leaves a choice.
    pub seed: u64,
}

/// White space between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// None.
    Compact,
    /// A space after each comma and colon.
    Spaced,
    /// A line for each value, indented.
    Lines,
    /// Spaces, tabs, line feeds and carriage returns anywhere.
    Irregular,
}

/// How strings are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escapes {
    /// Only what must be.
    Least,
    /// All but printable ASCII.
    NonAscii,
    /// Every character.
    Everything,
    /// Now so, now so.
    Mixed,
}

/// What follows the header's JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Nothing.
    None,
    /// A number of bytes.
    Bytes {
        /// The byte that is repeated.
        byte: u8,
        /// How often.
        count: u64,
    },
    /// As many bytes as bring the byte buffer to a multiple of a number.
    Align {
        /// The byte that is repeated.
        byte: u8,
        /// The number.
        to: u64,
    },
    /// As many bytes as bring the header to a length, if it is not as long already.
    UpTo {
        /// The byte that is repeated.
        byte: u8,
        /// Length of the header in bytes.
        len: u64,
    },
}

/// How a dialect spells the keys that a model needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "named like the roles")]
pub struct Keys {
    pub metadata: String,
    pub dtype: String,
    pub shape: String,
    pub data_offsets: String,
    /// Further keys that every entry must have; they are given an empty string.
    pub required: Vec<String>,
}

impl Keys {
    /// The keys of a dialect.
    pub fn of(dialect: &Dialect) -> Keys {
        let key = |role| dialect.key(role).to_owned();
        let mut keys = Keys {
            metadata: key(KeyRole::Metadata),
            dtype: key(KeyRole::Dtype),
            shape: key(KeyRole::Shape),
            data_offsets: key(KeyRole::DataOffsets),
            required: Vec::new(),
        };
        let basic = [&keys.dtype, &keys.shape, &keys.data_offsets];
        keys.required = dialect
            .required_entry_keys()
            .filter(|key| basic.iter().all(|basic| basic != key))
            .map(str::to_owned)
            .collect();
        keys
    }
}

impl Style {
    /// Compact, nothing escaped that need not be, no padding.
    pub fn plain() -> Style {
        Style {
            spacing: Spacing::Compact,
            escapes: Escapes::Least,
            padding: Padding::None,
            leading: Vec::new(),
            seed: 0,
        }
    }
}

impl Tensor {
    /// A tensor with its entry's fields in the usual order.
    pub fn new(name: &str, dtype: &str, shape: &[u64], contents: Vec<u8>) -> Tensor {
        Tensor {
            name: name.to_owned(),
            dtype: dtype.to_owned(),
            shape: shape.to_vec(),
            contents,
            rank: 0,
            field_order: 0,
            extra: Vec::new(),
        }
    }
}

impl Model {
    /// A file without metadata, plainly spelled.
    pub fn new(dialect: &Dialect, tensors: Vec<Tensor>) -> Model {
        Model {
            metadata: None,
            metadata_rank: 0,
            tensors,
            style: Style::plain(),
            keys: Keys::of(dialect),
        }
    }

    /// The file as bytes to be written.
    pub fn to_draft(&self) -> Draft {
        self.document().draft()
    }

    /// What a correct reader sees in the file.
    pub fn view(&self) -> View {
        let header = self.to_draft().header_len().expect("a model is held in memory");
        let mut at = PREFIX_BYTES + header;
        let mut tensors: Vec<TensorView> = self
            .tensors
            .iter()
            .map(|tensor| {
                let start = at;
                at += tensor.contents.len() as u64;
                TensorView {
                    name: tensor.name.clone(),
                    dtype: tensor.dtype.clone(),
                    shape: tensor.shape.clone(),
                    contents: Span::new(start, at),
                }
            })
            .collect();
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        let metadata = self.metadata.as_ref();
        View {
            metadata: metadata.map(|pairs| pairs.iter().cloned().collect::<BTreeMap<_, _>>()),
            tensors,
            marks: Vec::new(),
        }
    }

    /// The file as an editable document.
    pub(crate) fn document(&self) -> Document {
        let mut members = Vec::new();
        if let Some(pairs) = &self.metadata {
            let pairs = pairs.iter().map(|(key, value)| (Value::text(key), Value::text(value)));
            let member = (Value::text(&self.keys.metadata), Value::Object(pairs.collect()));
            members.push((self.metadata_rank, member));
        }
        let mut at = 0;
        for tensor in &self.tensors {
            let end = at + tensor.contents.len() as u64;
            let member = (Value::text(&tensor.name), self.entry(tensor, at, end));
            members.push((tensor.rank, member));
            at = end;
        }
        members.sort_by_key(|(rank, _)| *rank);
        let contents: Vec<u8> = self.tensors.iter().flat_map(|t| t.contents.clone()).collect();
        Document {
            root: Value::Object(members.into_iter().map(|(_, member)| member).collect()),
            style: self.style.clone(),
            data: vec![Segment::Bytes(contents)],
        }
    }

    fn entry(&self, tensor: &Tensor, begin: u64, end: u64) -> Value {
        let keys = &self.keys;
        let mut fields = vec![
            (Value::text(&keys.dtype), Value::text(&tensor.dtype)),
            (Value::text(&keys.shape), Value::integers(&tensor.shape)),
            (Value::text(&keys.data_offsets), Value::integers(&[begin, end])),
        ];
        let required =
            keys.required.iter().filter(|key| tensor.extra.iter().all(|(k, _)| k != *key));
        fields.extend(required.map(|key| (Value::text(key), Value::text(""))));
        let extra = tensor.extra.iter();
        fields.extend(extra.map(|(key, value)| (Value::text(key), Value::token(value))));
        Value::Object(permuted(fields, tensor.field_order))
    }
}

/// The order number `order` of the items; 0 leaves them as they are.
fn permuted<T>(mut items: Vec<T>, mut order: u64) -> Vec<T> {
    let mut permuted = Vec::with_capacity(items.len());
    while !items.is_empty() {
        let count = items.len() as u64;
        permuted.push(items.remove((order % count) as usize));
        order /= count;
    }
    permuted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_written_as_meant() {
        let dialect = Dialect::latest();
        let first = Tensor { rank: 1, ..Tensor::new("b", "U8", &[2], vec![1, 2]) };
        let second = Tensor { field_order: 2, ..Tensor::new("a", "U8", &[], vec![3]) };
        let mut model = Model::new(&dialect, vec![first, second]);
        model.metadata = Some(vec![("k".to_owned(), "v".to_owned())]);
        model.metadata_rank = 2;
        model.style.padding = Padding::Align { byte: b' ', to: 8 };
        let bytes = model.to_draft().to_bytes(1000).unwrap();
        let text = concat!(
            r#"{"a":{"data_offsets":[2,3],"dtype":"U8","shape":[]},"#,
            r#""b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#,
            r#""__metadata__":{"k":"v"}}"#,
        );
        let end = bytes.len();
        assert_eq!(std::str::from_utf8(&bytes[8..8 + text.len()]).unwrap(), text);
        assert_eq!(&bytes[end - 3..], [1, 2, 3]);
        assert_eq!((end - 3) % 8, 0);
        let view = model.view();
        assert_eq!(view.tensors[0].name, "a");
        assert_eq!(view.tensors[0].contents, Span::new(end as u64 - 1, end as u64));
        assert_eq!(view.metadata.unwrap()["k"], "v");
    }

    #[test]
    fn every_field_order_has_a_number() {
        let orders: std::collections::BTreeSet<Vec<u8>> =
            (0..6).map(|order| permuted(vec![1, 2, 3], order)).collect();
        assert_eq!(orders.len(), 6);
        assert_eq!(permuted(vec![1, 2, 3], 0), [1, 2, 3]);
    }
}
