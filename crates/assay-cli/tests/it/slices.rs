//! `assay slices`: the committed table, and implementations put to it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use assay_protocol::{SliceItem, SliceTable};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{assay, assay_in, tree};

/// A tree of its own: the real spec, a table, and the slicers of these modes.
fn home(table: &str, modes: &[&str]) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    symlink(tree().join("spec"), home.path().join("spec")).expect("a link");
    fs::create_dir(home.path().join("corpus")).expect("it can be made");
    fs::write(home.path().join("corpus/slices.json"), table).expect("it can be written");
    let program = tree().join("crates/assay-cli/tests/it/wrong_slicer.py");
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

fn committed() -> String {
    fs::read_to_string(tree().join("corpus/slices.json")).expect("it is committed")
}

/// Outcomes by rule of one implementation.
fn outcomes(document: &Value, implementation: &str) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut outcomes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for line in document["results"].as_array().expect("a list") {
        if line["implementation"] == implementation {
            let text = |key: &str| line[key].as_str().expect("a text").to_owned();
            let of_rule = outcomes.entry(text("rule")).or_default();
            *of_rule.entry(text("outcome")).or_default() += 1;
        }
    }
    outcomes
}

#[test]
fn the_reference_answers_every_question_of_the_committed_table_as_numpy_does() {
    let table: SliceTable = serde_json::from_str(&committed()).expect("it is a table");
    assert_eq!(table.faults(), Vec::<String>::new());
    assert_eq!(table.to_text(), committed(), "it is written as it is read");
    assert!(table.questions.len() > 900 && committed().len() < 300_000);
    assay(["slices", "check"]).exits(0).prints("the reference answers as numpy");
}

#[test]
fn a_table_with_another_answer_or_question_is_found() {
    let check = |table: SliceTable| {
        let home = home(&table.to_text(), &[]);
        assay_in(home.path(), ["slices", "check"])
    };
    let table: SliceTable = serde_json::from_str(&committed()).expect("it is a table");
    let answered = table
        .questions
        .iter()
        .position(|question| question.part.as_ref().is_some_and(|part| part.shape.len() > 1));
    let answered = answered.expect("there is one");

    let mut other = table.clone();
    other.questions[answered].part.as_mut().expect("it has one").sha256 = "0".repeat(64);
    check(other).exits(1).prints(&table.questions[answered].id).prints("other bytes");

    let mut other = table.clone();
    other.questions[answered].part.as_mut().expect("it has one").shape[0] += 1;
    check(other).exits(1).prints("shape");

    let mut other = table.clone();
    other.questions[answered].index.push(SliceItem::Select(0));
    check(other).exits(1).prints("it is not the generator's question");

    let mut other = table.clone();
    other.questions.pop();
    check(other).exits(1).prints("questions, the generator makes");

    let home = home("{}", &[]);
    assay_in(home.path(), ["slices", "check"]).exits(2).complains("assay slices build");
}

#[test]
fn the_reference_is_right_over_the_protocol() {
    assay(["slices", "run", "--only", "assay-reference"])
        .exits(0)
        .prints("slice/whole-bytes")
        .prints("slice/bounds-are-clamped");
}

#[test]
fn each_slicer_gets_what_it_deserves() {
    let home = home(&committed(), &["lazy", "right", "stepless", "unfair", "unsigned"]);
    let called = assay_in(home.path(), ["slices", "run", "--format", "json"]).exits(1);
    let document = called.json();
    let why = document["not_asked"]["lazy"].as_str().expect("it is said");
    assert!(why.contains("does not declare the operation `slice`"), "{why}");

    // A third slicer, in another language, agrees wherever it knows the dtype.
    let right = outcomes(&document, "right");
    assert_eq!(right.len(), 16);
    for (rule, counts) in &right {
        let known = counts.keys().all(|outcome| outcome == "same" || outcome == "unsupported");
        assert!(known, "{rule}: {counts:?}");
    }
    assert!(right["slice/step"].len() == 1 && right["slice/whole-bytes"]["unsupported"] > 50);

    let stepless = outcomes(&document, "stepless");
    assert!(stepless["slice/step"]["misread"] > 30, "{:?}", stepless["slice/step"]);
    assert!(stepless["slice/step-zero"]["false_accept"] > 30);
    assert!(stepless["slice/backwards"]["misread"] > 20);
    assert!(!stepless["slice/ellipsis"].contains_key("misread"));
    let finding =
        document["findings"].as_array().expect("a list").iter().find(|finding| {
            finding["implementation"] == "stepless" && finding["rule"] == "slice/step"
        });
    let detail = finding.expect("it is found")["detail"].as_str().expect("a text");
    assert!(detail.contains("delivers") || detail.contains("shape"), "{detail}");

    // What was declared to be missing excuses, and nothing else does.
    let counts = |of: &str| outcomes(&document, of)["slice/negative-counts-from-end"].clone();
    assert!(counts("unsigned")["unsupported"] > 50);
    assert!(counts("unfair")["false_reject"] > 50, "{:?}", counts("unfair"));
}

#[test]
fn a_text_report_names_rule_question_and_what_came_of_it() {
    let home = home(&committed(), &["stepless"]);
    let arguments = ["slices", "run", "--question", "slice/step/"];
    assay_in(home.path(), arguments)
        .exits(1)
        .prints("stepless: misread of slice/step")
        .prints("rule: A step takes every so many positions (MUST)")
        .prints("slice/step/0");
    let lenient = arguments.into_iter().chain(["--allow-findings"]);
    assay_in(home.path(), lenient).exits(0).prints("misread");
    assay_in(home.path(), ["slices", "run", "--question", "nothing"])
        .exits(2)
        .complains("no question's id contains `nothing`");
}
