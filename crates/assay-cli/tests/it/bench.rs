//! `assay bench`: what is timed is right, and who cannot be timed is named.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::command::{Called, assay};

/// An adapter outside the tree: the reference's, or a command line tool's.
fn adapter(folder: &Path, run: &str) -> String {
    let dir = folder.join("elsewhere");
    fs::create_dir(&dir).expect("it can be made");
    let text = format!("title = \"t\"\nlanguage = \"rust\"\nrun = {{ command = {run} }}\n");
    fs::write(dir.join("adapter.toml"), text).expect("it can be written");
    dir.to_str().expect("the path is UTF-8").to_owned()
}

fn bench(folder: &TempDir, dir: &str, more: &[&str]) -> Called {
    let out = folder.path().to_str().expect("the path is UTF-8");
    let fixed = ["bench", "--adapter", dir, "--size", "1", "--out", out];
    let rounds: &[&str] = if more.contains(&"--rounds") { &[] } else { &["--rounds", "2"] };
    assay([&fixed[..], rounds, more].concat())
}

#[test]
fn every_way_of_the_reference_is_timed_at_every_work() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = adapter(folder.path(), "[\"{assay}\", \"adapter\"]");
    let said = bench(&folder, &dir, &["--twice", "--format", "json"]).exits(0).json();
    let works = said["works"].as_array().expect("there are works");
    let names: Vec<&str> = works.iter().filter_map(|work| work["name"].as_str()).collect();
    assert_eq!(names, ["load", "one tensor", "many tensors", "header"]);
    for work in works {
        let rows = work["rows"].as_array().expect("there are rows");
        let own: Vec<String> = rows
            .iter()
            .filter(|row| row["ceiling"] != true)
            .map(|row| format!("{} {}", row["id"], row["mode"]).replace('"', ""))
            .collect();
        let expected = ["elsewhere", "elsewhere again"]
            .map(|id| ["mmap", "read", "direct"].map(|mode| format!("{id} {mode}")));
        assert_eq!(own, expected.concat());
        for row in rows {
            let samples = row["wall_ns"].as_array().expect("there are samples");
            assert_eq!(samples.len() as u64, work["rounds"].as_u64().unwrap_or_default());
            assert!(samples.iter().all(|sample| sample.as_u64() > Some(0)), "{row}");
            assert_eq!(row["failure"], serde_json::Value::Null);
        }
    }
    for chart in ["load", "one-tensor", "many-tensors", "header"] {
        let svg = fs::read_to_string(folder.path().join(format!("{chart}.svg"))).expect("drawn");
        assert!(svg.contains("elsewhere again (direct)"), "{svg}");
    }
    let text = fs::read_to_string(folder.path().join("bench.json")).expect("it is written");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON"), said);
}

#[test]
fn the_table_names_machine_and_implementations() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = adapter(folder.path(), "[\"{assay}\", \"adapter\"]");
    bench(&folder, &dir, &[])
        .exits(0)
        .prints("(machine: map and sum)")
        .prints("elsewhere, mmap")
        .prints("header: the names of all tensors");
}

#[test]
fn who_cannot_be_timed_is_named() {
    let folder = TempDir::new().expect("a temporary folder");
    let out = folder.path().to_str().expect("the path is UTF-8");
    let tool = format!("{} check {{file}}", env!("CARGO_BIN_EXE_assay"));
    assay(["bench", "--exec", &tool, "--size", "1", "--out", out])
        .exits(2)
        .complains("nothing can be timed")
        .complains("its adapter does not say `bench`");
    assert!(!folder.path().join("bench.json").exists());
}

#[test]
fn a_baseline_is_compared_by_ratios() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = adapter(folder.path(), "[\"{assay}\", \"adapter\"]");
    bench(&folder, &dir, &["--format", "json"]).exits(0);
    let path = folder.path().join("bench.json");
    let text = fs::read_to_string(&path).expect("it is written");
    let mut before: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    // As if everybody but the machine had been ten thousand times as fast, twelve times in a row.
    for work in before["works"].as_array_mut().expect("works") {
        for row in work["rows"].as_array_mut().expect("rows") {
            if row["ceiling"] != true {
                row["wall_ns"] = vec![1; 12].into();
            }
        }
    }
    let kept = folder.path().join("before.json");
    fs::write(&kept, before.to_string()).expect("it can be written");
    let kept = kept.to_str().expect("UTF-8");
    bench(&folder, &dir, &["--rounds", "9", "--baseline", kept])
        .exits(1)
        .complains("slower than the baseline: elsewhere, mmap, load");
    bench(&folder, &dir, &["--baseline", "no-such-file"]).exits(2).complains("cannot read");
    bench(&folder, &dir, &["--baseline", &format!("{dir}/adapter.toml")])
        .exits(2)
        .complains("is no bench.json of this version");
}

#[test]
#[cfg(target_os = "linux")]
fn what_lies_in_memory_only_cannot_be_cold() {
    if !Path::new("/dev/shm").is_dir() {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let dir = adapter(folder.path(), "[\"{assay}\", \"adapter\"]");
    bench(&folder, &dir, &["--cold", "--folder", "/dev/shm"]).exits(2).complains("--folder");
}

#[test]
fn what_cannot_be_is_said_before_anything_is_measured() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = adapter(folder.path(), "[\"{assay}\", \"adapter\"]");
    bench(&folder, &dir, &["--folder", "/no/such/folder"])
        .exits(2)
        .complains("cannot make a folder");
    let file = format!("{dir}/adapter.toml");
    assay(["bench", "--adapter", &dir, "--out", &file]).exits(2).complains("cannot create");
}
