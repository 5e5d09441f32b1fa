//! `assay operations`: readers and writers with one fault each, and the reference.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{assay_in, tree};

/// Each fault, and the rules whose questions and tasks catch it.
const FAULTS: [(&str, &[(&str, &str)]); 11] = [
    ("right", &[]),
    ("takes-beginnings", &[("access/absent-name", "false_accept")]),
    ("looks-into-the-object", &[("access/absent-name", "false_accept")]),
    ("leaves-the-folder", &[("index/shard-path", "false_accept")]),
    ("skips-missing-shards", &[("index/missing-shard", "false_accept")]),
    ("loses-metadata", &[("write/metadata", "misread"), ("write/deterministic", "misread")]),
    ("writes-in-place", &[("write/replaces", "misread")]),
    ("swallows-errors", &[("write/failure", "misread"), ("write/replaces", "false_accept")]),
    ("keeps-the-order", &[("write/deterministic", "misread")]),
    ("takes-memory", &[("write/layout", "misread")]),
    (
        "writes-anything",
        &[("metadata/name-is-reserved", "false_accept"), ("write/unique-names", "false_accept")],
    ),
];

/// A tree of its own: the real spec and corpus, and the operators of these modes.
fn home(modes: &[&str]) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    for folder in ["spec", "corpus"] {
        symlink(tree().join(folder), home.path().join(folder)).expect("a link");
    }
    let program = tree().join("crates/assay-cli/tests/it/wrong_operator.py");
    for mode in modes {
        let folder = home.path().join("harness").join(mode);
        fs::create_dir_all(&folder).expect("it can be made");
        let command = format!(r#"["python3", "{}", "{mode}"]"#, program.display());
        let manifest =
            format!("title = \"{mode}\"\nlanguage = \"Python\"\n[run]\ncommand = {command}\n");
        fs::write(folder.join("adapter.toml"), manifest).expect("it can be written");
    }
    home
}

/// Runs operations in a tree and reads what was printed.
fn document(home: &Path, arguments: &[&str], status: i32) -> Value {
    let all = ["operations", "run", "--format", "json"].iter().chain(arguments);
    assay_in(home, all.copied()).exits(status).json()
}

/// Rule and outcome of what was found wrong with an implementation.
fn findings(document: &Value, implementation: &str) -> BTreeSet<(String, String)> {
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    let all = document["findings"].as_array().expect("a list").iter();
    let own = all.filter(|finding| finding["implementation"] == implementation);
    own.map(|finding| (text(finding, "rule"), text(finding, "outcome"))).collect()
}

#[test]
fn every_fault_is_caught_by_its_rules_and_no_others() {
    let modes: Vec<&str> = FAULTS.iter().map(|(mode, _)| *mode).collect();
    let home = home(&modes);
    let found = document(home.path(), &["--operation", "get,open_index,write"], 1);
    for (mode, expected) in FAULTS {
        let expected: BTreeSet<(String, String)> =
            expected.iter().map(|(rule, outcome)| ((*rule).into(), (*outcome).into())).collect();
        assert_eq!(findings(&found, mode), expected, "{mode}");
    }
    let wrong = found["writers"]["wrong"].as_array().expect("a list");
    assert!(wrong.is_empty(), "what is written right is read right: {wrong:?}");

    // The same table from the record, by whoever has it.
    let reports = home.path().join("reports/operations");
    let folder = reports.to_str().expect("ASCII");
    let again = assay_in(home.path(), ["operations", "writers", folder, "--format", "json"]);
    assert_eq!(again.exits(0).json(), found["writers"]);
    let markdown = fs::read_to_string(reports.join("writers.md"));
    assert!(markdown.expect("it is written").starts_with("Files that a writer"));
}

#[test]
fn a_header_is_to_be_read_alone() {
    let home = home(&["right", "reads-on", "delivers-contents"]);
    let found = document(home.path(), &["--case", "access/header-only"], 1);
    assert!(findings(&found, "right").is_empty(), "{found}");
    let of = |mode: &str| findings(&found, mode).into_iter().next().unwrap_or_default();
    let rule = "access/header-only".to_owned();
    assert_eq!(of("reads-on"), (rule.clone(), "misread".to_owned()));
    assert!(of("delivers-contents").0 == rule, "{found}");
}

#[test]
fn the_lists_and_what_is_not_there_are_said() {
    let home = home(&["right"]);
    let list = |operation: &str| {
        let list = assay_in(home.path(), ["operations", "list", "--operation", operation]);
        list.exits(0).stdout
    };
    assert!(list("write").contains("write/replaces/old-file: a write that fails"));
    assert!(list("open_index").contains("index/shard-path/above: a shard in the folder above"));
    assert!(!list("get").contains("write/"));
    assay_in(home.path(), ["operations", "run", "--case", "no/such"])
        .exits(2)
        .complains("`assay operations list` lists all");
    assay_in(home.path(), ["operations", "writers", "nowhere"]).exits(2).complains("nowhere");
}
