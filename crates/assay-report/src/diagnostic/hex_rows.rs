//! Bytes that are no text: rows of 16 with the marked ones in brackets.

use assay_spec::Span;

use crate::text::style::{DIM, MARK, paint};
use crate::text::units::count;

/// Bytes in a row.
const ROW: usize = 16;
/// Rows that are shown of a long span.
const ROWS: usize = 4;

/// The rows that hold a span, as lines with line ends, styled. Empty if the
/// span lies outside the loaded bytes.
pub(super) fn rows(head: &[u8], span: Span) -> String {
    let Ok(start) = usize::try_from(span.start) else { return String::new() };
    // An empty span behind the last byte is shown there.
    if head.is_empty() || start > head.len() || (start == head.len() && !span.is_empty()) {
        return String::new();
    }
    let end = usize::try_from(span.end).unwrap_or(usize::MAX).min(head.len());
    let first = start.min(head.len() - 1) / ROW * ROW;
    let last = first.saturating_add(ROW * ROWS).min(head.len());
    let mut out = String::new();
    for at in (first..last.min(end.max(start + 1))).step_by(ROW) {
        out.push_str(&row(at, &head[at..head.len().min(at + ROW)], start, end));
    }
    if end > last {
        let more = format!("… {}", count((end - last) as u64, "more byte"));
        out.push_str(&format!("{}\n", paint(DIM, &more)));
    }
    out
}

/// `00000010  ff[00 01]02 …  |....|`: offset, bytes, the same as ASCII.
fn row(at: usize, bytes: &[u8], start: usize, end: usize) -> String {
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
    format!("{} {hex}{pad}  {ascii}", paint(DIM, &format!("{at:08x}"))).trim_end().to_owned() + "\n"
}

fn printable(byte: u8) -> String {
    let shown = if (0x20..0x7f).contains(&byte) { byte as char } else { '.' };
    shown.to_string()
}
