//! A JSON Schema of the header, generated from a dialect's tables and rules.
//!
//! It accepts what every reader must accept, as far as a schema can tell: a
//! header that is invalid or disputed for a reason that a schema can express
//! is refused, and the schema's `$comment` lists what it cannot express.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use crate::check::{Check, Comparison, IntegerDemand, JsonType, KeyDemand, Place, Table, Term};
use crate::dialect::Dialect;
use crate::rule::{OnViolation, Rule, Subject};
use crate::tables::{KeyObject, KeyRole};

/// JSON Schema (draft 2020-12) of the headers of safetensors files.
pub fn header_schema(dialect: &Dialect) -> Value {
    let mut properties = Map::new();
    for key in dialect.spec().tables.keys.iter().filter(|key| key.of == KeyObject::Header) {
        let schema = match key.role {
            KeyRole::Metadata => metadata(dialect),
            KeyRole::Features => features(dialect),
            KeyRole::Dtype
            | KeyRole::Shape
            | KeyRole::DataOffsets
            | KeyRole::Note
            | KeyRole::Meaning => json!(true),
        };
        properties.insert(key.key.clone(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": comment(dialect),
        "title": format!("Header of a safetensors file, edition {}", dialect.name()),
        "description": "Every key but the reserved ones is the name of a tensor.",
        "type": types(dialect, Place::Root),
        "properties": properties,
        "additionalProperties": { "$ref": "#/$defs/tensor" },
        "$defs": { "tensor": tensor(dialect), "integer": integer(dialect) },
    })
}

fn metadata(dialect: &Dialect) -> Value {
    json!({
        "description": "Free text about the file.",
        "type": types(dialect, Place::Metadata),
        "additionalProperties": { "type": types(dialect, Place::MetadataValue) },
    })
}

/// An array lists features; anything else under that key is a tensor.
fn features(dialect: &Dialect) -> Value {
    let names: Vec<&str> =
        dialect.spec().tables.features.iter().map(|feature| feature.name.as_str()).collect();
    json!({ "anyOf": [
        { "type": "array", "items": { "type": types(dialect, Place::Feature), "enum": names } },
        { "$ref": "#/$defs/tensor" },
    ] })
}

fn tensor(dialect: &Dialect) -> Value {
    let mut properties = Map::new();
    for key in dialect.spec().tables.keys.iter().filter(|key| key.of == KeyObject::Entry) {
        let schema = match key.role {
            KeyRole::Dtype => dtype(dialect),
            KeyRole::Shape => shape(dialect),
            KeyRole::DataOffsets => data_offsets(dialect),
            KeyRole::Metadata | KeyRole::Note | KeyRole::Meaning | KeyRole::Features => {
                json!(true)
            }
        };
        properties.insert(key.key.clone(), schema);
    }
    let required: Vec<&str> = dialect.required_entry_keys().collect();
    let closed = binding(dialect)
        .any(|rule| matches!(rule.check, Check::Keys { demand: KeyDemand::Known, .. }));
    json!({
        "$comment": if closed { "Unknown fields are refused." } else { "Readers ignore unknown fields." },
        "description": "A tensor: its dtype, its shape, and its range of the byte buffer.",
        "type": types(dialect, Place::Entry),
        "required": required,
        "properties": properties,
        "additionalProperties": !closed,
    })
}

fn dtype(dialect: &Dialect) -> Value {
    let names: Vec<&str> = dialect.dtypes().iter().map(|dtype| dtype.name.as_str()).collect();
    json!({ "type": types(dialect, Place::Dtype), "enum": names })
}

fn shape(dialect: &Dialect) -> Value {
    let mut schema = json!({
        "description": "Dimensions, outermost first; empty for a scalar.",
        "type": types(dialect, Place::Shape),
        "items": { "$ref": "#/$defs/integer" },
    });
    if let Some(rank) = binding(dialect).filter_map(|rule| max_rank(dialect, rule)).min() {
        schema["maxItems"] = rank.into();
    }
    schema
}

fn data_offsets(dialect: &Dialect) -> Value {
    let length = binding(dialect).find_map(|rule| match rule.check {
        Check::ArrayLength { of: Place::DataOffsets, length } => Some(length),
        _ => None,
    });
    let mut schema = json!({
        "description": "BEGIN and END in bytes from the first byte after the header; END is not included.",
        "type": types(dialect, Place::DataOffsets),
        "items": { "$ref": "#/$defs/integer" },
    });
    if let Some(length) = length {
        schema["minItems"] = length.into();
        schema["maxItems"] = length.into();
    }
    schema
}

fn integer(dialect: &Dialect) -> Value {
    let bounds = binding(dialect).filter_map(|rule| match &rule.check {
        Check::UnsignedIntegers { demand: IntegerDemand::AtMost(bound), .. } => {
            dialect.constant(bound)
        }
        _ => None,
    });
    let mut schema = json!({ "type": "integer", "minimum": 0 });
    if let Some(bound) = bounds.min() {
        schema["maximum"] = bound.into();
    }
    schema
}

/// File rules whose violation is more than advice.
fn binding(dialect: &Dialect) -> impl Iterator<Item = &Rule> {
    dialect.rules().iter().filter(|rule| {
        rule.subject == Subject::File
            && matches!(rule.on_violation, OnViolation::Reject | OnViolation::Either)
    })
}

/// The types that all binding rules about a place allow.
fn types(dialect: &Dialect, place: Place) -> Value {
    let all = [
        (JsonType::Object, "object"),
        (JsonType::Array, "array"),
        (JsonType::String, "string"),
        (JsonType::Number, "number"),
        (JsonType::Boolean, "boolean"),
        (JsonType::Null, "null"),
    ];
    let allowed = |kind: JsonType| {
        binding(dialect).all(|rule| match &rule.check {
            Check::ValueType { of, is } if *of == place => is.contains(&kind),
            _ => true,
        })
    };
    let names: Vec<&str> =
        all.into_iter().filter(|(kind, _)| allowed(*kind)).map(|(_, name)| name).collect();
    if let [one] = names.as_slice() { json!(one) } else { json!(names) }
}

fn max_rank(dialect: &Dialect, rule: &Rule) -> Option<u64> {
    match &rule.check {
        Check::Linear { left, op: Comparison::AtMost, right } if *left == [Term::TensorRank] => {
            right.iter().try_fold(0_u64, |sum, term| sum.checked_add(dialect.constant(term)?))
        }
        _ => None,
    }
}

fn comment(dialect: &Dialect) -> String {
    let list = |wanted: &dyn Fn(&Rule) -> bool| {
        let ids: Vec<&str> =
            binding(dialect).filter(|rule| wanted(rule)).map(|rule| rule.id.as_str()).collect();
        ids.join(", ")
    };
    format!(
        "Generated from the rules of edition {}. Refused here though readers may accept it \
         (disputed): {}. A schema sees the parsed JSON only and cannot express: {}.",
        dialect.name(),
        list(&|rule| expressed(dialect, rule) && rule.on_violation == OnViolation::Either),
        list(&|rule| !expressed(dialect, rule)),
    )
}

/// Whether the schema refuses every header that breaks the rule.
fn expressed(dialect: &Dialect, rule: &Rule) -> bool {
    match &rule.check {
        Check::ValueType { .. }
        | Check::Keys { .. }
        | Check::InTable { table: Table::Dtypes | Table::Features, .. }
        | Check::ArrayLength { .. }
        | Check::UnsignedIntegers { demand: IntegerDemand::AtMost(_), .. } => true,
        Check::Linear { .. } => max_rank(dialect, rule).is_some(),
        // `2.0` is an integer to a schema.
        Check::UnsignedIntegers { demand: IntegerDemand::PlainSpelling, .. }
        | Check::Encoding { .. }
        | Check::LeadingBytes { .. }
        | Check::TrailingBytes { .. }
        | Check::ForeignMagic {}
        | Check::JsonGrammar { .. }
        | Check::NumberRange { .. }
        | Check::UniqueKeys { .. }
        | Check::OrderedPair { .. }
        | Check::SizeEquation { .. }
        | Check::Tiling { .. }
        | Check::Alignment { .. }
        | Check::Behaviour { .. } => false,
    }
}
