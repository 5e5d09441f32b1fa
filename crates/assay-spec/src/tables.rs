//! The tables of `spec/spec.toml`: editions, limits, dtypes, keys, profiles.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::integer::{self, IntegerOrText};

/// The whole of `spec.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// What is specified.
    pub spec: Identity,
    /// Documents that rules cite.
    pub documents: Vec<Document>,
    /// Editions, oldest first.
    pub editions: Vec<Edition>,
    /// Limits by name.
    pub limits: BTreeMap<String, Limit>,
    /// Keys with a meaning.
    pub keys: Vec<Key>,
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// Dtypes, in the order of the reference crate's enum.
    pub dtypes: Vec<Dtype>,
    /// First bytes of other formats.
    pub magics: Vec<Magic>,
    /// Features that a file can demand of its readers, where the dialect has a key for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// What a reader sees where a name stands twice and no rule refuses that; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated_names: Option<RepeatedNames>,
}

/// What a reader sees where a tensor's name stands twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedNames {
    /// The last entry of that name; the others are as if they were not there, but for rules
    /// about entries.
    Last,
}

/// Something a reader must know to read a file that demands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// As files spell it.
    pub name: String,
    /// What a reader that knows it does.
    pub title: String,
}

/// What is specified, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Short name.
    pub id: String,
    /// Full name.
    pub title: String,
    /// Version of this spec data, semantic.
    pub version: String,
    /// `draft` or `ratified`.
    pub status: String,
}

/// A document that rules cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What `sources` name.
    pub id: String,
    /// What it is.
    pub title: String,
}

/// A version of the format: what the published crate's minor series accepts, or the edition
/// before it with proposals adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// `0.8`
    pub name: String,
    /// Last crate version of the series; absent if no published crate reads it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crate_version: Option<String>,
    /// Ratified proposals that it adopts on top of the edition before it, in order, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopts: Vec<String>,
}

/// A limit: a number that files must stay within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The number. Written as a string where TOML's signed integers cannot hold it.
    #[serde(with = "integer")]
    #[schemars(with = "IntegerOrText")]
    pub value: u64,
    /// What it counts.
    pub unit: String,
    /// What it bounds.
    pub title: String,
}

/// A number type of tensor elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dtype {
    /// As files spell it.
    pub name: String,
    /// Size of one element in bits; below 8 elements are packed.
    pub bits: u64,
    /// What the bits mean, roughly.
    pub class: DtypeClass,
    /// First edition that knows it.
    pub since: String,
    /// How elements smaller than a byte are packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<Packing>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Dtype {
    /// Size of one element in bytes, if it is whole bytes.
    pub fn bytes(&self) -> Option<u64> {
        self.bits.is_multiple_of(8).then_some(self.bits / 8)
    }
}

/// What a dtype's bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DtypeClass {
    Bool,
    Uint,
    Int,
    Float,
    Complex,
    /// A power-of-two scale.
    Scale,
}

/// Order of sub-byte elements in a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// No source says.
    Unspecified,
    /// The first element in the lowest bits.
    LsbFirst,
    /// The first element in the highest bits.
    MsbFirst,
}

/// A key with a meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What it is for.
    pub role: KeyRole,
    /// As files spell it.
    pub key: String,
    /// The object it stands in: `header`, `metadata` or `entry`.
    pub of: KeyObject,
    /// Whether that object must have it.
    pub required: bool,
    /// First edition that knows it.
    pub since: String,
    /// The key has its meaning only in files that demand this feature; absent: in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// Free text pairs about the file.
    Metadata,
    /// An entry's dtype.
    Dtype,
    /// An entry's dimensions.
    Shape,
    /// An entry's range in the byte buffer.
    DataOffsets,
    /// An optional key that annotates: who ignores it has the same tensors.
    Note,
    /// An optional key that changes what the tensors mean: who ignores it has others.
    Meaning,
    /// Lists the features that a reader must know. Counts only where its value is an
    /// array: whatever else stands under that name is a tensor's entry.
    Features,
}

impl KeyRole {
    /// Whether a reader that ignores the key has other tensors than it should.
    pub fn reinterprets(self) -> bool {
        matches!(self, KeyRole::Meaning | KeyRole::Features)
    }

    /// Whether a view tells of it, besides the tensors and metadata that all files have.
    pub fn is_told(self) -> bool {
        matches!(self, KeyRole::Note | KeyRole::Meaning | KeyRole::Features)
    }
}

/// The object a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyObject {
    /// The header object.
    Header,
    /// The value of the metadata key.
    Metadata,
    /// A tensor entry.
    Entry,
}

/// What a reader does with files on which the sources disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `strict`, `interop`
    pub id: String,
    /// What it stands for.
    pub title: String,
    /// What becomes of a file whose verdict is `either`.
    pub disputed: Disputed,
}

/// What becomes of a disputed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Disputed {
    Accept,
    Reject,
}

/// First bytes of another format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Magic {
    /// Which format.
    pub format: String,
    /// Its first bytes.
    #[serde(rename = "hex", with = "hex::serde")]
    #[schemars(with = "String")]
    pub bytes: Vec<u8>,
}
