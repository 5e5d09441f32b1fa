//! The matrix for terminals: the widest of several layouts that fits.

use anstyle::Style;
use assay_protocol::record::Outcome;

use super::legend::{NO_BREAK, heading, marks, ratio, sentences, warnings, weaker};
use super::{Cell, Matrix, Row};
use crate::text::style::{BOLD, DIM, ERROR, GOOD, PLAIN, WARNING, paint};
use crate::text::table::{self, Table, Token};
use crate::text::{MEASURE, hang, visible};

/// Columns that an implementation's id or version may take.
const NAME: usize = 40;

/// How a table is laid out.
#[derive(Clone, Copy)]
struct Layout {
    /// Whether versions stand beside the names.
    versions: bool,
    /// Whether bad outcomes stand below the numbers.
    stacked: bool,
    /// Whether names have a line of their own.
    titles: bool,
    /// What stands between columns.
    separator: &'static str,
}

/// The widest first; the first that fits is taken.
const LAYOUTS: [Layout; 5] = [
    Layout { versions: true, stacked: false, titles: false, separator: "  " },
    Layout { versions: false, stacked: false, titles: false, separator: "  " },
    Layout { versions: false, stacked: true, titles: false, separator: "  " },
    Layout { versions: false, stacked: true, titles: false, separator: "|" },
    Layout { versions: false, stacked: true, titles: true, separator: "|" },
];

pub(super) fn render(matrix: &Matrix, width: Option<usize>) -> String {
    let measure = width.unwrap_or(MEASURE).min(100);
    let heading = hang("", 0, &visible::line(&heading(matrix), MEASURE), measure);
    let mut out: String = heading.lines().map(|line| format!("{}\n", paint(BOLD, line))).collect();
    for warning in warnings(matrix) {
        let label = paint(WARNING, "warning: ");
        out.push_str(&hang(&label, "warning: ".len(), &visible::line(&warning, 200), measure));
    }
    if !matrix.rows.is_empty() {
        out.push('\n');
        let tables = LAYOUTS.iter().map(|layout| build(matrix, *layout));
        let fitting = tables.into_iter().find(|table| width.is_none_or(|w| table.width() <= w));
        out.push_str(
            &fitting.map_or_else(|| list(matrix, width.unwrap_or(MEASURE)), |table| table.render()),
        );
        out.push('\n');
        for sentence in sentences(matrix) {
            out.push_str(&hang("", 0, &sentence, measure).replace(NO_BREAK, " "));
        }
        if let Some(weaker) = weaker(matrix) {
            out.push_str(&hang("", 0, &visible::line(&weaker, 400), measure));
        }
    }
    if !matrix.not_run.is_empty() {
        out.push_str(&format!("\n{}\n", paint(BOLD, "Not run")));
        for line in &matrix.not_run {
            let id = visible::line(&line.id, NAME);
            let columns = visible::columns(&id) + 4;
            let label = format!("  {id}  ");
            out.push_str(&hang(&label, columns, &visible::line(&line.reason, 400), measure));
        }
    }
    out
}

fn build(matrix: &Matrix, layout: Layout) -> Table {
    let areas = matrix.areas.iter().map(|area| visible::line(area, NAME));
    let first = if layout.titles { "" } else { "implementation" };
    Table {
        header: std::iter::once(first.to_owned())
            .chain(areas)
            .chain(["total".to_owned()])
            .collect(),
        rows: matrix.rows.iter().map(|row| build_row(row, layout)).collect(),
        stacked: layout.stacked,
        separator: layout.separator,
    }
}

fn build_row(row: &Row, layout: Layout) -> table::Row {
    let id = visible::line(&row.id, NAME);
    let mut name = vec![Token::new(id.clone(), PLAIN)];
    if let (true, Some(version)) = (layout.versions, &row.version) {
        name.push(Token::new(visible::line(version, NAME), DIM));
    }
    let cells = row.cells.iter().chain([&row.total]).map(tokens);
    let name = if layout.titles { Vec::new() } else { name };
    table::Row {
        title: layout.titles.then_some(id),
        cells: std::iter::once(name).chain(cells).collect(),
    }
}

fn tokens(cell: &Cell) -> Vec<Token> {
    let style = match (cell.executed(), cell.bad()) {
        (0, _) => DIM,
        (_, 0) => GOOD,
        _ => PLAIN,
    };
    let marks = marks(cell).map(|(outcome, mark)| Token::new(mark, style_of(outcome)));
    std::iter::once(Token::new(ratio(cell), style)).chain(marks).collect()
}

fn style_of(outcome: Outcome) -> Style {
    match outcome {
        outcome if outcome <= Outcome::FalseAccept => ERROR,
        outcome if outcome.is_bad() => WARNING,
        _ => DIM,
    }
}

/// For the narrowest terminals: each area on lines of its own, below each name.
fn list(matrix: &Matrix, width: usize) -> String {
    let names: Vec<String> = matrix.areas.iter().map(|area| visible::line(area, NAME)).collect();
    let widest = names.iter().map(|name| visible::columns(name)).max().unwrap_or(0).max(5);
    let indent = " ".repeat(widest + 4);
    let mut out = String::new();
    for row in &matrix.rows {
        out.push_str(&format!("{}\n", paint(BOLD, &visible::line(&row.id, NAME))));
        let total = [("total", &row.total)];
        let areas = names.iter().map(String::as_str).zip(&row.cells);
        for (name, cell) in areas.chain(total) {
            let pad = " ".repeat(widest - visible::columns(name));
            let tokens = tokens(cell);
            let lines = table::wrap_tokens(&tokens, width.saturating_sub(indent.len()));
            let lines: Vec<String> = lines.into_iter().map(table::join).collect();
            out.push_str(&format!("  {name}{pad}  {}\n", lines.join(&format!("\n{indent}"))));
        }
    }
    out
}
