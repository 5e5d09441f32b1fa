//! Applies a proposal: on its edition and the proposals that it requires.

use assay_spec::rfc::{Applied, Fault, commute};
use assay_spec::{Dialect, Edit};

use super::folder::{Form, Rfc};

/// Required proposals can require others; deeper than this is a circle.
const MAX_DEPTH: usize = 8;

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
    let line = form.overlay.rfc_line;
    let edition = &form.overlay.rfc.base.edition;
    let plain = Dialect::edition(edition).map_err(|error| Fault::at(line, error.to_string()))?;
    let mut edits = Vec::new();
    let mut name = plain.name().to_owned();
    collect(form, all, 0, &mut edits, &mut name)?;
    let merged = plain.edited(&edits).map_err(|error| Fault::at(line, error.to_string()))?;
    Ok(if edits.is_empty() { merged } else { merged.named(&name) })
}

/// The changes that must be made before a form's own, in order.
fn collect(
    form: &Form,
    all: &[Rfc],
    depth: usize,
    edits: &mut Vec<Edit>,
    name: &mut String,
) -> Result<(), Fault> {
    let fail = |message: String| Err(Fault::at(form.overlay.rfc_line, message));
    if depth > MAX_DEPTH {
        return fail("the proposals that it requires require each other".to_owned());
    }
    for wanted in &form.overlay.rfc.requires {
        let mut forms = all.iter().flat_map(|rfc| &rfc.forms);
        let Some(required) = forms.find(|form| form.overlay.name() == *wanted) else {
            return fail(format!("it requires proposal {wanted}, which is not there"));
        };
        collect(required, all, depth + 1, edits, name)?;
        edits.extend(required.overlay.ops.iter().map(|(_, edit)| edit.clone()));
        name.push_str(&format!("+{wanted}"));
    }
    Ok(())
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
