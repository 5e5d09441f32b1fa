//! Expectations as text, Markdown and JSON.

use serde_json::{Value, json};

use super::{Expectations, Row, Surprise, SurpriseKind};
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, ERROR, WARNING, paint};
use crate::text::units::count;
use crate::text::{MEASURE, hang, visible};

/// Columns that a name may take.
const NAME: usize = 120;
/// Cases that are named.
const LISTED: usize = 6;
/// Surprises that a terminal shows of one implementation.
const SHOWN: usize = 12;

pub(super) fn to_terminal(expectations: &Expectations, width: Option<usize>) -> String {
    let width = width.unwrap_or(MEASURE).min(100);
    let mut out = String::new();
    for row in expectations.rows.iter().filter(|row| is_worth_telling(row)) {
        let label = "known: ";
        let text = format!("{}, {}", visible::line(&row.id, NAME), summary(row));
        out.push_str(&hang(&paint(BOLD, label), label.len(), &text, width));
        for surprise in row.surprises.iter().take(SHOWN) {
            let label = format!("  {}: ", words(surprise.kind));
            let style = if surprise.kind <= SurpriseKind::WrongOutcome { ERROR } else { WARNING };
            let text = visible::line(&sentence(surprise), 400);
            out.push_str(&hang(&paint(style, &label), label.len(), &text, width));
        }
        if row.surprises.len() > SHOWN {
            let more = row.surprises.len() - SHOWN;
            out.push_str(&format!("  and {more} more; --format json lists all\n"));
        }
    }
    out
}

pub(super) fn to_markdown(expectations: &Expectations) -> String {
    let mut out = String::new();
    for row in expectations.rows.iter().filter(|row| is_worth_telling(row)) {
        out.push_str(&format!("* {}: {}\n", escape(&row.id, NAME), summary(row)));
        for surprise in &row.surprises {
            let rule = match &surprise.rule {
                Some(rule) => code(rule, NAME),
                None => "under embargo".to_owned(),
            };
            let kind = words(surprise.kind);
            let what = escape(&surprise.what, 200);
            let cases = escape(&cases(surprise), 400);
            out.push_str(&format!("  * **{kind}**, {rule}: {what}{cases}\n"));
        }
    }
    out
}

pub(super) fn to_json(expectations: &Expectations) -> Value {
    let surprise = |one: &Surprise| {
        json!({
            "kind": one.kind.as_str(), "rule": one.rule, "outcome": one.outcome,
            "cases": one.cases, "what": one.what,
        })
    };
    let row = |row: &Row| {
        json!({
            "id": row.id, "has_file": row.has_file, "known": row.known,
            "embargoed": row.embargoed,
            "surprises": row.surprises.iter().map(surprise).collect::<Vec<_>>(),
        })
    };
    Value::Array(expectations.rows.iter().map(row).collect())
}

fn is_worth_telling(row: &Row) -> bool {
    row.has_file || !row.surprises.is_empty()
}

/// `30 deviations (28 bug, 2 spec_disputed), all known`
fn summary(row: &Row) -> String {
    let known: u64 = row.known.values().sum();
    let reasons: Vec<String> =
        row.known.iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    let mut text = count(known, "known deviation");
    if !reasons.is_empty() {
        text.push_str(&format!(" ({})", reasons.join(", ")));
    }
    if row.embargoed > 0 {
        text.push_str(&format!(", {} under embargo", row.embargoed));
    }
    text.push_str(match (row.surprises.is_empty(), row.has_file) {
        (true, _) => ", nothing else",
        (false, true) => ", and what follows",
        (false, false) => "; there is no known.toml",
    });
    text
}

fn words(kind: SurpriseKind) -> &'static str {
    match kind {
        SurpriseKind::New => "new",
        SurpriseKind::WrongOutcome => "wrong outcome",
        SurpriseKind::UnexpectedPass => "unexpected pass",
        SurpriseKind::Expired => "expired",
        SurpriseKind::Stale => "stale",
    }
}

fn sentence(surprise: &Surprise) -> String {
    let rule = surprise.rule.as_deref().unwrap_or("under embargo");
    format!("{rule}: {}{}", surprise.what, cases(surprise))
}

/// ` (one, two and 7 more)`
fn cases(surprise: &Surprise) -> String {
    let Some(more) = surprise.cases.len().checked_sub(LISTED).filter(|more| *more > 0) else {
        let all = surprise.cases.join(", ");
        return if all.is_empty() { all } else { format!(" ({all})") };
    };
    format!(" ({} and {more} more)", surprise.cases[..LISTED].join(", "))
}
