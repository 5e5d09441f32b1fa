//! What holds for all files, tried on many.

use std::collections::BTreeMap;

use assay_reference::Reader;
use assay_reference::write::{NewTensor, serialize};
use assay_spec::{Dialect, Disputed};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::{LATEST, file, policy, read};

/// A tensor's dtype (by position), shape and a seed for its contents.
type Draft = (usize, Vec<u64>, u8);

/// Distinct names with tensors of every dtype, whole bytes each.
fn tensors() -> impl Strategy<Value = BTreeMap<String, Draft>> {
    let dtypes = LATEST.dtypes().len();
    let shape = vec(0_u64..4, 0..4).prop_map(|mut shape| {
        // Eight elements of any size are whole bytes.
        shape.push(8);
        shape
    });
    btree_map(".{0,12}", (0..dtypes, shape, any::<u8>()), 0..8)
}

fn contents(dialect: &Dialect, (dtype, shape, seed): &Draft) -> Vec<u8> {
    let bits = dialect.dtypes()[*dtype].bits * shape.iter().product::<u64>();
    (0..bits / 8).map(|at| seed.wrapping_add(at as u8)).collect()
}

fn metadata() -> impl Strategy<Value = Option<BTreeMap<String, String>>> {
    proptest::option::of(btree_map(".{0,8}", ".{0,8}", 0..6))
}

/// Pieces that headers are made of, right and wrong.
fn fragment() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\t",
        "\"",
        "\"a\"",
        "\"b\"",
        "\"\\u0061\"",
        "\"\\ud800\"",
        "\"dtype\"",
        "\"shape\"",
        "\"data_offsets\"",
        "\"__metadata__\"",
        "\"U8\"",
        "\"F4\"",
        "\"F32\"",
        "0",
        "1",
        "2",
        "-0",
        "1e999",
        "18446744073709551615",
        "18446744073709551616",
        "null",
        "true",
        "[0,1]",
        "[1]",
        "[0]",
        "[1,0]",
        "\"x\":{}",
        "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}",
        "\\",
        "\u{feff}",
        "é",
        "\0",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

/// What must hold of any bytes: no panic, and the policies are ordered.
fn check_bytes(bytes: &[u8]) -> Result<(), TestCaseError> {
    let accept = read(bytes, policy(Disputed::Accept));
    let reject = read(bytes, policy(Disputed::Reject));
    match (&accept, &reject) {
        (Ok(lenient), Ok(strict)) => prop_assert_eq!(lenient, strict),
        (Err(error), Ok(_)) => prop_assert!(false, "only the stricter accepts: {}", error),
        _ => {}
    }
    for (error, by) in [(accept.err(), Disputed::Accept), (reject.err(), Disputed::Reject)] {
        let Some(error) = error else { continue };
        let Some(rule) = error.rule() else {
            return Err(TestCaseError::fail(format!("{error} names no rule ({by:?})")));
        };
        prop_assert!(error.span().is_some() && LATEST.rule(rule).is_some());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged(bytes in vec(any::<u8>(), 0..200)) {
        check_bytes(&bytes)?;
        check_bytes(&file(&bytes, b""))?;
    }

    #[test]
    fn any_pieces_are_judged(header in fragment(), data in vec(any::<u8>(), 0..4)) {
        check_bytes(&file(&header, &data))?;
        check_bytes(&file(format!("{{{header}}}"), &data))?;
        check_bytes(&file(format!("{{\"a\":{{{header}}}}}"), &data))?;
        let entry = "\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]";
        check_bytes(&file(format!("{{\"a\":{{{entry},\"x\":{header}}}}}"), &data))?;
    }

    #[test]
    fn what_is_written_is_read(tensors in tensors(), metadata in metadata()) {
        let dialect = &*LATEST;
        let strict = policy(Disputed::Reject);
        let all: Vec<(&String, &Draft, Vec<u8>)> =
            tensors.iter().map(|(name, draft)| (name, draft, contents(dialect, draft))).collect();
        let new = |(name, (dtype, shape, _), data): &'_ (&String, &Draft, Vec<u8>)| {
            (name.to_string(), dialect.dtypes()[*dtype].name.clone(), shape.clone(), data.clone())
        };
        let owned: Vec<_> = all.iter().map(new).collect();
        let borrowed = || owned.iter().map(|(name, dtype, shape, data)| NewTensor { name, dtype, shape, data });
        let bytes = serialize(borrowed(), metadata.as_ref(), dialect).expect("it is valid");

        // The order in which tensors are given does not matter.
        prop_assert_eq!(&serialize(borrowed().rev(), metadata.as_ref(), dialect).expect("it is valid"), &bytes);

        let reader = Reader::from_bytes(&bytes, strict).expect("what is written is valid");
        let view = reader.view();
        prop_assert_eq!(&view.metadata, &metadata);
        prop_assert_eq!(view.tensors.len(), owned.len());
        for ((name, dtype, shape, data), seen) in owned.iter().zip(&view.tensors) {
            prop_assert_eq!((&seen.name, &seen.dtype, &seen.shape), (name, dtype, shape));
            let tensor = reader.tensor(name).expect("it was written");
            prop_assert_eq!(tensor.data(), &data[..]);
            prop_assert_eq!(&bytes[seen.contents.to_range().expect("it fits")], &data[..]);
            // Every tensor lies aligned within the file.
            let element = tensor.dtype().bytes().unwrap_or(1);
            prop_assert!(data.is_empty() || seen.contents.start % element == 0);
        }
    }

    #[test]
    fn damaged_files_are_judged(
        tensors in tensors(),
        metadata in metadata(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..4),
    ) {
        let dialect = &*LATEST;
        let owned: Vec<_> = tensors
            .iter()
            .map(|(name, draft)| (name, dialect.dtypes()[draft.0].name.clone(), &draft.1, contents(dialect, draft)))
            .collect();
        let new = owned.iter().map(|(name, dtype, shape, data)| NewTensor { name, dtype, shape, data });
        let mut bytes = serialize(new, metadata.as_ref(), dialect).expect("it is valid");
        for (at, byte, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes[at] ^= 1 << (byte % 8),
            }
        }
        check_bytes(&bytes)?;
    }
}
