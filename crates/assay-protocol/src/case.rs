//! Hand-made cases: `corpus/cases/<area>/*.toml`.
//!
//! A case states the whole file as a recipe, the verdict that is claimed for
//! it, and the one rule it proves. `corpus build` makes the bytes and stops if
//! validator or reference see it otherwise.

use serde::{Deserialize, Serialize};

/// A file of hand-made cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// One hand-made case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The rule it proves; if the verdict is not `valid`, the one rule it breaks.
    pub rule: String,
    /// Kebab-case name; the id is `<rule>/<slug>` and never changes.
    pub slug: String,
    /// One line: what is special about the file.
    pub title: String,
    /// What the file is.
    pub verdict: ClaimedVerdict,
    /// Rules of lesser consequence that the file breaks besides, if it cannot do without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Whether the file stands at an edge of its rule: at a limit, just inside, just outside.
    #[serde(default, skip_serializing_if = "is_false")]
    pub boundary: bool,
    /// What a reader that gets it wrong exposes its users to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// The nearest valid file: the id of a case, or a recipe of its own, which
    /// becomes the case `<id>-twin`. Every case that is not `valid` has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// As in [`Recipe`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
    /// As in [`Recipe`].
    #[serde(default)]
    pub header: Content,
    /// As in [`Recipe`].
    #[serde(default)]
    pub data: Content,
}

impl Case {
    /// How to make the case's file.
    pub fn recipe(&self) -> Recipe {
        Recipe { prefix: self.prefix.clone(), header: self.header.clone(), data: self.data.clone() }
    }
}

/// The verdict that a case claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ClaimedVerdict {
    Valid,
    Invalid,
    Either,
}

/// Where a case's valid twin comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Twin {
    /// Id of another case.
    Case(String),
    /// Its bytes.
    Recipe(Recipe),
}

/// How to make a file: declared header length, header, byte buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What the first 8 bytes say; else the header's length. A number, or
    /// (above 2^63-1) its decimal digits, or `0x` and the prefix's bytes in
    /// hexadecimal, as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
    /// The header: text, in which `\xNN` stands for one byte, or parts.
    #[serde(default)]
    pub header: Content,
    /// The byte buffer: hexadecimal, or parts.
    #[serde(default)]
    pub data: Content,
}

/// The first bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Prefix {
    /// A header length.
    Number(u64),
    /// Decimal digits, or `0x` and bytes in hexadecimal.
    Text(String),
}

/// Bytes, plain or in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Content {
    /// In a header: text with `\xNN`. In a byte buffer: hexadecimal, spaces ignored.
    Plain(String),
    /// Parts, one after the other.
    Parts(Vec<Part>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Plain(String::new())
    }
}

/// A part of a header or byte buffer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Part {
    /// Text with `\xNN`, as often as `times` says.
    Text {
        /// The text.
        text: String,
        /// How often; once if absent.
        #[serde(default = "once")]
        times: u64,
    },
    /// Bytes in hexadecimal, as often as `times` says.
    Hex {
        /// The bytes.
        hex: String,
        /// How often; once if absent.
        #[serde(default = "once")]
        times: u64,
    },
    /// Zero bytes, written as a hole where the file system can.
    Zeros {
        /// How many.
        zeros: u64,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_false(value: &bool) -> bool {
    !value
}

fn once() -> u64 {
    1
}
