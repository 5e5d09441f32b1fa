//! Metamorphic relations, judged from what an implementation itself said of
//! the files of a group: no expected view is asked.
//!
//! The files of one side are taken together. A relation is *broken* where an
//! implementation accepts the base and another side and sees different things
//! in them, or accepts one of them and refuses the other. It is *undecided*
//! where the implementation said nothing that could be compared: it refused
//! both, died, or lacks what the files need. Else it *holds*.

mod compare;
mod render;

use std::collections::{BTreeMap, HashMap};

use assay_protocol::record::{Answer, DeliveredView, Outcome, ResultLine};
use assay_protocol::{Aspect, Manifest, ManifestCase, RelationKind};
use serde_json::Value;

pub use compare::difference;

use crate::record::Record;

/// Files that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What was done.
    pub kind: RelationKind,
    /// Its id.
    pub id: String,
    /// What must be equal.
    pub keeps: Vec<Aspect>,
    /// Ids of cases: the base, then every side that was made from it.
    pub sides: Vec<Vec<String>>,
}

/// The groups of a manifest in order of kind, then of id. Whoever shows only a
/// part of the cases to implementations takes the groups of the whole manifest:
/// half a union is no union.
pub fn groups(manifest: &Manifest) -> Vec<Group> {
    groups_of(&manifest.cases)
}

/// As [`groups`], of cases that stand in no manifest yet.
pub fn groups_of(cases: &[ManifestCase]) -> Vec<Group> {
    let mut groups: BTreeMap<(RelationKind, &str), Sides> = BTreeMap::new();
    for case in cases {
        let Some(relation) = &case.relation else { continue };
        let group = groups.entry((relation.kind, &relation.group)).or_default();
        group.keeps.clone_from(&relation.keeps);
        group.cases.entry(relation.side).or_default().push(case.id.clone());
    }
    groups
        .into_iter()
        .map(|((kind, id), Sides { keeps, cases })| Group {
            kind,
            id: id.to_owned(),
            keeps,
            sides: cases.into_values().collect(),
        })
        .collect()
}

/// A group as it is gathered: cases by number of their side.
#[derive(Default)]
struct Sides {
    keeps: Vec<Aspect>,
    cases: BTreeMap<u32, Vec<String>>,
}

/// How relations came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relations {
    /// A row for each implementation that was shown at least one group, in order of id.
    pub rows: Vec<Row>,
}

/// How one implementation kept relations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Groups that it was shown, each with what came of it.
    pub groups: Vec<(Group, State)>,
}

/// What came of a group for an implementation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Every side is as the base.
    Holds,
    /// At least one side is not.
    Broken(Vec<Break>),
    /// Nothing is broken, but not every side could be compared: why, of the first.
    Undecided(String),
}

/// A side that is not as its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Cases of the base.
    pub base: Vec<String>,
    /// Cases of the side.
    pub side: Vec<String>,
    /// What differs.
    pub what: String,
    /// Whether a case of either is a misread, so that the list of misreads has it already.
    pub is_misread: bool,
    /// The rule that the side's cases prove.
    pub rule: String,
}

/// Groups of one kind by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups that hold.
    pub holds: u64,
    /// Groups that are broken.
    pub broken: u64,
    /// Groups that could not be decided.
    pub undecided: u64,
}

/// Judges the groups by a record. Groups of which an implementation was shown
/// no case at all are left out.
pub fn judge(record: &Record, groups: &[Group]) -> Relations {
    let mut results: BTreeMap<&str, HashMap<&str, &ResultLine>> = BTreeMap::new();
    for line in &record.results {
        results.entry(&line.implementation).or_default().insert(&line.case, line);
    }
    let mut rows = Vec::new();
    for (id, results) in results {
        let capabilities = record.implementation(id).and_then(|line| line.capabilities.as_ref());
        let with_metadata = capabilities.is_none_or(|capabilities| capabilities.metadata);
        let judged: Vec<(Group, State)> = groups
            .iter()
            .filter(|group| {
                group.sides.iter().flatten().any(|case| results.contains_key(case.as_str()))
            })
            .map(|group| (group.clone(), judge_group(group, &results, with_metadata)))
            .collect();
        if !judged.is_empty() {
            rows.push(Row { id: id.to_owned(), groups: judged });
        }
    }
    Relations { rows }
}

fn judge_group(group: &Group, results: &HashMap<&str, &ResultLine>, with_metadata: bool) -> State {
    let keeps: Vec<Aspect> = group
        .keeps
        .iter()
        .copied()
        .filter(|aspect| with_metadata || *aspect != Aspect::Metadata)
        .collect();
    let Some((base, sides)) = group.sides.split_first() else { return State::Holds };
    let seen_base = side(base, results);
    let mut breaks = Vec::new();
    let mut undecided = None;
    for cases in sides {
        let what = match (&seen_base, side(cases, results)) {
            (Side::Unknown(why), _) => Err(why.clone()),
            (_, Side::Unknown(why)) => Err(why),
            (Side::Refused(_), Side::Refused(_)) => Err("refuses both".to_owned()),
            (Side::Refused(case), Side::Accepted(_)) => {
                Ok(Some(format!("refuses {case} and accepts {}", cases.join(", "))))
            }
            (Side::Accepted(_), Side::Refused(case)) => {
                Ok(Some(format!("accepts {} and refuses {case}", base.join(", "))))
            }
            (Side::Accepted(one), Side::Accepted(other)) => Ok(difference(&keeps, one, &other)),
        };
        match what {
            Ok(None) => {}
            Ok(Some(what)) => breaks.push(broken(base, cases, what, results)),
            Err(why) => undecided = undecided.or(Some(why)),
        }
    }
    match (breaks.is_empty(), undecided) {
        (false, _) => State::Broken(breaks),
        (true, Some(why)) => State::Undecided(why),
        (true, None) => State::Holds,
    }
}

fn broken(
    base: &[String],
    side: &[String],
    what: String,
    results: &HashMap<&str, &ResultLine>,
) -> Break {
    let lines = || base.iter().chain(side).filter_map(|case| results.get(case.as_str()));
    Break {
        base: base.to_vec(),
        side: side.to_vec(),
        what,
        is_misread: lines().any(|line| line.outcome == Outcome::Misread),
        rule: lines().next_back().map(|line| line.rule.clone()).unwrap_or_default(),
    }
}

/// What an implementation made of the files of a side.
enum Side<'r> {
    /// It accepts all of them.
    Accepted(Vec<&'r DeliveredView>),
    /// It refuses this one, and nothing is unknown of the others.
    Refused(String),
    /// It said nothing that counts of one of them: why.
    Unknown(String),
}

fn side<'r>(cases: &[String], results: &HashMap<&str, &'r ResultLine>) -> Side<'r> {
    let mut views = Vec::with_capacity(cases.len());
    let mut refused = None;
    for case in cases {
        let Some(line) = results.get(case.as_str()) else {
            return Side::Unknown(format!("was not shown {case}"));
        };
        if says_nothing(line.outcome) {
            return Side::Unknown(format!("{} on {case}", line.outcome.as_str()));
        }
        match (line.answer, &line.delivered) {
            (Some(Answer::Accept), Some(view)) => views.push(view),
            (Some(Answer::Accept), None) => {
                return Side::Unknown(format!("what it delivered for {case} is not in the record"));
            }
            (Some(Answer::Reject | Answer::Unsupported), _) => {
                refused.get_or_insert_with(|| case.clone());
            }
            (Some(Answer::Written | Answer::OutOfMemory) | None, _) => {
                return Side::Unknown(format!("gave no answer to {case}"));
            }
        }
    }
    match refused {
        Some(case) => Side::Refused(case),
        None => Side::Accepted(views),
    }
}

/// Whether an outcome tells nothing of what the implementation sees in a file.
fn says_nothing(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Crash
        | Outcome::Hang
        | Outcome::OutOfMemory
        | Outcome::ProtocolError
        | Outcome::Deferred
        | Outcome::Unsupported
        | Outcome::NotRun => true,
        Outcome::Misread
        | Outcome::FalseAccept
        | Outcome::FalseReject
        | Outcome::Degraded
        | Outcome::Same => false,
    }
}

impl Row {
    /// Groups of a kind by what came of them; of all kinds if none is given.
    pub fn counts(&self, kind: Option<RelationKind>) -> Counts {
        let mut counts = Counts::default();
        let wanted = |group: &Group| kind.is_none_or(|kind| group.kind == kind);
        for (_, state) in self.groups.iter().filter(|(group, _)| wanted(group)) {
            match state {
                State::Holds => counts.holds += 1,
                State::Broken(_) => counts.broken += 1,
                State::Undecided(_) => counts.undecided += 1,
            }
        }
        counts
    }

    /// Every side that is not as its base, with its group.
    pub fn breaks(&self) -> impl Iterator<Item = (&Group, &Break)> {
        self.groups.iter().flat_map(|(group, state)| {
            let breaks = match state {
                State::Broken(breaks) => breaks.as_slice(),
                State::Holds | State::Undecided(_) => &[],
            };
            breaks.iter().map(move |one| (group, one))
        })
    }
}

impl Relations {
    /// Whether any implementation broke any relation.
    pub fn is_broken(&self) -> bool {
        self.rows.iter().any(|row| row.counts(None).broken > 0)
    }

    /// A few lines for a terminal of so many columns; empty if no group was shown.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        render::to_terminal(self, width)
    }

    /// A table of implementations and kinds, and the broken ones, in GitHub's
    /// Markdown; empty if no group was shown.
    pub fn to_markdown(&self) -> String {
        render::to_markdown(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        render::to_json(self)
    }
}
