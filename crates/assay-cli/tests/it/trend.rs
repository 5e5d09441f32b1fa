//! Versions of an implementation: chosen, run, compared; and those that are opt-in.

use std::fs;

use tempfile::TempDir;

use crate::command::{Called, assay_in};
use crate::run::{REFERENCE, home_with, path};

/// The reference, which in its version 2 refuses every file and in version 1.5 is right.
const VERSIONED: &str = r#"
title = "t"
language = "sh"
[[versions]]
version = "1.5"
[[versions]]
version = "2"
[run]
command = ["sh", "{dir}/adapter.sh", "{assay}", "{version}"]
"#;

/// The version that it says is the one it was started as.
const SCRIPT: &str = r#"
"$1" adapter | while IFS= read -r line; do
    id=${line#*\"id\":\"}
    case "$2$line" in
    2*'"result":"accept"'*)
        printf '{"result":"reject","id":"%s","error":{"class":"No","message":"no"}}\n' "${id%%\"*}" ;;
    *'"result":"hello"'*)
        printf '%s\n' "${line%%\"version\":*}\"version\":\"$2\"${line#*\"version\":\"?.?.?\"}" ;;
    *) printf '%s\n' "$line" ;;
    esac
done
"#;

fn home() -> TempDir {
    let heavy = format!("opt_in = \"needs the moon\"{REFERENCE}");
    let home = home_with(&[("heavy", &heavy), ("reference", REFERENCE), ("versioned", VERSIONED)]);
    let script = home.path().join("harness/versioned/adapter.sh");
    fs::write(script, SCRIPT).expect("it can be written");
    home
}

fn call(home: &TempDir, arguments: &[&str]) -> Called {
    let out = home.path().join("out");
    let more = ["--case", "buffer/no-holes", "--out", path(&out)];
    assay_in(home.path(), arguments.iter().chain(&more))
}

#[test]
fn versions_are_columns_of_their_own() {
    let home = home();
    call(&home, &["run", "--only", "versioned@1.5"]).exits(0).prints("versioned@1.5");
    call(&home, &["run", "--only", "versioned@*", "--format", "json"]).exits(1);
    let record = fs::read_to_string(home.path().join("out/record.jsonl")).expect("a record");
    for (id, version) in [("versioned@1.5", "1.5"), ("versioned", "2")] {
        let line = record
            .lines()
            .find(|line| line.contains(&format!("\"id\":\"{id}\"")))
            .unwrap_or_else(|| panic!("no line of {id} in:\n{record}"));
        assert!(line.contains(&format!("\"version\":\"{version}\"")), "{line}");
    }
    call(&home, &["run", "--only", "versioned@3"]).exits(2).complains("there are 1.5, 2");
}

#[test]
fn what_is_opt_in_runs_only_if_it_is_asked_for() {
    let home = home();
    let skip = ["--skip", "versioned"];
    let run = |more: &[&'static str]| {
        call(&home, &[&["run", "--require-all"], &skip[..], more].concat()).exits(0)
    };
    let matrix = |called: &Called, key: &str| {
        let list = called.json()["matrix"][key].as_array().expect("a list").clone();
        list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let plain = run(&["--format", "json"]);
    assert_eq!(matrix(&plain, "implementations"), ["reference"]);
    assert_eq!(matrix(&plain, "not_run"), ["heavy"]);
    assert!(plain.stdout.contains("needs the moon"));
    let asked = run(&["--format", "json", "--opt-in"]);
    assert_eq!(matrix(&asked, "implementations"), ["heavy", "reference"]);
    let named = run(&["--format", "json", "--only", "heavy"]);
    assert_eq!(matrix(&named, "implementations"), ["heavy"]);
}

#[test]
fn a_trend_tells_what_broke() {
    let home = home();
    let text = call(&home, &["trend", "--of", "versioned"]).exits(1);
    let text = text.prints("1.5 → 2: broke buffer/no-holes").complains("record.jsonl");
    assert!(text.stdout.contains("versioned: 2 versions"), "{}", text.stdout);
    let out = home.path().join("out");
    let json = assay_in(home.path(), ["trend", path(&out), "--format", "json"]).exits(1).json();
    assert_eq!(json["trends"][0]["implementation"], "versioned");
    assert_eq!(json["trends"][0]["steps"][0]["regression"], true);
    let markdown = assay_in(home.path(), ["trend", path(&out), "--format", "markdown"]);
    markdown.exits(1).prints("| buffer/no-holes |");
}

#[test]
fn a_trend_needs_two_versions() {
    let home = home();
    call(&home, &["trend", "--of", "reference"]).exits(2).complains("those that do: versioned");
    call(&home, &["run", "--only", "reference"]).exits(0);
    let out = home.path().join("out");
    assay_in(home.path(), ["trend", path(&out)]).exits(2).complains("assay run --versions");
    assay_in(home.path(), ["trend", path(&home.path().join("nothing"))]).exits(2);
}
