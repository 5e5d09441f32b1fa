//! Typed changes to the spec data: what a proposal, or a mutant of the spec, does to it.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::error::SpecError;
use crate::rule::{Level, OnViolation, Rule, RuleId, Source};
use crate::spec::{Spec, sort_rules};
use crate::tables::{Dtype, Feature, Key, Packing, RepeatedNames};

/// One change. A target that does not exist is an error: nothing is changed by accident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Adds a rule.
    AddRule {
        /// The whole rule. In an overlay: its id, and its page in the proposal's folder `rules/`.
        rule: Box<Rule>,
    },
    /// Takes a rule away. Rules that depend on it no longer do.
    DropRule {
        /// Which.
        rule: RuleId,
    },
    /// Gives a rule another check.
    SetCheck {
        /// Which rule.
        rule: RuleId,
        /// Its new check.
        check: Check,
    },
    /// Changes what a reader does with a file that breaks a rule.
    SetOnViolation {
        /// Which rule.
        rule: RuleId,
        /// The new consequence.
        to: OnViolation,
    },
    /// Changes how strongly a rule asks for what it asks for.
    SetLevel {
        /// Which rule.
        rule: RuleId,
        /// The new level.
        to: Level,
    },
    /// States a requirement in other words.
    SetTitle {
        /// Which rule.
        rule: RuleId,
        /// The new words.
        to: String,
    },
    /// Cites one more source of a rule.
    AddSource {
        /// Which rule.
        rule: RuleId,
        /// The source.
        source: Source,
    },
    /// Gives a limit another value.
    SetLimit {
        /// Name of the limit.
        limit: String,
        /// Its new value.
        value: u64,
    },
    /// Adds a dtype at the table's end.
    AddDtype {
        /// Its row.
        dtype: Dtype,
    },
    /// Takes a dtype away.
    DropDtype {
        /// Its name.
        dtype: String,
    },
    /// Gives a dtype another size.
    SetDtypeBits {
        /// Its name.
        dtype: String,
        /// Bits of one element.
        bits: u64,
    },
    /// Says in which order elements smaller than a byte lie in it.
    SetPacking {
        /// Name of the dtype.
        dtype: String,
        /// The order.
        to: Packing,
    },
    /// Adds something that files can demand of their readers.
    AddFeature {
        /// Its row.
        feature: Feature,
    },
    /// Says what a reader sees where a name stands twice.
    SetRepeatedNames {
        /// Which of them.
        to: RepeatedNames,
    },
    /// Adds a key with a meaning.
    AddKey {
        /// Its row.
        key: Key,
    },
    /// Spells a key otherwise.
    RenameKey {
        /// As it is spelled now.
        key: String,
        /// As it is to be spelled.
        to: String,
    },
    /// Makes a key required or optional.
    SetKeyRequired {
        /// As it is spelled.
        key: String,
        /// Whether its object must have it.
        required: bool,
    },
    /// Takes the first bytes of a foreign format away.
    DropMagic {
        /// The format, as in the table.
        format: String,
    },
}

impl Edit {
    /// What it does: the word `op` of its data.
    pub fn op(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(fields)) => {
                fields.get("op").and_then(|op| op.as_str()).unwrap_or_default().into()
            }
            _ => String::new(),
        }
    }

    /// The same with what it adds of another edition.
    #[must_use]
    pub(crate) fn since(mut self, edition: &str) -> Edit {
        match &mut self {
            Edit::AddRule { rule } => edition.clone_into(&mut rule.since),
            Edit::AddDtype { dtype } => edition.clone_into(&mut dtype.since),
            Edit::AddKey { key } => edition.clone_into(&mut key.since),
            _ => {}
        }
        self
    }

    /// What it changes: the id of a rule, the name of a row.
    pub fn target(&self) -> &str {
        match self {
            Edit::AddRule { rule } => rule.id.as_str(),
            Edit::DropRule { rule }
            | Edit::SetCheck { rule, .. }
            | Edit::SetOnViolation { rule, .. }
            | Edit::SetLevel { rule, .. }
            | Edit::SetTitle { rule, .. }
            | Edit::AddSource { rule, .. } => rule.as_str(),
            Edit::SetLimit { limit, .. } => limit,
            Edit::AddDtype { dtype } => &dtype.name,
            Edit::DropDtype { dtype }
            | Edit::SetDtypeBits { dtype, .. }
            | Edit::SetPacking { dtype, .. } => dtype,
            Edit::AddFeature { feature } => &feature.name,
            Edit::SetRepeatedNames { .. } => "repeated_names",
            Edit::AddKey { key } => &key.key,
            Edit::RenameKey { key, .. } | Edit::SetKeyRequired { key, .. } => key,
            Edit::DropMagic { format } => format,
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// If what it changes is not there.
    pub fn apply(&self, spec: &mut Spec) -> Result<(), SpecError> {
        let tables = &mut spec.tables;
        match self {
            Edit::AddRule { rule } => {
                absent(&spec.rules, "rule", rule.id.as_str(), |row| row.id == rule.id)?;
                spec.rules.push((**rule).clone());
                sort_rules(&mut spec.rules);
            }
            Edit::SetLevel { rule, to } => find_rule(&mut spec.rules, rule)?.level = *to,
            Edit::SetTitle { rule, to } => {
                find_rule(&mut spec.rules, rule)?.title.clone_from(to);
            }
            Edit::AddSource { rule, source } => {
                find_rule(&mut spec.rules, rule)?.sources.push(source.clone());
            }
            Edit::SetPacking { dtype, to } => {
                find(&mut tables.dtypes, "dtype", dtype, |row| row.name == *dtype)?.packing =
                    Some(*to);
            }
            Edit::AddFeature { feature } => {
                let is_it = |row: &Feature| row.name == feature.name;
                absent(&tables.features, "feature", &feature.name, is_it)?;
                tables.features.push(feature.clone());
            }
            Edit::SetRepeatedNames { to } => tables.repeated_names = Some(*to),
            Edit::DropRule { rule } => {
                take(&mut spec.rules, "rule", rule.as_str(), |row| row.id == *rule)?;
                for other in &mut spec.rules {
                    other.depends.retain(|id| id != rule);
                }
            }
            Edit::SetCheck { rule, check } => {
                find_rule(&mut spec.rules, rule)?.check = check.clone();
            }
            Edit::SetOnViolation { rule, to } => {
                find_rule(&mut spec.rules, rule)?.on_violation = *to;
            }
            Edit::SetLimit { limit, value } => {
                let row = tables.limits.get_mut(limit).ok_or_else(|| missing("limit", limit))?;
                row.value = *value;
            }
            Edit::AddDtype { dtype } => {
                absent(&tables.dtypes, "dtype", &dtype.name, |row| row.name == dtype.name)?;
                tables.dtypes.push(dtype.clone());
            }
            Edit::DropDtype { dtype } => {
                take(&mut tables.dtypes, "dtype", dtype, |row| row.name == *dtype)?;
            }
            Edit::SetDtypeBits { dtype, bits } => {
                find(&mut tables.dtypes, "dtype", dtype, |row| row.name == *dtype)?.bits = *bits;
            }
            Edit::AddKey { key } => {
                let is_it = |row: &Key| row.key == key.key && row.of == key.of;
                absent(&tables.keys, "key", &key.key, is_it)?;
                tables.keys.push(key.clone());
            }
            Edit::RenameKey { key, to } => {
                find(&mut tables.keys, "key", key, |row| row.key == *key)?.key.clone_from(to);
            }
            Edit::SetKeyRequired { key, required } => {
                find(&mut tables.keys, "key", key, |row| row.key == *key)?.required = *required;
            }
            Edit::DropMagic { format } => {
                take(&mut tables.magics, "magic", format, |row| row.format == *format)?;
            }
        }
        Ok(())
    }
}

fn find_rule<'s>(rules: &'s mut [Rule], id: &RuleId) -> Result<&'s mut Rule, SpecError> {
    find(rules, "rule", id.as_str(), |rule| rule.id == *id)
}

fn find<'s, T>(
    rows: &'s mut [T],
    what: &str,
    name: &str,
    wanted: impl Fn(&T) -> bool,
) -> Result<&'s mut T, SpecError> {
    rows.iter_mut().find(|row| wanted(row)).ok_or_else(|| missing(what, name))
}

fn take<T>(
    rows: &mut Vec<T>,
    what: &str,
    name: &str,
    wanted: impl Fn(&T) -> bool,
) -> Result<(), SpecError> {
    let before = rows.len();
    rows.retain(|row| !wanted(row));
    if rows.len() == before { Err(missing(what, name)) } else { Ok(()) }
}

fn absent<T>(
    rows: &[T],
    what: &str,
    name: &str,
    is_it: impl Fn(&T) -> bool,
) -> Result<(), SpecError> {
    if rows.iter().any(is_it) {
        return Err(SpecError::Inconsistent(format!("the {what} `{name}` is there already")));
    }
    Ok(())
}

fn missing(what: &str, name: &str) -> SpecError {
    SpecError::Inconsistent(format!("no {what} `{name}` to change"))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::Dialect;

    #[test]
    fn an_edit_changes_its_target_and_nothing_else() {
        let dialect = Dialect::latest();
        let limit = Edit::SetLimit { limit: "max_json_depth".to_owned(), value: 3 };
        let changed = dialect.edited(&[limit]).unwrap();
        assert_eq!(changed.limit("max_json_depth"), 3);
        assert_eq!(changed.rules(), dialect.rules());
        assert_ne!(changed.digest(), dialect.digest());
    }

    #[test]
    fn what_is_not_there_cannot_be_changed() {
        let dialect = Dialect::latest();
        let nowhere = RuleId::new("no/such-rule");
        for edit in [
            Edit::DropRule { rule: nowhere.clone() },
            Edit::SetOnViolation { rule: nowhere, to: OnViolation::Warn },
            Edit::SetLimit { limit: "none".to_owned(), value: 1 },
            Edit::DropDtype { dtype: "none".to_owned() },
            Edit::SetDtypeBits { dtype: "none".to_owned(), bits: 8 },
            Edit::RenameKey { key: "none".to_owned(), to: "other".to_owned() },
            Edit::SetKeyRequired { key: "none".to_owned(), required: false },
            Edit::DropMagic { format: "none".to_owned() },
        ] {
            let error = dialect.edited(core::slice::from_ref(&edit)).unwrap_err();
            assert!(error.to_string().contains("to change"), "{error}");
        }
    }

    #[test]
    fn edits_are_data() {
        let edit = Edit::SetLimit { limit: "max_json_depth".to_owned(), value: 3 };
        let text = serde_json::to_string(&edit).unwrap();
        assert_eq!(text, r#"{"op":"set_limit","limit":"max_json_depth","value":3}"#);
        assert_eq!(serde_json::from_str::<Edit>(&text).unwrap(), edit);
    }
}
