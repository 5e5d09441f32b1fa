//! What `assay check` says about one file.
//!
//! A [`Diagnosis`] holds what the validator found; it renders as text, with the
//! bytes that each finding points at, or as JSON. A file without findings
//! is one line.

mod finding;
mod hex_rows;
mod place;
mod summary;
mod window;

use std::collections::HashSet;

use assay_spec::lint::Lints;
use assay_spec::{Dialect, Disputed, Finding, Level, OnViolation, Profile, RuleId, Span, Verdict};
use serde_json::{Value, json};

use crate::interchange::Severity;

/// Findings that are shown in full; the others are counted by rule.
pub const SHOWN: usize = 20;

/// What was found out about one file.
#[derive(Debug, Clone, Copy)]
pub struct Diagnosis<'a> {
    /// What to call the file: its path as the user gave it.
    pub label: &'a str,
    /// What the file is under the dialect.
    pub verdict: Verdict,
    /// Its faults, in the order of the validator.
    pub findings: &'a [Finding],
    /// Findings that were left out because there were too many.
    pub omitted: u64,
    /// The first bytes of the file, as far as they are loaded.
    pub head: &'a [u8],
    /// Bytes from further behind that findings point at; see [`wanted`].
    pub excerpts: &'a [Excerpt],
    /// Length of the file in bytes.
    pub file_len: u64,
    /// Tensors of the file, as far as it could be read.
    pub tensors: u64,
    /// The dialect it was judged under.
    pub dialect: &'a Dialect,
    /// What becomes of a disputed file.
    pub profile: &'a Profile,
    /// How long judging took.
    pub seconds: f64,
}

/// Bytes of a file that are not among its first ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Where they lie, in bytes from the start of the file.
    pub start: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The bytes to load so that these findings can be shown, where the first
/// `head` bytes are loaded already: small spans, as many as findings are shown.
pub fn wanted(findings: &[Finding], head: u64, file_len: u64) -> Vec<Span> {
    let missing = findings.iter().map(|finding| finding.span);
    let missing = missing.filter(|span| (head..file_len).contains(&span.start));
    missing.map(hex_rows::around).take(SHOWN).collect()
}

impl Diagnosis<'_> {
    /// The loaded bytes in which a span begins, with their place in the file.
    fn loaded(&self, span: Span) -> (u64, &[u8]) {
        let holds = |excerpt: &&Excerpt| {
            let end = excerpt.start.saturating_add(excerpt.bytes.len() as u64);
            (excerpt.start..end).contains(&span.start)
        };
        let excerpt = self.excerpts.iter().find(holds);
        excerpt.map_or((0, self.head), |excerpt| (excerpt.start, excerpt.bytes.as_slice()))
    }

    /// Whether the file passes: it is valid, or disputed under a profile that accepts those.
    pub fn passes(&self) -> bool {
        match self.verdict {
            Verdict::Valid => true,
            Verdict::Either => self.profile.disputed == Disputed::Accept,
            Verdict::Invalid => false,
        }
    }

    /// What a finding is called here; a disputed one is an error under a strict profile.
    pub(crate) fn severity(&self, finding: &Finding) -> Severity {
        match finding.on_violation {
            OnViolation::Reject => Severity::Error,
            OnViolation::Either if self.profile.disputed == Disputed::Reject => Severity::Error,
            OnViolation::Either => Severity::Warning,
            OnViolation::Warn | OnViolation::None => Severity::Advice,
        }
    }
}

/// What is known of a rule or a lint that a finding names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) title: &'a str,
    /// The level; a lint has none.
    pub(crate) level: Option<Level>,
    pub(crate) advice: &'a str,
}

impl<'a> About<'a> {
    /// Of a rule of the dialect, or of a lint.
    pub(crate) fn of(id: &RuleId, dialect: &'a Dialect) -> Option<About<'a>> {
        let rule = dialect.rule(id).map(|rule| About {
            title: &rule.title,
            level: Some(rule.level),
            advice: &rule.advice,
        });
        rule.or_else(|| {
            let lint = Lints::embedded().get(id)?;
            Some(About { title: &lint.title, level: None, advice: &lint.advice })
        })
    }
}

/// For people. Each finding with the bytes it points at, and a last line that
/// sums up; a valid file without advice is that one line.
pub fn to_terminal(diagnosis: &Diagnosis<'_>) -> String {
    // Errors first, so that no crowd of lesser findings hides them.
    let mut findings: Vec<&Finding> = diagnosis.findings.iter().collect();
    findings.sort_by_key(|finding| diagnosis.severity(finding));
    let (shown, rest) = findings.split_at(findings.len().min(SHOWN));
    let mut out = String::new();
    let mut explained = HashSet::new();
    for finding in shown {
        let first = explained.insert(&finding.rule);
        out.push_str(&finding::render(diagnosis, finding, first));
        out.push('\n');
    }
    out.push_str(&summary::not_shown(rest, diagnosis.omitted));
    out.push_str(&summary::line(diagnosis));
    out
}

/// For programs: everything that was found, unshortened.
pub fn to_json(diagnosis: &Diagnosis<'_>) -> Value {
    let finding = |finding: &Finding| {
        let about = About::of(&finding.rule, diagnosis.dialect);
        json!({
            "rule": finding.rule,
            "severity": diagnosis.severity(finding).as_str(),
            "on_violation": finding.on_violation,
            "start": finding.span.start,
            "end": finding.span.end,
            "message": finding.message,
            "tensor": finding.tensor,
            "title": about.map(|about| about.title),
            "level": about.and_then(|about| about.level),
            "advice": about.map(|about| about.advice),
        })
    };
    json!({
        "label": diagnosis.label,
        "verdict": diagnosis.verdict,
        "passes": diagnosis.passes(),
        "profile": diagnosis.profile.id,
        "edition": diagnosis.dialect.name(),
        "dialect": diagnosis.dialect.digest(),
        "bytes": diagnosis.file_len,
        "tensors": diagnosis.tensors,
        "seconds": diagnosis.seconds,
        "findings": diagnosis.findings.iter().map(finding).collect::<Vec<_>>(),
        "omitted": diagnosis.omitted,
    })
}
