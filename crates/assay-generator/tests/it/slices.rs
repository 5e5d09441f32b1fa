//! Questions about parts of tensors are what they claim.

use std::collections::BTreeMap;

use assay_generator::slices::{SLICED_NAME, SliceItem, kind};
use assay_generator::{Slices, slices};
use assay_reference::{Index, IndexItem, Policy, Reader};
use assay_spec::check::Probe;
use assay_spec::{Dialect, Disputed, Verdict};
use sha2::{Digest as _, Sha256};

use crate::judge::SMALL_BYTES;

fn index_of(items: &[SliceItem]) -> Index {
    let item = |item: &SliceItem| match *item {
        SliceItem::Select(position) => IndexItem::Select(position),
        SliceItem::Range { start, stop, step } => {
            IndexItem::Range { start, stop, step: step.unwrap_or(1) }
        }
        SliceItem::Ellipsis => IndexItem::Ellipsis,
    };
    items.iter().map(item).collect()
}

#[test]
fn every_kind_is_asked_often_and_of_many_tensors() {
    let dialect = Dialect::latest();
    let Slices { tensors, questions } = slices(&dialect, 0);
    let mut kinds: BTreeMap<Probe, usize> = BTreeMap::new();
    for question in &questions {
        let tensor = &tensors[question.tensor];
        let bits = dialect.dtype(&tensor.dtype).expect("it is the dialect's").bits;
        assert_eq!(kind(&question.index, &tensor.shape, bits), Some(question.probe));
        *kinds.entry(question.probe).or_default() += 1;
    }
    let scarce: Vec<_> = kinds.iter().filter(|(_, count)| **count < 40).collect();
    assert!(scarce.is_empty(), "{scarce:?} of {}", questions.len());
    let of_slices = dialect.rules().iter().filter(|rule| rule.check.is_of_slices()).count();
    assert_eq!(kinds.len(), of_slices, "a rule for each kind, and a kind for each rule");
    for dtype in dialect.dtypes() {
        assert!(tensors.iter().any(|tensor| tensor.dtype == dtype.name), "{}", dtype.name);
    }
    let ranks: std::collections::BTreeSet<usize> =
        tensors.iter().map(|tensor| tensor.shape.len()).collect();
    assert_eq!(ranks.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}

/// The generator's idea of what cannot be applied is the reference's.
#[test]
fn what_cannot_be_applied_is_refused_and_the_rest_is_not() {
    for edition in ["0.8", "0.5"] {
        let dialect = Dialect::edition(edition).unwrap();
        let policy = Policy::new(&dialect, Disputed::Reject);
        for seed in 0..3 {
            let Slices { tensors, questions } = slices(&dialect, seed);
            for question in questions {
                let file = tensors[question.tensor].file(&dialect).to_bytes(SMALL_BYTES).unwrap();
                let verdict = assay_validator::validate(&file, &dialect).verdict;
                assert_eq!(verdict, Verdict::Valid, "{:?}", tensors[question.tensor]);
                let reader = Reader::from_bytes(&file, &policy).unwrap();
                let tensor = reader.tensor(SLICED_NAME).unwrap();
                let slice = tensor.slice(&index_of(&question.index));
                let is_right = match slice {
                    Ok(_) => !question.may_be_refused || question.probe == Probe::SliceWholeBytes,
                    // Backwards over small elements is seldom whole bytes.
                    Err(_) => question.may_be_refused || tensor.dtype().bits < 8,
                };
                assert!(is_right, "{question:?}: {slice:?}");
            }
        }
    }
}

#[test]
fn questions_are_a_function_of_dialect_and_seed() {
    let dialect = Dialect::latest();
    assert_eq!(slices(&dialect, 7), slices(&dialect, 7));
    assert_ne!(slices(&dialect, 7).questions, slices(&dialect, 8).questions);
    let text = format!("{:?}", slices(&dialect, 0));
    assert_eq!(hex::encode(Sha256::digest(text)), PINNED);
}

/// Changing it makes another table: `assay slices build`.
const PINNED: &str = "11bac6d68a6929904b2c39f6bf59cd020ac254e72891d5c2fd39fe5c4438b33f";
