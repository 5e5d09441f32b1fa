//! Reading and writing what proposals add, and refusing it without them.

use std::fs;

use assay_reference::shards::{Links, ShardedModel};
use assay_reference::write::{NewTensor, WriteError, WriteOptions, Writer};
use assay_reference::{Policy, Reader, Sparse, part_metadata};
use assay_spec::rfc::embedded;
use assay_spec::{Dialect, Disputed, Mark};
use assay_validator::validate;

use crate::{LATEST, file, policy, read};

const SPARSE: &str = "0.8+0006+0007/gated";

fn proposed(name: &str) -> Dialect {
    Dialect::by_name(name).expect("the tree has it")
}

fn mark(key: &str, tensor: Option<&str>, value: &str) -> Mark {
    Mark {
        key: key.into(),
        tensor: tensor.map(Into::into),
        value: value.into(),
        reinterprets: true,
    }
}

fn values<'a>(shape: &'a [u64], data: &'a [u8]) -> NewTensor<'a> {
    NewTensor { name: "w", dtype: "U8", shape, data }
}

fn write(dialect: &Dialect, marks: &[Mark]) -> Result<Vec<u8>, WriteError> {
    Writer::new(dialect).saying(marks)?.serialize([values(&[2], &[7, 8])], None)
}

/// What every accepted example of every proposal shows can be written, and both judges see in
/// what is written what was asked for.
#[test]
fn what_proposals_show_is_written_and_seen_by_both_judges() {
    let (mut written, mut with_marks, mut reserved) = (0, 0, Vec::new());
    for overlay in embedded() {
        let dialect = proposed(&format!("{}+{}", overlay.rfc.base.edition, overlay.name()));
        let policy = Policy::new(&dialect, Disputed::Reject);
        for (_, witness) in &overlay.witnesses {
            let example = witness.to_bytes().expect("it is laid out");
            let Ok(reader) = Reader::from_bytes(&example, &policy) else { continue };
            let view = reader.view();
            let written_again = Writer::new(&dialect).saying(&view.marks).and_then(|writer| {
                writer.serialize(reader.tensors().map(NewTensor::from), view.metadata.as_ref())
            });
            let file = match written_again {
                Ok(file) => file,
                // What is legal to read and unwise to write.
                Err(WriteError::DuplicateName { .. }) if overlay.rfc.id == "0009" => continue,
                Err(WriteError::ReservedName { name }) => {
                    reserved.push(name);
                    continue;
                }
                Err(error) => panic!("{} {}: {error}", overlay.name(), witness.id),
            };
            let told = |view: &assay_spec::View| {
                let mut marks = view.marks.clone();
                marks.sort_by(|a, b| (&a.key, &a.tensor).cmp(&(&b.key, &b.tensor)));
                let tensors = view.tensors.iter();
                let tensors: Vec<_> =
                    tensors.map(|t| (t.name.clone(), t.dtype.clone(), t.shape.clone())).collect();
                (marks, tensors, view.metadata.clone())
            };
            let seen = validate(&file, &dialect).view.expect("the validator accepts it");
            assert_eq!(told(&seen), told(&view), "{} {}", overlay.name(), witness.id);
            written += 1;
            with_marks += usize::from(!view.marks.is_empty());
        }
    }
    assert_eq!(reserved, ["__features__"]);
    assert!(written > 20 && with_marks > 5, "{written} files, {with_marks} of them with marks");
}

#[test]
fn sparse_tensors_are_written_read_and_refused() {
    let dialect = proposed(SPARSE);
    let file =
        write(&dialect, &Sparse::marks([("w", &[2, 3][..], &[1, 5][..])], &dialect)).unwrap();
    let policy = Policy::new(&dialect, Disputed::Reject);
    let reader = Reader::from_bytes(&file, &policy).unwrap();
    let sparse = reader.sparse("w").unwrap().expect("it is sparse");
    assert_eq!((sparse.shape(), sparse.indices()), (&[2, 3][..], &[1, 5][..]));
    assert_eq!(sparse.values().data(), [7, 8]);
    assert_eq!(sparse.to_dense().unwrap(), [0, 7, 0, 0, 0, 8]);
    assert!(reader.sparse("v").unwrap().is_none());
    // A dense tensor of the same dialect.
    let dense = write(&dialect, &[]).unwrap();
    assert!(Reader::from_bytes(&dense, &policy).unwrap().sparse("w").unwrap().is_none());
    // Without the proposals.
    let refused = read(&file, crate::policy(Disputed::Accept)).unwrap_err().to_string();
    assert!(refused.contains("proposal 0006 would add it"), "{refused}");
    let features_alone = Policy::new(&proposed("0.8+0006"), Disputed::Accept);
    let refused = read(&file, &features_alone).unwrap_err().to_string();
    assert!(refused.contains("proposal 0007/gated would add it"), "{refused}");
    let plain = write(&LATEST, &[]).unwrap();
    let reader = Reader::from_bytes(&plain, crate::policy(Disputed::Accept)).unwrap();
    let refused = reader.sparse("w").unwrap_err().to_string();
    assert!(refused.contains("proposals 0007/entry and 0007/gated would add it"), "{refused}");
}

#[test]
fn what_a_sparse_entry_says_is_not_believed() {
    let dialect = proposed(SPARSE);
    let policy = Policy::new(&dialect, Disputed::Reject);
    for (value, what) in [
        (r#"{"shape":[4],"indices":[0,4]}"#, "the index 4 of 4 elements"),
        (r#"{"shape":[4],"indices":[3,0]}"#, "do not ascend"),
        (r#"{"shape":[4],"indices":[3,3]}"#, "do not ascend"),
        (r#"{"shape":[4],"indices":[3]}"#, "1 indices for values of shape [2]"),
        (r#"{"shape":[4]}"#, "no array `indices`"),
        (r#"{"shape":4,"indices":[0,1]}"#, "no array `shape`"),
        (r#"[4]"#, "no array `shape`"),
        (r#"{"shape":[4294967296,4294967296,9],"indices":[0,1]}"#, "above the limit of sizes"),
        (r#"{"shape":[0],"indices":[0,1]}"#, "the index 1 of 0 elements"),
    ] {
        let marks = [mark("__features__", None, r#"["sparse"]"#), mark("sparse", Some("w"), value)];
        let file = write(&dialect, &marks).unwrap_or_else(|error| panic!("{value}: {error}"));
        let reader = Reader::from_bytes(&file, &policy).unwrap();
        let error = reader.sparse("w").unwrap_err().to_string();
        assert!(error.contains(what), "{value}: {error}");
    }
    // An exbibyte of zeros is asked for by a few bytes.
    let value = r#"{"shape":[1152921504606846976],"indices":[0,1]}"#;
    let marks = [mark("__features__", None, r#"["sparse"]"#), mark("sparse", Some("w"), value)];
    let file = write(&dialect, &marks).unwrap();
    let reader = Reader::from_bytes(&file, &policy).unwrap();
    let error = reader.sparse("w").unwrap().expect("it is sparse").to_dense().unwrap_err();
    assert!(error.to_string().contains("no memory"), "{error}");
}

#[test]
fn marks_that_would_not_be_read_as_given_are_refused() {
    let dialect = proposed(SPARSE);
    let demands = mark("__features__", None, r#"["sparse"]"#);
    let sparse = |value: &str| mark("sparse", Some("w"), value);
    for marks in [
        vec![sparse("{}")],
        vec![demands.clone(), mark("sparse", Some("v"), "{}")],
        vec![demands.clone(), sparse("1,\"other\":2")],
        vec![
            demands.clone(),
            sparse("1},\"v\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]"),
        ],
    ] {
        let error = write(&dialect, &marks).unwrap_err();
        assert!(matches!(error, WriteError::NotSaid { .. }), "{marks:?}: {error}");
    }
    for marks in [
        vec![demands.clone(), sparse("{")],
        vec![demands.clone(), sparse("")],
        vec![demands.clone(), sparse("1"), sparse("2")],
        vec![mark("__features__", None, r#"["other"]"#)],
    ] {
        let error = write(&dialect, &marks).unwrap_err();
        assert!(matches!(error, WriteError::Invalid(_)), "{marks:?}: {error}");
    }
    let unknown = write(&LATEST, &[demands]).unwrap_err();
    assert!(unknown.to_string().contains("proposal 0006 would add it"), "{unknown}");
    let unknown = write(&LATEST, &[sparse("{}")]).unwrap_err();
    let both = "proposals 0007/entry and 0007/gated would add it";
    assert!(unknown.to_string().contains(both), "{unknown}");
    // No proposal has such a key.
    let unknown = write(&LATEST, &[mark("x", None, "1")]).unwrap_err();
    assert!(unknown.to_string().ends_with("in edition 0.8"), "{unknown}");
}

#[test]
fn tensors_that_end_within_a_byte_are_written_where_they_may() {
    let dialect = proposed("0.8+0002");
    let tensor = |dtype| NewTensor { name: "q", dtype, shape: &[3], data: &[0x88, 0] };
    for dtype in ["U3", "F4"] {
        let file = Writer::new(&dialect).serialize([tensor(dtype)], None).unwrap();
        let view = validate(&file, &dialect).view.expect("the validator accepts it");
        assert_eq!((&*view.tensors[0].dtype, &view.tensors[0].shape[..]), (dtype, &[3][..]));
        let policy = Policy::new(&dialect, Disputed::Reject);
        let reader = Reader::from_bytes(&file, &policy).unwrap();
        assert_eq!(reader.tensor("q").map(|tensor| tensor.data()), Some(&[0x88, 0][..]));
    }
    for dtype in ["U3", "F4"] {
        let error = Writer::new(&LATEST).serialize([tensor(dtype)], None).unwrap_err().to_string();
        assert!(error.ends_with("proposal 0002 would add it"), "{error}");
    }
}

#[test]
fn the_byte_buffer_is_aligned_as_a_proposal_advises() {
    let start = |dialect: &Dialect| {
        let tensor = NewTensor { name: "weights", ..values(&[2], &[7, 8]) };
        let file = Writer::new(dialect).serialize([tensor], None).unwrap();
        file.len() - 2
    };
    assert_eq!((start(&LATEST), start(&proposed("0.8+0004/header"))), (72, 128));
    let options = WriteOptions::default().alignment(4096);
    let dialect = proposed("0.8+0004/header");
    let writer = Writer::with_options(&dialect, options).unwrap();
    assert_eq!(writer.serialize([values(&[2], &[7, 8])], None).unwrap().len(), 4098);
    // The rival form with gaps is read, and refused by name without it.
    let gap = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    let gaps = Policy::new(&proposed("0.8+0004/gaps"), Disputed::Reject);
    assert!(read(&file(gap, &[0, 1]), &gaps).is_ok());
    let refused = read(&file(gap, &[0, 1]), policy(Disputed::Accept)).unwrap_err().to_string();
    assert!(refused.contains("; proposal 0004/gaps would drop the rule"), "{refused}");
}

#[test]
fn a_model_in_parts_is_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let dialect = proposed("0.8+0008");
    let writer = Writer::new(&dialect);
    let shard = |turn: u64| format!("model-0000{}-of-00002.safetensors", turn + 1);
    let name = |turn: u64| format!("w.{turn}");
    for turn in [0, 1] {
        let (tensor, offset) = (name(turn), [2 * turn]);
        let pair = part_metadata(&[(&*tensor, &offset[..])].into(), &dialect).unwrap();
        let half = NewTensor { name: &tensor, dtype: "U8", shape: &[2], data: &[7, 8] };
        let path = folder.path().join(shard(turn));
        writer.write_file(path, [half], Some(&[pair].into())).unwrap();
    }
    let index = format!(
        r#"{{"metadata":{{"total_size":4}},"weight_map":{{"w.0":"{}","w.1":"{}"}}}}"#,
        shard(0),
        shard(1)
    );
    let path = folder.path().join("model.safetensors.index.json");
    fs::write(&path, index).unwrap();
    let policy = Policy::new(&dialect, Disputed::Reject);
    assert!(ShardedModel::open(&path, &policy, Links::Within).is_ok());
    for turn in [0, 1] {
        let bytes = fs::read(folder.path().join(shard(turn))).unwrap();
        let reader = Reader::from_bytes(&bytes, &policy).unwrap();
        assert_eq!(reader.part_offsets(&name(turn)).unwrap(), Some(vec![2 * turn]));
        assert_eq!(reader.part_offsets("other").unwrap(), None);
        // The edition reads the tensors and says who would know about parts.
        let reader = Reader::from_bytes(&bytes, crate::policy(Disputed::Accept)).unwrap();
        let refused = reader.part_offsets(&name(turn)).unwrap_err().to_string();
        assert!(refused.contains("proposal 0008 would add it"), "{refused}");
    }
}

#[test]
fn what_is_said_of_parts_is_not_believed() {
    let dialect = proposed("0.8+0008");
    let policy = Policy::new(&dialect, Disputed::Reject);
    for (value, what) in [
        ("", "EOF"),
        ("[]", "invalid type"),
        (r#"{"w":{}}"#, "missing field"),
        (r#"{"w":{"saved_offsets":[-1]}}"#, "invalid value"),
        (r#"{"w":{"saved_offsets":[1,2]}}"#, "one offset for each dimension"),
    ] {
        let metadata = [("DCP_SHARDING_INFO".to_owned(), value.to_owned())].into();
        let tensor = [values(&[2], &[7, 8])];
        let file = Writer::new(&dialect).serialize(tensor, Some(&metadata)).unwrap();
        let error = Reader::from_bytes(&file, &policy).unwrap().part_offsets("w").unwrap_err();
        assert!(error.to_string().contains(what), "{value}: {error}");
    }
}
