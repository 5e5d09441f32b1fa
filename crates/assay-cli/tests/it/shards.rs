//! `assay shards`.

use std::path::Path;

use tempfile::TempDir;

use crate::command::{Called, assay, file};

fn header(name: &str) -> String {
    format!("{{\"{name}\":{{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}}}")
}

const INDEX: &str = "model.safetensors.index.json";

/// A model of two shards.
fn model() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    file(folder.path(), "model-1.safetensors", &header("a"), b"12");
    file(folder.path(), "model-2.safetensors", &header("b"), b"34");
    index(folder.path(), 4, r#""a":"model-1.safetensors","b":"model-2.safetensors""#);
    folder
}

fn index(folder: &Path, total: u64, map: &str) {
    let text = format!("{{\"metadata\":{{\"total_size\":{total}}},\"weight_map\":{{{map}}}}}");
    std::fs::write(folder.join(INDEX), text).expect("the folder can be written");
}

fn shards(arguments: &[&str], path: &Path) -> Called {
    let path = path.to_str().expect("the path is UTF-8");
    assay(["shards"].iter().chain(arguments).copied().chain([path]))
}

#[test]
fn a_model_that_agrees_passes() {
    let folder = model();
    shards(&["verify"], folder.path()).exits(0).prints("2 shards, 2 tensors").prints("agree");
    shards(&["verify"], &folder.path().join(INDEX)).exits(0);
    let document = shards(&["verify", "--format", "json"], folder.path()).exits(0).json();
    assert_eq!(
        (&document["tensor_bytes"], &document["faults"]),
        (&4.into(), &[(); 0].into_iter().collect())
    );
    shards(&["list"], folder.path()).exits(0).prints("model-2.safetensors");
    shards(&["list", "--tensors"], folder.path())
        .exits(0)
        .prints("model-2.safetensors  U8       [2]  b");
    let listed = shards(&["list", "--tensors", "--format", "json"], folder.path()).exits(0).json();
    assert_eq!(listed["tensors"][0]["file"], "model-1.safetensors");
}

#[test]
fn every_fault_is_listed_with_advice() {
    let folder = model();
    index(
        folder.path(),
        5,
        r#""a":"model-1.safetensors","b":"model-1.safetensors","c":"model-3.safetensors""#,
    );
    let called = shards(&["verify"], folder.path()).exits(1);
    for kind in ["missing-shard", "extra-shard", "missing-tensor"] {
        assert!(called.stdout.contains(&format!("fault[{kind}]")), "{kind}: {}", called.stdout);
    }
    called.prints("help: ").prints("3 faults");
    let document = shards(&["verify", "--format", "json"], folder.path()).exits(1).json();
    assert_eq!(document["faults"].as_array().expect("a list").len(), 3);
    shards(&["list"], folder.path()).exits(2).complains("assay shards verify");
}

#[test]
fn an_index_that_is_none_is_a_finding_and_no_index_is_not() {
    let folder = model();
    index(folder.path(), 4, r#""a":"../model-1.safetensors""#);
    shards(&["verify"], folder.path()).exits(1).prints("fault[index]").prints("no bare file name");
    index(folder.path(), 4, r#""a":"x","a":"x""#);
    let document = shards(&["verify", "--format", "json"], folder.path()).exits(1).json();
    assert_eq!(document["faults"][0]["kind"], "index");
    std::fs::remove_file(folder.path().join(INDEX)).expect("it is there");
    shards(&["verify"], folder.path()).exits(2).complains("name the index itself");
    shards(&["verify", "--profile", "x"], folder.path()).exits(2).complains("interop, strict");
}

#[test]
fn an_index_is_written_from_the_shards() {
    let folder = model();
    let printed = shards(&["index", "--dry-run"], folder.path()).exits(0).json();
    assert_eq!(printed["metadata"]["total_size"], 4);
    shards(&["index"], folder.path()).exits(2).complains("--force replaces it");
    index(folder.path(), 9, "");
    shards(&["index", "--force"], folder.path()).exits(0).prints("2 tensors in 2 shards");
    shards(&["verify"], folder.path()).exits(0);
    shards(&["index", "--stem", "other"], folder.path()).exits(2).complains("other-*.safetensors");
}

/// What published indexes look like is known: all of them are read.
#[test]
fn published_indexes_are_read() {
    use std::io::Read as _;
    let packed = std::fs::File::open(crate::command::tree().join("corpus/real/indexes.jsonl.gz"));
    let mut rows = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(packed.expect("it is committed"));
    unpacked.read_to_string(&mut rows).expect("it is UTF-8");
    let dialect = assay_spec::Dialect::latest();
    let mut read = 0;
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row is JSON");
        let text = row["index"].as_str().expect("it holds the index");
        let index = assay_reference::shards::Index::parse(text.as_bytes(), &dialect)
            .unwrap_or_else(|error| panic!("{}: {error}", row["repo"]));
        let plain: serde_json::Value = serde_json::from_str(text).expect("an index is JSON");
        let map = plain["weight_map"].as_object().expect("an object");
        assert_eq!(index.len(), map.len());
        assert!(index.tensors().all(|(name, shard)| map[name] == shard));
        assert_eq!(index.total_size(), plain["metadata"]["total_size"].as_u64());
        let again = assay_reference::shards::Index::parse(&index.to_json(), &dialect);
        assert_eq!(again.as_ref(), Ok(&index));
        read += 1;
    }
    assert_eq!(read, 14);
}
