//! `spec/policy.toml`: how the format changes: versions, phases, and what earns them.
//!
//! A phase is earned by evidence: each of its criteria compares a number that the gate
//! measures. Nothing here knows how to measure.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::rfc::{Class, Waiver};

/// The whole of `policy.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `policy/1`
    pub schema: String,
    /// How versions of the format are given, and how long they are kept up.
    pub versions: Versions,
    /// Which version a class of change needs.
    pub classes: Vec<ClassPolicy>,
    /// What an implementation can do with a file that uses a proposal.
    pub outcomes: Vec<OutcomePolicy>,
    /// Classes of errors that tell a caller nothing: as implementations name them.
    pub untyped_errors: Vec<String>,
    /// The phases, lowest first.
    pub phases: Vec<Phase>,
    /// What earns them.
    pub criteria: Vec<Criterion>,
}

/// How versions of the format are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// What an edition is.
    pub edition: String,
    /// What a major, a minor and a patch change is.
    pub bumps: Vec<BumpPolicy>,
    /// Editions that are kept up besides the newest.
    pub supported_editions: u64,
    /// Days between the announcement that something is to go and the edition without it.
    pub deprecation_days: u64,
    /// Days an implementer has between a report of a fault in its software and its publication.
    pub embargo_days: u64,
}

/// What a kind of version is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BumpPolicy {
    /// Which.
    pub bump: Bump,
    /// What it promises.
    pub means: String,
}

/// A kind of version.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the policy says what they mean")]
pub enum Bump {
    Patch,
    Minor,
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Bump::Patch => "patch",
            Bump::Minor => "minor",
            Bump::Major => "major",
        })
    }
}

/// Which version a class of change needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassPolicy {
    /// The class.
    pub class: Class,
    /// The version.
    pub bump: Bump,
    /// What such a change does.
    pub means: String,
}

/// What an implementation can do with a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomePolicy {
    /// Its name.
    pub outcome: String,
    /// How grave it is.
    pub weight: Weight,
    /// What it means.
    pub means: String,
}

/// How grave an outcome is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// As it should be.
    Fine,
    /// To be looked at.
    Note,
    /// The proposal cannot go on.
    Blocks,
    /// The same, and software is in danger.
    Unsafe,
}

/// A phase of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// One word.
    pub name: String,
    /// What it stands for.
    pub means: String,
}

/// What a phase asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Kebab-case, unique.
    pub id: String,
    /// The phase that needs it.
    pub phase: String,
    /// What is measured.
    pub metric: String,
    /// How it is compared.
    pub op: MetricOp,
    /// With what.
    pub value: u64,
    /// Whether the phase is not earned without it.
    pub severity: Severity,
    /// Whether a waiver can lift it.
    #[serde(default)]
    pub waivable: bool,
    /// Whether missing it says that the proposal cannot go on as it is.
    #[serde(default)]
    pub blocks_proposal: bool,
    /// What it asks for, in words.
    pub means: String,
}

/// How a metric is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum MetricOp {
    AtMost,
    AtLeast,
}

/// What comes of a criterion that is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The phase is not earned.
    Block,
    /// It is told.
    Warn,
}

/// A criterion held against what was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'p> {
    /// The criterion.
    pub criterion: &'p Criterion,
    /// What was measured; absent if nothing was.
    pub got: Option<u64>,
    /// Whether it is met.
    pub is_met: bool,
    /// The waiver that lifts it.
    pub waiver: Option<Waiver>,
}

impl Judged<'_> {
    /// Whether it keeps a proposal from the phase.
    pub fn bars(&self) -> bool {
        !self.is_met && self.waiver.is_none() && self.criterion.severity == Severity::Block
    }
}

impl Policy {
    /// The policy that this build embeds.
    ///
    /// # Panics
    /// If the embedded data is faulty, which a test of this crate rules out.
    pub fn embedded() -> Policy {
        toml::from_str(crate::spec::embedded_policy()).expect("the embedded policy is sound")
    }

    /// Parses a policy. `metrics` are those that a gate measures.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn parse(text: &str, metrics: &[&str]) -> Result<Policy, String> {
        let policy: Policy = toml::from_str(text).map_err(|error| error.to_string())?;
        if policy.schema != "policy/1" {
            return Err(format!("the schema is `{}`, not `policy/1`", policy.schema));
        }
        for class in Class::ALL {
            if policy.classes.iter().filter(|row| row.class == class).count() != 1 {
                return Err(format!("the class `{class}` does not stand exactly once"));
            }
        }
        let mut ids = BTreeSet::new();
        for criterion in &policy.criteria {
            let id = &criterion.id;
            if !ids.insert(id) {
                return Err(format!("the criterion `{id}` stands twice"));
            }
            if policy.phase(&criterion.phase).is_none() {
                return Err(format!("criterion `{id}`: there is no phase `{}`", criterion.phase));
            }
            if !metrics.contains(&criterion.metric.as_str()) {
                return Err(format!(
                    "criterion `{id}`: nothing measures `{}`; there are {}",
                    criterion.metric,
                    metrics.join(", ")
                ));
            }
        }
        Ok(policy)
    }

    /// The place of a phase, from 0.
    pub fn phase(&self, name: &str) -> Option<usize> {
        self.phases.iter().position(|phase| phase.name == name)
    }

    /// The version that classes of change need together.
    pub fn bump(&self, classes: &BTreeSet<Class>) -> Bump {
        let of = |class: &Class| self.classes.iter().find(|row| row.class == *class);
        classes.iter().filter_map(of).map(|row| row.bump).max().unwrap_or(Bump::Patch)
    }

    /// How grave an outcome is; one that the policy does not name blocks.
    pub fn weight(&self, outcome: &str) -> Weight {
        let row = self.outcomes.iter().find(|row| row.outcome == outcome);
        row.map_or(Weight::Blocks, |row| row.weight)
    }

    /// Holds all criteria against what was measured. `today` is the day that waivers are
    /// looked at on, as `2026-11-27`.
    pub fn judge<'p>(
        &'p self,
        metrics: &BTreeMap<String, u64>,
        waivers: &[Waiver],
        today: &str,
    ) -> Vec<Judged<'p>> {
        let judge = |criterion: &'p Criterion| {
            let Criterion { id, metric, op, value, waivable, .. } = criterion;
            let got = metrics.get(metric).copied();
            let is_met = got.is_some_and(|got| match op {
                MetricOp::AtMost => got <= *value,
                MetricOp::AtLeast => got >= *value,
            });
            let lifts =
                |waiver: &&Waiver| waiver.criterion == *id && waiver.until.as_str() >= today;
            let waiver = waivers.iter().find(lifts).filter(|_| *waivable && !is_met).cloned();
            Judged { criterion, got, is_met, waiver }
        };
        self.criteria.iter().map(judge).collect()
    }

    /// The highest phase that is earned: nothing bars it or one below it.
    pub fn earned(&self, judged: &[Judged<'_>]) -> &str {
        let bars = |phase: &Phase| {
            judged.iter().any(|one| one.criterion.phase == phase.name && one.bars())
        };
        let earned = self.phases.iter().take_while(|phase| !bars(phase)).last();
        earned.map_or("", |phase| &phase.name)
    }

    /// Waivers that lift nothing: of an unknown or unwaivable criterion, or past their day.
    pub fn idle_waivers(&self, waivers: &[Waiver], today: &str) -> Vec<String> {
        let fault = |waiver: &Waiver| {
            let Waiver { criterion, until, .. } = waiver;
            let row = self.criteria.iter().find(|row| row.id == *criterion);
            match row {
                None => Some(format!("there is no criterion `{criterion}` to waive")),
                Some(row) if !row.waivable => Some(format!("`{criterion}` cannot be waived")),
                Some(_) if until.as_str() < today => {
                    Some(format!("the waiver of `{criterion}` ended on {until}"))
                }
                Some(_) => None,
            }
        };
        waivers.iter().filter_map(fault).collect()
    }
}
