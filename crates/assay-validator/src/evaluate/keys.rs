//! Keys of objects: unique, required, known.

use assay_spec::check::{JsonType, KeyDemand, KeyScope, KeyedObject};

use crate::facts::{Entry, Facts};
use crate::judgement::Sink;
use crate::message::{about_tensor, of_tensor, quote, quote_string};

pub(super) fn unique_keys(scope: KeyScope, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some((document, object)) = facts.object() else { return };
    let of = match scope {
        KeyScope::Header => "the header",
        KeyScope::Metadata => "the metadata",
        KeyScope::Entry => "the entry",
        KeyScope::Nested => "a nested object",
    };
    for duplicate in object.duplicates.iter().filter(|duplicate| duplicate.scope == scope) {
        sink.report(document.span(duplicate.key), || {
            let key = quote_string(document, duplicate.key);
            match duplicate.entry {
                Some(entry) => of_tensor(facts, entry, |tensor| {
                    format!("the key {key} stands again in {of} of {tensor}")
                }),
                None => format!("the key {key} stands again in {of}").into(),
            }
        });
    }
}

pub(super) fn keys(of: KeyedObject, demand: KeyDemand, facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let KeyedObject::Entry = of;
    match demand {
        KeyDemand::Required => required(facts, sink),
        KeyDemand::Known => known(facts, sink),
    }
}

fn required(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some((document, object)) = facts.object() else { return };
    let required: Vec<&str> = facts.dialect.required_entry_keys().collect();
    for (at, Entry { value, .. }) in object.entries.iter().enumerate() {
        if document.kind(*value) != JsonType::Object {
            continue;
        }
        let present = object.fields_in(at);
        for key in &required {
            if !present.iter().any(|field| field.row.is_some_and(|row| row.key == *key)) {
                sink.report(document.span(*value), || {
                    about_tensor(facts, at, &format!("has no {}", quote(key)))
                });
            }
        }
    }
}

fn known(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some((document, object)) = facts.object() else { return };
    for field in object.fields.iter().filter(|field| field.row.is_none()) {
        sink.report(document.span(field.key), || {
            let key = quote_string(document, field.key);
            let known: Vec<String> = facts.dialect.known_entry_keys().map(quote).collect();
            let what = format!("has a field {key}, but known fields are only {}", known.join(", "));
            about_tensor(facts, field.entry, &what)
        });
    }
}
