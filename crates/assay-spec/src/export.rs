//! The spec for others: canonical JSON with a digest.

use sha2::{Digest, Sha256};

use crate::spec::Spec;

/// The spec as canonical JSON (RFC 8785 for the values it holds: keys sorted,
/// no spaces, integers below 2^53, larger ones as text).
pub fn canonical_json(spec: &Spec) -> String {
    // `Value` keeps object keys sorted; all keys are ASCII, so byte order is RFC 8785's order.
    let value = serde_json::to_value(spec).expect("spec data is plain");
    value.to_string()
}

/// `sha256:…` of the canonical JSON: comments and formatting do not change it.
pub fn digest(spec: &Spec) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(canonical_json(spec))))
}
