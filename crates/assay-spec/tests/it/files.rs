//! The folder `spec/` as it lies on disk.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec")
}

/// The text of `spec.toml`.
pub(crate) fn tables() -> String {
    fs::read_to_string(folder().join("spec.toml")).expect("it is there")
}

/// The text of an overlay below `rfcs/`.
pub(crate) fn overlay(path: &str) -> String {
    fs::read_to_string(folder().join("rfcs").join(path)).expect("it is there")
}

/// The overlays as (folder, variant, text), of proposals that bring no rule pages.
pub(crate) fn overlays() -> Vec<(String, String, String)> {
    let mut overlays = Vec::new();
    for folder in entries(&folder().join("rfcs")) {
        if !folder.is_dir() || folder.join("rules").is_dir() {
            continue;
        }
        for file in entries(&folder) {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            let Some(variant) = name(&file).strip_prefix("overlay").map(str::to_owned) else {
                continue;
            };
            let variant = variant.trim_start_matches('-').to_owned();
            let text = fs::read_to_string(&file).unwrap();
            overlays.push((
                folder.file_name().unwrap().to_str().unwrap().to_owned(),
                variant,
                text,
            ));
        }
    }
    assert!(overlays.len() > 9, "{} overlays", overlays.len());
    overlays
}

/// The rule pages as (id, text).
pub(crate) fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for area in entries(&folder().join("rules")) {
        for page in entries(&area) {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            let id = format!("{}/{}", name(&area), name(&page));
            pages.push((id, fs::read_to_string(&page).unwrap()));
        }
    }
    assert!(pages.len() > 50, "{} pages", pages.len());
    pages
}

/// The TOML between the page's lines `+++`.
pub(crate) fn front_matter(page: &str) -> &str {
    page.split("+++\n").nth(1).expect("a page has front matter")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}
