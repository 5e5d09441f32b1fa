//! Headers made to cost as much as possible.

use assay_spec::Verdict;
use assay_validator::{FINDINGS_PER_RULE, Validation, validate};

use crate::support::{file, latest};

fn judge(header: &str) -> Validation {
    validate(&file(header.as_bytes(), 0), latest())
}

fn count(validation: &Validation, rule: &str) -> usize {
    validation.findings.iter().filter(|finding| finding.rule.as_str() == rule).count()
}

#[test]
fn nesting_a_million_deep_is_read() {
    let (open, close) = ("[".repeat(1_000_000), "]".repeat(1_000_000));
    let unclosed = judge(&open);
    assert_eq!(count(&unclosed, "header/json-grammar"), 1);
    let closed = judge(&format!("{open}{close}"));
    assert_eq!(count(&closed, "header/nesting-depth"), 1);
    assert_eq!(count(&closed, "header/root-is-object"), 1);
    let objects = judge(&format!("{}1{}", "{\"\":".repeat(1_000_000), "}".repeat(1_000_000)));
    assert_eq!(count(&objects, "header/nesting-depth"), 1);
}

#[test]
fn a_shape_of_a_million_elements_is_judged() {
    let ones = vec!["1"; 1_000_000].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{ones}],"data_offsets":[0,1]}}}}"#);
    let validation = validate(&file(header.as_bytes(), 1), latest());
    assert_eq!(validation.verdict, Verdict::Either);
    assert_eq!(count(&validation, "shape/rank"), 1);
    assert_eq!(validation.view.unwrap().tensors[0].shape.len(), 1_000_000);
    let minus = vec!["-1"; 1_000_000].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{minus}],"data_offsets":[0,1]}}}}"#);
    let validation = judge(&header);
    assert_eq!(count(&validation, "entry/integer-spelling"), FINDINGS_PER_RULE);
    assert_eq!(validation.omitted, 1_000_000 - FINDINGS_PER_RULE as u64);
}

#[test]
fn duplicate_names_in_great_number_are_counted() {
    let entry = r#""a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
    let validation = judge(&format!("{{{}}}", vec![entry; 100_000].join(",")));
    assert_eq!(count(&validation, "header/unique-names"), FINDINGS_PER_RULE);
    assert_eq!(validation.omitted, 99_999 - FINDINGS_PER_RULE as u64);
    assert_eq!(validation.verdict, Verdict::Invalid);
}

#[test]
fn the_first_faults_are_the_ones_kept() {
    let entries: Vec<String> = (0..3_000).map(|at| format!("\"{at}\":0")).collect();
    let header = format!("{{{}}}", entries.join(","));
    let validation = judge(&header);
    let kept = validation.findings.iter().filter(|f| f.rule.as_str() == "entry/is-object");
    let tensors: Vec<&str> = kept.filter_map(|finding| finding.tensor.as_deref()).collect();
    let expected: Vec<String> = (0..FINDINGS_PER_RULE).map(|at| at.to_string()).collect();
    assert_eq!(tensors, expected);
}

#[test]
fn a_long_name_is_not_repeated_in_every_finding() {
    let name = "n".repeat(1_000_000);
    let bad = vec!["-1"; 5_000].join(",");
    let header = format!(
        r#"{{"{name}":{{"dtype":"{name}","shape":[{bad}],"data_offsets":[0,0],"{name}":1}}}}"#
    );
    let validation = judge(&header);
    assert_eq!(count(&validation, "entry/integer-spelling"), FINDINGS_PER_RULE);
    for finding in &validation.findings {
        assert!(finding.message.len() < 1_000, "{}", finding.message.len());
        assert_eq!(finding.tensor, None);
    }
}

#[test]
fn numbers_of_a_million_digits_are_judged() {
    let digits = "9".repeat(1_000_000);
    let header = format!(
        r#"{{"a":{{"dtype":"U8","shape":[{digits}],"data_offsets":[0,0],"x":{digits},"y":0.{digits}e-99999999999}}}}"#
    );
    let validation = judge(&header);
    assert_eq!(count(&validation, "entry/integer-range"), 1);
    assert_eq!(count(&validation, "header/number-range"), 1);
}

#[test]
fn overlapping_tensors_in_great_number_are_ordered() {
    let entries: Vec<String> = (0..20_000)
        .map(|at| {
            format!(r#""{at}":{{"dtype":"U8","shape":[2],"data_offsets":[{at},{}]}}"#, at + 2)
        })
        .rev()
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let validation = validate(&file(header.as_bytes(), 20_001), latest());
    assert_eq!(count(&validation, "buffer/no-overlaps"), FINDINGS_PER_RULE);
    assert_eq!(validation.omitted, 19_999 - FINDINGS_PER_RULE as u64);
}
