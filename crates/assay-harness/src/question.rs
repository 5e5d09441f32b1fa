//! What implementations are asked about a case.

use std::path::PathBuf;

use assay_protocol::SliceItem;
use assay_protocol::message::{Capabilities, Operation};

/// What is asked about a case. Where the file is not to be read whole, the case's
/// expected view is that of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Question {
    /// Read the file whole. Of implementations that declare no `read` but `inspect`
    /// this is asked instead.
    #[default]
    Read,
    /// Read the file's header: contents are neither expected nor taken.
    Inspect,
    /// Deliver one tensor by its name.
    Get {
        /// The name, of printable ASCII without `"` and `\`.
        tensor: String,
    },
    /// Deliver a part of one tensor.
    Slice(PlannedSlice),
    /// Open a model in several files; the case's file is its index.
    OpenIndex {
        /// The contents that the case's view refers to, from 0 on; empty if nobody knows them.
        bytes: Vec<u8>,
    },
    /// Write a file; the case's file is the task. The harness says whether the writer
    /// took it, and not what it wrote.
    Write(PlannedWrite),
}

/// A part of a tensor that is asked for. The case's
/// view then has that one tensor with the part's shape and digest, and its
/// `contents` are the part's own bytes, from 0 on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSlice {
    /// The tensor's name, of printable ASCII without `"` and `\`.
    pub tensor: String,
    /// Which part.
    pub index: Vec<SliceItem>,
    /// The part's bytes, to say where others differ; empty if nobody knows them.
    pub bytes: Vec<u8>,
}

/// A file that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedWrite {
    /// The tensors' contents: absolute, of ASCII letters, digits and `/._-`, like a case's file.
    pub contents: PathBuf,
    /// A folder with a folder for each implementation, named by its id, which is its own.
    pub outputs: PathBuf,
    /// Where to write, from the implementation's own folder on.
    pub name: String,
    /// Whether there are arrays that are not contiguous: a library may have no words for them.
    pub is_strided: bool,
    /// Whether there is metadata: a library may have no way to write it.
    pub has_metadata: bool,
}

impl Question {
    /// The operation that asks it.
    pub fn operation(&self) -> Operation {
        match self {
            Question::Read => Operation::Read,
            Question::Inspect => Operation::Inspect,
            Question::Get { .. } => Operation::Get,
            Question::Slice(_) => Operation::Slice,
            Question::OpenIndex { .. } => Operation::OpenIndex,
            Question::Write(_) => Operation::Write,
        }
    }

    /// The operation that asks it of an implementation with these capabilities.
    pub fn operation_for(&self, capabilities: &Capabilities) -> Operation {
        match self.operation() {
            Operation::Read
                if !capabilities.has(Operation::Read) && capabilities.has(Operation::Inspect) =>
            {
                Operation::Inspect
            }
            operation => operation,
        }
    }

    /// The bytes that the expected view's ranges refer to; `None`: the case's file.
    pub(crate) fn own_bytes(&self) -> Option<&[u8]> {
        match self {
            Question::Slice(slice) => Some(&slice.bytes),
            Question::OpenIndex { bytes } => Some(bytes),
            Question::Read | Question::Inspect | Question::Get { .. } | Question::Write(_) => None,
        }
    }
}
