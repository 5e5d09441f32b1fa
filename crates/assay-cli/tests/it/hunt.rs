//! `assay shrink`, `assay hunt` and `assay promote`: the reference beside a
//! reader with known faults (`wrong_reader.py`).

use std::fs;
use std::path::{Path, PathBuf};

use assay_protocol::case::CaseFile;
use assay_spec::{Dialect, Verdict};
use assay_validator::validate;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Called, assay_in, tree};

/// A tree of its own with a small corpus, the reference, and readers that are wrong.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Home {
        let folder = TempDir::new().expect("a temporary folder");
        let home = Home { folder };
        std::os::unix::fs::symlink(tree().join("spec"), home.path("spec")).expect("a link");
        home.copy_corpus();
        home.add("reference", r#"["{assay}", "adapter"]"#, None);
        let wrong = tree().join("crates/assay-cli/tests/it/wrong_reader.py");
        let wrong = fs::read_to_string(wrong).expect("it is there");
        home.add("wrong", r#"["python3", "{dir}/reader.py", "careless"]"#, Some(&wrong));
        home.add("fragile", r#"["python3", "{dir}/reader.py", "fragile"]"#, Some(&wrong));
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("the path is UTF-8").to_owned()
    }

    fn add(&self, id: &str, command: &str, program: Option<&str>) {
        let folder = self.path("harness").join(id);
        fs::create_dir_all(&folder).expect("it can be made");
        let manifest = format!("title = \"{id}\"\nlanguage = \"x\"\n[run]\ncommand = {command}\n");
        fs::write(folder.join("adapter.toml"), manifest).expect("it can be written");
        if let Some(program) = program {
            fs::write(folder.join("reader.py"), program).expect("it can be written");
        }
    }

    /// A part of the corpus without cases about the byte buffer, so that a hunt
    /// has something to find, and not too much.
    fn copy_corpus(&self) {
        let text = fs::read_to_string(tree().join("corpus/manifest.json")).expect("it is there");
        let mut manifest: Value = serde_json::from_str(&text).expect("it is a manifest");
        let cases = manifest["cases"].as_array_mut().expect("it has cases");
        let mut number = 0;
        cases.retain(|case| {
            number += 1;
            let rule = case["rule"].as_str().unwrap_or_default();
            case["path"].is_string() && !rule.starts_with("buffer/") && number % 3 == 0
        });
        assert!(!cases.is_empty());
        for case in cases.iter() {
            let path = Path::new("corpus").join(case["path"].as_str().expect("it has a path"));
            let to = self.path(path.to_str().expect("UTF-8"));
            fs::create_dir_all(to.parent().expect("it has a folder")).expect("it can be made");
            fs::copy(tree().join(path), to).expect("it can be copied");
        }
        fs::write(self.path("corpus/manifest.json"), manifest.to_string()).expect("it is written");
    }

    fn call(&self, arguments: &[&str]) -> Called {
        assay_in(self.folder.path(), arguments)
    }

    fn file(&self, name: &str, header: &str, data: &[u8]) -> String {
        let bytes = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat();
        fs::write(self.path(name), bytes).expect("it can be written");
        self.text(name)
    }

    /// A large file with a tensor of a given entry, and twenty others.
    fn large(&self, name: &str, entry: &str, bytes: usize) -> String {
        let others: Vec<String> = (0..20)
            .map(|number| {
                let begin = bytes + number * 8;
                let end = begin + 8;
                format!(
                    r#""layer.{number}": {{"dtype": "F32", "shape": [2], "data_offsets": [{begin}, {end}]}}"#
                )
            })
            .collect();
        let header = format!("{{{}, {entry}}}", others.join(", "));
        self.file(name, &header, &vec![7; bytes + 160])
    }
}

#[test]
fn shrinking_keeps_a_finding() {
    let home = Home::new();
    let entry = r#""hole": {"dtype": "I64", "shape": [2], "data_offsets": [4, 20]}"#;
    let file = home.large("large", entry, 20);
    let before = fs::read(&file).expect("it is there");
    let out = home.text("small");
    let keep = "buffer/no-holes & !finding(shape/matches-offsets) & !entry/required-fields";
    let called = home.call(&["shrink", &file, "--keep", keep, "--out", &out]).exits(0);
    called.prints("bytes, from").prints("nothing smaller was found");
    let small = fs::read(&out).expect("it is written");
    assert!(small.len() <= 61, "{} bytes: {}", small.len(), small.escape_ascii());
    let findings = validate(&small, &Dialect::latest()).findings;
    assert!(findings.iter().any(|finding| finding.rule.as_str() == "buffer/no-holes"));
    assert_eq!(fs::read(&file).expect("it is there"), before, "the file itself stays");
    home.call(&["shrink", &file, "--keep", keep, "--out", &out]).exits(2).complains("exists");
    let other = home.text("other");
    home.call(&["shrink", &file, "--keep", "verdict=valid", "--out", &other])
        .exits(2)
        .complains("does not hold");
    home.call(&["shrink", &file, "--keep", "no/rule", "--out", &other])
        .exits(2)
        .complains("no rule `no/rule`");
    assert!(!Path::new(&other).exists());
}

#[test]
fn shrinking_keeps_what_implementations_do() {
    let home = Home::new();
    let entry = r#""wide": {"dtype": "U8", "shape": [4, 5], "data_offsets": [0, 20]}"#;
    let file = home.large("large", entry, 20);
    let out = home.text("small");
    let keep = "verdict=valid & misreads(wrong) & accepts(reference) & differs(wrong, reference)";
    let called =
        home.call(&["shrink", &file, "--keep", keep, "--out", &out, "--format", "json"]).exits(0);
    let said = called.json();
    let size = fs::read(&out).expect("it is written").len();
    assert_eq!(said["size"].as_u64(), u64::try_from(size).ok());
    assert!(size <= 64, "two dimensions that can be told apart, no more: {said}");
    home.call(&["shrink", &file, "--keep", "accepts(nobody)", "--out", "/nowhere"])
        .exits(2)
        .complains("no implementation `nobody`");
    let sound = home.file("sound", r#"{"__metadata__":{"a":"b"}}"#, b"");
    let none = home.text("none");
    home.call(&["shrink", &sound, "--keep", "signature", "--impl", "reference", "--out", &none])
        .exits(2)
        .complains("nothing to keep");
    let signature = home.text("signature");
    home.call(&["shrink", &file, "--keep", "signature", "--out", &signature])
        .exits(0)
        .complains("misread (tensor shape): wrong");
    let small = fs::read(signature).expect("it is written");
    assert_eq!(validate(&small, &Dialect::latest()).verdict, Verdict::Valid);
}

/// A hunt's folders and what is in them.
fn found(dir: &Path) -> Vec<(PathBuf, Value)> {
    let mut all: Vec<(PathBuf, Value)> = fs::read_dir(dir.join("found"))
        .expect("it is there")
        .map(|entry| {
            let path = entry.expect("readable").path();
            let text = fs::read_to_string(path.join("answers.json")).expect("it is there");
            (path, serde_json::from_str(&text).expect("it is JSON"))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn a_hunt_finds_the_faults_shrinks_them_and_goes_on() {
    let home = Home::new();
    let dir = home.text("hunt");
    let hunt = |files: &str| {
        let arguments =
            ["hunt", "--files", files, "--seed", "3", "--dir", &dir, "--format", "json"];
        home.call(&arguments)
    };
    let first = hunt("150").exits(1).json();
    assert_eq!((first["files"].as_u64(), first["pending"].as_u64()), (Some(150), Some(0)));
    let all = found(Path::new(&dir));
    assert_eq!(first["found"].as_array().map(Vec::len), Some(all.len()));
    let says = |text: &str| {
        let said = |one: &Value| one["disagreement"].as_str().is_some_and(|d| d.contains(text));
        all.iter().any(|(_, one)| said(one))
    };
    assert!(says("buffer/no-trailing-bytes | accept: wrong"), "{first:#}");
    assert!(says("crash"), "{first:#}");
    for (path, one) in &all {
        let bytes = fs::read(path.join("file.safetensors")).expect("it is there");
        let seen = validate(&bytes, &Dialect::latest());
        assert_eq!(one["verdict"], seen.verdict.to_string(), "{one:#}");
        let grave = one["disagreement"].as_str().is_some_and(|text| text.contains("crash"));
        assert_eq!(one["embargo"], grave, "{one:#}");
        assert_eq!(one["hex"].is_null(), grave, "{one:#}");
        let text = fs::read_to_string(path.join("case.toml")).expect("it is there");
        let case: CaseFile = toml::from_str(&text).expect("it is a case file");
        let twin = path.join("twin.safetensors");
        assert_eq!(case.cases[0].twin.is_some(), twin.is_file());
        if twin.is_file() {
            let bytes = fs::read(twin).expect("it is there");
            assert_eq!(validate(&bytes, &Dialect::latest()).verdict, Verdict::Valid);
        }
    }
    // Going on shows other files, and reports nothing twice.
    let second = hunt("40");
    assert!(second.code == 0 || second.code == 1, "{}", second.stderr);
    let again = second.json();
    assert_eq!(again["files"].as_u64(), Some(40));
    let both = all.len() + again["found"].as_array().map_or(0, Vec::len);
    assert_eq!(found(Path::new(&dir)).len(), both, "what was found stays");
    home.call(&["hunt", "--files", "1", "--seed", "4", "--dir", &dir])
        .exits(2)
        .complains("holds a hunt with seed 3");
    home.call(&["hunt", "--files", "1", "--impl", "nobody", "--dir", &home.text("x")])
        .exits(2)
        .complains("no implementation `nobody`");
}

#[test]
fn a_found_file_becomes_a_case_once() {
    let home = Home::new();
    let dir = home.text("hunt");
    home.call(&["hunt", "--files", "80", "--seed", "5", "--dir", &dir]).exits(1);
    let all = found(Path::new(&dir));
    let embargoed = all.iter().find(|(_, one)| one["embargo"] == true);
    if let Some((path, _)) = embargoed {
        let path = path.to_str().expect("UTF-8");
        home.call(&["promote", path]).exits(2).complains("embargoed");
    }
    let good = all.iter().find(|(_, one)| {
        one["not_promotable"].is_null() && one["rules"].as_array().is_some_and(|r| r.len() == 1)
    });
    let (path, one) = good.expect("one of them can become a case");
    let path = path.to_str().expect("UTF-8");
    let rule = one["rules"][0].as_str().expect("it breaks a rule");
    home.call(&["promote", path, "--slug", "Bad Slug"]).exits(2).complains("no slug");
    home.call(&["promote", path, "--rule", "header/root-is-object", "--slug", "x"]).exits(2);
    home.call(&["promote", path, "--slug", "from-a-hunt"]).exits(0).prints("assay corpus build");
    let file = home.path("corpus/cases").join(format!("{rule}.toml"));
    let text = fs::read_to_string(&file).expect("it is written");
    let cases: CaseFile = toml::from_str(&text).expect("it is a case file");
    let last = cases.cases.last().expect("it has a case");
    assert_eq!((last.rule.as_str(), last.slug.as_str()), (rule, "from-a-hunt"));
    home.call(&["promote", path, "--slug", "from-a-hunt"]).exits(2).complains("there is a case");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), text, "a refusal changes nothing");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_hunt_keeps_everything() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let home = Home::new();
    let dir = home.path("hunt");
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["hunt", "--minutes", "20", "--seed", "3", "--dir", &home.text("hunt")])
        .env("ASSAY_HOME", home.folder.path())
        .env("ASSAY_CACHE", home.path("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("assay starts");
    let patience = Instant::now() + Duration::from_secs(300);
    let shown = || {
        let state = fs::read_to_string(dir.join("hunt.jsonl")).unwrap_or_default();
        state.lines().filter(|line| line.contains("\"shown\"")).count()
    };
    while shown() < 1 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    let code = child.wait().expect("it ends").code();
    assert!(code == Some(0) || code == Some(1), "it ends as a hunt does: {code:?}");
    assert!(shown() >= 1, "what was shown is noted");
    let before = found(&dir).len();
    home.call(&["hunt", "--files", "1", "--dir", &home.text("hunt")]);
    assert!(found(&dir).len() >= before, "it goes on where it was");
}
