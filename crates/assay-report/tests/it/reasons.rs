//! Reasons clustered, with refusals planted in the wrong cluster.

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::{Answer, Outcome};
use assay_report::reasons::{OfImplementation, reasons};
use assay_report::record::Record;

use crate::support::{Lines, plain};

/// Right refusals: rule, words and how many, one case each.
fn refusals(of: &[(&str, &str, usize)]) -> Record {
    let mut lines = Lines::new(999).ran("a").ran("b");
    let mut number = 0;
    for (rule, words, times) in of {
        for _ in 0..*times {
            number += 1;
            let words = words.replace('N', &number.to_string());
            let case = format!("{rule}/case-{number:03}");
            lines = lines.result("a", &case, Outcome::Same).error("Error", &words);
        }
    }
    let mut record = lines.finish().record();
    for result in &mut record.results {
        result.verdict = ClaimedVerdict::Invalid;
        result.answer = Some(Answer::Reject);
    }
    record
}

fn of_a(record: &Record) -> OfImplementation {
    let all = reasons(record, None).implementations;
    let [a] = all.as_slice() else { panic!("only `a` refused anything: {all:?}") };
    a.clone()
}

#[test]
fn a_refusal_in_another_rules_cluster_is_flagged() {
    let record = refusals(&[
        ("buffer/no-holes", "gap of N bytes at 'N'", 6),
        ("shape/scalar", "bad shape [N]", 7),
        ("shape/scalar", "gap of N bytes at 'N'", 1),
    ]);
    let a = of_a(&record);
    assert_eq!((a.refusals, a.clusters.len(), a.told_apart()), (14, 2, 2));
    let [flagged] = a.flagged.as_slice() else { panic!("{:?}", a.flagged) };
    assert_eq!(
        (flagged.rule.as_str(), flagged.seems.as_str()),
        ("shape/scalar", "buffer/no-holes")
    );
    assert_eq!(flagged.evidence, [6, 6]);
    assert_eq!(flagged.case, "shape/scalar/case-014");
}

#[test]
fn a_text_that_is_used_for_everything_accuses_nobody() {
    let record = refusals(&[
        ("buffer/no-holes", "invalid", 30),
        ("shape/scalar", "invalid", 3),
        ("header/unique-names", "invalid", 1),
    ]);
    let a = of_a(&record);
    assert_eq!((a.flagged.len(), a.clusters.len(), a.told_apart()), (0, 1, 0));
    assert_eq!(a.clusters[0].home, None);
}

#[test]
fn few_files_prove_nothing() {
    let record = refusals(&[
        ("buffer/no-holes", "gap", 2),
        ("shape/scalar", "shape", 9),
        ("shape/scalar", "gap", 1),
    ]);
    assert_eq!(of_a(&record).flagged, []);
}

#[test]
fn a_rule_that_half_shares_a_text_is_not_accused() {
    let record = refusals(&[
        ("buffer/no-holes", "gap", 8),
        ("shape/scalar", "shape", 6),
        ("shape/scalar", "gap", 3),
    ]);
    assert_eq!(of_a(&record).flagged, [], "a third of its files is no slip");
}

#[test]
fn only_right_refusals_of_files_with_a_fault_count() {
    let mut record = refusals(&[("buffer/no-holes", "gap", 4)]);
    record.results[0].verdict = ClaimedVerdict::Valid;
    record.results[1].answer = Some(Answer::Accept);
    record.results[2].error = None;
    let a = of_a(&record);
    assert_eq!((a.refusals, a.wordless), (2, 1));
    assert_eq!(reasons(&record, Some("b")).implementations, []);
}

#[test]
fn it_renders() {
    let record = refusals(&[
        ("buffer/no-holes", "gap of N bytes", 6),
        ("shape/scalar", "bad \u{1b}[31m shape | [N]", 7),
        ("shape/scalar", "gap of N bytes", 1),
    ]);
    let all = reasons(&record, None);
    insta::assert_snapshot!(plain(&all.to_terminal(Some(80))) + "\n" + &all.to_markdown());
    insta::assert_snapshot!("reasons_json", format!("{:#}", all.to_json()));
}
