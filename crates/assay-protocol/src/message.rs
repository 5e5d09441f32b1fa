//! The messages between harness and adapter: one JSON object a line, one
//! request, one reply. In words: `harness/PROTOCOL.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The protocol versions this harness speaks.
pub const PROTOCOL_MIN: u32 = 1;
/// See [`PROTOCOL_MIN`].
pub const PROTOCOL_MAX: u32 = 1;

/// What an adapter declares among its operations if it can be timed. Whether it is right is not
/// asked with it, so it is no [`Operation`].
pub const BENCH: &str = "bench";

/// What is timed.
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
pub enum BenchWork {
    /// All tensors of a file, every byte.
    Load,
    /// The header only: which tensors there are.
    Header,
    /// One tensor by its name, every byte.
    Tensor,
}

impl BenchWork {
    /// As messages spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            BenchWork::Load => "load",
            BenchWork::Header => "header",
            BenchWork::Tensor => "tensor",
        }
    }
}

/// What an implementation can be asked to do with files. An adapter declares what it knows.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
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
pub enum Operation {
    /// Read a file whole.
    #[default]
    Read,
    /// Read a file's header only.
    Inspect,
    /// Read one tensor by its name.
    Get,
    /// Read a part of one tensor.
    Slice,
    /// Open a model in several files through its index.
    OpenIndex,
    /// Write a file.
    Write,
}

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 6] = [
        Operation::Read,
        Operation::Inspect,
        Operation::Get,
        Operation::Slice,
        Operation::OpenIndex,
        Operation::Write,
    ];

    /// As messages and records spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Inspect => "inspect",
            Operation::Get => "get",
            Operation::Slice => "slice",
            Operation::OpenIndex => "open_index",
            Operation::Write => "write",
        }
    }

    /// Whether it is the one that records need not name.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
    pub(crate) fn is_read(&self) -> bool {
        *self == Operation::Read
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the harness asks. Never says what it expects.
///
/// On the wire a request is one line of flat JSON: an object whose values are
/// strings, numbers, (in `hello`) one small object and (in `slice`) one array, and
/// whose strings hold printable ASCII without `"` and `\`, so that they need no unescaping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// The first request: agree on a version, introduce yourself.
    Hello {
        /// To be echoed.
        id: String,
        /// Versions the harness speaks.
        protocol: VersionRange,
        /// Tensors of up to this many bytes come inline, larger ones in the scratch file.
        inline_limit: u64,
    },
    /// Read a file whole: names, dtypes, shapes, contents, metadata.
    Read {
        /// To be echoed.
        id: String,
        /// Absolute path of the file, of ASCII letters, digits and `/._-` only. Read-only.
        path: String,
        /// Its length in bytes.
        length: u64,
        /// Its SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// Absolute path of a file the adapter may create or overwrite, for large contents.
        scratch: String,
    },
    /// Read a part of one tensor; only to adapters that declare it.
    Slice {
        /// To be echoed.
        id: String,
        /// As for `read`.
        path: String,
        /// As for `read`.
        length: u64,
        /// As for `read`.
        sha256: String,
        /// As for `read`.
        scratch: String,
        /// The tensor's name, of printable ASCII without `"` and `\`.
        tensor: String,
        /// Which part, an item a dimension, outermost first.
        index: Vec<SliceItem>,
    },
    /// Read a file's header: names, dtypes, shapes, metadata, and no contents.
    Inspect {
        /// To be echoed.
        id: String,
        /// As for `read`.
        path: String,
        /// As for `read`.
        length: u64,
        /// As for `read`; absent where the file is too long to be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
        /// As for `read`.
        scratch: String,
    },
    /// Read one tensor by its name.
    Get {
        /// To be echoed.
        id: String,
        /// As for `read`.
        path: String,
        /// As for `read`.
        length: u64,
        /// As for `read`.
        sha256: String,
        /// As for `read`.
        scratch: String,
        /// The tensor's name, of printable ASCII without `"` and `\`.
        tensor: String,
    },
    /// Open a model in several files through its index, and read it whole.
    OpenIndex {
        /// To be echoed.
        id: String,
        /// Absolute path of the index; its shards lie beside it.
        path: String,
        /// As for `read`.
        scratch: String,
    },
    /// Write a file.
    Write {
        /// To be echoed.
        id: String,
        /// Absolute path of a [`crate::write::WriteTask`].
        task: String,
        /// Absolute path of a file with the tensors' contents.
        contents: String,
        /// Absolute path of the file to write; one may be there already.
        path: String,
        /// As for `read`.
        scratch: String,
    },
    /// Load, and prove it; only to adapters that declare `bench`.
    Bench {
        /// To be echoed.
        id: String,
        /// As for `read`.
        path: String,
        /// What to load.
        what: BenchWork,
        /// One of the ways that the adapter declares; absent if it declares none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
        /// Key of the sum: 16 digits of lower-case hexadecimal.
        nonce: String,
        /// With `tensor`: its name, as for `get`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tensor: Option<String>,
    },
    /// Stop. No reply; the adapter exits with status 0.
    Bye {
        /// Ignored.
        id: String,
    },
}

impl Request {
    /// The id to be echoed.
    pub fn id(&self) -> &str {
        match self {
            Request::Hello { id, .. }
            | Request::Read { id, .. }
            | Request::Slice { id, .. }
            | Request::Inspect { id, .. }
            | Request::Get { id, .. }
            | Request::OpenIndex { id, .. }
            | Request::Write { id, .. }
            | Request::Bench { id, .. }
            | Request::Bye { id } => id,
        }
    }
}

/// Versions from `min` to `max`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[allow(missing_docs, reason = "the type says it")]
pub struct VersionRange {
    pub min: u32,
    pub max: u32,
}

/// What an index says of one dimension; an ellipsis speaks of any number of them. In
/// NumPy's terms; numbers below zero count from the dimension's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum SliceItem {
    /// One position, whose dimension the result does not have.
    Select(i64),
    /// `[start, stop, step]`, each of which may be null.
    Range([Option<i64>; 3]),
    /// `"..."`
    Ellipsis(Dots),
}

/// The word `...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Dots {
    /// As many whole dimensions as the other items leave.
    #[serde(rename = "...")]
    Dots,
}

/// What indices of a library may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexFeature {
    /// Numbers below zero that count from the end.
    Negative,
    /// Steps of more than 1.
    Step,
    /// Steps below zero.
    Backwards,
    /// Steps of zero, to be refused by the library.
    Still,
    /// An ellipsis, or several, to be refused by the library.
    Ellipsis,
}

impl SliceItem {
    /// What it needs of a library's indices.
    pub fn features(self) -> impl Iterator<Item = IndexFeature> {
        let (numbers, step) = match self {
            SliceItem::Select(position) => ([Some(position), None], None),
            SliceItem::Range([start, stop, step]) => ([start, stop], step),
            SliceItem::Ellipsis(_) => ([None; 2], None),
        };
        let is_negative = numbers.into_iter().flatten().any(|number| number < 0);
        [
            (is_negative, IndexFeature::Negative),
            (step.is_some_and(|step| step > 1), IndexFeature::Step),
            (step.is_some_and(|step| step < 0), IndexFeature::Backwards),
            (step == Some(0), IndexFeature::Still),
            (matches!(self, SliceItem::Ellipsis(_)), IndexFeature::Ellipsis),
        ]
        .into_iter()
        .filter_map(|(needs, feature)| needs.then_some(feature))
    }
}

/// What the adapter answers: what it saw, never a judgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a process says `hello` once")]
pub enum Reply {
    /// To `hello`.
    Hello {
        /// The request's id.
        id: String,
        /// The version it will speak.
        protocol: u32,
        /// What it drives.
        implementation: Implementation,
        /// What that can do.
        capabilities: Capabilities,
    },
    /// The implementation took the file; this is what it delivered.
    Accept {
        /// The request's id.
        id: String,
        /// The metadata; absent or null if the implementation reports none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<BTreeMap<String, String>>,
        /// The tensors, in any order.
        tensors: Vec<ReplyTensor>,
    },
    /// The implementation wrote the file, in answer to `write`.
    Written {
        /// The request's id.
        id: String,
    },
    /// What was loaded, in answer to `bench`.
    Bench {
        /// The request's id.
        id: String,
        /// [`KeyedSum`](crate::keyed_sum::KeyedSum) of the tensors' contents, 16 digits of
        /// lower-case hexadecimal; with `header` of their names.
        sum: String,
        /// How many tensors there are, or were loaded.
        count: u64,
        /// Nanoseconds from the call of the library to its return, by the adapter's clock: whoever
        /// maps a file and touches nothing returns at once.
        returned_ns: u64,
    },
    /// The implementation refused the file, or the task.
    Reject {
        /// The request's id.
        id: String,
        /// Its own words.
        error: ErrorText,
    },
    /// The adapter or implementation cannot do this; not a word about the file.
    Unsupported {
        /// The request's id.
        id: String,
        /// What cannot be done.
        what: Unsupported,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// The implementation ran out of memory and the adapter lived to tell.
    OutOfMemory {
        /// The request's id.
        id: String,
        /// Its own words.
        error: ErrorText,
    },
}

impl Reply {
    /// The id it echoes.
    pub fn id(&self) -> &str {
        match self {
            Reply::Hello { id, .. }
            | Reply::Accept { id, .. }
            | Reply::Written { id }
            | Reply::Bench { id, .. }
            | Reply::Reject { id, .. }
            | Reply::Unsupported { id, .. }
            | Reply::OutOfMemory { id, .. } => id,
        }
    }
}

/// What cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unsupported {
    /// The operation.
    Operation,
    /// A dtype of the file.
    Dtype,
    /// Another declared limit.
    Limit,
    /// What an index asks for.
    Index,
    /// Arrays that are not contiguous, in answer to `write`.
    Layout,
    /// Metadata, in answer to `write`.
    Metadata,
    /// A name that stands twice, in answer to `write`: where tensors are handed over in a map.
    Names,
}

/// What an adapter drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Implementation {
    /// Name, as its registry has it.
    pub name: String,
    /// Version, asked of the implementation itself where it can tell.
    pub version: String,
    /// Language of the implementation.
    pub language: String,
    /// Whose parser it is: implementations of one lineage count once.
    pub lineage: String,
    /// Interpreter, compiler or runtime with version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// Where it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
}

/// What an implementation can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Capabilities {
    /// Operations beside `hello` and `bye`, by the names of [`Operation`]; at least one of them.
    pub operations: Vec<String>,
    /// What its indices can say beside single positions from 0 on and ranges with step 1
    /// whose bounds are such positions; absent: all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Vec<IndexFeature>>,
    /// The dtypes it delivers, as files spell them; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtypes: Option<Vec<String>>,
    /// Whether it reports metadata.
    #[serde(default = "yes")]
    pub metadata: bool,
    /// Longest file in bytes it takes; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_file_bytes: Option<u64>,
    /// The dtypes that it writes, as files spell them; absent: those of `dtypes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_dtypes: Option<Vec<String>>,
    /// Whether it writes to a stream or into memory only, so that the file is its user's own:
    /// it is not asked what becomes of files when writing fails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub writes_streams: bool,
    /// Whether equal tasks, in whatever order their tensors come, give equal bytes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deterministic_writes: bool,
    /// The ways in which it can be timed, such as `mmap` and `read`, by names of its own; absent:
    /// one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bench_modes: Option<Vec<String>>,
    /// Whether it says what it saw. A tool that only takes or refuses files has no views:
    /// its verdicts are judged and nothing else, which is weaker evidence.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub views: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Capabilities {
            operations: Vec::new(),
            index: None,
            dtypes: None,
            metadata: true,
            max_file_bytes: None,
            written_dtypes: None,
            deterministic_writes: false,
            bench_modes: None,
            views: true,
            writes_streams: false,
        }
    }
}

impl Capabilities {
    /// Whether it declares an operation.
    pub fn has(&self, operation: Operation) -> bool {
        self.operations.iter().any(|one| one == operation.as_str())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_false(value: &bool) -> bool {
    !value
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_yes(flag: &bool) -> bool {
    *flag
}

/// One tensor of an accepted file. Its contents are in `data` or in `scratch`; in
/// answer to `inspect` there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReplyTensor {
    /// Name; what is not Unicode is replaced by U+FFFD.
    pub name: String,
    /// Dtype in the format's words (the adapter translates its library's).
    pub dtype: String,
    /// Dimensions, outermost first, as the implementation gives them.
    pub shape: Vec<serde_json::Number>,
    /// The contents in hexadecimal, as little-endian row-major bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Or where they lie in the scratch file: [offset, length] in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch: Option<[u64; 2]>,
}

/// An implementation's own words about a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ErrorText {
    /// Class of the error or exception, or its variant, as the implementation names it.
    pub class: String,
    /// Its text.
    pub message: String,
}
