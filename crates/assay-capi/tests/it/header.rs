//! The committed header is what the sources make.

use std::fs;
use std::path::Path;

/// `UPDATE_HEADER=1 cargo test -p assay-capi` writes it anew.
#[test]
fn the_header_is_what_the_sources_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("it is right");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for module in ["text", "error", "policy", "reader"] {
        builder = builder.with_src(root.join("src").join(module).with_extension("rs"));
    }
    let mut made = Vec::new();
    builder.generate().expect("the sources have a C form").write(&mut made);
    let made = String::from_utf8(made).expect("C is ASCII here");
    // Rust's heading, as a C programmer would put it.
    let made = made.replace(" # Safety\n", " What the caller promises:\n");

    let path = root.join("include/assay.h");
    if std::env::var_os("UPDATE_HEADER").is_some() {
        fs::write(&path, &made).expect("the folder is there");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, made, "`UPDATE_HEADER=1 cargo test -p assay-capi` writes it anew");
    assert!(made.contains("assay_reader_open"), "{made}");
}
