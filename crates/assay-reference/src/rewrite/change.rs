//! What can be changed about a file, as functions of names and metadata.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Puts a text into the metadata, replacing what is under the key.
    SetMetadata {
        /// The key.
        key: String,
        /// The text.
        value: String,
    },
    /// Takes a key out of the metadata, which stays even if it becomes empty.
    RemoveMetadata {
        /// The key.
        key: String,
    },
    /// Takes all metadata away: the file has none, not even empty metadata.
    ClearMetadata,
    /// Renames one tensor.
    Rename {
        /// Its name.
        from: String,
        /// Its name to be.
        to: String,
    },
    /// Renames all tensors whose names begin so: the beginning is replaced.
    RenamePrefix {
        /// What the names begin with.
        from: String,
        /// What they are to begin with.
        to: String,
    },
    /// Leaves tensors out.
    Drop(Names),
    /// Leaves all other tensors out.
    Keep(Names),
}

/// Some names: these, and all that begin so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Names.
    pub exact: BTreeSet<String>,
    /// Beginnings of names.
    pub prefixes: BTreeSet<String>,
}

impl Names {
    /// Whether a name is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.exact.contains(name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

impl Change {
    /// What a tensor of this name is called afterwards; `None` if it is left out.
    pub fn name<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        match self {
            Change::Rename { from, to } if name == from => Some(Cow::Owned(to.clone())),
            Change::RenamePrefix { from, to } => Some(match name.strip_prefix(from.as_str()) {
                Some(rest) => Cow::Owned(format!("{to}{rest}")),
                None => Cow::Borrowed(name),
            }),
            Change::Drop(names) if names.contains(name) => None,
            Change::Keep(names) if !names.contains(name) => None,
            _ => Some(Cow::Borrowed(name)),
        }
    }

    /// What the metadata is afterwards.
    pub fn metadata(
        &self,
        metadata: Option<BTreeMap<String, String>>,
    ) -> Option<BTreeMap<String, String>> {
        match self {
            Change::SetMetadata { key, value } => {
                let mut metadata = metadata.unwrap_or_default();
                metadata.insert(key.clone(), value.clone());
                Some(metadata)
            }
            Change::RemoveMetadata { key } => metadata.map(|mut metadata| {
                metadata.remove(key);
                metadata
            }),
            Change::ClearMetadata => None,
            Change::Rename { .. }
            | Change::RenamePrefix { .. }
            | Change::Drop(_)
            | Change::Keep(_) => metadata,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_change_as_said() {
        let text = str::to_owned;
        let names = Names { exact: [text("b")].into(), prefixes: [text("a.")].into() };
        for (change, becomes) in [
            (Change::Rename { from: text("b"), to: text("c") }, [Some("a.b"), Some("c"), Some("")]),
            (
                Change::RenamePrefix { from: text("a."), to: text("x") },
                [Some("xb"), Some("b"), Some("")],
            ),
            (
                Change::RenamePrefix { from: text(""), to: text("x.") },
                [Some("x.a.b"), Some("x.b"), Some("x.")],
            ),
            (Change::Drop(names.clone()), [None, None, Some("")]),
            (Change::Keep(names), [Some("a.b"), Some("b"), None]),
            (Change::ClearMetadata, [Some("a.b"), Some("b"), Some("")]),
        ] {
            let after = ["a.b", "b", ""].map(|name| change.name(name));
            assert_eq!(after.each_ref().map(Option::as_deref), becomes, "{change:?}");
        }
    }

    #[test]
    fn metadata_changes_as_said() {
        let set = Change::SetMetadata { key: "a".to_owned(), value: "2".to_owned() };
        let remove = Change::RemoveMetadata { key: "a".to_owned() };
        for (change, before, after) in [
            (&set, None, Some(texts(&[("a", "2")]))),
            (&set, Some(texts(&[("a", "1"), ("b", "1")])), Some(texts(&[("a", "2"), ("b", "1")]))),
            (&remove, Some(texts(&[("a", "1")])), Some(texts(&[]))),
            (&remove, None, None),
            (&Change::ClearMetadata, Some(texts(&[("a", "1")])), None),
        ] {
            assert_eq!(change.metadata(before), after, "{change:?}");
        }
    }
}
