//! `assay explain`: one rule on a page, for people.

use assay_spec::export::check_in_words;
use assay_spec::lint::Lint;
use assay_spec::{Example, OnViolation, Rule, Source, Stance, Subject, Tables, Verdict};

use crate::serious::risk_words;
use crate::text::style::{BOLD, DIM, ERROR, GOOD, NOTE, WARNING, paint};
use crate::text::{MEASURE, hang, markdown};

/// The columns of the labels.
const LABEL: usize = 13;

/// A document of Markdown for a terminal: the text of a proposal.
pub fn document(text: &str, width: usize) -> String {
    markdown::to_terminal(text, width.min(MEASURE))
}

/// The page of a rule: requirement, consequence, check, sources, risk, prose,
/// examples. `tables` are those of the rule's spec: they say what its limits are.
pub fn rule(rule: &Rule, tables: &Tables) -> String {
    let mut out = hang("", 0, &rule.title, MEASURE)
        .lines()
        .fold(String::new(), |out, line| format!("{out}{}\n", paint(BOLD, line)));
    let level =
        format!("{}, since edition {}, binds {}", rule.level, rule.since, subject(rule.subject));
    out.push_str(&format!("{}  {level}\n\n", paint(NOTE, rule.id.as_str())));
    out.push_str(&field("consequence", consequence(rule.on_violation)));
    out.push_str(&field("check", &check_in_words(&rule.check, tables)));
    out.push_str(&field("advice", &rule.advice));
    if let Some(risk) = &rule.risk {
        out.push_str(&field("risk", &format!("{}: {}", risk_words(risk.kind), risk.effect)));
    }
    if !rule.depends.is_empty() {
        let ids: Vec<&str> = rule.depends.iter().map(|id| id.as_str()).collect();
        let text = format!("not judged where one of these is broken: {}", ids.join(", "));
        out.push_str(&field("depends on", &text));
    }
    out.push_str(&format!("\n{}{}\n", paint(BOLD, "Sources"), disputed(rule)));
    out.extend(rule.sources.iter().map(source));
    let prose = markdown::to_terminal(&rule.prose, MEASURE);
    if !prose.is_empty() {
        out.push_str(&format!("\n{prose}"));
    }
    if !rule.examples.is_empty() {
        out.push_str(&format!("\n{}\n", paint(BOLD, "Examples")));
        out.extend(rule.examples.iter().map(example));
    }
    out
}

/// A disputed rule in short: what it says, what becomes of a file that breaks
/// it, and who says what.
pub fn dispute(rule: &Rule) -> String {
    let id = rule.id.as_str();
    let mut out = format!("{}  {}\n", paint(NOTE, id), rule.level);
    out.push_str(&hang("  ", 2, &rule.title, MEASURE));
    out.push_str(&hang("  ", 2, consequence(rule.on_violation), MEASURE));
    out.extend(rule.sources.iter().map(source));
    out
}

/// The page of a lint: what is as it should be, why, what to do, how to look for it.
pub fn lint(lint: &Lint) -> String {
    let mut out = format!("{}\n{}\n\n", paint(BOLD, &lint.title), paint(NOTE, lint.id.as_str()));
    out.push_str(&field(
        "consequence",
        "none: a lint is no rule of the format, and no reader minds",
    ));
    out.push_str(&field("why", &lint.why));
    out.push_str(&field("advice", &lint.advice));
    let option = if lint.check.needs_contents() { "--deep" } else { "--advice" };
    out.push_str(&field("looked for", &format!("by assay check {option}")));
    out
}

fn field(name: &str, text: &str) -> String {
    let label = format!("{}{}", paint(DIM, name), " ".repeat(LABEL.saturating_sub(name.len())));
    hang(&label, LABEL, text, MEASURE)
}

fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::File => "files",
        Subject::Reader => "readers",
        Subject::Writer => "writers",
    }
}

fn consequence(on_violation: OnViolation) -> &'static str {
    match on_violation {
        OnViolation::Reject => "a file that breaks it is invalid; every reader must refuse it",
        OnViolation::Either => "a file that breaks it is disputed; readers may refuse or accept it",
        OnViolation::Warn => "a file that breaks it is valid; tools may advise against it",
        OnViolation::None => "no file can break it; it shows in what software does",
    }
}

fn disputed(rule: &Rule) -> String {
    let text = if rule.is_disputed() { "  they disagree" } else { "" };
    paint(WARNING, text)
}

/// `  stricter  schema (at …): what it says`
fn source(source: &Source) -> String {
    let (word, style) = match source.says {
        Stance::Agrees => ("agrees", GOOD),
        Stance::Laxer => ("laxer", WARNING),
        Stance::Stricter => ("stricter", WARNING),
        Stance::Varies => ("varies", WARNING),
        Stance::Silent => ("silent", DIM),
    };
    let mut text = source.doc.clone();
    if let Some(at) = &source.at {
        text.push_str(&format!(", {at}"));
    }
    if let Some(says) = &source.text {
        text.push_str(&format!(": {says}"));
    }
    let label = format!("  {}{}", paint(style, word), " ".repeat(LABEL - 2 - word.len()));
    hang(&label, LABEL, &text, MEASURE)
}

/// The header as the page writes it, so that it can be copied: never wrapped.
fn example(example: &Example) -> String {
    let (word, style) = match example.verdict {
        Verdict::Valid => ("valid", GOOD),
        Verdict::Invalid => ("invalid", ERROR),
        Verdict::Either => ("either", WARNING),
    };
    let mut out =
        hang(&format!("  {}  ", paint(style, word)), 4 + word.len(), &example.title, MEASURE);
    if let Some(prefix) = example.prefix {
        out.push_str(&format!("    the prefix declares a header of {prefix} bytes\n"));
    }
    if let Some(bytes) = &example.prefix_bytes {
        out.push_str(&format!("    the file begins with the bytes {bytes}\n"));
    }
    if let Some(pad) = example.pad {
        out.push_str(&format!("    spaces extend the header to {pad} bytes\n"));
    }
    out.extend(example.header.lines().map(|line| format!("    {line}\n")));
    if !example.data.is_empty() {
        let pairs: Vec<String> = example
            .data
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned())
            .collect();
        let label = format!("    {} ", paint(DIM, "|"));
        out.extend(pairs.chunks(24).map(|row| format!("{label}{}\n", row.join(" "))));
    }
    out
}
