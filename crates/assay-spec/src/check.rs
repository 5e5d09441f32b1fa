//! The closed set of typed checks a rule can ask for.
//!
//! A rule page names one check with its parameters. The validator has one
//! evaluator per kind, the generator one violator per kind; both match this
//! enum exhaustively, so a new kind does not compile until both know it, and a
//! rule that reuses a kind needs no code at all.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// What a rule demands, as data. In a page's front matter: `check = { kind = "…", … }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// `sum(left) op sum(right)`, computed without wrapping.
    Linear {
        /// Terms that are added up on the left.
        left: Vec<Term>,
        /// How the sums must compare.
        op: Comparison,
        /// Terms that are added up on the right.
        right: Vec<Term>,
    },
    /// Text must be encoded in a given way.
    Encoding {
        /// Which text.
        of: Text,
        /// Its required encoding.
        is: Encoding,
    },
    /// What may stand before the header's first JSON token.
    LeadingBytes {
        /// The kind of bytes this check looks at; others are another rule's matter.
        judge: Leading,
        /// Characters of that kind that may stand there.
        allowed: String,
    },
    /// What may stand after the header's JSON value, up to the header's end.
    TrailingBytes {
        /// The kind of bytes this check looks at; others are another rule's matter.
        judge: Trailing,
        /// Characters of that kind that may stand there.
        allowed: String,
    },
    /// The file must not begin with the first bytes of another format
    /// (table `magics` of `spec.toml`).
    ForeignMagic {},
    /// The header's text must follow a JSON grammar.
    JsonGrammar {
        /// Which one.
        standard: JsonStandard,
    },
    /// A JSON number must be representable.
    NumberRange {
        /// Which numbers.
        of: Numbers,
        /// What they must be.
        is: NumberKind,
    },
    /// No key may appear twice in one object; keys are compared after unescaping.
    UniqueKeys {
        /// In which objects.
        scope: KeyScope,
    },
    /// A value must be of one of the given JSON types.
    ValueType {
        /// Which value.
        of: Place,
        /// The types it may have.
        is: Vec<JsonType>,
    },
    /// The keys of an object, against the table `keys` of `spec.toml`.
    Keys {
        /// Which object.
        of: KeyedObject,
        /// All required keys present, or all present keys known.
        demand: KeyDemand,
    },
    /// A string must name a row of a table.
    InTable {
        /// Which string.
        of: Place,
        /// Which table.
        table: Table,
    },
    /// The number elements of some arrays, as unsigned integers.
    UnsignedIntegers {
        /// Which arrays.
        of: Vec<Place>,
        /// How they must be spelled, or how large they may be.
        demand: IntegerDemand,
    },
    /// An array must have exactly this many elements.
    ArrayLength {
        /// Which array.
        of: Place,
        /// Its length.
        length: u64,
    },
    /// The first of two integers must not exceed the second.
    OrderedPair {
        /// Which array of two.
        of: Place,
    },
    /// The size that dtype and shape give, against the range the offsets give.
    SizeEquation {
        /// Which part of the equation.
        demand: SizeDemand,
    },
    /// How the tensors' ranges lie in the byte buffer.
    Tiling {
        /// What must not occur.
        forbid: Fault,
    },
    /// An offset from the start of the file must be a multiple of a number.
    Alignment {
        /// Which offset, and of what it must be a multiple.
        of: Aligned,
    },
    /// What a reader or writer must do with a file; no file can break it by
    /// itself. Shown by valid files that tell right readers from wrong ones.
    Behaviour {
        /// What is observed.
        probe: Probe,
    },
}

/// A quantity in a linear check: `file.len`, `prefix.n`, `buffer.len`,
/// `header.depth`, `tensor.rank`, `limits.<name>` or an integer literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawTerm", into = "RawTerm")]
pub enum Term {
    /// Length of the file in bytes.
    FileLen,
    /// N, the header length that the prefix declares, in bytes.
    PrefixN,
    /// Length of the byte buffer: what follows the header, in bytes.
    BufferLen,
    /// Deepest nesting of arrays and objects in the header; `{}` is 1.
    HeaderDepth,
    /// Number of dimensions of a tensor; a rule with this term is judged for each tensor.
    TensorRank,
    /// A row of the limits table, by name.
    Limit(String),
    /// A literal.
    Constant(u64),
}

impl schemars::JsonSchema for Term {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Term".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string",
              "pattern": "^(file\\.len|prefix\\.n|buffer\\.len|header\\.depth|tensor\\.rank|limits\\.[a-z_]+)$" }
        ] })
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum RawTerm {
    Number(u64),
    Text(String),
}

impl TryFrom<RawTerm> for Term {
    type Error = String;

    fn try_from(raw: RawTerm) -> Result<Self, String> {
        Ok(match raw {
            RawTerm::Number(number) => Term::Constant(number),
            RawTerm::Text(text) => match text.as_str() {
                "file.len" => Term::FileLen,
                "prefix.n" => Term::PrefixN,
                "buffer.len" => Term::BufferLen,
                "header.depth" => Term::HeaderDepth,
                "tensor.rank" => Term::TensorRank,
                other => match other.strip_prefix("limits.") {
                    Some(name) => Term::Limit(name.to_owned()),
                    None => return Err(format!("unknown term `{other}`")),
                },
            },
        })
    }
}

impl From<Term> for RawTerm {
    fn from(term: Term) -> Self {
        RawTerm::Text(match term {
            Term::FileLen => "file.len".to_owned(),
            Term::PrefixN => "prefix.n".to_owned(),
            Term::BufferLen => "buffer.len".to_owned(),
            Term::HeaderDepth => "header.depth".to_owned(),
            Term::TensorRank => "tensor.rank".to_owned(),
            Term::Limit(name) => format!("limits.{name}"),
            Term::Constant(number) => return RawTerm::Number(number),
        })
    }
}

macro_rules! parameters {
    ($($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$outer])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            Serialize, Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$inner])* $variant),+ }
    )+};
}

parameters! {
    /// How two sums compare in a linear check.
    Comparison {
        /// left ≤ right
        AtMost,
        /// left ≥ right
        AtLeast,
        /// left = right
        Equal,
    }
    /// Text that an encoding check looks at.
    Text {
        /// The header's bytes.
        Header,
        /// Every JSON string of the header, after unescaping.
        Strings,
    }
    /// Encodings.
    Encoding {
        /// Well-formed UTF-8.
        Utf8,
        /// Unicode scalar values only: no lone surrogate.
        UnicodeScalars,
    }
    /// Bytes before the first token.
    Leading {
        /// JSON whitespace: space, tab, line feed, carriage return.
        Whitespace,
        /// U+FEFF at the very start.
        ByteOrderMark,
    }
    /// Bytes after the JSON value.
    Trailing {
        /// JSON whitespace: space, tab, line feed, carriage return.
        Whitespace,
        /// Anything that is not JSON whitespace.
        Content,
    }
    /// JSON grammars.
    JsonStandard {
        /// RFC 8259, without extensions.
        Rfc8259,
    }
    /// Which numbers a number range looks at.
    Numbers {
        /// Numbers in values that readers ignore: unknown entry fields.
        Ignored,
    }
    /// What a number must be.
    NumberKind {
        /// Finite as an IEEE 754 double.
        FiniteDouble,
    }
    /// Objects whose keys must be unique.
    KeyScope {
        /// The header object: tensor names and reserved keys.
        Header,
        /// The value of the metadata key.
        Metadata,
        /// Each tensor entry.
        Entry,
        /// Objects nested in values that readers ignore.
        Nested,
    }
    /// A place in the header.
    Place {
        /// The header's JSON value.
        Root,
        /// The value of the metadata key.
        Metadata,
        /// Each value of the metadata object.
        MetadataValue,
        /// Each tensor entry.
        Entry,
        /// An entry's dtype.
        Dtype,
        /// An entry's shape.
        Shape,
        /// Each element of an entry's shape.
        ShapeElement,
        /// An entry's data_offsets.
        DataOffsets,
        /// Each element of an entry's data_offsets.
        DataOffsetsElement,
        /// Each element of the array under the features key.
        Feature,
    }
    /// JSON types.
    JsonType {
        /// `{…}`
        Object,
        /// `[…]`
        Array,
        /// `"…"`
        String,
        /// A number.
        Number,
        /// `true` or `false`.
        Boolean,
        /// `null`
        Null,
    }
    /// Objects with keys in the table.
    KeyedObject {
        /// Each tensor entry.
        Entry,
    }
    /// What a key check demands.
    KeyDemand {
        /// Every required key of the table is present.
        Required,
        /// Every present key is in the table.
        Known,
    }
    /// Tables of names.
    Table {
        /// The dtypes of the dialect.
        Dtypes,
        /// The features of the dialect.
        Features,
    }
    /// Parts of the size equation `elements × bits = 8 × (END − BEGIN)`.
    SizeDemand {
        /// The size in bits is a multiple of 8.
        WholeBytes,
        /// The size in bits fits the limit `max_size_bits`; zero elements always fit.
        Fits,
        /// No product of leading dimensions exceeds `max_size_bits` before a
        /// later zero dimension makes the whole product zero.
        NoOverflowBeforeZero,
        /// The size equals the range that the offsets give.
        MatchesOffsets,
        /// The size, rounded up to whole bytes, equals the range that the offsets give.
        MatchesOffsetsRoundedUp,
    }
    /// Faults of the tiling of the byte buffer. Tensors are taken in the order
    /// of the pair (BEGIN, END); the running offset starts at 0 and is the END
    /// of the last non-empty tensor.
    Fault {
        /// A non-empty tensor begins after the running offset.
        Gap,
        /// A non-empty tensor begins before the running offset.
        Overlap,
        /// Bytes of the buffer follow the last non-empty tensor.
        Tail,
        /// A non-empty tensor ends after the end of the buffer.
        Overrun,
        /// An empty tensor does not lie exactly at the running offset.
        MisplacedEmpty,
    }
    /// Offsets that can be aligned.
    Aligned {
        /// The start of the byte buffer, to the limit `data_alignment`.
        DataStart,
        /// The start of each tensor, to its element size in bytes.
        TensorBegin,
    }
    /// Reader and writer behaviour that files can tell.
    Probe {
        /// The prefix is read as little-endian.
        PrefixByteOrder,
        /// Any order of header keys gives the same view.
        KeyOrder,
        /// Names survive exactly: escapes, NUL, slashes, empty, non-ASCII.
        NameIdentity,
        /// An empty metadata object is accepted.
        EmptyMetadata,
        /// The writer refuses a tensor under the metadata key.
        ReservedName,
        /// Shape `[]` is one element.
        Scalar,
        /// Zero dimensions, one or several, are accepted and hold nothing.
        EmptyTensor,
        /// Offsets count from the byte after the header.
        RelativeOffsets,
        /// Contents come back byte for byte: little-endian, row-major.
        ContentBytes,
        /// Values are not judged: NaN, infinities, BOOL other than 0 and 1.
        OpaqueValues,
        /// Tensors at unaligned offsets are read correctly.
        UnalignedRead,
        /// Order of sub-byte elements within a byte.
        SubByteOrder,
        /// A dtype that is accepted is delivered by every way of reading.
        EveryDtype,
        /// A selected position drops its dimension.
        SliceSelect,
        /// A range keeps its dimension and takes the positions from start to before stop.
        SliceRange,
        /// Dimensions without an item are taken whole.
        SliceMissing,
        /// Numbers below zero count from the end.
        SliceNegative,
        /// Bounds of ranges past an end are moved to that end.
        SliceClamped,
        /// A range whose start is not before its stop is empty.
        SliceEmptyRange,
        /// A step of more than 1 takes every so-manieth position.
        SliceStep,
        /// A range with a step below zero runs backwards or is refused.
        SliceBackwards,
        /// An ellipsis stands for as many whole dimensions as are left.
        SliceEllipsis,
        /// Items act each on its own dimension.
        SliceCombined,
        /// Tensors without elements are sliced like others.
        SliceEmptyTensor,
        /// Parts that are not whole bytes are refused, others delivered.
        SliceWholeBytes,
        /// A selected position that is not there is refused.
        SliceOutside,
        /// An index with more items than dimensions is refused.
        SliceTooMany,
        /// A second ellipsis is refused.
        SliceTwoEllipses,
        /// A range with step 0 is refused.
        SliceStill,
        /// One tensor asked for by its name is that tensor.
        GetByName,
        /// A name that the file does not have is refused.
        GetAbsent,
        /// A header is read without the contents, whatever their length.
        HeaderOnly,
        /// A model in several files is opened through its index.
        IndexOpens,
        /// An index that is no object with a weight map of strings is refused.
        IndexStructure,
        /// An index cannot name files outside its folder.
        IndexShardPath,
        /// A shard that is not there is refused.
        IndexMissingShard,
        /// A tensor that is not in the shard that the index names is refused.
        IndexMissingTensor,
        /// Tensors that the index does not name.
        IndexForeignTensor,
        /// A tensor in two shards.
        IndexDuplicateTensor,
        /// A name that the weight map holds twice.
        IndexUniqueKeys,
        /// A total size that is not the sum of the tensors.
        IndexTotalSize,
        /// What is written is a valid file with the given tensors.
        WriteContents,
        /// Metadata is written as given.
        WriteMetadata,
        /// A name that is given twice is refused.
        WriteUniqueNames,
        /// Arrays that are not contiguous are written in row-major order.
        WriteLayout,
        /// A failed write is told.
        WriteFailure,
        /// A failed write leaves an existing file whole, and no part of a new one.
        WriteReplaces,
        /// Equal tensors give equal bytes, if the writer claims so.
        WriteDeterministic,
    }
}

/// By what a behaviour shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShownBy {
    Files,
    Slices,
    Operations,
}

impl Probe {
    /// Whether it is shown by asking for parts of tensors, and not by files read whole.
    pub fn is_of_slices(self) -> bool {
        self.shown_by() == ShownBy::Slices
    }

    /// Whether it is shown by operations beyond reading: a tensor by its name, a header
    /// alone, a model in several files, a file to be written.
    pub fn is_of_operations(self) -> bool {
        self.shown_by() == ShownBy::Operations
    }

    fn shown_by(self) -> ShownBy {
        match self {
            Probe::PrefixByteOrder
            | Probe::KeyOrder
            | Probe::NameIdentity
            | Probe::EmptyMetadata
            | Probe::ReservedName
            | Probe::Scalar
            | Probe::EmptyTensor
            | Probe::RelativeOffsets
            | Probe::ContentBytes
            | Probe::OpaqueValues
            | Probe::UnalignedRead
            | Probe::SubByteOrder
            | Probe::EveryDtype => ShownBy::Files,
            Probe::SliceSelect
            | Probe::SliceRange
            | Probe::SliceMissing
            | Probe::SliceNegative
            | Probe::SliceClamped
            | Probe::SliceEmptyRange
            | Probe::SliceStep
            | Probe::SliceBackwards
            | Probe::SliceEllipsis
            | Probe::SliceCombined
            | Probe::SliceEmptyTensor
            | Probe::SliceWholeBytes
            | Probe::SliceOutside
            | Probe::SliceTooMany
            | Probe::SliceTwoEllipses
            | Probe::SliceStill => ShownBy::Slices,
            Probe::GetByName
            | Probe::GetAbsent
            | Probe::HeaderOnly
            | Probe::IndexOpens
            | Probe::IndexStructure
            | Probe::IndexShardPath
            | Probe::IndexMissingShard
            | Probe::IndexMissingTensor
            | Probe::IndexForeignTensor
            | Probe::IndexDuplicateTensor
            | Probe::IndexUniqueKeys
            | Probe::IndexTotalSize
            | Probe::WriteContents
            | Probe::WriteMetadata
            | Probe::WriteUniqueNames
            | Probe::WriteLayout
            | Probe::WriteFailure
            | Probe::WriteReplaces
            | Probe::WriteDeterministic => ShownBy::Operations,
        }
    }
}

impl Check {
    /// Whether it binds readers or writers, so that no file breaks it.
    pub fn is_behaviour(&self) -> bool {
        matches!(self, Check::Behaviour { .. })
    }

    /// Whether it is shown by asking for parts of tensors, and not by files read whole.
    pub fn is_of_slices(&self) -> bool {
        matches!(self, Check::Behaviour { probe } if probe.is_of_slices())
    }

    /// Whether it is shown by operations beyond reading whole files and parts of tensors.
    pub fn is_of_operations(&self) -> bool {
        matches!(self, Check::Behaviour { probe } if probe.is_of_operations())
    }

    /// Whether it is shown by files read whole.
    pub fn is_of_files(&self) -> bool {
        !self.is_of_slices() && !self.is_of_operations()
    }
}

/// What is demanded of unsigned integers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntegerDemand {
    /// Spelled `0` or a non-zero digit followed by digits: no sign, fraction, exponent.
    PlainSpelling,
    /// At most this; judged only for values of plain spelling that `max_integer` admits
    /// (the bound on `max_integer` itself is judged for all of plain spelling).
    AtMost(Term),
}
