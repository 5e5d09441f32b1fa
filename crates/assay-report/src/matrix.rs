//! The matrix of a record: implementations × areas of the format.
//!
//! A cell is `right/executed`, with the count of every bad outcome beside it.
//! What was not executed (unsupported, passed on unread, not run) is shown and
//! stays out of both numbers. There is no percentage and no order by merit.

pub(crate) mod legend;
mod markdown;
mod terminal;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_protocol::record::{ImplementationLine, Outcome};
use assay_spec::AREAS;
use serde_json::{Value, json};

use crate::record::Record;

/// What each implementation did in each area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Whether the run came to its end.
    pub finished: bool,
    /// Edition of the dialect that the verdicts hold under.
    pub edition: String,
    /// Cases planned for each implementation.
    pub cases: u64,
    /// Areas that have results, in the order in which a file is read.
    pub areas: Vec<String>,
    /// The implementations that ran, in the order of the record.
    pub rows: Vec<Row>,
    /// The implementations that did not run, in the order of the record.
    pub not_run: Vec<NotRun>,
}

/// One implementation that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its version, as it said.
    pub version: Option<String>,
    /// Whose parser it has, as it said.
    pub lineage: Option<String>,
    /// Whether it only took or refused files, and nothing was compared.
    pub verdict_only: bool,
    /// A cell for each area of the matrix, in the same order.
    pub cells: Vec<Cell>,
    /// All areas together.
    pub total: Cell,
    /// Planned cases without a result line.
    pub missing: u64,
}

/// An implementation that did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// Its id.
    pub id: String,
    /// Why, and what to install.
    pub reason: String,
}

/// Counts of outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    outcomes: BTreeMap<Outcome, u64>,
}

impl Cell {
    /// How often an outcome came.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Cases done right.
    pub fn right(&self) -> u64 {
        self.count(Outcome::Same)
    }

    /// Cases done wrong, in whatever way.
    pub fn bad(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_bad()).map(|(_, count)| count).sum()
    }

    /// Cases that the implementation was put to: right or wrong.
    pub fn executed(&self) -> u64 {
        self.right() + self.bad()
    }

    /// Outcomes that came at least once, worst first, with their counts.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        self.outcomes.iter().map(|(outcome, count)| (*outcome, *count))
    }

    pub(crate) fn add(&mut self, outcome: Outcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(crate) fn to_json(&self) -> Value {
        let outcomes: BTreeMap<&str, u64> =
            self.outcomes().map(|(outcome, count)| (outcome.as_str(), count)).collect();
        json!({ "right": self.right(), "executed": self.executed(), "outcomes": outcomes })
    }
}

/// Counts the results of a record.
pub fn matrix(record: &Record) -> Matrix {
    let areas = areas(record);
    let column: HashMap<&str, usize> =
        areas.iter().enumerate().map(|(at, area)| (area.as_str(), at)).collect();
    let mut rows: Vec<Row> =
        record.implementations.iter().filter(|line| line.not_run.is_none()).map(row).collect();
    // A record has them as they came to run, which changes from run to run.
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    for row in &mut rows {
        row.cells = vec![Cell::default(); areas.len()];
        row.missing = record.header.cases;
    }
    let place: HashMap<String, usize> =
        rows.iter().enumerate().map(|(at, row)| (row.id.clone(), at)).collect();
    for result in &record.results {
        // The record was checked: every result has its implementation, and the areas are collected from the results.
        let Some(row) = place.get(&result.implementation).map(|at| &mut rows[*at]) else {
            continue;
        };
        if let Some(at) = column.get(area(&result.rule)) {
            row.cells[*at].add(result.outcome);
        }
        row.total.add(result.outcome);
        row.missing = row.missing.saturating_sub(1);
    }
    Matrix {
        finished: record.is_finished(),
        edition: record.header.dialect.edition.clone(),
        cases: record.header.cases,
        areas,
        rows,
        not_run: record.implementations.iter().filter_map(not_run).collect(),
    }
}

impl Matrix {
    /// For a terminal of so many columns; `None` where lines may be as long as they like.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        terminal::render(self, width)
    }

    /// As a document of GitHub's Markdown.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let row = |row: &Row| {
            let areas = self.areas.iter().zip(&row.cells);
            let areas: BTreeMap<&str, Value> =
                areas.map(|(area, cell)| (area.as_str(), cell.to_json())).collect();
            json!({
                "id": row.id, "version": row.version, "lineage": row.lineage,
                "verdict_only": row.verdict_only,
                "areas": areas, "total": row.total.to_json(), "missing": row.missing,
            })
        };
        let not_run = |line: &NotRun| json!({ "id": line.id, "reason": line.reason });
        json!({
            "finished": self.finished,
            "edition": self.edition,
            "cases": self.cases,
            "areas": self.areas,
            "implementations": self.rows.iter().map(row).collect::<Vec<_>>(),
            "not_run": self.not_run.iter().map(not_run).collect::<Vec<_>>(),
        })
    }
}

/// The areas of the results: those of the spec in its order, then any other by name.
fn areas(record: &Record) -> Vec<String> {
    let present: BTreeSet<&str> = record.results.iter().map(|result| area(&result.rule)).collect();
    let known = AREAS.iter().copied().filter(|area| present.contains(area));
    let other = present.iter().copied().filter(|area| !AREAS.contains(area));
    known.chain(other).map(str::to_owned).collect()
}

/// The part of a rule's id before the slash.
fn area(rule: &str) -> &str {
    rule.split_once('/').map_or(rule, |(area, _)| area)
}

fn row(line: &ImplementationLine) -> Row {
    let said = line.implementation.as_ref();
    Row {
        id: line.id.clone(),
        version: said.map(|said| said.version.clone()),
        lineage: said.map(|said| said.lineage.clone()),
        verdict_only: line.capabilities.as_ref().is_some_and(|can| !can.views),
        cells: Vec::new(),
        total: Cell::default(),
        missing: 0,
    }
}

fn not_run(line: &ImplementationLine) -> Option<NotRun> {
    line.not_run.clone().map(|reason| NotRun { id: line.id.clone(), reason })
}
