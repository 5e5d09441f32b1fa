//! What readers see: names, types, contents, metadata.

use std::collections::BTreeMap;

use assay_reference::{Header, Reader};
use assay_spec::{Disputed, Span, TensorView, View};

use crate::{file, policy, read};

const TWO: &str = r#"{"b\n\ud83d\ude00":{"dtype":"U16","shape":[2,1],"data_offsets":[1,5]},"a":{"data_offsets":[0,1],"shape":[],"dtype":"BOOL","x":0}}"#;

#[test]
fn a_view_is_what_the_format_says() {
    let bytes = file(TWO, &[1, 2, 3, 4, 5]);
    let start = 8 + TWO.len() as u64;
    let tensor = |name: &str, dtype: &str, shape: &[u64], begin, end| TensorView {
        name: name.into(),
        dtype: dtype.into(),
        shape: shape.into(),
        contents: Span::new(start + begin, start + end),
    };
    let expected = View {
        metadata: None,
        tensors: vec![tensor("a", "BOOL", &[], 0, 1), tensor("b\n😀", "U16", &[2, 1], 1, 5)],
        marks: Vec::new(),
    };
    assert_eq!(read(&bytes, policy(Disputed::Reject)).unwrap(), expected);
}

#[test]
fn tensors_come_in_order_of_offsets_and_by_name() {
    let bytes = file(TWO, &[1, 2, 3, 4, 5]);
    let reader = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
    assert_eq!(reader.names().collect::<Vec<_>>(), ["a", "b\n😀"]);
    assert_eq!((reader.len(), reader.is_empty()), (2, false));
    let data: Vec<&[u8]> = reader.tensors().map(|tensor| tensor.data()).collect();
    assert_eq!(data, [&[1][..], &[2, 3, 4, 5]]);

    let b = reader.tensor("b\n😀").unwrap();
    assert_eq!((b.dtype().name.as_str(), b.shape()), ("U16", &[2, 1][..]));
    assert_eq!(b.contents().end, bytes.len() as u64);
    assert_eq!(b.data().as_ptr(), bytes[bytes.len() - 4..].as_ptr(), "no copy");
    assert_eq!(b.arrays::<2>(), Some(&[[2, 3], [4, 5]][..]));
    assert_eq!(b.arrays::<4>(), None);
    assert_eq!(b.elements().unwrap().collect::<Vec<_>>(), [[2, 3], [4, 5]]);
    assert!(b.is_aligned_to(1) && !b.is_aligned_to(0));
    assert_ne!(b.is_aligned_to(2), reader.tensor("a").unwrap().is_aligned_to(2));
    assert!(reader.tensor("b").is_none() && reader.tensor("").is_none());
}

#[test]
fn elements_smaller_than_a_byte_are_not_cut() {
    let bytes = file(r#"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}"#, &[7]);
    let reader = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
    let tensor = reader.tensor("a").unwrap();
    assert!(tensor.elements().is_none() && tensor.arrays::<1>().is_none());
    assert_eq!(tensor.data(), [7]);
}

#[test]
fn metadata_is_told_from_its_absence() {
    let metadata = |header: &str| {
        let bytes = file(header, b"");
        read(&bytes, policy(Disputed::Accept)).unwrap().metadata
    };
    assert_eq!(metadata("{}"), None);
    assert_eq!(metadata(r#"{"__metadata__":null}"#), None);
    assert_eq!(metadata(r#"{"__metadata__":{}}"#), Some(BTreeMap::new()));
    let pairs = [("b\"".to_owned(), "1".to_owned()), ("a".to_owned(), "\0".to_owned())];
    assert_eq!(
        metadata(r#"{"__metadata__":{"b\"":"1","\u0061":"\u0000"}}"#),
        Some(BTreeMap::from(pairs))
    );
}

#[test]
fn metadata_is_found_by_key() {
    let bytes = file(r#"{"__metadata__":{"b\"":"1","a":"\ud83d\ude00"}}"#, b"");
    let reader = Reader::from_bytes(&bytes, policy(Disputed::Reject)).unwrap();
    let metadata = reader.metadata().unwrap();
    assert_eq!((metadata.get("b\""), metadata.get("a")), (Some("1"), Some("😀")));
    assert_eq!((metadata.get(""), metadata.len(), metadata.is_empty()), (None, 2, false));
    assert_eq!(metadata.iter().collect::<Vec<_>>(), [("b\"", "1"), ("a", "😀")]);
}

#[test]
fn a_head_is_enough_for_a_header() {
    let bytes = file(TWO, &[1, 2, 3, 4, 5]);
    let (len, policy) = (bytes.len() as u64, policy(Disputed::Reject));
    let view = read(&bytes, policy).unwrap();
    let head_len = policy.head_len(&bytes[..8], len) as usize;
    assert_eq!(head_len, bytes.len() - 5);
    for end in [head_len, bytes.len()] {
        let header = Header::from_head(&bytes[..end], len, policy).unwrap();
        assert_eq!(header.view(), view);
        assert_eq!(header.buffer(), Span::new(head_len as u64, len));
        assert_eq!(header.entry("a").unwrap().contents(), view.tensors[0].contents);
    }
    // Too little or too much at hand is the caller's fault, not the file's.
    for (bytes, len) in [(&bytes[..7], len), (&bytes[..head_len - 1], len), (&bytes[..], len - 1)] {
        let error = Header::from_head(bytes, len, policy).unwrap_err();
        assert_eq!(error.rule(), None, "{error}");
    }
    // A shorter file is the file's.
    let error = Header::from_head(&bytes[..head_len], len - 1, policy).unwrap_err();
    assert_eq!(error.rule().unwrap().as_str(), "buffer/within-file");
}
