//! Split views by cause: which implementations accept the same file and see
//! different things, and what differs first.
//!
//! A scanner protects a loader only from files in which both see the same. The
//! table of pairs says for how many files of the corpus that is not so: each of
//! them passes the one in one reading and is loaded by the other in another.

mod field;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::Manifest;
use assay_protocol::record::{DeliveredTensor, DeliveredView, ResultLine};
use assay_spec::{Dialect, RuleId};
use serde_json::Value;

pub use field::{Field, first_difference};

use crate::record::Record;
use crate::split::{Seen, SplitView, split_views};

/// The split views of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    /// Files that are accepted with more than one view.
    pub files: u64,
    /// Why, the cause with most files first.
    pub causes: Vec<Cause>,
    /// Implementations that take part, in the order of the record.
    pub implementations: Vec<String>,
    /// Pairs that disagree, the pair with most files first.
    pub pairs: Vec<Pair>,
}

/// Files that split views for one reason: a rule, and what differs first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The rule that the files prove or break.
    pub rule: String,
    /// What the rule says; absent if the dialect lacks it.
    pub title: Option<String>,
    /// What differs first.
    pub field: Field,
    /// The files, by id.
    pub cases: Vec<String>,
    /// What exactly differs in the first of them.
    pub what: String,
    /// Who sees what in the first of them.
    pub views: Vec<Seen>,
    /// How many pairs of implementations are split by any of them.
    pub pairs: u64,
}

/// Two implementations that accept the same files with different views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The two, in the order of the record.
    pub implementations: [String; 2],
    /// For how many files.
    pub files: u64,
    /// The causes: rule and field, with the number of files.
    pub causes: BTreeMap<(String, Field), u64>,
}

/// What is right in each case of a manifest, as a view that was delivered.
pub fn right_views(manifest: &Manifest) -> BTreeMap<String, DeliveredView> {
    let view = |case: &assay_protocol::ManifestCase| {
        let view = case.view.as_ref()?;
        let tensors = view.tensors.iter().map(|tensor| DeliveredTensor {
            name: tensor.name.clone(),
            dtype: tensor.dtype.clone(),
            shape: tensor.shape.iter().map(|dimension| (*dimension).into()).collect(),
            sha256: tensor.sha256.clone(),
        });
        Some((
            case.id.clone(),
            DeliveredView { metadata: view.metadata.clone(), tensors: tensors.collect() },
        ))
    };
    manifest.cases.iter().filter_map(view).collect()
}

/// All split views of a record. `right` says what is right where the record,
/// which keeps wrong views only, does not; without it those causes are `unknown`.
pub fn splits(
    record: &Record,
    right: &BTreeMap<String, DeliveredView>,
    dialect: &Dialect,
) -> Splits {
    let lines: BTreeMap<(&str, &str), &ResultLine> = record
        .results
        .iter()
        .map(|line| ((line.implementation.as_str(), line.case.as_str()), line))
        .collect();
    let order: BTreeMap<&str, usize> =
        record.implementations.iter().zip(0..).map(|(line, at)| (line.id.as_str(), at)).collect();
    let mut gathered = Gathered::default();
    let all = split_views(record);
    for split in &all {
        for (at, one) in split.views.iter().enumerate() {
            for other in &split.views[at + 1..] {
                let views = [one, other].map(|seen| view(split, seen, &lines, right));
                let (field, what) = match views {
                    [Some(a), Some(b)] => first_difference(a, b),
                    _ => None,
                }
                .unwrap_or((Field::Unknown, "the record does not hold both views".to_owned()));
                gathered.add(split, [one, other], field, what, &order);
            }
        }
    }
    gathered.into_splits(all.len() as u64, record, dialect)
}

/// A view that is seen: as it was delivered, with metadata if any of those who
/// see it report that.
fn view<'a>(
    split: &SplitView,
    seen: &Seen,
    lines: &BTreeMap<(&str, &str), &'a ResultLine>,
    right: &'a BTreeMap<String, DeliveredView>,
) -> Option<&'a DeliveredView> {
    if seen.right {
        return right.get(&split.case);
    }
    let delivered = seen
        .implementations
        .iter()
        .filter_map(|id| lines.get(&(id.as_str(), split.case.as_str()))?.delivered.as_ref());
    delivered.max_by_key(|view| view.metadata.is_some())
}

#[derive(Default)]
struct Gathered {
    causes: BTreeMap<(String, Field), CauseSoFar>,
    pairs: BTreeMap<(usize, usize), PairSoFar>,
}

#[derive(Default)]
struct CauseSoFar {
    cases: Vec<String>,
    what: String,
    views: Vec<Seen>,
    pairs: BTreeSet<(usize, usize)>,
}

#[derive(Default)]
struct PairSoFar {
    files: u64,
    causes: BTreeMap<(String, Field), u64>,
}

impl Gathered {
    fn add(
        &mut self,
        split: &SplitView,
        [one, other]: [&Seen; 2],
        field: Field,
        what: String,
        order: &BTreeMap<&str, usize>,
    ) {
        let key = (split.rule.clone(), field);
        let cause = self.causes.entry(key.clone()).or_default();
        if cause.cases.is_empty() {
            cause.what =
                format!("{} / {}: {what}", one.implementations[0], other.implementations[0]);
            cause.views.clone_from(&split.views);
        }
        if cause.cases.last() != Some(&split.case) {
            cause.cases.push(split.case.clone());
        }
        for a in &one.implementations {
            for b in &other.implementations {
                let [Some(a), Some(b)] = [a, b].map(|id| order.get(id.as_str())) else { continue };
                let pair = (*a.min(b), *a.max(b));
                cause.pairs.insert(pair);
                let pair = self.pairs.entry(pair).or_default();
                pair.files += 1;
                *pair.causes.entry(key.clone()).or_default() += 1;
            }
        }
    }

    fn into_splits(self, files: u64, record: &Record, dialect: &Dialect) -> Splits {
        let id = |at: usize| record.implementations[at].id.clone();
        let taking: BTreeSet<usize> = self.pairs.keys().flat_map(|(a, b)| [*a, *b]).collect();
        let cause = |((rule, field), found): ((String, Field), CauseSoFar)| Cause {
            title: dialect.rule(&RuleId::new(&rule)).map(|rule| rule.title.clone()),
            rule,
            field,
            cases: found.cases,
            what: found.what,
            views: found.views,
            pairs: found.pairs.len() as u64,
        };
        let pair = |((a, b), found): ((usize, usize), PairSoFar)| Pair {
            implementations: [id(a), id(b)],
            files: found.files,
            causes: found.causes,
        };
        let mut causes: Vec<Cause> = self.causes.into_iter().map(cause).collect();
        let mut pairs: Vec<Pair> = self.pairs.into_iter().map(pair).collect();
        // Both sorts are stable: what is equal stays in order of rule or of the record.
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.cases.len()));
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.files));
        Splits { files, causes, implementations: taking.into_iter().map(id).collect(), pairs }
    }
}

impl Splits {
    /// For how many files two implementations disagree.
    pub fn between(&self, a: &str, b: &str) -> u64 {
        let is_pair = |pair: &&Pair| {
            let [one, other] = &pair.implementations;
            (one == a && other == b) || (one == b && other == a)
        };
        self.pairs.iter().find(is_pair).map_or(0, |pair| pair.files)
    }

    /// For a terminal of so many columns.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        render::to_terminal(self, width)
    }

    /// As GitHub's Markdown.
    pub fn to_markdown(&self) -> String {
        render::to_markdown(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        render::to_json(self)
    }
}
