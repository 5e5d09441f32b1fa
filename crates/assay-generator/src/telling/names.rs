//! Files whose names wrong readers change, confuse or refuse.

use super::Table;
use crate::boundaries::Boundary;
use crate::model::{Escapes, Tensor};
use crate::names::TELLING;

/// Characters in a very long name.
const LONG: usize = 5000;

/// Slug, title, and names that are different although readers may confuse them.
const ALIKE: &[(&str, &str, &[&str])] = &[
    (
        "alike-normal-form",
        "names that differ in Unicode normal form",
        &["caf\u{e9}", "cafe\u{301}"],
    ),
    ("alike-case", "names that differ in case", &["Weight", "weight", "WEIGHT"]),
    ("alike-after-nul", "names that differ after U+0000", &["a\0b", "a\0c", "a"]),
    ("alike-white-space", "names that differ in white space", &["a", "a ", " a"]),
    ("alike-script", "names that differ in script", &["a", "\u{430}"]),
    ("alike-path", "paths that lead to one place", &["a/b", "a/./b", "a//b", "./a/b"]),
    ("alike-prefix", "names of which one is the other's beginning", &["a", "a.b", "a.b.c"]),
    ("alike-number", "names that are the same number", &["1", "01", "1.0", "+1"]),
    ("alike-escape", "a name that looks like the other's escape", &["\u{1}", "\\u0001"]),
    (
        "order-of-code-points",
        "names whose order differs in UTF-8 and UTF-16",
        &["\u{ffff}", "\u{10000}"],
    ),
];

pub(super) fn name_identity(table: &Table<'_>) -> Vec<Boundary> {
    let mut made = Vec::new();
    for (slug, title, name) in TELLING {
        made.extend(named(table, slug, title, &[name], Escapes::Least));
    }
    for (slug, title, names) in ALIKE {
        made.extend(named(table, slug, title, names, Escapes::Least));
    }
    for (slug, title, name, escapes) in [
        ("escaped-ascii", "a name of ASCII letters, all escaped", "weight", Escapes::Everything),
        ("escaped-accent", "an escaped accent", "caf\u{e9}", Escapes::NonAscii),
        (
            "escaped-pair",
            "a character above U+FFFF as a pair of escapes",
            "\u{1f600}",
            Escapes::NonAscii,
        ),
        ("escaped-slash", "escapes of all kinds", "a/b\\c\"d/", Escapes::Mixed),
    ] {
        made.extend(named(table, slug, title, &[name], escapes));
    }
    let long: String = "long name ".chars().cycle().take(LONG).collect();
    made.extend(named(
        table,
        "long",
        "a name of thousands of characters",
        &[&long],
        Escapes::Least,
    ));
    let wide = "\u{1f600}".repeat(LONG);
    made.extend(named(
        table,
        "long-wide",
        "a name of thousands of characters above U+FFFF",
        &[&wide],
        Escapes::Least,
    ));
    let keys = &table.model(Vec::new()).keys;
    let fields = [keys.dtype.as_str(), &keys.shape, &keys.data_offsets];
    made.extend(named(
        table,
        "fields",
        "tensors named like the fields of an entry",
        &fields,
        Escapes::Least,
    ));
    made
}

/// Names beside the one that is reserved, which readers must not treat as such.
pub(super) fn reserved_name(table: &Table<'_>) -> Vec<Boundary> {
    let metadata = table.model(Vec::new()).keys.metadata;
    let capitals = metadata.to_uppercase();
    let longer = format!("{metadata}x");
    let spaced = format!("{metadata} ");
    let shorter: String = metadata.chars().skip(1).collect();
    let names = [capitals.as_str(), &longer, &spaced, &shorter];
    let mut made: Vec<Boundary> = named(
        table,
        "nearly-reserved",
        "tensors named nearly like the metadata",
        &names,
        Escapes::Least,
    )
    .into_iter()
    .collect();
    let mut model = table.model(table.three());
    model.metadata = Some(vec![(metadata, "text".to_owned())]);
    made.push(Boundary::valid(
        "inside-metadata",
        "the reserved name as a key of the metadata",
        model.to_draft(),
    ));
    made
}

/// A file with a tensor of each name, in order, told apart by contents.
fn named(
    table: &Table<'_>,
    slug: &str,
    title: &str,
    names: &[&str],
    escapes: Escapes,
) -> Option<Boundary> {
    let tensors: Option<Vec<Tensor>> = names
        .iter()
        .zip(1_u8..)
        .map(|(name, at)| table.vector(name, u64::from(at), at.wrapping_mul(0x11)))
        .collect();
    let mut model = table.model(tensors?);
    model.style.escapes = escapes;
    Some(Boundary::valid(slug, title, model.to_draft()))
}
