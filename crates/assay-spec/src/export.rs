//! The spec for others: canonical JSON with a digest, the readable spec, JSON
//! Schemas, and the list of disputes. All of it derives from the spec data.

use alloc::string::String;
use alloc::vec::Vec;
mod canonical;
mod changelog;
mod header_schema;
mod markdown;
mod policy;
mod schemas;
mod words;

use serde_json::json;
use sha2::{Digest, Sha256};

pub use canonical::canonical;
pub use changelog::changelog;
pub use header_schema::header_schema;
pub use markdown::{rule_markdown, spec_markdown};
pub use policy::policy_markdown;
pub use schemas::{
    overlay_schema, policy_schema, rule_page_schema, spec_json_schema, spec_toml_schema,
};
pub use words::check_in_words;

use crate::dialect::Dialect;
use crate::policy::Policy;
use crate::rule::Rule;
use crate::spec::Spec;

/// The spec as canonical JSON (RFC 8785 for the values it holds: keys sorted,
/// no spaces, integers below 2^53, larger ones as text).
pub fn canonical_json(spec: &Spec) -> String {
    canonical(&serde_json::to_value(spec).expect("spec data is plain"))
}

/// `sha256:…` of the canonical JSON: comments and formatting do not change it.
pub fn digest(spec: &Spec) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(canonical_json(spec))))
}

/// What `spec/spec.json` holds: the whole spec and its digest, as canonical
/// JSON and a line feed. The digest is over the bytes of the member `spec`.
pub fn spec_json(spec: &Spec) -> String {
    let document = json!({ "digest": digest(spec), "spec": spec });
    canonical(&document) + "\n"
}

/// The rules on which the sources disagree, in the order of the spec.
pub fn disputes(spec: &Spec) -> Vec<&Rule> {
    spec.rules.iter().filter(|rule| rule.is_disputed()).collect()
}

/// The generated files of the folder `spec/`: path below it, and content.
/// They are committed, and compared with this.
pub fn generated_files() -> Vec<(&'static str, String)> {
    let spec = Spec::embedded();
    let pretty = |schema| format!("{:#}\n", canonical::sorted(schema));
    vec![
        ("spec.json", spec_json(spec)),
        ("SPEC.md", spec_markdown(Dialect::latest().spec())),
        ("CHANGELOG.md", changelog(spec)),
        ("schema/header.schema.json", pretty(header_schema(&Dialect::latest()))),
        ("schema/spec-toml.schema.json", pretty(spec_toml_schema())),
        ("schema/rule-page.schema.json", pretty(rule_page_schema())),
        ("schema/spec-json.schema.json", pretty(spec_json_schema())),
        ("schema/overlay.schema.json", pretty(overlay_schema())),
        ("schema/policy.schema.json", pretty(policy_schema())),
        ("POLICY.md", policy_markdown(&Policy::embedded())),
    ]
}
