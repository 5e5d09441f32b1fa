//! `assay rfc diff`: what a proposal makes different in the spec.

use assay_spec::export::check_in_words;
use assay_spec::{Dialect, Rule};
use serde::Serialize;
use serde_json::{Value, json};

use super::forms;
use crate::output::{self, Exit, Format};
use crate::places::Tree;
use crate::rfc::folder;
use crate::rfc::stack;

pub(super) fn diff(tree: &Tree, name: &str, format: Format) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let chosen = folder::chosen(folder::all(tree)?, &[name.to_owned()])?;
    let mut documents = Vec::new();
    let mut text = String::new();
    for form in forms(&chosen) {
        let applied = stack::apply(form, &all)?;
        let changes = changes(&applied.base, &applied.merged);
        text.push_str(&format!("{} on {}\n", form.overlay.name(), applied.base.name()));
        for change in &changes {
            text.push_str(&change.to_text());
        }
        documents.push(json!({
            "name": form.overlay.name(),
            "base": { "name": applied.base.name(), "digest": applied.base.digest() },
            "merged": { "name": applied.merged.name(), "digest": applied.merged.digest() },
            "changes": changes,
        }));
    }
    match format {
        Format::Json => output::print_json(&json!(documents))?,
        Format::Text => output::print(&text)?,
    }
    Ok(Exit::Pass)
}

/// A thing that is not the same.
#[derive(Serialize)]
struct Change {
    /// `rule header/unique-names`, `limit max_json_depth`, …
    what: String,
    /// How it is without the proposal; absent if it is not there.
    before: Option<String>,
    /// How it is with it; absent if it is not there.
    after: Option<String>,
}

impl Change {
    fn to_text(&self) -> String {
        let line = |sign: char, text: &Option<String>| {
            text.as_ref().map_or_else(String::new, |text| format!("  {sign} {text}\n"))
        };
        format!("{}\n{}{}", self.what, line('-', &self.before), line('+', &self.after))
    }
}

fn changes(base: &Dialect, merged: &Dialect) -> Vec<Change> {
    let mut all = Vec::new();
    let rules = |dialect: &Dialect| -> Vec<(String, String)> {
        let row = |rule: &Rule| (format!("rule {}", rule.id), in_words(rule, dialect));
        dialect.rules().iter().map(row).collect()
    };
    all.extend(compared(rules(base), rules(merged)));
    let (old, new) = (&base.spec().tables, &merged.spec().tables);
    let limits = |tables: &assay_spec::Tables| -> Vec<(String, String)> {
        let row = |(name, limit): (&String, &assay_spec::Limit)| {
            (format!("limit {name}"), format!("{} {}", limit.value, limit.unit))
        };
        tables.limits.iter().map(row).collect()
    };
    all.extend(compared(limits(old), limits(new)));
    let dtypes = |tables: &assay_spec::Tables| -> Vec<(String, String)> {
        tables.dtypes.iter().map(|row| (format!("dtype {}", row.name), plain(row))).collect()
    };
    all.extend(compared(dtypes(old), dtypes(new)));
    let keys = |tables: &assay_spec::Tables| -> Vec<(String, String)> {
        tables.keys.iter().map(|key| (format!("key {}", key.key), plain(key))).collect()
    };
    all.extend(compared(keys(old), keys(new)));
    let features = |tables: &assay_spec::Tables| -> Vec<(String, String)> {
        tables.features.iter().map(|row| (format!("feature {}", row.name), plain(row))).collect()
    };
    all.extend(compared(features(old), features(new)));
    let repeated = |tables: &assay_spec::Tables| -> Vec<(String, String)> {
        let row = tables.repeated_names.iter();
        row.map(|which| ("a name that stands twice".to_owned(), plain(which))).collect()
    };
    all.extend(compared(repeated(old), repeated(new)));
    all
}

/// What a rule asks for and what becomes of files that break it.
fn in_words(rule: &Rule, dialect: &Dialect) -> String {
    let check = check_in_words(&rule.check, &dialect.spec().tables);
    let consequence = plain(&rule.on_violation);
    format!("{} {}: {check} Otherwise: {}.", rule.level, rule.title, consequence.trim_matches('"'))
}

fn plain(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Rows that are not the same, by their names, in the order of the later list.
fn compared(old: Vec<(String, String)>, new: Vec<(String, String)>) -> Vec<Change> {
    let find = |rows: &[(String, String)], name: &str| {
        rows.iter().find(|(other, _)| other == name).map(|(_, text)| text.clone())
    };
    let mut all = Vec::new();
    for (name, text) in &old {
        if find(&new, name).is_none() {
            all.push(Change { what: name.clone(), before: Some(text.clone()), after: None });
        }
    }
    for (name, text) in &new {
        let before = find(&old, name);
        if before.as_ref() != Some(text) {
            all.push(Change { what: name.clone(), before, after: Some(text.clone()) });
        }
    }
    all
}
