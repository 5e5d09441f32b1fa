//! Results held against what is known.

use std::collections::BTreeSet;

use assay_protocol::KnownFile;
use assay_protocol::record::Outcome;
use assay_report::known::{Expectations, KnownFiles, Scope, SurpriseKind, judge, redact};
use assay_report::record::Record;
use assay_report::serious::{most_serious, to_markdown};
use assay_report::{compare, matrix, splits};

use crate::support::{Lines, dialect, plain};

const TODAY: &str = "2027-01-15";

fn entry(rule: &str, outcome: &str, cases: &str, more: &str) -> String {
    format!(
        "[[known]]\nrule = \"{rule}\"\noutcome = \"{outcome}\"\ncases = {cases}\n\
         reason = \"bug\"\nsince = \"1\"\n{more}\n"
    )
}

fn embargo(outcome: &str, cases: u64, until: &str) -> String {
    format!(
        "[[known]]\noutcome = \"{outcome}\"\ncases = {cases}\nreason = \"bug\"\nsince = \"1\"\n\
         embargo_until = \"{until}\"\nreference = \"private 1\"\n"
    )
}

fn known(text: &str) -> KnownFiles {
    let file: KnownFile = toml::from_str(text).expect("it is a known.toml");
    assert_eq!(file.faults(), [""; 0]);
    [("a".to_owned(), file)].into()
}

fn judged(record: &Record, text: &str, more: &[&str], is_complete: bool) -> Expectations {
    let ids = record.results.iter().map(|result| result.case.clone());
    let cases: BTreeSet<String> = ids.chain(more.iter().map(|id| (*id).to_owned())).collect();
    let scope = Scope { cases: &cases, dialect: &dialect(), is_complete, today: TODAY };
    judge(record, &known(text), scope)
}

/// Kind, rule and cases of every surprise about `a`.
fn surprises(record: &Record, text: &str) -> Vec<(SurpriseKind, String, String)> {
    let row = &judged(record, text, &[], true).rows[0];
    let one = |one: &assay_report::known::Surprise| {
        (one.kind, one.rule.clone().unwrap_or_default(), one.cases.join(","))
    };
    row.surprises.iter().map(one).collect()
}

/// Two false accepts, a misread, and what is right.
fn record() -> Record {
    Lines::new(9)
        .ran("a")
        .result("a", "buffer/no-holes/one", Outcome::FalseAccept)
        .result("a", "buffer/no-holes/two", Outcome::FalseAccept)
        .result("a", "shape/scalar/one", Outcome::Misread)
        .result("a", "shape/scalar/two", Outcome::Same)
        .finish()
        .record()
}

fn whole() -> String {
    entry("buffer/no-holes", "false_accept", "\"all\"", "")
        + &entry("shape/scalar", "misread", "[\"one\"]", "")
}

#[test]
fn an_implementation_whose_every_deviation_is_known_surprises_nobody() {
    let all = judged(&record(), &whole(), &[], true);
    assert!(!all.is_surprising(), "{all:?}");
    assert_eq!(all.rows[0].known.values().sum::<u64>(), 3);
    assert!(all.explains("a", "shape/scalar/one") && !all.explains("a", "shape/scalar/two"));
    assert!(!all.explains("b", "shape/scalar/one"));
}

#[test]
fn what_no_entry_speaks_of_is_new() {
    let text = entry("buffer/no-holes", "false_accept", "[\"one\"]", "");
    let new = SurpriseKind::New;
    assert_eq!(
        surprises(&record(), &text),
        [
            (new, "buffer/no-holes".to_owned(), "two".to_owned()),
            (new, "shape/scalar".to_owned(), "one".to_owned())
        ]
    );
    let nothing = KnownFiles::new();
    let scope =
        Scope { cases: &BTreeSet::new(), dialect: &dialect(), is_complete: true, today: TODAY };
    let all = judge(&record(), &nothing, scope);
    assert_eq!(all.rows[0].surprises.len(), 2, "one for each rule and outcome");
}

#[test]
fn a_pass_another_outcome_and_a_case_that_is_gone_are_told() {
    let text = entry("buffer/no-holes", "crash", "[\"one\"]", "")
        + &entry("buffer/no-holes", "false_accept", "\"all\"", "")
        + &entry("shape/scalar", "misread", "[\"absent\", \"one\", \"two\"]", "");
    let scalar = |kind, case: &str| (kind, "shape/scalar".to_owned(), case.to_owned());
    assert_eq!(
        surprises(&record(), &text),
        [
            (SurpriseKind::WrongOutcome, "buffer/no-holes".to_owned(), "one".to_owned()),
            scalar(SurpriseKind::UnexpectedPass, "two"),
            scalar(SurpriseKind::Stale, "absent"),
        ]
    );
}

#[test]
fn what_is_not_supported_any_more_is_no_known_deviation() {
    let record = Lines::new(9)
        .ran("a")
        .result("a", "shape/scalar/one", Outcome::Unsupported)
        .result("a", "shape/scalar/two", Outcome::NotRun)
        .finish()
        .record();
    let text = entry("shape/scalar", "misread", "[\"one\", \"two\"]", "");
    let wrong = (SurpriseKind::WrongOutcome, "shape/scalar".to_owned(), "one".to_owned());
    assert_eq!(surprises(&record, &text), [wrong]);
}

#[test]
fn days_end() {
    let text = whole().replace("since = \"1\"\n", "since = \"1\"\nexpires = \"2027-01-15\"\n");
    let kinds: Vec<SurpriseKind> = surprises(&record(), &text).iter().map(|one| one.0).collect();
    assert_eq!(kinds, [SurpriseKind::Expired, SurpriseKind::Expired]);
    let later = text.replace("2027-01-15", "2027-01-16");
    assert_eq!(surprises(&record(), &later), []);
}

#[test]
fn a_rule_that_there_is_not_makes_an_entry_stale() {
    let text = whole() + &entry("shape/nothing", "misread", "\"all\"", "");
    let stale = (SurpriseKind::Stale, "shape/nothing".to_owned(), "all".to_owned());
    assert_eq!(surprises(&record(), &text), [stale]);
}

#[test]
fn part_of_a_corpus_judges_part_of_the_entries() {
    let text = whole() + &entry("header/unique-names", "false_accept", "[\"twice\"]", "");
    let elsewhere = ["header/unique-names/twice", "shape/scalar/three"];
    let all = judged(&record(), &text, &elsewhere, false);
    assert!(!all.is_surprising(), "{all:?}");
}

/// What is under embargo: a crash and, by number only, its entry.
fn with_crash() -> Record {
    Lines::new(9)
        .ran("a")
        .ran("b")
        .result("a", "buffer/no-holes/one", Outcome::Crash)
        .detail("signal SIGSEGV at secret place")
        .error("Secret", "secret words")
        .result("a", "shape/scalar/one", Outcome::Crash)
        .result("b", "buffer/no-holes/one", Outcome::FalseAccept)
        .finish()
        .record()
}

#[test]
fn an_embargo_is_held_by_number() {
    let open = entry("shape/scalar", "crash", "[\"one\"]", "");
    let of = |number: u64, until: &str| {
        let text = open.clone() + &embargo("crash", number, until);
        let all = judged(&with_crash(), &text, &[], true);
        let kinds: Vec<SurpriseKind> = all.rows[0].surprises.iter().map(|one| one.kind).collect();
        assert_eq!(all.rows[0].embargoed, 1);
        let told = plain(&all.to_terminal(None)) + &all.to_markdown() + &all.to_json().to_string();
        // What is said of `b`, which has no embargo, may name the case.
        let of_a = told.replace("buffer/no-holes", "");
        assert!(!of_a.contains("secret"), "{told}");
        assert!(all.rows[0].surprises.iter().all(|one| one.cases.is_empty()));
        kinds
    };
    assert_eq!(of(1, "2027-03-01"), []);
    assert_eq!(of(2, "2027-03-01"), [SurpriseKind::UnexpectedPass]);
    assert_eq!(of(1, "2027-01-15"), [SurpriseKind::Expired]);
    let none = judged(&with_crash(), &embargo("crash", 1, "2027-03-01"), &[], true);
    assert_eq!(none.rows[0].surprises[0].kind, SurpriseKind::New);
}

#[test]
fn no_public_rendering_names_what_is_under_embargo() {
    let record = with_crash();
    let text = entry("shape/scalar", "crash", "[\"one\"]", "") + &embargo("crash", 1, "2027-03-01");
    let files = known(&text);
    let public = redact(&record, &files, TODAY);
    let rendered = [
        matrix::matrix(&public).to_markdown(),
        plain(&matrix::matrix(&public).to_terminal(None)),
        to_markdown(&most_serious(&public, &dialect(), 10)),
        splits::splits(&public, &Default::default(), &dialect()).to_markdown(),
        compare::compare(&public, &public).to_json().to_string(),
        compare::compare(&redact(&record, &KnownFiles::new(), TODAY), &public).to_markdown(),
    ];
    for text in &rendered[..5] {
        assert!(!text.to_lowercase().contains("secret"), "{text}");
    }
    let of_a: Vec<&str> = public
        .results
        .iter()
        .filter(|one| one.implementation == "a")
        .map(|one| one.case.as_str())
        .collect();
    assert_eq!(of_a, ["embargoed/1", "shape/scalar/one"]);
    assert!(rendered[2].contains("crash") && rendered[0].contains("embargoed"), "{rendered:?}");
    // The number stays, and after its day all is as it was.
    let crashes = public.results.iter().filter(|one| one.outcome == Outcome::Crash).count();
    assert_eq!(crashes, 2);
    assert_eq!(redact(&record, &files, "2027-03-01"), record);
}

#[test]
fn it_renders() {
    let text = entry("buffer/no-holes", "crash", "[\"one\"]", "")
        + &entry("shape/scalar", "misread", "[\"one\", \"two\"]", "");
    let all = judged(&record(), &text, &[], true);
    insta::assert_snapshot!(plain(&all.to_terminal(Some(80))) + "\n" + &all.to_markdown());
}

#[test]
fn a_death_in_another_operation_is_told_without_its_case() {
    let redacted = assay_report::known::redact_deaths(&with_crash());
    let dead: Vec<_> =
        redacted.results.iter().filter(|one| one.outcome == Outcome::Crash).collect();
    assert!(!dead.is_empty());
    for one in dead {
        assert_eq!(
            (one.rule.as_str(), one.detail.as_deref(), one.error.as_ref()),
            ("embargoed", None, None)
        );
        assert!(one.case.starts_with("embargoed/"), "{}", one.case);
    }
    let others = |record: &Record| -> Vec<_> {
        record.results.iter().filter(|one| one.outcome != Outcome::Crash).cloned().collect()
    };
    assert_eq!(others(&redacted), others(&with_crash()));
}
