//! The corpus as others use it: `corpus/manifest.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::{ClaimedVerdict, Recipe};
use crate::relation::Relation;

/// The schema word of a manifest.
pub const MANIFEST_SCHEMA: &str = "manifest/1";

/// All cases of a corpus, in order of id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `manifest/1`
    pub schema: String,
    /// The dialect that the verdicts hold under.
    pub dialect: DialectName,
    /// The cases.
    pub cases: Vec<ManifestCase>,
    /// Files of which only the first bytes are kept, in order of id. They are
    /// no cases: nobody is put to them in a run and nothing counts them as passed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<ManifestHead>,
}

/// Which dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DialectName {
    /// Edition: `0.8`.
    pub edition: String,
    /// `sha256:…` of its data.
    pub digest: String,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestCase {
    /// `<area>/<rule>/<slug>`, stable for ever.
    pub id: String,
    /// The rule it proves; if the verdict is not `valid`, the one rule it breaks.
    pub rule: String,
    /// One line: what is special about the file.
    pub title: String,
    /// What a reader must do: accept (`valid`), refuse (`invalid`), or either.
    pub verdict: ClaimedVerdict,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, relative to the manifest's folder; absent where only the recipe is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How to make the file, where it is too large to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Length of the file in bytes.
    pub size: u64,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Id of the nearest valid case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// Other rules it breaks, of lesser consequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Rules at whose edge the file stands: at a limit, just inside, just outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundary_of: Vec<String>,
    /// What a reader that gets it wrong exposes its users to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// The bytes that break the rule: [start, end), from the start of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[u64; 2]>,
    /// What a reader that accepts the file must see; absent if it is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ExpectedView>,
    /// The metamorphic relation it is part of: other cases in which the same must be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
}

/// Prefix and header of a file that is too large to keep or to show to every
/// implementation: a seed for whoever makes files, and a case for tools that
/// read headers only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestHead {
    /// `<area>/<rule>/<slug>`, stable for ever, like a case's; no case has the same.
    pub id: String,
    /// The rule it shows; if the verdict is not `valid`, the one rule it breaks.
    pub rule: String,
    /// One line: what the file is.
    pub title: String,
    /// What the whole file is.
    pub verdict: ClaimedVerdict,
    /// Where it comes from.
    pub origin: Origin,
    /// A file of the first bytes: prefix and header. Relative to the manifest's folder.
    pub path: String,
    /// SHA-256 of those bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Length of the whole file in bytes, byte buffer included.
    pub size: u64,
    /// Number of tensors; absent if the file is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensors: Option<u64>,
    /// SHA-256 of what a reader sees, as canonical JSON (RFC 8785):
    /// `metadata` (null if there is none) and `tensors` in
    /// order of name, each with `contents` (`start` and `end` in bytes from the
    /// start of the file), `dtype`, `name` and `shape`. Absent if the file is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_sha256: Option<String>,
}

/// Where a case comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written by hand, in `corpus/cases/`.
    Hand,
    /// An example of the rule's page.
    Page,
    /// Made by the generator.
    Generated {
        /// From this seed.
        seed: u64,
    },
    /// The header of a published file, with made-up contents; see `corpus/real/`.
    Real {
        /// The repository: owner and name.
        repo: String,
        /// The file's path in it.
        path: String,
        /// Id of the file's git blob.
        blob: String,
    },
}

/// What a correct reader sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedView {
    /// The metadata; absent or null and `{}` count as the same view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The tensors in order of name.
    pub tensors: Vec<ExpectedTensor>,
}

/// One tensor of an expected view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedTensor {
    /// Name, unescaped.
    pub name: String,
    /// Dtype, as the file spells it.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Where its bytes lie in the file: [start, end), from the start of the file.
    pub contents: [u64; 2],
    /// SHA-256 of those bytes, in lower-case hexadecimal.
    pub sha256: String,
}
