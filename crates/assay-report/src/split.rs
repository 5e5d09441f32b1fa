//! Split views: one file that several implementations accept and see differently.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::{Answer, Outcome, ResultLine};

use crate::record::Record;

/// One case that is accepted with more than one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitView {
    /// The case.
    pub case: String,
    /// The rule it proves.
    pub rule: String,
    /// What the file is.
    pub verdict: ClaimedVerdict,
    /// The views: the right one first, then by how many see it.
    pub views: Vec<Seen>,
}

/// One view and who sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Digest of the view; absent where those who see it right sent none.
    pub view: Option<String>,
    /// Whether it is the right view. An invalid file has none.
    pub right: bool,
    /// Who sees it, in the order of the record.
    pub implementations: Vec<String>,
}

/// All split views of a record, in order of case.
///
/// Views that were judged right are one view, whatever their digests: an
/// implementation that reports no metadata is right without it. Degraded views
/// are left out: they differ by what they lost.
pub fn split_views(record: &Record) -> Vec<SplitView> {
    let mut cases: BTreeMap<&str, Vec<&ResultLine>> = BTreeMap::new();
    for result in record.results.iter().filter(|result| is_comparable(result)) {
        cases.entry(&result.case).or_default().push(result);
    }
    cases.values().filter_map(|results| split_view(results)).collect()
}

/// Accepted with a view, right or wrong. Whoever delivers none, because it
/// looks at headers only or says yes and no, is on nobody's side.
fn is_comparable(result: &ResultLine) -> bool {
    let is_seen = matches!(result.outcome, Outcome::Same | Outcome::Misread | Outcome::FalseAccept);
    result.answer == Some(Answer::Accept) && is_seen && result.view.is_some()
}

fn split_view(results: &[&ResultLine]) -> Option<SplitView> {
    let first = results.first()?;
    let views = views(results);
    (views.len() > 1).then(|| SplitView {
        case: first.case.clone(),
        rule: first.rule.clone(),
        verdict: first.verdict,
        views,
    })
}

fn views(results: &[&ResultLine]) -> Vec<Seen> {
    let metadata = metadata_of_contents(results);
    let mut views: Vec<Seen> = Vec::new();
    for result in results {
        let right = result.outcome == Outcome::Same;
        let view = match result.view.as_deref() {
            Some(digest) if !right => match complete(digest, &metadata) {
                Some(view) => Some(view),
                None => continue,
            },
            digest => digest.map(str::to_owned),
        };
        match views.iter_mut().find(|seen| seen.right == right && (right || seen.view == view)) {
            Some(seen) => seen.implementations.push(result.implementation.clone()),
            None => {
                let implementations = vec![result.implementation.clone()];
                views.push(Seen { view, right, implementations });
            }
        }
    }
    // The sort is stable: what is equal stays in the order of the record.
    views.sort_by_key(|seen| (!seen.right, std::cmp::Reverse(seen.implementations.len())));
    views
}

/// Of each digest of contents among the wrong views, the digests of metadata seen with it.
fn metadata_of_contents<'a>(results: &[&'a ResultLine]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let wrong = results.iter().filter(|result| result.outcome != Outcome::Same);
    for digest in wrong.filter_map(|result| result.view.as_deref()) {
        if let Some((contents, metadata)) = digest.split_once('+') {
            all.entry(contents).or_default().insert(metadata);
        }
    }
    all
}

/// The digest with metadata, if it has none, of the others with the same
/// contents: whoever reports no metadata does not contradict them. `None` if
/// those contradict each other, for then it is on nobody's side.
fn complete(digest: &str, metadata: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    let others = metadata.get(digest).filter(|_| !digest.contains('+'));
    match others.map(|others| others.iter().collect::<Vec<_>>()).as_deref() {
        None => Some(digest.to_owned()),
        Some([one]) => Some(format!("{digest}+{one}")),
        Some(_) => None,
    }
}
