//! The list of targets is written once for each tool that wants it; here they
//! are held against each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(serde::Deserialize)]
struct Manifest {
    bin: Vec<Bin>,
}

#[derive(serde::Deserialize)]
struct Bin {
    name: String,
    path: String,
}

#[test]
fn each_is_a_program_of_one_line_with_a_body_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("Cargo.toml")).expect("it is there");
    let manifest: Manifest = toml::from_str(&text).expect("it is a manifest");
    let (peers, targets): (Vec<Bin>, Vec<Bin>) =
        manifest.bin.into_iter().partition(|bin| bin.path.starts_with("peers/"));
    assert_eq!(peers.len(), 1, "what `fuzz/rate` compares with");
    let named: BTreeSet<String> = targets.iter().map(|bin| bin.name.clone()).collect();
    let files: BTreeSet<String> = fs::read_dir(root.join("fuzz_targets"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(named, files);
    for Bin { name, path } in targets {
        assert_eq!(path, format!("fuzz_targets/{name}.rs"));
        let program = fs::read_to_string(root.join(path)).expect("it is there");
        let call = format!("|bytes: &[u8]| assay_fuzz::{name}::check(bytes)");
        assert_eq!(program, format!("#![no_main]\nlibfuzzer_sys::fuzz_target!({call});\n"));
        let body = fs::read_to_string(root.join(format!("src/{name}.rs"))).expect("it has a body");
        assert!(body.contains("#[test]"), "{name} has seeded tests");
    }
}
