//! JSON Schemas of the spec data itself, for editors and other programs.

use alloc::string::{String, ToString};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::page::FrontMatter;
use crate::spec::Spec;
use crate::tables::Tables;

/// The published document `spec.json`: the spec, all editions, and its digest.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "spec.json: the safetensors format as data")]
#[allow(dead_code, reason = "describes the document for the schema; `spec_json` builds it")]
struct Published {
    /// `sha256:` and the SHA-256, in hexadecimal, of the canonical JSON (RFC 8785) of `spec`.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    digest: String,
    /// Tables and rules.
    spec: Spec,
}

/// JSON Schema of `spec/spec.toml`.
pub fn spec_toml_schema() -> Value {
    read::<Tables>()
}

/// JSON Schema of the front matter of a rule page.
pub fn rule_page_schema() -> Value {
    read::<FrontMatter>()
}

/// JSON Schema of `spec/spec.json`.
pub fn spec_json_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    value(settings.into_generator().into_root_schema_for::<Published>())
}

fn read<T: JsonSchema>() -> Value {
    value(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>())
}

fn value(schema: Schema) -> Value {
    schema.to_value()
}
