//! Drives the published crate `ferric-load` through `safetensors` on bytes.
//!
//! It makes f32 of whatever a tensor holds, so what it delivers is no view of the file, and
//! only its verdict is evidence.

use assay_adapter::{Capabilities, ErrorText, Failure, Implementation, View, serve};

const IMPLEMENTATION: Implementation = Implementation {
    name: "ferric-load",
    version: "0.3.0",
    language: "Rust",
    lineage: "ferric",
    homepage: "https://crates.io/crates/ferric-load",
};

const DTYPES: [&str; 4] = ["F32", "F16", "BF16", "F64"];

fn main() -> std::io::Result<()> {
    let capabilities = Capabilities {
        dtypes: Some(DTYPES.map(str::to_owned).to_vec()),
        views: Some(false),
        ..Capabilities::default()
    };
    serve(&IMPLEMENTATION, &capabilities, |bytes| match ferric_load::safetensors(bytes) {
        Ok(_) => Ok(View { metadata: None, tensors: Vec::new() }),
        // Its errors are texts without a class.
        Err(message) => Err(Failure::Reject(ErrorText { class: "String".to_owned(), message })),
    })
}
