//! The record of a run: JSON lines, appended as results come. A header, a line
//! for each implementation and each case, a footer. No footer, no result.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::case::ClaimedVerdict;
use crate::manifest::DialectName;
use crate::message::{Capabilities, ErrorText, Implementation, Operation};

/// The schema word of a record.
pub const RECORD_SCHEMA: &str = "record/1";

/// One line of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Header(Header),
    /// Once for each implementation, before its results, or instead of them if it did not run.
    Implementation(ImplementationLine),
    /// One case for one implementation.
    Result(ResultLine),
    /// The last line.
    Footer(Footer),
}

/// What was run, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Header {
    /// `record/1`
    pub schema: String,
    /// Version of the suite.
    pub suite: String,
    /// SHA-256 of the manifest.
    pub manifest_sha256: String,
    /// The dialect of its verdicts.
    pub dialect: DialectName,
    /// Number of cases planned for each implementation in this record.
    pub cases: u64,
    /// SHA-256 of the ids of all planned cases, those of other shards included, in order,
    /// each followed by a line feed. Absent in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases_sha256: Option<String>,
    /// What the order of the cases was drawn from.
    #[serde(default)]
    pub seed: u64,
    /// Which part of the planned cases this is; absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Operating system, architecture, processors.
    pub machine: BTreeMap<String, String>,
}

/// One of the parts of a run that is spread over machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    /// `2/4`: the second of four.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(number, of)| {
            Some(Shard { number: number.parse().ok()?, of: of.parse().ok()? })
        });
        match parts {
            Some(shard) if (1..=shard.of).contains(&shard.number) => Ok(shard),
            _ => Err("a shard is its number and how many there are: 1/4 to 4/4".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// An implementation's part in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ImplementationLine {
    /// Name of its folder under `harness/`.
    pub id: String,
    /// What it said of itself; absent if it was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation: Option<Implementation>,
    /// What it said it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// Why it was not run, and what to install; absent if it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_run: Option<String>,
}

/// What one implementation did with one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ResultLine {
    /// The implementation's id.
    pub implementation: String,
    /// What it was asked to do; absent: `read`.
    #[serde(default, skip_serializing_if = "Operation::is_read")]
    pub operation: Operation,
    /// The case's id.
    pub case: String,
    /// The rule the case proves.
    pub rule: String,
    /// What the file is.
    pub verdict: ClaimedVerdict,
    /// What came of it.
    pub outcome: Outcome,
    /// What the adapter answered: `accept`, `written`, `reject`, `unsupported`, `out_of_memory`;
    /// absent if nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What exactly differs, or how it died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The implementation's own error text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorText>,
    /// Digest of the view it delivered; equal digests, equal views. SHA-256 in
    /// lower-case hexadecimal over names, dtypes, shapes and contents; where
    /// it delivered metadata, `+` and the digest of that follow, so that
    /// implementations that report none can be compared by the first part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// What it delivered, where the case is part of a relation (unions of
    /// several files cannot be compared by digests of whole views) or asks for a slice, and where
    /// it is not what the file holds, to tell in what views differ. Absent too
    /// where it delivered far more than such a case holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<DeliveredView>,
    /// The tail of its standard error, where the case ended badly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// How often the case was tried: 0 if it was not run, 2 if its first attempt
    /// ended in a death, a timeout or a broken reply and it was replayed alone.
    /// To have been in flight behind another case's death does not count.
    pub attempts: u32,
}

/// What an implementation delivered of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeliveredView {
    /// The metadata; absent where it delivered none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The tensors in order of name.
    pub tensors: Vec<DeliveredTensor>,
}

/// One tensor as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DeliveredTensor {
    /// Its name.
    pub name: String,
    /// Its dtype.
    pub dtype: String,
    /// Its dimensions, outermost first, as they were given.
    pub shape: Vec<serde_json::Number>,
    /// SHA-256 of its contents, in lower-case hexadecimal.
    pub sha256: String,
}

/// The adapter's answer to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names of the replies")]
pub enum Answer {
    Accept,
    Written,
    Reject,
    Unsupported,
    OutOfMemory,
}

/// What came of a case for an implementation. In order of seriousness, worst first.
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
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted with another view than the right one.
    Misread,
    /// The process died.
    Crash,
    /// No answer before the deadline.
    Hang,
    /// The process outgrew its memory limit, or said so.
    OutOfMemory,
    /// Accepted an invalid file.
    FalseAccept,
    /// Refused a valid file.
    FalseReject,
    /// Accepted; all right but a dtype that is lost: its elements come as plain bits.
    Degraded,
    /// The adapter broke the protocol.
    ProtocolError,
    /// Passed on unread by a tool that reads headers only.
    Deferred,
    /// Declared as unsupported.
    Unsupported,
    /// Not executed.
    NotRun,
    /// Right.
    Same,
}

impl Outcome {
    /// All outcomes, worst first.
    pub const ALL: [Outcome; 12] = [
        Outcome::Misread,
        Outcome::Crash,
        Outcome::Hang,
        Outcome::OutOfMemory,
        Outcome::FalseAccept,
        Outcome::FalseReject,
        Outcome::Degraded,
        Outcome::ProtocolError,
        Outcome::Deferred,
        Outcome::Unsupported,
        Outcome::NotRun,
        Outcome::Same,
    ];

    /// As records spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Misread => "misread",
            Outcome::Crash => "crash",
            Outcome::Hang => "hang",
            Outcome::OutOfMemory => "out_of_memory",
            Outcome::FalseAccept => "false_accept",
            Outcome::FalseReject => "false_reject",
            Outcome::Degraded => "degraded",
            Outcome::ProtocolError => "protocol_error",
            Outcome::Deferred => "deferred",
            Outcome::Unsupported => "unsupported",
            Outcome::NotRun => "not_run",
            Outcome::Same => "same",
        }
    }

    /// Whether it counts against the implementation.
    pub fn is_bad(self) -> bool {
        self < Outcome::Deferred
    }
}

/// The last line: the run came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Footer {
    /// Result lines before this one.
    pub results: u64,
    /// Results by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Implementations that ran.
    pub ran: u64,
    /// Adapter processes that died and were started again.
    pub restarts: u64,
    /// Seconds from start to end.
    pub seconds: u64,
}
