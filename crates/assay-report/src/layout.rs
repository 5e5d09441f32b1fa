//! The bytes of a file with what they are, for `assay inspect --hex`: prefix, header, and
//! the range of each tensor, in the order of the file; findings where they point.

use assay_spec::{Dialect, Finding, OnViolation, Span, TensorView};

use crate::diagnostic::Excerpt;
use crate::listing::shape;
use crate::text::style::{BOLD, DIM, ERROR, NOTE, PLAIN, WARNING, paint};
use crate::text::units::{count, thousands};
use crate::text::visible;
use anstyle::{AnsiColor, Style};

/// Bytes in a row.
pub(crate) const ROW: u64 = 16;
/// Rows that are shown at the beginning of a part, and at its end.
const ROWS: (u64, u64) = (4, 1);
/// Columns that a name may take.
const NAME: usize = 80;
/// Neighbouring tensors have different colours.
const TENSORS: [Style; 2] = [AnsiColor::Cyan.on_default(), AnsiColor::Magenta.on_default()];

/// A file and its parts.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    /// Length of the file in bytes.
    pub file_len: u64,
    /// The parts, in the order of the file.
    pub parts: Vec<Part<'a>>,
    /// What is wrong with the file, in the order of the file.
    pub findings: &'a [Finding],
    /// The loaded bytes; see [`Layout::wanted`].
    pub loaded: Vec<Excerpt>,
    /// Rows to show of each part; `None`: few at its beginning and one at its end.
    pub rows: Option<u64>,
}

/// A run of bytes with one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Which bytes.
    pub span: Span,
    /// What they are.
    pub kind: Kind<'a>,
}

/// What bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// The header length.
    Prefix,
    /// The JSON text, padding included.
    Header,
    /// The contents of a tensor.
    Tensor(&'a TensorView),
    /// Bytes of the buffer that belong to no tensor, or to none that can be told.
    Rest,
}

/// Cuts a file into parts. `tensors` may come in any order; where they overlap, each has a part.
pub fn parts<'a>(
    file_len: u64,
    buffer_start: u64,
    tensors: &'a [TensorView],
    dialect: &Dialect,
) -> Vec<Part<'a>> {
    let prefix = dialect.limit("prefix_bytes").min(file_len);
    let buffer_start = buffer_start.clamp(prefix, file_len);
    let mut parts = vec![Part { span: Span::new(0, prefix), kind: Kind::Prefix }];
    if buffer_start > prefix {
        parts.push(Part { span: Span::new(prefix, buffer_start), kind: Kind::Header });
    }
    let mut tensors: Vec<&TensorView> = tensors.iter().collect();
    tensors.sort_by_key(|tensor| (tensor.contents.start, tensor.contents.end));
    let mut at = buffer_start;
    for tensor in tensors {
        if tensor.contents.start > at {
            parts.push(Part { span: Span::new(at, tensor.contents.start), kind: Kind::Rest });
        }
        parts.push(Part { span: tensor.contents, kind: Kind::Tensor(tensor) });
        at = at.max(tensor.contents.end);
    }
    if file_len > at {
        parts.push(Part { span: Span::new(at, file_len), kind: Kind::Rest });
    }
    parts
}

impl Layout<'_> {
    /// The bytes that are shown, whole rows, for whoever loads them.
    pub fn wanted(&self) -> Vec<Span> {
        self.parts.iter().flat_map(|part| self.shown(part.span)).collect()
    }

    /// What is shown of a part: its beginning and its end.
    pub(crate) fn shown(&self, span: Span) -> Vec<Span> {
        let end = span.end.min(self.file_len);
        let span = Span::new(span.start.min(end), end);
        let (first, last) = self.rows.map_or(ROWS, |rows| (rows, 0));
        let first = span.start.saturating_add(first.saturating_mul(ROW));
        let last = span.end.saturating_sub(last.saturating_mul(ROW));
        if first >= last {
            return vec![span];
        }
        let behind = Span::new(last, span.end);
        let mut shown = vec![Span::new(span.start, first)];
        shown.extend((!behind.is_empty()).then_some(behind));
        shown
    }

    /// For people. Ends with a line end.
    pub fn to_terminal(&self) -> String {
        let mut out = String::new();
        let mut findings = self.findings.iter().peekable();
        let mut tensors = 0;
        for (index, part) in self.parts.iter().enumerate() {
            let style = match part.kind {
                Kind::Prefix => NOTE,
                Kind::Header | Kind::Rest => PLAIN,
                Kind::Tensor(_) => {
                    tensors += 1;
                    TENSORS[tensors % TENSORS.len()]
                }
            };
            out.push_str(&self.heading(part));
            out.push_str(&self.rows(part.span, style));
            let next = self.parts.get(index + 1).map_or(u64::MAX, |next| next.span.start);
            while let Some(finding) = findings.next_if(|finding| finding.span.start < next) {
                out.push_str(&note(finding));
            }
        }
        findings.for_each(|finding| out.push_str(&note(finding)));
        out
    }

    fn heading(&self, part: &Part<'_>) -> String {
        let Part { span, kind } = part;
        let what = match kind {
            Kind::Prefix => "header length".to_owned(),
            Kind::Header => "header".to_owned(),
            Kind::Tensor(tensor) => {
                let name = visible::line(&tensor.name, NAME);
                format!("tensor `{name}` {} {}", tensor.dtype, shape(&tensor.shape))
            }
            Kind::Rest => "belongs to no tensor".to_owned(),
        };
        let bytes = count(span.len(), "byte");
        let past = match span.end.checked_sub(self.file_len).filter(|past| *past > 0) {
            Some(past) => format!(", {} past the end of the file", count(past, "byte")),
            None => String::new(),
        };
        format!("{} {}..{}, {bytes}{past}\n", paint(BOLD, &what), span.start, span.end)
    }

    fn rows(&self, span: Span, style: Style) -> String {
        let mut out = String::new();
        let mut at = span.start;
        for shown in self.shown(span) {
            if shown.start > at {
                let left_out = count(shown.start - at, "byte");
                out.push_str(&format!("{}\n", paint(DIM, &format!("… {left_out} more"))));
            }
            let mut from = shown.start;
            while from < shown.end {
                let to = (from / ROW * ROW + ROW).min(shown.end);
                out.push_str(&self.row(Span::new(from, to), style));
                from = to;
            }
            at = shown.end;
        }
        let end = span.end.min(self.file_len);
        if end > at {
            let left_out = format!("… {} more", count(end - at, "byte"));
            out.push_str(&format!("{}\n", paint(DIM, &left_out)));
        }
        out
    }

    /// `00000010  ff 00 …  ..`, in columns by the place in the file.
    fn row(&self, span: Span, style: Style) -> String {
        let indent = (span.start % ROW) as usize;
        let mut hex = "   ".repeat(indent);
        let mut ascii = " ".repeat(indent);
        for at in span.start..span.end {
            match self.byte(at) {
                Some(byte) => {
                    hex.push_str(&format!(" {byte:02x}"));
                    let shown = if (0x20..0x7f).contains(&byte) { byte as char } else { '.' };
                    ascii.push(shown);
                }
                None => {
                    hex.push_str(" ??");
                    ascii.push('?');
                }
            }
        }
        let pad = "   ".repeat((ROW - span.len()) as usize - indent);
        let offset = paint(DIM, &format!("{:08x} ", span.start / ROW * ROW));
        format!("{offset}{}{pad}  {}\n", paint(style, &hex), paint(style, &ascii))
    }

    pub(crate) fn byte(&self, at: u64) -> Option<u8> {
        // The excerpts lie in the order of the file and do not overlap, but for tensors that do.
        let holds = |excerpt: &&Excerpt| {
            (excerpt.start..excerpt.start.saturating_add(excerpt.bytes.len() as u64)).contains(&at)
        };
        let upto = self.loaded.partition_point(|excerpt| excerpt.start <= at);
        let excerpt = self.loaded[..upto].iter().rev().find(holds)?;
        excerpt.bytes.get(usize::try_from(at - excerpt.start).ok()?).copied()
    }
}

fn note(finding: &Finding) -> String {
    let (style, word) = match finding.on_violation {
        OnViolation::Reject => (ERROR, "error"),
        OnViolation::Either => (WARNING, "disputed"),
        OnViolation::Warn | OnViolation::None => (NOTE, "advice"),
    };
    let head = paint(style, &format!("{word}[{}]", finding.rule));
    let span = finding.span;
    let place = match span.len() {
        0 => format!("at byte {}", thousands(span.start)),
        1 => format!("byte {}", thousands(span.start)),
        _ => format!("bytes {}..{}", span.start, span.end),
    };
    format!("   {} {head} {place}: {}\n", paint(DIM, "^"), visible::line(&finding.message, 300))
}
