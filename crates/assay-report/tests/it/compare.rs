//! Two records compared.

use assay_protocol::record::Outcome;
use assay_report::compare::{Change, Comparison, Presence, compare};
use proptest::prelude::*;

use crate::support::{Lines, plain, widest};

const CASES: [&str; 5] = [
    "buffer/no-holes/one",
    "buffer/no-holes/two",
    "shape/scalar/one",
    "shape/scalar/two",
    "shape/scalar/three",
];

fn record(outcomes: &[Outcome]) -> Lines {
    let lines = Lines::new(99).ran("a");
    CASES
        .iter()
        .zip(outcomes)
        .fold(lines, |lines, (case, outcome)| lines.result("a", case, *outcome))
}

fn changes(comparison: &Comparison) -> Vec<Change> {
    comparison.implementations[0].flips.iter().map(|flip| flip.change).collect()
}

#[test]
fn every_change_has_its_word() {
    use Outcome::{Crash, FalseReject, Misread, NotRun, Same, Unsupported};
    for (before, after, change) in [
        (Same, Misread, Some(Change::Broken)),
        (Same, Unsupported, Some(Change::Lost)),
        (Same, NotRun, Some(Change::Lost)),
        (FalseReject, Same, Some(Change::Fixed)),
        (Unsupported, Same, Some(Change::Gained)),
        (NotRun, Same, Some(Change::Gained)),
        (FalseReject, Crash, Some(Change::Changed)),
        (FalseReject, Unsupported, Some(Change::Changed)),
        (Unsupported, FalseReject, Some(Change::Changed)),
        (Same, Same, None),
        (Crash, Crash, None),
    ] {
        let [one, other] = [before, after].map(|outcome| record(&[outcome]).finish().record());
        let all = changes(&compare(&one, &other));
        assert_eq!(all, Vec::from_iter(change), "{before:?} {after:?}");
    }
}

#[test]
fn an_implementation_that_is_not_run_any_more_loses_all_that_passed() {
    let before = record(&[Outcome::Same, Outcome::FalseAccept, Outcome::Same]).finish().record();
    let others = Lines::new(99).not_run("a", "no compiler").ran("b");
    let others = CASES[..3].iter().fold(others, |l, case| l.result("b", case, Outcome::Same));
    let comparison = compare(&before, &others.finish().record());
    let [a, b] = comparison.implementations.as_slice() else { panic!("{comparison:?}") };
    assert_eq!((a.count(Change::Lost), a.count(Change::Changed)), (2, 1));
    assert_eq!((a.not_run.as_deref(), b.presence), (Some("no compiler"), Presence::New));
    let back = compare(&others_record(), &before);
    assert_eq!(back.removed_implementations(), ["b"]);
}

fn others_record() -> assay_report::record::Record {
    Lines::new(9).ran("a").ran("b").result("b", CASES[0], Outcome::Same).finish().record()
}

#[test]
fn cases_of_one_record_only_are_counted_and_not_compared() {
    let before = record(&[Outcome::Same, Outcome::Same, Outcome::Same]).finish().record();
    let after = Lines::new(9)
        .ran("a")
        .result("a", CASES[0], Outcome::Same)
        .result("a", CASES[4], Outcome::Crash)
        .finish()
        .record();
    let comparison = compare(&before, &after);
    assert_eq!(changes(&comparison), []);
    assert_eq!((comparison.new_cases, comparison.removed_cases.len()), (1, 2));
}

#[test]
fn a_case_that_says_something_else_now_is_redefined() {
    // The kit makes a false accept of an invalid file, everything else of a valid one.
    let before = record(&[Outcome::Same]).finish().record();
    let after = record(&[Outcome::FalseAccept]).finish().record();
    assert_eq!(changes(&compare(&before, &after)), [Change::Broken].map(|_| Change::Redefined));
}

#[test]
fn it_renders() {
    use Outcome::{Crash, FalseReject, Misread, Same, Unsupported};
    let before = record(&[Same, FalseReject, Same, Unsupported, FalseReject]).finish().record();
    let after = record(&[Misread, Same, Unsupported, Same, Crash]).finish();
    let mut after = after.record();
    after.implementations[0].implementation.as_mut().unwrap().version = "2.0.0".to_owned();
    let comparison = compare(&before, &after);
    let text = plain(&comparison.to_terminal(Some(80)));
    assert!(widest(&text) <= 80);
    insta::assert_snapshot!(text + "\n" + &comparison.to_markdown());
    insta::assert_snapshot!("compare_json", format!("{:#}", comparison.to_json()));
    let same = compare(&before, &before);
    assert_eq!(same.to_markdown(), "Nothing changed.\n");
}

#[test]
fn a_comment_names_ten_changes_at_most() {
    let all = |outcome: Outcome| {
        let lines = Lines::new(99).ran("a");
        let cases = (0..25).map(|number| format!("shape/scalar/case-{number:02}"));
        cases.fold(lines, |lines, case| lines.result("a", &case, outcome)).finish().record()
    };
    let text = compare(&all(Outcome::Same), &all(Outcome::Crash)).to_markdown();
    assert_eq!(text.matches("**broken**").count(), 10);
    assert!(text.contains("and 15 more"), "{text}");
}

proptest! {
    /// Whatever was broken, lost or gained one way is fixed, gained or lost the other way.
    #[test]
    fn a_comparison_backwards_is_the_opposite(
        before in proptest::collection::vec(0..Outcome::ALL.len(), 5),
        after in proptest::collection::vec(0..Outcome::ALL.len(), 5),
    ) {
        // A false accept would make another file of the case.
        let outcome = |at: &usize| match Outcome::ALL[*at] {
            Outcome::FalseAccept => Outcome::Misread,
            other => other,
        };
        let [one, other] = [before, after].map(|places| {
            let outcomes: Vec<Outcome> = places.iter().map(outcome).collect();
            record(&outcomes).finish().record()
        });
        let (there, back) = (compare(&one, &other), compare(&other, &one));
        for (change, opposite) in [
            (Change::Broken, Change::Fixed),
            (Change::Lost, Change::Gained),
            (Change::Changed, Change::Changed),
        ] {
            prop_assert_eq!(there.count(change), back.count(opposite));
            prop_assert_eq!(there.count(opposite), back.count(change));
        }
        let of = &there.implementations[0];
        prop_assert_eq!(of.unchanged + of.flips.len() as u64, 5);
    }
}
