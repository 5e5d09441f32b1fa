//! The first page: implementations × rules, with filters.

use std::collections::BTreeSet;

use assay_protocol::record::{ImplementationLine, Outcome};
use assay_spec::{Level, RuleId};
use maud::{Markup, html};

use super::cell::{class, legend, letters, symbols};
use super::facts::Facts;
use super::frame::{self, Frame};
use crate::matrix::legend::{letter, meaning};
use crate::matrix::{Matrix, matrix};
use crate::serious::{self, Serious};
use crate::text::units::count;
use crate::text::visible;

/// Findings that are shown above the table.
const FINDINGS: usize = 5;
/// Columns that names and reasons may take.
const NAME: usize = 60;
const DETAIL: usize = 300;

pub(super) fn page(facts: &Facts<'_>) -> Frame {
    let columns = facts.columns();
    let counts = matrix(facts.source.record);
    let body = html! {
        p.lead {
            "What a safetensors file is, and who reads it right: "
            (count(columns.len() as u64, "implementation")) ", " (count(facts.rules.len() as u64, "rule")) ", "
            (count(facts.source.record.header.cases, "file")) ", compared to the byte."
        }
        (worst(facts))
        h2 #matrix { "Matrix" }
        (filters(facts, &columns))
        (legend())
        (table(facts, &columns, &counts))
        (not_run(&counts))
    };
    Frame { has_filters: true, ..Frame::new("Who reads it right", body) }
}

/// The most serious findings, each with a way to its evidence.
fn worst(facts: &Facts<'_>) -> Markup {
    let serious = serious::most_serious(facts.source.record, facts.source.dialect, FINDINGS);
    html! {
        @if !serious.is_empty() {
            h2 { "Most serious" }
            ol.serious { @for one in &serious { li { (finding(facts, one)) } } }
        }
    }
}

fn finding(facts: &Facts<'_>, one: &Serious) -> Markup {
    let who: Vec<String> = one.implementations.iter().map(|id| visible::line(id, NAME)).collect();
    html! {
        b { (one.kind.as_str().replace('_', " ")) } ": " (who.join(", ")) ", "
        (facts.rule_link(&one.rule))
        @if let Some(title) = &one.title { " (" (title) ")" }
        ", " (facts.case_link(&one.example, &count(one.cases, "file")))
        @if let Some(detail) = &one.detail { ": " (visible::line(detail, DETAIL)) }
    }
}

fn filters(facts: &Facts<'_>, columns: &[&ImplementationLine]) -> Markup {
    let said = columns.iter().filter_map(|line| line.implementation.as_ref());
    let languages: BTreeSet<&str> = said.map(|said| said.language.as_str()).collect();
    let outcomes: BTreeSet<Outcome> = facts
        .source
        .record
        .results
        .iter()
        .map(|line| line.outcome)
        .filter(|one| one.is_bad())
        .collect();
    let choice = |name: &str, label: &str, options: Vec<(String, String)>| {
        html! {
            label { (label) select name=(name) {
                option value="" { "all" }
                @for (value, words) in options { option value=(value) { (words) } }
            } }
        }
    };
    let same = |word: &str| (word.to_owned(), word.to_owned());
    html! {
        form #filters hidden {
            (choice("language", "Language ", languages.into_iter().map(same).collect()))
            (choice("area", "Area ", facts.areas().into_iter().map(|(area, _)| same(area)).collect()))
            (choice("level", "Level ", LEVELS.iter().map(|level| same(&level.to_string())).collect()))
            (choice("outcome", "Outcome ", outcomes.into_iter().filter_map(|outcome| {
                Some((letter(outcome)?.to_string(), meaning(outcome).to_owned()))
            }).collect()))
            label { "Rule " input type="search" name="text" placeholder="part of its name"; }
            button type="reset" { "Show all" }
            output name="shown" aria-live="polite" {}
        }
    }
}

const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];

fn table(facts: &Facts<'_>, columns: &[&ImplementationLine], counts: &Matrix) -> Markup {
    let total = |line: &ImplementationLine| {
        let row = counts.rows.iter().find(|row| row.id == line.id);
        row.map(|row| row.total.clone()).unwrap_or_default()
    };
    html! {
        div.wide tabindex="0" role="region" aria-label="Matrix of rules and implementations" {
            table #table {
                thead {
                    tr {
                        th scope="col" { "rule" }
                        @for line in columns { (column(line)) }
                    }
                    tr.total {
                        th scope="row" { "right of executed" }
                        @for line in columns {
                            @let cell = total(line);
                            td { (cell.right()) span { "/" (cell.executed()) } }
                        }
                    }
                }
                @for (area, rules) in facts.areas() {
                    tbody data-area=(area) {
                        tr.area { th scope="rowgroup" colspan=(columns.len() + 1) { (area) } }
                        @for rule in rules { (row(facts, rule, columns)) }
                    }
                }
            }
        }
    }
}

fn column(line: &ImplementationLine) -> Markup {
    let said = line.implementation.as_ref();
    let language = said.map_or("", |said| said.language.as_str());
    let version = said.map(|said| visible::line(&said.version, NAME)).unwrap_or_default();
    let weaker = line.capabilities.as_ref().is_some_and(|can| !can.views);
    html! {
        th scope="col" data-language=(language) {
            a href={ "/" (frame::implementation(&line.id)) } title=(version) {
                (visible::line(&line.id, NAME)) @if weaker { " (verdict only)" }
            }
        }
    }
}

fn row(facts: &Facts<'_>, rule: &str, columns: &[&ImplementationLine]) -> Markup {
    let known = facts.source.dialect.rule(&RuleId::new(rule));
    let level = known.map(|rule| rule.level.to_string()).unwrap_or_default();
    html! {
        tr data-level=(level) {
            th scope="row" {
                span title=[known.map(|rule| rule.title.as_str())] { (facts.rule_link(rule)) }
            }
            @for line in columns {
                @let cell = facts.cell(rule, &line.id);
                td.(class(&cell)) data-o=[Some(letters(&cell)).filter(|letters| !letters.is_empty())] {
                    a href={ "/" (frame::implementation(&line.id)) "#" (rule) } { (symbols(&cell)) }
                }
            }
        }
    }
}

fn not_run(counts: &Matrix) -> Markup {
    html! {
        @if !counts.not_run.is_empty() {
            h2 { "Not run" }
            ul {
                @for line in &counts.not_run {
                    li { b { (visible::line(&line.id, NAME)) } ": " (visible::line(&line.reason, DETAIL)) }
                }
            }
        }
    }
}
