//! Relations, judged on made-up records: what holds, what is broken, what nobody can say.

use assay_protocol::Manifest;
use assay_protocol::record::{DeliveredTensor, DeliveredView, Outcome};
use assay_report::relations::{Group, Relations, State, groups, judge};
use assay_report::serious::{Kind, most_serious, most_serious_with};

use crate::support::{Lines, dialect, plain};

const BASE: &str = "header/key-order-free/r-base";
const OTHER: &str = "header/key-order-free/r-a";
const WHOLE: &str = "buffer/content-bytes/s-base";
const PARTS: [&str; 2] = ["buffer/content-bytes/s-a-1", "buffer/content-bytes/s-a-2"];
const NAMED: &str = "entry/name-any-string/n-base";
const RENAMED: &str = "entry/name-any-string/n-a";

/// A key order, a split and a renaming; in the manifest's order, which is that of ids.
fn manifest() -> Manifest {
    let all = r#"["names","dtypes","shapes","contents","metadata"]"#;
    let tensors = r#"["names","dtypes","shapes","contents"]"#;
    let nameless = r#"["dtypes","shapes","contents","metadata"]"#;
    let cases = [
        (PARTS[0], "split", 1, WHOLE, tensors),
        (PARTS[1], "split", 1, WHOLE, tensors),
        (WHOLE, "split", 0, "", tensors),
        (RENAMED, "renamed", 1, NAMED, nameless),
        (NAMED, "renamed", 0, "", nameless),
        (OTHER, "header_key_order", 1, BASE, all),
        (BASE, "header_key_order", 0, "", all),
    ];
    let cases = cases.map(|(id, kind, side, of, keeps)| {
        let of = if of.is_empty() { String::new() } else { format!(r#""of":"{of}","#) };
        let rule = id.rsplit_once('/').unwrap().0;
        format!(
            r#"{{"id":"{id}","rule":"{rule}","title":"t","verdict":"valid","origin":"hand",
            "path":"f","size":0,"sha256":"{}","view":{{"tensors":[]}},"relation":
            {{"kind":"{kind}","group":"{kind}/1","side":{side},{of}"keeps":{keeps}}}}}"#,
            "0".repeat(64),
        )
    });
    let manifest: Manifest = serde_json::from_str(&format!(
        r#"{{"schema":"manifest/1","dialect":{{"edition":"0.8","digest":"d"}},"cases":[{}]}}"#,
        cases.join(",")
    ))
    .unwrap();
    assert_eq!(manifest.faults(), Vec::<String>::new());
    manifest
}

/// Name, dtype, shape, and a letter that stands for contents.
type Tensor<'a> = (&'a str, &'a str, &'a [u64], &'a str);

fn view(metadata: &[(&str, &str)], tensors: &[Tensor<'_>]) -> DeliveredView {
    let tensor = |(name, dtype, shape, contents): &Tensor<'_>| DeliveredTensor {
        name: (*name).to_owned(),
        dtype: (*dtype).to_owned(),
        shape: shape.iter().map(|dimension| (*dimension).into()).collect(),
        sha256: contents.repeat(64),
    };
    let pairs = metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    DeliveredView {
        metadata: (!metadata.is_empty()).then(|| pairs.collect()),
        tensors: tensors.iter().map(tensor).collect(),
    }
}

const A: Tensor<'_> = ("a", "U8", &[2], "1");
const B: Tensor<'_> = ("b", "F32", &[1, 2], "2");

fn judged(lines: Lines) -> Relations {
    judge(&lines.finish().record(), &groups(&manifest()))
}

/// What became of the groups that the one implementation was shown.
fn states(lines: Lines) -> Vec<State> {
    let relations = judged(lines);
    let [row] = relations.rows.as_slice() else { panic!("{relations:?}") };
    row.groups.iter().map(|(_, state)| state.clone()).collect()
}

fn one() -> Lines {
    Lines::new(9).ran("one")
}

fn saw(lines: Lines, case: &str, view: &DeliveredView) -> Lines {
    lines.result("one", case, Outcome::Same).delivered(view.clone())
}

#[track_caller]
fn broken(lines: Lines, what: &str) {
    match states(lines).as_slice() {
        [State::Broken(breaks)] => assert!(breaks[0].what.contains(what), "{breaks:?}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn undecided(lines: Lines, why: &str) {
    match states(lines).as_slice() {
        [State::Undecided(said)] => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn groups_come_from_the_manifest() {
    let groups = groups(&manifest());
    let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(ids, ["header_key_order/1", "renamed/1", "split/1"]);
    let Group { sides, .. } = &groups[2];
    assert_eq!(sides, &[vec![WHOLE.to_owned()], PARTS.map(str::to_owned).to_vec()]);
}

#[test]
fn the_same_view_holds_whatever_it_is() {
    let odd = view(&[("k", "v")], &[A, B, ("z", "no such dtype", &[], "9")]);
    assert_eq!(states(saw(saw(one(), BASE, &odd), OTHER, &odd)), [State::Holds]);
    // Absent and empty metadata are the same.
    let empty = DeliveredView { metadata: Some([].into()), ..view(&[], &[A]) };
    assert_eq!(states(saw(saw(one(), BASE, &empty), OTHER, &view(&[], &[A]))), [State::Holds]);
}

#[test]
fn every_aspect_breaks_a_relation() {
    let base = view(&[("k", "v")], &[A, B]);
    let pairs = [
        (view(&[("k", "v")], &[A, ("c", "F32", &[1, 2], "2")]), "tensor \"b\" is seen on one side"),
        (view(&[("k", "v")], &[A]), "tensor \"b\" is seen on one side"),
        (view(&[("k", "v")], &[A, B, B]), "tensor \"b\" is seen on one side"),
        (view(&[("k", "v")], &[A, ("b", "I32", &[1, 2], "2")]), "dtype is F32 on one side, I32"),
        (
            view(&[("k", "v")], &[A, ("b", "F32", &[2, 1], "2")]),
            "shape is [1,2] on one side, [2,1]",
        ),
        (view(&[("k", "v")], &[A, ("b", "F32", &[1, 2], "1")]), "tensor \"b\": contents differ"),
        (view(&[("k", "w")], &[A, B]), "metadata: \"k\" is \"v\" on one side, \"w\""),
        (view(&[], &[A, B]), "metadata: \"k\" is \"v\" on one side, absent"),
    ];
    for (other, what) in pairs {
        broken(saw(saw(one(), BASE, &base), OTHER, &other), what);
    }
}

#[test]
fn accepting_one_and_refusing_the_other_breaks_it() {
    let seen = view(&[], &[A]);
    let lines = saw(one(), BASE, &seen).result("one", OTHER, Outcome::FalseReject).refused();
    broken(lines, "accepts header/key-order-free/r-base and refuses header/key-order-free/r-a");
    let lines = one().result("one", BASE, Outcome::FalseReject).refused();
    broken(saw(lines, OTHER, &seen), "refuses header/key-order-free/r-base");
}

#[test]
fn what_was_not_said_decides_nothing() {
    let seen = view(&[], &[A]);
    let refused =
        |lines: Lines, case: &str| lines.result("one", case, Outcome::FalseReject).refused();
    undecided(refused(refused(one(), BASE), OTHER), "refuses both");
    for (outcome, why) in [
        (Outcome::Crash, "crash on"),
        (Outcome::Hang, "hang on"),
        (Outcome::Unsupported, "unsupported on"),
        (Outcome::NotRun, "not_run on"),
    ] {
        undecided(saw(one(), BASE, &seen).result("one", OTHER, outcome), why);
        undecided(saw(one().result("one", BASE, outcome), OTHER, &seen), why);
    }
    undecided(saw(one(), BASE, &seen), "was not shown header/key-order-free/r-a");
    let lost = saw(one(), BASE, &seen).result("one", OTHER, Outcome::Same);
    undecided(lost, "is not in the record");
}

#[test]
fn parts_are_taken_together() {
    let whole = view(&[("k", "v")], &[A, B]);
    let with = |first: DeliveredView, second: DeliveredView| {
        saw(saw(saw(one(), WHOLE, &whole), PARTS[0], &first), PARTS[1], &second)
    };
    // Metadata go with each part and are not compared.
    assert_eq!(states(with(view(&[], &[B]), view(&[("x", "y")], &[A]))), [State::Holds]);
    broken(with(view(&[], &[B]), view(&[], &[])), "tensor \"a\"");
    broken(with(view(&[], &[A, B]), view(&[], &[A])), "tensor \"a\"");
    broken(with(view(&[], &[A]), view(&[], &[("b", "F32", &[1, 2], "3")])), "contents differ");
    // One part refused is the side refused.
    let lines = saw(saw(one(), WHOLE, &whole), PARTS[0], &view(&[], &[B]));
    broken(lines.result("one", PARTS[1], Outcome::FalseReject).refused(), "refuses");
}

#[test]
fn renamed_tensors_are_compared_without_their_names() {
    let base = view(&[], &[A, B]);
    let with = |other: DeliveredView| saw(saw(one(), NAMED, &base), RENAMED, &other);
    let other = view(&[], &[("x", "F32", &[1, 2], "2"), ("y", "U8", &[2], "1")]);
    assert_eq!(states(with(other)), [State::Holds]);
    broken(
        with(view(&[], &[("x", "F32", &[1, 2], "2"), ("y", "U8", &[2], "2")])),
        "no counterpart",
    );
    broken(with(view(&[], &[("x", "F32", &[1, 2], "2")])), "no counterpart");
}

#[test]
fn whoever_reports_no_metadata_is_not_asked_for_it() {
    let lines = Lines::new(9).ran("one").without_metadata();
    let lines = saw(lines, BASE, &view(&[("k", "v")], &[A]));
    assert_eq!(states(saw(lines, OTHER, &view(&[], &[A]))), [State::Holds]);
}

/// One that keeps all, one that loses what is not a misread, one that misreads, one that dies.
fn many() -> Lines {
    let seen = view(&[], &[A]);
    let wrong = view(&[], &[("a", "U8", &[2], "3")]);
    Lines::new(9)
        .ran("right")
        .ran("picky")
        .ran("wrong")
        .ran("mortal")
        .result("right", BASE, Outcome::Same)
        .delivered(seen.clone())
        .result("right", OTHER, Outcome::Same)
        .delivered(seen.clone())
        .result("picky", BASE, Outcome::Same)
        .delivered(seen.clone())
        .result("picky", OTHER, Outcome::FalseReject)
        .refused()
        .result("wrong", BASE, Outcome::Same)
        .delivered(seen.clone())
        .result("wrong", OTHER, Outcome::Misread)
        .delivered(wrong)
        .result("mortal", BASE, Outcome::Same)
        .delivered(seen)
        .result("mortal", OTHER, Outcome::Crash)
}

#[test]
fn a_broken_relation_is_serious_unless_a_misread_says_so() {
    let record = many().finish().record();
    let relations = judge(&record, &groups(&manifest()));
    assert!(relations.is_broken());
    let kinds = |serious: Vec<assay_report::serious::Serious>| -> Vec<(Kind, String)> {
        serious.into_iter().map(|one| (one.kind, one.implementations.join(" "))).collect()
    };
    let without = kinds(most_serious(&record, &dialect(), 9));
    let mut with = kinds(most_serious_with(&record, &relations, &dialect(), 9));
    assert!(with.contains(&(Kind::BrokenRelation, "picky".to_owned())));
    with.retain(|(kind, _)| *kind != Kind::BrokenRelation);
    assert_eq!(with, without, "nothing else is added or lost");
}

#[test]
fn a_case_that_belongs_to_nothing_leaves_no_row() {
    let lines = one().result("one", "shape/scalar/one", Outcome::Same);
    let relations = judged(lines);
    assert_eq!(relations.rows, []);
    assert!(!relations.is_broken());
    assert_eq!((relations.to_terminal(None), relations.to_markdown()), Default::default());
}

#[test]
fn relations_render() {
    let relations = judged(many());
    insta::assert_snapshot!("relations_terminal", plain(&relations.to_terminal(Some(80))));
    insta::assert_snapshot!("relations_markdown", relations.to_markdown());
    insta::assert_snapshot!("relations_json", format!("{:#}", relations.to_json()));
}
