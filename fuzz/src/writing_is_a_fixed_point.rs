//! What was read can be written, reads the same again, and is then written
//! with the same bytes.

use std::collections::BTreeMap;

use assay_reference::write::{NewTensor, WriteError, serialize};
use assay_reference::{Reader, Tensor};
use assay_spec::Verdict;
use assay_validator::validate;

use crate::common::{Judges, judges};

/// Any bytes that the reference reads.
pub fn check(bytes: &[u8]) {
    let Judges { dialect, interop, strict } = judges();
    let Ok(first) = Reader::from_bytes(bytes, interop) else { return };
    let written = match write(&first) {
        Ok(written) => written,
        Err(WriteError::Invalid(error)) if Reader::from_bytes(bytes, strict).is_err() => {
            // What only some readers take, the writer does not make.
            assert!(error.rule().is_some(), "{error}");
            return;
        }
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    let seen = validate(&written, dialect);
    assert_eq!(seen.verdict, Verdict::Valid, "the writer's file: {:?}", seen.findings);
    let second = Reader::from_bytes(&written, strict).expect("the validator calls it valid");
    assert_eq!(contents(&first), contents(&second), "writing changes what is seen");
    let again = write(&second).expect("it was written before");
    assert!(again == written, "the same tensors give other bytes");
}

fn write(reader: &Reader<'_>) -> Result<Vec<u8>, WriteError> {
    let metadata = reader.view().metadata;
    serialize(reader.tensors().map(NewTensor::from), metadata.as_ref(), &judges().dialect)
}

type Contents<'r> = BTreeMap<&'r str, (&'r str, &'r [u64], &'r [u8])>;

/// All that is in a file but where it lies.
fn contents<'r>(reader: &'r Reader<'_>) -> (Option<BTreeMap<String, String>>, Contents<'r>) {
    let of = |tensor: Tensor<'r>| {
        (tensor.name(), (tensor.dtype().name.as_str(), tensor.shape(), tensor.data()))
    };
    (reader.view().metadata, reader.tensors().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{LONGEST, corpus};

    #[test]
    fn for_committed_and_generated_files() {
        let mut written = 0;
        for (_, bytes) in corpus() {
            check(&bytes);
            written += u32::from(Reader::from_bytes(&bytes, &judges().strict).is_ok());
        }
        assert!(written > 500, "{written} files were written");
        for seed in 0..500 {
            let model = assay_generator::valid(&judges().dialect, seed);
            check(&model.to_draft().to_bytes(LONGEST).expect("ordinary files are small"));
        }
    }
}
