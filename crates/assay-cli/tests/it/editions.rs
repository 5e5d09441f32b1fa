//! The backward guarantee, over all editions: a file that is valid under one stays so under
//! every later one, with the same tensors and metadata. Only a major version may break that.

use std::fs;

use assay_generator::Stream;
use assay_spec::policy::Bump;
use assay_spec::{Dialect, Spec, Verdict, View};
use assay_validator::validate;

use crate::command::tree;

/// What a reader must be able to rely on: a view if the file is valid.
fn promised(file: &[u8], dialect: &Dialect) -> Option<View> {
    let seen = validate(file, dialect);
    (seen.verdict == Verdict::Valid).then(|| seen.view.expect("a valid file has a view"))
}

/// The committed files, and valid and broken ones made for an edition.
fn files(edition: &Dialect) -> Vec<Vec<u8>> {
    let mut files: Vec<Vec<u8>> = walkdir::WalkDir::new(tree().join("corpus/files"))
        .into_iter()
        .map(|entry| entry.expect("readable"))
        .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "safetensors"))
        .map(|entry| fs::read(entry.path()).expect("readable"))
        .collect();
    assert!(files.len() > 1_500, "{} files", files.len());
    let mut stream = Stream::new(edition);
    for seed in 0..2_000 {
        let mut file = Vec::new();
        if seed % 4 == 0 {
            stream.broken(seed, &mut file);
        } else {
            stream.valid(seed, &mut file);
        }
        files.push(file);
    }
    files
}

#[test]
fn valid_files_stay_valid_and_mean_the_same_under_later_editions() {
    let editions: Vec<Dialect> = Spec::embedded()
        .tables
        .editions
        .iter()
        .map(|edition| Dialect::edition(&edition.name).expect("it is in the table"))
        .collect();
    assert!(editions.len() >= 6);
    for pair in editions.windows(2) {
        let [older, newer] = pair else { unreachable!("windows of two") };
        let mut promises = 0;
        for file in files(older) {
            let Some(view) = promised(&file, older) else { continue };
            promises += 1;
            let kept = promised(&file, newer);
            assert_eq!(
                kept,
                Some(view),
                "{} to {}: {}",
                older.name(),
                newer.name(),
                hex::encode(&file)
            );
        }
        assert!(promises > 1_500, "{}: {promises} valid files", older.name());
    }
}

/// The same promise of proposals: a minor version keeps it, by the files that the gate judges.
#[test]
fn proposals_of_minor_versions_keep_the_guarantee() {
    let mut kept = 0;
    for overlay in
        assay_spec::rfc::embedded().iter().filter(|overlay| overlay.rfc.bump != Bump::Major)
    {
        let name = format!("{}+{}", overlay.rfc.base.edition, overlay.name());
        let (older, newer) = (
            Dialect::edition(&overlay.rfc.base.edition).unwrap(),
            Dialect::by_name(&name).unwrap(),
        );
        for file in files(&older) {
            let Some(view) = promised(&file, &older) else { continue };
            let seen = promised(&file, &newer).map(|seen| (seen.metadata, seen.tensors));
            assert_eq!(seen, Some((view.metadata, view.tensors)), "{name}: {}", hex::encode(&file));
        }
        kept += 1;
    }
    assert!(kept >= 10, "{kept} proposals");
}
