//! Encodings: the header's bytes, and what its strings decode to.

use assay_spec::check::{Encoding, Text};

use crate::facts::Facts;
use crate::judgement::Sink;

/// The two encodings differ only in name for each text: bytes of UTF-8 spell
/// scalar values, and a string of scalar values is one that UTF-8 can spell.
pub(super) fn encoding(of: Text, is: Encoding, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    match (of, is) {
        (Text::Header, Encoding::Utf8 | Encoding::UnicodeScalars) => header_bytes(facts, sink),
        (Text::Strings, Encoding::Utf8 | Encoding::UnicodeScalars) => strings(facts, sink),
    }
}

fn header_bytes(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(span) = facts.bad_utf8() else { return };
    sink.report(span, || {
        let bytes = span.to_range().and_then(|range| facts.head.get(range)).unwrap_or_default();
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("the header is not UTF-8: {} spells no character", hex.join(" ")).into()
    });
}

/// One finding a string, at its first lone surrogate.
fn strings(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let (Some(text), Some(document)) = (facts.text(), facts.document()) else { return };
    for at in document.lone_surrogates() {
        // `\uXXXX`
        let range = *at..*at + 6;
        sink.report(text.span(range.clone()), || {
            let escape = text.slice(range);
            format!("`{escape}` is half a surrogate pair without the other half").into()
        });
    }
}
