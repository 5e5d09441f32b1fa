//! One finding: what, where, the bytes, what to do.

use assay_spec::{Finding, Span};

use super::place::{Part, header, part};
use super::window::{Window, window};
use super::{About, Diagnosis, Severity, hex_rows};
use crate::text::style::{BOLD, DIM, ERROR, MARK, NOTE, WARNING, paint};
use crate::text::units::count;
use crate::text::{hang, visible};

/// Columns that a line may take.
const WIDTH: usize = 100;
/// Columns that a message may take on several lines.
const MESSAGE: usize = 1000;
/// Columns that a label or a tensor's name may take.
const NAME: usize = 80;

/// `first` says whether this is the first finding of its rule: advice is given once.
pub(super) fn render(diagnosis: &Diagnosis<'_>, finding: &Finding, first: bool) -> String {
    let severity = diagnosis.severity(finding);
    let style = match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Advice => NOTE,
    };
    let name = format!("{}[{}]", severity.as_str(), visible::line(finding.rule.as_str(), NAME));
    let mut out = format!("{}: {}\n", paint(style, &name), paint(BOLD, &message(finding)));
    // Spans can be built with any two numbers.
    let span = Span::new(finding.span.start, finding.span.end);
    out.push_str(&location(diagnosis, span, finding.tensor.as_deref()));
    out.push_str(&excerpt(diagnosis, span));
    if first {
        out.push_str(&help(diagnosis, finding));
    }
    out
}

fn message(finding: &Finding) -> String {
    visible::line(&finding.message, MESSAGE)
}

/// Positions stand without separators, to be copied.
///
/// `  --> model.safetensors: bytes 8..12 (0x8..0xc), 4 bytes in the header, tensor "a"`
fn location(diagnosis: &Diagnosis<'_>, span: Span, tensor: Option<&str>) -> String {
    let label = visible::line(diagnosis.label, NAME);
    let bytes = match span.len() {
        0 => format!("at byte {} ({:#x})", span.start, span.start),
        1 => format!("byte {} ({:#x})", span.start, span.start),
        length => {
            let bytes = count(length, "byte");
            format!("bytes {}..{} ({span}), {bytes}", span.start, span.end)
        }
    };
    let mut text = format!("{label}: {bytes} {}", part(diagnosis, span).as_str());
    if let Some(past) = span.end.checked_sub(diagnosis.file_len).filter(|past| *past > 0) {
        if span.start < diagnosis.file_len {
            text.push_str(&format!(" and {} past the end of the file", count(past, "byte")));
        } else {
            text.push_str(&match diagnosis.file_len {
                0 => ", which is empty".to_owned(),
                length => format!(", which ends at byte {length}"),
            });
        }
    }
    if let Some(tensor) = tensor {
        text.push_str(&format!(", tensor `{}`", visible::line(tensor, NAME)));
    }
    format!("  {} {text}\n", paint(NOTE, "-->"))
}

/// The bytes of the span with their surroundings, if they are loaded.
fn excerpt(diagnosis: &Diagnosis<'_>, span: Span) -> String {
    let (text, span) = match part(diagnosis, span) {
        Part::Header => (window(diagnosis.head, header(diagnosis), span), span),
        Part::Prefix | Part::Buffer => (None, span),
        // Nothing is there; what is shown is where the file ends.
        Part::PastEnd => (None, Span::new(diagnosis.file_len, diagnosis.file_len)),
    };
    let gutter = paint(DIM, "   |");
    let lines = match text {
        Some(Window { text, indent, carets, cut }) => {
            let carets = paint(MARK_CARETS, &"^".repeat(carets));
            let more = if cut { "…" } else { "" };
            format!("{text}\n{}{carets}{more}\n", " ".repeat(indent))
        }
        None => {
            let (base, bytes) = diagnosis.loaded(span);
            hex_rows::rows(base, bytes, span)
        }
    };
    lines.lines().map(|line| format!("{gutter} {line}\n")).collect()
}

/// Carets are marks themselves; underlined ones would be marked twice.
const MARK_CARETS: anstyle::Style = MARK.effects(anstyle::Effects::BOLD);

fn help(diagnosis: &Diagnosis<'_>, finding: &Finding) -> String {
    let Some(about) = About::of(&finding.rule, diagnosis.dialect) else { return String::new() };
    let label = |word: &str| format!("   {} {}: ", paint(DIM, "="), paint(NOTE, word));
    let (what, title) = match about.level {
        Some(level) => ("rule", format!("{} ({level})", about.title)),
        None => ("lint", about.title.to_owned()),
    };
    let mut out = hang(&label(what), 11, &title, WIDTH);
    out.push_str(&hang(&label("help"), 11, about.advice, WIDTH));
    out.push_str(&format!("{}assay explain {}\n", label("more"), finding.rule));
    out
}
