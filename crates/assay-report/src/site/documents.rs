//! The documents that a site carries along: the readable spec, the protocol, guides.

use maud::html;

use super::Document;
use super::facts::Facts;
use super::frame::{self, Frame};
use super::markdown;

/// Where a document lies in the site.
pub(super) fn path(document: &Document) -> String {
    let name = document.path.strip_suffix(".md").unwrap_or(&document.path);
    format!("documents/{}.html", name.replace('/', "-").to_ascii_lowercase())
}

pub(super) fn contents(facts: &Facts<'_>) -> Frame {
    let body = html! {
        dl {
            @for document in facts.source.documents {
                dt { a href={ "/" (path(document)) } { (document.title) } }
                dd { (document.about) }
            }
            dt { a href="/rules.html" { "The rules, one by one" } }
            dd { "Each with its sources, its cases and who breaks it." }
        }
    };
    Frame::new("Documents", body)
}

pub(super) fn page(facts: &Facts<'_>, document: &Document) -> Frame {
    let links = |to: &str| place(facts, document, to);
    let body = html! { div.prose { (markdown::html(&document.text, &links)) } };
    Frame::new(document.title.as_str(), body).below("Documents", "documents.html")
}

/// What a link of a document leads to: another document, a rule, or nothing in the site.
fn place(facts: &Facts<'_>, from: &Document, to: &str) -> Option<String> {
    let target = resolve(&from.path, to);
    let document = facts.source.documents.iter().find(|one| one.path == target);
    if let Some(document) = document {
        return Some(path(document));
    }
    let rule = target.strip_prefix("spec/rules/")?.strip_suffix(".md")?;
    Some(frame::rule(rule))
}

/// A path as a document at `from` means it, from the root of the repository.
fn resolve(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_meant_from_where_a_document_lies() {
        assert_eq!(resolve("harness/README.md", "PROTOCOL.md"), "harness/PROTOCOL.md");
        assert_eq!(resolve("harness/README.md", "../spec/SPEC.md"), "spec/SPEC.md");
        assert_eq!(resolve("README.md", "./a//b.md"), "a/b.md");
    }
}
