//! Tables of short tokens in aligned columns.
//!
//! The first column holds names and is aligned to the left. A cell of the
//! others holds a number and then marks: side by side, with the numbers aligned
//! to the right and the marks to the left; or, where that would be too wide,
//! the marks stacked below the number and everything aligned to the right.

use anstyle::Style;

use super::style::{BOLD, DIM, paint};
use super::visible::columns;

/// A piece of a cell that is never broken.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Token {
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Token {
        Token { text: text.into(), style }
    }
}

/// One row: a title on a line of its own, if it has one, and the cells.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) title: Option<String>,
    pub(crate) cells: Vec<Vec<Token>>,
}

/// A header and rows with as many cells each.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// Whether the marks go below their number.
    pub(crate) stacked: bool,
    /// What stands between columns: two spaces, or a bar where room is short.
    pub(crate) separator: &'static str,
}

/// The columns that a cell takes: its number, and its marks if they stand beside it.
#[derive(Debug, Clone, Copy, Default)]
struct Width {
    number: usize,
    marks: usize,
}

impl Width {
    fn whole(self) -> usize {
        self.number + self.marks + usize::from(self.marks > 0)
    }
}

impl Table {
    /// Columns that the whole table takes.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        let cells: usize = widths.iter().map(|width| width.whole()).sum();
        let separators = self.separator.len() * widths.len().saturating_sub(1);
        let titles = self.rows.iter().filter_map(|row| row.title.as_deref()).map(columns);
        titles.max().unwrap_or(0).max(cells + separators)
    }

    /// The table as lines, without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let header: Vec<Vec<Token>> =
            self.header.iter().map(|text| vec![Token::new(text.as_str(), BOLD)]).collect();
        let mut out = String::new();
        self.render_cells(&header, &widths, &mut out);
        for row in &self.rows {
            if let Some(title) = &row.title {
                out.push_str(&format!("{}\n", paint(BOLD, title)));
            }
            self.render_cells(&row.cells, &widths, &mut out);
        }
        out
    }

    fn widths(&self) -> Vec<Width> {
        (0..self.header.len()).map(|column| self.width_of(column)).collect()
    }

    fn width_of(&self, column: usize) -> Width {
        let cells = || self.rows.iter().filter_map(|row| row.cells.get(column));
        let header = self.header.get(column).map_or(0, |header| columns(header));
        let widest = |of: fn(&[Token]) -> usize| cells().map(|cell| of(cell)).max().unwrap_or(0);
        if column == 0 {
            Width { number: header.max(widest(joined)), marks: 0 }
        } else if self.stacked {
            let token = |cell: &[Token]| cell.iter().map(|t| columns(&t.text)).max().unwrap_or(0);
            Width { number: header.max(widest(token)), marks: 0 }
        } else {
            let number = widest(|cell| joined(&cell[..cell.len().min(1)]));
            Width {
                number: header.max(number),
                marks: widest(|cell| joined(cell.get(1..).unwrap_or_default())),
            }
        }
    }

    fn render_cells(&self, cells: &[Vec<Token>], widths: &[Width], out: &mut String) {
        let lines: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| self.lines(column, cell, *width))
            .collect();
        // A space as separator needs no style, and a line must not end with one.
        let separator = match self.separator.trim() {
            "" => self.separator.to_owned(),
            bar => paint(DIM, bar),
        };
        for at in 0..lines.iter().map(Vec::len).max().unwrap_or(0) {
            let blank = |width: &Width| " ".repeat(width.whole());
            let cells = lines.iter().zip(widths);
            let line: Vec<String> =
                cells.map(|(cell, width)| cell.get(at).cloned().unwrap_or(blank(width))).collect();
            out.push_str(line.join(&separator).trim_end());
            out.push('\n');
        }
    }

    /// The lines of a cell, each as wide as its column.
    fn lines(&self, column: usize, cell: &[Token], width: Width) -> Vec<String> {
        let pad = |used: usize, room: usize| " ".repeat(room.saturating_sub(used));
        let Some((number, marks)) = cell.split_first() else { return Vec::new() };
        if column == 0 {
            return vec![format!("{}{}", join(cell), pad(joined(cell), width.number))];
        }
        let right = |tokens: &[Token]| pad(joined(tokens), width.number) + &join(tokens);
        let first = right(std::slice::from_ref(number));
        if self.stacked {
            let marks = wrap_tokens(marks, width.number);
            return std::iter::once(first).chain(marks.into_iter().map(right)).collect();
        }
        let room = width.whole() - width.number;
        let gap = if marks.is_empty() { "" } else { " " };
        let used = gap.len() + joined(marks);
        vec![format!("{first}{gap}{}{}", join(marks), pad(used, room))]
    }
}

/// Tokens with a space between them.
pub(crate) fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| paint(token.style, &token.text)).collect::<Vec<_>>().join(" ")
}

/// Tokens in lines of at most `width` columns, unless a single one is wider.
pub(crate) fn wrap_tokens(tokens: &[Token], width: usize) -> Vec<&[Token]> {
    let mut lines = Vec::new();
    let mut start = 0;
    for end in 1..=tokens.len() {
        if end == tokens.len() || joined(&tokens[start..=end]) > width {
            lines.push(&tokens[start..end]);
            start = end;
        }
    }
    lines
}

fn joined(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| columns(&token.text)).sum::<usize>() + tokens.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::style::PLAIN;

    fn table(stacked: bool, separator: &'static str) -> Table {
        let cell = |words: &[&str]| words.iter().map(|word| Token::new(*word, PLAIN)).collect();
        let row = |cells: &[&[&str]]| Row {
            title: None,
            cells: cells.iter().map(|words| cell(words)).collect(),
        };
        Table {
            header: vec!["name".into(), "x".into(), "all".into()],
            rows: vec![
                row(&[&["long", "name"], &["1/3", "1A", "1R"], &["10/30", "1A", "1R", "3u"]]),
                row(&[&["b"], &["3/3"], &["3/3"]]),
                row(&[&["c"], &["-", "1n"], &["3/3", "1n"]]),
            ],
            stacked,
            separator,
        }
    }

    fn plain_text(table: &Table) -> String {
        let text = anstream::adapter::strip_str(&table.render()).to_string();
        assert!(text.lines().all(|line| line.len() <= table.width() && line.trim_end() == line));
        text
    }

    #[test]
    fn marks_stand_beside_their_number() {
        insta::assert_snapshot!(plain_text(&table(false, "  ")), @"
        name         x          all
        long name  1/3 1A 1R  10/30 1A 1R 3u
        b          3/3          3/3
        c            - 1n       3/3 1n
        ");
        assert_eq!(table(false, "  ").width(), 36);
    }

    #[test]
    fn marks_stand_below_their_number() {
        insta::assert_snapshot!(plain_text(&table(true, "  ")), @"
        name         x    all
        long name  1/3  10/30
                    1A  1A 1R
                    1R     3u
        b          3/3    3/3
        c            -    3/3
                    1n     1n
        ");
    }

    #[test]
    fn bars_part_what_spaces_would_not() {
        insta::assert_snapshot!(plain_text(&table(true, "|")), @"
        name     |  x|  all
        long name|1/3|10/30
                 | 1A|1A 1R
                 | 1R|   3u
        b        |3/3|  3/3
        c        |  -|  3/3
                 | 1n|   1n
        ");
    }

    #[test]
    fn a_table_of_nothing_is_nothing() {
        let table = Table { header: vec![], rows: vec![], stacked: false, separator: "  " };
        assert_eq!((table.width(), table.render()), (0, String::new()));
    }
}
