//! Badges: a state and counts, as an endpoint of shields.io reads them.
//!
//! Never a percentage: what was not executed would vanish in it.

use assay_protocol::record::Outcome;
use serde_json::{Value, json};

use crate::matrix::Row;
use crate::text::units::thousands;

/// The badge of an implementation, from its row of the matrix.
pub fn badge(row: &Row, edition: &str) -> Value {
    let (color, message) = state(row);
    json!({
        "schemaVersion": 1,
        "label": format!("safetensors {edition}"),
        "message": message,
        "color": color,
    })
}

/// Colour and words. An implementation that misreads or dies is not merely wrong.
fn state(row: &Row) -> (&'static str, String) {
    let cell = &row.total;
    let (right, wrong) = (cell.right(), cell.bad());
    if cell.executed() == 0 {
        return ("lightgrey", "nothing executed".to_owned());
    }
    let mut parts = vec![format!("{} right", thousands(right))];
    if wrong > 0 {
        parts.push(format!("{} wrong", thousands(wrong)));
    }
    let others: u64 =
        cell.outcomes().map(|(_, count)| count).sum::<u64>() - cell.executed() + row.missing;
    if others > 0 {
        parts.push(format!("{} not executed", thousands(others)));
    }
    let grave = [Outcome::Misread, Outcome::Crash, Outcome::Hang, Outcome::OutOfMemory];
    let color = match wrong {
        _ if grave.iter().any(|outcome| cell.count(*outcome) > 0) => "red",
        0 if row.missing > 0 || row.verdict_only => "yellow",
        0 => "brightgreen",
        _ => "orange",
    };
    (color, parts.join(", "))
}
