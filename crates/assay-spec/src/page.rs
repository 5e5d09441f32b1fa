//! Reads a rule page: TOML front matter, fixed headings, examples.
//!
//! ````markdown
//! +++
//! title = "…"
//! +++
//! # What it requires
//! …
//! ```assay invalid
//! {"a": {"dtype": …}}
//! | 00 01
//! ```
//! ````
//!
//! In an example's header `\xNN` stands for one byte. `assay invalid prefix=9`
//! declares another header length than the header has.

use serde::Deserialize;

use crate::check::Check;
use crate::error::SpecError;
use crate::finding::Verdict;
use crate::rule::{Example, Level, OnViolation, Risk, Rule, RuleId, Source, Subject};

/// The headings every page has, in this order.
pub const HEADINGS: [&str; 4] =
    ["What it requires", "Why it matters", "How implementations differ", "Examples"];

/// The front matter of a rule page.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    title: String,
    level: Level,
    subject: Subject,
    on_violation: OnViolation,
    since: String,
    #[serde(default)]
    depends: Vec<RuleId>,
    #[schemars(length(min = 1))]
    sources: Vec<Source>,
    risk: Option<Risk>,
    advice: String,
    check: Check,
}

/// Parses the page of the rule `id`.
///
/// # Errors
/// Says which page and what is wrong with it: front matter, headings or an example.
pub fn parse(id: &str, text: &str) -> Result<Rule, SpecError> {
    let fail = |why: String| SpecError::Page { id: id.to_owned(), why };
    let (front, body) = text
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or_else(|| fail("a page begins with TOML between two lines `+++`".to_owned()))?;
    let front: FrontMatter = toml::from_str(front).map_err(|error| fail(error.to_string()))?;
    if front.sources.is_empty() {
        return Err(fail("a rule names at least one source".to_owned()));
    }
    check_headings(body).map_err(fail)?;
    let (prose, examples) = split_examples(body).map_err(fail)?;
    Ok(Rule {
        id: RuleId::new(id),
        title: front.title,
        level: front.level,
        subject: front.subject,
        on_violation: front.on_violation,
        since: front.since,
        depends: front.depends,
        sources: front.sources,
        risk: front.risk,
        advice: front.advice,
        check: front.check,
        prose,
        examples,
    })
}

fn check_headings(body: &str) -> Result<(), String> {
    let found: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")))
        .collect();
    if found == HEADINGS { Ok(()) } else { Err(format!("headings are {found:?}, not {HEADINGS:?}")) }
}

/// Takes the fenced examples out of the Markdown.
fn split_examples(body: &str) -> Result<(String, Vec<Example>), String> {
    let mut prose = String::new();
    let mut examples = Vec::new();
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if let Some(words) = line.strip_prefix("```assay ") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            examples.push(example(words, &block)?);
        } else if line != "## Examples" && line != "# Examples" {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    Ok((prose.trim().to_owned(), examples))
}

fn example(words: &str, block: &[&str]) -> Result<Example, String> {
    let mut words = words.split_whitespace();
    let verdict = match words.next() {
        Some("valid") => Verdict::Valid,
        Some("invalid") => Verdict::Invalid,
        Some("either") => Verdict::Either,
        other => return Err(format!("an example is valid, invalid or either, not {other:?}")),
    };
    let mut prefix = None;
    for word in words {
        let number = word.strip_prefix("prefix=").and_then(|number| number.parse().ok());
        prefix = Some(number.ok_or_else(|| format!("unknown word `{word}` after the verdict"))?);
    }
    let is_data = |line: &&&str| line.starts_with('|');
    let data = block
        .iter()
        .filter(is_data)
        .flat_map(|line| line[1..].split_whitespace())
        .collect::<String>();
    hex::decode(&data).map_err(|error| format!("data `{data}`: {error}"))?;
    let header =
        block.iter().filter(|line| !is_data(line)).copied().collect::<Vec<_>>().join("\n");
    Ok(Example { verdict, header, data, prefix })
}

/// The bytes that a header text with `\xNN` escapes stands for.
///
/// # Errors
/// Names the escape that is not two hexadecimal digits.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 2..at + 4).ok_or_else(|| format!("`\\x` cut short in {text}"))?;
        bytes.push(
            u8::from_str_radix(digits, 16)
                .map_err(|_| format!("`\\x{digits}` is not two hexadecimal digits"))?,
        );
        rest = &rest[at + 4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}
