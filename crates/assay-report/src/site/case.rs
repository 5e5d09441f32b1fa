//! The page of a case: its bytes, what is wrong with them, what everyone made of them.

use std::collections::BTreeMap;

use assay_protocol::record::ResultLine;
use assay_protocol::{ClaimedVerdict, ManifestCase};
use assay_spec::{Finding, RuleId, Span, View};
use maud::{Markup, html};

use super::cell::word;
use super::facts::Facts;
use super::frame::{self, Frame};
use super::{Inside, bytes};
use crate::layout::{self, Layout};
use crate::listing::shape;
use crate::text::units::{count, size};
use crate::text::visible;

/// Columns that names and texts may take.
const NAME: usize = 80;
const TEXT: usize = 400;
/// Tensors that are listed.
const TENSORS: usize = 40;

pub(super) fn page(facts: &Facts<'_>, case: &ManifestCase) -> Frame {
    let inside = (facts.source.inside)(case);
    let body = html! {
        p.lead { (visible::line(&case.title, TEXT)) }
        (identity(facts, case, inside.as_ref()))
        @if let Some(inside) = &inside {
            (findings(&inside.findings))
            h2 #bytes { "Bytes" }
            (hex(facts, inside))
            (tensors(inside.view.as_ref()))
        }
        (answers(facts.of_case(&case.id)))
        (reproduce(case))
    };
    let rule = frame::rule(&case.rule);
    Frame::new(visible::line(&case.id, TEXT), body)
        .below("Rules", "rules.html")
        .below(&case.rule, &rule)
}

/// A verdict in a word.
pub(super) fn verdict(verdict: ClaimedVerdict) -> &'static str {
    match verdict {
        ClaimedVerdict::Valid => "valid",
        ClaimedVerdict::Invalid => "invalid",
        ClaimedVerdict::Either => "disputed",
    }
}

fn identity(facts: &Facts<'_>, case: &ManifestCase, inside: Option<&Inside>) -> Markup {
    let rule = facts.source.dialect.rule(&RuleId::new(&case.rule));
    let twin = case.twin.as_deref().and_then(|id| facts.case(id));
    let download = inside.and_then(|inside| inside.download.as_deref());
    html! {
        dl.facts {
            dt { "verdict" } dd { b { (verdict(case.verdict)) } }
            dt { "rule" }
            dd {
                a href={ "/" (frame::rule(&case.rule)) } { (case.rule) }
                @if let Some(rule) = rule { ": " (rule.title) }
            }
            @if let Some(twin) = twin {
                dt { "nearest valid" }
                dd { a href={ "/" (frame::case(&twin.id)) } { (visible::line(&twin.title, NAME)) } }
            }
            dt { "size" } dd { (size(case.size)) }
            dt { "SHA-256" } dd { code { (case.sha256) } }
            @if let Some(path) = download { dt { "file" } dd { a href={ "/" (path) } download { "download" } } }
            @if inside.is_none() { dt { "file" } dd { "made by its recipe: see below" } }
        }
    }
}

fn findings(findings: &[Finding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            h2 #findings { "What is wrong with it" }
            ul {
                @for finding in findings {
                    li {
                        a href={ "/" (frame::rule(finding.rule.as_str())) } { (finding.rule.as_str()) }
                        " " span.quiet { (place(finding.span)) } ": " (visible::line(&finding.message, TEXT))
                    }
                }
            }
        }
    }
}

fn place(span: Span) -> String {
    match span.len() {
        0 => format!("at byte {}", span.start),
        1 => format!("byte {}", span.start),
        _ => format!("bytes {}..{}", span.start, span.end),
    }
}

fn hex(facts: &Facts<'_>, inside: &Inside) -> Markup {
    let tensors = inside.view.as_ref().map_or(&[][..], |view| &view.tensors);
    let layout = Layout {
        file_len: inside.file_len,
        parts: layout::parts(inside.file_len, inside.buffer_start, tensors, facts.source.dialect),
        findings: &inside.findings,
        loaded: inside.loaded.clone(),
        rows: None,
    };
    bytes::rows(&layout)
}

fn tensors(view: Option<&View>) -> Markup {
    let Some(view) = view.filter(|view| !view.tensors.is_empty() || view.metadata.is_some()) else {
        return html! {};
    };
    html! {
        h2 #view { "What a reader sees" }
        @if let Some(metadata) = &view.metadata {
            ul { @for (key, value) in metadata.iter().take(TENSORS) {
                li { code { (visible::line(key, NAME)) } " = " code { (visible::line(value, NAME)) } }
            } }
        }
        @if !view.tensors.is_empty() {
            table {
                thead { tr { th { "name" } th { "dtype" } th { "shape" } th { "bytes" } th { "at" } } }
                tbody { @for tensor in view.tensors.iter().take(TENSORS) {
                    tr {
                        td { code { (visible::line(&tensor.name, NAME)) } }
                        td { (tensor.dtype) } td { (shape(&tensor.shape)) }
                        td { (tensor.contents.len()) } td { (tensor.contents.start) }
                    }
                } }
            }
            @if view.tensors.len() > TENSORS { p { "and " (view.tensors.len() - TENSORS) " more" } }
        }
    }
}

/// Every implementation's answer, the worst first.
fn answers(results: &[&ResultLine]) -> Markup {
    let mut results = results.to_vec();
    results.sort_by(|a, b| (a.outcome, &a.implementation).cmp(&(b.outcome, &b.implementation)));
    let views = names_of_views(&results);
    html! {
        h2 #answers { "Answers" }
        @if results.is_empty() { p { "This case was not executed in this run." } }
        @if !results.is_empty() {
            table.answers {
                thead { tr { th { "implementation" } th { "outcome" } th { "answer" } th { "what it said" } } }
                tbody { @for line in results { (answer(line, &views)) } }
            }
        }
    }
}

/// Views that were delivered get a letter each, so that equal ones can be seen.
fn names_of_views<'a>(results: &[&'a ResultLine]) -> BTreeMap<&'a str, char> {
    let mut names = BTreeMap::new();
    for view in results.iter().filter_map(|line| contents(line)) {
        let next = char::from(b'A' + u8::try_from(names.len() % 26).unwrap_or(0));
        names.entry(view).or_insert(next);
    }
    names
}

/// The part of a view's digest that all can be compared by.
fn contents(line: &ResultLine) -> Option<&str> {
    line.view.as_deref().map(|view| view.split('+').next().unwrap_or(view))
}

fn answer(line: &ResultLine, views: &BTreeMap<&str, char>) -> Markup {
    let view = contents(line).and_then(|view| views.get(view));
    html! {
        tr #(format!("of-{}", line.implementation)) {
            td { a href={ "/" (frame::implementation(&line.implementation)) "#" (line.rule) } {
                (visible::line(&line.implementation, NAME))
            } }
            td { (word(line.outcome)) }
            td {
                @if let Some(answer) = line.answer { (format!("{answer:?}").to_lowercase()) }
                @if let Some(view) = view { ", view " (view) }
            }
            td {
                @if let Some(detail) = &line.detail { p { (visible::line(detail, TEXT)) } }
                @if let Some(error) = &line.error {
                    p { code { (visible::line(&error.class, NAME)) } " " (visible::line(&error.message, TEXT)) }
                }
                @if let Some(stderr) = &line.stderr { p.quiet { (visible::line(stderr, TEXT)) } }
            }
        }
    }
}

fn reproduce(case: &ManifestCase) -> Markup {
    html! {
        h2 #reproduce { "Reproduce" }
        p { "In a checkout, for any implementation:" }
        pre { "assay run --case '" (visible::line(&case.id, TEXT)) "' --only NAME --allow-findings" }
        @if let Some(path) = &case.path {
            p { "To look at the file:" }
            pre { "assay inspect --hex 'corpus/" (visible::line(path, TEXT)) "'" }
        }
        p.quiet { (count(case.boundary_of.len() as u64, "boundary")) " of rules meet in it." }
    }
}
