//! Files by hand, and what is expected of them.
//!
//! Headers carry marks: `⟦…⟧` stands for the text between and says that a
//! finding points at it. An expectation is a rule id and a place:
//! `entry/is-object @0` is the first mark (by its opening), `@+0..1` are bytes
//! of the buffer, `@=0..8` bytes of the file.

use std::sync::LazyLock;

use assay_spec::{Dialect, RuleId, Span, Spec};
use assay_validator::{Validation, validate};

/// Advice that most files here draw, and that only its own tests look at.
const DATA_ALIGNMENT: &str = "header/data-alignment";

/// The newest edition, resolved once: that digests the whole spec.
pub(crate) fn latest() -> &'static Dialect {
    static LATEST: LazyLock<Dialect> = LazyLock::new(Dialect::latest);
    &LATEST
}

pub(crate) fn file(header: &[u8], buffer_len: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.resize(file.len() + buffer_len, 0);
    file
}

/// The header without its marks, and the marks as spans of the file.
pub(crate) fn unmark(header: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::<Span>::new(), Vec::new());
    for char in header.chars() {
        let at = 8 + text.len() as u64;
        match char {
            '⟦' => {
                open.push(spans.len());
                spans.push(Span::new(at, at));
            }
            '⟧' => spans[open.pop().expect("a mark is open")].end = at,
            _ => text.push(char),
        }
    }
    (text, spans)
}

/// Judges a marked header with a buffer of so many bytes and compares all findings.
#[track_caller]
pub(crate) fn expect(header: &str, buffer_len: usize, expected: &[&str]) -> Validation {
    expect_under(latest(), header, buffer_len, expected)
}

#[track_caller]
pub(crate) fn expect_under(
    dialect: &Dialect,
    header: &str,
    buffer_len: usize,
    expected: &[&str],
) -> Validation {
    let (text, marks) = unmark(header);
    let bytes = file(text.as_bytes(), buffer_len);
    let start = 8 + text.len() as u64;
    let expected: Vec<(String, Span)> =
        expected.iter().map(|words| place(words, &marks, start)).collect();
    let validation = validate(&bytes, dialect);
    assert_eq!(found(&validation), expected, "{header}\n{:#?}", validation.findings);
    validation
}

/// Rules and spans of all findings but the advice that is not looked at.
pub(crate) fn found(validation: &Validation) -> Vec<(String, Span)> {
    validation
        .findings
        .iter()
        .filter(|finding| finding.rule.as_str() != DATA_ALIGNMENT)
        .map(|finding| (finding.rule.to_string(), finding.span))
        .collect()
}

fn place(words: &str, marks: &[Span], buffer: u64) -> (String, Span) {
    let (rule, place) = words.split_once(" @").expect("rule and place");
    assert!(latest().rule(&RuleId::new(rule)).is_some(), "no rule {rule}");
    let range = |text: &str, base: u64| {
        let (start, end) = text.split_once("..").expect("a range");
        let number = |text: &str| text.parse::<u64>().expect("a number") + base;
        Span::new(number(start), number(end))
    };
    let span = match place.split_at(1) {
        ("+", text) => range(text, buffer),
        ("=", text) => range(text, 0),
        _ => marks[place.parse::<usize>().expect("the number of a mark")],
    };
    (rule.to_owned(), span)
}

/// The latest edition of the embedded spec, changed.
pub(crate) fn changed(change: impl FnOnce(&mut Spec)) -> Dialect {
    let mut spec = Spec::embedded().clone();
    change(&mut spec);
    Dialect::resolve(&spec, latest().name()).expect("the edition stays")
}

/// The latest edition with one rule changed.
pub(crate) fn with_rule(id: &str, change: impl FnOnce(&mut assay_spec::Rule)) -> Dialect {
    changed(|spec| change(spec.rules.iter_mut().find(|rule| rule.id.as_str() == id).expect(id)))
}

/// The latest edition with one check replaced.
pub(crate) fn with_check(id: &str, check: assay_spec::Check) -> Dialect {
    with_rule(id, |rule| rule.check = check)
}

/// The latest edition with another value of a limit.
pub(crate) fn with_limit(name: &str, value: u64) -> Dialect {
    changed(|spec| spec.tables.limits.get_mut(name).expect(name).value = value)
}
