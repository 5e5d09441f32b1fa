//! Linear checks: sums of quantities compared.

use assay_spec::Span;
use assay_spec::check::{Comparison, JsonType, Place, Term};

use crate::facts::Facts;
use crate::judgement::Sink;
use crate::message::about_tensor;

pub(super) fn linear(
    left: &[Term],
    op: Comparison,
    right: &[Term],
    facts: &Facts<'_>,
    sink: &mut Sink<'_>,
) {
    let check = Linear { left, op, right, facts };
    let has = |term: &Term| left.contains(term) || right.contains(term);
    if has(&Term::TensorRank) {
        check.judge_ranks(sink);
    } else if has(&Term::HeaderDepth) {
        check.judge_depth(sink);
    } else if let Some(message) = check.broken(&Local::default()) {
        let span = if has(&Term::PrefixN) {
            facts.prefix_span()
        } else {
            let start = if has(&Term::BufferLen) { facts.data_start() } else { None };
            Span::new(start.unwrap_or(0), facts.file_len)
        };
        sink.report(span, || message.into());
    }
}

/// Quantities that differ within a file.
#[derive(Default)]
struct Local {
    rank: Option<u64>,
    depth: Option<u64>,
}

struct Linear<'c> {
    left: &'c [Term],
    op: Comparison,
    right: &'c [Term],
    facts: &'c Facts<'c>,
}

impl Linear<'_> {
    /// Every shape that is an array, each occurrence on its own.
    fn judge_ranks(&self, sink: &mut Sink<'_>) {
        let Some(document) = self.facts.document() else { return };
        let depth = Some(document.deepest());
        for located in self.facts.values_at(Place::Shape) {
            let Some(entry) = located.entry else { continue };
            if document.kind(located.value) != JsonType::Array {
                continue;
            }
            let rank = Some(document.elements(located.value).count() as u64);
            if let Some(message) = self.broken(&Local { rank, depth }) {
                sink.report(document.span(located.value), || {
                    about_tensor(self.facts, entry, &message)
                });
            }
        }
    }

    /// The header as a whole, shown at the first container whose own depth breaks the check.
    fn judge_depth(&self, sink: &mut Sink<'_>) {
        let Some(document) = self.facts.document() else { return };
        let at = |depth| Local { depth: Some(depth), rank: None };
        let Some(message) = self.broken(&at(document.deepest())) else { return };
        let first = document.containers().find(|(_, depth)| self.broken(&at(*depth)).is_some());
        let span = match first {
            Some((container, _)) => document.opening(container),
            None => document.span(document.root()),
        };
        sink.report(span, || message.into());
    }

    /// What to say if the check is broken; `None` if it holds or cannot be judged.
    fn broken(&self, local: &Local) -> Option<String> {
        let (left, right) = (self.sum(self.left, local)?, self.sum(self.right, local)?);
        let (holds, must) = match self.op {
            Comparison::AtMost => (left <= right, "at most"),
            Comparison::AtLeast => (left >= right, "at least"),
            Comparison::Equal => (left == right, "exactly"),
        };
        if holds {
            return None;
        }
        let (subject, reference) = (self.describe(self.left), self.describe(self.right));
        let because = if self.right.iter().all(|term| matches!(term, Term::Constant(_))) {
            String::new()
        } else {
            format!(" ({reference})")
        };
        Some(format!("{subject} is {left}, but must be {must} {right}{because}"))
    }

    /// Terms are of 64 bits, so 128 bits hold the sum of as many as there can be.
    fn sum(&self, terms: &[Term], local: &Local) -> Option<u128> {
        terms.iter().map(|term| self.value(term, local).map(u128::from)).sum()
    }

    fn value(&self, term: &Term, local: &Local) -> Option<u64> {
        match term {
            Term::FileLen => Some(self.facts.file_len),
            Term::PrefixN => self.facts.header_len,
            Term::BufferLen => self.facts.buffer_len(),
            Term::HeaderDepth => local.depth,
            Term::TensorRank => local.rank,
            Term::Limit(_) | Term::Constant(_) => self.facts.dialect.constant(term),
        }
    }

    /// The terms in words, `8 + the declared header length`.
    fn describe(&self, terms: &[Term]) -> String {
        let limits = &self.facts.dialect.spec().tables.limits;
        let word = |term: &Term| match term {
            Term::FileLen => "the file's length".to_owned(),
            Term::PrefixN => "the declared header length".to_owned(),
            Term::BufferLen => "the byte buffer's length".to_owned(),
            Term::HeaderDepth => "the header's nesting depth".to_owned(),
            Term::TensorRank => "rank".to_owned(),
            Term::Constant(number) => number.to_string(),
            // Alone it is the bound, and its title says of what.
            Term::Limit(name) if terms.len() == 1 => {
                limits.get(name).map_or_else(|| name.clone(), |limit| limit.title.clone())
            }
            Term::Limit(name) => self.facts.dialect.limit(name).to_string(),
        };
        terms.iter().map(word).collect::<Vec<String>>().join(" + ")
    }
}
