//! Why implementations refuse: their own words, clustered, and refusals that
//! are right for what looks like a wrong reason.
//!
//! A file that breaks one rule and is refused should be refused for that. What
//! an implementation says is free text, so nothing here is a verdict: it is
//! advice on where to look. Words are reduced to a *template* (numbers, quoted
//! names and paths taken out). A template is at *home* with a rule if it is what
//! the implementation says of at least half of that rule's files (and of three
//! or more) and of at most a quarter of the files of every other rule, and if two
//! of three files with it are that rule's. Where it is used for another rule's
//! file all the same, that file's refusal is flagged.
//! A text that is used for everything has no home, and accuses nobody.

mod render;
mod template;

use std::collections::BTreeMap;

use assay_protocol::case::ClaimedVerdict;
use assay_protocol::record::{Answer, Outcome, ResultLine};
use serde_json::Value;

pub use template::template;

use crate::record::Record;

/// Files that a template needs to be at home with a rule.
const AT_LEAST: u64 = 3;

/// The reasons of all implementations that refused anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    /// In the order of the record.
    pub implementations: Vec<OfImplementation>,
}

/// One implementation's reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfImplementation {
    /// Its id.
    pub id: String,
    /// Right refusals of files with one fault.
    pub refusals: u64,
    /// Those that came without a word.
    pub wordless: u64,
    /// Rules of which it refused a file.
    pub rules: u64,
    /// Its templates, the one used most first.
    pub clusters: Vec<Cluster>,
    /// Right verdict, wrong reason; by case.
    pub flagged: Vec<Flagged>,
}

/// Refusals with the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The words, reduced.
    pub template: String,
    /// For how many files of each rule they are used.
    pub rules: BTreeMap<String, u64>,
    /// The rule that they are about, if they are about one.
    pub home: Option<String>,
}

impl Cluster {
    /// Files that are refused with these words.
    pub fn files(&self) -> u64 {
        self.rules.values().sum()
    }
}

/// A refusal with words that are about another rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// The case.
    pub case: String,
    /// The rule that its file breaks.
    pub rule: String,
    /// The rule that the words are about.
    pub seems: String,
    /// The words as they were.
    pub words: String,
    /// For how many files of the other rule they are used, of how many it refused.
    pub evidence: [u64; 2],
}

/// The reasons in a record, of one implementation or of all.
pub fn reasons(record: &Record, of: Option<&str>) -> Reasons {
    let wanted = |id: &str| of.is_none_or(|of| of == id);
    let lines = record.implementations.iter().filter(|line| wanted(&line.id));
    let implementations = lines.filter_map(|line| of_implementation(&line.id, record)).collect();
    Reasons { implementations }
}

fn of_implementation(id: &str, record: &Record) -> Option<OfImplementation> {
    let refusals: Vec<&ResultLine> = record
        .results
        .iter()
        .filter(|line| line.implementation == id && is_refusal(line))
        .collect();
    if refusals.is_empty() {
        return None;
    }
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut templates: BTreeMap<String, Vec<&ResultLine>> = BTreeMap::new();
    let mut wordless = 0;
    for line in &refusals {
        match words(line) {
            Some(words) => {
                *sizes.entry(&line.rule).or_default() += 1;
                templates.entry(template(&words)).or_default().push(line);
            }
            None => wordless += 1,
        }
    }
    let mut clusters = Vec::new();
    let mut flagged = Vec::new();
    for (template, lines) in templates {
        let mut rules: BTreeMap<String, u64> = BTreeMap::new();
        for line in &lines {
            *rules.entry(line.rule.clone()).or_default() += 1;
        }
        let home = home(&rules, &sizes);
        if let Some(home) = &home {
            let evidence = [rules[home], sizes[home.as_str()]];
            let strangers = lines.iter().filter(|line| line.rule != *home);
            flagged.extend(strangers.map(|line| Flagged {
                case: line.case.clone(),
                rule: line.rule.clone(),
                seems: home.clone(),
                words: words(line).unwrap_or_default(),
                evidence,
            }));
        }
        clusters.push(Cluster { template, rules, home });
    }
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.files()));
    flagged.sort_by(|a, b| a.case.cmp(&b.case));
    Some(OfImplementation {
        id: id.to_owned(),
        refusals: refusals.len() as u64,
        wordless,
        rules: sizes.len() as u64,
        clusters,
        flagged,
    })
}

/// A refusal of a file that breaks exactly one rule.
fn is_refusal(line: &ResultLine) -> bool {
    line.answer == Some(Answer::Reject)
        && line.outcome == Outcome::Same
        && line.verdict != ClaimedVerdict::Valid
}

fn words(line: &ResultLine) -> Option<String> {
    let error = line.error.as_ref()?;
    let parts = [error.class.trim(), error.message.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// The rule that a template is about. `rules` counts its files, `sizes` all refused ones.
fn home(rules: &BTreeMap<String, u64>, sizes: &BTreeMap<&str, u64>) -> Option<String> {
    let share_is = |rule: &str, files: u64, parts: u64, of: u64| {
        files.saturating_mul(of) >= sizes.get(rule).copied().unwrap_or(0).saturating_mul(parts)
    };
    let mut candidates =
        rules.iter().filter(|(rule, files)| **files >= AT_LEAST && share_is(rule, **files, 1, 2));
    let (home, _) = candidates.next()?;
    let is_shared = rules.iter().any(|(rule, files)| {
        // More than a quarter.
        rule != home && files.saturating_mul(4) > sizes.get(rule.as_str()).copied().unwrap_or(0)
    });
    let all: u64 = rules.values().sum();
    let is_mostly_its = rules[home].saturating_mul(3) >= all.saturating_mul(2);
    (is_mostly_its && !is_shared).then(|| home.clone())
}

impl OfImplementation {
    /// Rules that have words of their own.
    pub fn told_apart(&self) -> u64 {
        let mut homes: Vec<&str> =
            self.clusters.iter().filter_map(|cluster| cluster.home.as_deref()).collect();
        homes.sort_unstable();
        homes.dedup();
        homes.len() as u64
    }
}

impl Reasons {
    /// For a terminal of so many columns.
    pub fn to_terminal(&self, width: Option<usize>) -> String {
        render::to_terminal(self, width)
    }

    /// As GitHub's Markdown.
    pub fn to_markdown(&self) -> String {
        render::to_markdown(self)
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        render::to_json(self)
    }
}
