//! Applies a proposal: on its edition and the proposals that it requires.

use assay_spec::rfc::{Applied, Fault, Overlay, commute, required};
use assay_spec::{Dialect, Edit};

use super::folder::{Form, Rfc};

/// Applies a form and holds it against its declaration.
///
/// # Errors
/// [`super::folder::Refused`] with every fault.
pub(crate) fn apply(form: &Form, all: &[Rfc]) -> anyhow::Result<Applied> {
    let base = base(form, all).map_err(|fault| form.refused(&[fault]))?;
    form.overlay.apply(&base).map_err(|faults| form.refused(&faults))
}

/// What a form changes.
///
/// # Errors
/// If there is no such edition or no such proposal, or that one cannot be applied.
pub(crate) fn base(form: &Form, all: &[Rfc]) -> Result<Dialect, Fault> {
    let overlay = &form.overlay;
    let fail = |message: String| Fault::at(overlay.rfc_line, message);
    let plain = Dialect::edition(&overlay.rfc.base.edition).map_err(|why| fail(why.to_string()))?;
    let known: Vec<&Overlay> =
        all.iter().flat_map(|rfc| &rfc.forms).map(|form| &form.overlay).collect();
    let required = required(overlay, &known).map_err(fail)?;
    if required.is_empty() {
        return Ok(plain);
    }
    let edits: Vec<Edit> =
        required.iter().flat_map(|one| one.ops.iter().map(|(_, edit)| edit.clone())).collect();
    let names: Vec<String> = required.iter().map(|one| one.name()).collect();
    let merged = plain.edited(&edits).map_err(|why| fail(why.to_string()))?;
    Ok(merged.named(&format!("{}+{}", plain.name(), names.join("+"))))
}

/// What keeps a form from being adopted with another proposal, in either order. Proposals on
/// other bases, forms of one proposal, and what one requires are no pairs.
pub(crate) fn conflicts(form: &Form, all: &[Rfc]) -> Vec<Fault> {
    let own = &form.overlay.rfc;
    let Ok(base) = Dialect::edition(&own.base.edition) else { return Vec::new() };
    let mut faults = Vec::new();
    for other in all.iter().flat_map(|rfc| &rfc.forms) {
        let theirs = &other.overlay.rfc;
        let is_pair = theirs.id != own.id
            && theirs.base.edition == own.base.edition
            && theirs.requires.is_empty()
            && own.requires.is_empty();
        if !is_pair {
            continue;
        }
        let declares = |one: &[String], form: &Form| {
            one.contains(&form.overlay.rfc.id) || one.contains(&form.overlay.name())
        };
        let is_declared = declares(&own.conflicts, other) || declares(&theirs.conflicts, form);
        match (commute(&base, &form.overlay, &other.overlay), is_declared) {
            (Err(why), false) => faults.push(Fault::at(
                form.overlay.rfc_line,
                format!(
                    "it does not go with proposal {}: {why}; declare that with `conflicts`",
                    other.overlay.name()
                ),
            )),
            (Ok(()), true) if declares(&own.conflicts, other) => faults.push(Fault::at(
                form.overlay.rfc_line,
                format!(
                    "`conflicts` names {}, with which it goes in both orders",
                    other.overlay.name()
                ),
            )),
            _ => {}
        }
    }
    faults
}
