//! `assay inspect` and `assay diff`.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::{Called, assay, file};

const TWO: &str = r#"{"__metadata__":{"format":"pt"},"b.weight":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]}}"#;
const SWAPPED: &str = r#"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b.weight":{"dtype":"U8","shape":[2],"data_offsets":[8,10]},"__metadata__":{"format":"pt"}}"#;
const OTHER: &str = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"c":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}"#;
const HOLE: &str = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}   "#;

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Files {
        Files { folder: TempDir::new().expect("a temporary folder") }
    }

    fn file(&self, name: &str, header: &str, data: &[u8]) -> PathBuf {
        file(self.folder.path(), name, header, data)
    }
}

fn call(command: &str, arguments: &[&str], paths: &[&Path]) -> Called {
    let paths = paths.iter().map(|path| path.to_str().expect("the path is UTF-8"));
    assay([command].into_iter().chain(arguments.iter().copied()).chain(paths))
}

/// Without the folder, which is another each time.
fn shown(called: &Called, files: &Files) -> String {
    let folder = files.folder.path().to_str().expect("the path is UTF-8");
    called.stdout.replace(folder, "[folder]")
}

#[test]
fn tensors_come_with_sizes_totals_and_metadata() {
    let files = Files::new();
    let path = files.file("two.safetensors", TWO, b"\x01\x020123abcd");
    insta::assert_snapshot!(shown(&call("inspect", &[], &[&path]).exits(0), &files));
}

#[test]
fn tensors_are_sorted_filtered_and_limited() {
    let files = Files::new();
    let path = files.file("two.safetensors", TWO, b"\x01\x020123abcd");
    let names = |arguments: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        let document = call("inspect", &arguments, &[&path]).exits(0).json();
        let tensors = document["tensors"].as_array().expect("a list").clone();
        tensors.iter().map(|one| one["name"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["b.weight", "a"]);
    assert_eq!(names(&["--sort", "name"]), ["a", "b.weight"]);
    assert_eq!(names(&["--sort", "size", "--limit", "1"]), ["a"]);
    assert_eq!(names(&["--filter", "*.weight"]), ["b.weight"]);
    assert_eq!(names(&["--filter", "eig"]), ["b.weight"]);
    assert_eq!(names(&["--dtype", "F32"]), ["a"]);
    call("inspect", &["--dtype", "F31"], &[&path]).exits(2).complains("no dtype `F31`");
}

#[test]
fn bytes_are_shown_with_what_they_are() {
    let files = Files::new();
    let path = files.file("two.safetensors", TWO, b"\x01\x020123abcd");
    insta::assert_snapshot!(shown(&call("inspect", &["--hex"], &[&path]).exits(0), &files));
    let broken = files.file("hole.safetensors", HOLE, b"ab");
    insta::assert_snapshot!(shown(&call("inspect", &["--hex"], &[&broken]).exits(1), &files));
    call("inspect", &[], &[&broken]).exits(1).prints("buffer/no-holes");
}

#[test]
fn spelling_and_order_make_no_difference() {
    let files = Files::new();
    let one = files.file("one.safetensors", TWO, b"\x01\x020123abcd");
    let other = files.file("other.safetensors", SWAPPED, b"0123abcd\x01\x02");
    call("diff", &[], &[&one, &other]).exits(0).prints("the same 2 tensors").prints("order");
}

#[test]
fn what_differs_is_named() {
    let files = Files::new();
    let one = files.file("one.safetensors", TWO, b"\x01\x020123abcd");
    let other = files.file("other.safetensors", OTHER, b"0123abcd\x01\x02");
    let called = call("diff", &[], &[&one, &other]).exits(1);
    insta::assert_snapshot!(shown(&called, &files));

    let changed = files.file("changed.safetensors", TWO, b"\x01\x020123abXd");
    let called = call("diff", &["--format", "json"], &[&one, &changed]).exits(1);
    let document = called.json();
    assert_eq!(document["tensors"][0]["name"], "a");
    assert_eq!(document["tensors"][0]["first_different_byte"], 6);
    assert_eq!(document["tensors"][0]["different_bytes"], 1);
    call("diff", &["--header"], &[&one, &changed]).exits(0).prints("contents not compared");
}

#[test]
fn a_file_that_is_not_valid_cannot_be_compared() {
    let files = Files::new();
    let one = files.file("one.safetensors", TWO, b"\x01\x020123abcd");
    let broken = files.file("hole.safetensors", HOLE, b"ab");
    call("diff", &[], &[&one, &broken]).exits(2).complains("not valid").prints("buffer/no-holes");
}
