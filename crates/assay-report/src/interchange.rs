//! What was checked and what was found, for the formats that other programs read.
//!
//! One model, [`Document`], and a renderer for each format: SARIF for code scanning,
//! JUnit XML and TAP for test reports, GitHub's workflow commands for annotations. A
//! checked file ([`Subject::of_diagnosis`]) and the results of a run ([`of_record`])
//! become the same model, so that a new format serves both.

mod github;
mod junit;
mod of_diagnosis;
mod of_record;
mod sarif;
mod tap;

use assay_spec::{Dialect, Span};

pub use of_record::of_record;

/// Everything that one call checked.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// What did it: `assay check`, `assay run`.
    pub name: &'a str,
    /// Version of the suite.
    pub version: &'a str,
    /// The dialect whose rules the remarks name.
    pub dialect: &'a Dialect,
    /// The things that were checked, in order; those of a group one after the other.
    pub subjects: Vec<Subject>,
}

/// One thing that was checked: a file, or a case in the hands of an implementation.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What it belongs to: a suite of JUnit.
    pub group: String,
    /// Its name: a path, or the id of a case.
    pub name: String,
    /// Path of the file that remarks point into, as it was given; `None` if the subject is none of the user's files.
    pub path: Option<String>,
    /// What came of it.
    pub state: State,
    /// What was found, worst first.
    pub remarks: Vec<Remark>,
    /// How long it took, if that was measured.
    pub seconds: Option<f64>,
}

/// What came of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing to object to, or only what the profile accepts.
    Passed,
    /// It has faults.
    Failed,
    /// Not executed, and why.
    Skipped(String),
    /// It could not be checked, and why.
    Broken(String),
}

/// One thing to say about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The rule it is about, or `None` if it is about none.
    pub rule: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// A clause with the facts.
    pub message: String,
    /// The bytes that show it.
    pub span: Option<Span>,
    /// What to do about it; empty if nobody says.
    pub advice: String,
}

/// How bad a remark is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It fails the subject.
    Error,
    /// The sources are silent or disagree, and the profile accepts it.
    Warning,
    /// Valid, but not as one should.
    Advice,
}

impl Severity {
    /// As JSON and text spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }
}

impl Document<'_> {
    /// SARIF 2.1.0, with the rules that the remarks name.
    pub fn to_sarif(&self) -> serde_json::Value {
        sarif::render(self)
    }

    /// JUnit XML: a suite for each group, a test for each subject.
    ///
    /// # Errors
    /// If the text cannot be made; no input is known for which that is so.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        junit::render(self)
    }

    /// GitHub's workflow commands, a line for each remark.
    pub fn to_github(&self) -> String {
        github::render(self)
    }

    /// TAP version 14, a line for each subject.
    pub fn to_tap(&self) -> String {
        tap::render(self)
    }

    /// Subjects in runs of the same group.
    fn groups(&self) -> impl Iterator<Item = &[Subject]> {
        self.subjects.chunk_by(|one, other| one.group == other.group)
    }
}

impl Subject {
    /// A subject that could not be checked.
    pub fn broken(group: &str, path: &str, why: String) -> Subject {
        Subject {
            group: group.to_owned(),
            name: path.to_owned(),
            path: Some(path.to_owned()),
            state: State::Broken(why),
            remarks: Vec::new(),
            seconds: None,
        }
    }
}

impl Remark {
    /// Message and advice in one text, for formats that have no place for the second.
    fn text(&self) -> String {
        let end = if self.advice.is_empty() { String::new() } else { format!(". {}", self.advice) };
        format!("{}{end}", self.message)
    }

    /// Where it is, in words; empty if that is not known.
    fn place(&self) -> String {
        match self.span {
            None => String::new(),
            Some(span) if span.is_empty() => format!("at byte {}", span.start),
            Some(span) if span.len() == 1 => format!("byte {}", span.start),
            Some(span) => format!("bytes {}..{}", span.start, span.end),
        }
    }
}

#[cfg(test)]
mod tests;
