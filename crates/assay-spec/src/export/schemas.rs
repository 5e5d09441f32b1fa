//! JSON Schemas of the spec data itself, for editors and other programs.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::edit::Edit;
use crate::page::FrontMatter;
use crate::policy::Policy;
use crate::rfc::{Declaration, Equivalent, Waiver, Witness};
use crate::rule::RuleId;
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

/// An `overlay.toml` of a proposal. Of rows that it adds, `since` is the base edition and
/// may be left out; `add_rule` names the rule, whose page lies beside the overlay.
#[derive(JsonSchema)]
#[schemars(title = "overlay.toml: a proposal to change the format", deny_unknown_fields)]
#[allow(dead_code, reason = "describes the document for the schema; `Overlay` parses it")]
struct OverlayDocument {
    /// `overlay/1`
    schema: String,
    /// What its author says of it.
    rfc: Declaration,
    /// The changes, in order.
    ops: Vec<Edit>,
    /// Files that show what it does.
    #[serde(default)]
    witnesses: Vec<Witness>,
    /// Criteria that it need not meet for a while.
    #[serde(default)]
    waivers: Vec<Waiver>,
    /// Neighbours of it that no file can tell from it.
    #[serde(default)]
    equivalents: Vec<Equivalent>,
}

/// JSON Schema of the overlays of proposals.
pub fn overlay_schema() -> Value {
    let mut schema = read::<OverlayDocument>();
    for definition in ["Dtype", "Key"] {
        if let Some(Value::Array(required)) =
            schema.pointer_mut(&format!("/$defs/{definition}/required"))
        {
            required.retain(|field| field != "since");
        }
    }
    if let Some(definitions) = schema.pointer_mut("/$defs").and_then(Value::as_object_mut) {
        definitions.insert(
            "Rule".to_string(),
            RuleId::json_schema(&mut SchemaGenerator::default()).to_value(),
        );
        // Only a whole rule has them.
        for unused in ["Example", "Hole", "Proof", "Risk", "RiskKind", "Subject"] {
            definitions.remove(unused);
        }
    }
    schema
}

/// JSON Schema of `spec/policy.toml`.
pub fn policy_schema() -> Value {
    read::<Policy>()
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
