//! What reading costs: measured from outside, one case at a time; and how much
//! it may cost. The documents of `assay resources` and `corpus/budgets.toml`.

use serde::{Deserialize, Serialize};

use crate::case::ClaimedVerdict;
use crate::message::Implementation;
use crate::record::Answer;

/// The schema word of [`Resources`].
pub const RESOURCES_SCHEMA: &str = "resources/1";

/// What implementations used for each case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Resources {
    /// `resources/1`
    pub schema: String,
    /// Version of the suite.
    pub suite: String,
    /// SHA-256 of the manifest.
    pub manifest_sha256: String,
    /// One for each implementation that ran.
    pub implementations: Vec<ImplementationUsage>,
}

/// What one implementation used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ImplementationUsage {
    /// Its id.
    pub id: String,
    /// What it said of itself.
    pub implementation: Implementation,
    /// The corpus, in order of case.
    pub cases: Vec<CaseUsage>,
    /// Files of a kind in growing sizes.
    pub families: Vec<Family>,
}

/// What one case took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CaseUsage {
    /// The case's id.
    pub case: String,
    /// Its rule.
    pub rule: String,
    /// What the file is.
    pub verdict: ClaimedVerdict,
    /// Length of the file in bytes.
    pub size: u64,
    /// What was answered; absent if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// How it failed, if it gave no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What it took.
    pub usage: Usage,
}

/// What a process took between a request and its reply. What cannot be told is 0.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Usage {
    /// Microseconds of the clock.
    pub wall_us: u64,
    /// Microseconds of processor time, of all its threads and of its children that ended.
    pub cpu_us: u64,
    /// Bytes of resident memory at the peak beyond what there was before.
    pub memory: u64,
    /// Bytes of address space at the peak beyond what there was before; 0 where an
    /// earlier peak of the same process was higher.
    pub address_space: u64,
    /// Bytes that it asked the system to read for it. What it maps is not among them.
    pub read: u64,
    /// Pages that it touched for the first time, or that had to be fetched: mapped ones too.
    pub pages: u64,
    /// Files that it left in its folders for temporary files.
    pub left_files: u64,
}

/// Files that differ in size alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Family {
    /// What grows, in words.
    pub what: String,
    /// In order of size.
    pub members: Vec<Member>,
}

/// One file of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Member {
    /// How many, of what grows.
    pub count: u64,
    /// What was answered; absent if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The least of several times.
    pub usage: Usage,
}

/// `corpus/budgets.toml`: how much an answer may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// Of those that fit a case the last counts.
    pub budget: Vec<Budget>,
}

/// How much memory an answer may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The case or rule, or the area with its slash; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The answer that it is about.
    pub answer: Answer,
    /// Bytes of resident memory that are allowed whatever the file.
    pub memory: u64,
    /// And so many more for each byte of the file.
    pub memory_per_byte: u64,
    /// Why it is enough.
    pub why: String,
}

impl Budgets {
    /// The budget of a case for an answer.
    pub fn of(&self, case: &CaseUsage) -> Option<&Budget> {
        let answer = case.answer?;
        let fits = |budget: &&Budget| {
            budget.answer == answer && budget.of.as_ref().is_none_or(|of| is_of(case, of))
        };
        self.budget.iter().rfind(fits)
    }
}

impl Budget {
    /// What it allows for a file of a length.
    pub fn allows(&self, size: u64) -> u64 {
        self.memory.saturating_add(self.memory_per_byte.saturating_mul(size))
    }
}

/// Whether a case is meant by its own id, its rule's, or its area's.
fn is_of(case: &CaseUsage, of: &str) -> bool {
    case.case == of || case.rule == of || (of.ends_with('/') && case.rule.starts_with(of))
}
