//! Who reads what others wrote: a table of writers and readers.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::record::{Outcome, ResultLine};
use serde_json::{Value, json};

use crate::matrix::Cell;
use crate::matrix::legend::{letter, marks, meaning, ratio};
use crate::record::Record;
use crate::text::hang;
use crate::text::markdown::escape;
use crate::text::style::{DIM, GOOD, PLAIN, WARNING};
use crate::text::table::{self, Table, Token};
use crate::text::visible;

/// Columns that names and details may take.
const NAME: usize = 60;
const DETAIL: usize = 160;

/// The id of the case in which the file that a writer wrote for a task is read.
pub fn exchange_id(task: &str, writer: &str) -> String {
    format!("{task}@{writer}")
}

/// Whether a result is of such a case.
pub fn is_exchange(line: &ResultLine) -> bool {
    line.case.contains('@')
}

/// Files of each writer, read by each reader.
#[derive(Debug, Clone, Default)]
pub struct WriterMatrix {
    /// Files of each writer that were read, by its id.
    files: BTreeMap<String, usize>,
    readers: Vec<String>,
    cells: BTreeMap<(String, String), Cell>,
    wrong: Vec<Wrong>,
}

/// One way in which a reader does not read a writer's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Who wrote.
    pub writer: String,
    /// Who reads.
    pub reader: String,
    /// What came of it.
    pub outcome: Outcome,
    /// In how many files.
    pub count: usize,
    /// For which task the first of them was written.
    pub task: String,
    /// What exactly, in words.
    pub detail: String,
}

impl WriterMatrix {
    /// The matrix of a record; empty if nothing was exchanged.
    pub fn new(record: &Record) -> WriterMatrix {
        let mut matrix = WriterMatrix::default();
        let (mut files, mut readers) = (BTreeSet::new(), BTreeSet::new());
        let mut wrong: BTreeMap<(&str, &str, Outcome), Wrong> = BTreeMap::new();
        for line in &record.results {
            let Some((task, writer)) = line.case.rsplit_once('@') else { continue };
            readers.insert(line.implementation.clone());
            files.insert((writer.to_owned(), task));
            let key = (writer.to_owned(), line.implementation.clone());
            matrix.cells.entry(key).or_default().add(line.outcome);
            if line.outcome.is_bad() {
                let of = wrong.entry((writer, &line.implementation, line.outcome));
                of.or_insert_with(|| first_of(line, task, writer)).count += 1;
            }
        }
        for (writer, _) in files {
            *matrix.files.entry(writer).or_default() += 1;
        }
        matrix.readers = readers.into_iter().collect();
        matrix.wrong = wrong.into_values().collect();
        matrix
    }

    /// Whether nothing was exchanged.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Who does not read whose files.
    pub fn wrong(&self) -> &[Wrong] {
        &self.wrong
    }

    /// For people at a terminal of `width` columns: a row for each reader, a column for each writer.
    pub fn to_terminal(&self, width: usize) -> String {
        let header =
            std::iter::once("reader \\ writer".to_owned()).chain(self.files.keys().cloned());
        let row = |reader: &String| {
            let name = vec![Token::new(visible::line(reader, NAME), PLAIN)];
            let cells = self.files.keys().map(|writer| tokens(&self.cell(writer, reader)));
            table::Row { title: None, cells: std::iter::once(name).chain(cells).collect() }
        };
        let rows = self.readers.iter().map(row).collect();
        let mut table = Table { header: header.collect(), rows, stacked: false, separator: "  " };
        table.stacked = table.width() > width;
        let mut out = table.render();
        out.push_str(&hang("", 0, &self.legend(), width));
        for wrong in &self.wrong {
            let what = format!(
                "{} reads what {} writes: {} {} of {} files",
                visible::line(&wrong.reader, NAME),
                visible::line(&wrong.writer, NAME),
                wrong.count,
                wrong.outcome.as_str(),
                self.files.get(&wrong.writer).copied().unwrap_or_default(),
            );
            out.push('\n');
            out.push_str(&hang("", 2, &what, width));
            let what = format!("{}: {}", wrong.task, visible::line(&wrong.detail, DETAIL));
            out.push_str(&hang("  ", 2, &what, width));
        }
        out
    }

    /// As a document of GitHub's Markdown.
    pub fn to_markdown(&self) -> String {
        let writers: Vec<String> = self.files.keys().map(|writer| escape(writer, NAME)).collect();
        let mut out =
            String::from("Files that a writer (column) wrote, read by a reader (row).\n\n");
        out.push_str(&format!(
            "| reader | {} |\n|:--|{}\n",
            writers.join(" | "),
            "--:|".repeat(writers.len())
        ));
        for reader in &self.readers {
            let cell = |writer: &String| {
                let cell = self.cell(writer, reader);
                let marks: Vec<String> = marks(&cell).map(|(_, mark)| mark).collect();
                format!("{} {}", ratio(&cell), marks.join(" ")).trim_end().to_owned()
            };
            let cells: Vec<String> = self.files.keys().map(cell).collect();
            out.push_str(&format!("| {} | {} |\n", escape(reader, NAME), cells.join(" | ")));
        }
        out.push_str(&format!("\n{}\n", escape(&self.legend(), 400)));
        if !self.wrong.is_empty() {
            out.push('\n');
        }
        for wrong in &self.wrong {
            out.push_str(&format!(
                "* {}, of {}: {} {}, {}: {}\n",
                escape(&wrong.reader, NAME),
                escape(&wrong.writer, NAME),
                wrong.count,
                wrong.outcome.as_str(),
                escape(&wrong.task, NAME),
                escape(&wrong.detail, DETAIL),
            ));
        }
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let writer = |(writer, files): (&String, &usize)| {
            let readers: BTreeMap<&str, Value> = self
                .readers
                .iter()
                .map(|reader| (reader.as_str(), self.cell(writer, reader).to_json()))
                .collect();
            json!({ "writer": writer, "files": files, "readers": readers })
        };
        let wrong = |of: &Wrong| {
            json!({
                "writer": of.writer, "reader": of.reader, "outcome": of.outcome.as_str(),
                "files": of.count, "first": of.task, "detail": of.detail,
            })
        };
        json!({
            "writers": self.files.iter().map(writer).collect::<Vec<_>>(),
            "wrong": self.wrong.iter().map(wrong).collect::<Vec<_>>(),
        })
    }

    fn cell(&self, writer: &str, reader: &str) -> Cell {
        self.cells.get(&(writer.to_owned(), reader.to_owned())).cloned().unwrap_or_default()
    }

    fn legend(&self) -> String {
        let outcomes: BTreeSet<Outcome> = self
            .cells
            .values()
            .flat_map(|cell| cell.outcomes().map(|(outcome, _)| outcome))
            .collect();
        let word = |outcome| Some(format!("{} {}", letter(outcome)?, meaning(outcome)));
        outcomes.into_iter().filter_map(word).collect::<Vec<_>>().join(", ")
    }
}

fn first_of(line: &ResultLine, task: &str, writer: &str) -> Wrong {
    let said = line.error.as_ref().map(|error| format!("{}: {}", error.class, error.message));
    Wrong {
        writer: writer.to_owned(),
        reader: line.implementation.clone(),
        outcome: line.outcome,
        count: 0,
        task: task.to_owned(),
        detail: line.detail.clone().or(said).unwrap_or_default(),
    }
}

fn tokens(cell: &Cell) -> Vec<Token> {
    let style = match (cell.executed(), cell.bad()) {
        (0, _) => DIM,
        (_, 0) => GOOD,
        _ => PLAIN,
    };
    let marks = marks(cell)
        .map(|(outcome, mark)| Token::new(mark, if outcome.is_bad() { WARNING } else { DIM }));
    std::iter::once(Token::new(ratio(cell), style)).chain(marks).collect()
}
