//! A trend as a section of GitHub's Markdown.

use super::Trend;
use super::sentence::{label, throughout};
use crate::matrix::Cell;
use crate::matrix::legend::{marks, ratio};
use crate::text::markdown::escape;

/// Columns that a name or a reason may take.
const MOST: usize = 400;

pub(super) fn render(trend: &Trend, all: bool) -> String {
    let mut out = format!("### {}\n\n", escape(&trend.implementation, MOST));
    if !trend.finished {
        out.push_str("**Warning:** The record has no footer: this is no result.\n\n");
    }
    let versions: Vec<String> =
        trend.versions.iter().map(|version| escape(&version.version, MOST)).collect();
    out.push_str(&format!("| rule | {} |\n", versions.join(" | ")));
    out.push_str(&format!("|:--|{}\n", "--:|".repeat(versions.len())));
    for row in trend.shown(all) {
        out.push_str(&line(&label(&row.rule, row.operation), row.cells.iter()));
    }
    out.push_str(&line("all rules", trend.versions.iter().map(|version| &version.total)));
    out.push('\n');
    for step in &trend.steps {
        out.push_str(&format!("* {}\n", escape(&step.in_words(), 2000)));
    }
    if let Some(words) = throughout(trend) {
        out.push_str(&format!("* {}\n", escape(&words, 4000)));
    }
    for (id, reason) in &trend.not_run {
        out.push_str(&format!("* not run: {}: {}\n", escape(id, MOST), escape(reason, MOST)));
    }
    out
}

fn line<'a>(name: &str, cells: impl Iterator<Item = &'a Cell>) -> String {
    let cells: Vec<String> = cells.map(text).collect();
    format!("| {} | {} |\n", escape(name, MOST), cells.join(" | "))
}

fn text(cell: &Cell) -> String {
    let marks: Vec<String> = marks(cell).map(|(_, mark)| mark).collect();
    format!("{} {}", ratio(cell), marks.join(" ")).trim_end().to_owned()
}
