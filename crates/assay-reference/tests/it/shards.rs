//! Indexes and their shards, right and wrong in every way.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assay_reference::shards::{
    Fault, Index, Links, ShardedModel, ShardsError, TotalSizeHint, verify,
};
use assay_reference::write::{NewTensor, Writer};
use assay_spec::Disputed;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::{LATEST, policy};

const ONE: &str = "model-00001-of-00002.safetensors";
const TWO: &str = "model-00002-of-00002.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// A file with tensors of these names, two bytes each.
fn shard(folder: &Path, file: &str, names: &[&str]) {
    let tensors =
        names.iter().map(|name| NewTensor { name, dtype: "U8", shape: &[2], data: b"12" });
    Writer::new(&LATEST)
        .write_file(folder.join(file), tensors, None)
        .expect("the folder can be used");
}

fn index(folder: &Path, total: &str, map: &[(&str, &str)]) {
    let map: Vec<String> =
        map.iter().map(|(name, file)| format!("\"{name}\":\"{file}\"")).collect();
    let metadata = if total.is_empty() { String::new() } else { format!("\"total_size\":{total}") };
    let text = format!("{{\"metadata\":{{{metadata}}},\"weight_map\":{{{}}}}}", map.join(","));
    fs::write(folder.join(INDEX), text).expect("the folder can be used");
}

/// A model of two shards without a fault.
fn model() -> TempDir {
    let folder = tempfile::tempdir().expect("the folder can be used");
    shard(folder.path(), ONE, &["a", "b"]);
    shard(folder.path(), TWO, &["c"]);
    index(folder.path(), "6", &[("a", ONE), ("b", ONE), ("c", TWO)]);
    folder
}

/// The faults of a model, as text without what varies.
fn faults(folder: &Path) -> Vec<String> {
    let report =
        verify(folder, policy(Disputed::Reject), Links::Within).expect("the folder can be used");
    let text = |fault: &Fault| {
        assert!(!fault.advice().is_empty());
        format!("{}: {fault}", fault.id())
    };
    report.faults.iter().map(text).collect()
}

fn open(folder: &Path) -> Result<ShardedModel, ShardsError> {
    ShardedModel::open(folder, policy(Disputed::Reject), Links::Within)
}

#[test]
fn a_model_without_a_fault_is_opened() {
    let folder = model();
    assert_eq!(faults(folder.path()), [""; 0]);
    for path in [folder.path().to_owned(), folder.path().join(INDEX)] {
        let model = open(&path).unwrap();
        assert_eq!(
            model.tensors().map(|tensor| tensor.name()).collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(model.tensor("c").unwrap().data(), b"12");
        assert!(model.tensor("d").is_none());
        let shards: Vec<_> =
            model.shards().map(|(name, file)| (name, file.reader().len())).collect();
        assert_eq!(shards, [(ONE, 2), (TWO, 1)]);
    }
    let report = verify(folder.path(), policy(Disputed::Reject), Links::Within).unwrap();
    assert_eq!(report.tensor_bytes, 6);
    let len = |file| Some(fs::metadata(folder.path().join(file)).unwrap().len());
    assert_eq!(report.file_lengths, [len(ONE), len(TWO)]);
    // Without a total there is none to be wrong.
    index(folder.path(), "", &[("a", ONE), ("b", ONE), ("c", TWO)]);
    assert_eq!(faults(folder.path()), [""; 0]);
}

#[test]
fn every_fault_is_listed() {
    let folder = model();
    let path = folder.path();
    // Faults that concern tensors, and one that does not.
    index(path, "5", &[("a", ONE), ("c", ONE), ("d", TWO), ("e", "model-3.safetensors")]);
    fs::write(path.join("model.safetensors"), b"").unwrap();
    assert_eq!(
        faults(path),
        [
            "missing-shard: `model-3.safetensors` is not there; the index puts 1 tensor in it",
            "extra-shard: `model.safetensors` is there, and the index does not name it",
            "missing-tensor: tensor `c` is not in `model-00001-of-00002.safetensors`, but in `model-00002-of-00002.safetensors`",
            "missing-tensor: tensor `d` is not in `model-00002-of-00002.safetensors`",
            "foreign-tensor: tensor `b` is in `model-00001-of-00002.safetensors`, and the index does not know it",
        ]
    );
    let ShardsError::Faults { faults } = open(path).unwrap_err() else { panic!("it has faults") };
    assert!(faults[0].concerns_tensors() && !faults.last().unwrap().concerns_tensors());
    assert_eq!(faults.len(), 5);
}

#[test]
fn a_tensor_in_several_shards_is_a_fault() {
    let folder = model();
    shard(folder.path(), TWO, &["c", "a", "z"]);
    index(folder.path(), "10", &[("a", ONE), ("b", ONE), ("c", TWO), ("z", TWO)]);
    let duplicate = format!("duplicate-tensor: tensor `a` is in several files: `{ONE}`, `{TWO}`");
    assert_eq!(faults(folder.path()), [duplicate]);
    assert!(open(folder.path()).is_err());
}

#[test]
fn a_wrong_total_is_explained_and_does_not_keep_from_opening() {
    let folder = model();
    let lengths: u64 =
        [ONE, TWO].iter().map(|file| fs::metadata(folder.path().join(file)).unwrap().len()).sum();
    for (total, hint) in
        [("7", None), (&*lengths.to_string(), Some(TotalSizeHint::FileLengths)), ("0", None)]
    {
        index(folder.path(), total, &[("a", ONE), ("b", ONE), ("c", TWO)]);
        let report = verify(folder.path(), policy(Disputed::Reject), Links::Within).unwrap();
        let [Fault::TotalSize { actual: 6, hint: found, .. }] = report.faults[..] else {
            panic!("{:?}", report.faults)
        };
        assert_eq!(found, hint);
        assert!(open(folder.path()).is_ok());
    }
    index(folder.path(), "4", &[("a", ONE), ("c", TWO)]);
    let report = verify(folder.path(), policy(Disputed::Reject), Links::Within).unwrap();
    assert!(matches!(
        report.faults[..],
        [
            Fault::ForeignTensor { .. },
            Fault::TotalSize { hint: Some(TotalSizeHint::KnownTensors), .. }
        ]
    ));
}

#[test]
fn a_shard_that_is_no_valid_file_is_named_with_its_rule() {
    let folder = model();
    let mut bytes = fs::read(folder.path().join(TWO)).unwrap();
    bytes.push(0);
    fs::write(folder.path().join(TWO), bytes).unwrap();
    let report = verify(folder.path(), policy(Disputed::Reject), Links::Within).unwrap();
    let [Fault::UnreadableShard { shard, error }] = &report.faults[..] else {
        panic!("{:?}", report.faults)
    };
    assert_eq!((shard.as_str(), error.rule().unwrap().as_str()), (TWO, "buffer/no-trailing-bytes"));
    assert_eq!(report.file_lengths[1], None);
    // A folder of that name is no file either.
    fs::remove_file(folder.path().join(TWO)).unwrap();
    fs::create_dir(folder.path().join(TWO)).unwrap();
    assert!(faults(folder.path())[0].starts_with("unreadable-shard"));
}

#[cfg(unix)]
#[test]
fn links_may_not_lead_out_of_the_folder_unless_they_are_followed() {
    use std::os::unix::fs::symlink;
    let folder = model();
    let elsewhere = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::rename(path.join(ONE), elsewhere.path().join("blob")).unwrap();
    symlink(elsewhere.path().join("blob"), path.join(ONE)).unwrap();
    fs::rename(path.join(TWO), path.join("inside")).unwrap();
    symlink("inside", path.join(TWO)).unwrap();
    let found = faults(path);
    assert!(found.len() == 1 && found[0].starts_with("escaping-shard"), "{found:?}");
    assert!(open(path).is_err());
    let model = ShardedModel::open(path, policy(Disputed::Reject), Links::Follow).unwrap();
    assert_eq!(model.tensor("a").unwrap().data(), b"12");
    // The folder itself may be a link: within is what it leads to.
    fs::remove_file(path.join(ONE)).unwrap();
    fs::rename(elsewhere.path().join("blob"), path.join(ONE)).unwrap();
    let link = elsewhere.path().join("link");
    symlink(path, &link).unwrap();
    assert!(open(&link).is_ok());
    // A link to nowhere is a file that is not there.
    fs::remove_file(path.join("inside")).unwrap();
    assert!(faults(path)[0].starts_with("missing-shard"));
}

#[test]
fn names_that_lead_elsewhere_are_refused_with_the_index() {
    let folder = model();
    for file in ["../x.safetensors", "/etc/passwd", "a/b", "a\\\\b", "C:x", ".."] {
        index(folder.path(), "6", &[("a", file)]);
        let error = verify(folder.path(), policy(Disputed::Reject), Links::Follow).unwrap_err();
        assert!(matches!(error, ShardsError::Index { .. }), "{error}");
        assert!(error.to_string().contains("no bare file name"), "{error}");
    }
}

#[test]
fn the_index_must_be_the_only_one_or_named() {
    let folder = model();
    fs::copy(folder.path().join(INDEX), folder.path().join("x.safetensors.index.json")).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("holds 2 *.safetensors.index.json: model"), "{error}");
    assert!(open(&folder.path().join(INDEX)).is_ok());
    let empty = tempfile::tempdir().unwrap();
    assert!(open(empty.path()).unwrap_err().to_string().contains("holds 0"));
    assert!(matches!(open(&empty.path().join("none")), Err(ShardsError::Io { .. })));
}

#[test]
fn an_index_is_made_from_a_folder_and_agrees() {
    let folder = model();
    let written = Index::read(folder.path().join(INDEX), policy(Disputed::Reject)).unwrap();
    let made = Index::of_folder(folder.path(), "model", policy(Disputed::Reject)).unwrap();
    assert_eq!(made, written);
    index(folder.path(), "1", &[]);
    made.write_file(folder.path().join(INDEX)).unwrap();
    assert_eq!(faults(folder.path()), [""; 0]);
    assert!(Index::of_folder(folder.path(), "other", policy(Disputed::Reject)).is_err());
    shard(folder.path(), "model-3.safetensors", &["a"]);
    let error = Index::of_folder(folder.path(), "model", policy(Disputed::Reject)).unwrap_err();
    assert!(error.to_string().contains("tensor `a` is in several files"), "{error}");
}

#[test]
fn an_index_is_read_within_limits() {
    let folder = model();
    let text = format!("{{\"x\":{}1", "[".repeat(1_000_000));
    fs::write(folder.path().join(INDEX), text).unwrap();
    assert!(open(folder.path()).unwrap_err().to_string().contains("too deep"));
    // Many tensors in files that are all missing take time linear in them.
    let names: Vec<String> = (0..50_000).map(|at| at.to_string()).collect();
    let map: BTreeMap<&str, &str> =
        names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    index(folder.path(), "0", &map.into_iter().collect::<Vec<_>>());
    let report = verify(folder.path(), policy(Disputed::Reject), Links::Within).unwrap();
    let missing = |fault: &&Fault| matches!(fault, Fault::MissingShard { tensors: 1, .. });
    assert_eq!(report.faults.iter().filter(missing).count(), 50_000);
}

/// Pieces that indexes are made of, right and wrong.
const PIECES: [&str; 28] = [
    "{",
    "}",
    "{}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\"metadata\":",
    "\"weight_map\":",
    "\"total_size\":",
    "\"a\":",
    "\"\\u0061\":",
    "\"b\":",
    "\"s\"",
    "\"t\"",
    "\"../s\"",
    "\"\\ud800\"",
    "1",
    "-1",
    "1.5",
    "18446744073709551616",
    "null",
    "\"a\":\"s\"",
    "\"b\":\"t\"",
    "\"weight_map\":{",
    "\u{feff}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is taken for an index is JSON to another reader too, with the
    /// same tensors in the same files, and is read the same when it is written.
    #[test]
    fn any_pieces_are_judged(pieces in vec(prop::sample::select(PIECES.to_vec()), 0..14), around in 0..3) {
        let pieces = pieces.concat();
        let text = match around {
            0 => pieces,
            1 => format!("{{\"weight_map\":{{{pieces}}}}}"),
            _ => format!("{{\"weight_map\":{{}},\"x\":{pieces}}}"),
        };
        let Ok(index) = Index::parse(text.as_bytes(), &LATEST) else { return Ok(()) };
        let other: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let map = other["weight_map"].as_object().expect("it is an object");
        prop_assert_eq!(index.len(), map.len());
        for (name, file) in index.tensors() {
            prop_assert_eq!(map[name].as_str(), Some(file));
        }
        prop_assert_eq!(Index::parse(&index.to_json(), &LATEST), Ok(index));
    }
}
