//! The proposals that this build embeds: dialects that adopt some of them, and which one
//! would admit what is not known.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use once_cell::race::OnceBox;

use super::{Overlay, required};
use crate::dialect::Dialect;
use crate::edit::Edit;
use crate::error::SpecError;
use crate::rule::RuleId;
use crate::spec::{Proposal, Spec, embedded_proposals};

/// The proposals that are sound, in order of their names. `assay rfc gate` says what is wrong
/// with others.
pub fn embedded() -> &'static [Overlay] {
    static ALL: OnceBox<Vec<Overlay>> = OnceBox::new();
    ALL.get_or_init(|| {
        let known =
            |id: &str| Spec::embedded().rules.iter().find(|rule| rule.id.as_str() == id).cloned();
        let parse = |proposal: &Proposal<'_>| {
            let overlay = Overlay::of_proposal(proposal, &known).ok()?;
            (overlay.name() == proposal.name()).then_some(overlay)
        };
        Box::new(embedded_proposals().iter().filter_map(parse).collect())
    })
}

impl Dialect {
    /// The dialect of a name: an edition, and after each `+` a proposal that is adopted on top
    /// of it, with those that it requires: `0.8`, `0.8+0002`, `0.8+0007/gated`.
    ///
    /// # Errors
    /// If there is no such edition or proposal, or they do not go together.
    pub fn by_name(name: &str) -> Result<Dialect, SpecError> {
        let mut parts = name.split('+');
        let base = Dialect::edition(parts.next().unwrap_or_default())?;
        let mut adopted: Vec<&Overlay> = Vec::new();
        for part in parts {
            let overlay = find(part, base.name())?;
            let all: Vec<&Overlay> = embedded().iter().collect();
            let needed = required(overlay, &all).map_err(SpecError::Inconsistent)?;
            for one in needed.into_iter().chain([overlay]) {
                if !adopted.iter().any(|known| known.name() == one.name()) {
                    adopted.push(one);
                }
            }
        }
        if adopted.is_empty() {
            return Ok(base);
        }
        let edits: Vec<Edit> =
            adopted.iter().flat_map(|one| one.ops.iter().map(|(_, edit)| edit.clone())).collect();
        let names: Vec<String> = adopted.iter().map(|one| one.name()).collect();
        let merged = base.edited(&edits)?;
        merged.spec().check_consistency()?;
        Ok(merged.named(&format!("{}+{}", base.name(), names.join("+"))))
    }
}

fn find(name: &str, edition: &str) -> Result<&'static Overlay, SpecError> {
    let mut known = embedded().iter().filter(|overlay| overlay.rfc.base.edition == edition);
    known.clone().find(|overlay| overlay.name() == name).ok_or_else(|| {
        let known: Vec<String> = known.by_ref().map(Overlay::name).collect();
        SpecError::UnknownProposal { name: name.to_string(), known: known.join(", ") }
    })
}

/// The proposals on an edition of which a change does this, by name.
pub fn admitting(dialect: &Dialect, does: impl Fn(&Edit) -> bool) -> Vec<String> {
    let of_edition = embedded().iter().filter(|one| one.rfc.base.edition == dialect.edition_name());
    let admits = |one: &&Overlay| one.ops.iter().any(|(_, edit)| does(edit));
    of_edition.filter(admits).map(Overlay::name).collect()
}

/// `: proposal 0002 would add it`, for the end of a message; empty if none would.
pub fn hint(dialect: &Dialect, does: impl Fn(&Edit) -> bool) -> String {
    match admitting(dialect, does).as_slice() {
        [] => String::new(),
        [one] => format!(": proposal {one} would add it"),
        some => format!(": proposals {} would add it", some.join(" and ")),
    }
}

/// `; proposal 0004/gaps would drop the rule`, for the end of a message; empty if none would.
pub fn lifted(dialect: &Dialect, rule: &RuleId) -> String {
    let drops = |edit: &Edit| matches!(edit, Edit::DropRule { rule: dropped } if dropped == rule);
    match admitting(dialect, drops).as_slice() {
        [] => String::new(),
        [one] => format!("; proposal {one} would drop the rule"),
        some => format!("; proposals {} would drop the rule", some.join(" and ")),
    }
}
