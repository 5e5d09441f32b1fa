//! What a correct reader sees in a file that is not invalid.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assay_spec::check::JsonType;
use assay_spec::{Key, KeyObject, KeyRole, Mark, RepeatedNames, Span, TensorView, View};

use crate::facts::{Facts, Tensor, dimensions};
use crate::json::{Document, Node};

/// The view; `None` where a part of it is not known, which the rules of a whole
/// dialect do not let happen in files that are not invalid.
pub(crate) fn of(facts: &Facts<'_>) -> Option<View> {
    let (document, object) = facts.object()?;
    let metadata = match object.metadata.as_slice() {
        [] => None,
        [one] => metadata(document, *one)?,
        [.., last] if facts.dialect.spec().tables.repeated_names == Some(RepeatedNames::Last) => {
            metadata(document, *last)?
        }
        _ => return None,
    };
    if object.tensors.len() != object.entries.len() {
        return None;
    }
    let start = facts.data_start()?;
    let mut tensors = Vec::with_capacity(object.tensors.len());
    for tensor in object.tensors.iter().filter(|tensor| object.is_kept(tensor)) {
        let name = document.string(object.entries[tensor.entry].key)?;
        tensors.push(tensor_view(document, tensor, name.into_owned(), start)?);
    }
    // Byte order of UTF-8, which is the order of code points.
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Some(View { metadata, tensors, marks: marks(facts) })
}

/// What keys with a meaning of their own say, in the order of the header.
fn marks(facts: &Facts<'_>) -> Vec<Mark> {
    let Some((document, object)) = facts.object() else { return Vec::new() };
    let mark = |row: &Key, tensor: Option<usize>, value: Node| {
        let name = tensor.and_then(|entry| document.string(object.entries[entry].key));
        let mark = Mark {
            key: row.key.clone(),
            tensor: name.map(Cow::into_owned),
            value: document.raw(value).to_owned(),
            reinterprets: row.role.reinterprets(),
        };
        (document.span(value), mark)
    };
    // A list without features demands nothing.
    let demands = |row: &Key| row.role != KeyRole::Features || !object.features.is_empty();
    let notes = object.notes.iter().filter(|(row, _)| demands(row));
    let of_header = notes.map(|(row, value)| mark(row, None, *value));
    let pairs = object.metadata.iter().flat_map(|value| document.members(*value));
    let of_metadata = pairs.filter_map(|(key, value)| {
        let row = object.known_key(document, facts.dialect, KeyObject::Metadata, key)?;
        Some(mark(row, None, value))
    });
    let of_entries = object.fields.iter().filter_map(|field| {
        let row = field.row.filter(|row| row.role.is_told())?;
        Some(mark(row, Some(field.entry), field.value))
    });
    let mut marks: Vec<_> = of_header.chain(of_metadata).chain(of_entries).collect();
    marks.sort_by_key(|(span, _)| *span);
    marks.into_iter().map(|(_, mark)| mark).collect()
}

/// The pairs of the metadata value, `None` within for `null`.
fn metadata(document: &Document<'_>, value: Node) -> Option<Option<BTreeMap<String, String>>> {
    match document.kind(value) {
        JsonType::Null => Some(None),
        JsonType::Object => document
            .members(value)
            .map(|(key, value)| {
                Some((document.string(key)?.into_owned(), document.string(value)?.into_owned()))
            })
            .collect::<Option<BTreeMap<_, _>>>()
            .map(Some),
        _ => None,
    }
}

fn tensor_view(
    document: &Document<'_>,
    tensor: &Tensor<'_>,
    name: String,
    start: u64,
) -> Option<TensorView> {
    let range = tensor.range()?;
    Some(TensorView {
        name,
        dtype: tensor.dtype?.name.clone(),
        shape: dimensions(document, tensor.shape?)?,
        contents: Span::new(start.checked_add(range.begin)?, start.checked_add(range.end)?),
    })
}
