//! SARIF 2.1.0 (OASIS), which code scanning reads.
//!
//! A region of a binary file is `byteOffset` and `byteLength`. A remark that points past
//! the end of a file, or at no byte, still has a legal region: SARIF knows no bounds.
//! Results have no fingerprints of their own: consumers make them from rule and place.

use std::collections::BTreeMap;

use assay_spec::{Level, RuleId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Document, Remark, Severity, State, Subject};
use crate::diagnostic::About;

/// What a path may hold as it is in a reference by RFC 3986.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

pub(super) fn render(document: &Document<'_>) -> Value {
    let rules = Rules::of(document);
    let results = document
        .subjects
        .iter()
        .flat_map(|subject| subject.remarks.iter().map(|remark| result(subject, remark, &rules)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "assay",
                "semanticVersion": document.version,
                "rules": rules.descriptions(document),
                "properties": {
                    "edition": document.dialect.name(),
                    "dialect": document.dialect.digest(),
                },
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications(document).is_empty(),
                "toolExecutionNotifications": notifications(document),
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// The rules that remarks name, in order, with their index.
struct Rules<'a>(BTreeMap<&'a str, usize>);

impl<'a> Rules<'a> {
    fn of(document: &'a Document<'_>) -> Rules<'a> {
        let remarks = document.subjects.iter().flat_map(|subject| &subject.remarks);
        let names = remarks.filter_map(|remark| remark.rule.as_deref());
        let mut rules: BTreeMap<&str, usize> = names.map(|name| (name, 0)).collect();
        for (index, place) in rules.values_mut().enumerate() {
            *place = index;
        }
        Rules(rules)
    }

    fn descriptions(&self, document: &Document<'_>) -> Vec<Value> {
        let describe = |name: &&str| {
            let about = About::of(&RuleId::new(name), document.dialect);
            about.map_or_else(|| json!({ "id": name }), |about| description(name, about))
        };
        self.0.keys().map(describe).collect()
    }
}

fn description(id: &str, about: About<'_>) -> Value {
    let area = id.split_once('/').map_or(id, |(area, _)| area);
    let mut document = json!({
        "id": id,
        "shortDescription": { "text": about.title },
        "defaultConfiguration": { "level": match about.level {
            Some(Level::Must) => "error",
            Some(Level::Should) => "warning",
            Some(Level::May) | None => "note",
        } },
        "properties": { "level": about.level, "tags": [area] },
    });
    // SARIF wants no empty texts.
    if !about.advice.is_empty() {
        document["help"] = json!({ "text": about.advice });
    }
    document
}

fn result(subject: &Subject, remark: &Remark, rules: &Rules<'_>) -> Value {
    let mut result = json!({
        "level": match remark.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "note",
        },
        "message": { "text": remark.text() },
        "locations": [location(subject, remark)],
    });
    if let Some(rule) = &remark.rule {
        result["ruleId"] = json!(rule);
        result["ruleIndex"] = json!(rules.0.get(rule.as_str()));
    }
    result
}

/// In a file, its bytes; else the case and the implementation by name.
fn location(subject: &Subject, remark: &Remark) -> Value {
    let Some(path) = &subject.path else {
        return json!({ "logicalLocations": [{
            "name": subject.name,
            "fullyQualifiedName": format!("{}/{}", subject.group, subject.name),
            "kind": "object",
        }] });
    };
    let mut place = json!({ "artifactLocation": { "uri": uri(path) } });
    if let Some(span) = remark.span {
        // Offsets are signed in what consumers are written in; the format allows larger ones.
        let offset = span.start.min(i64::MAX as u64);
        let length = span.len().min(i64::MAX as u64 - offset);
        place["region"] = json!({ "byteOffset": offset, "byteLength": length });
    }
    json!({ "physicalLocation": place })
}

/// A relative path is a relative reference; an absolute one gets its scheme.
fn uri(path: &str) -> String {
    let encoded = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

/// Subjects that could not be checked are the tool's trouble, not results.
fn notifications(document: &Document<'_>) -> Vec<Value> {
    let broken = document.subjects.iter().filter_map(|subject| match &subject.state {
        State::Broken(why) => Some(json!({
            "level": "error",
            "message": { "text": format!("{}: {why}", subject.name) },
        })),
        _ => None,
    });
    broken.collect()
}
