//! Drives the published crate `kime-model` through `safetensors::parse` on bytes.

use std::collections::HashMap;

use assay_adapter::{
    Capabilities, ErrorText, Failure, Implementation, Operations, Tensor, View, bench_read,
    serve_operations,
};
use kime_model::Error;
use kime_model::safetensors;

const IMPLEMENTATION: Implementation = Implementation {
    name: "kime-model",
    version: "0.1.8",
    language: "Rust",
    lineage: "kime",
    homepage: "https://github.com/tamnd/kime",
};

/// What it knows: `DType::from_name`.
const DTYPES: [&str; 8] = ["F32", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL"];

fn main() -> std::io::Result<()> {
    let capabilities = Capabilities {
        dtypes: Some(DTYPES.map(str::to_owned).to_vec()),
        metadata: true,
        ..Capabilities::default()
    };
    let operations = Operations {
        read: Some(&view),
        bench: Some(&|request, loaded| bench_read(request, loaded, view)),
        ..Operations::default()
    };
    serve_operations(&IMPLEMENTATION, &capabilities, &operations)
}

fn view(bytes: &[u8]) -> Result<View<'_>, Failure> {
    read(bytes).map_err(|error| Failure::Reject(ErrorText::of(&error)))
}

/// The library gives places in the file, which it has checked against its length.
fn read(bytes: &[u8]) -> Result<View<'_>, Error> {
    let header = safetensors::parse(bytes)?;
    let tensors = header.entries.into_iter().map(|entry| Tensor {
        dtype: entry.dtype.name().to_owned(),
        data: &bytes[entry.start..entry.end],
        name: entry.name,
        shape: entry.shape,
    });
    let tensors = tensors.collect();
    // It takes strings only, so nothing else comes.
    let text = |value: serde_json::Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let metadata = header.metadata.map(|metadata| {
        metadata.into_iter().map(|(key, value)| (key, text(value))).collect::<HashMap<_, _>>()
    });
    Ok(View { metadata, tensors })
}
