//! Entries and results, matched.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::KnownFile;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::known::{Known, KnownCases};
use assay_protocol::record::{Outcome, ResultLine};

use super::{Expectations, KnownFiles, Row, Scope, Surprise, SurpriseKind, is_of_rule, slug};
use crate::record::Record;
use crate::text::units::count;

/// Holds a record against what is known. Implementations that were not run
/// are left out: nothing came of them.
pub fn judge(record: &Record, known: &KnownFiles, scope: Scope<'_>) -> Expectations {
    let mut results: BTreeMap<&str, Vec<&ResultLine>> = BTreeMap::new();
    for result in &record.results {
        results.entry(&result.implementation).or_default().push(result);
    }
    let nothing = KnownFile::default();
    let mut rows = Vec::new();
    let mut explained = BTreeSet::new();
    for line in record.implementations.iter().filter(|line| line.not_run.is_none()) {
        let file = known.get(&line.id);
        let results = results.remove(line.id.as_str()).unwrap_or_default();
        let mut matched = Matched::new(file.unwrap_or(&nothing), &results, scope);
        matched.run();
        explained
            .extend(matched.explained.iter().map(|case| (line.id.clone(), (*case).to_owned())));
        rows.push(matched.into_row(&line.id, file.is_some()));
    }
    Expectations { rows, explained }
}

/// Results that no named entry speaks of, by outcome: what entries under
/// embargo are about.
pub(super) fn unnamed<'r>(
    file: &KnownFile,
    results: &[&'r ResultLine],
) -> BTreeMap<Outcome, Vec<&'r ResultLine>> {
    let named = file.entries.iter().filter(|entry| !entry.is_embargoed());
    let named: Vec<&Known> = named.collect();
    let speaks = |entry: &&Known, result: &ResultLine| {
        is_of_rule(entry, result)
            && match &entry.cases {
                KnownCases::Listed(slugs) => slugs.contains(slug(&result.case)),
                KnownCases::Every(_) => {
                    entry.outcome == result.outcome && can_come(entry.outcome, result.verdict)
                }
                KnownCases::Number(_) => false,
            }
    };
    let mut unnamed: BTreeMap<Outcome, Vec<&ResultLine>> = BTreeMap::new();
    for result in results.iter().filter(|result| result.outcome.is_bad()) {
        if !named.iter().any(|entry| speaks(entry, result)) {
            unnamed.entry(result.outcome).or_default().push(result);
        }
    }
    unnamed
}

/// Whether an outcome can come of a file with this verdict.
pub fn can_come(outcome: Outcome, verdict: ClaimedVerdict) -> bool {
    match outcome {
        Outcome::FalseAccept => verdict == ClaimedVerdict::Invalid,
        Outcome::FalseReject | Outcome::Degraded => verdict == ClaimedVerdict::Valid,
        Outcome::Misread => verdict != ClaimedVerdict::Invalid,
        _ => true,
    }
}

/// The entries of one implementation as they are matched with its results.
struct Matched<'a> {
    file: &'a KnownFile,
    results: &'a [&'a ResultLine],
    scope: Scope<'a>,
    row: Row,
    /// Cases that an entry speaks of, whatever came of them.
    claimed: BTreeSet<&'a str>,
    explained: BTreeSet<&'a str>,
}

impl<'a> Matched<'a> {
    fn new(file: &'a KnownFile, results: &'a [&'a ResultLine], scope: Scope<'a>) -> Matched<'a> {
        let row = Row {
            id: String::new(),
            has_file: false,
            known: BTreeMap::new(),
            embargoed: 0,
            surprises: Vec::new(),
        };
        Matched { file, results, scope, row, claimed: BTreeSet::new(), explained: BTreeSet::new() }
    }

    /// Lists first: what they name is none of the business of `all`.
    fn run(&mut self) {
        let file = self.file;
        for entry in file.entries.iter().filter(|entry| !entry.is_embargoed()) {
            if let KnownCases::Listed(slugs) = &entry.cases {
                self.listed(entry, slugs);
            }
        }
        for entry in file.entries.iter().filter(|entry| !entry.is_embargoed()) {
            if let KnownCases::Every(_) = &entry.cases {
                self.every(entry);
            }
        }
        self.embargoed();
        self.new_ones();
        for entry in &file.entries {
            self.expired(entry);
        }
        self.row.surprises.sort_by(|a, b| (a.kind, &a.rule).cmp(&(b.kind, &b.rule)));
    }

    fn listed(&mut self, entry: &'a Known, slugs: &'a BTreeSet<String>) {
        let by_slug: BTreeMap<&str, &ResultLine> = self
            .results
            .iter()
            .filter(|result| is_of_rule(entry, result))
            .map(|result| (slug(&result.case), *result))
            .collect();
        let mut found = Found::default();
        for slug in slugs {
            match by_slug.get(slug.as_str()) {
                Some(result) => self.met(entry, result, &mut found),
                None if self.is_stale(entry, slug) => found.stale.push(slug.clone()),
                None => {}
            }
        }
        self.report(entry, found);
    }

    fn every(&mut self, entry: &'a Known) {
        let mut found = Found::default();
        let mut any = false;
        for result in self.results {
            let is_meant = is_of_rule(entry, result)
                && can_come(entry.outcome, result.verdict)
                && !self.claimed.contains(result.case.as_str());
            // What was not executed is not among all that were.
            if is_meant && !matches!(result.outcome, Outcome::Unsupported | Outcome::Deferred) {
                any = true;
                self.met(entry, result, &mut found);
            }
        }
        if !any && self.is_rule_stale(entry) {
            found.stale.push("all".to_owned());
        }
        self.report(entry, found);
    }

    /// A result of a case that an entry speaks of.
    fn met(&mut self, entry: &'a Known, result: &'a ResultLine, found: &mut Found) {
        self.claimed.insert(&result.case);
        let slug = slug(&result.case).to_owned();
        if result.outcome == entry.outcome {
            self.explained.insert(&result.case);
            *self.row.known.entry(entry.reason).or_default() += 1;
        } else if result.outcome == Outcome::Same {
            found.passes.push(slug);
        } else if result.outcome != Outcome::NotRun {
            found.other.entry(result.outcome).or_default().push(slug);
        }
    }

    fn report(&mut self, entry: &Known, found: Found) {
        let expected = entry.outcome.as_str();
        let mut add = |kind, cases: Vec<String>, what: String| {
            if !cases.is_empty() {
                let (rule, outcome) = (entry.rule.clone(), entry.outcome);
                self.row.surprises.push(Surprise { kind, rule, outcome, cases, what });
            }
        };
        let pass = format!("known as {expected}, and right now");
        add(SurpriseKind::UnexpectedPass, found.passes, pass);
        for (outcome, cases) in found.other {
            let what = format!("known as {expected}, and {} now", outcome.as_str());
            add(SurpriseKind::WrongOutcome, cases, what);
        }
        add(SurpriseKind::Stale, found.stale, "no such case".to_owned());
    }

    /// Whether a listed case that was not run is not there at all.
    fn is_stale(&self, entry: &Known, slug: &str) -> bool {
        let rule = entry.rule.as_deref().unwrap_or_default();
        !self.scope.cases.contains(&format!("{rule}/{slug}"))
            && (self.has_cases(rule) || self.lacks_rule(rule))
    }

    /// Whether no case can show what an entry says of all of them.
    fn is_rule_stale(&self, entry: &Known) -> bool {
        let rule = entry.rule.as_deref().unwrap_or_default();
        self.lacks_rule(rule) || (self.scope.is_complete && self.has_cases(rule))
    }

    fn has_cases(&self, rule: &str) -> bool {
        let from = format!("{rule}/");
        self.scope.cases.range(from.clone()..).next().is_some_and(|id| id.starts_with(&from))
    }

    fn lacks_rule(&self, rule: &str) -> bool {
        self.scope.dialect.rule(&assay_spec::RuleId::new(rule)).is_none()
    }

    /// Entries that name no case: only the number of an outcome is compared.
    fn embargoed(&mut self) {
        let mut numbers: BTreeMap<Outcome, u64> = BTreeMap::new();
        for entry in self.file.entries.iter().filter(|entry| entry.is_embargoed()) {
            if let KnownCases::Number(number) = entry.cases {
                *numbers.entry(entry.outcome).or_default() += number;
            }
        }
        let unnamed = unnamed(self.file, self.results);
        for (outcome, told) in numbers {
            let seen = unnamed.get(&outcome).map_or(&[][..], Vec::as_slice);
            for result in seen {
                self.claimed.insert(&result.case);
                self.explained.insert(&result.case);
            }
            let seen = seen.len() as u64;
            self.row.embargoed += seen;
            let kind = match seen {
                seen if seen > told => SurpriseKind::New,
                seen if seen < told && self.scope.is_complete => SurpriseKind::UnexpectedPass,
                _ => continue,
            };
            let what = format!("{told} known under embargo, and {} now", count(seen, "result"));
            let (rule, cases) = (None, Vec::new());
            self.row.surprises.push(Surprise { kind, rule, outcome, cases, what });
        }
    }

    /// Deviations that no entry speaks of.
    fn new_ones(&mut self) {
        let mut groups: BTreeMap<(&str, Outcome), Vec<String>> = BTreeMap::new();
        for result in self.results.iter().filter(|result| result.outcome.is_bad()) {
            if !self.claimed.contains(result.case.as_str()) {
                let group = groups.entry((&result.rule, result.outcome)).or_default();
                group.push(slug(&result.case).to_owned());
            }
        }
        for ((rule, outcome), cases) in groups {
            let what = format!("{}, and no entry says so", outcome.as_str());
            let (kind, rule) = (SurpriseKind::New, Some(rule.to_owned()));
            self.row.surprises.push(Surprise { kind, rule, outcome, cases, what });
        }
    }

    fn expired(&mut self, entry: &Known) {
        let is_over =
            |day: &Option<String>| day.as_deref().is_some_and(|day| day <= self.scope.today);
        let what = match (&entry.embargo_until, &entry.expires) {
            (day, _) if is_over(day) => "the embargo is over: name rule and cases",
            (_, day) if is_over(day) => "the entry has expired: look again",
            _ => return,
        };
        let (rule, outcome) = (entry.rule.clone(), entry.outcome);
        let (kind, cases, what) = (SurpriseKind::Expired, Vec::new(), what.to_owned());
        self.row.surprises.push(Surprise { kind, rule, outcome, cases, what });
    }

    fn into_row(self, id: &str, has_file: bool) -> Row {
        Row { id: id.to_owned(), has_file, ..self.row }
    }
}

/// What is wrong with one entry.
#[derive(Default)]
struct Found {
    passes: Vec<String>,
    other: BTreeMap<Outcome, Vec<String>>,
    stale: Vec<String>,
}
