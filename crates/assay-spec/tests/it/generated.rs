//! The generated files of `spec/` are committed as they are generated.
//! `ASSAY_BLESS=1 cargo test -p assay-spec` writes them anew.

use std::{env, fs};

use assay_spec::{Spec, export};
use serde_json::Value;

use crate::files;

#[test]
fn the_committed_files_are_up_to_date() {
    let bless = env::var_os("ASSAY_BLESS").is_some_and(|value| value == "1");
    for (name, text) in export::generated_files() {
        let path = files::folder().join(name);
        if bless {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "spec/{name} is not what the spec data makes; bless it");
    }
}

#[test]
fn the_published_digest_is_that_of_the_bytes_of_its_spec() {
    let text = export::spec_json(Spec::embedded());
    let start = text.find(r#""spec":"#).unwrap() + r#""spec":"#.len();
    let spec = text[start..].strip_suffix("}\n").unwrap();
    assert_eq!(spec, export::canonical_json(Spec::embedded()));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["digest"], export::digest(Spec::embedded()));
}

#[test]
fn no_number_of_the_published_spec_is_beyond_exact_doubles() {
    fn walk(value: &Value) {
        match value {
            Value::Number(number) => {
                assert!(number.as_u64().is_some_and(|n| n < 1 << 53), "{number}");
            }
            Value::Array(items) => items.iter().for_each(walk),
            Value::Object(map) => map.values().for_each(walk),
            _ => {}
        }
    }
    walk(&serde_json::from_str(&export::canonical_json(Spec::embedded())).unwrap());
}

#[test]
fn the_readable_spec_shows_every_rule_dtype_and_limit() {
    let text = export::spec_markdown(Spec::embedded());
    let spec = Spec::embedded();
    for rule in &spec.rules {
        assert!(text.contains(&format!("\n### {}\n", rule.id)), "{}", rule.id);
        assert!(text.contains(&rule.advice), "{}", rule.id);
    }
    for dtype in &spec.tables.dtypes {
        assert!(text.contains(&format!("| `{}` | {} |", dtype.name, dtype.bits)), "{}", dtype.name);
    }
    for name in spec.tables.limits.keys() {
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn disputes_are_the_rules_with_a_dissenting_source() {
    let ids: Vec<&str> =
        export::disputes(Spec::embedded()).iter().map(|rule| rule.id.as_str()).collect();
    for known in [
        "header/begins-with-brace",
        "header/padding-is-spaces",
        "header/unique-names",
        "metadata/not-null",
        "entry/is-object",
        "dtype/known",
        "shape/no-overflow-before-zero",
    ] {
        assert!(ids.contains(&known), "{known}");
    }
    assert!(!ids.contains(&"header/root-is-object"), "nobody disputes it");
}
