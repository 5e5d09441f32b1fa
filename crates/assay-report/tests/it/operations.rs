//! What implementations did beyond reading, and who reads what others wrote.

use std::collections::BTreeMap;

use assay_protocol::Operation;
use assay_protocol::record::Outcome;
use assay_report::operations;
use assay_report::record::Record;
use assay_report::writers::{WriterMatrix, exchange_id};

use crate::support::{Lines, dialect, plain, widest};

/// Two writers, of which one fails a task, and two readers of what they wrote.
fn record() -> Record {
    let task = "write/contents/scalar";
    let (of_alpha, of_beta) = (exchange_id(task, "alpha"), exchange_id(task, "beta"));
    Lines::new(5)
        .ran("alpha")
        .ran("beta")
        .result("alpha", task, Outcome::Same)
        .asked_to(Operation::Write)
        .result("beta", task, Outcome::Misread)
        .asked_to(Operation::Write)
        .detail("tensor \"s\": contents differ at byte 3 of 4")
        .result("alpha", "header/utf-8/stray-byte", Outcome::FalseAccept)
        .asked_to(Operation::Inspect)
        .result("alpha", "header/utf-8/whole-file", Outcome::FalseAccept)
        .result("alpha", &of_alpha, Outcome::Same)
        .result("beta", &of_alpha, Outcome::FalseReject)
        .error("ShapeError", "a \u{1b}[31mscalar")
        .result("alpha", &of_beta, Outcome::Unsupported)
        .result("beta", &of_beta, Outcome::Same)
        .asked_to(Operation::Inspect)
        .finish()
        .record()
}

#[test]
fn rules_are_named_with_what_was_asked_and_headers_by_their_area() {
    let titles = BTreeMap::from([("write/contents/scalar".to_owned(), "a scalar".to_owned())]);
    let report = operations::report(&record(), &titles, &dialect());
    let [header, task] = report.findings() else { panic!("{:?}", report.findings()) };
    // The same area read whole is another record's matter, and so is what was exchanged.
    assert_eq!((&*header.rule, header.count), ("inspect: header", 1));
    assert_eq!((&*task.rule, &*task.asked), ("write/contents", "a scalar"));
    assert_eq!(task.implementation, "beta");
    insta::assert_snapshot!("operations_terminal", plain(&report.to_terminal(80)));
}

#[test]
fn readers_stand_against_writers() {
    let matrix = WriterMatrix::new(&record());
    let [wrong] = matrix.wrong() else { panic!("{:?}", matrix.wrong()) };
    assert_eq!((&*wrong.writer, &*wrong.reader, wrong.count), ("alpha", "beta", 1));
    insta::assert_snapshot!("writers_terminal", plain(&matrix.to_terminal(80)));
    insta::assert_snapshot!("writers_markdown", matrix.to_markdown());
    insta::assert_snapshot!("writers_json", format!("{:#}", matrix.to_json()));
    assert!(widest(&matrix.to_terminal(40)) <= 40);
    assert!(!plain(&matrix.to_terminal(40)).contains('\u{1b}'));
    assert!(!matrix.to_markdown().contains('\u{1b}'));
}

#[test]
fn a_record_of_reading_alone_has_no_writers() {
    let lines = Lines::new(1).ran("alpha").result("alpha", "a/b/c", Outcome::Same);
    let record = lines.finish().record();
    assert!(WriterMatrix::new(&record).is_empty());
    assert!(operations::report(&record, &BTreeMap::new(), &dialect()).findings().is_empty());
}
