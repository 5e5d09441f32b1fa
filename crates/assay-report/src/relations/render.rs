//! Relations as text, Markdown and JSON.

use assay_protocol::RelationKind;
use serde_json::{Map, Value, json};

use super::{Break, Counts, Group, Relations, Row, State};
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, ERROR, paint};
use crate::text::units::count;
use crate::text::{MEASURE, hang, visible};

/// Columns that a name may take.
const NAME: usize = 120;
/// Columns that a difference may take.
const DETAIL: usize = 400;
/// Broken relations that a document lists for each implementation.
const LISTED: usize = 20;

pub(super) fn to_terminal(relations: &Relations, width: Option<usize>) -> String {
    let width = width.unwrap_or(MEASURE).min(100);
    let mut out = String::new();
    for row in &relations.rows {
        let counts = row.counts(None);
        let label = "relations: ";
        let text = format!("{}, {}", visible::line(&row.id, NAME), words(counts));
        out.push_str(&hang(&paint(BOLD, label), label.len(), &text, width));
        let mut broken: Vec<&str> = row.breaks().map(|(group, _)| group.kind.as_str()).collect();
        broken.dedup();
        if !broken.is_empty() {
            let label = "  broken: ";
            out.push_str(&hang(&paint(ERROR, label), label.len(), &broken.join(", "), width));
        }
    }
    out
}

/// `40 groups hold, 1 broken, 1 undecided`
fn words(counts: Counts) -> String {
    let Counts { holds, broken, undecided } = counts;
    let verb = if holds == 1 { "holds" } else { "hold" };
    let mut words = format!("{} {verb}", count(holds, "group"));
    for (number, what) in [(broken, "broken"), (undecided, "undecided")] {
        if number > 0 {
            words.push_str(&format!(", {number} {what}"));
        }
    }
    words
}

pub(super) fn to_markdown(relations: &Relations) -> String {
    if relations.rows.is_empty() {
        return String::new();
    }
    let kinds: Vec<RelationKind> =
        RelationKind::ALL.into_iter().filter(|kind| is_shown(relations, *kind)).collect();
    let heads: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let mut out = format!("| implementation | {} |\n", heads.join(" | ").replace('_', " "));
    out.push_str(&format!("|:--|{}\n", "--:|".repeat(kinds.len())));
    for row in &relations.rows {
        let cells: Vec<String> = kinds.iter().map(|kind| cell(row.counts(Some(*kind)))).collect();
        out.push_str(&format!("| {} | {} |\n", escape(&row.id, NAME), cells.join(" | ")));
    }
    out.push_str(
        "\nA cell says in how many groups of files that must look alike they do, by what the \
         implementation itself says of them. B\u{a0}broken: two sides look different, or only one is \
         accepted. u\u{a0}undecided: refused, died, or not supported.\n",
    );
    for row in &relations.rows {
        out.push_str(&breaks_as_markdown(row));
    }
    out
}

fn is_shown(relations: &Relations, kind: RelationKind) -> bool {
    relations.rows.iter().any(|row| row.counts(Some(kind)) != Counts::default())
}

/// `3/3`, `1/3 1B 1u`
fn cell(counts: Counts) -> String {
    let Counts { holds, broken, undecided } = counts;
    let mut cell = match holds + broken {
        0 => "-".to_owned(),
        decided => format!("{holds}/{decided}"),
    };
    for (number, mark) in [(broken, 'B'), (undecided, 'u')] {
        if number > 0 {
            cell.push_str(&format!(" {number}{mark}"));
        }
    }
    cell
}

fn breaks_as_markdown(row: &Row) -> String {
    let breaks: Vec<(&Group, &Break)> = row.breaks().collect();
    if breaks.is_empty() {
        return String::new();
    }
    let mut out = format!("\nBroken by {}:\n\n", escape(&row.id, NAME));
    for (group, one) in breaks.iter().take(LISTED) {
        let side: Vec<String> = one.side.iter().map(|case| code(case, NAME)).collect();
        out.push_str(&format!(
            "* {}, {}: {}\n",
            code(&group.id, NAME),
            side.join(" and "),
            escape(&one.what, DETAIL)
        ));
    }
    if let Some(more) = breaks.len().checked_sub(LISTED).filter(|more| *more > 0) {
        out.push_str(&format!("* and {more} more\n"));
    }
    out
}

pub(super) fn to_json(relations: &Relations) -> Value {
    relations.rows.iter().map(row_to_json).collect()
}

fn row_to_json(row: &Row) -> Value {
    let mut kinds = Map::new();
    for kind in RelationKind::ALL {
        let counts = row.counts(Some(kind));
        if counts != Counts::default() {
            kinds.insert(kind.as_str().to_owned(), counts_to_json(counts));
        }
    }
    let broken = row.breaks().map(|(group, one)| {
        json!({
            "group": group.id, "kind": group.kind, "base": one.base, "side": one.side,
            "what": one.what, "misread": one.is_misread,
        })
    });
    let undecided = row.groups.iter().filter_map(|(group, state)| match state {
        State::Undecided(why) => Some(json!({ "group": group.id, "why": why })),
        State::Holds | State::Broken(_) => None,
    });
    json!({
        "implementation": row.id, "total": counts_to_json(row.counts(None)), "kinds": kinds,
        "broken": broken.collect::<Vec<_>>(), "undecided": undecided.collect::<Vec<_>>(),
    })
}

fn counts_to_json(counts: Counts) -> Value {
    let Counts { holds, broken, undecided } = counts;
    json!({ "holds": holds, "broken": broken, "undecided": undecided })
}
