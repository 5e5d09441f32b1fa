//! Breaking rules on the values of the header object: types, keys, tables,
//! lengths and order.

use assay_spec::check::{JsonType, KeyDemand, Place};

use super::{Bench, Kind, Pair};
use crate::document::Document;
use crate::model::{Keys, Tensor};
use crate::text::Value;

const TYPES: [(JsonType, &str); 6] = [
    (JsonType::Object, "object"),
    (JsonType::Array, "array"),
    (JsonType::String, "string"),
    (JsonType::Number, "number"),
    (JsonType::Boolean, "boolean"),
    (JsonType::Null, "null"),
];

/// A kind for each JSON type that the place must not have.
pub(super) fn value_type(of: Place, is: &[JsonType]) -> Vec<Kind> {
    if of == Place::Feature {
        return super::feature::wrong_types(&TYPES, is);
    }
    let mut kinds = Vec::new();
    for (wrong, name) in TYPES.into_iter().filter(|(wrong, _)| !is.contains(wrong)) {
        let title = format!("{} of type {name}", place_name(of));
        kinds.push(Kind::new(format!("{name}-instead"), title.clone(), move |bench| {
            let tensors = bench.tensors(1)?;
            wrong_type(bench, &tensors, of, wrong)
        }));
        if matches!(of, Place::Root | Place::Metadata) {
            let title = format!("{title}, without tensors");
            kinds.push(Kind::new(format!("{name}-without-tensors"), title, move |bench| {
                wrong_type(bench, &[], of, wrong)
            }));
        }
    }
    kinds
}

fn place_name(place: Place) -> &'static str {
    match place {
        Place::Root => "a header",
        Place::Metadata => "metadata",
        Place::MetadataValue => "a value of the metadata",
        Place::Entry => "a tensor entry",
        Place::Dtype => "a dtype",
        Place::Shape => "a shape",
        Place::ShapeElement => "a dimension",
        Place::DataOffsets => "data_offsets",
        Place::DataOffsetsElement => "an offset",
        Place::Feature => "a feature",
    }
}

fn wrong_type(
    bench: &mut Bench<'_>,
    tensors: &[Tensor],
    of: Place,
    wrong: JsonType,
) -> Option<Pair> {
    if matches!(of, Place::Metadata | Place::MetadataValue) {
        bench.need_metadata();
    }
    let document = bench.document(tensors);
    let mut broken = document.clone();
    let rank = tensors.first().map_or(1, |tensor| tensor.shape.len());
    let at = if bench.plain { 0 } else { bench.draw.index(rank.min(2)) };
    let slot = slot(&mut broken, &bench.keys, tensors.first(), of, at)?;
    let replacement = match wrong {
        JsonType::Object => object_for(slot, of),
        JsonType::Array => array_for(slot, of),
        JsonType::String => string_for(slot, of),
        // Two digits, so that a header of nothing else is not too short.
        JsonType::Number => Value::number(bench.draw.from(10, 99)),
        JsonType::Boolean => Value::token(if bench.draw.once_in(2) { "true" } else { "false" }),
        JsonType::Null => Value::token("null"),
    };
    *slot = replacement;
    Pair::new(broken.draft(), document.draft())
}

/// Where a place is in a document; `at` chooses among elements.
fn slot<'a>(
    document: &'a mut Document,
    keys: &Keys,
    tensor: Option<&Tensor>,
    of: Place,
    at: usize,
) -> Option<&'a mut Value> {
    let name = tensor.map(|tensor| tensor.name.as_str());
    let element = |value: &'a mut Value| match value {
        Value::Array(items) => items.get_mut(at),
        Value::Object(members) => members.first_mut().map(|(_, value)| value),
        _ => None,
    };
    match of {
        Place::Root => Some(&mut document.root),
        Place::Metadata => Some(document.value(&keys.metadata)),
        Place::MetadataValue => element(document.value(&keys.metadata)),
        Place::Entry => Some(document.value(name?)),
        Place::Dtype => Some(document.field(name?, &keys.dtype)),
        Place::Shape => Some(document.field(name?, &keys.shape)),
        Place::ShapeElement => element(document.field(name?, &keys.shape)),
        Place::DataOffsets => Some(document.field(name?, &keys.data_offsets)),
        Place::DataOffsetsElement => element(document.field(name?, &keys.data_offsets)),
        // Has violations of its own.
        Place::Feature => None,
    }
}

/// Some readers take an enumeration's variant as a map: `{"X": null}`.
fn object_for(right: &Value, of: Place) -> Value {
    match of {
        Place::Dtype => Value::Object(vec![(right.clone(), Value::token("null"))]),
        Place::Shape | Place::DataOffsets => {
            Value::Object(vec![(Value::text("0"), Value::number(1))])
        }
        _ => Value::Object(Vec::new()),
    }
}

/// Some readers take a record as the array of its fields.
fn array_for(right: &Value, of: Place) -> Value {
    match (of, right) {
        (Place::Entry, Value::Object(members)) => {
            Value::Array(members.iter().map(|(_, value)| value.clone()).collect())
        }
        (Place::Metadata, Value::Object(members)) => {
            let pairs =
                members.iter().map(|(key, value)| Value::Array(vec![key.clone(), value.clone()]));
            Value::Array(pairs.collect())
        }
        (_, value) => Value::Array(vec![value.clone()]),
    }
}

fn string_for(right: &Value, of: Place) -> Value {
    match right {
        Value::Token(digits) => Value::text(&String::from_utf8_lossy(digits)),
        Value::Array(_) if of == Place::Shape => Value::text("[2]"),
        Value::Array(_) => Value::text("[0, 2]"),
        _ => Value::text("text"),
    }
}

pub(super) fn keys(demand: KeyDemand) -> Vec<Kind> {
    match demand {
        KeyDemand::Required => vec![
            Kind::new("without-dtype", "an entry without dtype", |bench| {
                without(bench, |keys| &keys.dtype)
            }),
            Kind::new("without-shape", "an entry without shape", |bench| {
                without(bench, |keys| &keys.shape)
            }),
            Kind::new("without-data-offsets", "an entry without data_offsets", |bench| {
                without(bench, |keys| &keys.data_offsets)
            }),
            Kind::new("empty-entry", "an entry without any field", |bench| {
                edit_entry(bench, |_, _, entry| {
                    entry.clear();
                    Some(())
                })
            }),
            Kind::new("capital-key", "an entry with a required key in capitals", |bench| {
                edit_entry(bench, |_, keys, entry| {
                    let key = Value::text(&keys.dtype);
                    let (found, _) = entry.iter_mut().find(|(k, _)| *k == key)?;
                    *found = Value::text(&keys.dtype.to_uppercase());
                    (*found != key).then_some(())
                })
            }),
        ],
        KeyDemand::Known => vec![
            unknown("unknown-field", "a field without a meaning", |_| Value::text("text")),
            unknown("unknown-null", "a field without a meaning that is null", |_| {
                Value::token("null")
            }),
            unknown("unknown-object", "a field without a meaning that is an object", |keys| {
                Value::Object(vec![(Value::text(&keys.shape), Value::integers(&[7, 7]))])
            }),
            unknown("unknown-array", "a field without a meaning that is an array", |_| {
                Value::integers(&[1, 2])
            }),
            Kind::new("empty-key", "a field with the empty key", |bench| {
                edit_entry(bench, |bench, _, entry| {
                    let known = bench.dialect.known_entry_keys().any(str::is_empty);
                    entry.push((Value::text(""), Value::text("text")));
                    (!known).then_some(())
                })
            }),
            Kind::new("other-shape", "a field in capitals that contradicts the shape", |bench| {
                edit_entry(bench, |bench, keys, entry| {
                    let key = keys.shape.to_uppercase();
                    let known = bench.dialect.known_entry_keys().any(|known| known == key);
                    entry.push((Value::text(&key), Value::integers(&[9])));
                    (!known).then_some(())
                })
            }),
        ],
    }
}

fn without(bench: &mut Bench<'_>, key: fn(&Keys) -> &String) -> Option<Pair> {
    edit_entry(bench, |_, keys, entry| {
        let key = Value::text(key(keys));
        entry.retain(|(found, _)| *found != key);
        Some(())
    })
}

fn unknown(slug: &'static str, title: &'static str, value: fn(&Keys) -> Value) -> Kind {
    Kind::new(slug, title, move |bench| {
        edit_entry(bench, |bench, keys, entry| {
            let at = bench.draw.index(entry.len() + 1);
            entry.insert(at, (Value::text(&bench.unknown_key()), value(keys)));
            Some(())
        })
    })
}

/// Breaks a file of one or two tensors by an edit of one entry.
fn edit_entry(
    bench: &mut Bench<'_>,
    edit: impl FnOnce(&mut Bench<'_>, &Keys, &mut Vec<(Value, Value)>) -> Option<()>,
) -> Option<Pair> {
    let count = if bench.plain { 1 } else { bench.draw.from(1, 2) as usize };
    let tensors = bench.tensors(count)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let keys = bench.keys.clone();
    let at = bench.draw.index(count);
    edit(bench, &keys, broken.entry(&tensors[at].name))?;
    Pair::new(broken.draft(), document.draft())
}

/// How a name that is in the table becomes one that is not.
type Change = fn(&str) -> String;

pub(super) fn in_table(of: Place) -> Vec<Kind> {
    const CHANGES: &[(&str, &str, Change)] = &[
        ("unknown-name", "a dtype that no edition knows", |_| "UNKNOWN".to_owned()),
        ("lower-case", "a dtype in lower case", |name| name.to_lowercase()),
        ("empty", "an empty dtype", |_| String::new()),
        ("space-before", "a dtype after a space", |name| format!(" {name}")),
        ("space-after", "a dtype before a space", |name| format!("{name} ")),
        ("nul-after", "a dtype before U+0000", |name| format!("{name}\0")),
        ("longer", "a dtype with a letter more", |name| format!("{name}x")),
        ("twice", "a dtype written twice", |name| format!("{name}{name}")),
        ("byte-order-prefix", "a dtype with a mark of byte order", |name| format!("<{name}")),
        ("full-width", "a dtype that begins with a full-width letter", |name| {
            name.chars()
                .enumerate()
                .map(|(at, c)| if at == 0 { full_width(c) } else { c })
                .collect()
        }),
    ];
    match of {
        Place::Dtype => {}
        Place::Feature => return super::feature::unknown(),
        _ => return Vec::new(),
    }
    CHANGES
        .iter()
        .map(|(slug, title, change)| {
            Kind::new(*slug, *title, move |bench| {
                let tensors = bench.tensors(1)?;
                let document = bench.document(&tensors);
                let mut broken = document.clone();
                let mut name = change(&tensors[0].dtype);
                while bench.dialect.dtype(&name).is_some() {
                    name.push('_');
                }
                *broken.field(&tensors[0].name, &bench.keys.dtype) = Value::Text(name);
                Pair::new(broken.draft(), document.draft())
            })
        })
        .collect()
}

/// The full-width form of an ASCII character.
fn full_width(character: char) -> char {
    let shifted = u32::from(character).saturating_sub(0x21) + 0xff01;
    char::from_u32(shifted).unwrap_or('\u{ff38}')
}

pub(super) fn array_length(of: Place, length: u64) -> Vec<Kind> {
    if !matches!(of, Place::Shape | Place::DataOffsets) {
        return Vec::new();
    }
    let lengths = [
        ("empty", "an empty array", 0),
        ("one-element-short", "an array that lacks the last element", length.saturating_sub(1)),
        ("one-element-more", "an array of one element more", length.saturating_add(1)),
        ("twice-the-elements", "an array of twice the elements", length.saturating_mul(2)),
    ];
    let mut kinds: Vec<Kind> = Vec::new();
    for (at, (slug, title, wrong)) in lengths.into_iter().enumerate() {
        let repeated = lengths[..at].iter().any(|(_, _, other)| *other == wrong);
        if wrong != length && !repeated {
            kinds.push(Kind::new(slug, title, move |bench| resized(bench, of, length, wrong)));
        }
    }
    kinds
}

fn resized(bench: &mut Bench<'_>, of: Place, right: u64, wrong: u64) -> Option<Pair> {
    let dtype = bench.dtype()?;
    // A shape keeps its size, whatever its length, if its dimensions are one.
    let tensors = match of {
        Place::Shape => bench.shaped(dtype, &[vec![1; bench.count(right)?]]),
        _ => bench.tensors(1)?,
    };
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let Value::Array(items) = slot(&mut broken, &bench.keys, tensors.first(), of, 0)? else {
        return None;
    };
    let last = items.last().cloned().unwrap_or_else(|| Value::number(1));
    items.resize(bench.count(wrong)?, last);
    Pair::new(broken.draft(), document.draft())
}

pub(super) fn ordered_pair(of: Place) -> Vec<Kind> {
    if of != Place::DataOffsets {
        return Vec::new();
    }
    vec![
        Kind::new("swapped", "a range whose ends are swapped", |bench| {
            offsets(bench, |begin, end, _| (end, begin))
        }),
        Kind::new("one-below", "a range that ends one byte before it begins", |bench| {
            offsets(bench, |_, end, _| (end, end - 1))
        }),
        Kind::new("begins-at-largest", "a range that begins at the largest integer", |bench| {
            offsets(bench, |_, end, largest| (largest, end))
        }),
        Kind::new("ends-at-zero", "a range that ends at zero", |bench| {
            offsets(bench, |_, end, _| (end, 0))
        }),
    ]
}

/// Gives the last of some tensors other offsets.
fn offsets(bench: &mut Bench<'_>, change: fn(u64, u64, u64) -> (u64, u64)) -> Option<Pair> {
    // With one tensor alone, swapped ends and an end at zero are the same.
    let tensors = bench.tensors(2)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let end: u64 = tensors.iter().map(|tensor| tensor.contents.len() as u64).sum();
    let last = tensors.last()?;
    let begin = end - last.contents.len() as u64;
    let (begin, end) = change(begin, end, crate::bounds::largest_integer(bench.dialect));
    *broken.field(&last.name, &bench.keys.data_offsets) = Value::integers(&[begin, end]);
    Pair::new(broken.draft(), document.draft())
}
