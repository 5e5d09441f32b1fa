//! `assay coverage`, on the committed corpus and on one that lacks cases.

use assay_protocol::SliceTable;

use crate::command::{assay, assay_in, tree};

#[test]
fn the_committed_corpus_covers_the_rules() {
    let called = assay(["coverage"]).exits(0);
    called.prints("buffer/no-holes").prints("A number counts cases");
    let ledger = assay(["coverage", "--format", "json"]).exits(0).json();
    assert_eq!(ledger["faults"], serde_json::json!([]));
    assert_eq!(ledger["rules"].as_array().map(Vec::len), Some(rules()));
}

#[test]
fn the_page_of_the_documentation_is_current() {
    let page = std::fs::read_to_string(tree().join("spec/COVERAGE.md")).expect("it is there");
    assert_eq!(assay(["coverage", "--format", "markdown"]).exits(0).stdout, page);
}

#[test]
fn a_rule_without_its_cases_is_a_finding() {
    let home = tempfile::TempDir::new().expect("a temporary folder");
    std::fs::create_dir_all(home.path().join("spec")).expect("it can be made");
    std::fs::create_dir_all(home.path().join("corpus")).expect("it can be made");
    std::fs::write(home.path().join("spec/spec.toml"), "").expect("it can be written");
    let text = std::fs::read_to_string(tree().join("corpus/manifest.json")).expect("it is there");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let cases = manifest["cases"].as_array_mut().expect("an array");
    cases.retain(|case| case["rule"] != "buffer/no-holes" || case["verdict"] == "valid");
    std::fs::write(home.path().join("corpus/manifest.json"), manifest.to_string())
        .expect("it can be written");
    let tables = home.path().join("corpus/operations");
    std::fs::create_dir(&tables).expect("it can be made");
    for table in ["index.toml", "write.toml"] {
        let from = tree().join("corpus/operations").join(table);
        std::fs::copy(from, tables.join(table)).expect("it can be copied");
    }
    let text = std::fs::read_to_string(tree().join("corpus/slices.json")).expect("it is there");
    let mut slices: SliceTable = serde_json::from_str(&text).expect("it is a table");
    slices.questions.retain(|question| question.rule() != "slice/step");
    std::fs::write(home.path().join("corpus/slices.json"), slices.to_text())
        .expect("it can be written");
    assay_in(home.path(), ["coverage"])
        .exits(1)
        .prints("buffer/no-holes: no reject case")
        .prints("slice/step: no slice case");
}

fn rules() -> usize {
    assay_spec::Dialect::latest().rules().len()
}
