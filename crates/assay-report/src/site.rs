//! A record as a site: static pages that work from a disk, without a network.
//!
//! [`pages`] hands every page to the caller, which writes it: nothing here touches a file. What
//! is under embargo must have been taken out of the records before (`known::redact`). All text of
//! files and implementations is hostile: the library for HTML escapes it, and `text::visible` makes
//! what would not show.

mod bytes;
mod case;
mod cell;
mod documents;
mod facts;
mod frame;
mod history;
mod implementation;
mod markdown;
mod matrix;
mod operations;
mod rule;
mod splits;

use assay_protocol::{Manifest, ManifestCase};
use assay_spec::{Dialect, Finding, View};

use crate::diagnostic::Excerpt;
use crate::record::Record;
use facts::Facts;
use frame::Frame;

/// What a site is made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The run that the site is about.
    pub record: &'a Record,
    /// A run of the other operations, if there is one: writers and readers.
    pub operations: Option<&'a Record>,
    /// Earlier runs, oldest first.
    pub earlier: &'a [Record],
    /// The corpus of the run.
    pub manifest: &'a Manifest,
    /// The dialect of its verdicts.
    pub dialect: &'a Dialect,
    /// Documents to carry along.
    pub documents: &'a [Document],
    /// What is in a case's file; `None` where it is not at hand.
    pub inside: &'a dyn Fn(&ManifestCase) -> Option<Inside>,
}

/// A document in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path in the repository, with slashes: what other documents link to.
    pub path: String,
    /// What the site calls it.
    pub title: String,
    /// What it is for, in a sentence.
    pub about: String,
    /// Its text.
    pub text: String,
}

/// What is in the file of a case.
#[derive(Debug, Clone)]
pub struct Inside {
    /// Length of the file in bytes.
    pub file_len: u64,
    /// Where the byte buffer begins, in bytes from the start of the file.
    pub buffer_start: u64,
    /// What a reader sees in it, as far as it can be told.
    pub view: Option<View>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The bytes that are shown.
    pub loaded: Vec<Excerpt>,
    /// Where in the site the file itself lies, for who wants to have it.
    pub download: Option<String>,
}

/// One file of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path in the site, with slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Makes every page, and hands each to `take`.
///
/// # Errors
/// The first error of `take`; nothing more is made then.
pub fn pages<E>(source: &Source<'_>, take: &mut dyn FnMut(Page) -> Result<(), E>) -> Result<(), E> {
    let facts = Facts::new(source);
    for asset in frame::assets() {
        take(asset)?;
    }
    for (path, text) in badges(&facts) {
        take(Page { path, text })?;
    }
    let mut take = |path: &str, page: Frame| {
        take(Page { path: path.to_owned(), text: page.render(path, &facts) })
    };
    take("index.html", matrix::page(&facts))?;
    for line in facts.ran() {
        take(&frame::implementation(&line.id), implementation::page(&facts, line))?;
    }
    take("rules.html", rule::contents(&facts))?;
    for rule in source.dialect.rules() {
        take(&frame::rule(rule.id.as_str()), rule::page(&facts, rule))?;
    }
    for case in &source.manifest.cases {
        take(&frame::case(&case.id), case::page(&facts, case))?;
    }
    take("splits.html", splits::page(&facts))?;
    take("operations.html", operations::page(&facts))?;
    take("history.html", history::page(&facts))?;
    take("documents.html", documents::contents(&facts))?;
    for document in source.documents {
        take(&documents::path(document), documents::page(&facts, document))?;
    }
    Ok(())
}

/// What badges show, for who publishes the site.
fn badges(facts: &Facts<'_>) -> Vec<(String, String)> {
    let matrix = crate::matrix::matrix(facts.source.record);
    let badge = |row: &crate::matrix::Row| {
        (frame::badge(&row.id), crate::badge::badge(row, &matrix.edition).to_string() + "\n")
    };
    matrix.rows.iter().map(badge).collect()
}
