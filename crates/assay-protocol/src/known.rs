//! `harness/<implementation>/known.toml`: what an implementation is known to
//! do otherwise than the format's rules ask.
//!
//! An entry never keeps a case from being run. It says what will come of it,
//! and why; whatever comes out otherwise is a finding. An entry speaks of
//! cases of one rule and one outcome. An entry under embargo names neither: it
//! says how many results of an outcome are told to the owners first.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::record::Outcome;
use crate::validate::Faults;

/// Name of the file in an implementation's folder.
pub const KNOWN_FILE: &str = "known.toml";

/// All that is known of one implementation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFile {
    /// The entries.
    #[serde(default, rename = "known")]
    pub entries: Vec<Known>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The rule whose cases show it; absent under embargo. There is no pattern
    /// over rules: whoever breaks ten rules has ten entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What comes of the cases.
    pub outcome: Outcome,
    /// Which cases: last parts of their ids, or `"all"`. Under embargo: how many.
    pub cases: KnownCases,
    /// Why it is so.
    pub reason: Reason,
    /// In a person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it is discussed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The implementation's version with which it was first seen.
    pub since: String,
    /// The day from which on the entry does not hold any more, `2027-06-30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The day from which on the cases may be named, `2027-06-30`. Until then public renderings show
    /// implementation, outcome and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo_until: Option<String>,
    /// Where the owners were told: the number of a private report. Only under embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Which cases an entry speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum KnownCases {
    /// Every case of the rule of which the outcome can come.
    Every(Every),
    /// These: `<rule>/<case>` without the rule.
    Listed(BTreeSet<String>),
    /// So many, of any rule; only under embargo.
    Number(u64),
}

/// The word `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Every {
    /// Every case that was run.
    #[serde(rename = "all")]
    All,
}

/// Why an implementation does otherwise.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is wrong: the rule is a MUST and no source says otherwise.
    Bug,
    /// It does not support what the case needs, and cannot declare that.
    Unsupported,
    /// Its owners know and want it so.
    WontFix,
    /// The sources contradict each other about the rule.
    SpecDisputed,
    /// The case is wrong and will be corrected or withdrawn.
    CaseWrong,
}

impl Reason {
    /// As the file spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Bug => "bug",
            Reason::Unsupported => "unsupported",
            Reason::WontFix => "wont_fix",
            Reason::SpecDisputed => "spec_disputed",
            Reason::CaseWrong => "case_wrong",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Known {
    /// Whether it names no case.
    pub fn is_embargoed(&self) -> bool {
        self.embargo_until.is_some()
    }

    /// What it is about, in words: `header/unique-names, false_accept`.
    pub fn about(&self) -> String {
        let rule = self.rule.as_deref().unwrap_or("under embargo");
        format!("{rule}, {}", self.outcome.as_str())
    }

    /// Checks it against itself.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if !self.outcome.is_bad() {
            faults.push(format!("`outcome` {} is nothing to expect", self.outcome.as_str()));
        }
        match (self.is_embargoed(), &self.rule) {
            (true, Some(_)) => faults.push(
                "is under embargo and names a `rule`: whoever reads this file would know it"
                    .to_owned(),
            ),
            (true, None) if self.reference.is_none() => {
                faults.push("is under embargo and has no `reference`".to_owned());
            }
            (false, None) => faults.push("has no `rule`".to_owned()),
            (false, Some(rule)) if !is_rule(rule) => faults.push(format!(
                "`rule` {rule:?} is not `<area>/<rule>`; there are no patterns over rules"
            )),
            (false, _) if self.reference.is_some() => {
                faults.push("has a `reference` and no `embargo_until`".to_owned());
            }
            _ => {}
        }
        match (&self.cases, self.is_embargoed()) {
            (KnownCases::Number(0), true) => faults.push("`cases` is 0".to_owned()),
            (KnownCases::Number(_), true) => {}
            (_, true) => faults.push("under embargo `cases` is a number".to_owned()),
            (KnownCases::Number(_), false) => faults.push(
                "`cases` is a number: list the cases, so that a change of them is noticed"
                    .to_owned(),
            ),
            (KnownCases::Listed(slugs), false) => {
                if slugs.is_empty() {
                    faults.push("`cases` is empty".to_owned());
                }
                for slug in slugs.iter().filter(|slug| slug.contains(['/', '*'])) {
                    faults.push(format!("`cases`: {slug:?} is not the last part of a case's id"));
                }
            }
            (KnownCases::Every(_), false) => {}
        }
        for (name, day) in [("expires", &self.expires), ("embargo_until", &self.embargo_until)] {
            if day.as_deref().is_some_and(|day| !is_day(day)) {
                faults.push(format!("`{name}` is no day: write it like 2027-06-30"));
            }
        }
        if self.since.trim().is_empty() {
            faults.push("`since` is empty".to_owned());
        }
        faults
    }
}

impl KnownFile {
    /// Checks it against itself; every fault names its entry.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let name = |fault: String| format!("entry {} ({}): {fault}", at + 1, entry.about());
            faults.extend(entry.faults().into_iter().map(name));
            let twice = self.entries[..at].iter().filter(|other| other.rule == entry.rule);
            for other in twice {
                if let Some(what) = contradiction(other, entry) {
                    faults.push(name(what));
                }
            }
        }
        faults
    }
}

/// Why two entries of a rule cannot both hold.
fn contradiction(one: &Known, other: &Known) -> Option<String> {
    match (&one.cases, &other.cases) {
        (KnownCases::Every(_), KnownCases::Every(_)) if one.outcome == other.outcome => {
            Some("stands twice".to_owned())
        }
        (KnownCases::Listed(a), KnownCases::Listed(b)) => {
            let slug = a.intersection(b).next()?;
            Some(format!("case `{slug}` stands in an entry before it"))
        }
        _ => None,
    }
}

fn is_rule(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.split_once('/').is_some_and(|(area, slug)| is_word(area) && is_word(slug))
}

/// `2027-06-30`. Days are compared as texts.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str, length: usize| {
        let is_plain = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| is_plain)
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        toml::from_str::<KnownFile>(text).expect("it is a list of entries").faults()
    }

    const RULE: &str =
        "[[known]]\nrule = \"a/b\"\noutcome = \"false_accept\"\nreason = \"bug\"\nsince = \"1\"\n";

    #[test]
    fn whole_entries_have_no_fault() {
        let embargoed = "[[known]]\noutcome = \"crash\"\ncases = 2\nreason = \"bug\"\n\
                         since = \"1\"\nembargo_until = \"2027-01-31\"\nreference = \"r\"\n";
        for cases in ["[\"one\", \"two\"]", "\"all\""] {
            assert_eq!(faults(&format!("{RULE}cases = {cases}\n{embargoed}")), [""; 0]);
        }
    }

    #[test]
    fn what_nobody_could_check_is_refused() {
        for (text, what) in [
            (RULE.replace("a/b", "a/*") + "cases = \"all\"\n", "no patterns"),
            (RULE.replace("a/b", "*") + "cases = \"all\"\n", "no patterns"),
            (RULE.replace("false_accept", "same") + "cases = \"all\"\n", "nothing to expect"),
            (format!("{RULE}cases = 3\n"), "list the cases"),
            (format!("{RULE}cases = []\n"), "`cases` is empty"),
            (format!("{RULE}cases = [\"x*\"]\n"), "not the last part"),
            (format!("{RULE}cases = \"all\"\nexpires = \"soon\"\n"), "no day"),
            (format!("{RULE}cases = \"all\"\nreference = \"r\"\n"), "no `embargo_until`"),
            (
                format!("{RULE}cases = 1\nembargo_until = \"2027-01-31\"\nreference = \"r\"\n"),
                "names a `rule`",
            ),
            (format!("{RULE}cases = \"all\"\n{RULE}cases = \"all\"\n"), "stands twice"),
            (format!("{RULE}cases = [\"x\"]\n{RULE}cases = [\"x\"]\n"), "case `x` stands"),
        ] {
            let faults = faults(&text);
            assert!(faults.iter().any(|fault| fault.contains(what)), "{what}: {faults:?}");
        }
    }

    #[test]
    fn a_misspelt_word_is_no_entry() {
        for cases in ["\"every\"", "[1]", "-1", "{}"] {
            let text = format!("{RULE}cases = {cases}\n");
            assert!(toml::from_str::<KnownFile>(&text).is_err(), "{cases}");
        }
    }
}
