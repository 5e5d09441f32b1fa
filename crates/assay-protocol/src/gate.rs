//! What the gate found out about a proposal (an RFC): `reports/rfcs/<id>.json`.
//!
//! Words are those of the policy and the overlay; this module only says how they are laid
//! out. Everything in it comes of judging files and running software, nothing of opinion.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::case::ClaimedVerdict;

/// The schema word of a report.
pub const GATE_SCHEMA: &str = "gate/1";

/// One proposal, in each of its forms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateReport {
    /// `gate/1`
    pub schema: String,
    /// Four digits.
    pub id: String,
    /// Name of its folder without the number.
    pub slug: String,
    /// One line.
    pub title: String,
    /// Version of the suite.
    pub suite: String,
    /// The forms, in the order of their names: one, or several that are rivals.
    pub overlays: Vec<OverlayReport>,
}

/// What comes of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// The phase that is claimed is earned.
    Passed,
    /// Less is earned than is claimed.
    Held,
    /// It does harm: it cannot go on in this form.
    Blocked,
}

impl GateVerdict {
    /// As reports spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            GateVerdict::Passed => "passed",
            GateVerdict::Held => "held",
            GateVerdict::Blocked => "blocked",
        }
    }
}

/// One form of a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayReport {
    /// The id, and the variant after a slash.
    pub name: String,
    /// One line.
    pub title: String,
    /// What comes of it.
    pub verdict: GateVerdict,
    /// The phase that it claims.
    pub claimed_phase: String,
    /// The phase that it earns.
    pub earned_phase: String,
    /// Why it is blocked or held, and what keeps it from the next phase.
    pub reasons: Vec<String>,
    /// The edition that it changes, with the proposals that it requires.
    pub base: String,
    /// Digest of the base.
    pub base_digest: String,
    /// SHA-256 of the overlay's text.
    pub overlay_sha256: String,
    /// Digest of what comes of it.
    pub merged_digest: String,
    /// Where it is discussed.
    pub upstream: Vec<String>,
    /// The changes.
    pub ops: Vec<GateOp>,
    /// What the data alone says that they do.
    pub static_classes: Vec<String>,
    /// What files show that they do.
    pub observed_classes: Vec<String>,
    /// The version that they need.
    pub required_bump: String,
    /// Files judged without and with it.
    pub backward: Backward,
    /// What implementations do with its witnesses; absent if none was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward: Option<Forward>,
    /// What writers write; absent if none was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writers: Option<Writers>,
    /// What the reference writes, which knows the proposal.
    pub aware: AwareWriter,
    /// What proves its rules.
    pub coverage: GateCoverage,
    /// How fast the reference reads; absent if that was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// What was measured, by name.
    pub metrics: BTreeMap<String, u64>,
    /// What the policy makes of it.
    pub criteria: Vec<GateCriterion>,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateOp {
    /// Its line in the overlay.
    pub line: u64,
    /// `add_dtype`
    pub op: String,
    /// What it changes.
    pub target: String,
    /// What it does.
    pub classes: Vec<String>,
}

/// Files judged without and with a proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backward {
    /// How many files of each kind: `corpus`, `page`, `real`, `seeded`, `witness`.
    pub files: BTreeMap<String, u64>,
    /// How many files went from one verdict to another: `invalid to valid`.
    pub verdicts: BTreeMap<String, u64>,
    /// Each class that files show.
    pub shown: Vec<Shown>,
    /// Published files that become something else, by id of their case.
    pub real_changed: Vec<String>,
    /// Cases of the corpus that would have to change.
    pub superseded: u64,
    /// The first of them.
    pub superseded_examples: Vec<String>,
}

/// A class that files show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Which.
    pub class: String,
    /// How many files show it.
    pub files: u64,
    /// The simplest file found that does.
    pub example: GateExample,
}

/// A file that shows something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateExample {
    /// What it was made smaller from.
    pub from: String,
    /// What it is without the proposal.
    pub before: ClaimedVerdict,
    /// What it is with it.
    pub after: ClaimedVerdict,
    /// The rules that it breaks in one of the two, and what else differs.
    pub detail: String,
    /// Its bytes in hexadecimal; absent if it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

/// What implementations do with witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// Who was asked.
    pub readers: Vec<GateReader>,
    /// Who was not, and why.
    pub not_run: BTreeMap<String, String>,
    /// About what.
    pub witnesses: Vec<GateWitness>,
    /// What they did.
    pub outcomes: Vec<GateOutcome>,
    /// How often each outcome occurred.
    pub tally: BTreeMap<String, u64>,
}

/// An implementation that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateReader {
    /// Name of its folder.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whose parser it is.
    pub lineage: String,
}

/// A file that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateWitness {
    /// Its id in the overlay.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What it is without the proposal.
    pub before: ClaimedVerdict,
    /// What it is with it.
    pub after: ClaimedVerdict,
    /// `harmless` or `wrong`; absent where there is nothing to ignore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_ignored: Option<String>,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// What one implementation did with one witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateOutcome {
    /// The implementation.
    pub reader: String,
    /// The witness.
    pub witness: String,
    /// A word of the policy.
    pub outcome: String,
    /// Its own words, or what differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What writers write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writers {
    /// Files of each writer, by its id.
    pub files: BTreeMap<String, u64>,
    /// Files that are accepted without the proposal and not, or otherwise, with it: writer and task.
    pub broken: Vec<String>,
    /// Writers of whose files some are only accepted with it, or say more with it.
    pub emitting: BTreeSet<String>,
}

/// What a writer that knows a proposal makes, with and without using it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwareWriter {
    /// Files of before that it wrote again, without using the proposal.
    pub off: u64,
    /// Those that are not valid without the proposal, or have other tensors there.
    pub off_broken: Vec<String>,
    /// Witnesses that it wrote again, using the proposal.
    pub on: u64,
    /// Those that are not valid with the proposal, or say something else.
    pub on_broken: Vec<String>,
    /// Witnesses that it does not write, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, String>,
}

/// What proves the rules of a proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCoverage {
    /// The rules that it adds or changes.
    pub rules: Vec<RuleCoverage>,
    /// Validators that get one of them slightly wrong.
    pub mutants: u64,
    /// Those that no kept file tells from the right one.
    pub survivors: Vec<String>,
    /// Those that no file can tell, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub equivalent: BTreeMap<String, String>,
}

/// What proves one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCoverage {
    /// The rule.
    pub rule: String,
    /// `new`, `changed` or `dropped`.
    pub change: String,
    /// Files of witnesses, pages and corpus that keep it and are accepted.
    pub accept: u64,
    /// Files that break it.
    pub reject: u64,
}

/// How fast the reference reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// Tensors in the header that is read.
    pub tensors: u64,
    /// Nanoseconds without the proposal, lower quartile.
    pub before_ns: u64,
    /// Nanoseconds with it, lower quartile.
    pub after_ns: u64,
    /// The second by the first.
    pub ratio: f64,
    /// A whole file's contents, read into memory.
    pub load: LoadThroughput,
}

/// How fast the reference loads a file from the page cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadThroughput {
    /// The file's length.
    pub bytes: u64,
    /// Nanoseconds without the proposal, lower quartile.
    pub before_ns: u64,
    /// Nanoseconds with it, lower quartile.
    pub after_ns: u64,
    /// The second by the first.
    pub ratio: f64,
}

/// What the policy makes of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateCriterion {
    /// Its id.
    pub id: String,
    /// The phase that needs it.
    pub phase: String,
    /// What it asks for, in words.
    pub means: String,
    /// `misread at most 0`
    pub wanted: String,
    /// What was measured; absent if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<u64>,
    /// Whether it is met.
    pub met: bool,
    /// Whether missing it keeps the phase away.
    pub bars: bool,
    /// Who waived it and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
}
