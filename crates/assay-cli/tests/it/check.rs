//! `assay check` and `assay explain`.

use std::path::Path;

use tempfile::TempDir;

use crate::command::{assay, file};

const VALID: &str = r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   "#;
const HOLE: &str = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}   "#;
const LEADING_SPACE: &str = r#"  {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}} "#;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn check(arguments: &[&str], path: &Path) -> crate::command::Called {
    let path = path.to_str().expect("the path is UTF-8");
    assay(["check"].iter().chain(arguments).copied().chain([path]))
}

#[test]
fn a_valid_file_takes_one_line() {
    let folder = folder();
    let called = check(&[], &file(folder.path(), "good.safetensors", VALID, b"ab")).exits(0);
    assert_eq!(called.stdout.lines().count(), 1, "{}", called.stdout);
    called.prints("good.safetensors").prints("1 tensor").prints("66 bytes");
}

#[test]
fn a_fault_is_shown_with_rule_bytes_and_advice() {
    let folder = folder();
    check(&[], &file(folder.path(), "hole.safetensors", HOLE, b"ab"))
        .exits(1)
        .prints("buffer/no-holes")
        .prints("[61]")
        .prints("help")
        .prints("assay explain buffer/no-holes");
}

#[test]
fn a_disputed_file_passes_with_a_warning_and_fails_when_strict() {
    let folder = folder();
    let path = file(folder.path(), "space.safetensors", LEADING_SPACE, b"ab");
    check(&[], &path).exits(0).prints("warning").prints("header/begins-with-brace");
    check(&["--profile", "strict"], &path).exits(1).prints("header/begins-with-brace");
}

#[test]
fn json_says_the_same() {
    let folder = folder();
    let path = file(folder.path(), "hole.safetensors", HOLE, b"ab");
    let document = check(&["--format", "json"], &path).exits(1).json();
    let one = &document["files"][0];
    assert_eq!(one["verdict"], "invalid");
    assert_eq!(one["findings"][0]["rule"], "buffer/no-holes");
}

#[test]
fn a_folder_is_searched_and_an_empty_one_is_an_error() {
    let folder = folder();
    check(&[], folder.path()).exits(2).complains("holds no *.safetensors");
    std::fs::create_dir(folder.path().join("deep")).expect("it can be made");
    file(&folder.path().join("deep"), "one.safetensors", VALID, b"ab");
    file(folder.path(), "two.safetensors", HOLE, b"ab");
    file(folder.path(), "three.txt", "not looked at", b"");
    check(&[], folder.path()).exits(1).prints("one.safetensors").prints("two.safetensors");
    let quiet = check(&["--quiet"], folder.path()).exits(1).prints("two.safetensors");
    assert!(!quiet.stdout.contains("one.safetensors"), "{}", quiet.stdout);
}

#[test]
fn a_missing_file_is_an_error_and_the_others_are_still_checked() {
    let folder = folder();
    let good = file(folder.path(), "good.safetensors", VALID, b"ab");
    let good = good.to_str().expect("the path is UTF-8");
    assay(["check", "/nowhere/at/all.safetensors", good])
        .exits(2)
        .complains("/nowhere/at/all.safetensors")
        .prints("good.safetensors");
}

#[test]
fn what_is_no_regular_file_is_an_error() {
    assay(["check", "/dev/null"]).exits(2).complains("not a regular file");
}

#[test]
fn an_empty_file_is_a_finding() {
    let folder = folder();
    let path = folder.path().join("empty.safetensors");
    std::fs::write(&path, b"").expect("the folder can be written");
    check(&[], &path).exits(1).prints("prefix/complete");
}

#[test]
fn a_dtype_of_a_later_edition_is_named() {
    let folder = folder();
    let header = r#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}  "#;
    let path = file(folder.path(), "complex.safetensors", header, &[0; 8]);
    check(&[], &path).exits(0);
    check(&["--edition", "0.6"], &path).exits(1).prints("dtype/known").prints("0.7");
    check(&["--edition", "9.9"], &path).exits(2).complains("0.3, 0.4, 0.5, 0.6, 0.7, 0.8");
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["spec", "export", "markdown"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("assay starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn explain_finds_a_rule_by_id_slug_or_part() {
    for word in ["buffer/no-holes", "no-holes"] {
        assay(["explain", word]).exits(0).prints("buffer/no-holes").prints("MUST");
    }
    assay(["explain", "unique"]).exits(2).complains("header/unique-names");
    assay(["explain", "nonsense"]).exits(2).complains("assay spec list");
    let rule = assay(["explain", "no-holes", "--format", "json"]).exits(0).json();
    assert_eq!(rule["id"], "buffer/no-holes");
}

#[test]
fn an_index_brings_its_shards() {
    let folder = folder();
    file(folder.path(), "model-00001-of-00001.safetensors", VALID, b"ab");
    let index = folder.path().join("model.safetensors.index.json");
    let text =
        r#"{"metadata":{"total_size":2},"weight_map":{"a":"model-00001-of-00001.safetensors"}}"#;
    std::fs::write(&index, text).expect("the folder can be written");
    check(&[], &index).exits(0).prints("agrees with its 1 shard").prints("00001-of-00001");
    let counted = check(&[], folder.path()).exits(0).prints("2 files");
    assert!(counted.stdout.contains("2 valid"), "{}", counted.stdout);
    std::fs::write(&index, text.replace("\"a\"", "\"b\"")).expect("it can be written");
    check(&[], &index).exits(1).prints("invalid:").prints("an index with");
}

#[test]
fn a_pattern_that_the_shell_left_alone_is_followed() {
    let folder = folder();
    file(folder.path(), "one.safetensors", VALID, b"ab");
    file(folder.path(), "two.safetensors", HOLE, b"ab");
    check(&[], &folder.path().join("o*.safetensors")).exits(0).prints("one.safetensors");
    check(&[], &folder.path().join("x*.safetensors")).exits(2).complains("no file matches");
}

#[test]
fn standard_input_is_judged_like_a_file() {
    let folder = folder();
    let good = std::fs::read(file(folder.path(), "a", VALID, b"ab")).expect("it was written");
    let hole = std::fs::read(file(folder.path(), "b", HOLE, b"ab")).expect("it was written");
    for (bytes, code, words) in [(good, 0, "valid: -"), (hole, 1, "buffer/no-holes")] {
        use std::io::Write as _;
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(["check", "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("assay starts");
        child.stdin.take().expect("it is piped").write_all(&bytes).expect("assay reads");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stdout).contains(words));
    }
}

#[test]
fn other_programs_formats_tell_of_the_same_faults() {
    let folder = folder();
    file(folder.path(), "good.safetensors", VALID, b"ab");
    file(folder.path(), "hole.safetensors", HOLE, b"ab");
    let sarif = check(&["--format", "sarif"], folder.path()).exits(1).json();
    let results = sarif["runs"][0]["results"].as_array().expect("there are results").clone();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["ruleId"], "buffer/no-holes");
    check(&["--format", "junit"], folder.path()).exits(1).prints("tests=\"2\"").prints("<failure");
    check(&["--format", "tap"], folder.path()).exits(1).prints("1..2").prints("not ok 2");
    let github = check(&["--format", "github"], folder.path()).exits(1);
    assert_eq!(github.stdout.lines().count(), 1, "{}", github.stdout);
    let fine = check(&["--format", "github"], &folder.path().join("good.safetensors")).exits(0);
    assert_eq!(fine.stdout, "");
}

#[test]
fn lints_say_what_deserves_a_look_and_fail_nothing() {
    let folder = folder();
    let header = r#"{"__metadata__":{"run":"--token hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"m":{"dtype":"BOOL","shape":[8],"data_offsets":[8,16]}}"#;
    let data =
        [&f32::NAN.to_le_bytes()[..], &[0, 0, 0x80, 0x3f], &[0, 1, 2, 3, 0, 0, 0, 0]].concat();
    let path = file(folder.path(), "odd.safetensors", header, &data);
    let plain = check(&[], &path).exits(0);
    assert_eq!(plain.stdout.lines().count(), 1, "{}", plain.stdout);

    let advised = check(&["--advice"], &path).exits(0).prints("lint/secret-in-metadata");
    assert!(!advised.stdout.contains("hf_abcdef"), "a secret is shown:\n{}", advised.stdout);
    assert!(!advised.stdout.contains("lint/finite"), "{}", advised.stdout);

    check(&["--deep"], &path)
        .exits(0)
        .prints("of 2 values, 1 are NaN")
        .prints("of 8 values, 2 are neither 0 nor 1")
        .prints("assay explain lint/bool-values")
        .prints("contents: 16 B in");
    let sarif = check(&["--deep", "--format", "sarif"], &path).exits(0).json();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list").clone();
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert!(ids.contains(&"lint/finite"), "{ids:?}");
    assert!(!sarif.to_string().contains("hf_abcdef"), "a secret is shown");
    check(&["--deep"], Path::new("-")).exits(2).complains("--deep");
    assay(["explain", "lint/finite"]).exits(0).prints("assay check --deep");
}
