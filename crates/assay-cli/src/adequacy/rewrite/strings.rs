//! Rewritings of names, keys and other strings.

use assay_spec::KeyRole;

use super::text::strings;
use super::tree::{Node, Root, decoded, encoded};
use super::{Rewrite, header, tree};

const NAMES: &str = "entry/name-any-string";
const SURROGATES: &str = "header/no-lone-surrogates";
const DTYPES: &str = "dtype/known";
const VALUES: &str = "metadata/values-are-strings";

pub(super) fn all() -> Vec<Rewrite> {
    vec![
        tree(NAMES, "names end at NUL", |root| names(root, |name| before(name, "\0"))),
        tree(NAMES, "names are trimmed", |root| names(root, |name| name.trim().to_owned())),
        tree(NAMES, "names lose their folders", |root| names(root, |name| after(name, "/"))),
        tree(NAMES, "backslashes in names are slashes", |root| {
            names(root, |name| name.replace('\\', "/"))
        }),
        tree(NAMES, "dots in names are slashes", |root| names(root, |name| name.replace('.', "/"))),
        tree(NAMES, "parent folders in names are resolved", |root| {
            names(root, |name| name.replace("../", ""))
        }),
        tree(NAMES, "names are in lower case", |root| names(root, |name| name.to_lowercase())),
        tree(NAMES, "names are cut at 63 bytes", |root| names(root, |name| cut(name, 63))),
        tree(NAMES, "names are cut at 255 bytes", |root| names(root, |name| cut(name, 255))),
        tree(NAMES, "names are ASCII", |root| {
            names(root, |name| name.replace(|char: char| !char.is_ascii(), "?"))
        }),
        tree(NAMES, "names have no character beyond the basic plane", |root| {
            names(root, |name| name.replace(|char| char > '\u{ffff}', "\u{fffd}\u{fffd}"))
        }),
        tree(NAMES, "control characters in names are dropped", |root| {
            names(root, |name| name.replace(|char: char| char.is_control(), ""))
        }),
        tree(NAMES, "a tensor without a name is skipped", |root| {
            root.members.retain(|(key, _)| key != "\"\"");
        }),
        tree(NAMES, "escapes in names are not decoded", |root| {
            for (key, _) in root.entries() {
                *key = encoded(&key[1..key.len() - 1]);
            }
        }),
        tree(NAMES, "names of digits are indices", |root| {
            root.members.retain(|(key, _)| decoded(key).parse::<u64>().is_err());
        }),
        tree(NAMES, "names that begin with two underscores are skipped", |root| {
            root.members.retain(|(key, _)| {
                !decoded(key).starts_with("__")
                    || decoded(key) == root.dialect.key(KeyRole::Metadata)
            });
        }),
        tree(NAMES, "quotes in names are dropped", |root| {
            names(root, |name| name.replace('"', ""))
        }),
        header("entry/required-fields", "keys are in lower case", |text| {
            strings(text, |string| match string.to_ascii_lowercase() {
                lower if lower != string && is_field(&lower) => lower,
                _ => string.to_vec(),
            })
        }),
        tree("entry/required-fields", "escapes in keys are not decoded", |root| {
            for (key, _) in root.fields().flatten() {
                *key = encoded(&key[1..key.len() - 1]);
            }
        }),
        tree("metadata/is-object", "the metadata key is not decoded", |root| {
            for (key, _) in &mut root.members {
                *key = encoded(&key[1..key.len() - 1]);
            }
        }),
        header(SURROGATES, "lone surrogates are replaced", |text| {
            surrogates(text, |_| Some(br"\ufffd".to_vec()))
        }),
        header(SURROGATES, "lone surrogates are dropped", |text| {
            surrogates(text, |_| Some(Vec::new()))
        }),
        header(SURROGATES, "lone high surrogates pass", |text| {
            surrogates(text, |unit| (unit < 0xDC00).then(|| br"\ufffd".to_vec()))
        }),
        header(SURROGATES, "lone low surrogates pass", |text| {
            surrogates(text, |unit| (unit >= 0xDC00).then(|| br"\ufffd".to_vec()))
        }),
        tree(DTYPES, "dtypes are of any case", |root| {
            dtypes(root, |name, _| Some(name.to_uppercase()))
        }),
        tree(DTYPES, "dtypes are trimmed", |root| {
            dtypes(root, |name, _| Some(name.trim().to_owned()))
        }),
        tree(DTYPES, "what follows a dtype is skipped", |root| {
            dtypes(root, |name, known| {
                let fits = |of: &&String| name.starts_with(of.as_str());
                known.iter().filter(fits).max_by_key(|of| of.len()).cloned()
            })
        }),
        tree(DTYPES, "what stands around a dtype is skipped", |root| {
            dtypes(root, |name, known| {
                let fits = |of: &&String| name.contains(of.as_str());
                known.iter().filter(fits).max_by_key(|of| of.len()).cloned()
            })
        }),
        tree(DTYPES, "a tensor of unknown dtype is skipped", |root| {
            let known: Vec<String> = root.dialect.dtypes().iter().map(|d| d.name.clone()).collect();
            let key = root.dialect.key(KeyRole::Dtype).to_owned();
            root.members.retain(|(_, entry)| match entry {
                Node::Object(fields) => fields.iter().all(|(field, value)| match value {
                    Node::Leaf(text) if decoded(field) == key => known.contains(&decoded(text)),
                    _ => true,
                }),
                _ => true,
            });
        }),
        tree(VALUES, "numbers are taken as text", |root| {
            metadata(root, |text| text.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        }),
        tree(VALUES, "booleans are taken as text", |root| {
            metadata(root, |text| matches!(text, "true" | "false"))
        }),
        tree(VALUES, "null is taken as text", |root| metadata(root, |text| text == "null")),
        tree(VALUES, "values that are not strings are skipped", |root| {
            for value in root.metadata() {
                if let Node::Object(members) = value {
                    members.retain(
                        |(_, value)| matches!(value, Node::Leaf(text) if text.starts_with('"')),
                    );
                }
            }
        }),
        tree("metadata/not-null", "null is no metadata", |root| {
            root.members.retain(|(_, value)| *value != Node::Leaf("null".to_owned()));
        }),
        tree("metadata/may-be-empty", "empty metadata is taken for null", |root| {
            for value in root.metadata() {
                if *value == Node::Object(Vec::new()) {
                    *value = Node::Leaf("null".to_owned());
                }
            }
        }),
        tree("metadata/is-object", "metadata that is no object is skipped", |root| {
            let key = root.dialect.key(KeyRole::Metadata).to_owned();
            root.members
                .retain(|(name, value)| decoded(name) != key || matches!(value, Node::Object(_)));
        }),
    ]
}

fn names(root: &mut Root<'_>, change: impl Fn(&str) -> String) {
    for (key, _) in root.entries() {
        let name = decoded(key);
        let changed = change(&name);
        if changed != name {
            *key = encoded(&changed);
        }
    }
}

fn before(name: &str, end: &str) -> String {
    name.split(end).next().unwrap_or_default().to_owned()
}

fn after(name: &str, start: &str) -> String {
    name.rsplit(start).next().unwrap_or_default().to_owned()
}

fn cut(name: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(name.len())).rev().find(|at| name.is_char_boundary(*at));
    name[..end.unwrap_or(0)].to_owned()
}

/// Whether it is the key of a field of the newest edition.
fn is_field(key: &[u8]) -> bool {
    let dialect = assay_spec::Dialect::latest();
    dialect.known_entry_keys().any(|known| known.as_bytes() == key)
}

fn dtypes(root: &mut Root<'_>, change: impl Fn(&str, &[String]) -> Option<String>) {
    let known: Vec<String> = root.dialect.dtypes().iter().map(|dtype| dtype.name.clone()).collect();
    for value in root.values(KeyRole::Dtype) {
        if let Node::Leaf(text) = value
            && text.starts_with('"')
        {
            let name = decoded(text);
            match change(&name, &known) {
                Some(changed) if changed != name => *text = encoded(&changed),
                _ => {}
            }
        }
    }
}

fn metadata(root: &mut Root<'_>, wanted: impl Fn(&str) -> bool) {
    for value in root.metadata() {
        let Node::Object(members) = value else { continue };
        for (_, value) in members {
            if let Node::Leaf(text) = value
                && wanted(text)
            {
                *text = encoded(text);
            }
        }
    }
}

/// Puts another text for escapes of surrogates that stand alone; `None` leaves one as it is.
fn surrogates(text: &[u8], change: impl Fn(u16) -> Option<Vec<u8>>) -> Vec<u8> {
    strings(text, |string| {
        let mut out = Vec::with_capacity(string.len());
        let mut rest = string;
        while !rest.is_empty() {
            let (taken, unit) = match unit(rest) {
                Some(unit) => (6, Some(unit)),
                None if rest[0] == b'\\' => (2.min(rest.len()), None),
                None => (1, None),
            };
            let is_pair = |high: u16| {
                (0xD800..0xDC00).contains(&high)
                    && self::unit(&rest[6..]).is_some_and(|low| (0xDC00..0xE000).contains(&low))
            };
            match unit {
                Some(high) if is_pair(high) => {
                    out.extend(&rest[..12]);
                    rest = &rest[12..];
                    continue;
                }
                Some(lone @ 0xD800..0xE000) => match change(lone) {
                    Some(other) => out.extend(other),
                    None => out.extend(&rest[..taken]),
                },
                _ => out.extend(&rest[..taken]),
            }
            rest = &rest[taken..];
        }
        out
    })
}

/// The code unit that a text's first escape spells.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}
