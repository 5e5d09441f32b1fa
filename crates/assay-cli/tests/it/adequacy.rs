//! `assay adequacy`. CI tries all mutants; here are those of some rules.

use crate::command::{assay, tree};

#[test]
fn the_corpus_tells_every_mutant_of_an_area() {
    assay(["adequacy", "buffer/no-"]).exits(0).prints("0 to look at");
}

#[test]
fn each_mutant_is_listed_with_the_case_that_tells_it() {
    assay(["adequacy", "header/unique-names", "--mutants"])
        .exits(0)
        .prints("dropped: verdict of header/unique-names/")
        .prints("the-last-of-two-names-wins: verdict of");
}

#[test]
fn what_programs_read_says_the_same() {
    let called = assay(["adequacy", "shape/matches-offsets", "--format", "json"]);
    let document = called.exits(0).json();
    let mutants = document["mutants"].as_array().expect("an array");
    assert!(mutants.len() > 20);
    let manifest =
        std::fs::read_to_string(tree().join("corpus/manifest.json")).expect("it is there");
    for mutant in mutants {
        let by = mutant["killed_by"].as_str().expect("it is told");
        assert!(manifest.contains(&format!("{{\"id\":\"{by}\"")), "{by} is not of the corpus");
    }
}

#[test]
fn mutants_that_do_not_exist_are_an_error() {
    assay(["adequacy", "no/such/mutant"]).exits(2).complains("no such mutant");
}
