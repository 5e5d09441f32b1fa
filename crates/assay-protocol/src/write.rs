//! What a writer is to write: the file `task` of a `write` request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tensors and metadata. Ordinary JSON: names hold whatever Unicode holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteTask {
    /// The tensors, in the order in which they are handed over.
    pub tensors: Vec<TaskTensor>,
    /// The metadata; null: none.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskTensor {
    /// Its name.
    pub name: String,
    /// Its dtype, in the format's words.
    pub dtype: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Where its bytes lie in the file `contents` of the request: [offset, length]. With
    /// `strides` these are the array that the tensor is a view of, from its element 0 on.
    pub data: [u64; 2],
    /// How many elements of the array lie between neighbours of a dimension; 0: one element
    /// stands for all. Absent: row-major, one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strides: Option<Vec<u64>>,
}
