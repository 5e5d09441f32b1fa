//! The header object: metadata, entries, their fields.

use assay_spec::check::{JsonType, KeyScope};
use assay_spec::{Dialect, Key, KeyObject, KeyRole};

use super::duplicates::{Duplicate, Finder};
use super::tensor::{self, Tensor};
use crate::json::{Document, Node};
use crate::slip::Slip;

/// What the header object holds, in the order of the text.
pub(crate) struct HeaderObject<'a> {
    /// Values under the metadata key: more than one if it stands twice.
    pub(crate) metadata: Vec<Node>,
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
            entries: Vec::new(),
            fields: Vec::new(),
            duplicates: Vec::new(),
            tensors: Vec::new(),
            tiling: None,
            slip,
        };
        let mut finder = Finder::new(document, slip);
        for (key, value) in document.members(document.root()) {
            object.add_member(document, dialect, &mut finder, key, value);
        }
        finder.look_at(document.root(), KeyScope::Header, None);
        let header_is_unique = finder.found_in_last() == 0;
        object.duplicates = finder.finish();
        if header_is_unique {
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
        match known_key(document, dialect, KeyObject::Header, key).map(|row| row.role) {
            Some(KeyRole::Metadata) => {
                self.metadata.push(value);
                finder.look_within(value, KeyScope::Metadata, None);
            }
            Some(_) => finder.look_within(value, KeyScope::Nested, None),
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
        self.fields.extend(document.members(value).map(|(key, value)| Field {
            entry,
            key,
            value,
            row: known_key(document, dialect, KeyObject::Entry, key),
        }));
        let fields = &self.fields[first_field..];
        if fields.iter().any(|field| field.row.is_some()) {
            self.tensors.push(Tensor::of(document, dialect, entry, fields, self.slip));
        }
    }

    /// The order in which the tensors lie in the byte buffer.
    fn walk(&self, document: &Document<'a>) -> Option<Vec<usize>> {
        let order = tensor::tiling(&self.tensors, self.entries.len())?;
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

/// The row that a key is, compared after unescaping.
fn known_key<'a>(
    document: &Document<'_>,
    dialect: &'a Dialect,
    of: KeyObject,
    key: Node,
) -> Option<&'a Key> {
    let name = document.string(key)?;
    dialect.spec().tables.keys.iter().find(|row| row.of == of && row.key == name)
}
