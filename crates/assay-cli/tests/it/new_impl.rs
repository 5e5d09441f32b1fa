//! `assay new-impl`: what it writes sets up, starts, and is wrong about every file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::command::{assay_in, tree};

const LANGUAGES: [&str; 6] = ["go", "python", "cpp", "rust", "js", "java"];

/// A tree of its own, with the real loops and no implementation.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    fs::create_dir(home.path().join("harness")).expect("it can be made");
    for name in ["spec", "corpus", "harness/lib"] {
        std::os::unix::fs::symlink(tree().join(name), home.path().join(name)).expect("a link");
    }
    home
}

/// Relative paths and contents of all files below a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("readable"));
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("it is below");
            let text = fs::read_to_string(entry.path()).expect("it is UTF-8");
            (name.to_string_lossy().into_owned(), text)
        })
        .collect()
}

#[test]
fn a_skeleton_is_a_folder_of_its_own_and_names_what_comes_next() {
    let home = home();
    for language in LANGUAGES {
        let name = format!("my-{language}");
        assay_in(home.path(), ["new-impl", &name, "--lang", language])
            .exits(0)
            .prints("HERE")
            .prints(&format!("assay setup {name}"))
            .prints(&format!("assay run --only {name}"));
        let written = files(&home.path().join("harness").join(&name));
        assert!(written.contains_key("adapter.toml"), "{language}: {:?}", written.keys());
        let marked = written.values().filter(|text| text.contains(">>> HERE")).count();
        assert_eq!(marked, 1, "{language}: one place to write");
    }
    let mut folders: Vec<String> = fs::read_dir(home.path().join("harness"))
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let expected = ["lib", "my-cpp", "my-go", "my-java", "my-js", "my-python", "my-rust"];
    assert_eq!(folders, expected, "nothing else was left");
}

#[test]
fn what_is_there_is_left_as_it_is() {
    let home = home();
    let folder = home.path().join("harness/mine");
    fs::create_dir(&folder).expect("it can be made");
    fs::write(folder.join("adapter.py"), "precious").expect("it can be written");
    assay_in(home.path(), ["new-impl", "mine", "--lang", "python"])
        .exits(2)
        .complains("is there already");
    assert_eq!(files(&folder).into_values().collect::<Vec<_>>(), ["precious"]);
}

#[test]
fn bad_names_and_missing_folders_say_what_to_do() {
    let home = home();
    assay_in(home.path(), ["new-impl", "My/Lib", "--lang", "go"])
        .exits(2)
        .complains("lower-case letters");
    assay_in(home.path(), ["new-impl", "mine", "--lang", "go", "--dir", "/no/such/folder"])
        .exits(2)
        .complains("make it first");
    assay_in(home.path(), ["new-impl", "mine", "--lang", "cobol"]).exits(2).complains("python");
}

#[test]
fn outside_the_tree_it_finds_the_loops_and_is_run_by_its_path() {
    let home = home();
    let outside = TempDir::new().expect("a temporary folder");
    let dir = outside.path().to_str().expect("the path is UTF-8");
    let make = |language: &str| {
        let name = format!("my-{language}");
        let called =
            assay_in(home.path(), ["new-impl", &name, "--lang", language, "--dir", dir]).exits(0);
        (called, files(&outside.path().join(name)))
    };
    let harness = home.path().canonicalize().expect("it is there").join("harness");
    let (called, go) = make("go");
    called.prints("--adapter");
    let replaced = format!("=> {}/lib/go", harness.display());
    assert!(go["go.mod"].contains(&replaced), "{}", go["go.mod"]);
    let (_, cargo) = make("rust");
    let path = format!("path = \"{}/lib/rust\"", harness.display());
    assert!(cargo["Cargo.toml"].contains(&path), "{}", cargo["Cargo.toml"]);
    for language in ["python", "cpp", "js", "java"] {
        let (_, written) = make(language);
        let uses = format!("{{harness}}/lib/{language}");
        assert!(written["adapter.toml"].contains(&uses), "{language}");
    }
}

#[test]
fn programs_get_a_document() {
    let home = home();
    let arguments = ["new-impl", "mine", "--lang", "js", "--format", "json"];
    let document = assay_in(home.path(), arguments).exits(0).json();
    assert_eq!(document["name"], "mine");
    assert_eq!(document["source"], "adapter.mjs");
    assert_eq!(document["next"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_skeletons_in_python_and_javascript_are_wrong_and_do_not_crash() {
    for language in ["python", "js"] {
        is_wrong_and_does_not_crash(language);
    }
}

/// `cargo test -p assay-cli --test it -- --ignored skeletons_that_are_built`: the tool-chains and,
/// for Rust and Java, a registry.
#[test]
#[ignore = "builds with Go, CMake, Cargo and Maven"]
fn the_skeletons_that_are_built_are_wrong_and_do_not_crash() {
    for language in ["go", "cpp", "rust", "java"] {
        is_wrong_and_does_not_crash(language);
    }
}

#[track_caller]
#[expect(clippy::print_stderr, reason = "says what was not tested")]
fn is_wrong_and_does_not_crash(language: &str) {
    let home = home();
    let name = format!("skeleton-{language}");
    assay_in(home.path(), ["new-impl", &name, "--lang", language]).exits(0);
    let setup = assay_in(home.path(), ["setup", &name]);
    if setup.code == 1 {
        eprintln!("{language} is not tested on this machine: {}", setup.stdout);
        return;
    }
    setup.exits(0).prints(&format!("{name}: ready"));

    let out = home.path().join("out");
    let out = out.to_str().expect("the path is UTF-8");
    let arguments = ["run", "--only", &name, "--case", "buffer/no-", "--out", out];
    assay_in(home.path(), arguments).exits(1);
    let outcomes = outcomes(Path::new(out));
    assert!(outcomes["misread"] > 0 && outcomes["false_accept"] > 0, "{language}: {outcomes:?}");
    assert_eq!(outcomes.len(), 2, "{language} is right or broken somewhere: {outcomes:?}");
}

/// How often each outcome stands in a run's record.
fn outcomes(out: &Path) -> BTreeMap<String, usize> {
    let record = fs::read_to_string(out.join("record.jsonl")).expect("there is a record");
    let mut outcomes = BTreeMap::new();
    for line in record.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        if let Some(outcome) = line["outcome"].as_str() {
            *outcomes.entry(outcome.to_owned()).or_default() += 1;
        }
    }
    outcomes
}
