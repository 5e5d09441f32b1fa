//! `assay run` and `assay setup`, with the reference as the implementation.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::command::{assay, assay_in, tree};

/// A tree of its own: the real spec and corpus, and the given adapters.
pub(crate) fn home_with(adapters: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    for name in ["spec", "corpus"] {
        std::os::unix::fs::symlink(tree().join(name), home.path().join(name)).expect("a link");
    }
    for (id, manifest) in adapters {
        let folder = home.path().join("harness").join(id);
        fs::create_dir_all(&folder).expect("it can be made");
        fs::write(folder.join("adapter.toml"), manifest).expect("it can be written");
    }
    home
}

pub(crate) const REFERENCE: &str = r#"
title = "the reference"
language = "rust"
[run]
command = ["{assay}", "adapter"]
"#;

fn adapter(command: &str) -> String {
    format!("title = \"t\"\nlanguage = \"sh\"\n[run]\ncommand = {command}\n")
}

pub(crate) fn path(folder: &Path) -> &str {
    folder.to_str().expect("the path is UTF-8")
}

#[test]
fn the_reference_is_right_on_every_small_case() {
    let out = TempDir::new().expect("a temporary folder");
    assay(["run", "--only", "assay-reference", "--case", "buffer/", "--out", path(out.path())])
        .exits(0)
        .prints("assay-reference")
        .prints("record.jsonl");
    let record = fs::read_to_string(out.path().join("record.jsonl")).expect("there is a record");
    let lines: Vec<&str> = record.lines().collect();
    assert!(lines[0].contains("\"line\":\"header\""), "{}", lines[0]);
    assert!(lines[lines.len() - 1].contains("\"line\":\"footer\""));
    assert!(out.path().join("matrix.md").is_file());
}

#[test]
fn an_unknown_implementation_is_an_error_that_names_the_known_ones() {
    assay(["run", "--only", "nobody"]).exits(2).complains("assay-reference");
    assay(["setup", "nobody"]).exits(2).complains("assay-reference");
}

#[test]
fn a_broken_adapter_toml_names_file_and_fault() {
    let home = home_with(&[("broken", "title = \"t\"\nlanguage = 3\n")]);
    assay_in(home.path(), ["run"]).exits(2).complains("broken/adapter.toml:2");
}

#[test]
fn a_run_that_executes_nothing_fails() {
    let missing = "title = \"t\"\nlanguage = \"x\"\n[[requires]]\ncommand = \"no-such-tool\"\n\
                   install = \"Install the no-such-tool.\"\n[run]\ncommand = [\"no-such-tool\"]\n";
    let home = home_with(&[("lonely", missing)]);
    let out = home.path().join("out");
    assay_in(home.path(), ["run", "--out", path(&out)]).exits(2).complains("nothing was executed");
}

#[test]
fn what_cannot_be_provisioned_is_listed_with_the_reason() {
    let missing = "title = \"t\"\nlanguage = \"x\"\n[[requires]]\ncommand = \"no-such-tool\"\n\
                   install = \"Install the no-such-tool.\"\n[run]\ncommand = [\"no-such-tool\"]\n";
    let home = home_with(&[("lonely", missing), ("reference", REFERENCE)]);
    let out = home.path().join("out");
    let case = ["--case", "buffer/no-holes", "--out", path(&out)];
    let run = |more: &[&'static str]| {
        let arguments: Vec<&str> = ["run"].iter().chain(&case).chain(more).copied().collect();
        assay_in(home.path(), arguments)
    };
    run(&[]).exits(0).prints("lonely").prints("Install the no-such-tool.");
    run(&["--require-all"]).exits(2).complains("lonely");
}

#[test]
fn adapters_that_misbehave_cost_themselves_only() {
    let home = home_with(&[
        ("exits-at-once", &adapter(r#"["true"]"#)),
        ("prints-noise", &adapter(r#"["sh", "-c", "echo hello; cat >/dev/null"]"#)),
        ("answers-nonsense", &adapter(r#"["cat"]"#)),
        ("reference", REFERENCE),
    ]);
    let out = home.path().join("out");
    let called = assay_in(
        home.path(),
        ["run", "--case", "buffer/no-holes", "--out", path(&out), "--allow-findings"],
    )
    .exits(0);
    for id in ["exits-at-once", "prints-noise", "answers-nonsense", "reference"] {
        assert!(called.stdout.contains(id), "{id} is named in:\n{}", called.stdout);
    }
    let record = fs::read_to_string(out.join("record.jsonl")).expect("there is a record");
    let right = record
        .lines()
        .filter(|line| line.contains("\"implementation\":\"reference\""))
        .filter(|line| line.contains("\"outcome\":\"same\""))
        .count();
    assert!(right > 5, "the reference's {right} results are all there");
}

/// The reference, whose every second answer is a refusal.
const MOODY: &str = r#"
turn=0
"$1" adapter | while IFS= read -r line; do
    case "$line" in
    *'"result":"accept"'*) turn=$((turn + 1)) ;;
    esac
    id=${line#*\"id\":\"}
    if [ "$turn" = 2 ]; then
        turn=0
        printf '{"result":"reject","id":"%s","error":{"class":"Mood","message":"no"}}\n' "${id%%\"*}"
    else
        printf '%s\n' "$line"
    fi
done
"#;

#[test]
fn a_broken_relation_is_a_finding() {
    let moody = adapter(r#"["sh", "{dir}/moody.sh", "{assay}"]"#);
    let home = home_with(&[("moody", &moody), ("reference", REFERENCE)]);
    fs::write(home.path().join("harness/moody/moody.sh"), MOODY).expect("it can be written");
    let out = home.path().join("out");
    let run = |only: &str| {
        let case = ["--case", "relation-json-spacing", "--format", "json"];
        let arguments = ["run", "--only", only, "--out", path(&out)];
        assay_in(home.path(), arguments.into_iter().chain(case))
    };
    let total = |called: &crate::command::Called, what: &str| {
        called.json()["relations"][0]["total"][what].as_u64().expect("a number")
    };
    let right = run("reference").exits(0);
    assert_eq!((total(&right, "holds"), total(&right, "broken")), (3, 0));
    let wrong = run("moody").exits(1);
    assert!(total(&wrong, "broken") > 0, "{}", wrong.stdout);
    assert!(wrong.stdout.contains("broken_relation"), "it is among the serious findings");
    let matrix = fs::read_to_string(out.join("matrix.md")).expect("there is a matrix");
    assert!(matrix.contains("| json spacing |"), "{matrix}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_run_keeps_an_unfinished_record() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let sleeper = adapter(r#"["sleep", "600"]"#);
    let home = home_with(&[("sleeper", &sleeper)]);
    let out = home.path().join("out");
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["run", "--case", "buffer/no-holes", "--out", path(&out)])
        .env("ASSAY_HOME", home.path())
        .env("ASSAY_CACHE", home.path().join("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("assay starts");
    let partial = out.join("record.jsonl.partial");
    let patience = Instant::now() + Duration::from_secs(60);
    while !partial.exists() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().expect("kill is there");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    assert!(partial.exists() && !out.join("record.jsonl").exists(), "recognisably unfinished");
}

#[test]
fn set_up_starts_what_it_made_and_tells_what_is_missing_from_what_is_broken() {
    let missing = "title = \"t\"\nlanguage = \"x\"\n[[requires]]\ncommand = \"no-such-tool\"\n\
                   install = \"Install the no-such-tool.\"\n[run]\ncommand = [\"no-such-tool\"]\n";
    let home = home_with(&[
        ("lonely", missing),
        ("reference", REFERENCE),
        ("answers-nonsense", &adapter(r#"["cat"]"#)),
    ]);
    let set_up = |id: &str| assay_in(home.path(), ["setup", id]);
    set_up("reference").exits(0).prints("reference: ready: assay-reference 0.");
    set_up("lonely").exits(1).prints("Install the no-such-tool.");
    set_up("answers-nonsense").exits(2).prints("it does not start");
    let all = assay_in(home.path(), ["setup", "--format", "json"]).exits(2).json();
    let of = |id: &str| {
        let list = all["implementations"].as_array().expect("a list");
        list.iter().find(|one| one["id"] == id).expect("it is listed").clone()
    };
    assert_eq!(
        (&of("reference")["ready"], &of("reference")["available"]),
        (&true.into(), &true.into())
    );
    assert_eq!(of("reference")["implementation"]["name"], "assay-reference");
    assert_eq!(
        (&of("lonely")["ready"], &of("lonely")["available"]),
        (&false.into(), &false.into())
    );
    assert_eq!(of("answers-nonsense")["available"], true);
}

#[test]
fn restarts_are_told() {
    let dies = adapter(
        r#"["sh", "-c", "read hello; echo '{\"id\":\"hello\",\"result\":\"hello\",\"protocol\":1,\"implementation\":{\"name\":\"n\",\"version\":\"1\",\"language\":\"sh\",\"lineage\":\"n\"},\"capabilities\":{\"operations\":[\"read\"]}}'; while read line; do case $line in *probe*) echo '{\"id\":\"probe\",\"result\":\"unsupported\",\"what\":\"operation\"}';; *) exit 3;; esac; done"]"#,
    );
    let home = home_with(&[("dies", &dies)]);
    let out = home.path().join("out");
    let case = ["--case", "buffer/no-holes/back-to-back", "--out", path(&out)];
    let called = assay_in(home.path(), ["run"].into_iter().chain(case)).exits(1);
    assert!(called.stdout.contains("of adapters that died"), "{}", called.stdout);
}

/// The first interrupt asks the set-up to stop, the second ends the program at
/// once; neither leaves behind what set-up had started.
#[cfg(target_os = "linux")]
#[test]
fn a_stopped_set_up_leaves_nothing_running() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let slow = "title = \"t\"\nlanguage = \"sh\"\n[[setup]]\n\
                command = [\"sh\", \"-c\", \"sleep 600 & echo $$ $! > {dir}/pids.part; mv {dir}/pids.part {dir}/pids; wait\"]\n\
                [run]\ncommand = [\"true\"]\n";
    for signals in [&["-INT"][..], &["-INT", "-TERM"]] {
        let home = home_with(&[("slow", slow)]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(["setup", "slow"])
            .env("ASSAY_HOME", home.path())
            .env("ASSAY_CACHE", home.path().join("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("assay starts");
        let pids = home.path().join("harness/slow/pids");
        let patience = Instant::now() + Duration::from_secs(60);
        while !pids.exists() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        for signal in signals {
            Command::new("kill").args([signal, id.as_str()]).status().expect("kill is there");
        }
        assert_eq!(child.wait().expect("it ends").code(), Some(2));
        for pid in fs::read_to_string(&pids).expect("the step began").split_whitespace() {
            let gone = (0..1000).any(|_| {
                std::thread::sleep(Duration::from_millis(5));
                let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                let state = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next());
                state.is_none_or(|state| state == "Z")
            });
            assert!(gone, "process {pid} of the set-up still runs");
        }
    }
}
