//! One rule as Markdown.

use super::Page;
use crate::export::check_in_words;
use crate::rule::{Example, OnViolation, RiskKind, Rule, Source, Stance, Subject};
use crate::tables::Tables;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What a rule says, its sections as headings of `level`.
pub(super) fn write_body(page: &mut Page, rule: &Rule, tables: &Tables, level: usize) {
    page.paragraph(&format!("**{}.** {}", rule.title, standing(rule)));
    page.paragraph(&format!("Check: {}", check_in_words(&rule.check, tables)));
    if !rule.depends.is_empty() {
        let others: Vec<String> = rule.depends.iter().map(|id| format!("`{id}`")).collect();
        page.paragraph(&format!("Not judged where {} is broken.", others.join(" or ")));
    }
    // The page's own headings are of the first and second level.
    let prose = rule.prose.lines().map(|line| {
        let title = line.strip_prefix("## ").or_else(|| line.strip_prefix("# "));
        title.map_or_else(|| line.to_owned(), |title| format!("{} {title}", "#".repeat(level)))
    });
    page.paragraph(&prose.collect::<Vec<_>>().join("\n"));
    page.heading(level, "Sources");
    for source in &rule.sources {
        page.line(&source_line(source));
    }
    page.line("");
    if let Some(risk) = &rule.risk {
        page.paragraph(&format!("Risk ({}): {}", risk_kind(risk.kind), risk.effect));
    }
    page.paragraph(&format!("Advice: {}", rule.advice));
    for hole in &rule.holes {
        page.paragraph(&format!("No {} case: {}", hole.cell, hole.reason));
    }
    page.heading(level, "Examples");
    for example in &rule.examples {
        write_example(page, example);
    }
}

/// Level, since when, whom it binds and what follows.
fn standing(rule: &Rule) -> String {
    let consequence = match (rule.subject, rule.on_violation) {
        (Subject::Reader, _) => "Binds readers.",
        (Subject::Writer, _) => "Binds writers.",
        (Subject::File, OnViolation::Reject) => "A file that breaks it is invalid.",
        (Subject::File, OnViolation::Either) => {
            "A file that breaks it is disputed: a reader may accept or refuse it."
        }
        (Subject::File, OnViolation::Warn | OnViolation::None) => {
            "A file that breaks it is valid; tools may advise."
        }
    };
    format!("{}, since edition {}. {consequence}", rule.level, rule.since)
}

fn source_line(source: &Source) -> String {
    let text = source.text.as_ref().map_or_else(String::new, |text| format!(": {text}"));
    let at = source.at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
    format!("* {} {}{text}{at}", source.doc, stance(source.says))
}

pub(super) fn stance(stance: Stance) -> &'static str {
    match stance {
        Stance::Agrees => "agrees",
        Stance::Laxer => "is laxer",
        Stance::Stricter => "is stricter",
        Stance::Varies => "varies",
        Stance::Silent => "is silent",
    }
}

fn risk_kind(kind: RiskKind) -> &'static str {
    match kind {
        RiskKind::MemorySafety => "memory safety",
        RiskKind::DenialOfService => "denial of service",
        RiskKind::SplitView => "split view",
        RiskKind::Polyglot => "polyglot",
        RiskKind::DataLoss => "data loss",
        RiskKind::Interoperability => "interoperability",
    }
}

fn write_example(page: &mut Page, example: &Example) {
    if !example.title.is_empty() {
        page.paragraph(&example.title);
    }
    let mut words = format!("```assay {}", example.verdict);
    if let Some(prefix) = example.prefix {
        words.push_str(&format!(" prefix={prefix}"));
    }
    if let Some(bytes) = &example.prefix_bytes {
        words.push_str(&format!(" prefix=0x{bytes}"));
    }
    if let Some(pad) = example.pad {
        words.push_str(&format!(" pad={pad}"));
    }
    page.line(&words);
    if !example.header.is_empty() {
        page.line(&example.header);
    }
    for row in example.data.as_bytes().chunks(32) {
        let pairs: Vec<&str> =
            row.chunks(2).map(|pair| core::str::from_utf8(pair).unwrap_or_default()).collect();
        page.line(&format!("| {}", pairs.join(" ")));
    }
    page.line("```");
    page.line("");
}
