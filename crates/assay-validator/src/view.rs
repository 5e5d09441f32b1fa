//! What a correct reader sees in a file that is not invalid.

use std::collections::BTreeMap;

use assay_spec::check::JsonType;
use assay_spec::{Span, TensorView, View};

use crate::facts::{Facts, Tensor, dimensions};
use crate::json::{Document, Node};

/// The view; `None` where a part of it is not known, which the rules of a whole
/// dialect do not let happen in files that are not invalid.
pub(crate) fn of(facts: &Facts<'_>) -> Option<View> {
    let (document, object) = facts.object()?;
    let metadata = match object.metadata.as_slice() {
        [] => None,
        [one] => metadata(document, *one)?,
        _ => return None,
    };
    if object.tensors.len() != object.entries.len() {
        return None;
    }
    let start = facts.data_start()?;
    let mut tensors = Vec::with_capacity(object.tensors.len());
    for tensor in &object.tensors {
        let name = document.string(object.entries[tensor.entry].key)?;
        tensors.push(tensor_view(document, tensor, name.into_owned(), start)?);
    }
    // Byte order of UTF-8, which is the order of code points.
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Some(View { metadata, tensors })
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
