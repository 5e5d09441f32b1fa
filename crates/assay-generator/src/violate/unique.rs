//! Breaking the uniqueness of keys, in every object of the header.

use assay_spec::check::KeyScope;

use super::{Bench, Kind, Pair};
use crate::model::{Escapes, Style, Tensor};
use crate::text::{self, Value};

pub(super) fn kinds(scope: KeyScope) -> Vec<Kind> {
    match scope {
        KeyScope::Header => header(),
        KeyScope::Metadata => metadata(),
        KeyScope::Entry => entry(),
        KeyScope::Nested => nested(),
    }
}

/// A key spelled with escapes: equal only after unescaping.
fn disguised(key: &str) -> Value {
    let style = Style { escapes: Escapes::Everything, ..Style::plain() };
    Value::Token([b"\"", text::escaped(key, &style).as_slice(), b"\""].concat())
}

fn header() -> Vec<Kind> {
    vec![
        Kind::new("same-entry-twice", "one tensor's entry twice, word for word", |bench| {
            one_tensor(bench, |members| {
                let again = members[0].clone();
                members.push(again);
            })
        }),
        Kind::new("escaped-name", "one name twice, once with escapes", |bench| {
            one_tensor(bench, |members| {
                let (key, value) = members[0].clone();
                let Value::Text(name) = key else { return };
                members.push((disguised(&name), value));
            })
        }),
        Kind::new("three-times", "one tensor's entry three times", |bench| {
            one_tensor(bench, |members| {
                let again = members[0].clone();
                members.extend([again.clone(), again]);
            })
        }),
        Kind::new("two-ranges", "two tensors side by side under one name", two_tensors),
        Kind::new("other-shape", "two entries of one name that differ in shape", |bench| {
            one_name(bench, |_, second| second.shape.insert(0, 1))
        }),
        Kind::new("other-dtype", "two entries of one name that differ in dtype", |bench| {
            let dtypes = bench.dialect.dtypes();
            let name = bench.dtype()?.name.clone();
            let bits = bench.dialect.dtype(&name)?.bits;
            let other = dtypes.iter().find(|d| d.bits == bits && d.name != name)?.name.clone();
            one_name(bench, move |first, second| {
                first.dtype = name;
                second.dtype = other;
            })
        }),
        Kind::new("metadata-twice", "the metadata twice", |bench| {
            bench.need_metadata();
            metadata_twice(bench, Value::text)
        }),
        Kind::new(
            "metadata-twice-escaped",
            "the metadata twice, once with escapes in its key",
            |bench| {
                bench.need_metadata();
                metadata_twice(bench, disguised)
            },
        ),
    ]
}

/// Edits the members of a header with one tensor and nothing else.
fn one_tensor(bench: &mut Bench<'_>, edit: impl FnOnce(&mut Vec<(Value, Value)>)) -> Option<Pair> {
    bench.metadata = None;
    let document = bench.one_tensor()?;
    let mut broken = document.clone();
    edit(broken.members());
    Pair::new(broken.draft(), document.draft())
}

/// Two tensors, one after the other, under one name. Readers that take one of
/// the two see half of the file.
fn two_tensors(bench: &mut Bench<'_>) -> Option<Pair> {
    let tensors = bench.tensors(2)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let second = Value::text(&tensors[1].name);
    for (key, _) in broken.members() {
        if *key == second {
            *key = Value::text(&tensors[0].name);
        }
    }
    Pair::new(broken.draft(), document.draft())
}

/// Two entries of one name and one range: a reader that keeps the first and a
/// reader that keeps the last both find the file in order, and see different tensors.
fn one_name(bench: &mut Bench<'_>, edit: impl FnOnce(&mut Tensor, &mut Tensor)) -> Option<Pair> {
    bench.metadata = None;
    let mut first = bench.tensors(1)?.remove(0);
    let mut second = first.clone();
    edit(&mut first, &mut second);
    // Swapping dtypes must not change the size: contents stay as drawn.
    let bits = bench.dialect.dtype(&first.dtype)?.bits;
    let bytes = first.shape.iter().product::<u64>() * bits / 8;
    first.contents.resize(usize::try_from(bytes).ok()?, 7);
    second.contents = first.contents.clone();
    let document = bench.document(std::slice::from_ref(&first));
    let mut other = bench.document(std::slice::from_ref(&second));
    let mut broken = document.clone();
    broken.members().append(other.members());
    Pair::new(broken.draft(), document.draft())
}

fn metadata_twice(bench: &mut Bench<'_>, spell: fn(&str) -> Value) -> Option<Pair> {
    let document = bench.one_tensor()?;
    let mut broken = document.clone();
    let key = spell(&bench.keys.metadata);
    let other = Value::Object(vec![(Value::text("other"), Value::text("text"))]);
    broken.members().push((key, other));
    Pair::new(broken.draft(), document.draft())
}

fn metadata() -> Vec<Kind> {
    vec![
        Kind::new("same-value", "a metadata key twice with the same value", |bench| {
            pairs(bench, |key, value| (Value::text(key), value.to_owned()))
        }),
        Kind::new("other-value", "a metadata key twice with different values", |bench| {
            pairs(bench, |key, value| (Value::text(key), format!("{value} changed")))
        }),
        Kind::new("escaped-key", "a metadata key twice, once with escapes", |bench| {
            pairs(bench, |key, value| (disguised(key), format!("{value} changed")))
        }),
        Kind::new("empty-key", "the empty metadata key twice", |bench| {
            bench.metadata = Some(vec![(String::new(), "text".to_owned())]);
            pairs(bench, |key, _| (Value::text(key), String::new()))
        }),
    ]
}

fn pairs(bench: &mut Bench<'_>, again: fn(&str, &str) -> (Value, String)) -> Option<Pair> {
    let (key, value) = bench.need_metadata();
    let document = bench.one_tensor()?;
    let mut broken = document.clone();
    let Value::Object(pairs) = broken.value(&bench.keys.metadata) else { return None };
    let (key, value) = again(&key, &value);
    pairs.push((key, Value::Text(value)));
    Pair::new(broken.draft(), document.draft())
}

fn entry() -> Vec<Kind> {
    vec![
        Kind::new("dtype-twice", "dtype twice with the same value", |bench| {
            let dtype = bench.keys.dtype.clone();
            field(bench, move |value| (Value::text(&dtype), value), Field::Dtype)
        }),
        Kind::new("shape-twice", "shape twice with different values", |bench| {
            let shape = bench.keys.shape.clone();
            field(bench, move |_| (Value::text(&shape), Value::integers(&[1])), Field::Shape)
        }),
        Kind::new("data-offsets-twice", "data_offsets twice with the same value", |bench| {
            let offsets = bench.keys.data_offsets.clone();
            field(bench, move |value| (Value::text(&offsets), value), Field::DataOffsets)
        }),
        Kind::new("data-offsets-differ", "data_offsets twice with different values", |bench| {
            let offsets = bench.keys.data_offsets.clone();
            field(
                bench,
                move |_| (Value::text(&offsets), Value::integers(&[0, 0])),
                Field::DataOffsets,
            )
        }),
        Kind::new("shape-escaped", "shape twice, once with escapes in its key", |bench| {
            let shape = bench.keys.shape.clone();
            field(bench, move |value| (disguised(&shape), value), Field::Shape)
        }),
        Kind::new("unknown-field-twice", "a field without a meaning twice", |bench| {
            let document = bench.one_tensor()?;
            let key = bench.unknown_key();
            let times = |count: usize| {
                let mut document = document.clone();
                for (name, entry) in document.members() {
                    if let (Value::Object(fields), false) =
                        (entry, *name == Value::text(&bench.keys.metadata))
                    {
                        fields.resize(fields.len() + count, (Value::text(&key), Value::number(1)));
                    }
                }
                document.draft()
            };
            Pair::new(times(2), times(1))
        }),
    ]
}

#[derive(Clone, Copy)]
enum Field {
    Dtype,
    Shape,
    DataOffsets,
}

/// Adds a field again: `again` gets its value and gives key and value.
fn field(
    bench: &mut Bench<'_>,
    again: impl FnOnce(Value) -> (Value, Value),
    field: Field,
) -> Option<Pair> {
    let tensors = bench.tensors(1)?;
    let document = bench.document(&tensors);
    let mut broken = document.clone();
    let key = match field {
        Field::Dtype => &bench.keys.dtype,
        Field::Shape => &bench.keys.shape,
        Field::DataOffsets => &bench.keys.data_offsets,
    };
    let value = broken.field(&tensors[0].name, key).clone();
    broken.entry(&tensors[0].name).push(again(value));
    Pair::new(broken.draft(), document.draft())
}

fn nested() -> Vec<Kind> {
    let twice = |key: Value| {
        let member = |key: &Value| (key.clone(), Value::number(1));
        Value::Object(vec![member(&Value::text("k")), member(&key)])
    };
    let plain = move || twice(Value::text("k"));
    vec![
        inside("in-a-field", "a key twice in a field without a meaning", plain),
        inside("in-an-array", "a key twice in an object in an array", move || {
            Value::Array(vec![plain()])
        }),
        inside("in-an-object", "a key twice in an object in an object", move || {
            Value::Object(vec![(Value::text("a"), plain())])
        }),
        inside("escaped-key", "a key twice in a field, once with escapes", move || {
            twice(disguised("k"))
        }),
    ]
}

fn inside(slug: &'static str, title: &'static str, value: impl Fn() -> Value + 'static) -> Kind {
    Kind::new(slug, title, move |bench| {
        let tensors = bench.tensors(1)?;
        let key = bench.unknown_key();
        let document = bench.document(&tensors);
        let with = |value: Value| {
            let mut document = document.clone();
            document.entry(&tensors[0].name).push((Value::text(&key), value));
            document.draft()
        };
        Pair::new(with(value()), with(single(value())))
    })
}

/// The value without the repeated key.
fn single(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(single).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().take(1).map(|(k, v)| (k, single(v))).collect())
        }
        other => other,
    }
}
