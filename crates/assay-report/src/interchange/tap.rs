//! The Test Anything Protocol, version 14.

use super::{Document, State, Subject};

pub(super) fn render(document: &Document<'_>) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", document.subjects.len());
    for (index, subject) in document.subjects.iter().enumerate() {
        out.push_str(&line(index + 1, subject));
        for remark in &subject.remarks {
            let rule = remark.rule.as_deref().unwrap_or("-");
            let text = format!("{} {rule}: {}", remark.severity.as_str(), remark.text());
            out.push_str(&format!("# {}\n", one_line(&text)));
        }
    }
    out
}

fn line(number: usize, subject: &Subject) -> String {
    let name = escaped(&format!("{}: {}", subject.group, subject.name));
    match &subject.state {
        State::Passed => format!("ok {number} - {name}\n"),
        State::Failed => format!("not ok {number} - {name}\n"),
        State::Skipped(why) => format!("ok {number} - {name} # SKIP {}\n", one_line(why)),
        State::Broken(why) => {
            format!("not ok {number} - {name}\n# could not be checked: {}\n", one_line(why))
        }
    }
}

/// A `#` would begin a directive, and a backslash an escape.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// Line ends would begin a line of their own, other control characters reach the terminal.
fn one_line(text: &str) -> String {
    let shown =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
