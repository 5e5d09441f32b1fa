//! Lints: what deserves a look in a file that is valid (`spec/lints.toml`).
//!
//! [`head`] looks at what prefix and header show. [`Contents`] is handed the contents of
//! tensors piece by piece, in whatever way the caller reads them, and keeps a few counts
//! for each tensor and nothing of the contents.

mod contents;
mod metadata;

use assay_spec::lint::{Lint, LintCheck, Lints};
use assay_spec::numbers::{count, thousands};
use assay_spec::{Dialect, Finding, OnViolation, Span, View};

pub use contents::Contents;

/// A valid file, as far as lints of its header need it.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Prefix and header.
    pub bytes: &'a [u8],
    /// What a reader sees.
    pub view: &'a View,
    /// The dialect under which it is valid.
    pub dialect: &'a Dialect,
}

/// What the header of a valid file shows, in the order of the lints.
pub fn head(file: &Head<'_>, lints: &Lints) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lint in &lints.lints {
        match &lint.check {
            LintCheck::MetadataText { hide, patterns } => {
                findings.extend(metadata::text(lint, *hide, patterns, file));
            }
            LintCheck::HeaderBytes { for_each_tensor, besides } => {
                findings.extend(header_bytes(lint, *for_each_tensor, *besides, file));
            }
            LintCheck::PaddingBytes { at_most } => {
                findings.extend(padding_bytes(lint, *at_most, file));
            }
            // Need contents.
            LintCheck::BoolValues {}
            | LintCheck::Finite {}
            | LintCheck::DuplicateContents { .. } => {}
        }
    }
    findings
}

impl Head<'_> {
    /// The prefix, where whatever is about the header as a whole is pointed at.
    fn prefix(&self) -> Span {
        Span::new(0, self.dialect.limit("prefix_bytes"))
    }

    /// Where the header's text ends and its padding begins, and where that ends.
    fn padding(&self) -> Span {
        let text = self.bytes.iter().rposition(|byte| !byte.is_ascii_whitespace());
        Span::new(text.map_or(0, |last| last as u64 + 1), self.bytes.len() as u64)
    }
}

fn header_bytes(
    lint: &Lint,
    for_each_tensor: u64,
    besides: u64,
    file: &Head<'_>,
) -> Option<Finding> {
    let bytes = file.padding().start.saturating_sub(file.prefix().end);
    let tensors = file.view.tensors.len() as u64;
    let usual = tensors.saturating_mul(for_each_tensor).saturating_add(besides);
    (bytes > usual).then(|| {
        let tensors = count(tensors, "tensor");
        let message = format!(
            "the header has {} of text for {tensors}; {} would be much",
            count(bytes, "byte"),
            thousands(usual)
        );
        finding(lint, file.prefix(), message, None)
    })
}

fn padding_bytes(lint: &Lint, at_most: u64, file: &Head<'_>) -> Option<Finding> {
    let padding = file.padding();
    (padding.len() > at_most).then(|| {
        let message = format!(
            "{} of padding; {} are the most that an alignment takes",
            count(padding.len(), "byte"),
            thousands(at_most)
        );
        finding(lint, padding, message, None)
    })
}

fn finding(lint: &Lint, span: Span, message: String, tensor: Option<&str>) -> Finding {
    let tensor = tensor.map(str::to_owned);
    Finding { rule: lint.id.clone(), on_violation: OnViolation::Warn, span, message, tensor }
}

#[cfg(test)]
mod tests;
