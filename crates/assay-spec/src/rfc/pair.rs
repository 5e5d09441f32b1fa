//! Proposals together: what one requires, and whether two can be adopted in either order.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Overlay;
use crate::dialect::Dialect;
use crate::error::SpecError;
use crate::spec::Spec;

/// Proposals can require others that require others; deeper than this is a circle.
const MAX_DEPTH: usize = 8;

/// The proposals that one requires, in the order in which they are applied before it.
///
/// # Errors
/// If one of them is not there, or they require each other.
pub fn required<'o>(overlay: &Overlay, all: &[&'o Overlay]) -> Result<Vec<&'o Overlay>, String> {
    let mut found = Vec::new();
    collect(overlay, all, 0, &mut found)?;
    Ok(found)
}

fn collect<'o>(
    overlay: &Overlay,
    all: &[&'o Overlay],
    depth: usize,
    found: &mut Vec<&'o Overlay>,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("the proposals that it requires require each other".to_string());
    }
    for wanted in &overlay.rfc.requires {
        let Some(required) = all.iter().find(|one| one.name() == *wanted) else {
            return Err(format!("it requires proposal {wanted}, which is not there"));
        };
        collect(required, all, depth + 1, found)?;
        if !found.iter().any(|one| one.name() == required.name()) {
            found.push(required);
        }
    }
    Ok(())
}

/// Applies two proposals to one base in both orders.
///
/// # Errors
/// Says what goes wrong, or what differs: rows of tables that come in another order do not count.
pub fn commute(base: &Dialect, one: &Overlay, other: &Overlay) -> Result<(), String> {
    let first = in_order(base, one, other)?;
    let second = in_order(base, other, one)?;
    if first == second {
        return Ok(());
    }
    let differing = first.rules.iter().zip(&second.rules).find(|(a, b)| a != b);
    let what = match differing {
        Some((rule, _)) => format!("the rule {}", rule.id),
        None => "a table".to_string(),
    };
    Err(format!(
        "{what} is not the same if {} comes before {} or after it",
        one.name(),
        other.name()
    ))
}

fn in_order(base: &Dialect, first: &Overlay, second: &Overlay) -> Result<Spec, String> {
    let mut spec = base.spec().clone();
    for overlay in [first, second] {
        for (line, edit) in &overlay.ops {
            let done = edit.apply(&mut spec).and_then(|()| spec.check_consistency());
            done.map_err(|error: SpecError| {
                format!(
                    "after {}, line {line} of {} cannot be applied: {error}",
                    if core::ptr::eq(overlay, second) {
                        first.name()
                    } else {
                        base.name().to_string()
                    },
                    overlay.name(),
                )
            })?;
        }
    }
    spec.tables.dtypes.sort_by(|a, b| a.name.cmp(&b.name));
    spec.tables.keys.sort_by(|a, b| a.key.cmp(&b.key));
    spec.tables.features.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(spec)
}
