//! Whether two proposals can be adopted in either order.

use alloc::string::{String, ToString};

use super::Overlay;
use crate::dialect::Dialect;
use crate::error::SpecError;
use crate::spec::Spec;

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
