//! Counts of outcomes as cells of tables: a symbol that reads without colour, and a colour.

use assay_protocol::record::Outcome;
use maud::{Markup, html};

use crate::matrix::Cell;
use crate::matrix::legend::{letter, meaning};

/// The symbol of what is right.
pub(super) const RIGHT: &str = "✓";
/// The symbol where nothing was executed.
pub(super) const NOTHING: &str = "–";

/// The symbols of a cell: `✓`, `3A 1R`, `–`.
pub(super) fn symbols(cell: &Cell) -> String {
    let marks: Vec<String> = cell
        .outcomes()
        .filter(|(outcome, _)| outcome.is_bad())
        .filter_map(|(outcome, count)| Some(format!("{count}{}", letter(outcome)?)))
        .collect();
    match (cell.executed(), marks.is_empty()) {
        (0, _) => NOTHING.to_owned(),
        (_, true) => RIGHT.to_owned(),
        (_, false) => marks.join(" "),
    }
}

/// The class that gives a cell its colour: the letter of its worst outcome, `ok` or `no`.
pub(super) fn class(cell: &Cell) -> String {
    let worst = cell.outcomes().map(|(outcome, _)| outcome).find(|outcome| outcome.is_bad());
    match worst.and_then(letter) {
        Some(letter) => letter.to_string(),
        None if cell.executed() == 0 => "no".to_owned(),
        None => "ok".to_owned(),
    }
}

/// The letters of all outcomes of a cell, for filters: `A R u`.
pub(super) fn letters(cell: &Cell) -> String {
    let letters: Vec<String> =
        cell.outcomes().filter_map(|(outcome, _)| Some(letter(outcome)?.to_string())).collect();
    letters.join("")
}

/// An outcome as a word with its colour.
pub(super) fn word(outcome: Outcome) -> Markup {
    let class = letter(outcome).map_or_else(|| "ok".to_owned(), |letter| letter.to_string());
    let word = if outcome == Outcome::Same {
        "right".to_owned()
    } else {
        outcome.as_str().replace('_', " ")
    };
    html! { span.outcome.(class) title=(meaning(outcome)) { (word) } }
}

/// What the symbols mean.
pub(super) fn legend() -> Markup {
    html! {
        details.legend {
            summary { "What the symbols mean" }
            ul {
                li { b { (RIGHT) } " all cases of the rule are done right" }
                li { b { (NOTHING) } " nothing was executed: not supported, passed on unread or not run" }
                @for outcome in Outcome::ALL {
                    @if let (Some(letter), true) = (letter(outcome), outcome.is_bad()) {
                        li { b.outcome.(letter) { "1" (letter) } " one case: " (meaning(outcome)) }
                    }
                }
            }
        }
    }
}
