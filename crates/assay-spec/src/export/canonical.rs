//! Canonical JSON: one text for one value, whatever Cargo features the build
//! turns on elsewhere (serde_json's `preserve_order` changes the order of maps).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

/// The value as canonical JSON: keys sorted, no spaces. For values whose
/// numbers are integers below 2^53 this is RFC 8785.
pub fn canonical(value: &Value) -> String {
    sorted(value.clone()).to_string()
}

/// The value with the keys of every object sorted as RFC 8785 sorts them: by UTF-16 code units.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            entries.into_iter().collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_level_and_nothing_is_spaced() {
        let value = json!({ "b": [{ "z": 1, "a": null }], "a": "\u{1}/é" });
        assert_eq!(canonical(&value), r#"{"a":"\u0001/é","b":[{"a":null,"z":1}]}"#);
    }
}
