//! The coverage ledger: which kinds of cases prove each rule, and which are
//! missing.
//!
//! What a rule asks for follows from whom it binds, what becomes of a file that
//! breaks it, and its kind of check. A kind of case that is asked for and
//! missing is a hole; a hole needs a reason on the rule's page, and a reason
//! without a hole is as wrong as a hole without a reason.

mod markdown;
mod terminal;

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::{Manifest, ManifestCase, SliceTable};
use assay_spec::{Check, Dialect, Level, OnViolation, Proof, Rule, Spec, Subject};
use serde_json::{Value, json};

/// Rules × kinds of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Edition of the dialect that the verdicts hold under.
    pub edition: String,
    /// Cases of the corpus.
    pub cases: usize,
    /// A row for each rule, in the order of the spec.
    pub rows: Vec<Row>,
    /// Cases whose rule the dialect does not have.
    pub astray: Vec<String>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub rule: String,
    /// Its level.
    pub level: Level,
    /// Whom it binds.
    pub subject: Subject,
    /// A cell for each kind of case, in the order of [`Proof::ALL`].
    pub cells: [Cell; Proof::ALL.len()],
}

/// The cases of one kind that prove a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many there are.
    pub count: usize,
    /// The ids of the first few.
    pub first: Vec<String>,
    /// Whether the rule asks for any.
    pub is_demanded: bool,
    /// The reason that the rule's page gives for having none.
    pub reason: Option<String>,
}

/// How a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There are cases.
    Covered,
    /// There are none, and none are asked for.
    NotAsked,
    /// There are none, and the rule's page says why.
    Explained,
    /// There are none, and nobody says why.
    Hole,
    /// The rule's page says why there are none, but there are, or none are asked for.
    Stale,
}

/// Ids that a cell names.
const FIRST_IDS: usize = 3;

impl Cell {
    /// How the cell stands.
    pub fn standing(&self) -> Standing {
        let is_missing = self.is_demanded && self.count == 0;
        match (is_missing, self.reason.is_some()) {
            (true, true) => Standing::Explained,
            (true, false) => Standing::Hole,
            (false, true) => Standing::Stale,
            (false, false) if self.count > 0 => Standing::Covered,
            (false, false) => Standing::NotAsked,
        }
    }

    fn add(&mut self, id: &str) {
        self.count += 1;
        if self.first.len() < FIRST_IDS {
            self.first.push(id.to_owned());
        }
    }
}

impl Ledger {
    /// The ledger of a corpus.
    pub fn new(dialect: &Dialect, manifest: &Manifest) -> Ledger {
        let mut by_rule: BTreeMap<&str, Vec<&ManifestCase>> = BTreeMap::new();
        for case in &manifest.cases {
            let rules: BTreeSet<&str> =
                case.boundary_of.iter().chain([&case.rule]).map(String::as_str).collect();
            for rule in rules {
                by_rule.entry(rule).or_default().push(case);
            }
        }
        let rules = dialect.rules().iter();
        let rows = rules.map(|rule| row(rule, by_rule.remove(rule.id.as_str()))).collect();
        // Cases of a rule that a ratified proposal dropped stay, to show that it is gone.
        for rule in &Spec::embedded().rules {
            by_rule.remove(rule.id.as_str());
        }
        Ledger {
            edition: dialect.name().to_owned(),
            cases: manifest.cases.len(),
            rows,
            astray: by_rule.into_values().flatten().map(|case| case.id.clone()).collect(),
        }
    }

    /// Adds the questions about parts of tensors: each is a case of kind `slice` of its rule.
    #[must_use]
    pub fn with_slices(mut self, table: &SliceTable) -> Ledger {
        self.cases += table.questions.len();
        let slices = Proof::ALL.iter().position(|proof| *proof == Proof::Slice);
        let column = slices.expect("it is one of all");
        for question in &table.questions {
            match self.rows.iter_mut().find(|row| row.rule == question.rule()) {
                Some(row) => row.cells[column].add(&question.id),
                None => self.astray.push(question.id.clone()),
            }
        }
        self
    }

    /// Adds tasks for other operations than reading whole files, by rule and id: each is a
    /// case of kind `writer` or `operation`, whichever its rule asks for.
    #[must_use]
    pub fn with_operations<'a>(
        mut self,
        tasks: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Ledger {
        for (rule, id) in tasks {
            self.cases += 1;
            let Some(row) = self.rows.iter_mut().find(|row| row.rule == rule) else {
                self.astray.push(id.to_owned());
                continue;
            };
            let is_writers = row.subject == Subject::Writer;
            let wanted = if is_writers { Proof::Writer } else { Proof::Operation };
            let column = Proof::ALL.iter().position(|proof| *proof == wanted);
            row.cells[column.expect("it is one of all")].add(id);
        }
        self
    }

    /// What must not be: holes without a reason, reasons without a hole, cases
    /// without a rule. One line each.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (row, proof, cell) in self.cells() {
            let rule = &row.rule;
            match cell.standing() {
                Standing::Hole => faults.push(format!(
                    "{rule}: no {proof} case; add one, or say why there is none in `holes` of \
                     the rule's page"
                )),
                Standing::Stale => faults.push(format!(
                    "{rule}: the page explains why there is no {proof} case, but {}; take the \
                     hole from its page",
                    if cell.count > 0 { "there is one" } else { "none is asked for" }
                )),
                Standing::Covered | Standing::NotAsked | Standing::Explained => {}
            }
        }
        faults.extend(self.astray.iter().map(|id| format!("{id}: its rule does not exist")));
        faults
    }

    /// The explained holes: rule, kind of case, reason.
    pub fn explained(&self) -> impl Iterator<Item = (&str, Proof, &str)> {
        self.cells().filter(|(_, _, cell)| cell.standing() == Standing::Explained).map(
            |(row, proof, cell)| (row.rule.as_str(), proof, cell.reason.as_deref().unwrap_or("")),
        )
    }

    /// All rules together: cases of each kind, in the order of [`Proof::ALL`].
    pub fn totals(&self) -> [usize; Proof::ALL.len()] {
        Proof::ALL.map(|proof| {
            self.cells().filter(|(_, of, _)| *of == proof).map(|(_, _, cell)| cell.count).sum()
        })
    }

    /// For people at a terminal of `width` columns.
    pub fn to_terminal(&self, width: usize) -> String {
        terminal::render(self, width)
    }

    /// For the documentation.
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let cell = |cell: &Cell| {
            json!({
                "cases": cell.count,
                "first": cell.first,
                "asked_for": cell.is_demanded,
                "reason": cell.reason,
            })
        };
        let row = |row: &Row| {
            let cells = Proof::ALL.iter().zip(&row.cells);
            let cells: serde_json::Map<String, Value> =
                cells.map(|(proof, of)| (proof.to_string(), cell(of))).collect();
            json!({ "rule": row.rule, "level": row.level, "subject": row.subject, "cells": cells })
        };
        json!({
            "edition": self.edition,
            "cases": self.cases,
            "rules": self.rows.iter().map(row).collect::<Vec<_>>(),
            "faults": self.faults(),
        })
    }

    fn cells(&self) -> impl Iterator<Item = (&Row, Proof, &Cell)> {
        self.rows
            .iter()
            .flat_map(|row| Proof::ALL.into_iter().zip(&row.cells).map(move |(p, c)| (row, p, c)))
    }
}

fn row(rule: &Rule, cases: Option<Vec<&ManifestCase>>) -> Row {
    let mut cells = Proof::ALL.map(|proof| Cell {
        is_demanded: is_demanded(rule, proof),
        reason: rule.holes.iter().find(|hole| hole.cell == proof).map(|hole| hole.reason.clone()),
        ..Cell::default()
    });
    for case in cases.into_iter().flatten() {
        for (proof, cell) in Proof::ALL.iter().zip(&mut cells) {
            if proves(case, rule.id.as_str(), *proof) {
                cell.add(&case.id);
            }
        }
    }
    Row { rule: rule.id.to_string(), level: rule.level, subject: rule.subject, cells }
}

/// Whether a case is of a kind for a rule: its own, or one at whose edge it
/// stands besides. Questions about slices and tasks of other operations have tables of
/// their own.
fn proves(case: &ManifestCase, rule: &str, proof: Proof) -> bool {
    let is_own = case.rule == rule;
    match proof {
        Proof::Accept => is_own && case.verdict == ClaimedVerdict::Valid,
        Proof::Reject => is_own && case.verdict != ClaimedVerdict::Valid,
        Proof::Boundary => case.boundary_of.iter().any(|of| of == rule),
        Proof::Writer | Proof::Slice | Proof::Operation => false,
    }
}

/// Whether a rule asks for a kind of case.
fn is_demanded(rule: &Rule, proof: Proof) -> bool {
    if rule.check.is_of_slices() {
        return proof == Proof::Slice;
    }
    if rule.check.is_of_operations() && rule.subject == Subject::Reader {
        return proof == Proof::Operation;
    }
    match (proof, rule.subject) {
        (Proof::Accept, Subject::File | Subject::Reader) => true,
        (Proof::Reject, Subject::File) => {
            matches!(rule.on_violation, OnViolation::Reject | OnViolation::Either)
        }
        (Proof::Boundary, Subject::File) => has_edges(&rule.check),
        (Proof::Writer, Subject::Writer) => true,
        // Only rules about parts of tensors and other operations ask for them.
        (Proof::Slice | Proof::Operation, _) => false,
        (Proof::Accept | Proof::Reject | Proof::Boundary, Subject::Writer)
        | (Proof::Reject | Proof::Boundary, Subject::Reader)
        | (Proof::Writer, Subject::File | Subject::Reader) => false,
    }
}

/// Whether a kind of check has edges: a limit, a table, an order, a neighbour
/// that is just as it should be. The others hold or do not.
fn has_edges(check: &Check) -> bool {
    match check {
        Check::Linear { .. }
        | Check::Encoding { .. }
        | Check::LeadingBytes { .. }
        | Check::TrailingBytes { .. }
        | Check::ForeignMagic {}
        | Check::JsonGrammar { .. }
        | Check::NumberRange { .. }
        | Check::UniqueKeys { .. }
        | Check::InTable { .. }
        | Check::UnsignedIntegers { .. }
        | Check::OrderedPair { .. }
        | Check::SizeEquation { .. }
        | Check::Tiling { .. }
        | Check::Alignment { .. } => true,
        Check::ValueType { .. }
        | Check::Keys { .. }
        | Check::ArrayLength { .. }
        | Check::Behaviour { .. } => false,
    }
}
