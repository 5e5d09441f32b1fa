//! What is written for people holds: the adapter on PROTOCOL.md runs, and the
//! project's own adapters can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assay_harness::discover;
use assay_protocol::record::{Answer, Outcome};
use libtest_mimic::Trial;

use crate::kit::{CASES, Lab, trial};

pub fn trials() -> Vec<Trial> {
    // Without Python the page's adapter cannot be tried.
    let python = Command::new("python3")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    vec![
        trial("the_adapter_of_the_page_works", the_adapter_of_the_page_works)
            .with_ignored_flag(!python),
        trial("the_adapters_of_this_project_are_read", the_adapters_of_this_project_are_read),
    ]
}

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness")
}

/// A library for the page's adapter, which prints where it should not.
const LIBRARY: &str = r#"
import json
__version__ = "1"
print("mylib says welcome")

class Tensor:
    def __init__(self, name, entry, buffer):
        self.name, self.dtype, self.shape = name, entry["dtype"], entry["shape"]
        self.contents = buffer[slice(*entry["data_offsets"])]
    def tobytes(self):
        return self.contents

class File:
    def __init__(self, data):
        end = 8 + int.from_bytes(data[:8], "little")
        if end > len(data):
            raise ValueError("header is too long")
        header = json.loads(data[8:end])
        self.metadata = header.pop("__metadata__", None)
        self.tensors = [Tensor(name, entry, data[end:]) for name, entry in header.items()]

def load(path):
    print("loading", path)
    with open(path, "rb") as file:
        return File(file.read())
"#;

fn the_adapter_of_the_page_works() {
    let page = fs::read_to_string(harness().join("PROTOCOL.md")).unwrap();
    let (_, rest) = page.split_once("```python\n").unwrap();
    let (program, _) = rest.split_once("```").unwrap();
    assert!(program.lines().count() <= 60, "the page promises a small one");

    let lab = Lab::new();
    let dir = lab.add("subject", "", "");
    let manifest = "title = \"t\"\nlanguage = \"Python\"\n\
        run = { command = [\"python3\", \"adapter.py\"], env = { PYTHONDONTWRITEBYTECODE = \"1\" } }\n";
    fs::write(dir.join("adapter.toml"), manifest).unwrap();
    fs::write(dir.join("adapter.py"), program).unwrap();
    fs::write(dir.join("mylib.py"), LIBRARY).unwrap();
    let observed = lab.run();
    assert_eq!(observed.results.len(), CASES, "{:?}", observed.events);
    for line in observed.results.values() {
        assert_eq!((line.outcome, line.attempts), (Outcome::Same, 1), "{line:?}");
        assert!(matches!(line.answer, Some(Answer::Accept | Answer::Reject)));
    }
    assert!(observed.summary.notes.is_empty(), "{:?}", observed.summary.notes);
}

fn the_adapters_of_this_project_are_read() {
    let adapters = discover(&harness()).unwrap();
    assert!(adapters.iter().all(|adapter| !adapter.manifest.run.command.is_empty()));
    let folders = fs::read_dir(harness()).unwrap().flatten();
    let with_manifest = folders.filter(|entry| entry.path().join("adapter.toml").is_file()).count();
    assert_eq!(adapters.len(), with_manifest);
}
