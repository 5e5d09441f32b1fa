//! The header object: metadata, entries, their fields.

use std::collections::{BTreeSet, HashMap};

use assay_spec::check::{JsonType, KeyScope};
use assay_spec::{Dialect, Key, KeyObject, KeyRole, RepeatedNames};

use super::duplicates::{Duplicate, Finder};
use super::tensor::{self, Tensor};
use crate::json::{Document, Node};
use crate::slip::Slip;

/// What the header object holds, in the order of the text.
pub(crate) struct HeaderObject<'a> {
    /// Values under the metadata key: more than one if it stands twice.
    pub(crate) metadata: Vec<Node>,
    /// The elements of the array under the features key.
    pub(crate) features: Vec<Node>,
    /// What keys of the header with a meaning of their own hold.
    pub(crate) notes: Vec<(&'a Key, Node)>,
    /// One for each other key.
    pub(crate) entries: Vec<Entry>,
    /// The members of all entries that are objects, entry by entry.
    pub(crate) fields: Vec<Field<'a>>,
    /// Keys that stand again in their object.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What is known of the tensor of each entry that has a known field.
    pub(crate) tensors: Vec<Tensor<'a>>,
    /// Indices of the tensors in the order of their ranges. Only if every
    /// entry has exactly one range, BEGIN not after END, and no name stands twice.
    pub(crate) tiling: Option<Vec<usize>>,
    /// Entries that a later one of the same name replaces, if the dialect has it so.
    replaced: BTreeSet<usize>,
    slip: Option<Slip>,
}

/// A key of the header object that is not reserved, with its value.
pub(crate) struct Entry {
    pub(crate) key: Node,
    pub(crate) value: Node,
    /// Index of the first of its fields; they end where the next entry's begin.
    first_field: usize,
}

/// A member of an entry.
pub(crate) struct Field<'a> {
    /// Index of its entry.
    pub(crate) entry: usize,
    pub(crate) key: Node,
    pub(crate) value: Node,
    /// The row of the table of keys that it is, if it is known.
    pub(crate) row: Option<&'a Key>,
}

impl<'a> HeaderObject<'a> {
    /// What the document's value holds; `None` if it is no object.
    pub(super) fn of(
        document: &Document<'a>,
        dialect: &'a Dialect,
        slip: Option<Slip>,
    ) -> Option<Self> {
        if document.kind(document.root()) != JsonType::Object {
            return None;
        }
        let mut object = HeaderObject {
            metadata: Vec::new(),
            features: features(document, dialect),
            notes: Vec::new(),
            entries: Vec::new(),
            fields: Vec::new(),
            duplicates: Vec::new(),
            tensors: Vec::new(),
            tiling: None,
            replaced: BTreeSet::new(),
            slip,
        };
        let mut finder = Finder::new(document, slip);
        for (key, value) in document.members(document.root()) {
            object.add_member(document, dialect, &mut finder, key, value);
        }
        finder.look_at(document.root(), KeyScope::Header, None);
        let header_is_unique = finder.found_in_last() == 0;
        object.duplicates = finder.finish();
        if dialect.spec().tables.repeated_names == Some(RepeatedNames::Last) {
            object.replaced = object.find_replaced(document);
        }
        if header_is_unique || !object.replaced.is_empty() {
            object.tiling = object.walk(document);
        }
        Some(object)
    }

    fn add_member(
        &mut self,
        document: &Document<'a>,
        dialect: &'a Dialect,
        finder: &mut Finder<'_, 'a>,
        key: Node,
        value: Node,
    ) {
        let row = self.known_key(document, dialect, KeyObject::Header, key);
        let is_entry =
            |row: &&Key| row.role == KeyRole::Features && document.kind(value) != JsonType::Array;
        match row.filter(|row| !is_entry(row)) {
            Some(row) if row.role == KeyRole::Metadata => {
                self.metadata.push(value);
                finder.look_within(value, KeyScope::Metadata, None);
            }
            Some(row) => {
                self.notes.push((row, value));
                finder.look_within(value, KeyScope::Nested, None);
            }
            None => {
                finder.look_within(value, KeyScope::Entry, Some(self.entries.len()));
                self.add_entry(document, dialect, key, value);
            }
        }
    }

    fn add_entry(&mut self, document: &Document<'a>, dialect: &'a Dialect, key: Node, value: Node) {
        let entry = self.entries.len();
        let first_field = self.fields.len();
        self.entries.push(Entry { key, value, first_field });
        for (key, value) in document.members(value) {
            let row = self.known_key(document, dialect, KeyObject::Entry, key);
            self.fields.push(Field { entry, key, value, row });
        }
        let fields = &self.fields[first_field..];
        if fields.iter().any(|field| field.row.is_some()) {
            self.tensors.push(Tensor::of(document, dialect, entry, fields, self.slip));
        }
    }

    /// The order in which the tensors lie in the byte buffer.
    fn walk(&self, document: &Document<'a>) -> Option<Vec<usize>> {
        let order = if self.replaced.is_empty() {
            tensor::tiling(&self.tensors, self.entries.len())?
        } else {
            let order = tensor::tiling(&self.tensors, self.entries.len())?;
            order.into_iter().filter(|at| self.is_kept(&self.tensors[*at])).collect()
        };
        let Some(Slip::Order(slip)) = self.slip else { return Some(order) };
        let row = |(at, tensor): (usize, &Tensor<'_>)| {
            let range = tensor.range()?;
            let name = document.string(self.entries[tensor.entry].key).unwrap_or_default();
            Some((at, name.into_owned(), range.begin, range.end))
        };
        let mut rows: Vec<_> = self.tensors.iter().enumerate().filter_map(row).collect();
        slip.sort(&mut rows);
        Some(rows.into_iter().map(|(at, ..)| at).collect())
    }

    /// The row that a key is, compared after unescaping. One that belongs to a feature
    /// counts only if the file demands that.
    pub(crate) fn known_key(
        &self,
        document: &Document<'_>,
        dialect: &'a Dialect,
        of: KeyObject,
        key: Node,
    ) -> Option<&'a Key> {
        let name = document.string(key)?;
        let row = dialect.spec().tables.keys.iter().find(|row| row.of == of && row.key == name)?;
        let demands = |feature: &String| {
            self.features.iter().any(|node| document.string(*node).is_some_and(|n| n == *feature))
        };
        row.feature.as_ref().is_none_or(demands).then_some(row)
    }

    /// The entries that a later one has the name of.
    fn find_replaced(&self, document: &Document<'_>) -> BTreeSet<usize> {
        let mut last = HashMap::new();
        let names = self.entries.iter().map(|entry| document.string(entry.key));
        names.enumerate().filter_map(|(at, name)| last.insert(name?.into_owned(), at)).collect()
    }

    /// Whether a reader sees the tensor: no later entry has its name.
    pub(crate) fn is_kept(&self, tensor: &Tensor<'_>) -> bool {
        !self.replaced.contains(&tensor.entry)
    }

    /// The fields of one entry.
    pub(crate) fn fields_in(&self, entry: usize) -> &[Field<'a>] {
        let end = self.entries.get(entry + 1).map_or(self.fields.len(), |next| next.first_field);
        &self.fields[self.entries[entry].first_field..end]
    }

    /// The fields of all entries with a known role.
    pub(crate) fn fields_of(&self, role: KeyRole) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.row.is_some_and(|row| row.role == role))
    }
}

/// The elements of the array under the features key, if the dialect has that key and the
/// header such an array.
fn features(document: &Document<'_>, dialect: &Dialect) -> Vec<Node> {
    let rows = dialect.spec().tables.keys.iter();
    let Some(row) = rows.clone().find(|row| row.role == KeyRole::Features) else {
        return Vec::new();
    };
    let named = |key: Node| document.string(key).is_some_and(|name| name == row.key);
    let members = document.members(document.root()).filter(|(key, _)| named(*key));
    members.flat_map(|(_, value)| document.elements(value)).collect()
}
