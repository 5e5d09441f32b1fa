//! The commands that documents show exist, with the flags that they are shown with; of those
//! that need nothing but the checkout, the output is what the document says.

use std::collections::BTreeSet;
use std::fs;

use crate::command::{assay, tree};

const DOCUMENTS: [&str; 3] = ["README.md", "CONTRIBUTING.md", "harness/README.md"];

/// Every call of `assay` in a code fence or between backticks: the words after it.
fn calls() -> Vec<(String, Vec<String>)> {
    let mut calls = Vec::new();
    for name in DOCUMENTS {
        let text = fs::read_to_string(tree().join(name)).expect("a document");
        let mut in_fence = false;
        for line in text.lines() {
            if line.starts_with("```") {
                in_fence = !in_fence;
            }
            let lines: Vec<&str> =
                if in_fence { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
            for line in lines {
                let line = line.trim_start_matches("$ ");
                let Some(rest) = line.strip_prefix("assay ") else { continue };
                // Behind two spaces an explanation follows, behind `>`, `|` and `&` another program.
                let rest = rest.split("  ").next().unwrap_or_default();
                let rest = rest.split(['>', '|', '&', '#', '[']).next().unwrap_or_default();
                let words = rest.split_whitespace().map(str::to_owned).collect();
                calls.push((format!("{name}: {line}"), words));
            }
        }
    }
    calls
}

#[test]
fn the_commands_of_documents_exist() {
    let calls = calls();
    assert!(calls.len() > 60, "only {} calls", calls.len());
    let is_command = |word: &String| word.chars().all(|one| one.is_ascii_lowercase() || one == '-');
    let mut looked = BTreeSet::new();
    for (place, words) in calls {
        let mut command: Vec<&String> = words.iter().take_while(|word| is_command(word)).collect();
        let flags = words.iter().filter(|word| word.starts_with("--"));
        command.retain(|word| !word.starts_with('-'));
        // The second word may be a subcommand's or an argument: the longest that has a help counts.
        let help = (1..=command.len().min(2)).rev().find_map(|length| {
            let words: Vec<&str> = command[..length].iter().map(|word| word.as_str()).collect();
            let called = assay(words.iter().copied().chain(["--help"]));
            let usage = format!("Usage: assay {}", words.join(" "));
            (called.code == 0 && called.stdout.contains(&usage)).then_some(called.stdout)
        });
        let Some(help) = help else { panic!("no such command: {place}") };
        for flag in flags {
            let name = flag.split('=').next().unwrap_or(flag);
            assert!(help.contains(name), "{place}: no {name} in\n{help}");
        }
        looked.insert(command[0].clone());
    }
    assert!(looked.len() > 15, "{looked:?}");
}

#[test]
fn the_checked_file_of_the_readme_looks_as_it_says() {
    let text = fs::read_to_string(tree().join("README.md")).expect("the README");
    let start = text.find("$ assay check corpus/").expect("the example");
    let block = &text[start..start + text[start..].find("```").expect("its end")];
    let (call, said) = block.split_once('\n').expect("an output");
    let words: Vec<String> = call
        .split_whitespace()
        .skip(2)
        .map(|word| match word.starts_with("corpus/") {
            true => tree().join(word).display().to_string(),
            false => word.to_owned(),
        })
        .collect();
    let called = assay(words).exits(1);
    let root = format!("{}/", tree().display());
    let printed = called.stdout.replace(&root, "");
    // Everything but the time.
    let timeless = |text: &str| -> Vec<String> {
        text.trim()
            .lines()
            .map(|line| {
                line.rsplit_once(", ")
                    .filter(|(_, time)| time.ends_with("ms"))
                    .map_or(line, |(rest, _)| rest)
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(timeless(&printed), timeless(said));
}
