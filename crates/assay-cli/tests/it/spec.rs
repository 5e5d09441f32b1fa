//! `assay spec` and shell completions.

use crate::command::assay;

#[test]
fn list_filters_by_area_and_edition() {
    let buffer = assay(["spec", "list", "--area", "buffer"]).exits(0).prints("buffer/no-holes");
    assert!(!buffer.stdout.contains("prefix/"), "{}", buffer.stdout);
    assay(["spec", "list", "--area", "nowhere"]).exits(2).complains("areas are prefix");
    let document = assay(["spec", "list", "--edition", "0.3", "--format", "json"]).exits(0).json();
    let names: Vec<&str> =
        document["dtypes"].as_array().unwrap().iter().filter_map(|d| d["name"].as_str()).collect();
    assert!(names.contains(&"F32") && !names.contains(&"F8_E4M3"), "{names:?}");
}

#[test]
fn disputes_name_the_known_ones() {
    let document = assay(["spec", "disputes", "--format", "json"]).exits(0).json();
    let text = document.to_string();
    for rule in ["header/begins-with-brace", "metadata/not-null", "header/unique-names"] {
        assert!(text.contains(rule), "{rule} is disputed");
    }
    assay(["spec", "disputes"]).exits(0).prints("rules are disputed");
}

#[test]
fn exports_are_documents() {
    let spec = assay(["spec", "export", "json"]).exits(0).json();
    let digest = spec["digest"].as_str().expect("it has a digest");
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    assay(["spec", "export", "markdown"]).exits(0).prints("buffer/no-holes");
    let schema = assay(["spec", "export", "header-schema"]).exits(0).json();
    assert!(schema.to_string().contains("\"BOOL\""), "the corrected schema knows BOOL");
}

#[test]
fn generated_files_are_up_to_date() {
    assay(["spec", "build", "--check"]).exits(0).prints("up to date");
}

#[test]
fn completions_are_printed() {
    assay(["completions", "bash"]).exits(0).prints("_assay");
}
