//! Breaking rules on the features that a file demands of its readers, where the dialect has
//! a key for them.

use assay_spec::KeyRole;
use assay_spec::check::JsonType;

use super::{Bench, Kind, Pair};
use crate::text::Value;

/// Names that are no feature's.
pub(super) fn unknown() -> Vec<Kind> {
    type Change = fn(&str) -> String;
    const CHANGES: [(&str, &str, Change); 4] = [
        ("unknown-feature", "a feature that no dialect knows", |_| "unknown".to_owned()),
        ("feature-in-capitals", "a feature in capitals", |name| name.to_uppercase()),
        ("longer-feature", "a feature with a letter more", |name| format!("{name}x")),
        ("empty-feature", "an empty feature", |_| String::new()),
    ];
    CHANGES
        .into_iter()
        .map(|(slug, title, change)| {
            Kind::new(slug, title, move |bench| {
                let known = bench.dialect.spec().tables.features.first();
                let mut name = change(known.map_or("feature", |feature| &feature.name));
                while bench.dialect.feature(&name).is_some() {
                    name.push('_');
                }
                demanding(bench, Value::Text(name))
            })
        })
        .collect()
}

/// Elements of each type that is not among `is`.
pub(super) fn wrong_types(all: &[(JsonType, &str)], is: &[JsonType]) -> Vec<Kind> {
    let wrong = all.iter().filter(|(kind, _)| !is.contains(kind));
    wrong
        .map(|(kind, name)| {
            let value = match kind {
                JsonType::Object => Value::Object(Vec::new()),
                JsonType::Array => Value::Array(Vec::new()),
                JsonType::String => Value::text("text"),
                JsonType::Number => Value::number(1),
                JsonType::Boolean => Value::token("true"),
                JsonType::Null => Value::token("null"),
            };
            let title = format!("a feature of type {name}");
            Kind::new(format!("{name}-feature"), title, move |bench| {
                demanding(bench, value.clone())
            })
        })
        .collect()
}

/// A file that demands one thing more than its twin, which demands nothing, in an array.
fn demanding(bench: &mut Bench<'_>, feature: Value) -> Option<Pair> {
    let keys = bench.dialect.spec().tables.keys.iter();
    let key = keys.clone().find(|key| key.role == KeyRole::Features)?.key.clone();
    let tensors = bench.tensors(1)?;
    let mut twin = bench.document(&tensors);
    twin.members().insert(0, (Value::text(&key), Value::Array(Vec::new())));
    let mut broken = twin.clone();
    *broken.value(&key) = Value::Array(vec![feature]);
    Pair::new(broken.draft(), twin.draft())
}
