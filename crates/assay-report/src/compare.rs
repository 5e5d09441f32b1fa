//! Two records compared: what was fixed, what broke, what is not run any more.
//!
//! Results are paired by implementation and case. To pass is to be right; what
//! passed and is not executed any more is *lost*, which is a regression like
//! any other, since nobody knows what would come of it.

mod render;

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::record::{ImplementationLine, Outcome, ResultLine};
use serde_json::Value;

use crate::record::Record;

/// What became of a case for an implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Right before, wrong now.
    Broken,
    /// Right before, not executed now.
    Lost,
    /// Not right before, and otherwise not right now.
    Changed,
    /// Wrong before, right now.
    Fixed,
    /// Not executed before, right now.
    Gained,
    /// The case itself says something else now.
    Redefined,
}

impl Change {
    /// All of them, the gravest first.
    pub const ALL: [Change; 6] = [
        Change::Broken,
        Change::Lost,
        Change::Changed,
        Change::Fixed,
        Change::Gained,
        Change::Redefined,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Broken => "broken",
            Change::Lost => "lost",
            Change::Changed => "changed",
            Change::Fixed => "fixed",
            Change::Gained => "gained",
            Change::Redefined => "redefined",
        }
    }

    /// What a pair of outcomes is; `None` if nothing changed.
    fn of(before: Outcome, after: Outcome) -> Option<Change> {
        let is_executed = |outcome: Outcome| outcome.is_bad() || outcome == Outcome::Same;
        match (before, after) {
            (before, after) if before == after => None,
            (Outcome::Same, after) if is_executed(after) => Some(Change::Broken),
            (Outcome::Same, _) => Some(Change::Lost),
            (before, Outcome::Same) if is_executed(before) => Some(Change::Fixed),
            (_, Outcome::Same) => Some(Change::Gained),
            _ => Some(Change::Changed),
        }
    }
}

/// Two records, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Implementations of either record, by id.
    pub implementations: Vec<Compared>,
    /// Cases that only the second has.
    pub new_cases: u64,
    /// Cases that only the first has.
    pub removed_cases: Vec<String>,
    /// Why the records are not of the same run, if they are not.
    pub notes: Vec<String>,
}

/// One implementation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub presence: Presence,
    /// Its versions before and after, as far as it ran.
    pub versions: [Option<String>; 2],
    /// Why it was not run in the second record, if it was not.
    pub not_run: Option<String>,
    /// Cases for which nothing changed.
    pub unchanged: u64,
    /// Cases for which something did: the gravest first, then by case.
    pub flips: Vec<Flip>,
}

/// Which records hold an implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Both.
    Both,
    /// The second.
    New,
    /// The first.
    Removed,
}

/// One case that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// What it is.
    pub change: Change,
    /// The case.
    pub case: String,
    /// Its rule.
    pub rule: String,
    /// The outcome before.
    pub before: Outcome,
    /// The outcome now.
    pub after: Outcome,
    /// What differs now, or the implementation's words.
    pub detail: Option<String>,
}

/// Compares two finished records, the older one first.
pub fn compare(before: &Record, after: &Record) -> Comparison {
    let [cases_before, cases_after] = [before, after].map(cases);
    let ids: BTreeSet<&str> = [before, after]
        .iter()
        .flat_map(|record| &record.implementations)
        .map(|l| l.id.as_str())
        .collect();
    let shared = |case: &str| cases_before.contains(case) && cases_after.contains(case);
    let [results_before, results_after] = [before, after].map(by_implementation);
    let none = BTreeMap::new();
    let implementations = ids
        .into_iter()
        .map(|id| {
            let lines = [before, after].map(|record| record.implementation(id));
            let results = [&results_before, &results_after].map(|all| all.get(id).unwrap_or(&none));
            compare_one(id, lines, results, &shared)
        })
        .collect();
    Comparison {
        implementations,
        new_cases: cases_after.difference(&cases_before).count() as u64,
        removed_cases: cases_before.difference(&cases_after).map(|&case| case.to_owned()).collect(),
        notes: notes(before, after),
    }
}

fn cases(record: &Record) -> BTreeSet<&str> {
    record.results.iter().map(|result| result.case.as_str()).collect()
}

type Results<'r> = BTreeMap<&'r str, &'r ResultLine>;

fn by_implementation(record: &Record) -> BTreeMap<&str, Results<'_>> {
    let mut all: BTreeMap<&str, Results<'_>> = BTreeMap::new();
    for result in &record.results {
        all.entry(&result.implementation).or_default().insert(&result.case, result);
    }
    all
}

fn compare_one(
    id: &str,
    lines: [Option<&ImplementationLine>; 2],
    [before, after]: [&Results<'_>; 2],
    shared: &dyn Fn(&str) -> bool,
) -> Compared {
    let presence = match lines {
        [Some(_), Some(_)] => Presence::Both,
        [None, _] => Presence::New,
        [Some(_), None] => Presence::Removed,
    };
    let version =
        |line: Option<&ImplementationLine>| Some(line?.implementation.as_ref()?.version.clone());
    let mut one = Compared {
        id: id.to_owned(),
        presence,
        versions: lines.map(version),
        not_run: lines[1].and_then(|line| line.not_run.clone()),
        unchanged: 0,
        flips: Vec::new(),
    };
    if presence != Presence::Both {
        return one;
    }
    let all: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    for case in all.into_iter().filter(|case| shared(case)) {
        match flip(case, before.get(case).copied(), after.get(case).copied()) {
            Some(flip) => one.flips.push(flip),
            None => one.unchanged += 1,
        }
    }
    one.flips.sort_by(|a, b| (a.change, &a.case).cmp(&(b.change, &b.case)));
    one
}

/// A case without a result was not run.
fn flip(case: &str, before: Option<&ResultLine>, after: Option<&ResultLine>) -> Option<Flip> {
    let outcome = |line: Option<&ResultLine>| line.map_or(Outcome::NotRun, |line| line.outcome);
    let is_redefined = match (before, after) {
        (Some(before), Some(after)) => before.verdict != after.verdict,
        _ => false,
    };
    let (was, is) = (outcome(before), outcome(after));
    let change = Change::of(was, is).or(is_redefined.then_some(Change::Redefined))?;
    Some(Flip {
        change: if is_redefined { Change::Redefined } else { change },
        case: case.to_owned(),
        rule: after.or(before).map(|line| line.rule.clone()).unwrap_or_default(),
        before: was,
        after: is,
        detail: after.and_then(words),
    })
}

fn words(line: &ResultLine) -> Option<String> {
    let error = || {
        let error = line.error.as_ref()?;
        Some(format!("{}: {}", error.class, error.message))
    };
    line.detail.clone().or_else(error)
}

fn notes(before: &Record, after: &Record) -> Vec<String> {
    let [a, b] = [&before.header, &after.header];
    let mut notes = Vec::new();
    if a.dialect.digest != b.dialect.digest {
        notes.push("the rules are not the same: verdicts may have changed with them".to_owned());
    }
    if a.manifest_sha256 != b.manifest_sha256 {
        notes.push("the corpora are not the same: cases that both have are compared".to_owned());
    }
    if a.suite != b.suite {
        notes.push(format!("made by different versions of the suite: {} and {}", a.suite, b.suite));
    }
    notes
}

impl Comparison {
    /// How often something of a kind happened.
    pub fn count(&self, change: Change) -> u64 {
        let flips = self.implementations.iter().flat_map(|one| &one.flips);
        flips.filter(|flip| flip.change == change).count() as u64
    }

    /// Implementations that only the first record has.
    pub fn removed_implementations(&self) -> Vec<&str> {
        let removed = self.implementations.iter().filter(|one| one.presence == Presence::Removed);
        removed.map(|one| one.id.as_str()).collect()
    }

    /// For a terminal of so many columns.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        render::to_terminal(self, width)
    }

    /// As a comment on a pull request: a table, the ten gravest changes, a count of the others.
    pub fn to_markdown(&self) -> String {
        render::to_markdown(self)
    }

    /// For programs: everything.
    pub fn to_json(&self) -> Value {
        render::to_json(self)
    }
}

impl Compared {
    /// How often something of a kind happened.
    pub fn count(&self, change: Change) -> u64 {
        self.flips.iter().filter(|flip| flip.change == change).count() as u64
    }
}
