//! The embedded spec data, parsed and checked for consistency.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use hashbrown::HashSet;
use once_cell::race::OnceBox;
use serde::Serialize;

use crate::check::{Check, IntegerDemand, Term};
use crate::edit::Edit;
use crate::error::SpecError;
use crate::integer::INEXACT;
use crate::page;
use crate::policy::Bump;
use crate::rfc::Overlay;
use crate::rule::{Level, OnViolation, Rule, Subject};
use crate::tables::{KeyObject, KeyRole, Tables};

mod embedded {
    use super::Proposal;

    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The text of `spec/lints.toml`.
pub(crate) fn embedded_lints() -> &'static str {
    embedded::LINTS
}

/// The text of `spec/policy.toml`.
pub(crate) fn embedded_policy() -> &'static str {
    embedded::POLICY
}

/// The overlays of `spec/rfcs/`.
pub(crate) fn embedded_proposals() -> &'static [Proposal<'static>] {
    embedded::PROPOSALS
}

/// All tables and all rules, of every edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Spec {
    /// The tables of `spec.toml`.
    #[serde(flatten)]
    pub tables: Tables,
    /// The rules, by area in the order a file is read, then by id.
    pub rules: Vec<Rule>,
    /// What ratified proposals change, in the order in which editions adopt them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adopted: Vec<Adopted>,
}

/// A ratified proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Adopted {
    /// Its name: `0001`, `0007/gated`.
    pub name: String,
    /// The edition that adopts it.
    pub edition: String,
    /// One line.
    pub title: String,
    /// The version that it needed.
    pub bump: Bump,
    /// Its changes; what they add is of the edition that adopts it.
    pub changes: Vec<Edit>,
}

/// An overlay of a proposal as it lies in `spec/rfcs/`.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'p> {
    /// `NNNN-<slug>`
    pub folder: &'p str,
    /// Which of several rival forms; empty if there is one.
    pub variant: &'p str,
    /// The overlay.
    pub text: &'p str,
    /// Rule pages beside it: id and text.
    pub pages: &'p [(&'p str, &'p str)],
}

/// Files are made for every dtype and alignment of the tables: no more than this, whatever a
/// proposal says. Far above what anybody asked for.
const MAX_DTYPE_BITS: u64 = 4_096;
/// In bytes: a huge page.
const MAX_ALIGNMENT: u64 = 1 << 21;

/// Areas in the order in which a file is read; then what else is done with files.
pub const AREAS: [&str; 11] = [
    "prefix", "header", "metadata", "entry", "dtype", "shape", "buffer", "slice", "access",
    "index", "write",
];

impl Spec {
    /// The spec data that this build embeds.
    ///
    /// # Panics
    /// If the embedded data is faulty, which a test of this crate rules out.
    pub fn embedded() -> &'static Spec {
        static SPEC: OnceBox<Spec> = OnceBox::new();
        SPEC.get_or_init(|| {
            let spec = Spec::parse(embedded::TABLES, embedded::PAGES, embedded::PROPOSALS);
            Box::new(spec.expect("the embedded spec is consistent"))
        })
    }

    /// Parses tables and pages, given as (rule id, text), and of the proposals those that
    /// editions adopt.
    ///
    /// # Errors
    /// The first fault, with the page it is in.
    pub fn parse(
        tables: &str,
        pages: &[(&str, &str)],
        proposals: &[Proposal<'_>],
    ) -> Result<Spec, SpecError> {
        let tables: Tables =
            toml::from_str(tables).map_err(|error| SpecError::Tables(error.to_string()))?;
        let mut rules =
            pages.iter().map(|(id, text)| page::parse(id, text)).collect::<Result<Vec<_>, _>>()?;
        sort_rules(&mut rules);
        let mut spec = Spec { tables, rules, adopted: Vec::new() };
        spec.check_consistency()?;
        spec.adopted = adopted(&spec, proposals)?;
        Ok(spec)
    }

    /// Holds rows and rules against each other.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check_consistency(&self) -> Result<(), SpecError> {
        let fail = |why: String| Err(SpecError::Inconsistent(why));
        let editions: HashSet<&str> =
            self.tables.editions.iter().map(|edition| edition.name.as_str()).collect();
        let documents: HashSet<&str> =
            self.tables.documents.iter().map(|document| document.id.as_str()).collect();
        let ids: HashSet<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();

        let mut names = HashSet::new();
        for dtype in &self.tables.dtypes {
            if !names.insert(&dtype.name) {
                return fail(format!("dtype {} stands twice", dtype.name));
            }
            if !editions.contains(dtype.since.as_str()) {
                return fail(format!("dtype {}: unknown edition {}", dtype.name, dtype.since));
            }
            if !(1..=MAX_DTYPE_BITS).contains(&dtype.bits) {
                let name = &dtype.name;
                return fail(format!("dtype {name}: bits must be from 1 to {MAX_DTYPE_BITS}"));
            }
        }
        let alignment = self.tables.limits.get("data_alignment").map_or(1, |limit| limit.value);
        if !(1..=MAX_ALIGNMENT).contains(&alignment) {
            return fail(format!("data_alignment must be from 1 to {MAX_ALIGNMENT}"));
        }
        for key in &self.tables.keys {
            let known = |name: &String| self.tables.features.iter().any(|row| row.name == *name);
            if let Some(feature) = key.feature.as_ref().filter(|name| !known(name)) {
                return fail(format!("key {}: unknown feature {feature}", key.key));
            }
            if key.role == KeyRole::Features && key.of != KeyObject::Header {
                return fail(format!("key {}: features are listed in the header", key.key));
            }
        }
        for rule in &self.rules {
            let id = &rule.id;
            if !AREAS.contains(&id.area()) {
                return fail(format!("{id}: unknown area"));
            }
            if !editions.contains(rule.since.as_str()) {
                return fail(format!("{id}: unknown edition {}", rule.since));
            }
            if let Some(source) = rule.sources.iter().find(|s| !documents.contains(s.doc.as_str()))
            {
                return fail(format!("{id}: unknown document {}", source.doc));
            }
            if let Some(other) = rule.depends.iter().find(|other| !ids.contains(other.as_str())) {
                return fail(format!("{id}: depends on unknown rule {other}"));
            }
            if let Some(limit) =
                limits_of(&rule.check).find(|l| !self.tables.limits.contains_key(*l))
            {
                return fail(format!("{id}: unknown limit {limit}"));
            }
            if let Some(number) = literals_of(&rule.check).find(|n| *n >= INEXACT) {
                return fail(format!("{id}: {number} is too large for a literal, make it a limit"));
            }
            check_levels(rule).or_else(|why| fail(format!("{id}: {why}")))?;
        }
        Ok(())
    }
}

/// The proposals that editions adopt.
fn adopted(spec: &Spec, proposals: &[Proposal<'_>]) -> Result<Vec<Adopted>, SpecError> {
    let mut all: Vec<Adopted> = Vec::new();
    for edition in &spec.tables.editions {
        for name in &edition.adopts {
            let fail = |why: String| {
                SpecError::Inconsistent(format!("edition {} adopts {name}: {why}", edition.name))
            };
            let proposal = proposals.iter().find(|proposal| proposal.name() == *name);
            let proposal = proposal.ok_or_else(|| fail("it is not there".to_string()))?;
            let overlay = Overlay::of_proposal(proposal, &|id| {
                spec.rules.iter().find(|rule| rule.id.as_str() == id).cloned()
            });
            let overlay = overlay.map_err(|faults| fail(faults[0].to_string()))?;
            let lacks = |needed: &&String| !all.iter().any(|one| one.name == **needed);
            if let Some(needed) = overlay.rfc.requires.iter().find(lacks) {
                return Err(fail(format!("it requires {needed}, which is not adopted before it")));
            }
            all.push(Adopted {
                name: name.clone(),
                edition: edition.name.clone(),
                title: overlay.rfc.title,
                bump: overlay.rfc.bump,
                changes: overlay.ops.into_iter().map(|(_, op)| op.since(&edition.name)).collect(),
            });
        }
    }
    Ok(all)
}

impl Proposal<'_> {
    /// The number, and the variant after a slash.
    pub fn name(&self) -> String {
        let number = self.folder.split('-').next().unwrap_or_default();
        match self.variant {
            "" => number.to_string(),
            variant => format!("{number}/{variant}"),
        }
    }
}

/// By area in the order a file is read, then by id.
pub(crate) fn sort_rules(rules: &mut [Rule]) {
    let area = |rule: &Rule| AREAS.iter().position(|area| *area == rule.id.area());
    rules.sort_by(|a, b| area(a).cmp(&area(b)).then_with(|| a.id.cmp(&b.id)));
}

/// Level, subject and consequence must fit each other.
fn check_levels(rule: &Rule) -> Result<(), &'static str> {
    let behaviour = matches!(rule.check, Check::Behaviour { .. });
    match (rule.subject, rule.on_violation) {
        (Subject::File, OnViolation::None) => Err("a file rule has a consequence for the file"),
        (Subject::File, _) if behaviour => Err("a behaviour binds a reader or a writer"),
        (Subject::File, OnViolation::Reject) if rule.level != Level::Must => {
            Err("only a MUST makes files invalid")
        }
        (Subject::File, OnViolation::Warn) if rule.level == Level::Must => {
            Err("breaking a MUST is more than a warning")
        }
        (Subject::File, _) => Ok(()),
        (_, OnViolation::None) if behaviour => Ok(()),
        _ => Err("a reader or writer rule has a behaviour check and on_violation none"),
    }
}

fn limits_of(check: &Check) -> impl Iterator<Item = &str> {
    terms_of(check).filter_map(|term| match term {
        Term::Limit(name) => Some(name.as_str()),
        _ => None,
    })
}

fn literals_of(check: &Check) -> impl Iterator<Item = u64> {
    let length = match check {
        Check::ArrayLength { length, .. } => Some(*length),
        _ => None,
    };
    let constants = terms_of(check).filter_map(|term| match term {
        Term::Constant(number) => Some(*number),
        _ => None,
    });
    constants.chain(length)
}

fn terms_of(check: &Check) -> impl Iterator<Item = &Term> {
    let terms: Vec<&Term> = match check {
        Check::Linear { left, right, .. } => left.iter().chain(right).collect(),
        Check::UnsignedIntegers { demand: IntegerDemand::AtMost(term), .. } => vec![term],
        _ => Vec::new(),
    };
    terms.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_spec_is_consistent() {
        let spec = Spec::parse(embedded::TABLES, embedded::PAGES, embedded::PROPOSALS).unwrap();
        assert!(spec.rules.len() > 50, "{} rules", spec.rules.len());
    }
}
