//! What a change does, seen from the data alone.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::compare::{Moved, moved};
use crate::check::{Check, Place, SizeDemand, Table};
use crate::edit::Edit;
use crate::rule::{OnViolation, Rule};
use crate::spec::Spec;
use crate::tables::{Key, KeyObject, KeyRole, Packing};

/// What a change does to files, readers and writers.
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
pub enum Class {
    /// Files become more welcome: invalid ones disputed or valid, disputed ones valid.
    Widen,
    /// Files become less welcome.
    Narrow,
    /// Files that are accepted before and after tell more than they did; tensors are the same.
    Annotate,
    /// Files that are accepted before and after have other tensors.
    Reinterpret,
    /// Advice is given that was not, or the other way round.
    Advise,
    /// Readers or writers must do something that no file shows.
    Duty,
    /// Only words change.
    Editorial,
}

impl Class {
    /// All of them.
    pub const ALL: [Class; 7] = [
        Class::Widen,
        Class::Narrow,
        Class::Annotate,
        Class::Reinterpret,
        Class::Advise,
        Class::Duty,
        Class::Editorial,
    ];

    /// Whether files show it.
    pub fn is_shown_by_files(self) -> bool {
        !matches!(self, Class::Duty | Class::Editorial)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Class::Widen => "widen",
            Class::Narrow => "narrow",
            Class::Annotate => "annotate",
            Class::Reinterpret => "reinterpret",
            Class::Advise => "advise",
            Class::Duty => "duty",
            Class::Editorial => "editorial",
        })
    }
}

/// Classes as a list; `nothing` if there are none.
pub fn classes_in_words(classes: &BTreeSet<Class>) -> String {
    let words: Vec<String> = classes.iter().map(ToString::to_string).collect();
    if words.is_empty() { "nothing".to_string() } else { words.join(", ") }
}

/// What one change does. `base` is what the whole proposal changes, `before` and `after` what
/// this change finds and leaves.
pub(super) fn classes(edit: &Edit, base: &Spec, before: &Spec, after: &Spec) -> BTreeSet<Class> {
    match edit {
        Edit::AddRule { rule } => looked_at(&rule.check, base, by(rule, Moved::TIGHTER)),
        Edit::DropRule { rule } => match find(before, rule.as_str()) {
            Some(rule) => by(rule, Moved::LOOSER),
            None => BTreeSet::new(),
        },
        Edit::SetCheck { .. } | Edit::SetLimit { .. } | Edit::DropMagic { .. } => {
            let mut all = compared(before, after);
            if matches!(edit, Edit::SetLimit { limit, .. } if limit == "prefix_bytes") {
                all.extend([Class::Widen, Class::Narrow, Class::Reinterpret]);
            }
            all
        }
        Edit::SetOnViolation { rule, to } => find(before, rule.as_str())
            .map_or_else(BTreeSet::new, |rule| consequence(rule.on_violation, *to)),
        Edit::SetLevel { rule, .. } => match find(before, rule.as_str()) {
            Some(rule) if rule.on_violation == OnViolation::None => [Class::Duty].into(),
            _ => [Class::Editorial].into(),
        },
        Edit::SetTitle { .. } | Edit::AddSource { .. } => [Class::Editorial].into(),
        Edit::AddDtype { .. } => [Class::Widen].into(),
        Edit::DropDtype { .. } => [Class::Narrow].into(),
        Edit::SetDtypeBits { .. } => [Class::Widen, Class::Narrow].into(),
        Edit::SetPacking { dtype, .. } => {
            let row = before.tables.dtypes.iter().find(|row| row.name == *dtype);
            let said = row.and_then(|row| row.packing).filter(|to| *to != Packing::Unspecified);
            let is_new = base.tables.dtypes.iter().all(|row| row.name != *dtype);
            match said {
                Some(_) if !is_new => [Class::Reinterpret].into(),
                _ => [Class::Duty].into(),
            }
        }
        Edit::AddFeature { .. } => [Class::Widen].into(),
        Edit::SetRepeatedNames { .. } => [Class::Widen].into(),
        Edit::AddKey { key } => added_key(key),
        Edit::RenameKey { .. } => [Class::Widen, Class::Narrow, Class::Reinterpret].into(),
        Edit::SetKeyRequired { required, .. } => {
            [if *required { Class::Narrow } else { Class::Widen }].into()
        }
    }
}

fn find<'s>(spec: &'s Spec, id: &str) -> Option<&'s Rule> {
    spec.rules.iter().find(|rule| rule.id.as_str() == id)
}

/// What it does that a rule asks for more or less.
fn by(rule: &Rule, moved: Moved) -> BTreeSet<Class> {
    let classes = match rule.on_violation {
        OnViolation::None => return [Class::Duty].into(),
        OnViolation::Warn => return [Class::Advise].into(),
        OnViolation::Either | OnViolation::Reject => {
            [moved.looser.then_some(Class::Widen), moved.tighter.then_some(Class::Narrow)]
        }
    };
    classes.into_iter().flatten().collect()
}

/// A rule about what the base has no place for takes nothing away from anybody.
fn looked_at(check: &Check, base: &Spec, classes: BTreeSet<Class>) -> BTreeSet<Class> {
    let lists_features = base.tables.keys.iter().any(|key| key.role == KeyRole::Features);
    let has_parts_of_bytes = base.tables.dtypes.iter().any(|dtype| dtype.bytes().is_none());
    let is_of_the_base = match check {
        Check::InTable { table: Table::Features, .. } => lists_features,
        Check::ValueType { of: Place::Feature, .. } => lists_features,
        Check::SizeEquation { demand: SizeDemand::WholeBytes } => has_parts_of_bytes,
        _ => true,
    };
    if is_of_the_base { classes } else { BTreeSet::new() }
}

/// What the changes of all checks do together, limits and tables filled in.
fn compared(before: &Spec, after: &Spec) -> BTreeSet<Class> {
    let mut all = BTreeSet::new();
    for rule in &after.rules {
        let Some(old) = find(before, rule.id.as_str()) else { continue };
        let moved = moved(&old.check, before, &rule.check, after);
        if moved != Moved::NOT {
            all.extend(by(rule, moved));
        }
    }
    all
}

fn consequence(from: OnViolation, to: OnViolation) -> BTreeSet<Class> {
    use OnViolation::{Either, None, Reject, Warn};
    let class = match (from, to) {
        (Reject, Reject) | (Either, Either) | (Warn, Warn) | (None, None) => Class::Editorial,
        (Reject, Either | Warn | None) | (Either, Warn | None) => Class::Widen,
        (Either, Reject) | (Warn | None, Either | Reject) => Class::Narrow,
        (Warn, None) | (None, Warn) => Class::Advise,
    };
    [class].into()
}

/// A key of a feature counts in no file that the base accepts.
fn added_key(key: &Key) -> BTreeSet<Class> {
    if key.feature.is_some() {
        return BTreeSet::new();
    }
    let told = if key.role.reinterprets() { Class::Reinterpret } else { Class::Annotate };
    let mut all: BTreeSet<Class> = match (key.of, key.role) {
        (KeyObject::Header, KeyRole::Features) => [Class::Widen].into(),
        // What was a tensor's entry is one no longer, and need not be sound.
        (KeyObject::Header, _) => [Class::Widen, Class::Reinterpret].into(),
        (KeyObject::Metadata | KeyObject::Entry, _) => [told].into(),
    };
    if key.required {
        all.insert(Class::Narrow);
    }
    all
}
