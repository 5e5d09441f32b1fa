//! What implementations did with questions: a table of rules and implementations, and
//! every rule that one of them breaks.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::record::{Outcome, ResultLine};
use assay_spec::{Dialect, RuleId};
use serde_json::{Value, json};

use crate::matrix::Cell;
use crate::matrix::legend::{marks, meaning, ratio};
use crate::text::hang;
use crate::text::style::{BOLD, DIM, ERROR, GOOD, PLAIN, WARNING, paint};
use crate::text::table::{self, Table, Token};
use crate::text::units::count;
use crate::text::visible;

/// Columns that names and error texts may take.
const NAME: usize = 40;
const DETAIL: usize = 160;

/// Results by rule and implementation.
#[derive(Debug, Clone)]
pub struct RuleReport {
    implementations: Vec<String>,
    /// Rule, and a cell for each implementation.
    rows: Vec<(String, Vec<Cell>)>,
    findings: Vec<Finding>,
}

/// One way in which an implementation breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The implementation.
    pub implementation: String,
    /// The rule, or the row of several.
    pub rule: String,
    /// MUST, SHOULD or MAY, and the rule in one line.
    pub says: String,
    /// What it does.
    pub outcome: Outcome,
    /// How many questions show it.
    pub count: usize,
    /// The first of them.
    pub question: String,
    /// What is asked there.
    pub asked: String,
    /// What came of it, in words.
    pub detail: String,
}

impl RuleReport {
    /// The report of these results. `row` names the row that a result counts in, mostly its
    /// rule; `asked` says in words what a case asks.
    pub fn new(
        results: &[ResultLine],
        row: &dyn Fn(&ResultLine) -> String,
        asked: &dyn Fn(&str) -> String,
        dialect: &Dialect,
    ) -> RuleReport {
        let implementations: BTreeSet<&str> =
            results.iter().map(|line| line.implementation.as_str()).collect();
        let implementations: Vec<String> = implementations.into_iter().map(str::to_owned).collect();
        let mut cells: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
        for line in results {
            let row = cells
                .entry(row(line))
                .or_insert_with(|| vec![Cell::default(); implementations.len()]);
            if let Ok(at) = implementations.binary_search(&line.implementation) {
                row[at].add(line.outcome);
            }
        }
        let findings = findings(results, row, asked, dialect);
        RuleReport { implementations, rows: cells.into_iter().collect(), findings }
    }

    /// The implementations, in the order of the cells of each row.
    pub fn implementations(&self) -> &[String] {
        &self.implementations
    }

    /// Rules, or what stands for several, with a cell for each implementation.
    pub fn rows(&self) -> &[(String, Vec<Cell>)] {
        &self.rows
    }

    /// Rules that are broken, by implementation, rule and outcome.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// For people at a terminal of `width` columns.
    pub fn to_terminal(&self, width: usize) -> String {
        let header = std::iter::once("rule".to_owned()).chain(self.implementations.clone());
        let mut table = Table {
            header: header.collect(),
            rows: self.rows.iter().map(|(rule, cells)| row(rule, cells)).collect(),
            stacked: false,
            separator: "  ",
        };
        table.stacked = table.width() > width;
        let mut out = table.render();
        out.push_str(&self.legend(width));
        for finding in &self.findings {
            let Finding { implementation, rule, says, outcome, .. } = finding;
            let style = if *outcome <= Outcome::FalseAccept { ERROR } else { WARNING };
            let name = visible::line(implementation, NAME);
            let what = count(finding.count as u64, "question");
            out.push_str(&format!(
                "\n{}: {} of {}\n",
                paint(BOLD, &name),
                paint(style, outcome.as_str()),
                paint(BOLD, rule)
            ));
            if !says.is_empty() {
                out.push_str(&hang("  rule: ", 8, says, width));
            }
            let asked = format!("{what}, {}: {}", finding.question, finding.asked);
            out.push_str(&hang("  asked: ", 9, &asked, width));
            if !finding.detail.is_empty() {
                out.push_str(&hang("  what: ", 8, &visible::line(&finding.detail, DETAIL), width));
            }
        }
        out
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let cells = |cells: &[Cell]| -> serde_json::Map<String, Value> {
            let named = self.implementations.iter().zip(cells);
            named.map(|(name, cell)| (name.clone(), cell.to_json())).collect()
        };
        let finding = |of: &Finding| {
            json!({
                "implementation": of.implementation,
                "rule": of.rule,
                "says": of.says,
                "outcome": of.outcome.as_str(),
                "questions": of.count,
                "first": of.question,
                "asked": of.asked,
                "detail": of.detail,
            })
        };
        json!({
            "rules": self.rows.iter().map(|(rule, row)| json!({ "rule": rule, "implementations": cells(row) })).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }

    fn legend(&self, width: usize) -> String {
        let cells = || self.rows.iter().flat_map(|(_, row)| row);
        let outcomes: BTreeSet<Outcome> =
            cells().flat_map(|cell| cell.outcomes().map(|(outcome, _)| outcome)).collect();
        let words = outcomes.into_iter().filter_map(|outcome| {
            let letter = crate::matrix::legend::letter(outcome)?;
            Some(format!("{letter} {}", meaning(outcome)))
        });
        let words: Vec<String> = words.collect();
        if words.is_empty() { String::new() } else { hang("", 0, &words.join(", "), width) }
    }
}

fn row(rule: &str, cells: &[Cell]) -> table::Row {
    let name = vec![Token::new(rule, PLAIN)];
    let tokens = |cell: &Cell| {
        let style = match (cell.executed(), cell.bad()) {
            (0, _) => DIM,
            (_, 0) => GOOD,
            _ => PLAIN,
        };
        let marks = marks(cell)
            .map(|(outcome, mark)| Token::new(mark, if outcome.is_bad() { WARNING } else { DIM }));
        std::iter::once(Token::new(ratio(cell), style)).chain(marks).collect()
    };
    let cells = cells.iter().map(tokens);
    table::Row { title: None, cells: std::iter::once(name).chain(cells).collect() }
}

fn findings(
    results: &[ResultLine],
    row: &dyn Fn(&ResultLine) -> String,
    asked: &dyn Fn(&str) -> String,
    dialect: &Dialect,
) -> Vec<Finding> {
    let mut found: BTreeMap<(&str, Outcome, String), Finding> = BTreeMap::new();
    for line in results.iter().filter(|line| line.outcome.is_bad()) {
        let key = (line.implementation.as_str(), line.outcome, row(line));
        if let Some(finding) = found.get_mut(&key) {
            finding.count += 1;
            continue;
        }
        let rule = dialect.rule(&RuleId::new(&key.2));
        let said = line.error.as_ref().map(|error| format!("{}: {}", error.class, error.message));
        let named = key.2.clone();
        found.insert(
            key,
            Finding {
                implementation: line.implementation.clone(),
                rule: named,
                says: rule
                    .map_or_else(String::new, |rule| format!("{} ({})", rule.title, rule.level)),
                outcome: line.outcome,
                count: 1,
                question: line.case.clone(),
                asked: asked(&line.case),
                detail: line.detail.clone().or(said).unwrap_or_default(),
            },
        );
    }
    found.into_values().collect()
}
