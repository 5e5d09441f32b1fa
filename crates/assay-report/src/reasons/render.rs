//! Reasons as text, Markdown and JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Cluster, Flagged, OfImplementation, Reasons, template};
use crate::known::slug;
use crate::text::markdown::{code, escape};
use crate::text::style::{BOLD, DIM, WARNING, paint};
use crate::text::units::count;
use crate::text::{MEASURE, hang, visible};

/// Columns that words may take.
const WORDS: usize = 160;
/// Clusters that people are shown.
const CLUSTERS: usize = 12;
/// Cases that are named.
const LISTED: usize = 4;

pub(super) fn to_terminal(reasons: &Reasons, width: Option<usize>) -> String {
    let width = width.unwrap_or(MEASURE).min(100);
    if reasons.implementations.is_empty() {
        return "No refusal of a file with one fault is in the record.\n".to_owned();
    }
    let mut out = String::new();
    for one in &reasons.implementations {
        let id = format!("{}: ", visible::line(&one.id, WORDS));
        out.push_str(&hang(&paint(BOLD, &id), id.chars().count(), &summary(one), width));
        for cluster in one.clusters.iter().take(CLUSTERS) {
            let label = format!("  {:>5}  ", cluster.files());
            let text = format!("{} {}", visible::line(&cluster.template, WORDS), used_for(cluster));
            out.push_str(&hang(&label, label.len(), &text, width));
        }
        if one.clusters.len() > CLUSTERS {
            let more = format!("  and {} more texts", one.clusters.len() - CLUSTERS);
            out.push_str(&format!("{}\n", paint(DIM, &more)));
        }
        for group in groups(one) {
            let label = "  wrong reason? ";
            let text = visible::line(&group.sentence(), 500);
            out.push_str(&hang(&paint(WARNING, label), label.len(), &text, width));
        }
        out.push('\n');
    }
    out.push_str(&hang("", 0, ADVICE, width));
    out
}

const ADVICE: &str = "Advice, not a verdict: a refusal is flagged where its words are otherwise \
                      those for another rule.";

pub(super) fn to_markdown(reasons: &Reasons) -> String {
    let mut out = String::from(
        "| implementation | refusals | texts | rules refused | rules with words of their own | wrong reason? |\n\
         |:--|--:|--:|--:|--:|--:|\n",
    );
    for one in &reasons.implementations {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            escape(&one.id, WORDS),
            one.refusals,
            one.clusters.len(),
            one.rules,
            one.told_apart(),
            one.flagged.len(),
        ));
    }
    for one in reasons.implementations.iter().filter(|one| !one.flagged.is_empty()) {
        out.push_str(&format!("\nRight verdict, wrong reason? {}:\n\n", escape(&one.id, WORDS)));
        for group in groups(one) {
            let [used, of] = group.first.evidence;
            out.push_str(&format!(
                "* {}, {}: {}; otherwise said of {} ({used} of {of} files)\n",
                code(&group.first.rule, WORDS),
                escape(&group.cases(), WORDS),
                escape(&group.first.words, WORDS),
                code(&group.first.seems, WORDS),
            ));
        }
    }
    out.push_str(&format!("\n{ADVICE}\n"));
    out
}

pub(super) fn to_json(reasons: &Reasons) -> Value {
    let cluster = |cluster: &Cluster| {
        json!({
            "template": cluster.template, "files": cluster.files(), "rules": cluster.rules,
            "home": cluster.home,
        })
    };
    let flagged = |flagged: &Flagged| {
        json!({
            "case": flagged.case, "rule": flagged.rule, "seems": flagged.seems,
            "words": flagged.words, "evidence": flagged.evidence,
        })
    };
    let one = |one: &OfImplementation| {
        json!({
            "id": one.id, "refusals": one.refusals, "wordless": one.wordless,
            "rules": one.rules, "rules_told_apart": one.told_apart(),
            "clusters": one.clusters.iter().map(cluster).collect::<Vec<_>>(),
            "wrong_reason": one.flagged.iter().map(flagged).collect::<Vec<_>>(),
        })
    };
    Value::Array(reasons.implementations.iter().map(one).collect())
}

fn summary(one: &OfImplementation) -> String {
    let mut text = format!(
        "{} of files with one fault, {}; {} of {} have words of their own",
        count(one.refusals, "refusal"),
        count(one.clusters.len() as u64, "text"),
        one.told_apart(),
        count(one.rules, "rule"),
    );
    if one.wordless > 0 {
        text.push_str(&format!("; {} without a word", one.wordless));
    }
    if !one.flagged.is_empty() {
        text.push_str(&format!("; {} for a wrong reason, it seems", one.flagged.len()));
    }
    text
}

fn used_for(cluster: &Cluster) -> String {
    match (&cluster.home, cluster.rules.len()) {
        (Some(home), _) => format!("→ {home}"),
        (None, 1) => format!("({})", cluster.rules.keys().next().map_or("", String::as_str)),
        (None, rules) => format!("({rules} rules)"),
    }
}

/// Refusals of one rule's files with the same words.
struct Group<'f> {
    first: &'f Flagged,
    slugs: Vec<&'f str>,
}

fn groups(one: &OfImplementation) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(&str, &str, String), Group<'_>> = BTreeMap::new();
    for flagged in &one.flagged {
        let key = (flagged.rule.as_str(), flagged.seems.as_str(), template(&flagged.words));
        let group = groups.entry(key).or_insert(Group { first: flagged, slugs: Vec::new() });
        group.slugs.push(slug(&flagged.case));
    }
    groups.into_values().collect()
}

impl Group<'_> {
    /// `one, two and 7 more`
    fn cases(&self) -> String {
        match self.slugs.len().checked_sub(LISTED) {
            None | Some(0) => self.slugs.join(", "),
            Some(more) => format!("{} and {more} more", self.slugs[..LISTED].join(", ")),
        }
    }

    fn sentence(&self) -> String {
        let Flagged { rule, seems, words, evidence: [used, of], .. } = self.first;
        let words = visible::line(words, WORDS);
        format!(
            "{rule} ({}): \"{words}\", which is otherwise said of {seems} ({used} of {of} files)",
            self.cases()
        )
    }
}
