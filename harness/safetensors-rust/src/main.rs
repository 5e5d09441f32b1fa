//! Drives the published crate `safetensors` through `SafeTensors::deserialize`, and
//! parts of tensors through `TensorView::sliced_data`.
//!
//! The crate's indices are made of `usize`: what counts from the end, runs
//! backwards or stands still cannot be said, and there is no ellipsis.

use std::num::NonZeroUsize;
use std::ops::Bound;

use assay_adapter::{
    Capabilities, ErrorText, Failure, Implementation, Part, SliceItem, Tensor, View,
    serve_with_slices,
};
use safetensors::slice::TensorIndexer;
use safetensors::{SafeTensorError, SafeTensors};

const IMPLEMENTATION: Implementation = Implementation {
    name: "safetensors",
    version: "0.8.0",
    language: "Rust",
    lineage: "safetensors-rust",
    homepage: "https://github.com/huggingface/safetensors",
};

fn main() -> std::io::Result<()> {
    let capabilities = Capabilities { dtypes: None, metadata: true, index: Some(vec!["step"]) };
    serve_with_slices(
        &IMPLEMENTATION,
        &capabilities,
        |bytes| read(bytes).map_err(|error| Failure::Reject(ErrorText::of(&error))),
        Some(&slice),
    )
}

fn read(bytes: &[u8]) -> Result<View<'_>, SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let tensors = file.iter().map(|(name, tensor)| Tensor {
        name: name.to_owned(),
        dtype: tensor.dtype().to_string(),
        shape: tensor.shape().to_vec(),
        data: tensor.data(),
    });
    Ok(View { metadata: header.metadata().clone(), tensors: tensors.collect() })
}

fn slice(bytes: &[u8], name: &str, index: &[SliceItem]) -> Result<Part, Failure> {
    let refused = |error: SafeTensorError| Failure::Reject(ErrorText::of(&error));
    let file = SafeTensors::deserialize(bytes).map_err(refused)?;
    let tensor = file.tensor(name).map_err(refused)?;
    let index: Option<Vec<TensorIndexer>> = index.iter().map(indexer).collect();
    let inexpressible = || Failure::Unsupported("index", "indices are made of usize".to_owned());
    let parts = tensor
        .sliced_data(&index.ok_or_else(inexpressible)?)
        .map_err(|error| Failure::Reject(ErrorText::of(&error)))?;
    let shape = parts.newshape();
    let data = parts.flatten().copied().collect();
    Ok(Part { dtype: tensor.dtype().to_string(), shape, data })
}

/// The crate's own words for an item; `None` if it has none.
fn indexer(item: &SliceItem) -> Option<TensorIndexer> {
    let position = |number: i64| usize::try_from(number).ok();
    let bound = |number: Option<i64>, of: fn(usize) -> Bound<usize>| match number {
        None => Some(Bound::Unbounded),
        Some(number) => position(number).map(of),
    };
    match *item {
        SliceItem::Select(at) => Some(TensorIndexer::Select(position(at)?)),
        SliceItem::Range([start, stop, step]) => {
            let step = NonZeroUsize::new(position(step.unwrap_or(1))?)?;
            let (start, stop) = (bound(start, Bound::Included)?, bound(stop, Bound::Excluded)?);
            Some(TensorIndexer::Narrow(start, stop, step))
        }
        SliceItem::Ellipsis(_) => None,
    }
}
