//! The styles of all renderings. None of them is the only carrier of a meaning.

use anstyle::{AnsiColor, Style};

/// What fails.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What passes with a doubt.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Advice and pointers.
pub(crate) const NOTE: Style = AnsiColor::Cyan.on_default();
/// What stands back.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings and names.
pub(crate) const BOLD: Style = Style::new().bold();
/// Marked bytes.
pub(crate) const MARK: Style = AnsiColor::Red.on_default().bold().underline();
/// No styling.
pub(crate) const PLAIN: Style = Style::new();

/// The text between the style's escape sequences.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if style.is_plain() || text.is_empty() {
        text.to_owned()
    } else {
        format!("{style}{text}{style:#}")
    }
}
