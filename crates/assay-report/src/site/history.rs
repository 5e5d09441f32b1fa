//! Earlier runs beside this one: what each implementation did right, and what flipped between two.

use assay_protocol::record::Outcome;
use maud::{Markup, html};

use super::facts::Facts;
use super::frame::{self, Frame};
use crate::compare::{Change, Compared, compare};
use crate::matrix::{Matrix, matrix};
use crate::record::Record;
use crate::text::units::count;
use crate::text::visible;

/// Columns that names may take.
const NAME: usize = 60;
/// Flips of an implementation that are named.
const FLIPS: usize = 50;

pub(super) fn page(facts: &Facts<'_>) -> Frame {
    let mut records: Vec<&Record> = facts.source.earlier.iter().collect();
    records.push(facts.source.record);
    let body = html! {
        @if records.len() < 2 {
            p { "This site was made from one record. " code { "assay report html SITE --earlier DIR" }
                " puts earlier ones beside it." }
        } @else {
            (table(&records))
            @for pair in records.windows(2).rev() { (flips(facts, pair[0], pair[1])) }
        }
    };
    Frame::new("History", body)
}

fn table(records: &[&Record]) -> Markup {
    let counted: Vec<Matrix> = records.iter().map(|record| matrix(record)).collect();
    let Some(last) = counted.last() else { return html! {} };
    html! {
        p { "Right of executed, and the version." }
        div.wide tabindex="0" role="region" aria-label="Runs" {
            table {
                thead { tr { th { "implementation" } @for record in records { th { (record.header.started) } } } }
                tbody { @for row in &last.rows {
                    tr {
                        th scope="row" { a href={ "/" (frame::implementation(&row.id)) } { (visible::line(&row.id, NAME)) } }
                        @for one in &counted {
                            td { @if let Some(row) = one.rows.iter().find(|one| one.id == row.id) {
                                (row.total.right()) "/" (row.total.executed())
                                " " span.quiet { (visible::line(row.version.as_deref().unwrap_or(""), NAME)) }
                            } }
                        }
                    }
                } }
            }
        }
    }
}

fn flips(facts: &Facts<'_>, before: &Record, after: &Record) -> Markup {
    let comparison = compare(before, after);
    let flipped: Vec<&Compared> =
        comparison.implementations.iter().filter(|one| !one.flips.is_empty()).collect();
    html! {
        h2 { (before.header.started) " to " (after.header.started) }
        @for note in &comparison.notes { p.quiet { (visible::line(note, 400)) } }
        p {
            (count(comparison.new_cases, "new case"))
            @for change in Change::ALL { ", " (comparison.count(change)) " " (change.as_str().replace('_', " ")) }
        }
        @for one in flipped {
            h3 { (visible::line(&one.id, NAME)) }
            ul {
                @for flip in one.flips.iter().take(FLIPS) {
                    li {
                        (flip.change.as_str().replace('_', " ")) ": "
                        (facts.case_link(&flip.case, &visible::line(&flip.case, NAME))) " "
                        span.quiet { (words(flip.before)) " → " (words(flip.after)) }
                    }
                }
                @if one.flips.len() > FLIPS { li { "and " (one.flips.len() - FLIPS) " more" } }
            }
        }
    }
}

fn words(outcome: Outcome) -> String {
    outcome.as_str().replace('_', " ")
}
