//! The page of a rule: its text, who violates it, its cases; and the list of all rules.

use assay_protocol::ManifestCase;
use assay_spec::export::rule_markdown;
use assay_spec::{AREAS, Rule};
use maud::{Markup, html};

use super::case::verdict;
use super::cell::{class, symbols};
use super::facts::Facts;
use super::frame::{self, Frame};
use super::markdown;
use crate::text::units::{count, size};
use crate::text::visible;

/// Columns that names may take.
const NAME: usize = 80;

pub(super) fn page(facts: &Facts<'_>, rule: &Rule) -> Frame {
    let text = rule_markdown(rule, &facts.source.dialect.spec().tables);
    let body = html! {
        div.prose { (markdown::html(&text, &links)) }
        (who(facts, rule))
        (cases(&facts.cases_of(rule.id.as_str())))
    };
    Frame::new(rule.id.as_str(), body).below("Rules", "rules.html")
}

/// Pages of rules are what texts of rules link to.
fn links(path: &str) -> Option<String> {
    path.strip_suffix(".md").map(|id| frame::rule(id.trim_start_matches("../")))
}

fn who(facts: &Facts<'_>, rule: &Rule) -> Markup {
    let id = rule.id.as_str();
    let cells: Vec<_> =
        facts.ran().into_iter().map(|line| (line, facts.cell(id, &line.id))).collect();
    let ran = cells.iter().any(|(_, cell)| cell.executed() > 0);
    html! {
        h2 #implementations { "Implementations" }
        @if !ran { p { "No case of this rule was executed in this run." } }
        @if ran {
            table { tbody {
                @for (line, cell) in &cells {
                    tr {
                        td.(class(cell)) { (symbols(cell)) }
                        td { a href={ "/" (frame::implementation(&line.id)) "#" (id) } { (visible::line(&line.id, NAME)) } }
                        td { @if cell.executed() > 0 { (cell.right()) "/" (cell.executed()) } }
                    }
                }
            } }
        }
    }
}

fn cases(cases: &[&ManifestCase]) -> Markup {
    html! {
        h2 #cases { (count(cases.len() as u64, "case")) }
        @if !cases.is_empty() {
            ul {
                @for case in cases {
                    li {
                        a href={ "/" (frame::case(&case.id)) } { (visible::line(&case.title, NAME)) }
                        " " span.quiet { (verdict(case.verdict)) ", " (size(case.size)) }
                    }
                }
            }
        }
    }
}

/// All rules, by area.
pub(super) fn contents(facts: &Facts<'_>) -> Frame {
    let rules = facts.source.dialect.rules();
    let body = html! {
        p { (count(rules.len() as u64, "rule")) ", edition " (facts.source.dialect.name()) ". What a reader does with "
            "a file that breaks one is part of the rule; disputed are those of which a source says otherwise." }
        @for area in AREAS {
            h2 #(area) { (area) }
            table { tbody {
                @for rule in rules.iter().filter(|rule| rule.id.area() == area) {
                    tr #(rule.id.as_str()) {
                        td { (rule.level) }
                        td { a href={ "/" (frame::rule(rule.id.as_str())) } { (rule.id.as_str()) } }
                        td { (rule.title) @if rule.is_disputed() { " " span.quiet { "(disputed)" } } }
                    }
                }
            } }
        }
    };
    Frame::new("Rules", body)
}
