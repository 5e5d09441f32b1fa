//! What the crate promises to its users, as a list that changes only on purpose.
//!
//! The compiler's description of the crate is a nightly feature, so this test is
//! asked for by name, with a nightly toolchain (`NIGHTLY` names another one):
//!
//! `cargo test -p assay-reference --test public_api -- --ignored`
//!
//! `UPDATE_API=1` writes the list anew. A line that goes or changes is a breaking
//! change, a line that comes is not.

use std::path::Path;
use std::{env, fs};

#[test]
#[ignore = "needs a nightly toolchain; its comment has the command"]
fn the_public_api_is_the_one_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let toolchain = env::var("NIGHTLY").unwrap_or_else(|_| "nightly".to_owned());
    let described = rustdoc_json::Builder::default()
        .toolchain(toolchain)
        .manifest_path(root.join("Cargo.toml"))
        .target_dir(env!("CARGO_TARGET_TMPDIR"))
        .build()
        .expect("a nightly compiler describes the crate");
    let api = public_api::Builder::from_rustdoc_json(described)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("the description is of the format that is read here");
    let found = api.to_string();

    let path = root.join("public-api.txt");
    if env::var_os("UPDATE_API").is_some() {
        fs::write(&path, &found).expect("the folder is there");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (found, written) = (lines(&found), lines(&written));
    let missing: Vec<&String> = written.iter().filter(|line| !found.contains(line)).collect();
    let new: Vec<&String> = found.iter().filter(|line| !written.contains(line)).collect();
    assert!(missing.is_empty() && new.is_empty(), "gone: {missing:#?}\nnew: {new:#?}");
    assert!(found.len() > 50, "the list is not empty");
}
