//! Findings on the bytes they point at.

use assay_report::diagnostic::{Diagnosis, Excerpt, SHOWN, to_json, to_terminal, wanted};
use assay_spec::{Dialect, Disputed, Finding, OnViolation, Profile, RuleId, Span, Verdict};

use crate::support::{dialect, plain, styled, widest};

/// A file: the prefix that fits the header, the header, the buffer.
fn file(header: &[u8], buffer: &[u8]) -> Vec<u8> {
    let prefix = (header.len() as u64).to_le_bytes();
    [&prefix[..], header, buffer].concat()
}

/// A finding of a rule; its consequence is the rule's.
fn finding(dialect: &Dialect, rule: &str, span: (usize, usize), message: &str) -> Finding {
    let rule = RuleId::new(rule);
    let known = dialect.rule(&rule).map(|rule| rule.on_violation);
    Finding {
        rule,
        on_violation: known.unwrap_or(OnViolation::Reject),
        span: Span { start: span.0 as u64, end: span.1 as u64 },
        message: message.to_owned(),
        tensor: None,
    }
}

fn profile(disputed: Disputed) -> Profile {
    let id = if disputed == Disputed::Accept { "interop" } else { "strict" };
    Profile { id: id.to_owned(), title: String::new(), disputed }
}

/// Judged by an interoperable profile, loaded whole, with the verdict of its findings.
fn diagnose<'a>(
    dialect: &'a Dialect,
    profile: &'a Profile,
    head: &'a [u8],
    findings: &'a [Finding],
) -> Diagnosis<'a> {
    Diagnosis {
        label: "model.safetensors",
        verdict: Verdict::of(findings),
        findings,
        omitted: 0,
        head,
        excerpts: &[],
        file_len: head.len() as u64,
        tensors: 3,
        dialect,
        profile,
        seconds: 0.0123,
    }
}

/// What one finding of a file looks like.
fn rendered(head: &[u8], rule: &str, span: (usize, usize), message: &str) -> String {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let findings = [finding(&dialect, rule, span, message)];
    to_terminal(&diagnose(&dialect, &profile, head, &findings))
}

#[test]
fn bytes_far_behind_are_shown_where_they_were_loaded() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let far = 1_000_000_005;
    let span = Span::new(far, far + 3);
    let mut one = finding(&dialect, "buffer/no-holes", (0, 0), "a hole far behind");
    one.span = span;
    let findings = [one];
    let head = [0; 16];
    let file_len = 2_000_000_000;
    let wanted = wanted(&findings, head.len() as u64, file_len);
    assert_eq!(wanted.len(), 1);
    assert!(wanted[0].start <= span.start && span.end <= wanted[0].end, "{:?}", wanted[0]);
    let excerpts = [Excerpt { start: wanted[0].start, bytes: (0..64).collect() }];
    let shown = Diagnosis {
        file_len,
        excerpts: &excerpts,
        ..diagnose(&dialect, &profile, &head, &findings)
    };
    let text = plain(&to_terminal(&shown));
    assert!(text.contains("3b9aca00"), "{text}");
    assert!(text.contains("[05 06 07]"), "{text}");
}

/// Where the carets stand: what the line above them has in their columns.
fn marked(text: &str) -> String {
    let text = plain(text);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.trim_end_matches('…').ends_with('^')).unwrap();
    let above: Vec<char> = lines[at - 1].chars().collect();
    let columns = lines[at].chars().enumerate().filter(|(_, character)| *character == '^');
    columns.filter_map(|(column, _)| above.get(column)).collect()
}

const HEADER: &[u8] = br#"{"weight":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"weight":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}   "#;

fn at(bytes: &[u8], what: &[u8], nth: usize) -> (usize, usize) {
    let mut all = bytes.windows(what.len()).enumerate().filter(|(_, window)| *window == what);
    let start = all.nth(nth).unwrap().0;
    (start, start + what.len())
}

#[test]
fn a_valid_file_is_one_line() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let bytes = file(HEADER, &[0; 4]);
    let diagnosis = diagnose(&dialect, &profile, &bytes, &[]);
    insta::assert_snapshot!(
        plain(&to_terminal(&diagnosis)),
        @"valid: model.safetensors, 3 tensors, 130 bytes, 12 ms"
    );
    let large = Diagnosis { tensors: 1, file_len: 16_106_127_360, seconds: 75.0, ..diagnosis };
    insta::assert_snapshot!(
        plain(&to_terminal(&large)),
        @"valid: model.safetensors, 1 tensor, 15.0 GiB, 1 min 15 s"
    );
    assert!(large.passes());
}

#[test]
fn advice_on_a_valid_file_is_shown() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let one = finding(&dialect, "buffer/tensor-alignment", (11, 13), "tensor `x` begins at 1");
    let findings = [one.clone(), one];
    let bytes = file(b"{}", &[0; 4]);
    let diagnosis = diagnose(&dialect, &profile, &bytes, &findings);
    assert!(diagnosis.passes());
    insta::assert_snapshot!(plain(&to_terminal(&diagnosis)));
}

#[test]
fn a_span_in_the_header_is_marked_under_its_text() {
    let bytes = file(HEADER, &[0; 4]);
    let span = at(&bytes, b"\"weight\"", 1);
    let text = rendered(&bytes, "header/unique-names", span, "`weight` stands twice");
    insta::assert_snapshot!(plain(&text));
    insta::assert_snapshot!("diagnosis_styled", styled(&text));
    assert_eq!(marked(&text), "\"weight\"");
}

#[test]
fn a_short_header_is_shown_whole() {
    let bytes = file(br#"{"a":1}"#, &[]);
    let text = rendered(&bytes, "header/unique-names", (13, 14), "not an object");
    assert!(plain(&text).contains("   | {\"a\":1}\n"), "{}", plain(&text));
    assert_eq!(marked(&text), "1");
    let all = rendered(&bytes, "header/unique-names", (8, 15), "all of it");
    assert_eq!(marked(&all), "{\"a\":1}");
}

#[test]
fn an_empty_span_is_one_caret() {
    let bytes = file(br#"{"a":{}}"#, &[]);
    let text = rendered(&bytes, "header/unique-names", (14, 14), "a key is missing here");
    insta::assert_snapshot!(plain(&text));
    let end = rendered(&bytes, "header/unique-names", (16, 16), "something is missing at the end");
    insta::assert_snapshot!("diagnosis_empty_span_at_end", plain(&end));
}

#[test]
fn marks_stay_aligned_below_odd_characters() {
    let header =
        "{\"\u{1b}[31m\n\u{202e}e\u{301}\":1,\"ü\":2,\"x\":3, \"and so\":\"on\"}".as_bytes();
    let bytes = file(header, &[]);
    let text = rendered(&bytes, "header/unique-names", at(&bytes, b"\"x\"", 0), "odd");
    insta::assert_snapshot!(plain(&text));
    assert_eq!(marked(&text), "\"x\"");
    assert!(!plain(&text).contains(['\u{1b}', '\u{202e}']));

    // Two characters of two columns each: the carets stand below twice as many.
    let bytes = file("{\"好好\":1,\"x\":2}".as_bytes(), &[]);
    let wide = plain(&rendered(&bytes, "header/unique-names", (9, 17), "wide"));
    assert!(wide.contains("\n   |  ^^^^^^\n"), "{wide}");
}

#[test]
fn one_byte_that_is_no_text_is_escaped_in_place() {
    let bytes = file(b"{\"a\xff\":{\"dtype\":\"U8\"}}", &[]);
    let text = rendered(&bytes, "header/unique-names", (11, 12), "not UTF-8");
    assert_eq!(marked(&text), r"\xff");
}

#[test]
fn a_huge_header_is_cut_on_both_sides() {
    let entry = |number: usize| {
        format!("\"layer.{number}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")
    };
    let entries: Vec<String> = (0..20_000).map(entry).collect();
    let bytes = file(format!("{{{}}}", entries.join(",")).as_bytes(), &[]);
    let span = at(&bytes, b"\"layer.12345\"", 0);
    let text = rendered(&bytes, "header/unique-names", span, "somewhere in the middle");
    insta::assert_snapshot!(plain(&text));
    assert_eq!(marked(&text), "\"layer.12345\"");

    let long = rendered(&bytes, "header/unique-names", (span.0, bytes.len()), "a very long span");
    insta::assert_snapshot!("diagnosis_long_span", plain(&long));
    assert!(widest(&long) <= 110, "{}", widest(&long));
}

#[test]
fn the_prefix_is_shown_in_hexadecimal() {
    let mut bytes = file(b"{}", &[]);
    bytes[..8].fill(0xff);
    let text =
        rendered(&bytes, "prefix/header-limit", (0, 8), "the prefix declares too long a header");
    insta::assert_snapshot!(plain(&text));
    insta::assert_snapshot!("diagnosis_prefix_styled", styled(&text));
}

#[test]
fn the_byte_buffer_is_shown_in_hexadecimal() {
    let buffer: Vec<u8> = (0..200).collect();
    let bytes = file(b"{\"__metadata__\":{}}     ", &buffer);
    for (name, span) in [
        ("within_a_row", (34, 37)),
        ("over_two_rows", (46, 50)),
        ("whole_row", (48, 64)),
        ("long", (34, 230)),
        ("empty", (40, 40)),
        ("end", (232, 232)),
    ] {
        let text = rendered(&bytes, "buffer/no-holes", span, "bytes that belong to no tensor");
        insta::assert_snapshot!(format!("diagnosis_hex_{name}"), plain(&text));
    }
}

#[test]
fn a_header_of_other_bytes_is_shown_in_hexadecimal() {
    let bytes = file(&[0x80, 0x02, 0x7d, 0x71, 0x00, 0x01, 0x02, 0x03], &[]);
    let text = rendered(&bytes, "header/unique-names", (8, 9), "not JSON");
    assert!(plain(&text).contains("[80]02 7d"), "{}", plain(&text));
}

#[test]
fn what_is_past_the_end_is_said_so() {
    let bytes = [1, 2, 3];
    let text = rendered(&bytes, "prefix/header-limit", (3, 8), "the prefix is cut short");
    insta::assert_snapshot!(plain(&text));
    let bytes = file(b"{}", &[7; 4]);
    let text = rendered(&bytes, "buffer/no-holes", (12, 20), "the last tensor is cut short");
    insta::assert_snapshot!("diagnosis_partly_past_the_end", plain(&text));
}

#[test]
fn an_empty_file_is_shown() {
    insta::assert_snapshot!(plain(&rendered(
        &[],
        "prefix/header-limit",
        (0, 8),
        "nothing is there"
    )));
}

#[test]
fn bytes_that_are_not_loaded_are_not_shown() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let bytes = file(b"{}", &[]);
    let mut one = finding(&dialect, "buffer/no-holes", (1_000_000, 1_000_016), "a gap");
    one.tensor = Some("a\nb".to_owned());
    let findings = [one];
    let diagnosis =
        Diagnosis { file_len: 2_000_000, ..diagnose(&dialect, &profile, &bytes, &findings) };
    insta::assert_snapshot!(plain(&to_terminal(&diagnosis)));
}

#[test]
fn a_disputed_file_passes_or_fails_by_profile() {
    let dialect = dialect();
    let bytes = file(b"{}\t\t", &[]);
    let findings =
        [finding(&dialect, "header/padding-is-spaces", (10, 12), "the header is padded with tabs")];
    let interop = profile(Disputed::Accept);
    let diagnosis = diagnose(&dialect, &interop, &bytes, &findings);
    assert!(diagnosis.passes());
    insta::assert_snapshot!(plain(&to_terminal(&diagnosis)));
    let strict = profile(Disputed::Reject);
    let diagnosis = diagnose(&dialect, &strict, &bytes, &findings);
    assert!(!diagnosis.passes());
    insta::assert_snapshot!("diagnosis_either_strict", plain(&to_terminal(&diagnosis)));
}

#[test]
fn a_crowd_of_findings_is_counted_and_errors_come_first() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let bytes = file(HEADER, &[0; 4]);
    let mut findings =
        vec![finding(&dialect, "buffer/tensor-alignment", (8, 9), "unaligned"); 1500];
    findings.push(finding(&dialect, "buffer/no-holes", (125, 127), "a gap"));
    findings.push(finding(&dialect, "header/padding-is-spaces", (122, 125), "odd padding"));
    let diagnosis = Diagnosis { omitted: 1, ..diagnose(&dialect, &profile, &bytes, &findings) };
    let text = plain(&to_terminal(&diagnosis));
    assert!(text.starts_with("error[buffer/no-holes]"), "{text}");
    assert_eq!(text.matches("-->").count(), SHOWN);
    assert_eq!(text.matches("help:").count(), 3);
    let end: Vec<&str> = text.lines().rev().take(6).collect();
    insta::assert_snapshot!(end.into_iter().rev().collect::<Vec<_>>().join("\n"), @"

    and 1,482 more findings:
        1,482  buffer/tensor-alignment
    besides, 1 further finding that was not listed

    invalid: model.safetensors breaks buffer/no-holes; 130 bytes, 12 ms
    ");
}

#[test]
fn a_rule_that_the_dialect_lacks_is_no_obstacle() {
    let text = rendered(&file(b"{}", &[]), "no/such-rule", (8, 9), "something");
    assert!(plain(&text).starts_with("error[no/such-rule]: something\n"));
}

#[test]
fn json_holds_everything() {
    let (dialect, profile) = (dialect(), profile(Disputed::Accept));
    let bytes = file(HEADER, &[0; 4]);
    let findings = [
        finding(&dialect, "header/unique-names", at(&bytes, b"\"weight\"", 1), "it stands twice"),
        finding(&dialect, "no/such-rule", (0, 0), "unknown"),
    ];
    let mut json = to_json(&diagnose(&dialect, &profile, &bytes, &findings));
    assert_eq!(json["dialect"].take(), dialect.digest());
    insta::assert_snapshot!(format!("{json:#}"));
}
