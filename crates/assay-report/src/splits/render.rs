//! Split views as text, Markdown and JSON.

use serde_json::{Value, json};

use super::{Cause, Field, Pair, Splits};
use crate::split::Seen;
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, DIM, paint};
use crate::text::units::{count, list};
use crate::text::{MEASURE, hang, visible};

/// Columns that a name may take.
const NAME: usize = 120;
/// Columns that a difference may take.
const DETAIL: usize = 300;
/// Pairs that a terminal lists.
const PAIRS: usize = 10;

pub(super) fn to_terminal(splits: &Splits, width: Option<usize>) -> String {
    let width = width.unwrap_or(MEASURE).min(100);
    if splits.files == 0 {
        return "No file is accepted with different views.\n".to_owned();
    }
    let mut out = hang("", 0, &heading(splits), width);
    for cause in &splits.causes {
        out.push('\n');
        let label = format!("{}, {}", cause.rule, cause.field.as_str());
        let text = format!(
            ": {}, {}",
            count(cause.cases.len() as u64, "file"),
            count(cause.pairs, "pair")
        );
        let label = visible::line(&label, NAME);
        out.push_str(&format!("{}{text}\n", paint(BOLD, &label)));
        if let Some(title) = &cause.title {
            out.push_str(&hang("  rule: ", 8, title, width));
        }
        let first = cause.cases.first().map_or("", String::as_str);
        out.push_str(&hang("  case: ", 8, &visible::line(first, NAME), width));
        out.push_str(&hang("  what: ", 8, &visible::line(&cause.what, DETAIL), width));
        for seen in &cause.views {
            let label = format!("  {}: ", sees(seen));
            out.push_str(&hang(&label, label.len(), &list(&seen.implementations), width));
        }
    }
    out.push_str(&format!(
        "\n{}\n",
        paint(BOLD, "Pairs that see different things in files that both accept")
    ));
    for pair in splits.pairs.iter().take(PAIRS) {
        let [a, b] = &pair.implementations;
        let text = format!("{}, mostly {}", count(pair.files, "file"), mostly(pair));
        let label = format!("  {a} / {b}: ");
        out.push_str(&hang(&label, label.chars().count(), &text, width));
    }
    if splits.pairs.len() > PAIRS {
        let more = splits.pairs.len() - PAIRS;
        out.push_str(&format!("{}\n", paint(DIM, &format!("  and {more} more"))));
    }
    out
}

pub(super) fn to_markdown(splits: &Splits) -> String {
    if splits.files == 0 {
        return "No file is accepted with different views.\n".to_owned();
    }
    let mut out = format!("{}\n\n", heading(splits));
    out.push_str(
        "| rule | first difference | files | pairs | example | seen |\n|:--|:--|--:|--:|:--|:--|\n",
    );
    for cause in &splits.causes {
        let first = cause.cases.first().map_or("", String::as_str);
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            code(&cause.rule, NAME),
            cause.field.as_str(),
            cause.cases.len(),
            cause.pairs,
            code(first, NAME),
            escape(&cause.what, DETAIL),
        ));
    }
    let heads: Vec<String> = splits.implementations.iter().map(|id| escape(id, NAME)).collect();
    out.push_str("\nA file that one of a pair scans and the other loads means two things. Files of the corpus that both accept and see differently:\n");
    out.push_str(&format!("\n| | {} |\n|:--|{}\n", heads.join(" | "), "--:|".repeat(heads.len())));
    for one in &splits.implementations {
        let cell = |other: &String| match splits.between(one, other) {
            _ if one == other => "–".to_owned(),
            number => number.to_string(),
        };
        let cells: Vec<String> = splits.implementations.iter().map(cell).collect();
        out.push_str(&format!("| {} | {} |\n", escape(one, NAME), cells.join(" | ")));
    }
    out
}

pub(super) fn to_json(splits: &Splits) -> Value {
    let view = |seen: &Seen| json!({ "view": seen.view, "right": seen.right, "implementations": seen.implementations });
    let cause = |cause: &Cause| {
        json!({
            "rule": cause.rule, "title": cause.title, "field": cause.field.as_str(), "cases": cause.cases,
            "what": cause.what, "pairs": cause.pairs,
            "views": cause.views.iter().map(view).collect::<Vec<_>>(),
        })
    };
    let pair = |pair: &Pair| {
        let causes = pair.causes.iter().map(|((rule, field), files)| {
            json!({ "rule": rule, "field": field.as_str(), "files": files })
        });
        json!({
            "implementations": pair.implementations, "files": pair.files,
            "causes": causes.collect::<Vec<_>>(),
        })
    };
    json!({
        "files": splits.files,
        "causes": splits.causes.iter().map(cause).collect::<Vec<_>>(),
        "pairs": splits.pairs.iter().map(pair).collect::<Vec<_>>(),
    })
}

fn heading(splits: &Splits) -> String {
    format!(
        "{} accepted with different views, for {}, by {}.",
        match splits.files {
            1 => "1 file is".to_owned(),
            files => format!("{} are", count(files, "file")),
        },
        count(splits.causes.len() as u64, "cause"),
        count(splits.implementations.len() as u64, "implementation"),
    )
}

fn sees(seen: &Seen) -> &'static str {
    if seen.right { "right view" } else { "other view" }
}

/// The cause that most of a pair's files have.
fn mostly(pair: &Pair) -> String {
    let most = pair.causes.iter().max_by_key(|(_, files)| **files);
    let (rule, field) = most.map_or(("", Field::Unknown), |((rule, field), _)| (rule, *field));
    format!("{rule} ({})", field.as_str())
}
