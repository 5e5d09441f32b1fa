//! GitHub's workflow commands: a line on standard output becomes an annotation.
//!
//! Of lines and columns a binary file has none, so an annotation stands at the file, and
//! its text says which bytes. What ends a command or a property is escaped as the
//! runner's own toolkit does.

use super::{Document, Remark, Severity, State, Subject};

pub(super) fn render(document: &Document<'_>) -> String {
    let mut out = String::new();
    for subject in &document.subjects {
        if let State::Broken(why) = &subject.state {
            out.push_str(&command("error", subject, "not checked", why));
        }
        for remark in &subject.remarks {
            out.push_str(&command(word(remark.severity), subject, &title(remark), &text(remark)));
        }
    }
    out
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "notice",
    }
}

fn title(remark: &Remark) -> String {
    remark.rule.clone().unwrap_or_else(|| remark.severity.as_str().to_owned())
}

fn text(remark: &Remark) -> String {
    match remark.place() {
        place if place.is_empty() => remark.text(),
        place => format!("{place}: {}", remark.text()),
    }
}

fn command(word: &str, subject: &Subject, title: &str, message: &str) -> String {
    let file = subject.path.as_deref().map(|path| format!("file={},", property(path)));
    let file = file.unwrap_or_default();
    format!("::{word} {file}title={}::{}\n", property(title), data(message))
}

/// The text of a command: a line end would end it. Other control characters would reach
/// the terminal of whoever reads the log.
fn data(text: &str) -> String {
    let shown = |c: char| match c {
        '%' => "%25".to_owned(),
        '\r' => "%0D".to_owned(),
        '\n' => "%0A".to_owned(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A property's value: a colon or a comma would end it as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
