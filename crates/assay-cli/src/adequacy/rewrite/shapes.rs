//! Rewritings of the form of objects: duplicates resolved, fields guessed, other types taken.

use std::collections::HashSet;

use assay_spec::KeyRole;

use super::tree::{Node, Root, decoded, encoded};
use super::{Rewrite, tree};

pub(super) fn all() -> Vec<Rewrite> {
    let mut all = duplicates();
    all.extend(entries());
    all.extend(values());
    all
}

/// Members of an object.
type Members = Vec<(String, Node)>;

fn duplicates() -> Vec<Rewrite> {
    vec![
        tree("header/unique-names", "the first of two names wins", |root| first(&mut root.members)),
        tree("header/unique-names", "the last of two names wins", |root| last(&mut root.members)),
        tree("header/unique-names", "a second name gets a suffix", |root| {
            let mut seen = HashSet::new();
            for (key, _) in &mut root.members {
                if !seen.insert(decoded(key)) {
                    *key = encoded(&format!("{}_1", decoded(key)));
                }
            }
        }),
        tree("metadata/unique-keys", "the first of two metadata keys wins", |root| {
            in_objects(root.metadata(), first);
        }),
        tree("metadata/unique-keys", "the last of two metadata keys wins", |root| {
            in_objects(root.metadata(), last);
        }),
        tree("entry/unique-fields", "the first of two fields wins", |root| {
            root.fields().for_each(first);
        }),
        tree("entry/unique-fields", "the last of two fields wins", |root| {
            root.fields().for_each(last)
        }),
        tree("entry/unique-nested-keys", "nested duplicates are resolved", |root| {
            for (_, value) in root.fields().flatten() {
                in_nested(value, &|members| last(members));
            }
        }),
        tree("entry/unique-nested-keys", "unknown fields are not looked at", |root| {
            let known: Vec<String> = root.dialect.known_entry_keys().map(str::to_owned).collect();
            for fields in root.fields() {
                fields.retain(|(key, _)| known.contains(&decoded(key)));
            }
        }),
    ]
}

fn first(members: &mut Members) {
    let mut seen = HashSet::new();
    members.retain(|(key, _)| seen.insert(decoded(key)));
}

fn last(members: &mut Members) {
    members.reverse();
    first(members);
    members.reverse();
}

fn in_objects<'n>(values: impl Iterator<Item = &'n mut Node>, change: impl Fn(&mut Members)) {
    for value in values {
        if let Node::Object(members) = value {
            change(members);
        }
    }
}

fn in_nested(value: &mut Node, change: &impl Fn(&mut Members)) {
    match value {
        Node::Object(members) => {
            change(members);
            members.iter_mut().for_each(|(_, value)| in_nested(value, change));
        }
        Node::Array(elements) => {
            elements.iter_mut().for_each(|value| in_nested(value, change));
        }
        Node::Leaf(_) => {}
    }
}

fn entries() -> Vec<Rewrite> {
    vec![
        tree("entry/is-object", "an array of three is an entry", |root| {
            let keys = [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets]
                .map(|role| encoded(root.dialect.key(role)));
            for (_, entry) in root.entries() {
                if let Node::Array(parts) = entry
                    && parts.len() == keys.len()
                {
                    let parts = keys.iter().cloned().zip(std::mem::take(parts));
                    *entry = Node::Object(parts.collect());
                }
            }
        }),
        tree("entry/is-object", "an entry that is no object is skipped", |root| {
            let key = root.dialect.key(KeyRole::Metadata).to_owned();
            root.members
                .retain(|(name, value)| decoded(name) == key || matches!(value, Node::Object(_)));
        }),
        tree("entry/is-object", "an entry that is null is skipped", |root| {
            let key = root.dialect.key(KeyRole::Metadata).to_owned();
            let null = Node::Leaf("null".to_owned());
            root.members.retain(|(name, value)| decoded(name) == key || *value != null);
        }),
        tree("entry/required-fields", "an entry without all fields is skipped", |root| {
            let required: Vec<String> =
                root.dialect.required_entry_keys().map(str::to_owned).collect();
            root.members.retain(|(_, entry)| match entry {
                Node::Object(fields) if !fields.is_empty() => required
                    .iter()
                    .all(|key| fields.iter().any(|(field, _)| decoded(field) == *key)),
                Node::Object(_) => false,
                _ => true,
            });
        }),
        tree("entry/required-fields", "a missing shape is a scalar's", |root| {
            fill(root, KeyRole::Shape, "[]");
        }),
        tree("entry/required-fields", "missing offsets are empty", |root| {
            fill(root, KeyRole::DataOffsets, "[0,0]");
        }),
        tree("entry/required-fields", "a missing dtype is the first of the table", |root| {
            let first = root.dialect.dtypes().first().map(|dtype| encoded(&dtype.name));
            if let Some(first) = first {
                fill(root, KeyRole::Dtype, &first);
            }
        }),
    ]
}

/// Gives entries a field that they lack.
fn fill(root: &mut Root<'_>, role: KeyRole, value: &str) {
    let key = root.dialect.key(role).to_owned();
    for fields in root.fields() {
        if !fields.iter().any(|(field, _)| decoded(field) == key) {
            fields.push((encoded(&key), Node::Leaf(value.to_owned())));
        }
    }
}

fn values() -> Vec<Rewrite> {
    vec![
        tree("entry/dtype-is-string", "an object of one key is a dtype", |root| {
            for value in root.values(KeyRole::Dtype) {
                if let Node::Object(members) = value
                    && let [(key, _)] = members.as_slice()
                {
                    *value = Node::Leaf(key.clone());
                }
            }
        }),
        tree("entry/dtype-is-string", "an array of one string is a dtype", |root| {
            for value in root.values(KeyRole::Dtype) {
                if let Node::Array(elements) = value
                    && let [one] = elements.as_slice()
                {
                    *value = one.clone();
                }
            }
        }),
        tree("entry/dtype-is-string", "a number is an index of dtypes", |root| {
            let names: Vec<String> =
                root.dialect.dtypes().iter().map(|dtype| encoded(&dtype.name)).collect();
            for value in root.values(KeyRole::Dtype) {
                if let Node::Leaf(text) = value
                    && let Some(name) = text.parse().ok().and_then(|at: usize| names.get(at))
                {
                    text.clone_from(name);
                }
            }
        }),
        tree("entry/shape-is-array", "a number is a shape of one dimension", |root| {
            for value in root.values(KeyRole::Shape) {
                if matches!(value, Node::Leaf(text) if text.starts_with(|c: char| c.is_ascii_digit()))
                {
                    *value = Node::Array(vec![value.clone()]);
                }
            }
        }),
        tree("entry/shape-is-array", "null is the shape of a scalar", |root| {
            for value in root.values(KeyRole::Shape) {
                if *value == Node::Leaf("null".to_owned()) {
                    *value = Node::Array(Vec::new());
                }
            }
        }),
        tree("entry/shape-is-array", "an object's values are a shape", |root| {
            object_values(root, KeyRole::Shape);
        }),
        tree("entry/offsets-is-array", "an object's values are offsets", |root| {
            object_values(root, KeyRole::DataOffsets);
        }),
        tree("entry/offsets-is-array", "a number is an end", |root| {
            for value in root.values(KeyRole::DataOffsets) {
                if matches!(value, Node::Leaf(text) if text.starts_with(|c: char| c.is_ascii_digit()))
                {
                    *value = Node::Array(vec![Node::Leaf("0".to_owned()), value.clone()]);
                }
            }
        }),
        tree("entry/offsets-is-pair", "offsets after the second are skipped", |root| {
            pairs(root, |elements| elements.truncate(2));
        }),
        tree("entry/offsets-is-pair", "one offset is an end", |root| {
            pairs(root, |elements| {
                if elements.len() == 1 {
                    elements.insert(0, Node::Leaf("0".to_owned()));
                }
            });
        }),
        tree("entry/offsets-is-pair", "no offsets are an empty range", |root| {
            pairs(root, |elements| {
                if elements.is_empty() {
                    elements.extend(["0", "0"].map(|text| Node::Leaf(text.to_owned())));
                }
            });
        }),
        tree("buffer/offsets-ordered", "offsets the wrong way round are swapped", |root| {
            pairs(root, |elements| {
                let number = |node: &Node| match node {
                    Node::Leaf(text) => text.parse::<u64>().ok(),
                    _ => None,
                };
                if let [begin, end] = elements.as_mut_slice()
                    && number(begin) > number(end)
                {
                    std::mem::swap(begin, end);
                }
            });
        }),
        tree("entry/shape-holds-numbers", "digits in a string are a dimension", |root| {
            unquoted(root, KeyRole::Shape);
        }),
        tree("entry/offsets-holds-numbers", "digits in a string are an offset", |root| {
            unquoted(root, KeyRole::DataOffsets);
        }),
        tree("entry/shape-holds-numbers", "true is 1 and null is 0 in a shape", |root| {
            words(root, KeyRole::Shape);
        }),
        tree("entry/offsets-holds-numbers", "true is 1 and null is 0 in offsets", |root| {
            words(root, KeyRole::DataOffsets);
        }),
        tree("entry/shape-holds-numbers", "arrays within a shape are opened", |root| {
            for value in root.values(KeyRole::Shape) {
                if let Node::Array(elements) = value {
                    let opened = std::mem::take(elements).into_iter().flat_map(|one| match one {
                        Node::Array(inner) => inner,
                        other => vec![other],
                    });
                    *elements = opened.collect();
                }
            }
        }),
    ]
}

fn object_values(root: &mut Root<'_>, role: KeyRole) {
    for value in root.values(role) {
        if let Node::Object(members) = value {
            *value = Node::Array(std::mem::take(members).into_iter().map(|(_, v)| v).collect());
        }
    }
}

fn pairs(root: &mut Root<'_>, change: impl Fn(&mut Vec<Node>)) {
    for value in root.values(KeyRole::DataOffsets) {
        if let Node::Array(elements) = value {
            change(elements);
        }
    }
}

fn unquoted(root: &mut Root<'_>, role: KeyRole) {
    for element in root.elements(role) {
        if let Node::Leaf(text) = element
            && decoded(text).parse::<u64>().is_ok()
        {
            *text = decoded(text);
        }
    }
}

fn words(root: &mut Root<'_>, role: KeyRole) {
    for element in root.elements(role) {
        if let Node::Leaf(text) = element {
            match text.as_str() {
                "true" => "1".clone_into(text),
                "false" | "null" => "0".clone_into(text),
                _ => {}
            }
        }
    }
}
