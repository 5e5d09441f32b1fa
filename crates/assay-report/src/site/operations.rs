//! Operations beyond reading: headers alone, tensors by name, models in several files, writers and
//! who reads what they wrote.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::cell::{class, legend, symbols};
use super::facts::Facts;
use super::frame::{self, Frame};
use super::markdown;
use crate::record::Record;
use crate::rules::{Finding, RuleReport};
use crate::text::units::count;
use crate::text::visible;
use crate::writers::WriterMatrix;

/// Columns that names and details may take.
const NAME: usize = 80;
const DETAIL: usize = 300;

pub(super) fn page(facts: &Facts<'_>) -> Frame {
    let body = match facts.source.operations {
        Some(record) => of_record(facts, record),
        None => html! {
            p {
                "This site was made without a record of other operations. "
                code { "assay operations run" } " makes one, and the next site shows it."
            }
        },
    };
    Frame::new("Operations", body)
}

fn of_record(facts: &Facts<'_>, record: &Record) -> Markup {
    let writers = WriterMatrix::new(record);
    let report = crate::operations::report(record, &BTreeMap::new(), facts.source.dialect);
    html! {
        p.lead { "Headers alone, single tensors, models in several files, and writing." }
        h2 #rules { "By rule" }
        (legend())
        (table(facts, &report))
        @if !writers.is_empty() {
            h2 #writers { "Who reads what others wrote" }
            div.prose.full { (markdown::html(&writers.to_markdown(), &markdown::no_links)) }
        }
        h2 #findings { "Findings" }
        @if report.findings().is_empty() { p { "None." } }
        ul { @for one in report.findings() { li { (finding(facts, one)) } } }
    }
}

fn table(facts: &Facts<'_>, report: &RuleReport) -> Markup {
    let page_of = |id: &str| {
        let ran = facts.ran().into_iter().any(|line| line.id == id);
        ran.then(|| format!("/{}", frame::implementation(id)))
    };
    html! {
        div.wide tabindex="0" role="region" aria-label="Rules of operations and implementations" {
            table #table {
                thead { tr {
                    th scope="col" { "rule" }
                    @for id in report.implementations() {
                        th scope="col" {
                            @if let Some(page) = page_of(id) { a href=(page) { (visible::line(id, NAME)) } }
                            @else { (visible::line(id, NAME)) }
                        }
                    }
                } }
                tbody {
                    @for (rule, cells) in report.rows() {
                        tr {
                            th scope="row" { (facts.rule_link(rule)) }
                            @for cell in cells { td.(class(cell)) { (symbols(cell)) } }
                        }
                    }
                }
            }
        }
    }
}

fn finding(facts: &Facts<'_>, one: &Finding) -> Markup {
    html! {
        (visible::line(&one.implementation, NAME)) ": " b { (one.outcome.as_str().replace('_', " ")) } " of "
        (facts.rule_link(&one.rule)) ", " (count(one.count as u64, "question")) ", such as "
        (visible::line(&one.question, NAME)) ": " span.quiet { (visible::line(&one.detail, DETAIL)) }
    }
}
