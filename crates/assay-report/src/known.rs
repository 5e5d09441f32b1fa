//! What came of a run, held against what is known of its implementations.
//!
//! An entry of `known.toml` says what will come of some cases. Whatever comes
//! out otherwise is a [`Surprise`]: a deviation that nobody has entered, a
//! known one that is gone or has become another, an entry that matches no case
//! or whose time is over. An implementation without surprises has no deviation
//! that its entries do not explain.

mod embargo;
mod judge;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::KnownFile;
use assay_protocol::known::{Known, Reason};
use assay_protocol::record::{Outcome, ResultLine};
use assay_spec::Dialect;
use serde_json::Value;

pub use embargo::{redact, redact_deaths};
pub use judge::{can_come, judge};

/// What is known, by implementation.
pub type KnownFiles = BTreeMap<String, KnownFile>;

/// What entries are held against beside the results.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Ids of all cases of the corpus.
    pub cases: &'a BTreeSet<String>,
    /// The rules that there are.
    pub dialect: &'a Dialect,
    /// Whether every case of the corpus was to be run.
    pub is_complete: bool,
    /// Today, `2027-06-30`.
    pub today: &'a str,
}

/// How a run compares with what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    /// The implementations that ran, in the order of the record.
    pub rows: Vec<Row>,
    /// Results that entries explain: implementation and case.
    explained: BTreeSet<(String, String)>,
}

/// One implementation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Whether there is a `known.toml` for it.
    pub has_file: bool,
    /// Results that came out as an entry says, by the entry's reason.
    pub known: BTreeMap<Reason, u64>,
    /// Results under embargo.
    pub embargoed: u64,
    /// What came out otherwise.
    pub surprises: Vec<Surprise>,
}

/// Something that the entries do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surprise {
    /// What it is.
    pub kind: SurpriseKind,
    /// The rule; absent under embargo.
    pub rule: Option<String>,
    /// The outcome that the entry names or, if it is new, the one that was seen.
    pub outcome: Outcome,
    /// The cases, without their rule; none under embargo.
    pub cases: Vec<String>,
    /// In words what is the matter.
    pub what: String,
}

/// Kinds of surprises, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SurpriseKind {
    /// A deviation that no entry speaks of.
    New,
    /// A known deviation has become another one.
    WrongOutcome,
    /// A known deviation is gone.
    UnexpectedPass,
    /// An entry's day is over.
    Expired,
    /// An entry speaks of what is not there.
    Stale,
}

impl SurpriseKind {
    /// As JSON spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            SurpriseKind::New => "new",
            SurpriseKind::WrongOutcome => "wrong_outcome",
            SurpriseKind::UnexpectedPass => "unexpected_pass",
            SurpriseKind::Expired => "expired",
            SurpriseKind::Stale => "stale",
        }
    }
}

impl Expectations {
    /// Whether anything came out otherwise than the entries say.
    pub fn is_surprising(&self) -> bool {
        self.rows.iter().any(|row| !row.surprises.is_empty())
    }

    /// Whether an entry explains what an implementation did with a case.
    pub fn explains(&self, implementation: &str, case: &str) -> bool {
        self.explained.contains(&(implementation.to_owned(), case.to_owned()))
    }

    /// A few lines for a terminal of so many columns; empty if there is nothing to say.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        render::to_terminal(self, width)
    }

    /// As GitHub's Markdown; empty if there is nothing to say.
    pub fn to_markdown(&self) -> String {
        render::to_markdown(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        render::to_json(self)
    }
}

/// The last part of a case's id: what entries list.
pub fn slug(case: &str) -> &str {
    case.rsplit_once('/').map_or(case, |(_, slug)| slug)
}

/// Whether an entry that is not under embargo may speak of a result: the one
/// place that says which results belong to an entry's rule.
pub fn is_of_rule(entry: &Known, result: &ResultLine) -> bool {
    entry.rule.as_deref() == Some(result.rule.as_str())
}
