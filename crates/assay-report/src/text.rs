//! What all renderings share: styles, units, hostile text made visible, tables, wrapping.

pub(crate) mod markdown;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod units;
pub(crate) mod visible;

use textwrap::{Options, WordSplitter};

/// Columns of running text where the caller names no width.
pub(crate) const MEASURE: usize = 80;

/// Wraps plain text at words to lines of at most `width` columns. Never empty.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    // Rule ids and names hold hyphens; they are copied, so they stay whole.
    let options = Options::new(width.max(1)).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Wraps plain text behind a label: the first line begins with `label`, the
/// others with as many spaces as it has columns. `label` may carry styling, so
/// its columns are told. Ends with a line end.
pub(crate) fn hang(label: &str, columns: usize, text: &str, width: usize) -> String {
    let mut out = String::new();
    for (at, line) in wrap(text, width.saturating_sub(columns).max(20)).iter().enumerate() {
        let row = if at == 0 { label.to_owned() } else { " ".repeat(columns) };
        out.push_str(format!("{row}{line}").trim_end());
        out.push('\n');
    }
    out
}
