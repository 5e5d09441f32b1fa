//! The page of an implementation: who it is, what it gets wrong, every rule, its versions.

use assay_protocol::record::{ImplementationLine, Outcome, ResultLine};
use assay_spec::RuleId;
use maud::{Markup, html};

use super::cell::{class, legend, symbols, word};
use super::facts::Facts;
use super::frame::{self, Frame};
use super::markdown;
use crate::matrix::Cell;
use crate::serious::{self, Kind, risk_words};
use crate::text::units::count;
use crate::text::visible;
use crate::trend;

/// Columns that names and details may take.
const NAME: usize = 80;
const DETAIL: usize = 300;
/// Cases of a rule that are listed in full.
const CASES: usize = 12;

pub(super) fn page(facts: &Facts<'_>, line: &ImplementationLine) -> Frame {
    let mut total = Cell::default();
    for rule in &facts.rules {
        facts.of_rule(rule, &line.id).iter().for_each(|result| total.add(result.outcome));
    }
    let body = html! {
        (identity(line))
        p.lead {
            (total.right()) " right of " (count(total.executed(), "executed case"))
            @for (outcome, count) in total.outcomes().filter(|(outcome, _)| *outcome != Outcome::Same) {
                ", " (count) " " (word(outcome))
            }
        }
        (wrong(facts, line))
        (versions(facts, line))
        h2 { "Every rule" }
        (legend())
        @for (area, rules) in facts.areas() {
            h3 { (area) }
            table { tbody { @for rule in rules { (row(facts, rule, line)) } } }
        }
    };
    Frame::new(visible::line(&line.id, NAME), body).below("Matrix", "index.html")
}

fn identity(line: &ImplementationLine) -> Markup {
    let Some(said) = &line.implementation else { return html! {} };
    let can = line.capabilities.clone().unwrap_or_default();
    let mut facts: Vec<(&str, String)> = vec![
        ("library", said.name.clone()),
        ("version", said.version.clone()),
        ("language", said.language.clone()),
        ("lineage", said.lineage.clone()),
    ];
    facts.extend(said.runtime.clone().map(|runtime| ("runtime", runtime)));
    facts.push(("answers", can.operations.join(", ")));
    let dtypes = can.dtypes.map_or_else(|| "all".to_owned(), |dtypes| dtypes.join(", "));
    facts.push(("dtypes", dtypes));
    if !can.views {
        facts.push(("evidence", "verdict only: no view was compared, which is weaker".to_owned()));
    }
    let home = said.homepage.as_deref().filter(|url| url.starts_with("https://"));
    html! {
        dl.facts {
            @for (name, value) in facts { dt { (name) } dd { (visible::line(&value, DETAIL)) } }
            @if let Some(url) = home { dt { "home" } dd { a href=(url) rel="nofollow" { (visible::line(url, NAME)) } } }
        }
    }
}

/// What it gets wrong, ranked by what is at risk.
fn wrong(facts: &Facts<'_>, line: &ImplementationLine) -> Markup {
    let alone = facts.source.record.alone(&line.id);
    let serious = serious::most_serious(&alone, facts.source.dialect, usize::MAX);
    html! {
        h2 { "What it gets wrong" }
        @if serious.is_empty() { p { "Nothing that the corpus shows." } }
        ol.serious {
            @for one in &serious {
                li {
                    (kind(one.kind)) " "
                    (facts.rule_link(&one.rule))
                    @if let Some(title) = &one.title { ": " (title) }
                    @if let Some(level) = &one.level { " (" (level) ")" }
                    ". " (count(one.cases, "case")) ", such as "
                    (facts.case_link(&one.example, &one.example))
                    @if let Some(detail) = &one.detail { ": " span.quiet { (visible::line(detail, DETAIL)) } }
                    @if let Some(risk) = &one.risk { br; b { (risk_words(risk.kind)) } ": " (risk.effect) }
                }
            }
        }
    }
}

fn kind(kind: Kind) -> Markup {
    match kind.outcome() {
        Some(outcome) => word(outcome),
        None => html! { (kind.as_str().replace('_', " ")) },
    }
}

/// What changed from version to version, where the run had several.
fn versions(facts: &Facts<'_>, line: &ImplementationLine) -> Markup {
    let name = line.id.split_once('@').map_or(line.id.as_str(), |(name, _)| name);
    let trends = trend::trends(facts.source.record, facts.source.dialect);
    let trend = trends.iter().find(|trend| trend.implementation == name);
    html! {
        @if let Some(trend) = trend {
            h2 #versions { "Versions" }
            div.prose { (markdown::html(&trend.to_markdown(false), &markdown::no_links)) }
            p {
                "Pages: "
                @for (at, version) in trend.versions.iter().enumerate() {
                    @if at > 0 { ", " }
                    a href={ "/" (frame::implementation(&version.id)) } { (visible::line(&version.version, NAME)) }
                }
            }
        }
    }
}

fn row(facts: &Facts<'_>, rule: &str, line: &ImplementationLine) -> Markup {
    let results = facts.of_rule(rule, &line.id);
    let cell = facts.cell(rule, &line.id);
    let known = facts.source.dialect.rule(&RuleId::new(rule));
    let wrong: Vec<&ResultLine> =
        results.iter().copied().filter(|one| one.outcome.is_bad()).collect();
    html! {
        tr id=(rule) {
            td.(class(&cell)) { (symbols(&cell)) }
            td {
                (facts.rule_link(rule))
                @if let Some(known) = known { span.quiet { " " (known.title) } }
                @if cell.executed() > 0 { " " (cell.right()) "/" (cell.executed()) }
                @if !wrong.is_empty() {
                    ul { @for one in wrong.iter().take(CASES) { li { (answer(facts, one)) } } }
                }
                @if wrong.len() > CASES {
                    p { "and " (wrong.len() - CASES) " more: "
                        @for (at, one) in wrong.iter().skip(CASES).enumerate() {
                            @if at > 0 { ", " }
                            (facts.case_link(&one.case, &slug(&one.case)))
                        }
                    }
                }
            }
        }
    }
}

fn answer(facts: &Facts<'_>, line: &ResultLine) -> Markup {
    let said = line.error.as_ref().map(|error| format!("{}: {}", error.class, error.message));
    let detail = line.detail.clone().or(said);
    html! {
        (word(line.outcome)) " " (facts.case_link(&line.case, &slug(&line.case)))
        @if let Some(detail) = detail { " " span.quiet { (visible::line(&detail, DETAIL)) } }
    }
}

/// What a case is called among those of its rule.
fn slug(case: &str) -> String {
    visible::line(case.splitn(3, '/').nth(2).unwrap_or(case), NAME)
}
