//! How an implementation changed from version to version.
//!
//! A record may hold several versions of one implementation, as `NAME@VERSION`. Here they are
//! put in order, and each case's outcome is followed through them: what was fixed, what broke,
//! what could be read for the first time. A step from one version to the next is counted by
//! rule; nothing is averaged.

mod markdown;
mod sentence;
mod terminal;
mod version;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_protocol::message::Operation;
use assay_protocol::record::{ImplementationLine, Outcome, ResultLine};
use assay_spec::Dialect;
use serde_json::{Value, json};

use crate::matrix::Cell;
use crate::record::Record;

/// One implementation through its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// Its name, without a version.
    pub implementation: String,
    /// Edition of the dialect that the verdicts hold under.
    pub edition: String,
    /// Whether the run came to its end.
    pub finished: bool,
    /// Its versions that ran, oldest first.
    pub versions: Vec<Version>,
    /// The rules that cases were put to it for, in order of operation and id.
    pub rules: Vec<RuleRow>,
    /// From each version to the next.
    pub steps: Vec<Step>,
    /// Versions that did not run, with the reasons.
    pub not_run: Vec<(String, String)>,
}

/// A version that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id in the record.
    pub id: String,
    /// The version, as it said.
    pub version: String,
    /// The dtypes that it delivers.
    pub dtypes: BTreeSet<String>,
    /// What it can be asked for.
    pub operations: BTreeSet<String>,
    /// All its results.
    pub total: Cell,
}

/// A rule through the versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// The rule's id.
    pub rule: String,
    /// What was asked.
    pub operation: Operation,
    /// A cell for each version.
    pub cells: Vec<Cell>,
    /// Whether a case of it came out otherwise in some version than in the one before.
    pub changes: bool,
}

/// From one version to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
    /// What became of cases, by what became of them.
    pub turns: BTreeMap<Turn, Vec<Count>>,
    /// Dtypes that it did not deliver before.
    pub dtypes_gained: Vec<String>,
    /// Dtypes that it does not deliver any more.
    pub dtypes_lost: Vec<String>,
    /// Operations that it did not have before.
    pub operations_gained: Vec<String>,
    /// Operations that it has no more.
    pub operations_lost: Vec<String>,
}

/// What became of a case. The worse the further up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// Right before, wrong now.
    Broke,
    /// Right before, not executed now.
    Lost,
    /// Not executed before, and wrong now.
    NewlyWrong,
    /// Wrong before and wrong in another way now.
    OtherwiseWrong,
    /// Wrong before, not executed now.
    Withdrawn,
    /// Wrong before, right now.
    Fixed,
    /// Not executed before, right now.
    Gained,
}

/// Cases of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The rule's id.
    pub rule: String,
    /// What was asked.
    pub operation: Operation,
    /// How many cases.
    pub cases: u64,
}

/// Every implementation of a record that ran in two versions or more.
pub fn trends(record: &Record, dialect: &Dialect) -> Vec<Trend> {
    let mut names: Vec<&str> = Vec::new();
    for line in &record.implementations {
        if !names.contains(&name(&line.id)) {
            names.push(name(&line.id));
        }
    }
    let all = names.into_iter().map(|name| trend(record, name, dialect));
    all.filter(|trend| trend.versions.len() > 1).collect()
}

/// An implementation's name: its id without the version.
fn name(id: &str) -> &str {
    id.split_once('@').map_or(id, |(name, _)| name)
}

fn trend(record: &Record, implementation: &str, dialect: &Dialect) -> Trend {
    let mut lines: Vec<&ImplementationLine> =
        record.implementations.iter().filter(|line| name(&line.id) == implementation).collect();
    let not_run =
        lines.iter().filter_map(|line| Some((line.id.clone(), line.not_run.clone()?))).collect();
    lines.retain(|line| line.not_run.is_none());
    lines.sort_by(|a, b| version::compare(said(a), said(b)));
    let columns: HashMap<&str, usize> =
        lines.iter().enumerate().map(|(at, line)| (line.id.as_str(), at)).collect();
    let mut versions: Vec<Version> = lines.iter().map(|line| ran(line, dialect)).collect();
    let mut cases = Cases::default();
    for result in &record.results {
        if let Some(at) = columns.get(result.implementation.as_str()) {
            versions[*at].total.add(result.outcome);
            cases.take(*at, versions.len(), result);
        }
    }
    let steps = (1..versions.len()).map(|at| step(&versions[at - 1..=at], at, &cases)).collect();
    Trend {
        implementation: implementation.to_owned(),
        edition: record.header.dialect.edition.clone(),
        finished: record.is_finished(),
        versions,
        rules: cases.rows(),
        steps,
        not_run,
    }
}

/// The version that an implementation said, or the one in its id.
fn said(line: &ImplementationLine) -> &str {
    match &line.implementation {
        Some(said) => &said.version,
        None => line.id.split_once('@').map_or("", |(_, version)| version),
    }
}

fn ran(line: &ImplementationLine, dialect: &Dialect) -> Version {
    let capabilities = line.capabilities.clone().unwrap_or_default();
    let all = || dialect.dtypes().iter().map(|dtype| dtype.name.clone()).collect();
    Version {
        id: line.id.clone(),
        version: said(line).to_owned(),
        dtypes: capabilities.dtypes.map_or_else(all, |some| some.into_iter().collect()),
        operations: capabilities.operations.into_iter().collect(),
        total: Cell::default(),
    }
}

/// A case's outcomes, one for each version; absent where there is no result.
type Outcomes = Vec<Option<Outcome>>;

/// The cases of each rule.
#[derive(Default)]
struct Cases {
    rules: BTreeMap<(Operation, String), BTreeMap<String, Outcomes>>,
}

impl Cases {
    fn take(&mut self, at: usize, versions: usize, result: &ResultLine) {
        let rule = self.rules.entry((result.operation, result.rule.clone())).or_default();
        let case = rule.entry(result.case.clone()).or_insert_with(|| vec![None; versions]);
        case[at] = Some(result.outcome);
    }

    fn rows(&self) -> Vec<RuleRow> {
        let row =
            |((operation, rule), cases): (&(Operation, String), &BTreeMap<String, Outcomes>)| {
                let versions = cases.values().next().map_or(0, Vec::len);
                let mut cells = vec![Cell::default(); versions];
                for outcomes in cases.values() {
                    for (cell, outcome) in cells.iter_mut().zip(outcomes) {
                        outcome.iter().for_each(|outcome| cell.add(*outcome));
                    }
                }
                let moves = |case: &Outcomes| case.windows(2).any(|two| two[0] != two[1]);
                let changes = cases.values().any(moves);
                RuleRow { rule: rule.clone(), operation: *operation, cells, changes }
            };
        self.rules.iter().map(row).collect()
    }
}

/// The step to the version at `at`.
fn step(two: &[Version], at: usize, cases: &Cases) -> Step {
    let mut turns: BTreeMap<Turn, Vec<Count>> = BTreeMap::new();
    for ((operation, rule), cases) in &cases.rules {
        let mut counts: BTreeMap<Turn, u64> = BTreeMap::new();
        for outcomes in cases.values() {
            if let Some(turn) = turn(outcomes[at - 1], outcomes[at]) {
                *counts.entry(turn).or_default() += 1;
            }
        }
        for (turn, cases) in counts {
            let count = Count { rule: rule.clone(), operation: *operation, cases };
            turns.entry(turn).or_default().push(count);
        }
    }
    let only_in = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> Vec<String> {
        these.difference(those).cloned().collect()
    };
    let (before, after) = (&two[0], &two[1]);
    Step {
        from: before.version.clone(),
        to: after.version.clone(),
        turns,
        dtypes_gained: only_in(&after.dtypes, &before.dtypes),
        dtypes_lost: only_in(&before.dtypes, &after.dtypes),
        operations_gained: only_in(&after.operations, &before.operations),
        operations_lost: only_in(&before.operations, &after.operations),
    }
}

/// What became of a case; `None` if nothing that counts.
fn turn(before: Option<Outcome>, after: Option<Outcome>) -> Option<Turn> {
    let executed = |outcome: Outcome| outcome.is_bad() || outcome == Outcome::Same;
    match (before.filter(|it| executed(*it)), after.filter(|it| executed(*it))) {
        (Some(before), Some(after)) if before == after => None,
        (Some(Outcome::Same), Some(_)) => Some(Turn::Broke),
        (Some(_), Some(Outcome::Same)) => Some(Turn::Fixed),
        (Some(_), Some(_)) => Some(Turn::OtherwiseWrong),
        (Some(Outcome::Same), None) => Some(Turn::Lost),
        (Some(_), None) => Some(Turn::Withdrawn),
        (None, Some(Outcome::Same)) => Some(Turn::Gained),
        (None, Some(_)) => Some(Turn::NewlyWrong),
        (None, None) => None,
    }
}

impl Turn {
    /// All, worst first.
    pub const ALL: [Turn; 7] = [
        Turn::Broke,
        Turn::Lost,
        Turn::NewlyWrong,
        Turn::OtherwiseWrong,
        Turn::Withdrawn,
        Turn::Fixed,
        Turn::Gained,
    ];

    /// As documents spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Turn::Broke => "broke",
            Turn::Lost => "lost",
            Turn::NewlyWrong => "newly_wrong",
            Turn::OtherwiseWrong => "otherwise_wrong",
            Turn::Withdrawn => "withdrawn",
            Turn::Fixed => "fixed",
            Turn::Gained => "gained",
        }
    }
}

impl Step {
    /// Whether something that was right is so no more.
    pub fn is_regression(&self) -> bool {
        self.turns.contains_key(&Turn::Broke)
            || self.turns.contains_key(&Turn::Lost)
            || !self.dtypes_lost.is_empty()
            || !self.operations_lost.is_empty()
    }

    /// What happened, in a sentence.
    pub fn in_words(&self) -> String {
        sentence::of(self)
    }
}

impl Trend {
    /// Whether the newest version does something wrong that the one before did right.
    pub fn is_regression(&self) -> bool {
        self.steps.last().is_some_and(Step::is_regression)
    }

    /// The rules that are broken alike in every version.
    fn wrong_throughout(&self) -> impl Iterator<Item = &RuleRow> {
        let wrong = |row: &&RuleRow| !row.changes && row.cells.iter().any(|cell| cell.bad() > 0);
        self.rules.iter().filter(wrong)
    }

    /// The rows to show: those that change, or all.
    fn shown(&self, all: bool) -> impl Iterator<Item = &RuleRow> {
        self.rules.iter().filter(move |row| all || row.changes)
    }

    /// For a terminal of so many columns; `None` where lines may be as long as they like.
    /// Only rules that change, unless `all` are asked for.
    pub fn to_terminal(&self, all: bool, width: Option<usize>) -> String {
        terminal::render(self, all, width)
    }

    /// As a section of a document of GitHub's Markdown.
    pub fn to_markdown(&self, all: bool) -> String {
        markdown::render(self, all)
    }

    /// For programs; every rule.
    pub fn to_json(&self) -> Value {
        let versions = self.versions.iter().map(|version| {
            json!({
                "id": version.id, "version": version.version, "dtypes": version.dtypes,
                "operations": version.operations, "total": version.total.to_json(),
            })
        });
        let rules = self.rules.iter().map(|row| {
            json!({
                "rule": row.rule, "operation": row.operation.as_str(), "changes": row.changes,
                "versions": row.cells.iter().map(Cell::to_json).collect::<Vec<_>>(),
            })
        });
        json!({
            "implementation": self.implementation,
            "edition": self.edition,
            "finished": self.finished,
            "versions": versions.collect::<Vec<_>>(),
            "rules": rules.collect::<Vec<_>>(),
            "steps": self.steps.iter().map(Step::to_json).collect::<Vec<_>>(),
            "not_run": self.not_run.iter().map(|(id, reason)| json!({ "id": id, "reason": reason }))
                .collect::<Vec<_>>(),
        })
    }
}

impl Step {
    fn to_json(&self) -> Value {
        let count = |one: &Count| json!({ "rule": one.rule, "operation": one.operation.as_str(), "cases": one.cases });
        let turns: BTreeMap<&str, Vec<Value>> = Turn::ALL
            .into_iter()
            .map(|turn| (turn.as_str(), self.turns.get(&turn).into_iter().flatten()))
            .map(|(word, counts)| (word, counts.map(count).collect()))
            .collect();
        json!({
            "from": self.from, "to": self.to, "cases": turns,
            "dtypes": { "gained": self.dtypes_gained, "lost": self.dtypes_lost },
            "operations": { "gained": self.operations_gained, "lost": self.operations_lost },
            "regression": self.is_regression(), "summary": self.in_words(),
        })
    }
}
