//! Text in the metadata that looks like something that does not belong there.

use assay_spec::lint::{Lint, Pattern};
use assay_spec::{Finding, Span};

use super::{Head, finding};

/// A finding for each key whose text has a pattern, by the first pattern that it has.
///
/// What must not be shown is not pointed at either: whoever shows a finding shows the bytes
/// that it points at.
pub(super) fn text<'a>(
    lint: &'a Lint,
    hide: bool,
    patterns: &'a [Pattern],
    file: &'a Head<'_>,
) -> impl Iterator<Item = Finding> + 'a {
    let pairs = file.view.metadata.iter().flatten();
    pairs.filter_map(move |(key, value)| {
        let (pattern, found) = patterns.iter().find_map(|pattern| {
            let piece =
                |text: &'a str| pattern.find(text).map(|(start, end)| (pattern, &text[start..end]));
            piece(value).or_else(|| piece(key))
        })?;
        let shown: String = key.chars().take(60).collect();
        if hide {
            let begins = &pattern.begins;
            let message =
                format!("the metadata holds {} (`{begins}…`) under `{shown}`", pattern.name);
            return Some(finding(lint, file.prefix(), message, None));
        }
        let message = format!("the metadata names {} under `{shown}`", pattern.name);
        Some(finding(lint, place(found, file), message, None))
    })
}

/// Where a text stands in the header, if it stands there as it is, without escapes.
fn place(found: &str, file: &Head<'_>) -> Span {
    let needle = found.as_bytes();
    let at = file.bytes.windows(needle.len().max(1)).position(|window| window == needle);
    at.map_or(file.prefix(), |at| Span::new(at as u64, (at + needle.len()) as u64))
}
