//! The committed corpus, and `assay corpus`.

use std::collections::BTreeMap;

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::{Manifest, ManifestCase};
use assay_spec::Dialect;
use sha2::{Digest as _, Sha256};

use crate::command::{assay, assay_in, tree};

fn manifest() -> Manifest {
    let text = std::fs::read_to_string(tree().join("corpus/manifest.json")).expect("it is there");
    serde_json::from_str(&text).expect("it is a manifest")
}

#[test]
fn the_committed_corpus_is_as_built() {
    assay(["corpus", "build", "--check"]).exits(0).prints("as built");
}

/// What someone without Rust relies on: plain files with the sizes and digests
/// of the manifest, and contents where it says they are.
#[test]
fn files_are_as_the_manifest_says() {
    for case in manifest().cases {
        let Some(path) = &case.path else { continue };
        let bytes = std::fs::read(tree().join("corpus").join(path)).expect(&case.id);
        assert_eq!(bytes.len() as u64, case.size, "{}", case.id);
        assert_eq!(hex::encode(Sha256::digest(&bytes)), case.sha256, "{}", case.id);
        for tensor in case.view.iter().flat_map(|view| &view.tensors) {
            let [start, end] = tensor.contents.map(|at| usize::try_from(at).expect("it is small"));
            let digest = hex::encode(Sha256::digest(&bytes[start..end]));
            assert_eq!(digest, tensor.sha256, "{}: {}", case.id, tensor.name);
        }
    }
}

#[test]
fn every_fault_has_a_valid_twin() {
    let manifest = manifest();
    let cases: BTreeMap<&str, &ManifestCase> =
        manifest.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    assert_eq!(cases.len(), manifest.cases.len(), "ids are unique");
    for case in &manifest.cases {
        assert!(case.id.starts_with(&format!("{}/", case.rule)), "{}", case.id);
        assert_eq!(case.view.is_some(), case.verdict != ClaimedVerdict::Invalid, "{}", case.id);
        assert_ne!(case.path.is_some(), case.recipe.is_some(), "{}", case.id);
        if case.verdict != ClaimedVerdict::Valid {
            let twin = case.twin.as_deref().and_then(|twin| cases.get(twin)).expect(&case.id);
            assert_eq!(twin.verdict, ClaimedVerdict::Valid, "{}: its twin", case.id);
        }
    }
}

#[test]
fn the_header_limit_is_tested_on_both_sides() {
    let limit = Dialect::latest().limit("max_header_bytes");
    let has = |size: u64, verdict: ClaimedVerdict| {
        manifest().cases.iter().any(|case| case.size >= 8 + size && case.verdict == verdict)
    };
    assert!(has(limit, ClaimedVerdict::Valid), "a header of exactly the limit");
    assert!(has(limit + 1, ClaimedVerdict::Invalid), "a header of one byte more");
}

#[test]
fn cases_can_be_listed_shown_and_made() {
    assay(["corpus", "list", "buffer/no-holes"]).exits(0).prints("invalid");
    assay(["corpus", "show", "no/such/case"]).exits(2).complains("assay corpus list");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let recipe = manifest().cases.into_iter().find(|case| case.recipe.is_some());
    let recipe = recipe.expect("a case is kept as a recipe");
    let to = folder.path().join("made.safetensors");
    let to_text = to.to_str().expect("the path is UTF-8");
    assay(["corpus", "make", &recipe.id, to_text]).exits(0);
    assert_eq!(std::fs::metadata(&to).expect("it is there").len(), recipe.size);
    assay(["corpus", "make", &recipe.id, to_text]).exits(2).complains("exists");
}

/// Real files that are too large for a run: first bytes as the manifest says,
/// and no case is told of them.
#[test]
fn heads_are_kept_apart_from_cases() {
    let manifest = manifest();
    assert!(manifest.heads.len() > 10, "{}", manifest.heads.len());
    for head in &manifest.heads {
        let bytes = std::fs::read(tree().join("corpus").join(&head.path)).expect(&head.id);
        assert_eq!(hex::encode(Sha256::digest(&bytes)), head.sha256, "{}", head.id);
        assert!(bytes.len() as u64 <= head.size, "{}", head.id);
        assert!(manifest.cases.iter().all(|case| case.id != head.id), "{}", head.id);
    }
    let head = &manifest.heads[0];
    assay(["corpus", "list", &head.id]).exits(0).prints("head ");
    assay(["corpus", "show", &head.id]).exits(0).prints("view_sha256");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let to = folder.path().join("made.safetensors");
    assay(["corpus", "make", &head.id, to.to_str().expect("UTF-8")]).exits(0);
    assert_eq!(std::fs::metadata(&to).expect("it is there").len(), head.size);
}

/// Every kind of relation has groups, and each of their sides is there.
#[test]
fn every_kind_of_relation_has_groups() {
    let manifest = manifest();
    let groups = assay_report::relations::groups(&manifest);
    for kind in assay_protocol::RelationKind::ALL {
        let of_kind: Vec<_> = groups.iter().filter(|group| group.kind == kind).collect();
        assert!((3..=6).contains(&of_kind.len()), "{}: {}", kind.as_str(), of_kind.len());
        for group in of_kind {
            assert!(group.sides.len() >= 2, "{}", group.id);
            assert_eq!(group.keeps, kind.keeps(), "{}", group.id);
        }
    }
}

#[test]
fn a_truncated_manifest_is_one_clear_error() {
    let home = tempfile::TempDir::new().expect("a temporary folder");
    std::fs::create_dir_all(home.path().join("spec")).expect("it can be made");
    std::fs::create_dir_all(home.path().join("corpus")).expect("it can be made");
    std::fs::write(home.path().join("spec/spec.toml"), "").expect("it can be written");
    assay_in(home.path(), ["corpus", "list"]).exits(2).complains("assay corpus build");
    let text = std::fs::read(tree().join("corpus/manifest.json")).expect("it is there");
    std::fs::write(home.path().join("corpus/manifest.json"), &text[..text.len() / 2])
        .expect("it can be written");
    assay_in(home.path(), ["run"])
        .exits(2)
        .complains("manifest.json is faulty")
        .complains("assay corpus build");
}
