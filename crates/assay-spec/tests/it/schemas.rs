//! The spec data obeys the JSON Schemas that are published for it.

use assay_spec::{Spec, export};
use serde_json::{Value, json};

use crate::files;

fn faults(schema: &Value, instance: &Value) -> Vec<String> {
    assert!(jsonschema::meta::is_valid(schema), "the schema itself is at fault");
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn json_of(toml: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(toml).unwrap()).unwrap()
}

#[test]
fn the_tables_obey_their_schema() {
    let schema = export::spec_toml_schema();
    let tables = json_of(&files::tables());
    assert_eq!(faults(&schema, &tables), Vec::<String>::new());

    let mut faulty = tables.clone();
    faulty["dtypes"][0]["bits"] = json!("eight");
    assert_ne!(faults(&schema, &faulty), Vec::<String>::new());
    let mut faulty = tables;
    faulty["dtypes"][0]["colour"] = json!("red");
    assert_ne!(faults(&schema, &faulty), Vec::<String>::new());
}

#[test]
fn every_page_obeys_the_front_matter_schema() {
    let schema = export::rule_page_schema();
    for (id, page) in files::pages() {
        let front = json_of(files::front_matter(&page));
        assert_eq!(faults(&schema, &front), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn the_front_matter_schema_refuses_faulty_pages() {
    let schema = export::rule_page_schema();
    let (_, page) = files::pages().into_iter().find(|(id, _)| id == "prefix/header-limit").unwrap();
    let good = json_of(files::front_matter(&page));
    for (key, value) in [
        ("level", json!("PERHAPS")),
        ("on_violation", json!("explode")),
        ("sources", json!([])),
        ("sources", json!([{ "doc": "readme", "says": "mumbles" }])),
        ("check", json!({ "kind": "telepathy" })),
        (
            "check",
            json!({ "kind": "linear", "left": ["file.size"], "op": "at_most", "right": [1] }),
        ),
        ("depends", json!(["Not An Id"])),
        ("nonsense", json!(true)),
    ] {
        let mut faulty = good.clone();
        faulty[key] = value;
        assert_ne!(faults(&schema, &faulty), Vec::<String>::new(), "{key}: {}", faulty[key]);
    }
    let mut faulty = good;
    faulty.as_object_mut().unwrap().remove("advice");
    assert_ne!(faults(&schema, &faulty), Vec::<String>::new());
}

#[test]
fn the_published_spec_obeys_its_schema() {
    let schema = export::spec_json_schema();
    let document: Value = serde_json::from_str(&export::spec_json(Spec::embedded())).unwrap();
    assert_eq!(faults(&schema, &document), Vec::<String>::new());

    let mut faulty = document.clone();
    faulty["digest"] = json!("md5:0");
    assert_ne!(faults(&schema, &faulty), Vec::<String>::new());
    let mut faulty = document;
    faulty["spec"]["rules"][0]["level"] = json!("PERHAPS");
    assert_ne!(faults(&schema, &faulty), Vec::<String>::new());
}
