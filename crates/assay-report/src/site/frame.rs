//! What all pages share: where they lie, their head, the ways from one to another.

use maud::{DOCTYPE, Markup, html};

use super::Page;
use super::facts::Facts;

/// What stands in every path where a name would be a folder or leave the site.
const REPLACEMENT: char = '_';

/// One page before it knows where it lies. In its body, links are from the root of the site;
/// [`Frame::render`] makes them relative.
pub(super) struct Frame {
    pub(super) title: String,
    /// Headings on the way to the page, with their paths.
    pub(super) way: Vec<(String, String)>,
    pub(super) body: Markup,
    /// Whether it has the filters of the matrix.
    pub(super) has_filters: bool,
}

impl Frame {
    pub(super) fn new(title: impl Into<String>, body: Markup) -> Frame {
        Frame { title: title.into(), way: Vec::new(), body, has_filters: false }
    }

    /// Below another page.
    pub(super) fn below(mut self, title: &str, path: &str) -> Frame {
        self.way.push((title.to_owned(), path.to_owned()));
        self
    }

    /// The whole page, for its place in the site.
    pub(super) fn render(self, path: &str, facts: &Facts<'_>) -> String {
        let root = "../".repeat(path.matches('/').count());
        let record = facts.source.record;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Assay" }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href="/assets/style.css";
                    @if self.has_filters { script src="/assets/filters.js" defer {} }
                }
                body {
                    a.skip href="#content" { "To the content" }
                    header.top {
                        a.name href="/index.html" { "Assay" }
                        nav aria-label="Site" {
                            @for (title, to) in SITE {
                                a href={ "/" (to) } aria-current=[(to == path).then_some("page")] { (title) }
                            }
                        }
                    }
                    main #content {
                        @if !self.way.is_empty() {
                            nav.way aria-label="Above this page" {
                                @for (title, to) in &self.way { a href={ "/" (to) } { (title) } " / " }
                            }
                        }
                        h1 { (self.title) }
                        (self.body)
                    }
                    footer {
                        "Run of " (record.header.started) " by assay " (record.header.suite)
                        ", edition " (record.header.dialect.edition) ". "
                        @if !record.is_finished() { strong { "The run did not finish: this is no result." } }
                    }
                }
            }
        };
        relative(&page.into_string(), &root)
    }
}

/// Links from the root of the site become links from a page's own place.
fn relative(page: &str, root: &str) -> String {
    page.replace(" href=\"/", &format!(" href=\"{root}"))
        .replace(" src=\"/", &format!(" src=\"{root}"))
}

const SITE: [(&str, &str); 6] = [
    ("Matrix", "index.html"),
    ("Rules", "rules.html"),
    ("Split views", "splits.html"),
    ("Operations", "operations.html"),
    ("History", "history.html"),
    ("Documents", "documents.html"),
];

/// What pages need beside themselves.
pub(super) fn assets() -> [Page; 2] {
    [
        ("assets/style.css", include_str!("style.css")),
        ("assets/filters.js", include_str!("filters.js")),
    ]
    .map(|(path, text)| Page { path: path.to_owned(), text: text.to_owned() })
}

/// The page of an implementation.
pub(super) fn implementation(id: &str) -> String {
    format!("implementation/{}.html", part(id))
}

/// What a badge of an implementation shows.
pub(super) fn badge(id: &str) -> String {
    format!("badge/{}.json", part(id))
}

/// The page of a rule.
pub(super) fn rule(id: &str) -> String {
    format!("rule/{}.html", parts(id))
}

/// The page of a case.
pub(super) fn case(id: &str) -> String {
    format!("case/{}.html", parts(id))
}

fn parts(id: &str) -> String {
    id.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A name as part of a path: what is not plain is replaced.
fn part(name: &str) -> String {
    let plain = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '@');
    let part: String = name.chars().map(|one| if plain(one) { one } else { REPLACEMENT }).collect();
    if part.chars().all(|one| one == '.') { REPLACEMENT.to_string() } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_the_site() {
        assert_eq!(case("buffer/no-holes/a-gap"), "case/buffer/no-holes/a-gap.html");
        assert_eq!(
            implementation("safetensors-rust@0.4.5"),
            "implementation/safetensors-rust@0.4.5.html"
        );
        assert_eq!(implementation("../x"), "implementation/.._x.html");
        assert_eq!(case("../../x"), "case/_/_/x.html");
    }

    #[test]
    fn links_lead_from_a_pages_own_place() {
        let page = r#"<a href="/a.html"></a><a href="https://x/"></a><script src="/b.js">"#;
        let expected = r#"<a href="../a.html"></a><a href="https://x/"></a><script src="../b.js">"#;
        assert_eq!(relative(page, "../"), expected);
    }
}
