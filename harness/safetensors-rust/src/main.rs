//! Drives the published crate `safetensors` through `SafeTensors::deserialize`, and
//! parts of tensors through `TensorView::sliced_data`.
//!
//! One version of the crate is built in, see `library.rs`. Its indices are made of `usize`: what counts from the end, runs
//! backwards or stands still cannot be said, and there is no ellipsis.

mod library;

use std::num::NonZeroUsize;
use std::ops::Bound;

use assay_adapter::{
    Capabilities, ErrorText, Failure, Implementation, Part, SliceItem, Tensor, View,
    serve_with_slices,
};
use library::safetensors;
use safetensors::slice::TensorIndexer;
use safetensors::{SafeTensorError, SafeTensors};

const IMPLEMENTATION: Implementation = Implementation {
    name: "safetensors",
    version: library::VERSION,
    language: "Rust",
    lineage: "safetensors-rust",
    homepage: "https://github.com/huggingface/safetensors",
};

fn main() -> std::io::Result<()> {
    let capabilities = Capabilities {
        dtypes: Some(library::dtypes()),
        metadata: true,
        index: Some(library::index_features()),
        ..Capabilities::default()
    };
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
    let tensors = library::tensors(&file, bytes).into_iter().map(|(name, dtype, shape, data)| {
        Tensor { name, dtype: library::name(dtype), shape, data }
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
        .map_err(|error| Failure::Reject(library::refused_slice(&error)))?;
    let shape = parts.newshape();
    let data = parts.flatten().copied().collect();
    Ok(Part { dtype: library::name(tensor.dtype()), shape, data })
}

/// The crate's own words for an item; `None` if it has none.
fn indexer(item: &SliceItem) -> Option<TensorIndexer> {
    let position = |number: i64| usize::try_from(number).ok();
    let bound = |number: Option<i64>, of: fn(usize) -> Bound<usize>| match number {
        None => Some(Bound::Unbounded),
        Some(number) => position(number).map(of),
    };
    match *item {
        SliceItem::Select(at) => library::select(position(at)?),
        SliceItem::Range([start, stop, step]) => {
            let step = NonZeroUsize::new(position(step.unwrap_or(1))?)?;
            let (start, stop) = (bound(start, Bound::Included)?, bound(stop, Bound::Excluded)?);
            library::narrow(start, stop, step)
        }
        SliceItem::Ellipsis(_) => None,
    }
}
