//! Drives the published crate `safetensors` through `SafeTensors::deserialize`; headers
//! through `read_metadata` on a mapped file, tensors by name through `SafeTensors::tensor`,
//! parts of tensors through `TensorView::sliced_data`, writing through `serialize_to_file`.
//!
//! One version of the crate is built in, see `library.rs`. Its indices are made of `usize`: what counts from the end, runs
//! backwards or stands still cannot be said, and there is no ellipsis.

mod library;

use std::collections::HashMap;
use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::path::Path;

use assay_adapter::{
    BenchRequest, Capabilities, ErrorText, Failure, Header, Implementation, InputTensor, Loaded,
    Operations, Part, SliceItem, Tensor, View, serve_operations,
};
use library::safetensors;
use safetensors::slice::TensorIndexer;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

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
        bench_modes: Some(vec!["mmap", "read"]),
        ..Capabilities::default()
    };
    let operations = Operations {
        read: Some(&|bytes| read(bytes).map_err(refused)),
        inspect: Some(&inspect),
        get: Some(&|bytes, name| get(bytes, name).map_err(refused)),
        slice: Some(&slice),
        write: Some(&write),
        bench: Some(&bench),
    };
    serve_operations(&IMPLEMENTATION, &capabilities, &operations)
}

fn refused(error: SafeTensorError) -> Failure {
    Failure::Reject(ErrorText::of(&error))
}

/// The file mapped, as the crate's documentation has it.
fn mapped(path: &str) -> memmap2::Mmap {
    // SAFETY: the harness's files are read-only and nobody changes them while they are asked about.
    let mapped = File::open(path).and_then(|file| unsafe { memmap2::Mmap::map(&file) });
    // A file that cannot be opened or mapped is no word of the library's.
    mapped.unwrap_or_else(|error| panic!("cannot map {path}: {error}"))
}

/// `mmap` and `deserialize`, as the documentation has it, or `std::fs::read` and `deserialize`.
fn bench(request: &BenchRequest<'_>, loaded: &mut Loaded) -> Result<(), Failure> {
    let BenchRequest { path, what, mode, tensor } = *request;
    if mode == "read" {
        let bytes = std::fs::read(path);
        let bytes = bytes.unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
        return hand_over(&bytes, what, tensor, loaded).map_err(refused);
    }
    hand_over(&mapped(path), what, tensor, loaded).map_err(refused)
}

fn hand_over(
    bytes: &[u8],
    what: &str,
    tensor: &str,
    loaded: &mut Loaded,
) -> Result<(), SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    match what {
        "header" => {
            let names = file.names();
            loaded.returned();
            names.into_iter().for_each(|name| loaded.add(name.as_bytes()));
        }
        "tensor" => {
            let view = file.tensor(tensor)?;
            loaded.returned();
            loaded.add(view.data());
        }
        _ => {
            let tensors = file.tensors();
            loaded.returned();
            tensors.iter().for_each(|(_, view)| loaded.add(view.data()));
        }
    }
    Ok(())
}

fn inspect(path: &str) -> Result<Header, Failure> {
    let mapped = mapped(path);
    let (_, header) = SafeTensors::read_metadata(&mapped).map_err(refused)?;
    let tensors = header.tensors().into_iter();
    let tensors = tensors.map(|(name, info)| (name, library::name(info.dtype), info.shape.clone()));
    Ok(Header { metadata: header.metadata().clone(), tensors: tensors.collect() })
}

fn get(bytes: &[u8], name: &str) -> Result<Part, SafeTensorError> {
    let file = SafeTensors::deserialize(bytes)?;
    let tensor = file.tensor(name)?;
    let (dtype, shape) = (library::name(tensor.dtype()), tensor.shape().to_vec());
    Ok(Part { dtype, shape, data: tensor.data().to_vec() })
}

fn write(
    path: &str,
    tensors: &[InputTensor],
    metadata: Option<&HashMap<String, String>>,
) -> Result<(), Failure> {
    let views = tensors.iter().map(named).collect::<Result<Vec<(&str, TensorView)>, Failure>>()?;
    library::write(views, metadata.cloned(), Path::new(path)).map_err(refused)
}

fn named(tensor: &InputTensor) -> Result<(&str, TensorView<'_>), Failure> {
    Ok((&tensor.name, view_of(tensor)?))
}

fn view_of(tensor: &InputTensor) -> Result<TensorView<'_>, Failure> {
    if tensor.strides.is_some() {
        return Err(Failure::Unsupported("layout", "takes bytes, not arrays".to_owned()));
    }
    // The crate's own names for its dtypes are the format's.
    let dtype: Result<Dtype, _> = serde_json::from_value(tensor.dtype.clone().into());
    let dtype = dtype.map_err(|error| Failure::Unsupported("dtype", error.to_string()))?;
    TensorView::new(dtype, tensor.shape.clone(), &tensor.data).map_err(refused)
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
