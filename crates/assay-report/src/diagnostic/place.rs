//! Where in a file a span lies.

use assay_spec::Span;

use super::Diagnosis;

/// The parts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Prefix,
    Header,
    Buffer,
    PastEnd,
}

impl Part {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Part::Prefix => "in the prefix",
            Part::Header => "in the header",
            Part::Buffer => "in the byte buffer",
            Part::PastEnd => "past the end of the file",
        }
    }
}

/// Where the header's text lies, in bytes from the start of the file; cut at
/// the end of the file. Empty if the prefix is not whole or not loaded.
pub(super) fn header(diagnosis: &Diagnosis<'_>) -> Span {
    let prefix = diagnosis.dialect.limit("prefix_bytes");
    let bytes = usize::try_from(prefix).ok().and_then(|length| diagnosis.head.get(..length));
    let declared = bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let start = prefix.min(diagnosis.file_len);
    Span::new(start, start.saturating_add(declared).min(diagnosis.file_len))
}

/// The part that a span begins in. An empty span between two parts belongs to
/// the one before it: something is missing there.
pub(super) fn part(diagnosis: &Diagnosis<'_>, span: Span) -> Part {
    let header = header(diagnosis);
    let at = if span.is_empty() { span.start.saturating_sub(1) } else { span.start };
    match at {
        at if at >= diagnosis.file_len => Part::PastEnd,
        at if at < header.start => Part::Prefix,
        at if at < header.end => Part::Header,
        _ => Part::Buffer,
    }
}
