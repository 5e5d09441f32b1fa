//! Writing: one way for every file, and no file where there is a fault.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assay_reference::write::{NewTensor, WriteError, serialize, write_file};
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, Spec};

use crate::{LATEST, policy, read};

fn tensor<'a>(name: &'a str, dtype: &'a str, shape: &'a [u64], data: &'a [u8]) -> NewTensor<'a> {
    NewTensor { name, dtype, shape, data }
}

fn metadata(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn header(bytes: &[u8]) -> &str {
    let n = u64::from_le_bytes(*bytes.first_chunk().expect("there is a prefix")) as usize;
    std::str::from_utf8(&bytes[8..8 + n]).expect("a header is UTF-8")
}

#[test]
fn empty_files_are_written_right() {
    let dialect = &*LATEST;
    let write = |metadata: Option<&BTreeMap<String, String>>| serialize([], metadata, dialect);
    assert_eq!(write(None).unwrap(), b"\x08\0\0\0\0\0\0\0{}      ");
    let bytes = write(Some(&metadata(&[]))).unwrap();
    assert_eq!(header(&bytes), r#"{"__metadata__":{}}     "#);
    assert_eq!(read(&bytes, policy(Disputed::Reject)).unwrap().metadata, Some(BTreeMap::new()));
}

#[test]
fn the_layout_is_fixed() {
    let (one, two, eight) = ([1], [2, 3], [4; 8]);
    let bytes = serialize(
        [
            tensor("z", "BOOL", &[], &one),
            tensor("b", "F4", &[2], &one),
            tensor("a", "U8", &[1], &one),
            tensor("y", "BF16", &[1], &two),
            tensor("x", "F16", &[1, 1], &two),
            tensor("a\"\n", "C64", &[1], &eight),
            tensor("e", "F64", &[3, 0], &[]),
        ],
        Some(&metadata(&[("k", "v"), ("a", "\u{1}é")])),
        &LATEST,
    )
    .unwrap();
    let expected = concat!(
        r#"{"__metadata__":{"a":"\u0001é","k":"v"},"#,
        r#""a\"\n":{"dtype":"C64","shape":[1],"data_offsets":[0,8]},"#,
        r#""e":{"dtype":"F64","shape":[3,0],"data_offsets":[8,8]},"#,
        r#""x":{"dtype":"F16","shape":[1,1],"data_offsets":[8,10]},"#,
        r#""y":{"dtype":"BF16","shape":[1],"data_offsets":[10,12]},"#,
        r#""z":{"dtype":"BOOL","shape":[],"data_offsets":[12,13]},"#,
        r#""a":{"dtype":"U8","shape":[1],"data_offsets":[13,14]},"#,
        r#""b":{"dtype":"F4","shape":[2],"data_offsets":[14,15]}}"#,
    );
    assert_eq!(header(&bytes).trim_end_matches(' '), expected);
    assert_eq!((8 + header(&bytes).len()) % 8, 0);
    assert_eq!(bytes[8 + header(&bytes).len()..], [4, 4, 4, 4, 4, 4, 4, 4, 2, 3, 2, 3, 1, 1, 1]);
    // Written again from what was read it is the same file.
    let reader = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
    let again = reader.tensors().map(NewTensor::from);
    let metadata = reader.view().metadata;
    assert_eq!(serialize(again, metadata.as_ref(), &LATEST).unwrap(), bytes);
}

#[test]
fn what_no_file_can_hold_is_refused() {
    let write =
        |tensors: &[NewTensor<'_>]| serialize(tensors.iter().copied(), None, &LATEST).unwrap_err();
    let one = tensor("a", "U8", &[1], &[0]);
    assert!(matches!(
        write(&[tensor("__metadata__", "U8", &[1], &[0])]),
        WriteError::ReservedName { .. }
    ));
    assert!(matches!(write(&[one, one]), WriteError::DuplicateName { name } if name == "a"));
    assert!(matches!(
        write(&[tensor("a", "U9", &[1], &[0])]),
        WriteError::UnknownDtype { dtype, .. } if dtype == "U9"
    ));
    assert!(matches!(
        write(&[tensor("a", "F32", &[2], &[0; 7])]),
        WriteError::WrongSize { expected: 8, found: 7, .. }
    ));
    assert!(matches!(
        write(&[tensor("a", "F6_E2M3", &[3], &[0; 3])]),
        WriteError::PartialByte { bits: 18, .. }
    ));
    assert!(matches!(
        write(&[tensor("a", "U8", &[1 << 32, 1 << 32], &[])]),
        WriteError::TooLarge { .. }
    ));
    // Disputed files are not written either.
    for (shape, rule) in [
        (&[1 << 32, 1 << 32, 0][..], "shape/no-overflow-before-zero"),
        (&[0, 1 << 60], "entry/integer-interoperable"),
        (&[0; 65], "shape/rank"),
    ] {
        let WriteError::Invalid(error) = write(&[tensor("a", "U8", shape, &[])]) else {
            panic!("{shape:?} is refused by a rule")
        };
        assert_eq!(error.rule().unwrap().as_str(), rule);
    }
}

#[test]
fn dialects_are_followed() {
    let old = Dialect::edition("0.3").unwrap();
    let write = |dialect: &Dialect| serialize([tensor("a", "C64", &[1], &[0; 8])], None, dialect);
    assert!(
        matches!(write(&old), Err(WriteError::UnknownDtype { edition, .. }) if edition == "0.3")
    );

    let limited = |name: &str, value: u64| {
        let mut spec = Spec::embedded().clone();
        spec.tables.limits.get_mut(name).unwrap().value = value;
        Dialect::resolve(&spec, "0.8").unwrap()
    };
    let error = write(&limited("max_header_bytes", 40)).unwrap_err();
    assert!(matches!(error, WriteError::HeaderTooLong { len: 41.., limit: 40 }), "{error}");

    let wide = limited("data_alignment", 4096);
    let bytes = write(&wide).unwrap();
    assert_eq!(bytes.len(), 4096 + 8);
    assert!(read(&bytes, &Policy::new(&wide, Disputed::Reject)).is_ok());
    // Alignment gives way where it would break the limit on the header.
    let bytes = write(&limited("data_alignment", 1 << 40)).unwrap();
    assert!(bytes.len() < 200);
}

#[test]
fn a_file_is_written_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let dialect = &*LATEST;
    for data in [[1], [2]] {
        let tensors = [tensor("a", "U8", &[1], &data)];
        write_file(&path, tensors, None, dialect).unwrap();
        assert_eq!(fs::read(&path).unwrap(), serialize(tensors, None, dialect).unwrap());
        assert_eq!(names(folder.path()), ["a.safetensors"], "no temporary file is left");
    }
}

/// Why the system was not even asked, or what it refused.
#[track_caller]
fn is_refused(written: Result<(), WriteError>, because: &str) {
    match written {
        Err(WriteError::Disk { path, why, .. }) => {
            assert!(!path.is_empty() && why.contains(because), "{because}: {why}");
        }
        other => panic!("{because}: {other:?}"),
    }
}

#[test]
fn a_failure_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let dialect = &*LATEST;
    let good = [tensor("a", "U8", &[1], &[1])];
    let bad = [tensor("a", "U8", &[2], &[1])];

    // The tensors are at fault: the file that was there is kept.
    let path = folder.path().join("a");
    fs::write(&path, b"kept").unwrap();
    assert!(matches!(write_file(&path, bad, None, dialect), Err(WriteError::WrongSize { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"kept");

    // The path is a folder.
    let inner = folder.path().join("folder");
    fs::create_dir(&inner).unwrap();
    is_refused(write_file(&inner, good, None, dialect), "it is a folder; name a file in it");
    assert!(inner.is_dir());
    is_refused(write_file(inner.join(".."), good, None, dialect), "it is a folder");

    // The path's folder is not there, or not a folder.
    let none = folder.path().join("none").join("a");
    is_refused(write_file(none, good, None, dialect), "is not there; make it first");
    is_refused(write_file(path.join("a"), good, None, dialect), "is no folder");
    assert_eq!(names(folder.path()), ["a", "folder"]);
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let good = [tensor("a", "U8", &[1], &[1])];
    fs::write(folder.path().join("a"), b"kept").unwrap();
    for (link, to) in [("link", "a"), ("dangling", "none")] {
        let path = folder.path().join(link);
        std::os::unix::fs::symlink(to, &path).unwrap();
        is_refused(write_file(&path, good, None, &LATEST), "a symbolic link; name the file");
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(to));
    }
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"kept");
    is_refused(write_file("/dev/null", good, None, &LATEST), "a device or a pipe");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, b"kept").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let written = write_file(&path, [tensor("a", "U8", &[1], &[1])], None, &LATEST);
    // Whoever may do everything is not stopped; then the file is the new one.
    let expected = match &written {
        Ok(()) => serialize([tensor("a", "U8", &[1], &[1])], None, &LATEST).unwrap(),
        Err(error) => {
            assert!(error.to_string().contains("choose a folder that you may write to"), "{error}");
            b"kept".to_vec()
        }
    };
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), expected);
    assert_eq!(names(folder.path()), ["a"]);
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_the_old_file_or_of_any_new_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (path, other) = (folder.path().join("a"), folder.path().join("other"));
    let write = || write_file(&path, [], None, &LATEST).unwrap();
    write();
    fs::write(&other, b"").unwrap();
    assert_eq!(mode(&path), mode(&other));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write();
    assert_eq!(mode(&path), 0o640);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| {
            entry.expect("so can its entries").file_name().into_string().expect("it is UTF-8")
        })
        .collect();
    names.sort();
    names
}
