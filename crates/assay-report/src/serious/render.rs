//! Serious findings as text, Markdown and JSON.

use assay_spec::{Risk, RiskKind};
use serde_json::{Value, json};

use super::{Kind, Seen, Serious};
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, ERROR, WARNING, paint};
use crate::text::units::{count, list};
use crate::text::{MEASURE, hang, visible};

/// Columns that words of implementations may take.
const DETAIL: usize = 300;
/// Columns that an id may take.
const NAME: usize = 120;

pub(super) fn to_terminal(serious: &[Serious], width: Option<usize>) -> String {
    if serious.is_empty() {
        return "Nothing serious was found.\n".to_owned();
    }
    let width = width.unwrap_or(MEASURE).min(100);
    let digits = serious.len().to_string().len();
    let mut out = String::new();
    for (at, one) in serious.iter().enumerate() {
        let number = format!("{:>digits$}. ", at + 1);
        let indent = number.len();
        let style = if one.kind <= Kind::FalseAccept { ERROR } else { WARNING };
        let kind = words(one.kind);
        let head = match one.kind {
            // Who sees what is listed below it.
            Kind::SplitView => one.rule.clone(),
            _ => format!("{}, {}", list(&one.implementations), one.rule),
        };
        let label = format!("{number}{}: ", paint(style, kind));
        let columns = indent + kind.len() + 2;
        out.push_str(&hang(&label, columns, &visible::line(&head, DETAIL), width));
        for (name, text) in lines(one) {
            let name = format!("{name}: ");
            let label = format!("{}{}", " ".repeat(indent), paint(BOLD, &name));
            out.push_str(&hang(&label, indent + name.len(), &visible::line(&text, DETAIL), width));
        }
    }
    out
}

pub(super) fn to_markdown(serious: &[Serious]) -> String {
    if serious.is_empty() {
        return "Nothing serious was found.\n".to_owned();
    }
    let mut out = String::new();
    for (at, one) in serious.iter().enumerate() {
        let number = format!("{}. ", at + 1);
        let who = match one.kind {
            Kind::SplitView => String::new(),
            _ => format!(" {},", escape(&list(&one.implementations), DETAIL)),
        };
        let rule = code(&one.rule, NAME);
        out.push_str(&format!("{number}**{}**:{who} {rule}\n", words(one.kind)));
        for (name, text) in lines(one) {
            out.push_str(&" ".repeat(number.len()));
            out.push_str(&format!("* {name}: {}\n", escape(&text, DETAIL)));
        }
    }
    out
}

pub(super) fn to_json(serious: &[Serious]) -> Value {
    let view = |seen: &Seen| json!({ "view": seen.view, "right": seen.right, "implementations": seen.implementations });
    let one = |one: &Serious| {
        json!({
            "kind": one.kind.as_str(), "implementations": one.implementations,
            "rule": one.rule, "title": one.title, "level": one.level, "risk": one.risk,
            "example": one.example, "cases": one.cases, "detail": one.detail,
            "views": one.views.iter().map(view).collect::<Vec<_>>(),
        })
    };
    Value::Array(serious.iter().map(one).collect())
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Misread => "misread",
        Kind::SplitView => "split view",
        Kind::Crash => "crash",
        Kind::Hang => "hang",
        Kind::OutOfMemory => "out of memory",
        Kind::FalseAccept => "false accept",
        Kind::BrokenRelation => "broken relation",
        Kind::FalseReject => "false reject",
        Kind::Degraded => "degraded",
        Kind::ProtocolError => "protocol error",
    }
}

/// The lines below the first: a name and a text each.
fn lines(one: &Serious) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(title) = &one.title {
        let level = one.level.map(|level| format!(" ({level})")).unwrap_or_default();
        lines.push(("rule", format!("{title}{level}")));
    }
    let others = match one.cases {
        0 | 1 => String::new(),
        cases => format!(", one of {}", count(cases, "case")),
    };
    lines.push(("case", format!("{}{others}", one.example)));
    if let Some(detail) = &one.detail {
        lines.push(("what", detail.clone()));
    }
    for seen in &one.views {
        let name = if seen.right { "right view" } else { "other view" };
        let digest = seen.view.as_deref().filter(|_| !seen.right).map(short).unwrap_or_default();
        lines.push((name, format!("{}{digest}", list(&seen.implementations))));
    }
    if let Some(Risk { kind, effect }) = &one.risk {
        lines.push(("risk", format!("{}: {effect}", risk_words(*kind))));
    }
    lines
}

/// A class of fault, in words.
pub(crate) fn risk_words(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::MemorySafety => "memory safety",
        RiskKind::DenialOfService => "denial of service",
        RiskKind::SplitView => "split view",
        RiskKind::Polyglot => "polyglot file",
        RiskKind::DataLoss => "data loss",
        RiskKind::Interoperability => "interoperability",
    }
}

/// Enough of a digest to tell views apart: of the contents, and of the metadata behind a `+`.
fn short(digest: &str) -> String {
    let parts = digest.split('+').map(|part| part.chars().take(8).collect::<String>());
    format!(" ({})", parts.collect::<Vec<_>>().join("+"))
}
