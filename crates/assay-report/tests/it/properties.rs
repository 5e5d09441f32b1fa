//! Whatever the bytes, spans and names: rendering ends, and shows nothing that
//! drives a terminal.

use assay_protocol::record::Outcome;
use assay_report::diagnostic::{Diagnosis, to_json, to_terminal};
use assay_report::matrix::matrix;
use assay_report::serious::{self, most_serious};
use assay_spec::{Dialect, Finding, OnViolation, RuleId, Span, Verdict};
use proptest::prelude::*;

use crate::support::{Lines, dialect, plain};

/// Positions near the ends of small files, and far beyond.
fn position() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..400_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

/// Text of any bytes, of JSON, and of odd characters.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "[ -~]{0,300}".prop_map(String::into_bytes),
        "\\PC{0,150}".prop_map(String::into_bytes),
        any::<String>().prop_map(String::into_bytes),
    ]
}

fn finding() -> impl Strategy<Value = Finding> {
    let rule = prop_oneof![Just("buffer/no-holes"), Just("header/padding-is-spaces"), Just("")];
    (rule, position(), position(), any::<String>(), any::<Option<String>>(), 0..4_usize).prop_map(
        |(rule, start, end, message, tensor, consequence)| Finding {
            rule: RuleId::new(rule),
            on_violation: [
                OnViolation::Reject,
                OnViolation::Either,
                OnViolation::Warn,
                OnViolation::None,
            ][consequence],
            // Deliberately not always in order.
            span: Span { start, end },
            message,
            tensor,
        },
    )
}

/// Whether text is free of everything that moves the cursor or hides text.
fn is_tame(text: &str) -> bool {
    let odd = |character: char| {
        (character.is_control() && character != '\n')
            || ('\u{200b}'..='\u{200f}').contains(&character)
            || ('\u{202a}'..='\u{202e}').contains(&character)
    };
    !text.contains(odd)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_finding_renders(
        declared in prop_oneof![4 => Just(None), 1 => any::<u64>().prop_map(Some)],
        header in text(),
        buffer in text(),
        loaded in 0..500_usize,
        unloaded in prop_oneof![Just(0), position()],
        findings in proptest::collection::vec(finding(), 0..30),
        label in any::<String>(),
        numbers in (prop_oneof![Just(0), any::<u64>()], any::<u64>(), any::<f64>()),
    ) {
        let dialect: Dialect = dialect();
        let prefix = declared.unwrap_or(header.len() as u64).to_le_bytes();
        let mut head = [&prefix[..], &header, &buffer].concat();
        let file_len = (head.len() as u64).saturating_add(unloaded);
        head.truncate(loaded);
        let diagnosis = Diagnosis {
            label: &label,
            verdict: Verdict::of(&findings),
            findings: &findings,
            omitted: numbers.0,
            head: &head,
            excerpts: &[],
            file_len,
            tensors: numbers.1,
            dialect: &dialect,
            profile: dialect.profile("strict").unwrap(),
            seconds: numbers.2,
        };
        let text = plain(&to_terminal(&diagnosis));
        prop_assert!(is_tame(&text), "{text:?}");
        prop_assert!(text.ends_with('\n'));
        prop_assert_eq!(to_json(&diagnosis)["findings"].as_array().unwrap().len(), findings.len());
        if findings.is_empty() && diagnosis.omitted == 0 {
            prop_assert_eq!(text.lines().count(), 1);
        }
    }

    #[test]
    fn carets_stand_below_the_span(header in "[a-z\u{e0}-\u{f6}好]{1,200}", from in 0..200_usize, count in 1..20_usize) {
        let characters: Vec<char> = header.chars().collect();
        let from = from % characters.len();
        let span: String = characters[from..].iter().take(count).collect();
        let start = 8 + characters[..from].iter().map(|c| c.len_utf8()).sum::<usize>();
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        let dialect = dialect();
        let findings = [Finding {
            rule: RuleId::new("header/unique-names"),
            on_violation: OnViolation::Reject,
            span: Span::new(start as u64, (start + span.len()) as u64),
            message: String::new(),
            tensor: None,
        }];
        let diagnosis = Diagnosis {
            label: "",
            verdict: Verdict::Invalid,
            findings: &findings,
            omitted: 0,
            head: &bytes,
            excerpts: &[],
            file_len: bytes.len() as u64,
            tensors: 0,
            dialect: &dialect,
            profile: dialect.profile("strict").unwrap(),
            seconds: 0.0,
        };
        let text = plain(&to_terminal(&diagnosis));
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.ends_with('^')).unwrap();
        // Columns of these characters: two for the wide one.
        let width = |c: char| if c == '好' { 2 } else { 1 };
        let (left, carets) = lines[at].split_at(lines[at].find('^').unwrap());
        let mut column = 0;
        let mut marked = String::new();
        for character in lines[at - 1].chars() {
            if column >= left.len() && column < left.len() + carets.len() {
                marked.push(character);
            }
            column += width(character);
        }
        prop_assert_eq!(marked, span);
        prop_assert!(column <= 100);
    }

    #[test]
    fn any_record_renders(
        names in proptest::collection::vec(any::<String>(), 1..6),
        results in proptest::collection::vec((0..6_usize, any::<String>(), 0..12_usize, any::<String>()), 0..40),
        width in proptest::option::of(0..200_usize),
    ) {
        let mut lines = Lines::new(100);
        let mut known = std::collections::HashSet::new();
        for name in &names {
            if known.insert(name) {
                lines = lines.ran(name);
            }
        }
        for (number, (at, case, outcome, words)) in results.iter().enumerate() {
            let name = &names[at % names.len()];
            let case = format!("{case}/{number}");
            lines = lines.result(name, &case, Outcome::ALL[*outcome]).view(words).detail(words);
        }
        let record = lines.finish().record();
        let matrix = matrix(&record);
        let worst = most_serious(&record, &dialect(), 10);
        for text in [
            plain(&matrix.to_terminal(width)),
            matrix.to_markdown(),
            plain(&serious::to_terminal(&worst, width)),
            serious::to_markdown(&worst),
        ] {
            prop_assert!(is_tame(&text), "{text:?}");
        }
        let executed: u64 = matrix.rows.iter().map(|row| row.total.executed()).sum();
        let expected = results.iter().filter(|(_, _, outcome, _)| {
            let outcome = Outcome::ALL[*outcome];
            outcome.is_bad() || outcome == Outcome::Same
        });
        prop_assert_eq!(executed, expected.count() as u64);
        prop_assert!(worst.len() <= 10);
    }
}
