//! Metamorphic relations: what may be done to a file without changing what a
//! reader sees in it. Data only; whoever transforms, proves and judges is elsewhere.

use serde::{Deserialize, Serialize};

/// What was done to a file. A closed set: whoever makes or judges relations
/// matches it exhaustively.
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
pub enum RelationKind {
    /// The header's keys stand in another order.
    HeaderKeyOrder,
    /// The fields of entries stand in another order.
    EntryKeyOrder,
    /// Other white space between the header's tokens.
    JsonSpacing,
    /// Characters of keys and strings are escaped otherwise.
    Escapes,
    /// Another number of spaces after the header's text.
    Padding,
    /// Metadata is added where there was none.
    MetadataAdded,
    /// Metadata is taken out.
    MetadataRemoved,
    /// Keys and values of metadata are others.
    MetadataEdited,
    /// The pairs of metadata stand in another order.
    MetadataReordered,
    /// Tensors lie in another order in the byte buffer.
    DataPermuted,
    /// Tensors have other names.
    Renamed,
    /// One file becomes several.
    Split,
    /// Several files become one.
    Merge,
    /// Several files become another number of files.
    Reshard,
}

use Aspect::{Contents, Dtypes, Metadata, Names, Shapes};
use RelationKind as Kind;

impl RelationKind {
    /// All kinds, in the order in which reports show them.
    pub const ALL: [RelationKind; 14] = [
        Kind::HeaderKeyOrder,
        Kind::EntryKeyOrder,
        Kind::JsonSpacing,
        Kind::Escapes,
        Kind::Padding,
        Kind::MetadataAdded,
        Kind::MetadataRemoved,
        Kind::MetadataEdited,
        Kind::MetadataReordered,
        Kind::DataPermuted,
        Kind::Renamed,
        Kind::Split,
        Kind::Merge,
        Kind::Reshard,
    ];

    /// As documents spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::HeaderKeyOrder => "header_key_order",
            Kind::EntryKeyOrder => "entry_key_order",
            Kind::JsonSpacing => "json_spacing",
            Kind::Escapes => "escapes",
            Kind::Padding => "padding",
            Kind::MetadataAdded => "metadata_added",
            Kind::MetadataRemoved => "metadata_removed",
            Kind::MetadataEdited => "metadata_edited",
            Kind::MetadataReordered => "metadata_reordered",
            Kind::DataPermuted => "data_permuted",
            Kind::Renamed => "renamed",
            Kind::Split => "split",
            Kind::Merge => "merge",
            Kind::Reshard => "reshard",
        }
    }

    /// One line: what was done, and what must come of it.
    pub fn title(self) -> &'static str {
        match self {
            Kind::HeaderKeyOrder => "the header's keys in another order: same view",
            Kind::EntryKeyOrder => "the fields of entries in another order: same view",
            Kind::JsonSpacing => "other white space between tokens: same view",
            Kind::Escapes => "other escapes in strings: same view",
            Kind::Padding => "another number of padding spaces: same view",
            Kind::MetadataAdded => "metadata added: same tensors",
            Kind::MetadataRemoved => "metadata taken out: same tensors",
            Kind::MetadataEdited => "metadata edited: same tensors",
            Kind::MetadataReordered => "pairs of metadata in another order: same view",
            Kind::DataPermuted => "tensors in another order in the byte buffer: same view",
            Kind::Renamed => "tensors renamed: same dtypes, shapes and contents",
            Kind::Split => "one file split into several: same tensors all together",
            Kind::Merge => "several files merged into one: same tensors all together",
            Kind::Reshard => "tensors dealt to another number of files: same tensors all together",
        }
    }

    /// What must be equal.
    pub fn keeps(self) -> &'static [Aspect] {
        match self {
            Kind::HeaderKeyOrder
            | Kind::EntryKeyOrder
            | Kind::JsonSpacing
            | Kind::Escapes
            | Kind::Padding
            | Kind::MetadataReordered
            | Kind::DataPermuted => &Aspect::ALL,
            Kind::MetadataAdded
            | Kind::MetadataRemoved
            | Kind::MetadataEdited
            | Kind::Split
            | Kind::Merge
            | Kind::Reshard => &[Names, Dtypes, Shapes, Contents],
            Kind::Renamed => &[Dtypes, Shapes, Contents, Metadata],
        }
    }
}

/// A part of a view that a relation keeps.
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
pub enum Aspect {
    /// The tensors' names.
    Names,
    /// Their dtypes.
    Dtypes,
    /// Their shapes.
    Shapes,
    /// Their bytes.
    Contents,
    /// The metadata; absent, null and empty are the same.
    Metadata,
}

impl Aspect {
    /// All of a view.
    pub const ALL: [Aspect; 5] = [Names, Dtypes, Shapes, Contents, Metadata];

    /// As documents spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Names => "names",
            Dtypes => "dtypes",
            Shapes => "shapes",
            Contents => "contents",
            Metadata => "metadata",
        }
    }
}

/// A case's place in a relation. The files of one side are taken together: the
/// union of what is seen in them must be the same on every side, as far as
/// `keeps` goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// What was done.
    pub kind: RelationKind,
    /// Id of the group that belongs together: `<kind>/<number>`.
    pub group: String,
    /// 0 is the base; every other number is a side that was made from it.
    pub side: u32,
    /// Id of the first case of the base; absent on the base itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// What must be equal.
    pub keeps: Vec<Aspect>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_documents() {
        for kind in RelationKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for aspect in Aspect::ALL {
            assert_eq!(serde_json::to_value(aspect).unwrap(), aspect.as_str());
        }
    }

    #[test]
    fn every_kind_keeps_contents() {
        for kind in RelationKind::ALL {
            assert!(kind.keeps().contains(&Aspect::Contents), "{}", kind.as_str());
            assert!(kind.keeps().is_sorted(), "{}", kind.as_str());
        }
    }
}
