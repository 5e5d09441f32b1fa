//! Split views: files that are accepted with different views, by cause and by pair.

use maud::{Markup, html};

use super::facts::Facts;
use super::frame::{self, Frame};
use crate::splits::{Cause, Splits};
use crate::text::units::count;
use crate::text::visible;

/// Columns that names and details may take.
const NAME: usize = 60;
const DETAIL: usize = 300;
/// Cases of a cause that are named.
const CASES: usize = 8;

pub(super) fn page(facts: &Facts<'_>) -> Frame {
    let splits = &facts.splits;
    let body = html! {
        p.lead {
            (count(splits.files, "file")) " of the corpus are accepted by several implementations that see different "
            "things in them. A scanner protects a loader only from files in which both see the same."
        }
        @if !splits.causes.is_empty() {
            h2 #causes { "Causes" }
            @for cause in &splits.causes { (one(facts, cause)) }
            h2 #pairs { "Pairs" }
            p { "For how many files two implementations differ." }
            (pairs(splits))
        }
    };
    Frame::new("Split views", body)
}

fn one(facts: &Facts<'_>, cause: &Cause) -> Markup {
    html! {
        h3 {
            (facts.rule_link(&cause.rule)) ": " (cause.field.as_str().replace('_', " "))
        }
        @if let Some(title) = &cause.title { p.quiet { (title) } }
        p { (visible::line(&cause.what, DETAIL)) }
        ul {
            @for seen in &cause.views {
                @let who: Vec<String> = seen.implementations.iter().map(|id| visible::line(id, NAME)).collect();
                li { @if seen.right { b { "right: " } } @else { "otherwise: " } (who.join(", ")) }
            }
        }
        p {
            (count(cause.cases.len() as u64, "file")) ": "
            @for (at, case) in cause.cases.iter().take(CASES).enumerate() {
                @if at > 0 { ", " }
                (facts.case_link(case, &visible::line(case, NAME)))
            }
            @if cause.cases.len() > CASES { ", …" }
        }
    }
}

fn pairs(splits: &Splits) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Pairs of implementations" {
            table {
                thead { tr { th {} @for (at, _) in splits.implementations.iter().enumerate() { th scope="col" { (at + 1) } } } }
                tbody {
                    @for (at, one) in splits.implementations.iter().enumerate() {
                        tr {
                            th scope="row" { (at + 1) " " a href={ "/" (frame::implementation(one)) } { (visible::line(one, NAME)) } }
                            @for other in &splits.implementations {
                                @let files = if one == other { 0 } else { splits.between(one, other) };
                                td.(if files > 0 { "A" } else { "" }) { @if files > 0 { (files) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
