//! All serious findings of a record, grouped, not yet ranked.

use std::collections::{BTreeMap, HashMap};

use assay_protocol::RelationKind;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::ResultLine;
use assay_spec::{Dialect, RuleId};

use super::{Kind, Serious};
use crate::record::Record;
use crate::relations::{Break, Relations};
use crate::split::{SplitView, split_views};

pub(super) fn all(record: &Record, dialect: &Dialect) -> Vec<Serious> {
    let splits = split_views(record);
    let mut all = outcomes(record, dialect, &splits);
    all.extend(split_findings(record, dialect, &splits));
    all
}

/// Bad outcomes: one finding for each implementation, kind and rule.
fn outcomes(record: &Record, dialect: &Dialect, splits: &[SplitView]) -> Vec<Serious> {
    let by_case: HashMap<&str, &SplitView> =
        splits.iter().map(|split| (split.case.as_str(), split)).collect();
    let mut groups: BTreeMap<(Kind, &str, &str), Vec<&ResultLine>> = BTreeMap::new();
    for result in &record.results {
        if let Some(kind) = Kind::of(result.outcome) {
            let group = (kind, result.implementation.as_str(), result.rule.as_str());
            groups.entry(group).or_default().push(result);
        }
    }
    let finding = |((kind, implementation, rule), results): (_, Vec<&ResultLine>)| {
        let example = results.iter().min_by_key(|result| &result.case)?;
        let split = by_case.get(example.case.as_str()).filter(|_| kind == Kind::Misread);
        Some(Serious {
            implementations: vec![str::to_owned(implementation)],
            example: example.case.clone(),
            cases: results.len() as u64,
            detail: detail(example),
            views: split.map(|split| split.views.clone()).unwrap_or_default(),
            ..about(kind, rule, dialect)
        })
    };
    groups.into_iter().filter_map(finding).collect()
}

/// Split views of invalid files: one finding for each rule. On other files
/// one of the views is right and each of the others is a misread of its own.
fn split_findings(record: &Record, dialect: &Dialect, splits: &[SplitView]) -> Vec<Serious> {
    let mut groups: BTreeMap<&str, Vec<&SplitView>> = BTreeMap::new();
    for split in splits.iter().filter(|split| split.verdict == ClaimedVerdict::Invalid) {
        groups.entry(&split.rule).or_default().push(split);
    }
    let finding = |(rule, splits): (&str, Vec<&SplitView>)| {
        let example = splits.first()?;
        let takes_part =
            |id: &String| example.views.iter().any(|seen| seen.implementations.contains(id));
        let all = record.implementations.iter().map(|line| &line.id);
        Some(Serious {
            implementations: all.filter(|id| takes_part(id)).cloned().collect(),
            example: example.case.clone(),
            cases: splits.len() as u64,
            views: example.views.clone(),
            ..about(Kind::SplitView, rule, dialect)
        })
    };
    groups.into_iter().filter_map(finding).collect()
}

/// Broken relations that are not misreads already: one finding for each
/// implementation, kind and rule.
pub(super) fn relations(relations: &Relations, dialect: &Dialect) -> Vec<Serious> {
    let mut all = Vec::new();
    for row in &relations.rows {
        let mut groups: BTreeMap<(RelationKind, &str), Vec<&Break>> = BTreeMap::new();
        for (group, one) in row.breaks().filter(|(_, one)| !one.is_misread) {
            groups.entry((group.kind, &one.rule)).or_default().push(one);
        }
        for ((kind, rule), breaks) in groups {
            let example = breaks[0];
            all.push(Serious {
                implementations: vec![row.id.clone()],
                example: example.side.first().cloned().unwrap_or_default(),
                cases: breaks.len() as u64,
                detail: Some(format!("{}: {}", kind.title(), example.what)),
                ..about(Kind::BrokenRelation, rule, dialect)
            });
        }
    }
    all
}

/// What the dialect says of the rule; the rest is empty.
fn about(kind: Kind, rule: &str, dialect: &Dialect) -> Serious {
    let known = dialect.rule(&RuleId::new(rule));
    Serious {
        kind,
        implementations: Vec::new(),
        rule: rule.to_owned(),
        title: known.map(|rule| rule.title.clone()),
        level: known.map(|rule| rule.level),
        risk: known.and_then(|rule| rule.risk.clone()),
        example: String::new(),
        cases: 0,
        detail: None,
        views: Vec::new(),
    }
}

/// What differs or how it died, else the implementation's own words.
fn detail(result: &ResultLine) -> Option<String> {
    let error = || {
        let error = result.error.as_ref()?;
        let parts = [error.class.as_str(), error.message.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        (!parts.is_empty()).then(|| parts.join(": "))
    };
    result.detail.clone().or_else(error)
}
