//! `assay generate`: what it writes is what it says, and nothing is overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use assay_protocol::{ClaimedVerdict, PackIndex};
use assay_spec::{Dialect, OnViolation, Verdict};
use assay_validator::{validate, validate_head};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::command::assay;

fn folder() -> TempDir {
    tempfile::Builder::new().tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

/// Calls `assay generate` with words and where to write.
fn generate(words: &str, out: &Path) -> crate::command::Called {
    let out = out.to_str().expect("the path is UTF-8");
    assay(["generate"].into_iter().chain(words.split_whitespace()).chain(["--out", out]))
}

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("readable"))
        })
        .collect()
}

/// The verdict is the validator's, and the rule the only one broken.
fn is_true(bytes: &[u8], verdict: Option<ClaimedVerdict>, rule: Option<&str>) {
    let dialect = Dialect::latest();
    let seen = validate(bytes, &dialect);
    let claimed = match verdict.expect("a verdict is claimed") {
        ClaimedVerdict::Valid => Verdict::Valid,
        ClaimedVerdict::Invalid => Verdict::Invalid,
        ClaimedVerdict::Either => Verdict::Either,
    };
    assert_eq!(seen.verdict, claimed, "{rule:?}: {:?}", seen.findings);
    let Some(rule) = rule else { return };
    let warned = dialect
        .rules()
        .iter()
        .any(|known| known.id.as_str() == rule && known.on_violation == OnViolation::Warn);
    assert!(seen.findings.iter().any(|finding| finding.rule.as_str() == rule), "{rule}");
    for finding in &seen.findings {
        let advice = finding.on_violation == OnViolation::Warn && !warned;
        assert!(advice || finding.rule.as_str() == rule, "{rule}: {}", finding.rule);
    }
}

/// Every file of a JSON listing is there, is what it is said to be, and no other is.
fn listed(listing: &Value, folder: &Path) -> usize {
    let there = files(folder);
    let rows = listing["files"].as_array().expect("a list");
    assert_eq!(rows.len(), there.len());
    for row in rows {
        let path = Path::new(row["path"].as_str().expect("a path"));
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        let bytes = &there[name];
        assert_eq!(row["sha256"], hex::encode(Sha256::digest(bytes)));
        assert_eq!(row["size"], bytes.len());
        let verdict = serde_json::from_value(row["verdict"].clone()).expect("a verdict");
        is_true(bytes, verdict, row["rule"].as_str());
    }
    rows.len()
}

#[test]
fn the_same_seeds_give_the_same_valid_files() {
    let folder = folder();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let listing = generate("--seed 40 --count 70 --format json", &one).exits(0).json();
    assert_eq!(listed(&listing, &one), 70);
    generate("--valid --seed 40 --count 70", &other).exits(0).prints("70 files");
    assert_eq!(files(&one), files(&other));
}

#[test]
fn broken_files_break_the_named_rule() {
    let folder = folder();
    let out = folder.path().join("named");
    let listing = generate("--invalid no-holes --count 12 --format json", &out).exits(0).json();
    assert_eq!(listed(&listing, &out), 12);
    let rows = listing["files"].as_array().expect("a list");
    assert!(rows.iter().all(|row| row["rule"] == "buffer/no-holes"));
    let out = folder.path().join("all");
    let listing = generate("--invalid --count 60 --format json", &out).exits(0).json();
    let made = listed(&listing, &out) + listing["left_out"].as_u64().expect("a number") as usize;
    assert_eq!(made, 60);
}

#[test]
fn edges_are_what_they_say() {
    let folder = folder();
    for (rule, least) in [("shape/rank", 2), ("name-any-string", 10)] {
        let out = folder.path().join(rule.replace('/', "-"));
        let words = format!("--boundaries {rule} --format json");
        assert!(listed(&generate(&words, &out).exits(0).json(), &out) >= least, "{rule}");
    }
}

#[test]
fn a_pack_is_cut_by_its_index() {
    let folder = folder();
    let pack = folder.path().join("files.pack");
    for words in ["--invalid --stream --count 1500", "--valid --stream --count 1500"] {
        generate(&format!("{words} --pack --seed 900"), &pack).exits(0).prints("1500 files");
        let bytes = fs::read(&pack).expect("the packed file is there");
        let index = fs::read_to_string(folder.path().join("files.pack.jsonl")).expect("an index");
        let index = PackIndex::parse(&index).expect("the index is whole");
        assert_eq!(index.files.len(), 1500);
        assert_eq!(index.header.dialect.edition, Dialect::latest().name());
        for ((file, bytes), seed) in index.cut(&bytes).zip(900_u64..) {
            let bytes = bytes.expect("the packed file holds it");
            assert_eq!(file.sha256, hex::encode(Sha256::digest(bytes)));
            assert_eq!(file.seed, Some(seed));
            is_true(bytes, file.verdict, file.rule.as_deref());
        }
        let words = format!("{words} --pack");
        generate(&words, &pack).exits(2).complains("exists");
        fs::remove_file(&pack).expect("it was there");
        generate(&words, &pack).exits(2).complains("files.pack.jsonl exists");
        fs::remove_file(folder.path().join("files.pack.jsonl")).expect("it was there");
    }
    assert_eq!(files(folder.path()).len(), 0, "nothing temporary is left");
}

#[test]
fn a_packed_file_holds_what_single_files_hold() {
    let folder = folder();
    let (single, pack) = (folder.path().join("single"), folder.path().join("pack"));
    generate("--count 100", &single).exits(0);
    generate("--count 100 --pack", &pack).exits(0);
    let whole: Vec<u8> = files(&single).into_values().flatten().collect();
    assert_eq!(fs::read(&pack).expect("the packed file is there"), whole);
}

#[test]
fn mutations_leave_the_file_alone() {
    let folder = folder();
    let seed = folder.path().join("seed");
    generate("--seed 5", &seed).exits(0);
    let (name, before) = files(&seed).pop_first().expect("a file");
    let file = seed.join(name).to_str().expect("UTF-8").to_owned();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    for out in [&one, &other] {
        generate(&format!("--mutate {file} --count 50"), out).exits(0);
    }
    assert_eq!(files(&one), files(&other));
    assert!(files(&one).values().filter(|bytes| **bytes != before).count() > 40);
    assert_eq!(fs::read(&file).expect("it is there"), before);
}

#[test]
fn a_layout_of_many_gigabytes_costs_kilobytes() {
    let folder = folder();
    let out = folder.path().join("llama");
    generate("--layout llama-3-8b", &out).exits(0).prints("model-00004-of-00004.safetensors");
    let (mut bytes, mut on_disk) = (0, 0);
    for entry in fs::read_dir(&out).expect("the folder is there") {
        let path = entry.expect("readable").path();
        let metadata = path.metadata().expect("readable");
        (bytes, on_disk) = (bytes + metadata.len(), on_disk + 512 * metadata.blocks());
        let named = path.to_str().expect("UTF-8");
        if named.ends_with(".safetensors") {
            assay(["check", named]).exits(0);
        }
    }
    assert!(bytes > 16_000_000_000, "{bytes}");
    assert!(on_disk < 1 << 20, "{on_disk} bytes on disk; can this file system do holes?");
    let index = fs::read(out.join("model.safetensors.index.json")).expect("an index");
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    assert_eq!(index["metadata"]["total_size"], 16_060_522_496_u64);
}

#[test]
fn heads_and_small_versions_of_layouts() {
    let folder = folder();
    let out = folder.path().join("head");
    let words = "--layout mixtral-8x7b --shards 1 --header-only --format json";
    let listing = generate(words, &out).exits(0).json();
    let (name, head) = files(&out).pop_first().expect("a file");
    assert_eq!(name, "model.safetensors.head");
    let len = listing["files"][0]["whole_size"].as_u64().expect("a number");
    let seen = validate_head(&head, len, &Dialect::latest());
    assert_eq!(seen.verdict, Verdict::Valid, "{:?}", seen.findings);
    let out = folder.path().join("small");
    generate("--layout sdxl-unet --scale-down 64 --shards 2", &out).exits(0);
    let small = files(&out);
    assert_eq!(small.len(), 3);
    for (name, bytes) in small.iter().filter(|(name, _)| name.ends_with(".safetensors")) {
        assert_eq!(validate(bytes, &Dialect::latest()).verdict, Verdict::Valid, "{name}");
    }
}

#[test]
fn layouts_are_listed() {
    assay(["generate", "--list-layouts"]).exits(0).prints("gpt2").prints("sdxl-unet");
    let all = assay(["generate", "--list-layouts", "--format", "json"]).exits(0).json();
    assert_eq!(all["layouts"].as_array().expect("a list").len(), 6);
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let folder = folder();
    let full = folder.path().join("full");
    fs::create_dir(&full).expect("writable");
    fs::write(full.join("mine"), "mine").expect("writable");
    let out = folder.path().join("out");
    for (words, to, complaint) in [
        ("", &full, "is not empty"),
        ("", &full.join("mine"), "is no folder"),
        ("--layout gpt2", &full, "is not empty"),
        ("--pack", &full.join("mine"), "exists"),
        ("--invalid buffer/no-hoels", &out, "buffer/no-holes"),
        ("--invalid shape/scalar", &out, "no file breaks it"),
        ("--boundaries is-array", &out, "fits several rules"),
        ("--boundaries shape-is-array", &out, "has no edges"),
        ("--edition 0.9", &out, "0.8"),
        ("--layout llama-4", &out, "llama-3-8b"),
        ("--layout gpt-oss-20b-mxfp4 --edition 0.5", &out, "does not know the dtype"),
        ("--layout gpt2 --shards 9999", &out, "1 to 160 shards"),
        ("--layout gpt2 --count 3", &out, "cannot be used with"),
        ("--shards 3", &out, "--layout"),
        ("--valid --invalid", &out, "cannot be used with"),
        ("--invalid no-holes --stream", &out, "leave out the rule"),
        ("--seed 18446744073709551615 --count 2", &out, "below 2^64"),
        ("--mutate no-such-file", &out, "cannot read"),
        ("--mutate .", &out, "is no file"),
        ("--mutate ../../Cargo.lock --max-bytes 10", &out, "raise --max-bytes"),
    ] {
        generate(words, to).exits(2).complains(complaint);
        assert!(!out.exists(), "{words} wrote something");
    }
    assay(["generate"]).exits(2).complains("--out");
    assert_eq!(files(&full).len(), 1, "what was there is left alone");
}

#[test]
fn files_above_the_limit_are_left_out() {
    let folder = folder();
    let out = folder.path().join("out");
    let listing = generate("--count 64 --max-bytes 300 --format json", &out).exits(0).json();
    let left_out = listing["left_out"].as_u64().expect("a number") as usize;
    assert!(left_out > 0, "some valid files are longer");
    assert_eq!(listed(&listing, &out) + left_out, 64);
}
