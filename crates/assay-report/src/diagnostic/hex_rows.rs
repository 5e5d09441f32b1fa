//! Bytes that are no text: rows of 16 with the marked ones in brackets.

use assay_spec::Span;

use crate::text::style::{DIM, MARK, paint};
use crate::text::units::count;

/// Bytes in a row.
const ROW: usize = 16;
/// Rows that are shown of a long span.
const ROWS: usize = 4;

/// Bytes around a span that are enough to show it, for whoever loads them:
/// whole rows, as many as are shown.
pub(super) fn around(span: Span) -> Span {
    let (row, rows) = (ROW as u64, ROWS as u64);
    let start = span.start / row * row;
    Span::new(start, start.saturating_add(row * rows))
}

/// The rows that hold a span, as lines with line ends, styled. `bytes` are
/// those of the file from `base` on. Empty if the span does not begin in them.
pub(super) fn rows(base: u64, bytes: &[u8], span: Span) -> String {
    let within = |at: u64| at.checked_sub(base).and_then(|at| usize::try_from(at).ok());
    let Some(start) = within(span.start) else { return String::new() };
    // An empty span behind the last byte is shown there.
    if bytes.is_empty() || start > bytes.len() || (start == bytes.len() && !span.is_empty()) {
        return String::new();
    }
    let end = within(span.end).unwrap_or(usize::MAX).min(bytes.len());
    let first = start.min(bytes.len() - 1) / ROW * ROW;
    let last = first.saturating_add(ROW * ROWS).min(bytes.len());
    let mut out = String::new();
    for at in (first..last.min(end.max(start + 1))).step_by(ROW) {
        let shown = &bytes[at..bytes.len().min(at + ROW)];
        out.push_str(&row(base + at as u64, at, shown, start, end));
    }
    let behind = span.end.saturating_sub(base.saturating_add(last as u64));
    if behind > 0 && last - first == ROW * ROWS {
        out.push_str(&format!("{}\n", paint(DIM, &format!("… {}", count(behind, "more byte")))));
    }
    out
}

/// `00000010  ff[00 01]02 …  |....|`: offset in the file, bytes, the same as
/// ASCII. `at`, `start` and `end` count from the first loaded byte.
fn row(offset: u64, at: usize, bytes: &[u8], start: usize, end: usize) -> String {
    let marked = |index: usize| (start..end).contains(&index);
    let mut hex = String::new();
    let mut ascii = String::new();
    for (column, byte) in bytes.iter().enumerate() {
        let index = at + column;
        let (opens, closes) = (index == start, index == end && index > at && start < end);
        hex.push_str(match (opens, closes) {
            _ if opens && start == end => "^",
            (true, _) => "[",
            (_, true) => "]",
            _ => " ",
        });
        let (pair, shown) = (format!("{byte:02x}"), printable(*byte));
        let style = if marked(index) { MARK } else { crate::text::style::PLAIN };
        hex.push_str(&paint(style, &pair));
        ascii.push_str(&paint(style, &shown));
    }
    let behind = at + bytes.len();
    hex.push_str(match () {
        () if start == end && behind == start => "^",
        () if start < behind && at < end && end == behind => "]",
        () => " ",
    });
    let pad = "   ".repeat(ROW - bytes.len());
    format!("{} {hex}{pad}  {ascii}", paint(DIM, &format!("{offset:08x}"))).trim_end().to_owned()
        + "\n"
}

fn printable(byte: u8) -> String {
    let shown = if (0x20..0x7f).contains(&byte) { byte as char } else { '.' };
    shown.to_string()
}
