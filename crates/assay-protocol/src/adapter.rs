//! `harness/<implementation>/adapter.toml`: how an adapter is provisioned and started.
//!
//! In commands and environment values `{dir}` is the adapter's folder,
//! `{harness}` the folder above it, `{cache}` a folder of its own outside the
//! tree where set-up may put what it builds, and `{assay}` this program.
//! `{version}` is the version of the library, for an adapter that lists several.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An adapter's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdapterManifest {
    /// The implementation, as people call it.
    pub title: String,
    /// Its language.
    pub language: String,
    /// Where it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// The versions of the library that it can drive, oldest first; the last one is the
    /// default. None: there is one, and it is pinned in the adapter's files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<LibraryVersion>,
    /// Why it takes part in a run only if it is asked for: what it needs that most
    /// machines should not be made to fetch. Absent: it takes part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<String>,
    /// Programs that must be on the PATH.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Commands that provision it, in order; none if there is nothing to do.
    #[serde(default)]
    pub setup: Vec<Step>,
    /// Files and folders beside its own whose change makes set-up run again.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// How to start it.
    pub run: Step,
    /// How to start, in the same environment, a program that answers `slice` for an
    /// array library and not for the implementation. It is in no matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oracle: Option<Step>,
    /// What it may use.
    #[serde(default)]
    pub limits: AdapterLimits,
    /// How its runtime dies when memory runs out.
    #[serde(default)]
    pub out_of_memory: OutOfMemorySigns,
}

/// A version of a library, for which `{version}` stands in commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LibraryVersion {
    /// As its registry spells it, in ASCII letters, digits and `._-`.
    pub version: String,
}

/// A program that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its name on the PATH.
    pub command: String,
    /// What to do if it is missing or will not do.
    pub install: String,
    /// Arguments with which it ends with status 0 if it will do: if it is new
    /// enough, say. What it prints otherwise is shown. None: not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<String>,
}

/// A command with its environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Program and arguments; no shell.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// Variables added to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// What an adapter may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdapterLimits {
    /// Resident memory in MiB; above it the adapter is stopped and the case is `out_of_memory`.
    pub memory_mib: u64,
    /// Address space in MiB, as a backstop; absent: none (Go and the JVM reserve much).
    pub address_space_mib: Option<u64>,
    /// Seconds it may take to answer `hello`.
    pub start_seconds: u64,
    /// Processes that it may have at a time, itself among them.
    pub processes: u64,
}

impl Default for AdapterLimits {
    fn default() -> Self {
        AdapterLimits {
            memory_mib: 4096,
            address_space_mib: None,
            start_seconds: 30,
            processes: 256,
        }
    }
}

/// How a runtime dies when an allocation fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutOfMemorySigns {
    /// Words on standard error, any of which is such a death.
    pub stderr: Vec<String>,
}
