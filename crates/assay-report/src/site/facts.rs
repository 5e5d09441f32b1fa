//! What the pages ask of a source, gathered once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use assay_protocol::ManifestCase;
use assay_protocol::record::{ImplementationLine, ResultLine};
use assay_spec::RuleId;
use maud::{Markup, html};

use super::{Source, frame};
use crate::matrix::Cell;
use crate::splits::{Splits, right_views, splits};

/// A source with its indexes.
pub(super) struct Facts<'a> {
    pub(super) source: &'a Source<'a>,
    /// Results of a case, in the order of the implementations' ids.
    by_case: HashMap<&'a str, Vec<&'a ResultLine>>,
    /// Results of a rule by an implementation.
    by_rule: HashMap<&'a str, HashMap<&'a str, Vec<&'a ResultLine>>>,
    cases: HashMap<&'a str, &'a ManifestCase>,
    /// Rules that have results.
    pub(super) rules: BTreeSet<&'a str>,
    pub(super) splits: Splits,
}

impl<'a> Facts<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Facts<'a> {
        let mut by_case: HashMap<&str, Vec<&ResultLine>> = HashMap::new();
        let mut by_rule: HashMap<&str, HashMap<&str, Vec<&ResultLine>>> = HashMap::new();
        let mut lines: Vec<&ResultLine> = source.record.results.iter().collect();
        lines.sort_by(|a, b| (&a.implementation, &a.case).cmp(&(&b.implementation, &b.case)));
        for line in lines {
            by_case.entry(&line.case).or_default().push(line);
            let of_rule = by_rule.entry(&line.rule).or_default();
            of_rule.entry(&line.implementation).or_default().push(line);
        }
        let rules = source.record.results.iter().map(|line| line.rule.as_str()).collect();
        let right = right_views(source.manifest);
        Facts {
            source,
            by_case,
            by_rule,
            cases: source.manifest.cases.iter().map(|case| (case.id.as_str(), case)).collect(),
            rules,
            splits: splits(source.record, &right, source.dialect),
        }
    }

    /// The implementations that ran, by id.
    pub(super) fn ran(&self) -> Vec<&'a ImplementationLine> {
        let lines = self.source.record.implementations.iter();
        let mut ran: Vec<&ImplementationLine> =
            lines.filter(|line| line.not_run.is_none()).collect();
        ran.sort_by(|a, b| a.id.cmp(&b.id));
        ran
    }

    /// Those of them that are columns of the matrix: older versions stand on the page of theirs.
    pub(super) fn columns(&self) -> Vec<&'a ImplementationLine> {
        let ran = self.ran();
        let names: BTreeSet<&str> = ran.iter().map(|line| line.id.as_str()).collect();
        let is_older = |id: &str| id.split_once('@').is_some_and(|(name, _)| names.contains(name));
        ran.iter().copied().filter(|line| !is_older(&line.id)).collect()
    }

    /// What everyone did with a case.
    pub(super) fn of_case(&self, case: &str) -> &[&'a ResultLine] {
        self.by_case.get(case).map_or(&[], Vec::as_slice)
    }

    /// What an implementation did with the cases of a rule, by case.
    pub(super) fn of_rule(&self, rule: &str, implementation: &str) -> &[&'a ResultLine] {
        let of_rule = self.by_rule.get(rule);
        of_rule.and_then(|of| of.get(implementation)).map_or(&[], Vec::as_slice)
    }

    /// The same, counted.
    pub(super) fn cell(&self, rule: &str, implementation: &str) -> Cell {
        let mut cell = Cell::default();
        for line in self.of_rule(rule, implementation) {
            cell.add(line.outcome);
        }
        cell
    }

    /// A case of the corpus.
    pub(super) fn case(&self, id: &str) -> Option<&'a ManifestCase> {
        self.cases.get(id).copied()
    }

    /// A rule's name, as a way to its page if it has one: what is under embargo has none.
    pub(super) fn rule_link(&self, id: &str) -> Markup {
        let has_page = self.source.dialect.rule(&RuleId::new(id)).is_some();
        html! {
            @if has_page { a href={ "/" (frame::rule(id)) } { (id) } } @else { (id) }
        }
    }

    /// A text that leads to the page of a case if it has one.
    pub(super) fn case_link(&self, id: &str, text: &str) -> Markup {
        html! {
            @if self.case(id).is_some() { a href={ "/" (frame::case(id)) } { (text) } } @else { (text) }
        }
    }

    /// The cases of a rule, in the order of the corpus.
    pub(super) fn cases_of(&self, rule: &str) -> Vec<&'a ManifestCase> {
        self.source.manifest.cases.iter().filter(|case| case.rule == rule).collect()
    }

    /// Rules with results by their area, in the order of the spec; others by name at the end.
    pub(super) fn areas(&self) -> Vec<(&'a str, Vec<&'a str>)> {
        let mut areas: BTreeMap<usize, (&str, Vec<&str>)> = BTreeMap::new();
        for rule in &self.rules {
            let area = rule.split_once('/').map_or(*rule, |(area, _)| area);
            let known = assay_spec::AREAS.iter().position(|one| *one == area);
            let at = known.unwrap_or(assay_spec::AREAS.len());
            areas.entry(at).or_insert((area, Vec::new())).1.push(rule);
        }
        areas.into_values().collect()
    }
}
