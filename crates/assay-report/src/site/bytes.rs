//! The bytes of a file as rows, each part of the file in its colour, findings marked.

use assay_spec::Span;
use maud::{Markup, html};

use crate::layout::{Kind, Layout, ROW};
use crate::listing::shape;
use crate::text::units::count;
use crate::text::visible;

/// Columns that a name may take.
const NAME: usize = 60;
/// How many colours tensors have.
const COLOURS: usize = 4;

/// All parts of a layout, in the order of the file.
pub(super) fn rows(layout: &Layout<'_>) -> Markup {
    let mut tensors = 0;
    let mut parts = Vec::new();
    for part in &layout.parts {
        let (class, what) = match &part.kind {
            Kind::Prefix => ("p".to_owned(), "header length".to_owned()),
            Kind::Header => ("h".to_owned(), "header".to_owned()),
            Kind::Rest => ("r".to_owned(), "belongs to no tensor".to_owned()),
            Kind::Tensor(tensor) => {
                tensors += 1;
                let what = format!(
                    "tensor {} {} {}",
                    visible::line(&tensor.name, NAME),
                    tensor.dtype,
                    shape(&tensor.shape)
                );
                (format!("t{}", tensors % COLOURS), what)
            }
        };
        parts.push((part.span, class, what));
    }
    html! {
        pre.hex tabindex="0" {
            @for (span, class, what) in &parts {
                b.(class) { (what) } span.at { "  " (span.start) ".." (span.end) ", " (count(span.len(), "byte")) } "\n"
                (part(layout, *span, class))
            }
        }
    }
}

fn part(layout: &Layout<'_>, span: Span, class: &str) -> Markup {
    let mut rows = Vec::new();
    let mut at = span.start;
    for shown in layout.shown(span) {
        if shown.start > at {
            rows.push(left_out(shown.start - at));
        }
        let mut from = shown.start;
        while from < shown.end {
            let to = (from / ROW * ROW + ROW).min(shown.end);
            rows.push(row(layout, Span::new(from, to), class));
            from = to;
        }
        at = shown.end.max(at);
    }
    let end = span.end.min(layout.file_len);
    if end > at {
        rows.push(left_out(end - at));
    }
    html! { @for row in rows { (row) "\n" } }
}

fn left_out(bytes: u64) -> Markup {
    html! { span.at { "          … " (count(bytes, "byte")) " more" } }
}

/// A row: its place, hexadecimal, text. Runs of bytes that findings point at are marked.
fn row(layout: &Layout<'_>, span: Span, class: &str) -> Markup {
    let indent = (span.start % ROW) as usize;
    let pad = (ROW - span.len()) as usize - indent;
    let marked =
        |at: u64| layout.findings.iter().any(|one| (one.span.start..one.span.end).contains(&at));
    let mut runs: Vec<(bool, Vec<u64>)> = Vec::new();
    for at in span.start..span.end {
        match runs.last_mut().filter(|(is, _)| *is == marked(at)) {
            Some((_, run)) => run.push(at),
            None => runs.push((marked(at), vec![at])),
        }
    }
    let hex =
        |at: &u64| layout.byte(*at).map_or_else(|| "??".to_owned(), |byte| format!("{byte:02x}"));
    let text = |at: &u64| match layout.byte(*at) {
        Some(byte @ 0x20..0x7f) => char::from(byte),
        Some(_) => '.',
        None => '?',
    };
    html! {
        span.at { (format!("{:08x}  ", span.start / ROW * ROW)) }
        ("   ".repeat(indent))
        span.(class) {
            @for (is_marked, run) in &runs {
                @let hex: Vec<String> = run.iter().map(hex).collect();
                @if *is_marked { mark { (hex.join(" ")) } " " } @else { (hex.join(" ")) " " }
            }
            ("   ".repeat(pad)) " " (" ".repeat(indent))
            @for (is_marked, run) in &runs {
                @let text: String = run.iter().map(text).collect();
                @if *is_marked { mark { (text) } } @else { (text) }
            }
        }
    }
}
