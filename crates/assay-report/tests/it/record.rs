//! Records are read whole or refused with the line that is wrong.

use assay_protocol::record::Outcome;
use assay_report::record::{Fault, parse};

use crate::support::Lines;

fn lines() -> Lines {
    Lines::new(2)
        .ran("a")
        .not_run("b", "needs a compiler")
        .result("a", "shape/scalar/one", Outcome::Same)
        .result("a", "shape/scalar/two", Outcome::Crash)
}

/// The line and the fault of a text that is refused.
fn refused(text: &str) -> (usize, Fault) {
    let error = parse(text).unwrap_err();
    assert!(error.to_string().starts_with(&format!("line {}: ", error.line)), "{error}");
    (error.line, error.fault)
}

/// The text of some lines with one of them, from 1, replaced.
fn replaced(lines: &Lines, number: usize, from: &str, to: &str) -> String {
    let text = lines.text();
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(all[number - 1].contains(from), "{}", all[number - 1]);
    all[number - 1] = all[number - 1].replace(from, to);
    all.join("\n") + "\n"
}

#[test]
fn a_record_comes_back_whole() {
    let record = lines().finish().record();
    assert!(record.is_finished());
    assert_eq!(record.header.cases, 2);
    assert_eq!(record.implementations.len(), 2);
    assert_eq!(record.implementation("b").unwrap().not_run.as_deref(), Some("needs a compiler"));
    let outcomes: Vec<Outcome> = record.results.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [Outcome::Same, Outcome::Crash]);
    assert_eq!(record.footer.unwrap().outcomes[&Outcome::Crash], 1);
}

#[test]
fn blank_lines_and_a_missing_last_line_end_are_no_fault() {
    let text = lines().finish().text();
    let spaced = text.trim_end().replace('\n', "\r\n\n");
    assert_eq!(parse(&spaced).unwrap(), parse(&text).unwrap());
}

#[test]
fn without_a_footer_a_record_is_unfinished() {
    assert!(!lines().record().is_finished());
}

#[test]
fn what_is_not_a_record_is_refused() {
    assert_eq!(refused(""), (1, Fault::Empty));
    assert_eq!(refused("\n \n"), (1, Fault::Empty));
    let (line, fault) = refused("{}\n");
    assert_eq!(line, 1);
    assert!(matches!(fault, Fault::Unreadable(_)), "{fault:?}");
    let text = replaced(&lines(), 1, "record/1", "record/9");
    assert_eq!(refused(&text), (1, Fault::UnknownSchema("record/9".to_owned())));
    let headless: String = lines().text().lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_eq!(refused(&headless), (1, Fault::NoHeader));
    let nested = "[".repeat(100_000);
    assert_eq!(refused(&nested).0, 1);
}

#[test]
fn a_line_that_is_cut_short_is_told_apart() {
    let text = lines().text();
    assert_eq!(refused(&text[..text.len() - 5]), (5, Fault::CutShort));
    let (line, fault) = refused(&(text[..text.len() - 5].to_owned() + "\n"));
    assert_eq!(line, 5);
    assert!(matches!(fault, Fault::Unreadable(_)), "{fault:?}");
}

#[test]
fn unknown_words_are_refused() {
    let (line, fault) = refused(&replaced(&lines(), 5, "crash", "cra\\u001bsh"));
    assert_eq!(line, 5);
    assert!(!fault.to_string().contains('\u{1b}'), "{fault}");
}

#[test]
fn duplicates_are_refused() {
    let text = lines().text();
    let all: Vec<&str> = text.lines().collect();
    let with = |number: usize| format!("{text}{}\n", all[number - 1]);
    assert_eq!(refused(&with(1)), (6, Fault::SecondHeader));
    assert_eq!(refused(&with(2)), (6, Fault::SecondImplementation("a".to_owned())));
    let (implementation, case) = ("a".to_owned(), "shape/scalar/one".to_owned());
    assert_eq!(refused(&with(4)), (6, Fault::SecondResult { implementation, case }));
}

#[test]
fn results_need_their_implementation_and_their_plan() {
    let more = lines().result("c", "shape/scalar/one", Outcome::Same);
    assert_eq!(refused(&more.text()), (6, Fault::UnknownImplementation("c".to_owned())));
    let more = lines().result("b", "shape/scalar/one", Outcome::Same);
    assert_eq!(refused(&more.text()), (6, Fault::ResultOfNotRun("b".to_owned())));
    let more = lines().result("a", "shape/scalar/three", Outcome::Same);
    assert_eq!(refused(&more.text()), (6, Fault::TooManyResults("a".to_owned())));
}

#[test]
fn a_footer_must_count_what_is_there() {
    let finished = lines().finish();
    let after = finished.clone().result("a", "shape/scalar/three", Outcome::Same);
    assert_eq!(refused(&after.text()), (7, Fault::AfterFooter));
    for (from, to, what, says, held) in [
        ("\"results\":2", "\"results\":3", "results", 3, 2),
        ("\"ran\":1", "\"ran\":2", "implementations that ran", 2, 1),
        ("\"crash\":1", "\"crash\":2", "results of outcome crash", 2, 1),
        ("\"same\":1", "\"hang\":1", "results of outcome hang", 1, 0),
    ] {
        let text = replaced(&finished, 6, from, to);
        let what = what.to_owned();
        assert_eq!(refused(&text), (6, Fault::FooterDisagrees { what, says, held }));
    }
}
