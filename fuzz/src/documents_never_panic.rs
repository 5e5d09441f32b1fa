//! The documents that come from others (messages, records, manifests, adapters,
//! hand-made cases) are read without a panic, whatever they hold, and what was
//! read is written and read again as the same.

use assay_protocol::message::{Reply, Request};
use assay_protocol::record::Line;
use assay_protocol::{AdapterManifest, CaseFile, Manifest};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Any text.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    read(text);
}

/// What the text is, of the kinds of documents there are.
fn read(text: &str) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    if let Ok(request) = serde_json::from_str::<Request>(text) {
        let _ = (request.id(), request.faults());
        is_kept(&request);
        kinds.push("request");
    }
    if let Ok(reply) = serde_json::from_str::<Reply>(text) {
        let _ = (reply.id(), reply.faults());
        is_kept(&reply);
        kinds.push("reply");
    }
    if let Ok(manifest) = serde_json::from_str::<Manifest>(text) {
        let _ = manifest.faults();
        is_kept(&manifest);
        kinds.push("manifest");
    }
    if let Ok(line) = serde_json::from_str::<Line>(text) {
        is_kept(&line);
        kinds.push("line");
    }
    if assay_report::record::parse(text).is_ok() {
        kinds.push("record");
    }
    if let Ok(adapter) = toml::from_str::<AdapterManifest>(text) {
        let _ = adapter.faults();
        is_kept(&adapter);
        kinds.push("adapter");
    }
    if let Ok(cases) = toml::from_str::<CaseFile>(text) {
        is_kept(&cases);
        kinds.push("cases");
    }
    kinds
}

/// Written as JSON, it reads the same.
fn is_kept<D: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(document: &D) {
    let text = serde_json::to_string(document).expect("a document is plain");
    let again: D = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(*document, again, "{text}");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The project's own documents; with the first two folders below `fuzz/`, the
    /// seeds of `fuzz/run`.
    fn documents() -> Vec<PathBuf> {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files: Vec<PathBuf> = Vec::new();
        let mut folders =
            ["fuzz/seeds/documents", "corpus/cases", "harness"].map(|at| tree.join(at)).to_vec();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("it is there") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|end| end == "toml" || end == "json" || end == "jsonl")
                {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn of_any_kind_and_cut_anywhere() {
        let mut kinds = std::collections::BTreeSet::new();
        for (number, path) in documents().iter().enumerate() {
            let text = fs::read_to_string(path).expect("documents are text");
            kinds.extend(read(&text));
            for part in 1..20 {
                let at = text.len() * part / 20;
                check(&text.as_bytes()[..at]);
                let mut changed = text.clone().into_bytes();
                changed[at] = changed[(at * 7 + number) % changed.len()];
                check(&changed);
            }
        }
        let all = ["adapter", "cases", "line", "manifest", "record", "reply", "request"];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all, "each kind was among them");
    }
}
