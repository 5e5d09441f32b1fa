//! The neighbours of the spec: every small change that somebody could have
//! made instead, rule by rule.
//!
//! A corpus proves a rule only if it tells the rule from its neighbours: the
//! rule left out, its consequence milder or harder, its bound one off, one more
//! character or type allowed. Each kind of check knows its own neighbours by
//! an exhaustive match, so a new kind does not compile without them.

use alloc::string::String;
use alloc::vec::Vec;
mod checks;
mod tables;

use core::fmt;

use crate::check::Check;
use crate::dialect::Dialect;
use crate::edit::Edit;
use crate::rule::{OnViolation, Rule, RuleId, Subject};

/// One neighbour of the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The rule that is changed.
    pub rule: RuleId,
    /// Kebab-case name, unique for the rule.
    pub slug: String,
    /// One line: what is different.
    pub title: String,
    /// Which way it leads.
    pub direction: Direction,
    /// The changes that make it.
    pub edits: Vec<Edit>,
}

/// Which way a neighbour leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// The rule is not there.
    Dropped,
    /// More files are accepted.
    Looser,
    /// Fewer files are accepted.
    Tighter,
    /// Other files are accepted, or the same ones are seen otherwise.
    Other,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Dropped => "dropped",
            Direction::Looser => "looser",
            Direction::Tighter => "tighter",
            Direction::Other => "other",
        })
    }
}

/// All neighbours of a dialect, in the order of its rules.
pub fn neighbours(dialect: &Dialect) -> Vec<Neighbour> {
    let mut all = Vec::new();
    for rule in dialect.rules() {
        if rule.subject == Subject::File {
            all.extend(of_rule(rule));
        }
        all.extend(checks::of_check(rule));
    }
    all.extend(tables::of_tables(dialect));
    all
}

pub use tables::near_dtypes;

impl Neighbour {
    fn new(
        rule: &RuleId,
        direction: Direction,
        slug: impl Into<String>,
        title: impl Into<String>,
        edits: Vec<Edit>,
    ) -> Neighbour {
        Neighbour { rule: rule.clone(), slug: slug.into(), title: title.into(), direction, edits }
    }

    /// The rule with another check.
    fn check(
        rule: &Rule,
        direction: Direction,
        slug: impl Into<String>,
        title: impl Into<String>,
        check: Check,
    ) -> Neighbour {
        let edit = Edit::SetCheck { rule: rule.id.clone(), check };
        Neighbour::new(&rule.id, direction, slug, title, vec![edit])
    }
}

/// The rule left out, and each other consequence of breaking it.
fn of_rule(rule: &Rule) -> Vec<Neighbour> {
    let dropped = Neighbour::new(
        &rule.id,
        Direction::Dropped,
        "dropped",
        "the rule is left out",
        vec![Edit::DropRule { rule: rule.id.clone() }],
    );
    let consequences = [
        (OnViolation::Reject, "rejects", "a file that breaks it is refused"),
        (OnViolation::Either, "either", "a file that breaks it may be refused"),
        (OnViolation::Warn, "warns", "a file that breaks it is accepted with advice"),
    ];
    let other = consequences.into_iter().filter(|(to, ..)| *to != rule.on_violation);
    let changed = other.map(|(to, slug, title)| {
        let direction = if to < rule.on_violation { Direction::Tighter } else { Direction::Looser };
        let edit = Edit::SetOnViolation { rule: rule.id.clone(), to };
        Neighbour::new(&rule.id, direction, slug, title, vec![edit])
    });
    core::iter::once(dropped).chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn neighbours_have_unique_names_and_can_be_made() {
        let dialect = Dialect::latest();
        let all = neighbours(&dialect);
        assert!(all.len() > 300, "{} neighbours", all.len());
        let mut names = BTreeSet::new();
        for one in &all {
            assert!(
                names.insert((one.rule.clone(), one.slug.clone())),
                "{} {}",
                one.rule,
                one.slug
            );
            assert!(dialect.rule(&one.rule).is_some(), "{}", one.rule);
            let changed = dialect.edited(&one.edits).unwrap();
            assert_ne!(changed.spec(), dialect.spec(), "{} {}", one.rule, one.slug);
        }
    }

    #[test]
    fn every_rule_about_files_has_neighbours_other_than_its_absence() {
        let dialect = Dialect::latest();
        let all = neighbours(&dialect);
        for rule in dialect.rules().iter().filter(|rule| rule.subject == Subject::File) {
            let of_rule = || all.iter().filter(|one| one.rule == rule.id);
            assert_eq!(of_rule().filter(|one| one.direction == Direction::Dropped).count(), 1);
            assert!(of_rule().count() > 2, "{}", rule.id);
        }
    }

    #[test]
    fn dtypes_that_are_near_are_not_there() {
        let dialect = Dialect::latest();
        let near = near_dtypes(&dialect);
        assert!(near.len() > 30, "{}", near.len());
        assert!(near.iter().all(|dtype| dialect.dtype(&dtype.name).is_none()));
        let names: BTreeSet<&str> = near.iter().map(|dtype| dtype.name.as_str()).collect();
        assert_eq!(names.len(), near.len());
    }
}
