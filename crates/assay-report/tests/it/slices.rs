//! What implementations did with questions about parts of tensors.

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::message::SliceItem;
use assay_protocol::record::Outcome;
use assay_protocol::slices::{SLICES_SCHEMA, SlicedTensor};
use assay_protocol::{SliceQuestion, SliceTable};
use assay_report::rules::RuleReport;
use assay_report::slices;

use crate::support::{Lines, dialect, plain, widest};

/// Questions under rules of these tests: which rules they are does not matter.
fn table() -> SliceTable {
    let question = |id: &str, item| SliceQuestion {
        id: id.to_owned(),
        tensor: 0,
        index: vec![item, SliceItem::Select(0)],
        verdict: ClaimedVerdict::Invalid,
        part: None,
    };
    SliceTable {
        schema: SLICES_SCHEMA.to_owned(),
        edition: "0.8".to_owned(),
        seed: 0,
        oracle: "array 1.0".to_owned(),
        method: "asked".to_owned(),
        tensors: vec![SlicedTensor {
            dtype: "U8".to_owned(),
            shape: vec![10, 5],
            name: "t".to_owned(),
            sha256: "00".repeat(32),
        }],
        questions: vec![
            question("buffer/no-holes/001", SliceItem::Range([None, None, Some(2)])),
            question("buffer/no-holes/002", SliceItem::Select(-1)),
            question("shape/scalar/001", SliceItem::Range([Some(9), Some(20), None])),
        ],
    }
}

fn report() -> RuleReport {
    let lines = Lines::new(3)
        .ran("alpha")
        .ran("beta")
        .result("alpha", "buffer/no-holes/001", Outcome::Misread)
        .detail("delivers 50 bytes instead of 25")
        .result("alpha", "buffer/no-holes/002", Outcome::Misread)
        .result("alpha", "shape/scalar/001", Outcome::FalseReject)
        .error("RangeError", "9:20 is \u{1b}[31mtoo far")
        .result("beta", "buffer/no-holes/001", Outcome::Same)
        .result("beta", "buffer/no-holes/002", Outcome::Unsupported)
        .result("beta", "shape/scalar/001", Outcome::Same);
    slices::report(&lines.finish().record().results, &table(), &dialect())
}

#[test]
fn every_broken_rule_is_named_once_with_its_first_question() {
    let report = report();
    let [misread, refused] = report.findings() else { panic!("{:?}", report.findings()) };
    assert_eq!((misread.outcome, misread.count), (Outcome::Misread, 2));
    assert_eq!(misread.asked, "U8 [10, 5][::2, 0]");
    assert_eq!((&*refused.rule, &*refused.asked), ("shape/scalar", "U8 [10, 5][9:20, 0]"));
    insta::assert_snapshot!("slices_terminal", plain(&report.to_terminal(80)));
    insta::assert_snapshot!("slices_json", format!("{:#}", report.to_json()));
}

#[test]
fn a_narrow_terminal_gets_what_fits_and_hostile_text_is_harmless() {
    let text = report().to_terminal(50);
    assert!(widest(&text) <= 50, "{}", plain(&text));
    assert!(!plain(&text).contains('\u{1b}'), "{text:?}");
}
