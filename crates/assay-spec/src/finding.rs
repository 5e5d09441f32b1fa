//! What judging a file yields: verdicts, findings and the byte spans they point at.

use alloc::string::String;
use core::fmt;
use core::ops::Range;

use serde::{Deserialize, Serialize};

use crate::rule::{OnViolation, RuleId};

/// What a file is under a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every reader must accept it and see the same.
    Valid,
    /// Every reader must refuse it.
    Invalid,
    /// The sources are silent or disagree: readers may do either.
    Either,
}

impl Verdict {
    /// The verdict that a set of findings amounts to.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Verdict {
        let mut verdict = Verdict::Valid;
        for finding in findings {
            match finding.on_violation {
                OnViolation::Reject => return Verdict::Invalid,
                OnViolation::Either => verdict = Verdict::Either,
                OnViolation::Warn | OnViolation::None => {}
            }
        }
        verdict
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::Either => "either",
        })
    }
}

/// Bytes of a file, `start` included, `end` excluded, counted from the file's start.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[allow(missing_docs, reason = "the type says it")]
pub struct Span {
    pub start: u64,
    pub end: u64,
}

impl Span {
    /// A span; `end` is raised to `start` if it lies before it.
    pub fn new(start: u64, end: u64) -> Self {
        Span { start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// As indices, if they fit this host.
    pub fn to_range(self) -> Option<Range<usize>> {
        Some(usize::try_from(self.start).ok()?..usize::try_from(self.end).ok()?)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", self.start, self.end)
    }
}

/// One fault of a file: which rule, where, what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: RuleId,
    /// The rule's consequence for the file.
    pub on_violation: OnViolation,
    /// The bytes that show it. May be empty (something is missing there) and
    /// may end past the file's end (something is declared there).
    pub span: Span,
    /// A lowercase clause with the facts: what was found and what was expected.
    pub message: String,
    /// The tensor it concerns, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensor: Option<String>,
}
