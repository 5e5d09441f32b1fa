//! What came with each edition: `spec/CHANGELOG.md`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::edit::Edit;
use crate::spec::{Adopted, Spec};

/// What came with each edition, the newest first, as Markdown.
pub fn changelog(spec: &Spec) -> String {
    let mut out = String::from(
        "# Changes of the format\n\n<!-- Generated from spec.toml, rules/ and rfcs/ by `assay spec build`. Do not edit. -->\n\n\
         An edition never changes once it is there. What is in none is listed by `assay rfc list`.\n",
    );
    for edition in spec.tables.editions.iter().rev() {
        let reader = match &edition.crate_version {
            Some(version) => format!("Read by the published crate {version}."),
            None => "Read by no published crate yet.".to_string(),
        };
        out.push_str(&format!("\n## {}\n\n{reader}\n\n", edition.name));
        let is_first = spec.tables.editions.first() == Some(edition);
        let lines = if is_first { first(spec) } else { came(spec, &edition.name) };
        for line in &lines {
            out.push_str(&format!("* {line}\n"));
        }
        if lines.is_empty() {
            out.push_str("* no change of the format\n");
        }
    }
    out
}

/// The first edition holds too much to list.
fn first(spec: &Spec) -> Vec<String> {
    let edition = spec.tables.editions.first().map_or("", |edition| &edition.name);
    let rules = spec.rules.iter().filter(|rule| rule.since == edition).count();
    let dtypes = spec.tables.dtypes.iter().filter(|dtype| dtype.since == edition);
    let dtypes: Vec<String> = dtypes.map(|dtype| format!("`{}`", dtype.name)).collect();
    alloc::vec![format!("{rules} rules; the dtypes {}", dtypes.join(", "))]
}

fn came(spec: &Spec, edition: &str) -> Vec<String> {
    let tables = &spec.tables;
    let dtypes = tables.dtypes.iter().filter(|row| row.since == edition);
    let dtypes = dtypes.map(|row| format!("dtype `{}`, {} bits", row.name, row.bits));
    let keys = tables.keys.iter().filter(|row| row.since == edition);
    let keys = keys.map(|row| format!("key `{}`", row.key));
    let rules = spec.rules.iter().filter(|rule| rule.since == edition);
    let rules = rules.map(|rule| format!("rule `{}`: {}", rule.id, rule.title));
    let adopted = spec.adopted.iter().filter(|one| one.edition == edition);
    dtypes.chain(keys).chain(rules).chain(adopted.map(ratified)).collect()
}

fn ratified(adopted: &Adopted) -> String {
    let Adopted { name, title, bump, changes, .. } = adopted;
    let change = |edit: &Edit| format!("`{}` {}", edit.op(), edit.target());
    let changes: Vec<String> = changes.iter().map(change).collect();
    format!("proposal {name} ({bump}): {title}: {}", changes.join(", "))
}
