//! Files on disk: read, mapped, missing.

use std::fs;

use assay_reference::File;
use assay_spec::Disputed;

use crate::{file, policy};

/// A file with one tensor of this many bytes.
fn tensor_of(len: usize) -> Vec<u8> {
    let header =
        format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{len}],\"data_offsets\":[0,{len}]}}}}");
    let data: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
    file(header, &data)
}

#[test]
fn short_and_long_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(Disputed::Reject);
    for len in [0, 1, 4096, 65_536, 65_537, 300_000] {
        let path = folder.path().join(format!("{len}.safetensors"));
        let bytes = tensor_of(len);
        fs::write(&path, &bytes).unwrap();
        for opened in [File::open(&path, policy).unwrap(), File::read(&path, policy).unwrap()] {
            let tensor = opened.reader().tensor("a").unwrap();
            assert_eq!(tensor.data(), &bytes[bytes.len() - len..], "{len}");
            assert_eq!(tensor.contents().end, bytes.len() as u64);
        }
    }
}

#[test]
fn a_mapped_file_survives_its_replacement() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let bytes = tensor_of(300_000);
    fs::write(&path, &bytes).unwrap();
    let opened = File::open(&path, policy(Disputed::Reject)).unwrap();
    let other = folder.path().join("b");
    fs::write(&other, b"short").unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(opened.reader().tensor("a").unwrap().data(), &bytes[bytes.len() - 300_000..]);
}

#[test]
fn faults_of_the_file_have_a_rule_and_faults_of_the_system_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let policy = policy(Disputed::Reject);
    for path in [path.as_path(), folder.path()] {
        for error in [File::open(path, policy).unwrap_err(), File::read(path, policy).unwrap_err()]
        {
            assert!(error.rule().is_none() && error.span().is_none());
            assert!(std::error::Error::source(&error).is_some());
            assert!(error.to_string().starts_with("cannot read "), "{error}");
        }
    }
    let mut bytes = tensor_of(100_000);
    bytes.push(0);
    for (bytes, rule) in [
        (&b""[..], "prefix/complete"),
        (&[1, 2, 3], "prefix/complete"),
        (&u64::MAX.to_le_bytes(), "prefix/header-limit"),
        (&bytes[..40], "prefix/header-within-file"),
        (&bytes, "buffer/no-trailing-bytes"),
    ] {
        fs::write(&path, bytes).unwrap();
        for error in [File::open(&path, policy), File::read(&path, policy)] {
            assert_eq!(error.unwrap_err().rule().unwrap().as_str(), rule);
        }
    }
}
