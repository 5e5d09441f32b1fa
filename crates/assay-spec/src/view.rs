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
