//! Tables of short tokens, in aligned columns without rules between them.
//!
//! A cell holds tokens that can stand on one line or, where the table would be
//! too wide, below each other. The first column is aligned to the left, the
//! others to the right.

use anstyle::Style;

use super::style::{BOLD, paint};
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
    /// Whether the tokens after the first go below it.
    pub(crate) stacked: bool,
    /// Spaces between columns.
    pub(crate) gap: usize,
}

impl Table {
    /// Columns that the whole table takes.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        let cells: usize = widths.iter().sum::<usize>() + self.gap * widths.len().saturating_sub(1);
        let titles = self.rows.iter().filter_map(|row| row.title.as_deref()).map(columns);
        titles.max().unwrap_or(0).max(cells)
    }

    /// The table as lines, without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let mut out = String::new();
        let header: Vec<Vec<Token>> =
            self.header.iter().map(|text| vec![Token::new(text.as_str(), BOLD)]).collect();
        self.render_cells(&header, &widths, &mut out);
        for row in &self.rows {
            if let Some(title) = &row.title {
                out.push_str(title);
                out.push('\n');
            }
            self.render_cells(&row.cells, &widths, &mut out);
        }
        out
    }

    fn widths(&self) -> Vec<usize> {
        let of = |at: usize, header: &String| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(at));
            let widest = cells.map(|cell| if self.stacked { widest(cell) } else { joined(cell) });
            widest.max().unwrap_or(0).max(columns(header))
        };
        self.header.iter().enumerate().map(|(at, header)| of(at, header)).collect()
    }

    fn render_cells(&self, cells: &[Vec<Token>], widths: &[usize], out: &mut String) {
        let lines: Vec<Vec<&[Token]>> =
            cells.iter().zip(widths).map(|(cell, width)| self.lines(cell, *width)).collect();
        for at in 0..lines.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            // Spaces are held back until something follows them.
            let mut spaces = 0;
            for (column, (cell, width)) in lines.iter().zip(widths).enumerate() {
                let tokens = cell.get(at).copied().unwrap_or_default();
                let free = width.saturating_sub(joined(tokens));
                spaces += if column == 0 { 0 } else { self.gap + free };
                if !tokens.is_empty() {
                    line.push_str(&" ".repeat(std::mem::take(&mut spaces)));
                    line.push_str(&join(tokens));
                }
                // An empty right-aligned cell has already counted all its columns as free.
                spaces += if column == 0 { free } else { 0 };
            }
            out.push_str(&line);
            out.push('\n');
        }
    }

    /// The lines of a cell.
    fn lines<'a>(&self, cell: &'a [Token], width: usize) -> Vec<&'a [Token]> {
        if !self.stacked || cell.is_empty() {
            return vec![cell];
        }
        let mut lines = vec![&cell[..1]];
        let mut start = 1;
        for end in 2..=cell.len() {
            let full = end == cell.len() || joined(&cell[start..=end]) > width;
            if full {
                lines.push(&cell[start..end]);
                start = end;
            }
        }
        lines
    }
}

/// Tokens with a space between them.
pub(crate) fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| paint(token.style, &token.text)).collect::<Vec<_>>().join(" ")
}

fn joined(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| columns(&token.text)).sum::<usize>() + tokens.len().saturating_sub(1)
}

fn widest(tokens: &[Token]) -> usize {
    tokens.iter().map(|token| columns(&token.text)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::style::PLAIN;

    fn table(stacked: bool) -> Table {
        let cell = |words: &[&str]| words.iter().map(|word| Token::new(*word, PLAIN)).collect();
        let row = |cells: &[&[&str]]| Row {
            title: None,
            cells: cells.iter().map(|words| cell(words)).collect(),
        };
        Table {
            header: vec!["name".into(), "x".into(), "all".into()],
            rows: vec![
                row(&[&["long name"], &["1/3", "1A", "1R"], &["10/30", "1A", "1R", "3u"]]),
                row(&[&["b"], &["3/3"], &["3/3"]]),
            ],
            stacked,
            gap: 2,
        }
    }

    fn plain_text(table: &Table) -> String {
        anstream::adapter::strip_str(&table.render()).to_string()
    }

    #[test]
    fn tokens_stand_on_one_line() {
        let table = table(false);
        insta::assert_snapshot!(plain_text(&table), @"
        name                x             all
        long name  1/3 1A 1R  10/30 1A 1R 3u
        b                3/3             3/3
        ");
        assert_eq!(table.width(), 36);
    }

    #[test]
    fn tokens_stand_below_each_other() {
        let table = table(true);
        insta::assert_snapshot!(plain_text(&table), @"");
        assert!(plain_text(&table).lines().all(|line| line.len() <= table.width()));
    }
}
