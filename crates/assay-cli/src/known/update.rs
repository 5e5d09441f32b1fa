//! Brings a `known.toml` up to date with a run, for review.
//!
//! What people wrote stays as long as it is true: reasons, notes, links,
//! comments, the order of entries. A case that came out right, or otherwise
//! than its entry says, leaves it; an entry without cases goes; what no entry
//! speaks of gets one, with a reason that follows from the rule. Cases that
//! were not run are left alone.
//!
//! Deaths, hangs and memory without bound are entered under embargo, with
//! their number only: their owners are told before the world is.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use assay_protocol::KnownFile;
use assay_protocol::known::{Every, Known, KnownCases, Reason};
use assay_protocol::record::{Outcome, ResultLine};
use assay_report::known::{can_come, slug};
use assay_spec::{Dialect, Level, RuleId};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

/// Days that owners have before a fault is named.
const EMBARGO_DAYS: i64 = 90;
/// Columns of a line of text.
const LINE: usize = 96;
/// What opens a new file.
const TOP: &str = "\
# What this implementation is known to do otherwise than the rules ask. An entry excuses\n\
# nothing: the cases are run, and whatever comes out otherwise is a finding.\n\
# `assay run --update-known` brings the file up to date; what people wrote is kept.\n\n";

/// What a file is brought up to date with.
pub(crate) struct Seen<'a> {
    /// All results of the implementation.
    pub(crate) results: &'a [&'a ResultLine],
    /// Its version.
    pub(crate) version: &'a str,
    /// Ids of all cases of the corpus.
    pub(crate) cases: &'a BTreeSet<String>,
    /// Whether every case of the corpus was run.
    pub(crate) is_complete: bool,
}

/// The new text of a file; `None` if nothing changes. An implementation
/// without deviations gets no file.
///
/// # Errors
/// If the text is no TOML.
pub(crate) fn update(
    text: Option<&str>,
    file: &KnownFile,
    seen: &Seen<'_>,
) -> anyhow::Result<Option<String>> {
    let mut document: DocumentMut = text.unwrap_or_default().parse().context("it is no TOML")?;
    let mut plan = Plan::new(seen);
    let mut changes = plan.changes(file);
    let more = plan.more(file, &mut changes);
    let is_same = more.is_empty()
        && file.entries.iter().zip(&changes).all(|(entry, now)| Some(&entry.cases) == now.as_ref());
    if is_same {
        return Ok(None);
    }
    if !document.contains_key("known") {
        document.insert("known", Item::ArrayOfTables(ArrayOfTables::new()));
    }
    let tables =
        document["known"].as_array_of_tables_mut().context("`known` is no list of tables")?;
    for (at, cases) in changes.iter().enumerate().rev() {
        match cases {
            None => drop(tables.remove(at)),
            Some(cases) if *cases != file.entries[at].cases => {
                let table = tables.get_mut(at).context("an entry is no table")?;
                set_cases(table, cases);
            }
            Some(_) => {}
        }
    }
    for entry in more {
        tables.push(table(&entry));
    }
    let top = if text.is_none() { TOP } else { "" };
    Ok(Some(format!("{top}{document}")))
}

/// What is to become of a file.
struct Plan<'a> {
    seen: &'a Seen<'a>,
    /// Deviations that no entry has yet: rule and outcome, and cases.
    left: BTreeMap<(&'a str, Outcome), BTreeSet<&'a str>>,
    /// Outcomes by rule and case, of what was run.
    by_slug: BTreeMap<(&'a str, &'a str), &'a ResultLine>,
    /// New numbers of results that owners are told first.
    told_first: BTreeMap<Outcome, u64>,
}

impl<'a> Plan<'a> {
    fn new(seen: &'a Seen<'a>) -> Plan<'a> {
        let mut left: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        let mut by_slug = BTreeMap::new();
        for result in seen.results.iter().filter(|result| result.outcome != Outcome::NotRun) {
            let (rule, slug) = (result.rule.as_str(), slug(&result.case));
            by_slug.insert((rule, slug), *result);
            if result.outcome.is_bad() {
                left.entry((rule, result.outcome)).or_default().insert(slug);
            }
        }
        Plan { seen, left, by_slug, told_first: BTreeMap::new() }
    }

    /// The cases of each entry from now on; `None`: the entry goes.
    fn changes(&mut self, file: &KnownFile) -> Vec<Option<KnownCases>> {
        let mut changes: Vec<Option<KnownCases>> = vec![None; file.entries.len()];
        // Lists first, as in judging: what they name is not among `all`.
        for (entry, change) in file.entries.iter().zip(&mut changes) {
            if let (Some(rule), KnownCases::Listed(slugs)) = (&entry.rule, &entry.cases) {
                let kept = self.still_listed(rule, entry.outcome, slugs);
                *change = (!kept.is_empty()).then_some(KnownCases::Listed(kept));
            }
        }
        let listed = listed(file);
        for (entry, change) in file.entries.iter().zip(&mut changes) {
            if let (Some(rule), KnownCases::Every(_)) = (&entry.rule, &entry.cases) {
                *change = self.still_all(rule, entry.outcome, &listed);
            }
        }
        changes
    }

    fn still_listed(
        &mut self,
        rule: &str,
        outcome: Outcome,
        slugs: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let is_elsewhere = self.is_elsewhere(rule);
        let is_there =
            |slug: &str| is_elsewhere || self.seen.cases.contains(&format!("{rule}/{slug}"));
        let kept = slugs.iter().filter(|slug| match self.by_slug.get(&(rule, slug.as_str())) {
            Some(result) => result.outcome == outcome,
            None => is_there(slug),
        });
        let kept: BTreeSet<String> = kept.cloned().collect();
        self.take(rule, outcome, |slug| kept.contains(slug));
        kept
    }

    fn still_all(
        &mut self,
        rule: &str,
        outcome: Outcome,
        listed: &BTreeSet<(&str, &str)>,
    ) -> Option<KnownCases> {
        let possible = self.possible(rule, outcome, listed);
        let shown: BTreeSet<String> = possible
            .iter()
            .filter(|(_, result)| result.outcome == outcome)
            .map(|(slug, _)| (*slug).to_owned())
            .collect();
        self.take(rule, outcome, |slug| shown.contains(slug));
        match (possible.len(), shown.len()) {
            // Nothing of it was run.
            (0, _) if !self.seen.is_complete || self.is_elsewhere(rule) => {
                Some(KnownCases::Every(Every::All))
            }
            (_, 0) => None,
            (all, some) if all == some => Some(KnownCases::Every(Every::All)),
            _ => Some(KnownCases::Listed(shown)),
        }
    }

    /// Whether a rule has no cases in the corpus: it is shown by other means,
    /// a writer's tasks for one, and this run says nothing of it.
    fn is_elsewhere(&self, rule: &str) -> bool {
        let from = format!("{rule}/");
        let next = self.seen.cases.range(from.clone()..).next();
        let has_cases = next.is_some_and(|id| id.starts_with(&from));
        !has_cases && Dialect::latest().rule(&RuleId::new(rule)).is_some()
    }

    /// Executed cases of a rule of which an outcome can come, without those that a list names.
    fn possible(
        &self,
        rule: &str,
        outcome: Outcome,
        listed: &BTreeSet<(&str, &str)>,
    ) -> Vec<(&'a str, &'a ResultLine)> {
        let of_rule = self.by_slug.iter().filter(|((of, _), _)| *of == rule);
        let is_possible = |result: &ResultLine| {
            can_come(outcome, result.verdict)
                && !matches!(result.outcome, Outcome::Unsupported | Outcome::Deferred)
        };
        of_rule
            .filter(|((_, slug), result)| is_possible(result) && !listed.contains(&(rule, *slug)))
            .map(|((_, slug), result)| (*slug, *result))
            .collect()
    }

    fn take(&mut self, rule: &str, outcome: Outcome, is_taken: impl Fn(&str) -> bool) {
        self.left.retain(|(of, what), slugs| {
            if *of == rule && *what == outcome {
                slugs.retain(|slug| !is_taken(slug));
            }
            !slugs.is_empty()
        });
    }

    /// What is left goes to a list that is there for the same rule, outcome and
    /// reason, or becomes an entry.
    fn more(&mut self, file: &KnownFile, changes: &mut [Option<KnownCases>]) -> Vec<Known> {
        self.embargoed(file, changes);
        for ((rule, outcome), slugs) in &mut self.left {
            let is_its = |entry: &Known| {
                entry.rule.as_deref() == Some(*rule)
                    && entry.outcome == *outcome
                    && entry.reason == reason(rule, *outcome)
            };
            let mut lists = file.entries.iter().zip(changes.iter_mut()).filter_map(
                |(entry, cases)| match cases {
                    Some(KnownCases::Listed(list)) if is_its(entry) => Some(list),
                    _ => None,
                },
            );
            if let Some(list) = lists.next() {
                list.extend(std::mem::take(slugs).into_iter().map(str::to_owned));
            }
        }
        self.left.retain(|_, slugs| !slugs.is_empty());
        let listed = listed(file);
        let of_a_rule = self.left.iter().map(|((rule, outcome), slugs)| {
            let possible = self.possible(rule, *outcome, &listed).len();
            let is_all = self.seen.is_complete && slugs.len() > 1 && possible == slugs.len();
            let cases = match is_all {
                true => KnownCases::Every(Every::All),
                false => KnownCases::Listed(slugs.iter().map(|slug| (*slug).to_owned()).collect()),
            };
            self.entry(Some((*rule).to_owned()), *outcome, cases)
        });
        let mut more: Vec<Known> = of_a_rule.collect();
        more.extend(self.told_first.iter().map(|(outcome, number)| Known {
            embargo_until: Some(super::in_days(EMBARGO_DAYS)),
            reference: Some("not reported yet".to_owned()),
            ..self.entry(None, *outcome, KnownCases::Number(*number))
        }));
        more
    }

    /// Takes out of what is left everything that is not named: outcomes that
    /// have an entry under embargo, and those that owners are told first.
    fn embargoed(&mut self, file: &KnownFile, changes: &mut [Option<KnownCases>]) {
        let mut numbers: BTreeMap<Outcome, u64> = BTreeMap::new();
        let is_embargoed =
            |outcome| file.entries.iter().any(|e| e.is_embargoed() && e.outcome == outcome);
        self.left.retain(|(_, outcome), slugs| {
            let is_named = !is_embargoed(*outcome) && !is_told_first(*outcome);
            if !is_named {
                *numbers.entry(*outcome).or_default() += slugs.len() as u64;
            }
            is_named
        });
        for (entry, change) in file.entries.iter().zip(changes) {
            let KnownCases::Number(told) = entry.cases else { continue };
            let of_outcome =
                |other: &&Known| other.is_embargoed() && other.outcome == entry.outcome;
            let is_only_one = file.entries.iter().filter(of_outcome).count() == 1;
            let now = numbers.remove(&entry.outcome).unwrap_or(0);
            // Of several entries nobody can say which has changed, and cases that
            // were not run may be among those that are told.
            let is_known = is_only_one && (self.seen.is_complete || now > told);
            let number = if is_known { now } else { told };
            *change = (number > 0).then_some(KnownCases::Number(number));
        }
        self.told_first = numbers;
    }

    fn entry(&self, rule: Option<String>, outcome: Outcome, cases: KnownCases) -> Known {
        Known {
            reason: rule.as_deref().map_or(Reason::Bug, |rule| reason(rule, outcome)),
            rule,
            outcome,
            cases,
            note: None,
            link: None,
            since: self.seen.version.to_owned(),
            expires: None,
            embargo_until: None,
            reference: None,
        }
    }
}

/// Rule and case of everything that a list names.
fn listed(file: &KnownFile) -> BTreeSet<(&str, &str)> {
    let lists = file.entries.iter().filter_map(|entry| match (&entry.rule, &entry.cases) {
        (Some(rule), KnownCases::Listed(slugs)) => Some((rule.as_str(), slugs)),
        _ => None,
    });
    lists.flat_map(|(rule, slugs)| slugs.iter().map(move |slug| (rule, slug.as_str()))).collect()
}

/// Whether an outcome may be a fault that endangers users before it is mended.
fn is_told_first(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory)
}

/// What the rule's page lets one say without asking anybody: a bug only where
/// the rule is a MUST that no source disputes.
fn reason(rule: &str, outcome: Outcome) -> Reason {
    match Dialect::latest().rule(&RuleId::new(rule)) {
        _ if outcome == Outcome::Degraded => Reason::Unsupported,
        Some(rule) if rule.is_disputed() => Reason::SpecDisputed,
        Some(rule) if rule.level == Level::Must => Reason::Bug,
        _ => Reason::Unsupported,
    }
}

fn table(entry: &Known) -> Table {
    let mut table = Table::new();
    if let Some(rule) = &entry.rule {
        table["rule"] = value(rule);
    }
    table["outcome"] = value(entry.outcome.as_str());
    set_cases(&mut table, &entry.cases);
    table["reason"] = value(entry.reason.as_str());
    table["since"] = value(&entry.since);
    let optional = [("embargo_until", &entry.embargo_until), ("reference", &entry.reference)];
    for (key, text) in optional {
        if let Some(text) = text {
            table[key] = value(text);
        }
    }
    table
}

/// Sets `cases`; a comment behind them stays.
fn set_cases(table: &mut Table, cases: &KnownCases) {
    let mut now = match cases {
        KnownCases::Every(_) => Value::from("all"),
        KnownCases::Number(number) => Value::from(i64::try_from(*number).unwrap_or(i64::MAX)),
        KnownCases::Listed(slugs) => Value::Array(list(slugs)),
    };
    if let Some(before) = table.get("cases").and_then(Item::as_value) {
        *now.decor_mut() = before.decor().clone();
    }
    table["cases"] = Item::Value(now);
}

/// On one line if it fits, else one case a line, so that a change shows as a line.
fn list(slugs: &BTreeSet<String>) -> Array {
    let mut array: Array = slugs.iter().collect();
    if array.to_string().len() + "cases = ".len() > LINE {
        for item in array.iter_mut() {
            item.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

#[cfg(test)]
#[path = "update/tests.rs"]
mod tests;
