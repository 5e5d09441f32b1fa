//! A trend for terminals.

use super::sentence::{label, throughout};
use super::{RuleRow, Trend};
use crate::matrix::Cell;
use crate::matrix::legend::{marks, ratio};
use crate::text::style::{BOLD, DIM, ERROR, GOOD, PLAIN, WARNING, paint};
use crate::text::table::{Row, Table, Token};
use crate::text::units::{count, list};
use crate::text::{MEASURE, hang, visible};

/// Columns that a name may take.
const NAME: usize = 60;

pub(super) fn render(trend: &Trend, all: bool, width: Option<usize>) -> String {
    let measure = width.unwrap_or(MEASURE).min(100);
    let title = visible::line(&trend.implementation, NAME);
    let versions = count(trend.versions.len() as u64, "version");
    let edition = visible::line(&trend.edition, NAME);
    let mut out = paint(BOLD, &format!("{title}: {versions}, edition {edition}"));
    out.push('\n');
    if !trend.finished {
        let warning = "the record has no footer: the run did not finish, and this is no result";
        out.push_str(&hang(&paint(WARNING, "warning: "), "warning: ".len(), warning, measure));
    }
    out.push('\n');
    out.push_str(&table(trend, all, width));
    let still = trend.rules.iter().filter(|row| !row.changes).count();
    if !all && still > 0 {
        let rules = count(still as u64, "rule");
        let verb = if still == 1 { "comes" } else { "come" };
        let told = format!("{rules} {verb} out the same in every version; --all shows them.");
        out.push_str(&format!("\n{}", hang("", 0, &told, measure)));
    }
    out.push('\n');
    for step in &trend.steps {
        let style = if step.is_regression() { ERROR } else { PLAIN };
        let words = visible::line(&step.in_words(), 2000);
        let (head, rest) = words.split_once(": ").unwrap_or((&words, ""));
        let columns = visible::columns(head) + 2;
        out.push_str(&hang(&paint(style, &format!("{head}: ")), columns, rest, measure));
    }
    if let Some(words) = throughout(trend) {
        out.push_str(&hang("", 0, &visible::line(&words, 4000), measure));
    }
    if let Some(first) = trend.versions.first() {
        let dtypes: Vec<String> =
            first.dtypes.iter().map(|dtype| visible::line(dtype, NAME)).collect();
        let told = format!("{} began with {}.", visible::line(&first.version, NAME), list(&dtypes));
        out.push_str(&hang("", 0, &told, measure));
    }
    for (id, reason) in &trend.not_run {
        let label = format!("not run: {}  ", visible::line(id, NAME));
        let columns = visible::columns(&label);
        out.push_str(&hang(&label, columns, &visible::line(reason, 400), measure));
    }
    out
}

/// The widest layout that fits; the narrowest if none does.
fn table(trend: &Trend, all: bool, width: Option<usize>) -> String {
    let layouts =
        [(false, false, "  "), (true, false, "  "), (true, true, "  "), (true, true, "|")];
    let tables = layouts.map(|(stacked, titles, separator)| Table {
        header: header(trend, titles),
        rows: rows(trend, all, titles),
        stacked,
        separator,
    });
    let fits = |table: &Table| width.is_none_or(|width| table.width() <= width);
    let at = tables.iter().position(fits).unwrap_or(tables.len() - 1);
    tables[at].render()
}

fn header(trend: &Trend, titles: bool) -> Vec<String> {
    let first = if titles { "" } else { "rule" };
    let versions = trend.versions.iter().map(|version| visible::line(&version.version, NAME));
    std::iter::once(first.to_owned()).chain(versions).collect()
}

fn rows(trend: &Trend, all: bool, titles: bool) -> Vec<Row> {
    let of_rule =
        |row: &RuleRow| (visible::line(&label(&row.rule, row.operation), NAME), row.cells.clone());
    let total = trend.versions.iter().map(|version| version.total.clone()).collect();
    let all_rows = trend.shown(all).map(of_rule).chain([("all rules".to_owned(), total)]);
    all_rows.map(|(name, cells)| row(name, &cells, titles)).collect()
}

fn row(name: String, cells: &[Cell], titles: bool) -> Row {
    let first = if titles { Vec::new() } else { vec![Token::new(name.clone(), PLAIN)] };
    Row {
        title: titles.then_some(name),
        cells: std::iter::once(first).chain(cells.iter().map(tokens)).collect(),
    }
}

fn tokens(cell: &Cell) -> Vec<Token> {
    let style = match (cell.executed(), cell.bad()) {
        (0, _) => DIM,
        (_, 0) => GOOD,
        _ => PLAIN,
    };
    let marks = marks(cell)
        .map(|(outcome, mark)| Token::new(mark, if outcome.is_bad() { ERROR } else { DIM }));
    std::iter::once(Token::new(ratio(cell), style)).chain(marks).collect()
}
