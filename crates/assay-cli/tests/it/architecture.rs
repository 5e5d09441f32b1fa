//! The invariants of ARCHITECTURE.md, most of them absences, held by looking
//! at manifests and sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assay_spec::Dialect;

use crate::command::tree;

/// Which of the project's crates each crate may know.
const ARROWS: [(&str, &[&str]); 9] = [
    ("assay-spec", &[]),
    ("assay-validator", &["assay-spec"]),
    ("assay-reference", &["assay-spec"]),
    ("assay-capi", &["assay-reference", "assay-spec"]),
    ("assay-generator", &["assay-spec"]),
    ("assay-protocol", &[]),
    ("assay-harness", &["assay-protocol", "assay-spec"]),
    ("assay-report", &["assay-protocol", "assay-spec"]),
    (
        "assay-cli",
        &[
            "assay-spec",
            "assay-validator",
            "assay-reference",
            "assay-generator",
            "assay-protocol",
            "assay-harness",
            "assay-report",
        ],
    ),
];

#[test]
fn crates_know_only_whom_they_may() {
    let crates: BTreeSet<String> = fs::read_dir(tree().join("crates"))
        .expect("there are crates")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("ASCII"))
        .collect();
    let drawn: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(crates, drawn);
    for (name, may_know) in ARROWS {
        let text = fs::read_to_string(tree().join("crates").join(name).join("Cargo.toml"))
            .expect("a crate has a manifest");
        let manifest: toml::Table = text.parse().expect("it is TOML");
        let dependencies = manifest["dependencies"].as_table().expect("a table");
        for dependency in dependencies.keys().filter(|key| key.starts_with("assay-")) {
            assert!(may_know.contains(&dependency.as_str()), "{name} knows {dependency}");
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, text) in sources(|_| true) {
        assert!(text.starts_with("//!"), "{} opens without //!", path.display());
    }
}

#[test]
fn only_the_memory_map_and_the_c_boundary_are_unsafe() {
    for (path, text) in sources(|path| !path.starts_with(tree().join("crates/assay-capi"))) {
        let is_map = path.ends_with("assay-reference/src/map.rs");
        let uses =
            code_lines(&text).any(|line| line.split_whitespace().any(|word| word == "unsafe"));
        assert!(is_map || !uses, "{} is unsafe", path.display());
    }
}

#[test]
fn only_the_harness_starts_processes() {
    for (path, text) in sources(|path| !path.starts_with(tree().join("crates/assay-harness"))) {
        let starts = code_lines(&text).any(|line| line.contains("Command::new("));
        assert!(!starts, "{} starts a process", path.display());
    }
}

/// A dtype or a limit is a row of `spec/spec.toml` and nowhere else.
#[test]
fn no_code_outside_the_spec_spells_a_dtype_or_a_limit() {
    let dialect = Dialect::latest();
    let mut words: Vec<String> =
        dialect.dtypes().iter().map(|dtype| format!("\"{}\"", dtype.name)).collect();
    // Small numbers are everywhere; a limit above a million is nobody's by chance.
    let large = dialect.spec().tables.limits.values().filter(|limit| limit.value > 1_000_000);
    for limit in large {
        words.extend([limit.value.to_string(), grouped(limit.value)]);
    }
    for (path, text) in sources(|path| !path.starts_with(tree().join("crates/assay-spec"))) {
        for line in code_lines(&text) {
            for word in &words {
                assert!(!line.contains(word.as_str()), "{} spells {word}: {line}", path.display());
            }
        }
    }
}

#[test]
fn rooms_are_small() {
    for (path, text) in sources(|_| true) {
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines; is it still one idea?", path.display());
    }
}

/// `100_000_000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|g| std::str::from_utf8(g).expect("digits"))
        .collect();
    groups.join("_")
}

/// The sources of all crates, their tests left out.
fn sources(wanted: impl Fn(&Path) -> bool) -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for entry in walkdir::WalkDir::new(tree().join("crates")).sort_by_file_name() {
        let path = entry.expect("readable").into_path();
        let in_src = path.components().any(|part| part.as_os_str() == "src");
        let is_test = path.file_name().is_some_and(|name| name == "tests.rs");
        if in_src && !is_test && path.extension().is_some_and(|e| e == "rs") && wanted(&path) {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            sources.push((path, text));
        }
    }
    assert!(sources.len() > 20, "the sources are found");
    sources
}

/// Lines of code: neither comments nor unit tests, which stand last in a file.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
}
