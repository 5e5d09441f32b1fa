//! A rule: one requirement of the format, with a stable id, sources and a check.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::finding::Verdict;
use crate::integer::{self, IntegerOrText};
use crate::page;

/// Stable id of a rule, `<area>/<slug>`: the path of its page. Never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The id as text. Any text is taken; whether such a rule exists is the dialect's to say.
    pub fn new(id: &str) -> Self {
        RuleId(id.into())
    }

    /// `<area>/<slug>`
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn area(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(area, _)| area)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl schemars::JsonSchema for RuleId {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "RuleId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z]+/[a-z0-9-]+$" })
    }
}

/// RFC 2119 level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[allow(missing_docs, reason = "the words of RFC 2119")]
pub enum Level {
    #[serde(rename = "MUST")]
    Must,
    #[serde(rename = "SHOULD")]
    Should,
    #[serde(rename = "MAY")]
    May,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::May => "MAY",
        })
    }
}

/// Who can break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The bytes of a file.
    File,
    /// Software that reads.
    Reader,
    /// Software that writes.
    Writer,
}

/// A reader's duty towards a file that breaks the rule.
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
pub enum OnViolation {
    /// Refuse it: the file is invalid.
    Reject,
    /// Refuse it or accept it: the sources are silent or disagree.
    Either,
    /// Accept it; tools may advise.
    Warn,
    /// No file can break the rule: it binds readers or writers.
    None,
}

/// What a source says about the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Says the same as the rule.
    Agrees,
    /// Accepts what the rule refuses or advises against.
    Laxer,
    /// Refuses what the rule accepts.
    Stricter,
    /// Depends on version, platform or build.
    Varies,
    /// Does not speak of it.
    Silent,
}

impl Stance {
    /// Whether the source says otherwise than the rule, or differs within itself.
    pub fn is_dispute(self) -> bool {
        matches!(self, Stance::Laxer | Stance::Stricter | Stance::Varies)
    }
}

/// One source of a rule, with what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A row of the table `documents`.
    pub doc: String,
    /// What it says, against the rule.
    pub says: Stance,
    /// In our own words or a short quotation: what exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Section, function, issue (`safetensors#336`) or versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What can go wrong when the rule is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Class of fault.
    pub kind: RiskKind,
    /// What an attacker or an accident gains.
    pub effect: String,
}

/// Classes of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskKind {
    /// Reads or writes outside a buffer.
    MemorySafety,
    /// Crash, hang, or unbounded memory.
    DenialOfService,
    /// Two readers see different contents.
    SplitView,
    /// One file is two formats, or hides a payload.
    Polyglot,
    /// Contents are lost or changed.
    DataLoss,
    /// Good files are refused, or tools cannot exchange files.
    Interoperability,
}

/// How cases can prove a rule: a column of the coverage ledger.
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
pub enum Proof {
    /// A valid file that a reader must accept.
    Accept,
    /// A file that breaks the rule.
    Reject,
    /// A file at an edge of the rule's limits or tables.
    Boundary,
    /// A task for a writer.
    Writer,
    /// A part of a tensor that a reader is asked for.
    Slice,
    /// A tensor, a header or a model in several files that a reader is asked for.
    Operation,
}

impl Proof {
    /// All of them, in the order of the ledger's columns.
    pub const ALL: [Proof; 6] = [
        Proof::Accept,
        Proof::Reject,
        Proof::Boundary,
        Proof::Writer,
        Proof::Slice,
        Proof::Operation,
    ];
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Proof::Accept => "accept",
            Proof::Reject => "reject",
            Proof::Boundary => "boundary",
            Proof::Writer => "writer",
            Proof::Slice => "slice",
            Proof::Operation => "operation",
        })
    }
}

/// A kind of case that the corpus lacks for a rule, and why that is right for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// Which kind of case.
    pub cell: Proof,
    /// Why there is none.
    pub reason: String,
}

/// An example of a rule page: a small file and its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Example {
    /// One line: what the file shows. The paragraph before it on the page.
    #[serde(default)]
    pub title: String,
    /// What the whole file is under the newest edition.
    pub verdict: Verdict,
    /// The header as text, in which `\xNN` (which JSON lacks) stands for one byte.
    pub header: String,
    /// The byte buffer in hexadecimal.
    pub data: String,
    /// Overrides the declared header length; else it is the header's length.
    #[serde(default, with = "integer::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<IntegerOrText>")]
    pub prefix: Option<u64>,
    /// The file's first bytes in hexadecimal, in place of a header length:
    /// for files that end before their header length does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_bytes: Option<String>,
    /// Length in bytes to which spaces at its end extend the header; else none are added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pad: Option<u64>,
}

/// Examples are small files: no padding above this many bytes.
const MAX_PAD: usize = 1 << 20;

impl Example {
    /// The header's bytes, padding included.
    ///
    /// # Errors
    /// Names what is wrong with the text: an escape, or a `pad` below its length.
    pub fn header_bytes(&self) -> Result<Vec<u8>, String> {
        let mut header = page::unescape(&self.header)?;
        if let Some(pad) = self.pad {
            let length = usize::try_from(pad).ok().filter(|length| *length <= MAX_PAD);
            let length = length.ok_or_else(|| format!("pad {pad} is above {MAX_PAD}"))?;
            if length < header.len() {
                return Err(format!("pad {pad} is below the header's {} bytes", header.len()));
            }
            header.resize(length, b' ');
        }
        Ok(header)
    }

    /// The whole file: prefix, header, byte buffer.
    ///
    /// # Errors
    /// As for [`Example::header_bytes`], and if `data` or `prefix_bytes` is not hexadecimal.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let decode = |text: &str| hex::decode(text).map_err(|error| format!("`{text}`: {error}"));
        let header = self.header_bytes()?;
        let mut file = match &self.prefix_bytes {
            Some(bytes) => decode(bytes)?,
            None => self.prefix.unwrap_or(header.len() as u64).to_le_bytes().to_vec(),
        };
        file.extend(header);
        file.extend(decode(&self.data)?);
        Ok(file)
    }
}

/// A rule of the format. Source: its page `spec/rules/<id>.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rule {
    /// Path of the page, without extension.
    pub id: RuleId,
    /// One line that states the requirement.
    pub title: String,
    /// RFC 2119 level.
    pub level: Level,
    /// Who can break it.
    pub subject: Subject,
    /// What a reader does with a file that breaks it.
    pub on_violation: OnViolation,
    /// First edition that holds it.
    pub since: String,
    /// Rules that, when broken, make this one moot: it is then not judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends: Vec<RuleId>,
    /// Where it comes from, and who disagrees.
    pub sources: Vec<Source>,
    /// What ignoring it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// What to do about a file that breaks it: one imperative sentence.
    pub advice: String,
    /// The typed check.
    pub check: Check,
    /// Kinds of cases that the corpus lacks, with reasons. Every other kind that
    /// the rule asks for must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<Hole>,
    /// The page's sections for people, as Markdown, without front matter and examples.
    pub prose: String,
    /// The page's examples.
    pub examples: Vec<Example>,
}

impl Rule {
    /// Whether the sources disagree: one says otherwise than the rule, or differs within itself.
    pub fn is_disputed(&self) -> bool {
        self.sources.iter().any(|source| source.says.is_dispute())
    }
}
