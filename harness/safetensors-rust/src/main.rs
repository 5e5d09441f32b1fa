//! Drives the published crate `safetensors` through `SafeTensors::deserialize`.

use assay_adapter::{Capabilities, ErrorText, Failure, Implementation, Tensor, View, serve};
use safetensors::{SafeTensorError, SafeTensors};

const IMPLEMENTATION: Implementation = Implementation {
    name: "safetensors",
    version: "0.8.0",
    language: "Rust",
    lineage: "safetensors-rust",
    homepage: "https://github.com/huggingface/safetensors",
};

fn main() -> std::io::Result<()> {
    serve(&IMPLEMENTATION, &Capabilities { dtypes: None, metadata: true }, |bytes| {
        read(bytes).map_err(|error| Failure::Reject(ErrorText::of(&error)))
    })
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
