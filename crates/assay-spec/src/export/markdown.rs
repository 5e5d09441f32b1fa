//! The readable spec: all tables and all rules as one Markdown document.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
mod rules;
mod tables;

use crate::export::{digest, disputes};
use crate::rule::{OnViolation, Rule};
use crate::spec::{AREAS, Spec};
use crate::tables::Tables;

/// The whole spec as Markdown: how to read it, tables, disputes, rules.
pub fn spec_markdown(spec: &Spec) -> String {
    let mut page = Page::default();
    page.heading(1, &spec.tables.spec.title);
    page.paragraph(&format!(
        "Version {}, {}. Digest `{}`. Generated from `spec/spec.toml` and `spec/rules/`; edit \
         those.",
        spec.tables.spec.version,
        spec.tables.spec.status,
        digest(spec)
    ));
    page.heading(2, "How to read this");
    page.paragraph(READING);
    page.heading(2, "Contents");
    contents(&mut page, spec);
    tables::write(&mut page, spec);
    page.heading(2, "Where the sources disagree");
    disputed(&mut page, spec);
    for area in AREAS {
        page.heading(2, &format!("Rules: {area}"));
        page.paragraph(about(area));
        for rule in spec.rules.iter().filter(|rule| rule.id.area() == area) {
            page.heading(3, rule.id.as_str());
            rules::write_body(&mut page, rule, &spec.tables, 4);
        }
    }
    page.finish()
}

/// One rule as Markdown, without a heading of its own; its sections are headings of the second level.
pub fn rule_markdown(rule: &Rule, tables: &Tables) -> String {
    let mut page = Page::default();
    rules::write_body(&mut page, rule, tables, 2);
    page.finish()
}

const READING: &str = "\
A file is a prefix of 8 bytes, a header of N bytes of JSON, and a byte buffer. The prefix is N as \
an unsigned little-endian integer. The header is an object that maps the name of each tensor to its \
dtype, shape and data_offsets; the offsets count bytes of the buffer.

Each rule states one requirement. MUST, SHOULD and MAY are those of RFC 2119. A rule binds files, \
readers or writers. What a reader does with a file that breaks a rule is part of the rule: refuse \
it (the file is *invalid*), do either (it is *disputed*: the sources are silent or disagree), or \
accept it (it is *valid*, and tools may advise). A file that breaks several rules is judged by the \
gravest.

Each rule lists its sources and what they say, measured by the rule: a source *agrees*, is *laxer* \
(accepts what the rule refuses or advises against), is *stricter* (refuses what the rule accepts), \
*varies* by version, platform or build, or is *silent*.

In examples, the lines are the header's text; `\\xNN` stands for one byte; lines that begin with `|` \
are the byte buffer in hexadecimal. The prefix is the header's length unless `prefix=` says \
otherwise; `pad=` extends the header with spaces to that length.";

fn about(area: &str) -> &'static str {
    match area {
        "prefix" => "The first 8 bytes of the file: the header length N.",
        "header" => {
            "The N bytes after the prefix: their encoding, their JSON, and what stands around it."
        }
        "metadata" => "The one reserved key of the header object.",
        "entry" => "A tensor's entry in the header object: its fields and their JSON types.",
        "dtype" => "The element types of the edition, and how their elements lie in bytes.",
        "shape" => "Dimensions, and the size that follows from them.",
        "buffer" => "The bytes after the header: where tensors lie in them and what they hold.",
        "slice" => "Parts of tensors, where readers deliver them.",
        "access" => "A tensor by its name, and a header without what follows it.",
        "index" => {
            "Models in several files. Their index is a convention and no part of the format: these \
             rules bind readers that open it themselves."
        }
        "write" => "What writers write, and what becomes of files when they fail.",
        _ => "",
    }
}

fn contents(page: &mut Page, spec: &Spec) {
    for area in AREAS {
        page.line(&format!("* {}", link(&format!("Rules: {area}"))));
        for rule in spec.rules.iter().filter(|rule| rule.id.area() == area) {
            page.line(&format!("  * [{}](#{}): {}", rule.id, anchor(rule.id.as_str()), rule.title));
        }
    }
    page.line("");
}

fn disputed(page: &mut Page, spec: &Spec) {
    page.paragraph(
        "Rules of which at least one source says otherwise, or differs by version, platform or \
         build. What was decided stands in the second column, why on the rule's page.",
    );
    let rows = disputes(spec).into_iter().map(|rule| {
        let against: Vec<String> = rule
            .sources
            .iter()
            .filter(|source| source.says.is_dispute())
            .map(|source| format!("{} {}", source.doc, rules::stance(source.says)))
            .collect();
        let against: Vec<String> = without_repeats(against);
        vec![
            format!("[{}](#{})", rule.id, anchor(rule.id.as_str())),
            decision(rule.on_violation).to_owned(),
            against.join(", "),
        ]
    });
    page.table(&["rule", "a file that breaks it", "sources that say otherwise"], rows);
}

fn without_repeats(list: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for item in list {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn decision(on_violation: OnViolation) -> &'static str {
    match on_violation {
        OnViolation::Reject => "is invalid",
        OnViolation::Either => "is disputed",
        OnViolation::Warn => "is valid, with advice",
        OnViolation::None => "(binds implementations)",
    }
}

fn link(heading: &str) -> String {
    format!("[{heading}](#{})", anchor(heading))
}

/// The anchor that Markdown renderers give a heading.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|one| match one {
            ' ' => Some('-'),
            one if one.is_alphanumeric() || one == '-' || one == '_' => {
                Some(one.to_ascii_lowercase())
            }
            _ => None,
        })
        .collect()
}

/// A Markdown document that grows block by block.
#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, level: usize, text: &str) {
        self.paragraph(&format!("{} {text}", "#".repeat(level)));
    }

    fn paragraph(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push_str("\n\n");
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn table(&mut self, titles: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        self.line(&format!("| {} |", titles.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(titles.len())));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
        self.line("");
    }

    fn finish(self) -> String {
        self.0.trim_end().to_owned() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_the_document_lead_to_its_headings() {
        let text = spec_markdown(Spec::embedded());
        let headings: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("##"))
            .map(|line| anchor(line.trim_start_matches('#').trim_start()))
            .collect();
        let mut links = 0;
        for (at, _) in text.match_indices("](#") {
            let target = &text[at + 3..];
            let target = &target[..target.find(')').unwrap()];
            assert!(headings.iter().any(|heading| heading == target), "no heading #{target}");
            links += 1;
        }
        assert!(links > Spec::embedded().rules.len(), "{links} links");
    }

    #[test]
    fn a_bar_does_not_split_a_cell() {
        let mut page = Page::default();
        page.table(&["a"], core::iter::once(vec!["x|y".to_owned()]));
        assert_eq!(page.finish(), "| a |\n|---|\n| x\\|y |\n");
    }
}
