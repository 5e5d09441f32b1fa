//! Implementations that are not in the tree: `run --exec`, `run --adapter`, `doctor`, and
//! what `resources` makes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use crate::command::assay;

/// This very program as a command line tool.
fn checker() -> String {
    format!("{} check {{file}}", env!("CARGO_BIN_EXE_assay"))
}

fn path(folder: &Path) -> &str {
    folder.to_str().expect("the path is UTF-8")
}

/// A folder with an adapter: the reference's.
fn reference(folder: &Path) -> String {
    let dir = folder.join("elsewhere");
    fs::create_dir(&dir).expect("it can be made");
    let text =
        "title = \"t\"\nlanguage = \"rust\"\nrun = { command = [\"{assay}\", \"adapter\"] }\n";
    fs::write(dir.join("adapter.toml"), text).expect("it can be written");
    path(&dir).to_owned()
}

#[test]
fn a_tool_is_judged_by_its_exit_status_and_called_weaker_evidence() {
    let out = TempDir::new().expect("a temporary folder");
    let call = ["run", "--exec", &checker(), "--name", "My Checker", "--case", "prefix/"];
    assay(call.into_iter().chain(["--out", path(out.path())]))
        .exits(0)
        .prints("my-checker")
        .prints("Verdict only, which is weaker evidence");
    let record = fs::read_to_string(out.path().join("record.jsonl")).expect("there is a record");
    assert!(record.contains("\"views\":false") && record.contains("\"isolation\":\""));
    let takes_all = ["run", "--exec", "sh -c true -- {file}", "--case", "prefix/"];
    assay(takes_all.into_iter().chain(["--out", path(out.path())])).exits(1);
}

#[test]
fn commands_that_cannot_be_say_what_to_do() {
    for (command, said) in [
        ("mytool", "write `{file}` there"),
        ("no-such-program-here {file}", "not on the PATH"),
        ("sh -c 'true {file}", "quotes"),
        ("", "empty"),
    ] {
        assay(["run", "--exec", command, "--case", "prefix/"]).exits(2).complains(said);
    }
    assay(["run", "--adapter", "/no/such/adapter"]).exits(2).complains("neither a folder nor");
    assay(["doctor"]).exits(2).complains("--adapter");
}

#[test]
fn an_adapter_elsewhere_is_run_and_examined() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = reference(folder.path());
    let out = folder.path().join("out");
    let call = ["run", "--adapter", &dir, "--only", "assay-reference", "--case", "metadata/"];
    assay(call.into_iter().chain(["--out", path(&out)])).exits(0).prints("elsewhere");
    let said = assay(["doctor", "--adapter", &dir, "--format", "json"]).exits(0).json();
    assert_eq!(said["adapters"][0]["keeps_to_the_protocol"], true);
}

#[test]
fn the_doctor_says_what_is_wrong_and_where_it_stands() {
    let folder = TempDir::new().expect("a temporary folder");
    let program = folder.path().join("chatty");
    let text =
        format!("#!/bin/sh\necho 'Loading model'\nexec {} adapter\n", env!("CARGO_BIN_EXE_assay"));
    fs::write(&program, text).expect("it can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    assay(["doctor", "--adapter", path(&program)])
        .exits(1)
        .prints("FAIL  it introduces itself in time")
        .prints("not JSON: \"Loading model\"")
        .prints("see harness/PROTOCOL.md, \"hello\"");
}

#[test]
fn resources_are_measured_and_held_to_budgets() {
    let folder = TempDir::new().expect("a temporary folder");
    let dir = reference(folder.path());
    let out = path(folder.path());
    let said = assay([
        "resources",
        "--adapter",
        &dir,
        "--case",
        "prefix/",
        "--out",
        out,
        "--format",
        "json",
    ])
    .exits(0)
    .json();
    assert_eq!(said["implementations"][0]["over_budget"].as_array().map(Vec::len), Some(0));
    let text = fs::read_to_string(folder.path().join("resources.json")).expect("it is written");
    let all: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let cases = all["implementations"][0]["cases"].as_array().expect("there are cases");
    assert!(cases.len() > 50 && cases.iter().all(|case| case["usage"]["wall_us"] != 0));
}

/// Whatever a tool started and hid goes when the harness is killed in the midst of a run.
#[test]
#[cfg(target_os = "linux")]
fn nothing_outlives_a_harness_that_was_killed() {
    let out = TempDir::new().expect("a temporary folder");
    let script = "setsid sleep 1000 & sleep 1000";
    let exec = format!("sh -c '{script}' tool {{file}}");
    let mut harness = std::process::Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["run", "--exec", &exec, "--case", "prefix/", "--out", path(out.path())])
        .current_dir(crate::command::tree())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let mark = format!("ASSAY_ADAPTER={}.", harness.id());
    let sleeping = || marked(&mark).iter().filter(|name| *name == "sleep").count();
    let start = std::time::Instant::now();
    let patience = std::time::Duration::from_secs(120);
    while sleeping() < 2 && start.elapsed() < patience {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let before = sleeping();
    let header = fs::read_to_string(out.path().join("record.jsonl.partial")).unwrap_or_default();
    harness.kill().expect("it can be killed");
    harness.wait().expect("it ends");
    assert!(before >= 2, "the tool did not start");
    // Without a namespace nobody is left who would know them.
    if !header.contains("\"isolation\":\"no network") {
        return;
    }
    while !marked(&mark).is_empty() && start.elapsed() < patience {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(marked(&mark), [""; 0]);
}

/// The names of the processes whose environment holds a mark.
#[cfg(target_os = "linux")]
fn marked(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
    let is_marked = |folder: &Path| {
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one.starts_with(mark.as_bytes()))
    };
    let marked = processes.map(|entry| entry.path()).filter(|folder| is_marked(folder));
    marked
        .map(|folder| fs::read_to_string(folder.join("comm")).unwrap_or_default().trim().to_owned())
        .collect()
}
