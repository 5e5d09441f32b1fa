//! `assay rewrite`.

use std::path::Path;

use tempfile::TempDir;

use crate::command::{Called, assay, file};

/// Two tensors out of order, with metadata, unaligned.
const HEADER: &str = r#"{"__metadata__":{"k":"v"},"m.b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"m.a":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}}"#;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// Calls `assay rewrite`; `{}` stands for the folder.
fn rewrite(folder: &Path, arguments: &str) -> Called {
    let folder = folder.to_str().expect("the path is UTF-8");
    let words = arguments.split_whitespace().map(|word| match word {
        "''" => String::new(),
        word => word.replace("{}", folder),
    });
    assay(["rewrite".to_owned()].into_iter().chain(words))
}

fn header(path: &Path) -> String {
    let bytes = std::fs::read(path).expect("it was written");
    let len = u64::from_le_bytes(*bytes.first_chunk().expect("there is a prefix")) as usize;
    String::from_utf8(bytes[8..8 + len].to_vec()).expect("a header is UTF-8")
}

#[test]
fn each_way_of_rewriting_changes_what_it_says() {
    let folder = folder();
    file(folder.path(), "in", HEADER, b"bbaaa");
    let meta = r#""__metadata__":{"k":"v"},"#;
    let (a, b) = (
        r#"{"dtype":"U8","shape":[3],"data_offsets":[0,3]}"#,
        r#"{"dtype":"U8","shape":[2],"data_offsets":[3,5]}"#,
    );
    for (arguments, expected) in [
        ("canonical {}/in {}/out", format!(r#"{{{meta}"m.a":{a},"m.b":{b}}}"#)),
        (
            "metadata {}/in {}/out --set a 1 --set k 2",
            format!(r#"{{"__metadata__":{{"a":"1","k":"2"}},"m.a":{a},"m.b":{b}}}"#),
        ),
        (
            "metadata {}/in {}/out --remove k",
            format!(r#"{{"__metadata__":{{}},"m.a":{a},"m.b":{b}}}"#),
        ),
        ("metadata {}/in {}/out --clear", format!(r#"{{"m.a":{a},"m.b":{b}}}"#)),
        ("rename {}/in {}/out --prefix m. ''", format!(r#"{{{meta}"a":{a},"b":{b}}}"#)),
        ("rename {}/in {}/out --tensor m.a l.a", format!(r#"{{{meta}"l.a":{a},"m.b":{b}}}"#)),
        ("drop {}/in {}/out --tensor m.b", format!(r#"{{{meta}"m.a":{a}}}"#)),
        ("keep {}/in {}/out --prefix m.a", format!(r#"{{{meta}"m.a":{a}}}"#)),
    ] {
        let called = rewrite(folder.path(), &format!("{arguments} --force")).exits(0);
        called.prints("read ").prints("wrote ").prints("nothing else changed");
        assert_eq!(header(&folder.path().join("out")).trim_end(), expected, "{arguments}");
    }
    rewrite(folder.path(), "canonical {}/in {}/out --force --align 4096").exits(0);
    assert_eq!(8 + header(&folder.path().join("out")).len(), 4096);
    let out = folder.path().join("out");
    assay(["check", "--profile", "strict", out.to_str().expect("UTF-8")]).exits(0);
}

#[test]
fn a_file_is_replaced_only_when_that_is_asked_for() {
    let folder = folder();
    let path = file(folder.path(), "in", HEADER, b"bbaaa");
    let before = std::fs::read(&path).expect("it is there");
    rewrite(folder.path(), "metadata {}/in {}/in --clear")
        .exits(2)
        .complains("--force replaces it");
    rewrite(folder.path(), "metadata {}/in --clear").exits(2).complains("<OUTPUT>");
    rewrite(folder.path(), "metadata {}/in {}/out --clear --in-place").exits(2);
    rewrite(folder.path(), "metadata {}/in --clear --in-place --dry-run")
        .exits(0)
        .prints("would write");
    assert_eq!(std::fs::read(&path).expect("it is there"), before);
    rewrite(folder.path(), "metadata {}/in --clear --in-place").exits(0);
    assert!(!header(&path).contains("__metadata__"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 1);
}

#[test]
fn what_cannot_be_rewritten_is_explained() {
    let folder = folder();
    file(folder.path(), "in", HEADER, b"bbaaa");
    file(folder.path(), "bad", HEADER, b"bbaa");
    for (arguments, because) in [
        ("rename {}/in {}/out --tensor x y", "there is no tensor `x`"),
        ("rename {}/in {}/out --tensor m.a m.b", "would both be named `m.b`"),
        ("rename {}/in {}/out --tensor m.a __metadata__", "reserves this name"),
        ("rename {}/in {}/out --tensor m.a", "2 values"),
        ("drop {}/in {}/out --prefix x", "begins with `x`"),
        ("drop {}/in {}/out", "--tensor"),
        ("metadata {}/in {}/out --remove x", "no metadata under `x`"),
        ("metadata {}/in {}/out", "--set"),
        ("canonical {}/in {}/out --align 3", "a power of two"),
        ("canonical {}/in {}/none/out", "make it first"),
        ("canonical {}/none {}/out", "cannot read"),
        ("canonical {}/bad {}/out", "buffer/within-file"),
        ("split {}/in {}/s --max-size 1XB", "is no size"),
        ("merge {} {}/out", "0 *.safetensors.index.json"),
    ] {
        rewrite(folder.path(), arguments).exits(2).complains(because);
        assert!(!folder.path().join("out").exists(), "{arguments}");
    }
}

#[test]
fn split_and_merge_are_there_and_back() {
    let folder = folder();
    file(folder.path(), "in", HEADER, b"bbaaa");
    rewrite(folder.path(), "canonical {}/in {}/whole").exits(0);
    let planned = rewrite(folder.path(), "split {}/in {}/s --max-size 3 --dry-run").exits(0);
    planned.prints("model-00002-of-00002.safetensors");
    assert!(!folder.path().join("s").exists());

    let called = rewrite(folder.path(), "split {}/in {}/s --max-size 3 --format json").exits(0);
    let document = called.json();
    assert_eq!(document["outputs"].as_array().expect("a list").len(), 3);
    assert_eq!((&document["dry_run"], &document["metadata"]["k"]), (&false.into(), &"v".into()));
    rewrite(folder.path(), "split {}/in {}/s --max-size 3").exits(2).complains("is there already");
    let shards = folder.path().join("s");
    assay(["shards", "verify", shards.to_str().expect("UTF-8")]).exits(0).prints("agree");

    let merged = rewrite(folder.path(), "merge {}/s {}/merged --format json").exits(0).json();
    assert_eq!(merged["inputs"].as_array().expect("a list").len(), 2);
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("it was written");
    assert_eq!(read("merged"), read("whole"));

    // A shard that has gone is no reason to make a smaller model.
    std::fs::remove_file(shards.join("model-00001-of-00002.safetensors")).expect("it is there");
    rewrite(folder.path(), "merge {}/s {}/again").exits(2).complains("is not there");
    assert!(!folder.path().join("again").exists());
}
