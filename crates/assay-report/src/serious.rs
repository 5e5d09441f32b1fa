//! The most serious findings of a record, ranked.
//!
//! The same outcome on the same rule by one implementation is one finding with
//! an example. Rank: what happened, then what the rule's risk makes of it, then
//! how often. The list is kept diverse, so that one implementation or one rule
//! does not fill it while others have findings too.

mod collect;
mod render;

pub(crate) use render::risk_words;

use assay_protocol::record::Outcome;
use assay_spec::{Dialect, Level, Risk, RiskKind};

pub use crate::split::Seen;

use crate::record::Record;
use crate::relations::Relations;

/// One serious finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serious {
    /// What happened.
    pub kind: Kind,
    /// Who did it; of a split view, all that accept the example, in the order of the record.
    pub implementations: Vec<String>,
    /// The rule that the cases prove.
    pub rule: String,
    /// What the rule says; absent if the dialect lacks it.
    pub title: Option<String>,
    /// The rule's level.
    pub level: Option<Level>,
    /// What ignoring the rule costs.
    pub risk: Option<Risk>,
    /// One case that shows it: the first by id.
    pub example: String,
    /// How many cases show it.
    pub cases: u64,
    /// What exactly differs, or how it died, or its own error; of the example.
    pub detail: Option<String>,
    /// Of a split view, and of a misread that others do not share: who sees what in the example.
    pub views: Vec<Seen>,
}

/// What happened, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A file is accepted with another view than the right one.
    Misread,
    /// An invalid file is accepted by several that see different views.
    SplitView,
    /// The process died.
    Crash,
    /// No answer before the deadline.
    Hang,
    /// The process outgrew its memory limit.
    OutOfMemory,
    /// An invalid file is accepted.
    FalseAccept,
    /// Files that must look alike do not, and no misread says so already.
    BrokenRelation,
    /// A valid file is refused.
    FalseReject,
    /// Bytes are right, dtype or shape is lost.
    Degraded,
    /// The adapter broke the protocol.
    ProtocolError,
}

impl Kind {
    /// As JSON spells it: the outcome's name, `split_view` or `broken_relation`.
    pub fn as_str(self) -> &'static str {
        match self.outcome() {
            Some(outcome) => outcome.as_str(),
            None if self == Kind::BrokenRelation => "broken_relation",
            None => "split_view",
        }
    }

    /// The outcome it stands for; a split view or a relation takes several results.
    pub fn outcome(self) -> Option<Outcome> {
        Some(match self {
            Kind::Misread => Outcome::Misread,
            Kind::SplitView | Kind::BrokenRelation => return None,
            Kind::Crash => Outcome::Crash,
            Kind::Hang => Outcome::Hang,
            Kind::OutOfMemory => Outcome::OutOfMemory,
            Kind::FalseAccept => Outcome::FalseAccept,
            Kind::FalseReject => Outcome::FalseReject,
            Kind::Degraded => Outcome::Degraded,
            Kind::ProtocolError => Outcome::ProtocolError,
        })
    }

    fn of(outcome: Outcome) -> Option<Kind> {
        Some(match outcome {
            Outcome::Misread => Kind::Misread,
            Outcome::Crash => Kind::Crash,
            Outcome::Hang => Kind::Hang,
            Outcome::OutOfMemory => Kind::OutOfMemory,
            Outcome::FalseAccept => Kind::FalseAccept,
            Outcome::FalseReject => Kind::FalseReject,
            Outcome::Degraded => Kind::Degraded,
            Outcome::ProtocolError => Kind::ProtocolError,
            Outcome::Deferred | Outcome::Unsupported | Outcome::NotRun | Outcome::Same => {
                return None;
            }
        })
    }
}

/// At most `most` findings, worst first. The dialect tells what is at stake.
pub fn most_serious(record: &Record, dialect: &Dialect, most: usize) -> Vec<Serious> {
    most_serious_with(record, &Relations { rows: Vec::new() }, dialect, most)
}

/// As [`most_serious`], with the relations that are broken.
pub fn most_serious_with(
    record: &Record,
    relations: &Relations,
    dialect: &Dialect,
    most: usize,
) -> Vec<Serious> {
    let mut ranked = collect::all(record, dialect);
    ranked.extend(collect::relations(relations, dialect));
    ranked.sort_by_cached_key(rank);
    diverse(ranked, most)
}

/// For a terminal of so many columns.
pub fn to_terminal(serious: &[Serious], width: Option<usize>) -> String {
    render::to_terminal(serious, width)
}

/// As a numbered list of GitHub's Markdown.
pub fn to_markdown(serious: &[Serious]) -> String {
    render::to_markdown(serious)
}

/// For programs.
pub fn to_json(serious: &[Serious]) -> serde_json::Value {
    render::to_json(serious)
}

/// Smaller is worse. Ends with names, so that the order is total.
fn rank(serious: &Serious) -> impl Ord + use<> {
    let risk = serious.risk.as_ref().map(|risk| risk.kind);
    // Accepting what merely breaks a rule is less than refusing a good file.
    let harmless = serious.kind == Kind::FalseAccept && !risk.is_some_and(is_grave);
    let kind = if harmless { Kind::FalseReject } else { serious.kind };
    (
        (kind, harmless),
        risk.map_or(u8::MAX, weight),
        serious.level != Some(Level::Must),
        std::cmp::Reverse(serious.cases),
        serious.rule.clone(),
        serious.implementations.clone(),
    )
}

/// Whether ignoring a rule of this risk endangers the user.
fn is_grave(kind: RiskKind) -> bool {
    kind != RiskKind::Interoperability
}

/// The order of risks, worst first.
fn weight(kind: RiskKind) -> u8 {
    match kind {
        RiskKind::MemorySafety => 0,
        RiskKind::SplitView => 1,
        RiskKind::Polyglot => 2,
        RiskKind::DenialOfService => 3,
        RiskKind::DataLoss => 4,
        RiskKind::Interoperability => 5,
    }
}

/// The first `most`, of which no implementation and no rule has more than a
/// third, unless there is nothing else to show. Keeps the order.
fn diverse(ranked: Vec<Serious>, most: usize) -> Vec<Serious> {
    let share = most.div_ceil(3);
    let mut taken = vec![false; ranked.len()];
    for (at, serious) in ranked.iter().enumerate() {
        let earlier =
            || ranked[..at].iter().zip(&taken).filter(|(_, taken)| **taken).map(|(s, _)| s);
        // A split view is nobody's alone.
        let alone = |other: &&Serious| {
            other.kind != Kind::SplitView && other.implementations == serious.implementations
        };
        let crowded = serious.kind != Kind::SplitView && earlier().filter(alone).count() >= share;
        let repeated = earlier().filter(|other| other.rule == serious.rule).count() >= share;
        taken[at] = !crowded && !repeated && earlier().count() < most;
    }
    let mut free = most.saturating_sub(taken.iter().filter(|taken| **taken).count());
    for taken in taken.iter_mut().filter(|taken| !**taken) {
        if free == 0 {
            break;
        }
        *taken = true;
        free -= 1;
    }
    ranked.into_iter().zip(taken).filter_map(|(serious, taken)| taken.then_some(serious)).collect()
}
