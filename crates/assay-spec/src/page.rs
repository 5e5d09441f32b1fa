//! Reads a rule page: TOML front matter, fixed headings, examples.
//!
//! ````markdown
//! +++
//! title = "…"
//! +++
//! # What it requires
//! …
//! ## Examples
//! What the first file shows, in one line.
//! ```assay invalid
//! {"a": {"dtype": …}}
//! | 00 01
//! ```
//! ````
//!
//! The lines of an example are its header, joined by line feeds; `\xNN` stands
//! for one byte there. Lines that begin with `|` are its byte buffer in
//! hexadecimal. Words after the verdict: `prefix=9` declares another header
//! length than the header has, `prefix=0x0900` gives the file's first bytes
//! themselves, `pad=64` extends the header with spaces to 64 bytes.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::check::Check;
use crate::error::SpecError;
use crate::finding::Verdict;
use crate::rule::{Example, Hole, Level, OnViolation, Risk, Rule, RuleId, Source, Subject};

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
    #[serde(default)]
    risk: Option<Risk>,
    advice: String,
    check: Check,
    #[serde(default)]
    holes: Vec<Hole>,
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
    check_holes(&front.holes).map_err(fail)?;
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
        holes: front.holes,
        prose,
        examples,
    })
}

fn check_holes(holes: &[Hole]) -> Result<(), String> {
    for (at, hole) in holes.iter().enumerate() {
        if hole.reason.trim().is_empty() {
            return Err(format!("the hole `{}` has no reason", hole.cell));
        }
        if holes[..at].iter().any(|other| other.cell == hole.cell) {
            return Err(format!("the hole `{}` stands twice", hole.cell));
        }
    }
    Ok(())
}

fn check_headings(body: &str) -> Result<(), String> {
    let found: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")))
        .collect();
    if found == HEADINGS {
        Ok(())
    } else {
        Err(format!("headings are {found:?}, not {HEADINGS:?}"))
    }
}

/// Takes the last section, the fenced examples with their titles, from the Markdown.
fn split_examples(body: &str) -> Result<(String, Vec<Example>), String> {
    let (prose, section) =
        body.split_once("## Examples\n").ok_or("the last heading is `## Examples`")?;
    if prose.contains("```assay") {
        return Err("an example stands before the heading `## Examples`".to_owned());
    }
    let mut examples = Vec::new();
    let mut title: Vec<&str> = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(words) = line.strip_prefix("```assay ") {
            let mut closed = false;
            let open = |line: &&str| {
                closed = *line == "```";
                !closed
            };
            let block: Vec<&str> = lines.by_ref().take_while(open).collect();
            if !closed {
                return Err(format!("the example `{words}` is not closed"));
            }
            examples.push(example(&core::mem::take(&mut title).join(" "), words, &block)?);
        } else if !line.trim().is_empty() {
            title.push(line.trim());
        }
    }
    if !title.is_empty() {
        return Err(format!("no example follows `{}`", title.join(" ")));
    }
    Ok((prose.trim().to_owned(), examples))
}

fn example(title: &str, words: &str, block: &[&str]) -> Result<Example, String> {
    let mut words = words.split_whitespace();
    let verdict = match words.next() {
        Some("valid") => Verdict::Valid,
        Some("invalid") => Verdict::Invalid,
        Some("either") => Verdict::Either,
        other => return Err(format!("an example is valid, invalid or either, not {other:?}")),
    };
    let (data, header): (Vec<&str>, Vec<&str>) =
        block.iter().partition(|line| line.starts_with('|'));
    let mut example = Example {
        title: title.to_owned(),
        verdict,
        header: header.join("\n"),
        data: data.iter().flat_map(|line| line[1..].split_whitespace()).collect(),
        prefix: None,
        prefix_bytes: None,
        pad: None,
    };
    for word in words {
        let unknown = || format!("unknown word `{word}` after the verdict");
        let (name, value) = word.split_once('=').ok_or_else(unknown)?;
        let number = || value.parse().map(Some).map_err(|_| unknown());
        match (name, value.strip_prefix("0x")) {
            ("prefix", Some(bytes)) => example.prefix_bytes = Some(bytes.to_owned()),
            ("prefix", None) => example.prefix = number()?,
            ("pad", None) => example.pad = number()?,
            _ => return Err(unknown()),
        }
    }
    example.to_bytes()?;
    Ok(example)
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
        let digits =
            rest.get(at + 2..at + 4).ok_or_else(|| format!("`\\x` cut short in {text}"))?;
        bytes.push(
            u8::from_str_radix(digits, 16)
                .map_err(|_| format!("`\\x{digits}` is not two hexadecimal digits"))?,
        );
        rest = &rest[at + 4..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(examples: &str) -> Result<Rule, SpecError> {
        let text = format!(
            "+++\ntitle = \"t\"\nlevel = \"MUST\"\nsubject = \"file\"\non_violation = \"reject\"\n\
             since = \"0.3\"\nsources = [{{ doc = \"readme\", says = \"agrees\" }}]\nadvice = \"a\"\n\
             check = {{ kind = \"foreign_magic\" }}\n+++\n# What it requires\n\nprose\n\n\
             ## Why it matters\n## How implementations differ\n## Examples\n{examples}"
        );
        parse("prefix/test", &text)
    }

    fn why(examples: &str) -> String {
        page(examples).unwrap_err().to_string()
    }

    #[test]
    fn examples_have_titles_and_bytes() {
        let rule = page(
            "\nOne\nline.\n\n```assay valid pad=4\n{}\n| 0a\n| 0b 0c\n```\n\
             ```assay invalid prefix=7\n\\xff\n\n```\n```assay invalid prefix=0x0102\n```\n",
        )
        .unwrap();
        let [padded, longer, cut] = rule.examples.as_slice() else { panic!("three examples") };
        assert_eq!(padded.title, "One line.");
        assert_eq!(padded.to_bytes().unwrap(), b"\x04\0\0\0\0\0\0\0{}  \x0a\x0b\x0c");
        assert_eq!(longer.title, "");
        assert_eq!(longer.to_bytes().unwrap(), b"\x07\0\0\0\0\0\0\0\xff\n");
        assert_eq!(cut.to_bytes().unwrap(), [1, 2]);
        assert!(rule.prose.starts_with("# What it requires\n\nprose"), "{}", rule.prose);
        assert!(!rule.prose.contains("Examples"), "{}", rule.prose);
    }

    #[test]
    fn faulty_examples_are_named() {
        assert!(why("```assay maybe\n```\n").contains("maybe"));
        assert!(why("```assay valid prefix=x\n```\n").contains("prefix=x"));
        assert!(why("```assay valid pad=1\n{}\n```\n").contains("pad 1"));
        assert!(why("```assay valid pad=99999999999\n{}\n```\n").contains("above"));
        assert!(why("```assay valid\n| 0g\n```\n").contains("0g"));
        assert!(why("```assay valid\n\\xz0\n```\n").contains("z0"));
        assert!(why("```assay valid\n{}\n").contains("not closed"));
        assert!(why("```assay valid\n{}\n```\nStray.\n").contains("Stray."));
    }

    #[test]
    fn holes_have_one_reason_each() {
        let with = |holes: &str| {
            let page = "+++\ntitle = \"t\"\nlevel = \"MUST\"\nsubject = \"file\"\n\
                on_violation = \"reject\"\nsince = \"0.3\"\nadvice = \"a\"\n\
                sources = [{ doc = \"readme\", says = \"agrees\" }]\n\
                check = { kind = \"foreign_magic\" }\nholes = HOLES\n+++\n\
                # What it requires\n## Why it matters\n## How implementations differ\n## Examples\n";
            parse("prefix/test", &page.replace("HOLES", holes)).map(|rule| rule.holes.len())
        };
        assert_eq!(with(r#"[{ cell = "reject", reason = "r" }]"#).unwrap(), 1);
        assert!(with(r#"[{ cell = "reject", reason = " " }]"#).is_err());
        assert!(with(r#"[{ cell = "telepathy", reason = "r" }]"#).is_err());
        let twice = r#"[{ cell = "slice", reason = "r" }, { cell = "slice", reason = "s" }]"#;
        assert!(with(twice).is_err());
    }

    #[test]
    fn headings_are_fixed() {
        assert!(why("## More\n").contains("headings"));
    }
}
