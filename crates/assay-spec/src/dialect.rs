//! A dialect: the spec resolved for one edition. Whatever judges or makes
//! files takes one; nothing is global.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use hashbrown::HashMap;
use once_cell::race::OnceBox;
use serde::Serialize;

use crate::check::Term;
use crate::edit::Edit;
use crate::error::SpecError;
use crate::export;
use crate::rule::{Rule, RuleId};
use crate::spec::Spec;
use crate::tables::{Dtype, Feature, KeyObject, KeyRole, Magic, Profile};

/// The rules, dtypes, limits and keys of one edition. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dialect(Arc<Resolved>);

#[derive(Debug)]
struct Resolved {
    edition: String,
    name: String,
    /// Computed when it is first asked for: mutants of a dialect are many and never asked.
    digest: OnceBox<String>,
    spec: Spec,
    dtype_index: HashMap<String, usize>,
    rule_index: HashMap<RuleId, usize>,
}

impl Dialect {
    /// The newest edition.
    pub fn latest() -> Dialect {
        // Resolving digests the whole spec, and tests ask for the newest edition often.
        static LATEST: OnceBox<Dialect> = OnceBox::new();
        let resolve = || {
            let editions = &Spec::embedded().tables.editions;
            let newest = &editions.last().expect("the spec has an edition").name;
            Box::new(Dialect::edition(newest).expect("it is in the table"))
        };
        LATEST.get_or_init(resolve).clone()
    }

    /// The dialect of an edition: `0.3` to `0.8`.
    ///
    /// # Errors
    /// If there is no such edition; the message names those there are.
    pub fn edition(name: &str) -> Result<Dialect, SpecError> {
        Dialect::resolve(Spec::embedded(), name)
    }

    /// Resolves any spec data for an edition: keeps what that edition knows.
    ///
    /// # Errors
    /// If there is no such edition.
    pub fn resolve(spec: &Spec, name: &str) -> Result<Dialect, SpecError> {
        let order: HashMap<&str, usize> =
            spec.tables.editions.iter().enumerate().map(|(i, e)| (e.name.as_str(), i)).collect();
        let Some(&wanted) = order.get(name) else {
            let known: Vec<&str> = spec.tables.editions.iter().map(|e| e.name.as_str()).collect();
            return Err(SpecError::UnknownEdition {
                name: name.to_owned(),
                known: known.join(", "),
            });
        };
        let holds = |since: &str| order.get(since).is_some_and(|at| *at <= wanted);
        let mut spec = spec.clone();
        // An edition does not change when a later one comes.
        spec.tables.editions.truncate(wanted + 1);
        spec.tables.dtypes.retain(|dtype| holds(&dtype.since));
        spec.tables.keys.retain(|key| holds(&key.since));
        spec.rules.retain(|rule| holds(&rule.since));
        // Once a dialect is resolved, what it adopted is part of its tables and rules.
        for adopted in core::mem::take(&mut spec.adopted) {
            for change in adopted.changes.iter().filter(|_| holds(&adopted.edition)) {
                change.apply(&mut spec)?;
            }
        }
        Ok(Dialect(Arc::new(Resolved {
            edition: name.to_owned(),
            name: name.to_owned(),
            digest: OnceBox::new(),
            dtype_index: index(spec.tables.dtypes.iter().map(|dtype| dtype.name.clone())),
            rule_index: index(spec.rules.iter().map(|rule| rule.id.clone())),
            spec,
        })))
    }

    /// The edition's name, and after a `+` what was proposed on top of it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The name of the edition that it is, or was made from.
    pub fn edition_name(&self) -> &str {
        &self.0.edition
    }

    /// `sha256:…` over the canonical JSON of the dialect's data; formatting does not change it.
    pub fn digest(&self) -> &str {
        self.0.digest.get_or_init(|| Box::new(export::digest(&self.0.spec)))
    }

    /// The dialect after some changes, one after the other. It keeps its name.
    ///
    /// # Errors
    /// If a change does not find what it changes.
    pub fn edited(&self, edits: &[Edit]) -> Result<Dialect, SpecError> {
        let mut spec = self.0.spec.clone();
        for edit in edits {
            edit.apply(&mut spec)?;
        }
        Dialect::resolve(&spec, self.edition_name())
    }

    /// The same under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> Dialect {
        let Resolved { edition, spec, dtype_index, rule_index, .. } = &*self.0;
        Dialect(Arc::new(Resolved {
            edition: edition.clone(),
            name: name.to_owned(),
            digest: OnceBox::new(),
            spec: spec.clone(),
            dtype_index: dtype_index.clone(),
            rule_index: rule_index.clone(),
        }))
    }

    /// The data itself.
    pub fn spec(&self) -> &Spec {
        &self.0.spec
    }

    /// All rules, by area in the order a file is read.
    pub fn rules(&self) -> &[Rule] {
        &self.0.spec.rules
    }

    /// A rule by id.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.0.rule_index.get(id).map(|at| &self.0.spec.rules[*at])
    }

    /// All dtypes, in table order.
    pub fn dtypes(&self) -> &[Dtype] {
        &self.0.spec.tables.dtypes
    }

    /// A dtype by name.
    pub fn dtype(&self, name: &str) -> Option<&Dtype> {
        self.0.dtype_index.get(name).map(|at| &self.0.spec.tables.dtypes[*at])
    }

    /// A feature by name.
    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.0.spec.tables.features.iter().find(|feature| feature.name == name)
    }

    /// How files spell the key of a role.
    ///
    /// # Panics
    /// If the dialect lacks the role: the four basic roles are in every edition.
    pub fn key(&self, role: KeyRole) -> &str {
        let key = self.0.spec.tables.keys.iter().find(|key| key.role == role);
        &key.expect("every edition has the basic keys").key
    }

    /// Keys that an entry must have.
    pub fn required_entry_keys(&self) -> impl Iterator<Item = &str> {
        self.entry_keys(true)
    }

    /// Keys of an entry that have a meaning.
    pub fn known_entry_keys(&self) -> impl Iterator<Item = &str> {
        self.entry_keys(false)
    }

    fn entry_keys(&self, required_only: bool) -> impl Iterator<Item = &str> {
        let keys = self.0.spec.tables.keys.iter();
        keys.filter(move |key| key.of == KeyObject::Entry && (key.required || !required_only))
            .map(|key| key.key.as_str())
    }

    /// A limit by name.
    ///
    /// # Panics
    /// If the table lacks it; names in rules are checked when the spec is read.
    pub fn limit(&self, name: &str) -> u64 {
        self.0.spec.tables.limits.get(name).map_or_else(|| panic!("no limit `{name}`"), |l| l.value)
    }

    /// The value of a term that does not depend on a file: a limit or a literal.
    pub fn constant(&self, term: &Term) -> Option<u64> {
        match term {
            Term::Limit(name) => Some(self.limit(name)),
            Term::Constant(number) => Some(*number),
            _ => None,
        }
    }

    /// First bytes of other formats.
    pub fn magics(&self) -> &[Magic] {
        &self.0.spec.tables.magics
    }

    /// A profile by id.
    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.0.spec.tables.profiles.iter().find(|profile| profile.id == id)
    }
}

/// What a record says of the dialect it was made under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DialectIdentity {
    /// Edition.
    pub name: String,
    /// Digest of the data.
    pub digest: String,
}

fn index<K: core::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    keys.enumerate().map(|(at, key)| (key, at)).collect()
}
