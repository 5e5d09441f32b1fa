//! Values at a place: type, length, order, membership in a table.

use assay_spec::check::{JsonType, Place, Table};
use assay_spec::rfc::hint;
use assay_spec::{Dialect, Edit, KeyObject, KeyRole, Spec};

use crate::facts::{Facts, Located, Offsets};
use crate::judgement::{Sink, Words};
use crate::message::{a_type, about_tensor, be_any_of, of_tensor, quote, quote_string};

pub(super) fn value_type(of: Place, is: &[JsonType], facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(document) = facts.document() else { return };
    for located in facts.values_at(of) {
        let kind = document.kind(located.value);
        if !is.contains(&kind) {
            sink.report(document.span(located.value), || {
                let hint =
                    if of == Place::Entry { reserved(located, facts) } else { String::new() };
                let what = format!("is {}, but must {}{hint}", a_type(kind), be_any_of(is));
                words(of, located, facts, &what)
            });
        }
    }
}

pub(super) fn array_length(of: Place, length: u64, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(document) = facts.document() else { return };
    for located in facts.values_at(of) {
        if document.kind(located.value) != JsonType::Array {
            continue;
        }
        let found = document.elements(located.value).count() as u64;
        if found != length {
            sink.report(document.span(located.value), || {
                let what = format!("has length {found}, but must have {length}");
                words(of, located, facts, &what)
            });
        }
    }
}

/// Judges arrays of two plain integers of at most 64 bits.
pub(super) fn ordered_pair(of: Place, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(document) = facts.document() else { return };
    for located in facts.values_at(of) {
        let Some(pair) = Offsets::of(document, located.value) else { continue };
        if pair.begin > pair.end {
            sink.report(document.span(located.value), || {
                let what = format!("ends at {}, before it begins at {}", pair.end, pair.begin);
                words(of, located, facts, &what)
            });
        }
    }
}

pub(super) fn in_table(of: Place, table: Table, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(document) = facts.document() else { return };
    for located in facts.values_at(of) {
        // A string without a value, because of a lone surrogate, is not looked up.
        let Some(name) = document.string(located.value) else { continue };
        let is_known = match table {
            Table::Dtypes => facts.dialect.dtype(&name).is_some(),
            Table::Features => facts.dialect.feature(&name).is_some(),
        };
        if !is_known {
            sink.report(document.span(located.value), || {
                let found = quote_string(document, located.value);
                let hint = match table {
                    Table::Dtypes => other_dtype(&name, facts.dialect),
                    Table::Features => hint(facts.dialect, |edit| {
                        matches!(edit, Edit::AddFeature { feature } if feature.name == *name)
                    }),
                };
                let edition = quote(facts.dialect.name());
                let what = format!("is {found}, which edition {edition} does not know{hint}");
                words(of, located, facts, &what)
            });
        }
    }
}

/// Whether a proposal gives the name of an entry, which is none, a meaning.
fn reserved(located: Located, facts: &Facts<'_>) -> String {
    let name = facts
        .object()
        .and_then(|(document, object)| document.string(object.entries.get(located.entry?)?.key));
    name.map_or_else(String::new, |name| {
        hint(facts.dialect, |edit| {
            matches!(edit, Edit::AddKey { key } if key.of == KeyObject::Header && key.key == *name)
        })
    })
}

/// A dtype that was perhaps meant: of another edition, or of other case.
fn other_dtype(name: &str, dialect: &Dialect) -> String {
    let all = &Spec::embedded().tables.dtypes;
    if let Some(later) = all.iter().find(|dtype| dtype.name == name) {
        return format!(": edition {} adds it", later.since);
    }
    match dialect.dtypes().iter().find(|dtype| dtype.name.eq_ignore_ascii_case(name)) {
        Some(dtype) => format!(": it is spelled {}", quote(&dtype.name)),
        None => {
            hint(dialect, |edit| matches!(edit, Edit::AddDtype { dtype } if dtype.name == name))
        }
    }
}

/// What is wrong with a value, with the name of where it stands.
fn words(of: Place, located: Located, facts: &Facts<'_>, what: &str) -> Words {
    let place = place(of, facts);
    match (located.entry, located.key, facts.document()) {
        (Some(entry), _, _) if of == Place::Entry => about_tensor(facts, entry, what),
        (Some(entry), _, _) => {
            of_tensor(facts, entry, |tensor| format!("{place} of {tensor} {what}"))
        }
        (None, Some(key), Some(document)) => {
            format!("{place} {} {what}", quote_string(document, key)).into()
        }
        _ => format!("{place} {what}").into(),
    }
}

/// A place in words.
pub(super) fn place(of: Place, facts: &Facts<'_>) -> String {
    let key = |role| facts.dialect.key(role);
    match of {
        Place::Root => "the header's JSON value".to_owned(),
        Place::Metadata => format!("the value of {}", quote(key(KeyRole::Metadata))),
        Place::MetadataValue => "the metadata value".to_owned(),
        Place::Entry => "the entry".to_owned(),
        Place::Dtype => format!("the {}", key(KeyRole::Dtype)),
        Place::Shape => format!("the {}", key(KeyRole::Shape)),
        Place::ShapeElement => format!("a dimension in the {}", key(KeyRole::Shape)),
        Place::DataOffsets => format!("the {}", key(KeyRole::DataOffsets)),
        Place::DataOffsetsElement => format!("an offset in the {}", key(KeyRole::DataOffsets)),
        Place::Feature => "a feature that the file demands".to_owned(),
    }
}
