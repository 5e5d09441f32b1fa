//! Comparisons as text, Markdown and JSON.

use std::collections::BTreeMap;

use anstyle::Style;
use assay_protocol::record::Outcome;
use serde_json::{Map, Value, json};

use super::{Change, Compared, Comparison, Flip, Presence};
use crate::known::slug;
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, ERROR, WARNING, paint};
use crate::text::units::count;
use crate::text::{MEASURE, hang, visible};

/// Columns that a name may take.
const NAME: usize = 120;
/// Changes that a comment names.
const IN_COMMENT: usize = 10;
/// Cases of a rule that a terminal names.
const LISTED: usize = 5;

pub(super) fn to_terminal(comparison: &Comparison, width: Option<usize>) -> String {
    let width = width.unwrap_or(MEASURE).min(100);
    let mut out = String::new();
    for note in &comparison.notes {
        out.push_str(&hang("note: ", 6, note, width));
    }
    for one in &comparison.implementations {
        let id = visible::line(&one.id, NAME);
        let text = format!("{}: {}", versions(one), summary(one));
        out.push_str(&hang(&format!("{} ", paint(BOLD, &id)), id.len() + 1, &text, width));
        for ((change, rule, before, after), flips) in groups(one) {
            let label = format!("  {} ", change.as_str());
            let cases: Vec<&str> = flips.iter().map(|flip| slug(&flip.case)).collect();
            let text =
                format!("{rule}: {} ({} → {})", shortened(&cases), before.as_str(), after.as_str());
            let text = visible::line(&text, 400);
            out.push_str(&hang(&paint(style(change), &label), label.len(), &text, width));
        }
    }
    for line in corpus(comparison) {
        out.push_str(&hang("", 0, &line, width));
    }
    out.push_str(&hang("", 0, &total(comparison), width));
    out
}

pub(super) fn to_markdown(comparison: &Comparison) -> String {
    let mut out = format!("{}\n", total(comparison));
    for note in &comparison.notes {
        out.push_str(&format!("\nNote: {}.\n", escape(note, 300)));
    }
    let shown: Vec<&Compared> =
        comparison.implementations.iter().filter(|one| is_interesting(one)).collect();
    if !shown.is_empty() {
        let heads: Vec<&str> = Change::ALL.iter().map(|change| change.as_str()).collect();
        out.push_str(&format!("\n| implementation | version | {} |\n", heads.join(" | ")));
        out.push_str(&format!("|:--|:--|{}\n", "--:|".repeat(heads.len())));
    }
    for one in &shown {
        let cells: Vec<String> = Change::ALL
            .iter()
            .map(|change| match one.count(*change) {
                0 => String::new(),
                number => number.to_string(),
            })
            .collect();
        let version = escape(&versions(one), NAME);
        out.push_str(&format!(
            "| {} | {version} | {} |\n",
            escape(&one.id, NAME),
            cells.join(" | ")
        ));
    }
    out.push_str(&flips_as_markdown(comparison));
    for line in corpus(comparison) {
        out.push_str(&format!("\n{}\n", escape(&line, 400)));
    }
    out
}

/// The gravest changes of all implementations.
fn flips_as_markdown(comparison: &Comparison) -> String {
    let mut flips: Vec<(&Compared, &Flip)> = comparison
        .implementations
        .iter()
        .flat_map(|one| one.flips.iter().map(move |flip| (one, flip)))
        .collect();
    flips.sort_by_key(|(_, flip)| flip.change);
    let mut out = String::new();
    for (one, flip) in flips.iter().take(IN_COMMENT) {
        let start = if out.is_empty() { "\n" } else { "" };
        let detail = flip.detail.as_deref().filter(|_| flip.after.is_bad());
        let detail = detail.map(|text| format!(": {}", escape(text, 160))).unwrap_or_default();
        out.push_str(&format!(
            "{start}* **{}** {}, {}: {} → {}{detail}\n",
            flip.change.as_str(),
            escape(&one.id, NAME),
            code(&flip.case, NAME),
            escape(flip.before.as_str(), NAME),
            escape(flip.after.as_str(), NAME),
        ));
    }
    if flips.len() > IN_COMMENT {
        out.push_str(&format!("* and {} more\n", flips.len() - IN_COMMENT));
    }
    out
}

pub(super) fn to_json(comparison: &Comparison) -> Value {
    let counts = |count: &dyn Fn(Change) -> u64| {
        let pairs = Change::ALL.map(|change| (change.as_str().to_owned(), json!(count(change))));
        Value::Object(Map::from_iter(pairs))
    };
    let flip = |flip: &Flip| {
        json!({
            "change": flip.change.as_str(), "case": flip.case, "rule": flip.rule,
            "before": flip.before, "after": flip.after, "detail": flip.detail,
        })
    };
    let one = |one: &Compared| {
        let presence = match one.presence {
            Presence::Both => "both",
            Presence::New => "new",
            Presence::Removed => "removed",
        };
        json!({
            "id": one.id, "presence": presence, "versions": one.versions,
            "not_run": one.not_run, "unchanged": one.unchanged,
            "total": counts(&|change| one.count(change)),
            "changes": one.flips.iter().map(flip).collect::<Vec<_>>(),
        })
    };
    json!({
        "notes": comparison.notes,
        "new_cases": comparison.new_cases,
        "removed_cases": comparison.removed_cases,
        "total": counts(&|change| comparison.count(change)),
        "implementations": comparison.implementations.iter().map(one).collect::<Vec<_>>(),
    })
}

fn is_interesting(one: &Compared) -> bool {
    let [before, after] = &one.versions;
    !one.flips.is_empty() || one.presence != Presence::Both || before != after
}

fn versions(one: &Compared) -> String {
    let [before, after] = one.versions.each_ref().map(|version| version.as_deref());
    match (before, after) {
        (Some(a), Some(b)) if a == b => a.to_owned(),
        (before, after) => {
            format!("{} → {}", before.unwrap_or("not run"), after.unwrap_or("not run"))
        }
    }
}

fn summary(one: &Compared) -> String {
    let counts: Vec<String> = Change::ALL
        .into_iter()
        .filter(|change| one.count(*change) > 0)
        .map(|change| format!("{} {}", one.count(change), change.as_str()))
        .collect();
    let reason = one.not_run.as_deref().map(|why| format!("; {}", visible::line(why, 200)));
    let text = match one.presence {
        Presence::New => "new".to_owned(),
        Presence::Removed => "not in the second record".to_owned(),
        Presence::Both if counts.is_empty() => "nothing changed".to_owned(),
        Presence::Both => counts.join(", "),
    };
    format!("{text}{}", reason.unwrap_or_default())
}

/// Changes of one kind, rule and pair of outcomes belong together.
fn groups(one: &Compared) -> BTreeMap<(Change, &str, Outcome, Outcome), Vec<&Flip>> {
    let mut groups: BTreeMap<_, Vec<&Flip>> = BTreeMap::new();
    for flip in &one.flips {
        let key = (flip.change, flip.rule.as_str(), flip.before, flip.after);
        groups.entry(key).or_default().push(flip);
    }
    groups
}

fn shortened(cases: &[&str]) -> String {
    match cases.len().checked_sub(LISTED) {
        None | Some(0) => cases.join(", "),
        Some(more) => format!("{} and {more} more", cases[..LISTED].join(", ")),
    }
}

fn corpus(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    if comparison.new_cases > 0 {
        lines.push(format!("Only in the second record: {}.", count(comparison.new_cases, "case")));
    }
    if !comparison.removed_cases.is_empty() {
        let number = comparison.removed_cases.len() as u64;
        lines.push(format!("Only in the first record: {}.", count(number, "case")));
    }
    lines
}

fn total(comparison: &Comparison) -> String {
    let counts: Vec<String> = Change::ALL
        .into_iter()
        .filter(|change| comparison.count(*change) > 0)
        .map(|change| format!("{} {}", comparison.count(change), change.as_str()))
        .collect();
    match counts.is_empty() {
        true => "Nothing changed.".to_owned(),
        false => format!("{}.", counts.join(", ")),
    }
}

fn style(change: Change) -> Style {
    match change {
        Change::Broken | Change::Lost => ERROR,
        Change::Changed | Change::Redefined => WARNING,
        Change::Fixed | Change::Gained => BOLD,
    }
}
