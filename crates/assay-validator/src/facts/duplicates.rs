//! Finds keys that stand again in their object.

use std::borrow::Cow;
use std::collections::HashSet;

use assay_spec::check::{JsonType, KeyScope};

use crate::json::{Document, Node};
use crate::slip::{SameKeys, Slip};

/// A key that its object already holds.
pub(crate) struct Duplicate {
    /// What kind of object that is.
    pub(crate) scope: KeyScope,
    /// The later key.
    pub(crate) key: Node,
    /// Index of the entry that the object is or lies within.
    pub(crate) entry: Option<usize>,
}

/// Looks at objects and collects duplicates. Keys are compared after
/// unescaping; one with a lone surrogate has no value to compare.
pub(super) struct Finder<'d, 'a> {
    document: &'d Document<'a>,
    found: Vec<Duplicate>,
    found_in_last: usize,
    /// Kept between objects for its allocation.
    keys: Vec<(Cow<'a, str>, Node)>,
    slip: Option<Slip>,
}

/// Up to here, comparing each with each is quicker than hashing.
const FEW_KEYS: usize = 8;

impl<'d, 'a> Finder<'d, 'a> {
    pub(super) fn new(document: &'d Document<'a>, slip: Option<Slip>) -> Self {
        Finder { document, found: Vec::new(), found_in_last: 0, keys: Vec::new(), slip }
    }

    /// Looks at a value, if it is an object of the given scope, and at all objects within it.
    pub(super) fn look_within(&mut self, value: Node, scope: KeyScope, entry: Option<usize>) {
        if !matches!(self.document.kind(value), JsonType::Object | JsonType::Array) {
            return;
        }
        let document = self.document;
        for node in document.within(value).filter(|n| document.kind(*n) == JsonType::Object) {
            self.look_at(node, if node == value { scope } else { KeyScope::Nested }, entry);
        }
    }

    /// Looks at one object.
    pub(super) fn look_at(&mut self, object: Node, scope: KeyScope, entry: Option<usize>) {
        let document = self.document;
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        keys.extend(
            document.members(object).filter_map(|(key, _)| Some((document.string(key)?, key))),
        );
        let before = self.found.len();
        let slip = match self.slip {
            Some(Slip::Keys(of, same)) if of == scope => Some(same),
            _ => None,
        };
        if let Some(same) = slip {
            for (name, key) in &mut keys {
                *name = same.of(std::mem::take(name), document.raw_string(*key));
            }
        }
        if slip.is_some_and(SameKeys::only_neighbours) {
            let twice = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0);
            self.found.extend(twice.map(|pair| Duplicate { scope, key: pair[1].1, entry }));
        } else if keys.len() <= FEW_KEYS {
            for (at, (name, key)) in keys.iter().enumerate() {
                if keys[..at].iter().any(|(earlier, _)| earlier == name) {
                    self.found.push(Duplicate { scope, key: *key, entry });
                }
            }
        } else {
            let mut names = HashSet::with_capacity(keys.len());
            for (name, key) in &keys {
                if !names.insert(name) {
                    self.found.push(Duplicate { scope, key: *key, entry });
                }
            }
        }
        self.found_in_last = self.found.len() - before;
        self.keys = keys;
    }

    /// How many duplicates the object that was looked at last has.
    pub(super) fn found_in_last(&self) -> usize {
        self.found_in_last
    }

    pub(super) fn finish(self) -> Vec<Duplicate> {
        self.found
    }
}
