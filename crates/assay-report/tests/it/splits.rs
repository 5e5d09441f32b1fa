//! Split views by cause.

use std::collections::BTreeMap;

use assay_protocol::record::{DeliveredTensor, DeliveredView, Outcome};
use assay_report::splits::{Field, first_difference, splits};

use crate::support::{Lines, dialect, plain};

fn tensor(name: &str, dtype: &str, shape: &[u64], contents: &str) -> DeliveredTensor {
    DeliveredTensor {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        shape: shape.iter().map(|dimension| (*dimension).into()).collect(),
        sha256: contents.to_owned(),
    }
}

fn view(tensors: &[DeliveredTensor]) -> DeliveredView {
    DeliveredView { metadata: None, tensors: tensors.to_vec() }
}

fn with_metadata(value: &str) -> DeliveredView {
    let metadata = BTreeMap::from([("key".to_owned(), value.to_owned())]);
    DeliveredView { metadata: Some(metadata), tensors: Vec::new() }
}

#[test]
fn the_first_field_that_differs_is_named() {
    let base = view(&[tensor("a", "X", &[2], "00"), tensor("b", "X", &[2], "11")]);
    let of = |tensors: &[DeliveredTensor]| first_difference(&base, &view(tensors)).map(|d| d.0);
    let a = tensor("a", "X", &[2], "00");
    assert_eq!(of(&[tensor("b", "X", &[2], "11"), a.clone()]), None, "the order is nobody's");
    assert_eq!(of(std::slice::from_ref(&a)), Some(Field::Names));
    assert_eq!(of(&[a.clone(), tensor("c", "X", &[2], "11")]), Some(Field::Names));
    assert_eq!(of(&[a.clone(), tensor("b", "Y", &[3], "22")]), Some(Field::Dtype));
    assert_eq!(of(&[a.clone(), tensor("b", "X", &[3], "22")]), Some(Field::Shape));
    assert_eq!(of(&[a, tensor("b", "X", &[2], "22")]), Some(Field::Contents));
    let (one, other) = (with_metadata("1"), with_metadata("2"));
    assert_eq!(first_difference(&one, &other).map(|d| d.0), Some(Field::Metadata));
    assert_eq!(first_difference(&one, &view(&[])), None, "who reports none contradicts nobody");
}

/// Two rules, three implementations: `a` and `b` see the last of two names, `c` the first.
fn lines() -> Lines {
    let mut lines = Lines::new(9).ran("a").ran("b").ran("c");
    for (id, contents) in [("a", "11"), ("b", "11"), ("c", "22")] {
        for case in ["header/unique-names/one", "header/unique-names/two"] {
            lines = lines
                .result(id, case, Outcome::FalseAccept)
                .view(contents)
                .delivered(view(&[tensor("x", "X", &[1], contents)]));
        }
    }
    lines
        .result("a", "shape/scalar/one", Outcome::Same)
        .view("44")
        .result("b", "shape/scalar/one", Outcome::Misread)
        .view("33")
        .delivered(view(&[tensor("x", "X", &[1], "00")]))
}

fn right() -> BTreeMap<String, DeliveredView> {
    [("shape/scalar/one".to_owned(), view(&[tensor("x", "X", &[], "00")]))].into()
}

#[test]
fn causes_and_pairs_are_counted() {
    let splits = splits(&lines().finish().record(), &right(), &dialect());
    assert_eq!(splits.files, 3);
    let causes: Vec<(&str, Field, usize, u64)> = splits
        .causes
        .iter()
        .map(|cause| (cause.rule.as_str(), cause.field, cause.cases.len(), cause.pairs))
        .collect();
    assert_eq!(
        causes,
        [("header/unique-names", Field::Contents, 2, 2), ("shape/scalar", Field::Shape, 1, 1)]
    );
    let pairs: Vec<(&str, &str, u64)> = splits
        .pairs
        .iter()
        .map(|pair| {
            let [a, b] = &pair.implementations;
            (a.as_str(), b.as_str(), pair.files)
        })
        .collect();
    assert_eq!(pairs, [("a", "c", 2), ("b", "c", 2), ("a", "b", 1)]);
    assert_eq!((splits.between("c", "a"), splits.between("a", "a")), (2, 0));
}

#[test]
fn what_nobody_kept_is_unknown_and_counts_all_the_same() {
    let splits = splits(&lines().finish().record(), &BTreeMap::new(), &dialect());
    assert_eq!(splits.causes[1].field, Field::Unknown);
    assert_eq!(splits.between("a", "b"), 1);
}

#[test]
fn who_delivers_no_view_is_on_nobodys_side() {
    let verdict_only = lines().result("c", "shape/scalar/one", Outcome::Same);
    let splits = splits(&verdict_only.finish().record(), &right(), &dialect());
    assert_eq!((splits.between("c", "b"), splits.between("a", "b")), (2, 1), "no third file");
}

#[test]
fn it_renders() {
    let all = splits(&lines().finish().record(), &right(), &dialect());
    insta::assert_snapshot!(plain(&all.to_terminal(Some(80))) + "\n" + &all.to_markdown());
    insta::assert_snapshot!("splits_json", format!("{:#}", all.to_json()));
    let none = splits(&Lines::new(1).ran("a").finish().record(), &BTreeMap::new(), &dialect());
    assert_eq!(none.to_markdown(), "No file is accepted with different views.\n");
}
