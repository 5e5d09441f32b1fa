//! Compares what was written with what was read.
//!
//! Knows the inputs, the changes and the outputs, and nothing of the plan that
//! led from the ones to the others.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::quoted;
use crate::reader::{Reader, Tensor};
use crate::rewrite::plan::{metadata_of, united_metadata};
use crate::rewrite::{Change, RewriteError};

/// Contents are compared so many bytes at a time.
const PIECE: usize = 8 << 20;

/// Holds the outputs, taken together, to be the inputs, taken together, with
/// the changes: every tensor once, under its name after the changes, of the
/// same dtype, shape and bytes; no other tensor; the metadata in each output.
/// `tick` is told of bytes compared.
pub(super) fn prove(
    inputs: &[&Reader<'_>],
    changes: &[Change],
    outputs: &[&Reader<'_>],
    mut tick: impl FnMut(u64) -> Result<(), RewriteError>,
) -> Result<(), RewriteError> {
    let mut written: HashMap<&str, Tensor<'_>> = HashMap::new();
    for tensor in outputs.iter().flat_map(|output| output.tensors()) {
        if written.insert(tensor.name(), tensor).is_some() {
            return Err(not_preserved("twice", tensor.name()));
        }
    }
    for tensor in inputs.iter().flat_map(|input| input.tensors()) {
        let Some(name) = name_after(changes, tensor.name()) else { continue };
        let Some(output) = written.remove(&*name) else {
            return Err(not_preserved("missing", &name));
        };
        if output.dtype() != tensor.dtype() || output.shape() != tensor.shape() {
            return Err(not_preserved("of another type or shape", &name));
        }
        if output.data().len() != tensor.data().len() {
            return Err(not_preserved("of another size", &name));
        }
        for (before, after) in tensor.data().chunks(PIECE).zip(output.data().chunks(PIECE)) {
            if before != after {
                return Err(not_preserved("of other contents", &name));
            }
            tick(before.len() as u64)?;
        }
    }
    if let Some(name) = written.keys().min() {
        return Err(not_preserved("made up", name));
    }
    let before = united_metadata(inputs)?;
    let expected = changes.iter().fold(before, |metadata, change| change.metadata(metadata));
    for output in outputs {
        if metadata_of(output) != expected {
            return Err(RewriteError::NotPreserved("the metadata is another one".to_owned()));
        }
    }
    Ok(())
}

/// A tensor's name after all changes.
fn name_after<'n>(changes: &[Change], name: &'n str) -> Option<Cow<'n, str>> {
    changes.iter().try_fold(Cow::Borrowed(name), |name, change| match name {
        Cow::Borrowed(name) => change.name(name),
        Cow::Owned(name) => Some(Cow::Owned(change.name(&name)?.into_owned())),
    })
}

fn not_preserved(what: &str, name: &str) -> RewriteError {
    RewriteError::NotPreserved(format!("tensor {} is {what}", quoted(name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use assay_spec::{Dialect, Disputed};

    use super::*;
    use crate::policy::Policy;
    use crate::write::{NewTensor, serialize};

    fn file(tensors: &[(&str, u64, &[u8])], metadata: Option<(&str, &str)>) -> Vec<u8> {
        let dialect = Dialect::latest();
        let dtype = dialect.dtypes().iter().find(|dtype| dtype.bits == 8);
        let dtype = &dtype.expect("there are bytes").name;
        let shapes: Vec<[u64; 2]> =
            tensors.iter().map(|(_, rows, data)| [*rows, data.len() as u64 / rows]).collect();
        let new = tensors.iter().zip(&shapes).map(|((name, _, data), shape)| NewTensor {
            name,
            dtype,
            shape,
            data,
        });
        let metadata = metadata.map(|(key, value)| BTreeMap::from([(key.into(), value.into())]));
        serialize(new, metadata.as_ref(), &dialect).expect("it is valid")
    }

    /// A proof that never fails proves nothing.
    #[test]
    fn every_difference_is_found() {
        let policy = Policy::new(&Dialect::latest(), Disputed::Reject);
        fn read<'b>(bytes: &'b [u8], policy: &Policy) -> Reader<'b> {
            Reader::from_bytes(bytes, policy).expect("it was written so")
        }
        let input = file(&[("a", 1, b"12"), ("b", 1, b"34")], Some(("k", "v")));
        let rename = Change::Rename { from: "b".to_owned(), to: "c".to_owned() };
        let ok = file(&[("a", 1, b"12"), ("c", 1, b"34")], Some(("k", "v")));
        let prove = |outputs: &[&Reader<'_>]| {
            prove(&[&read(&input, &policy)], std::slice::from_ref(&rename), outputs, |_| Ok(()))
        };
        prove(&[&read(&ok, &policy)]).unwrap();
        let half = [
            file(&[("a", 1, b"12")], Some(("k", "v"))),
            file(&[("c", 1, b"34")], Some(("k", "v"))),
        ];
        prove(&[&read(&half[0], &policy), &read(&half[1], &policy)]).unwrap();

        for (what, output) in [
            ("missing", file(&[("a", 1, b"12")], Some(("k", "v")))),
            ("missing", file(&[("a", 1, b"12"), ("b", 1, b"34")], Some(("k", "v")))),
            (
                "made up",
                file(&[("a", 1, b"12"), ("c", 1, b"34"), ("d", 1, b"5")], Some(("k", "v"))),
            ),
            (
                "of another type or shape",
                file(&[("a", 2, b"12"), ("c", 1, b"34")], Some(("k", "v"))),
            ),
            ("of other contents", file(&[("a", 1, b"12"), ("c", 1, b"35")], Some(("k", "v")))),
            ("metadata", file(&[("a", 1, b"12"), ("c", 1, b"34")], Some(("k", "w")))),
            ("metadata", file(&[("a", 1, b"12"), ("c", 1, b"34")], None)),
        ] {
            let error = prove(&[&read(&output, &policy)]).unwrap_err().to_string();
            assert!(error.contains(what), "{what}: {error}");
        }
        let error =
            prove(&[&read(&ok, &policy), &read(&half[0], &policy)]).unwrap_err().to_string();
        assert!(error.contains("twice"), "{error}");
    }
}
