use assay_spec::{Dialect, Span};

use super::*;

fn remark(rule: &str, severity: Severity, message: &str, span: Option<Span>) -> Remark {
    Remark {
        rule: Some(rule.to_owned()),
        severity,
        message: message.to_owned(),
        span,
        advice: "Write it anew.".to_owned(),
    }
}

/// Every state, and text that tries to get out of where it is put.
fn subjects() -> Vec<Subject> {
    let subject = |name: &str, state, remarks| Subject {
        group: "files".to_owned(),
        name: name.to_owned(),
        path: Some(name.to_owned()),
        state,
        remarks,
        seconds: Some(0.25),
    };
    let hostile = "a\nb::error::c,d:e%0A]]> <x> # \u{1b}[31mred\u{0}";
    vec![
        subject("good.safetensors", State::Passed, Vec::new()),
        subject(
            "dir with space/#1.safetensors",
            State::Failed,
            vec![
                remark("buffer/no-holes", Severity::Error, "a hole", Some(Span::new(61, 62))),
                remark("header/data-alignment", Severity::Advice, hostile, Some(Span::new(8, 8))),
            ],
        ),
        subject(
            "/far/end.safetensors",
            State::Failed,
            vec![remark(
                "prefix/header-limit",
                Severity::Error,
                "too long",
                Some(Span::new(8, u64::MAX)),
            )],
        ),
        Subject::broken("files", "gone.safetensors", "cannot read it\nat all".to_owned()),
        Subject {
            group: "mylib".to_owned(),
            name: "header/utf-8/example-1".to_owned(),
            path: None,
            state: State::Skipped("no time".to_owned()),
            remarks: Vec::new(),
            seconds: None,
        },
    ]
}

fn document(dialect: &Dialect) -> Document<'_> {
    Document { name: "assay check", version: "1.2.3", dialect, subjects: subjects() }
}

#[test]
fn every_format_reads_as_it_should() {
    let dialect = Dialect::edition("0.8").expect("the edition exists");
    let document = document(&dialect);
    let mut sarif = document.to_sarif();
    sarif["runs"][0]["tool"]["driver"]["properties"]["dialect"] = "(a digest)".into();
    insta::assert_snapshot!("sarif", format!("{sarif:#}"));
    insta::assert_snapshot!("junit", document.to_junit().expect("it can be made"));
    insta::assert_snapshot!("github", document.to_github());
    insta::assert_snapshot!("tap", document.to_tap());
}

#[test]
fn hostile_text_begins_no_line_of_its_own() {
    let dialect = Dialect::latest();
    let document = document(&dialect);
    let remarks: usize = document.subjects.iter().map(|subject| subject.remarks.len()).sum();
    assert_eq!(document.to_github().lines().count(), remarks + 1, "and one that is broken");
    let tap = document.to_tap();
    let tests = tap.lines().filter(|line| line.starts_with("ok") || line.starts_with("not ok"));
    assert_eq!(tests.count(), document.subjects.len());
}

#[test]
fn junit_reads_back_as_it_was_written() {
    let dialect = Dialect::latest();
    let text = document(&dialect).to_junit().expect("it can be made");
    let report = quick_junit::Report::deserialize_from_str(&text).expect("it is JUnit");
    let counts: Vec<_> =
        report.test_suites.iter().map(|suite| (suite.tests, suite.failures)).collect();
    assert_eq!(counts, [(4, 2), (1, 0)]);
}

#[test]
fn sarif_has_each_rule_once_and_results_point_at_it() {
    let dialect = Dialect::latest();
    let sarif = document(&dialect).to_sarif();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("there are rules");
    assert_eq!(rules.len(), 3);
    for result in run["results"].as_array().expect("there are results") {
        let index = result["ruleIndex"].as_u64().expect("it has a rule");
        assert_eq!(rules[usize::try_from(index).expect("it is small")]["id"], result["ruleId"]);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}
