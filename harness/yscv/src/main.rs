//! Drives the published crate `yscv-model`: `SafeTensorFile::from_bytes`, and every tensor
//! through `load_tensor`.
//!
//! It makes f32 of whatever a tensor holds, so what it delivers is no view of the file, and
//! only its verdict is evidence.

use assay_adapter::{Capabilities, ErrorText, Failure, Implementation, View, serve};
use yscv_model::{ModelError, SafeTensorFile};

const IMPLEMENTATION: Implementation = Implementation {
    name: "yscv-model",
    version: "0.2.0",
    language: "Rust",
    lineage: "yscv",
    homepage: "https://github.com/enthropy7/yscv",
};

const DTYPES: [&str; 7] = ["F32", "F16", "BF16", "I32", "I64", "U8", "BOOL"];

fn main() -> std::io::Result<()> {
    let capabilities = Capabilities {
        dtypes: Some(DTYPES.map(str::to_owned).to_vec()),
        views: Some(false),
        ..Capabilities::default()
    };
    serve(&IMPLEMENTATION, &capabilities, |bytes| {
        read(bytes).map_err(|error| Failure::Reject(ErrorText::of(&error)))
    })
}

fn read(bytes: &[u8]) -> Result<View<'_>, ModelError> {
    let file = SafeTensorFile::from_bytes(bytes)?;
    for name in file.tensor_names() {
        file.load_tensor(name)?;
    }
    Ok(View { metadata: None, tensors: Vec::new() })
}
