//! The matrix as a document of GitHub's Markdown.

use super::legend::{NO_BREAK, heading, marks, ratio, sentences, warnings, weaker};
use super::{Cell, Matrix, Row};
use crate::text::markdown::escape;

/// Columns that a name or a reason may take.
const MOST: usize = 400;

pub(super) fn render(matrix: &Matrix) -> String {
    let mut out = format!("{}.\n", escape(&heading(matrix), MOST));
    for warning in warnings(matrix) {
        out.push_str(&format!("\n**Warning:** {}\n", escape(&warning, MOST)));
    }
    if !matrix.rows.is_empty() {
        let areas: Vec<String> = matrix.areas.iter().map(|area| escape(area, MOST)).collect();
        let columns = areas.len() + 1;
        out.push_str(&format!("\n| implementation | version | {} |\n", with_total(&areas)));
        out.push_str(&format!("|:--|:--|{}\n", "--:|".repeat(columns)));
        out.extend(matrix.rows.iter().map(render_row));
        out.push('\n');
        out.push_str(&sentences(matrix).join(".  \n").replace(NO_BREAK, " "));
        out.push_str(".\n");
        if let Some(weaker) = weaker(matrix) {
            out.push_str(&format!("\n{}.\n", escape(&weaker, MOST)));
        }
    }
    if !matrix.not_run.is_empty() {
        out.push_str("\nNot run:\n\n");
        for line in &matrix.not_run {
            let (id, reason) = (escape(&line.id, MOST), escape(&line.reason, MOST));
            out.push_str(&format!("* {id}: {reason}\n"));
        }
    }
    out
}

fn render_row(row: &Row) -> String {
    let cells: Vec<String> = row.cells.iter().chain([&row.total]).map(render_cell).collect();
    let version = row.version.as_deref().map(|version| escape(version, MOST)).unwrap_or_default();
    format!("| {} | {version} | {} |\n", escape(&row.id, MOST), cells.join(" | "))
}

fn render_cell(cell: &Cell) -> String {
    let marks: Vec<String> = marks(cell).map(|(_, mark)| mark).collect();
    format!("{} {}", ratio(cell), marks.join(" ")).trim_end().to_owned()
}

fn with_total(areas: &[String]) -> String {
    areas.iter().map(String::as_str).chain(["total"]).collect::<Vec<_>>().join(" | ")
}
