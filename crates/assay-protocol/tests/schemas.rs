//! The committed schemas are those of the code, and the protocol's page obeys them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness")
}

/// Rewrites the files if `ASSAY_BLESS` is set.
#[test]
fn committed_schemas_are_current() {
    let folder = harness().join("schema");
    let bless = std::env::var_os("ASSAY_BLESS").is_some();
    let mut stale = Vec::new();
    for (name, text) in assay_protocol::schemas() {
        let path = folder.join(format!("{name}.schema.json"));
        if fs::read_to_string(&path).ok().as_deref() == Some(text.as_str()) {
            continue;
        }
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, text).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "run with ASSAY_BLESS=1 to rewrite: {stale:?}");
}

#[test]
fn no_schema_is_left_over() {
    let known: Vec<String> = assay_protocol::schemas()
        .into_iter()
        .map(|(name, _)| format!("{name}.schema.json"))
        .collect();
    for entry in fs::read_dir(harness().join("schema")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} is no document's schema");
    }
}

/// Every `json` example of PROTOCOL.md is a request, a reply or a task that this
/// crate reads, that its schema allows and that is consistent in itself.
#[test]
fn examples_of_the_protocol_page_are_right() {
    let page = fs::read_to_string(harness().join("PROTOCOL.md")).unwrap();
    let schemas = assay_protocol::schemas();
    let validator = |name: &str| {
        let text = &schemas.iter().find(|(known, _)| *known == name).unwrap().1;
        jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
    };
    let (request, reply, task) = (validator("request"), validator("reply"), validator("write"));
    let mut seen = 0;
    for line in examples(&page, "json") {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let is_request = value.get("op").is_some();
        let faults = if is_request {
            assert!(request.is_valid(&value), "{line}");
            serde_json::from_str::<assay_protocol::Request>(line).unwrap().faults()
        } else if value.get("result").is_none() {
            assert!(task.is_valid(&value), "{line}");
            serde_json::from_str::<assay_protocol::WriteTask>(line).unwrap();
            Vec::new()
        } else {
            assert!(reply.is_valid(&value), "{line}");
            serde_json::from_str::<assay_protocol::Reply>(line).unwrap().faults()
        };
        assert!(faults.is_empty(), "{line}: {faults:?}");
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} examples found");
}

/// The adapter manifest on the page is one.
#[test]
fn the_example_manifest_of_the_protocol_page_is_right() {
    let page = fs::read_to_string(harness().join("PROTOCOL.md")).unwrap();
    let text: String = examples(&page, "toml").map(|line| format!("{line}\n")).collect();
    let manifest: assay_protocol::AdapterManifest = toml::from_str(&text).unwrap();
    assert_eq!(manifest.faults(), []);
}

/// The lines of the page's code blocks in a language.
fn examples<'a>(page: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let open = format!("```{language}");
    let mut inside = false;
    page.lines().filter(move |line| {
        if line.starts_with("```") {
            inside = *line == open;
            return false;
        }
        inside && !line.trim().is_empty()
    })
}
