//! What a correct reader sees in a file.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::finding::Span;

/// Names, dtypes, shapes, contents and metadata. Two readers that accept the
/// same file must see the same view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct View {
    /// The metadata map; `None` when the file has none (or, disputed, `null`).
    pub metadata: Option<BTreeMap<String, String>>,
    /// The tensors in order of name (by code point).
    pub tensors: Vec<TensorView>,
    /// What keys with a meaning of their own say, in the order of the header. None has one
    /// in the editions; proposals add some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// What a key says that annotates a file or tensor, or changes what its tensors mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Mark {
    /// The key.
    pub key: String,
    /// The tensor in whose entry it stands, if in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tensor: Option<String>,
    /// Its JSON value as the header spells it.
    pub value: String,
    /// Whether a reader that ignores it has other tensors than it should.
    pub reinterprets: bool,
}

impl View {
    /// Whether a reader that sees only tensors and metadata has other tensors than it should.
    pub fn is_reinterpreted(&self) -> bool {
        self.marks.iter().any(|mark| mark.reinterprets)
    }
}

/// One tensor of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TensorView {
    /// Name, unescaped.
    pub name: String,
    /// Name of a dtype of the dialect.
    pub dtype: String,
    /// Dimensions, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
    /// Where its contents lie, in bytes from the start of the file.
    pub contents: Span,
}
