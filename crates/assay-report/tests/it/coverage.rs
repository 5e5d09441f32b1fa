//! The coverage ledger of a small corpus.

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{DialectName, MANIFEST_SCHEMA, Origin};
use assay_protocol::{Manifest, ManifestCase};
use assay_report::coverage::{Ledger, Standing};
use assay_spec::{Dialect, Hole, Proof, Spec};

use crate::support::{dialect, plain, styled, widest};

fn case(rule: &str, slug: &str, verdict: ClaimedVerdict) -> ManifestCase {
    ManifestCase {
        id: format!("{rule}/{slug}"),
        rule: rule.to_owned(),
        title: slug.to_owned(),
        verdict,
        origin: Origin::Hand,
        path: None,
        recipe: None,
        size: 10,
        sha256: "00".repeat(32),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: None,
        span: None,
        view: None,
        relation: None,
    }
}

/// Covers every rule of these tests' dialect.
fn cases() -> Vec<ManifestCase> {
    use ClaimedVerdict::{Either, Invalid, Valid};
    let at_the_edge = |rules: &[&str], case: ManifestCase| ManifestCase {
        boundary_of: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        ..case
    };
    vec![
        at_the_edge(&["buffer/no-holes"], case("buffer/no-holes", "gap", Invalid)),
        case("buffer/no-holes", "no-gap", Valid),
        at_the_edge(
            &["buffer/tensor-alignment"],
            case("buffer/tensor-alignment", "aligned", Valid),
        ),
        case("header/padding-is-spaces", "spaces", Valid),
        at_the_edge(
            &["header/padding-is-spaces", "header/unique-names"],
            case("header/padding-is-spaces", "tab", Either),
        ),
        case("header/unique-names", "once", Valid),
        case("header/unique-names", "thrice", Invalid),
        case("header/unique-names", "twice", Invalid),
        at_the_edge(&["prefix/header-limit"], case("prefix/header-limit", "above", Invalid)),
        at_the_edge(&["prefix/header-limit"], case("prefix/header-limit", "limit", Valid)),
        case("shape/scalar", "scalar", Valid),
    ]
}

fn ledger(dialect: &Dialect, cases: Vec<ManifestCase>) -> Ledger {
    let digest = dialect.digest().to_owned();
    let dialect_name = DialectName { edition: dialect.name().to_owned(), digest };
    let manifest = Manifest {
        schema: MANIFEST_SCHEMA.to_owned(),
        dialect: dialect_name,
        cases,
        heads: Vec::new(),
    };
    Ledger::new(dialect, &manifest)
}

/// The dialect with a hole explained on a rule's page.
fn with_hole(rule: &str, cell: Proof) -> Dialect {
    let mut spec: Spec = dialect().spec().clone();
    let rule = spec.rules.iter_mut().find(|one| one.id.as_str() == rule).unwrap();
    rule.holes.push(Hole { cell, reason: "Nobody | has <made> one.".to_owned() });
    Dialect::resolve(&spec, dialect().name()).unwrap()
}

fn standing(ledger: &Ledger, rule: &str, proof: Proof) -> Standing {
    let row = ledger.rows.iter().find(|row| row.rule == rule).unwrap();
    let at = Proof::ALL.iter().position(|one| *one == proof).unwrap();
    row.cells[at].standing()
}

#[test]
fn a_covered_corpus_has_no_faults() {
    let ledger = ledger(&dialect(), cases());
    assert_eq!(ledger.faults(), Vec::<String>::new());
    assert_eq!(ledger.totals(), [6, 5, 6, 0, 0, 0]);
    assert_eq!(standing(&ledger, "header/unique-names", Proof::Reject), Standing::Covered);
    // Its edge is the case of another rule.
    assert_eq!(standing(&ledger, "header/unique-names", Proof::Boundary), Standing::Covered);
    // No file can break a rule about readers, and none need break an advice.
    assert_eq!(standing(&ledger, "shape/scalar", Proof::Reject), Standing::NotAsked);
    assert_eq!(standing(&ledger, "buffer/tensor-alignment", Proof::Reject), Standing::NotAsked);
}

#[test]
fn every_case_but_spare_ones_is_needed() {
    for at in 0..cases().len() {
        let mut fewer = cases();
        let gone = fewer.remove(at);
        let faults = ledger(&dialect(), fewer).faults();
        let is_needed = !["header/unique-names/thrice", "header/unique-names/twice"]
            .contains(&gone.id.as_str());
        assert_eq!(!faults.is_empty(), is_needed, "{}: {faults:?}", gone.id);
    }
}

#[test]
fn a_hole_needs_a_reason_and_a_reason_a_hole() {
    let without = |id: &str| cases().into_iter().filter(|case| case.id != id).collect();
    let rule = "buffer/no-holes";
    let bare = ledger(&dialect(), without("buffer/no-holes/no-gap"));
    assert_eq!(standing(&bare, rule, Proof::Accept), Standing::Hole);
    assert_eq!(bare.faults().len(), 1, "{:?}", bare.faults());

    let explained = ledger(&with_hole(rule, Proof::Accept), without("buffer/no-holes/no-gap"));
    assert_eq!(standing(&explained, rule, Proof::Accept), Standing::Explained);
    assert_eq!(explained.faults(), Vec::<String>::new());

    let filled = ledger(&with_hole(rule, Proof::Accept), cases());
    assert_eq!(standing(&filled, rule, Proof::Accept), Standing::Stale);
    assert!(filled.faults()[0].contains("there is one"), "{:?}", filled.faults());

    let unasked = ledger(&with_hole(rule, Proof::Slice), cases());
    assert_eq!(standing(&unasked, rule, Proof::Slice), Standing::Stale);
    assert!(unasked.faults()[0].contains("none is asked for"), "{:?}", unasked.faults());
}

#[test]
fn a_case_of_no_rule_is_a_fault() {
    let mut more = cases();
    more.push(case("buffer/no-such-rule", "case", ClaimedVerdict::Valid));
    let ledger = ledger(&dialect(), more);
    assert_eq!(ledger.faults(), ["buffer/no-such-rule/case: its rule does not exist"]);
}

/// A ledger with everything there is to show.
fn full() -> Ledger {
    let mut few = cases();
    few.retain(|case| !["header/unique-names/once", "shape/scalar/scalar"].contains(&&*case.id));
    ledger(&with_hole("shape/scalar", Proof::Accept), few)
}

#[test]
fn it_is_shown_at_a_terminal() {
    let text = full().to_terminal(80);
    assert!(widest(&text) <= 80);
    insta::assert_snapshot!("coverage_terminal", plain(&text));
    insta::assert_snapshot!("coverage_styled", styled(&text));
}

#[test]
fn it_is_a_page_of_the_documentation() {
    insta::assert_snapshot!("coverage_markdown", full().to_markdown());
}

#[test]
fn it_is_a_document_for_programs() {
    let document = full().to_json();
    assert_eq!(document["rules"].as_array().unwrap().len(), full().rows.len());
    let row = document["rules"].as_array().unwrap().iter();
    let row = row.clone().find(|row| row["rule"] == "header/unique-names").unwrap();
    insta::assert_snapshot!("coverage_json", format!("{row:#}"));
    assert_eq!(document["faults"].as_array().unwrap().len(), 1);
}
