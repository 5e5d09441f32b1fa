//! Slips: the mistakes that readers make in what no rule's parameters can say,
//! made on purpose.
//!
//! A corpus is sharp only if it tells the validator from one that slips. The
//! spec's own neighbours change what is demanded; a slip changes how sizes are
//! computed, in which order ranges are walked, or which of them are looked
//! at. [`validate`](crate::validate) makes none.

mod keys;
mod sizes;
pub(crate) mod tiling;

use assay_spec::Check;
use assay_spec::check::{Fault, KeyScope, SizeDemand};

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slip {
    /// In how many elements a shape has.
    Elements(Elements),
    /// In how many bits elements take.
    Bits(Bits),
    /// In the order in which ranges are walked.
    Order(Order),
    /// A fault of the tiling that is let pass in some places.
    Pass(Pass),
    /// Keys that count as the same, or do not.
    Keys(KeyScope, SameKeys),
}

/// How the product of the dimensions comes out wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Elements {
    /// Kept in 32 bits.
    Wrap32,
    /// Kept in 64 bits.
    Wrap64,
    /// Kept in a double.
    Double,
    /// A dimension 0 counts as 1.
    ZeroIsOne,
    /// No dimension, no element.
    ScalarIsEmpty,
    /// An overflow is looked for among the dimensions after the last 0.
    FromTheRight,
    /// The last dimension is left out.
    WithoutLast,
    /// At most four dimensions are multiplied.
    FirstFour,
    /// At most eight dimensions are multiplied.
    FirstEight,
}

/// How the size in bits comes out wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bits {
    /// Kept in 32 bits.
    Wrap32,
    /// Kept in 64 bits.
    Wrap64,
    /// The limit is held against bytes.
    LimitInBytes,
    /// Each element takes whole bytes.
    ElementUp,
    /// What an element has above whole bytes is left out.
    ElementDown,
    /// Each row, along the last dimension, takes whole bytes.
    RowUp,
    /// The tensor takes whole bytes, what is missing is added.
    TensorUp,
    /// What the tensor has above whole bytes is left out.
    TensorDown,
}

/// The order in which ranges are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// By BEGIN alone, what ties in reverse header order.
    BeginOnly,
    /// By END alone.
    EndOnly,
    /// As they stand in the header.
    Header,
    /// By name.
    Name,
    /// By the text of BEGIN, as strings are sorted.
    BeginAsText,
}

/// What is let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// A fault of this kind before any tensor.
    First(Fault),
    /// A fault of this kind after the first tensor.
    Later(Fault),
    /// A gap or rest that alignment to 8 bytes could explain.
    Alignment(Fault),
    /// Two tensors with the same range.
    SameRange,
    /// A tensor within another.
    Nested,
    /// Bytes after the last tensor if there is no tensor.
    NoTensors,
    /// A rest of one byte.
    OneByte,
    /// An empty tensor anywhere in the buffer.
    EmptyInBuffer,
    /// An end beyond the buffer by one byte.
    OverrunByOne,
    /// An end beyond the buffer but within the file's length.
    OverrunWithinFileLength,
}

/// Which keys count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SameKeys {
    /// Those that are written alike: an escape hides a duplicate.
    AsWritten,
    /// Those alike in ASCII case folding.
    CaseFolded,
    /// Those alike up to U+0000.
    UpToNul,
    /// Those that follow each other.
    Neighbours,
    /// Those alike without white space around.
    Trimmed,
}

impl Slip {
    /// Every slip, with its name.
    pub const ALL: &[(Slip, &str)] = &[
        (Slip::Elements(Elements::Wrap32), "elements wrap at 32 bits"),
        (Slip::Elements(Elements::Wrap64), "elements wrap at 64 bits"),
        (Slip::Elements(Elements::Double), "elements are a double"),
        (Slip::Elements(Elements::ZeroIsOne), "a dimension 0 counts as 1"),
        (Slip::Elements(Elements::ScalarIsEmpty), "a scalar has no element"),
        (Slip::Elements(Elements::FromTheRight), "the product is folded from the right"),
        (Slip::Elements(Elements::WithoutLast), "the last dimension is left out"),
        (Slip::Elements(Elements::FirstFour), "four dimensions at most"),
        (Slip::Elements(Elements::FirstEight), "eight dimensions at most"),
        (Slip::Bits(Bits::Wrap32), "bits wrap at 32 bits"),
        (Slip::Bits(Bits::Wrap64), "bits wrap at 64 bits"),
        (Slip::Bits(Bits::LimitInBytes), "the limit on bits is held against bytes"),
        (Slip::Bits(Bits::ElementUp), "each element takes whole bytes"),
        (Slip::Bits(Bits::ElementDown), "an element's bits above whole bytes are lost"),
        (Slip::Bits(Bits::RowUp), "each row takes whole bytes"),
        (Slip::Bits(Bits::TensorUp), "the tensor's last byte is filled up"),
        (Slip::Bits(Bits::TensorDown), "the tensor's last bits are lost"),
        (Slip::Order(Order::BeginOnly), "sorted by begin alone"),
        (Slip::Order(Order::EndOnly), "sorted by end alone"),
        (Slip::Order(Order::Header), "header order taken for buffer order"),
        (Slip::Order(Order::Name), "name order taken for buffer order"),
        (Slip::Order(Order::BeginAsText), "begins sorted as text"),
        (Slip::Pass(Pass::First(Fault::Gap)), "a gap at the start passes"),
        (Slip::Pass(Pass::Later(Fault::Gap)), "a gap between tensors passes"),
        (Slip::Pass(Pass::Alignment(Fault::Gap)), "a gap up to the next multiple of 8 passes"),
        (Slip::Pass(Pass::Alignment(Fault::Tail)), "a rest up to the next multiple of 8 passes"),
        (Slip::Pass(Pass::SameRange), "two tensors with one range pass"),
        (Slip::Pass(Pass::Nested), "a tensor within another passes"),
        (Slip::Pass(Pass::NoTensors), "a buffer without tensors passes"),
        (Slip::Pass(Pass::OneByte), "one byte after the last tensor passes"),
        (Slip::Pass(Pass::EmptyInBuffer), "an empty tensor anywhere in the buffer passes"),
        (Slip::Pass(Pass::First(Fault::MisplacedEmpty)), "an empty tensor before any other passes"),
        (Slip::Pass(Pass::Later(Fault::MisplacedEmpty)), "an empty tensor after another passes"),
        (Slip::Pass(Pass::OverrunByOne), "an end one byte beyond the buffer passes"),
        (Slip::Pass(Pass::OverrunWithinFileLength), "an end within the file's length passes"),
        (Slip::Keys(KeyScope::Header, SameKeys::AsWritten), "names are compared as written"),
        (Slip::Keys(KeyScope::Header, SameKeys::CaseFolded), "names are compared without case"),
        (Slip::Keys(KeyScope::Header, SameKeys::UpToNul), "names are compared up to NUL"),
        (
            Slip::Keys(KeyScope::Header, SameKeys::Neighbours),
            "only neighbouring names are compared",
        ),
        (Slip::Keys(KeyScope::Header, SameKeys::Trimmed), "names are compared trimmed"),
        (
            Slip::Keys(KeyScope::Metadata, SameKeys::AsWritten),
            "metadata keys are compared as written",
        ),
        (
            Slip::Keys(KeyScope::Metadata, SameKeys::CaseFolded),
            "metadata keys are compared without case",
        ),
        (Slip::Keys(KeyScope::Metadata, SameKeys::UpToNul), "metadata keys are compared up to NUL"),
        (
            Slip::Keys(KeyScope::Metadata, SameKeys::Neighbours),
            "only neighbouring metadata keys are compared",
        ),
        (Slip::Keys(KeyScope::Metadata, SameKeys::Trimmed), "metadata keys are compared trimmed"),
        (Slip::Keys(KeyScope::Entry, SameKeys::AsWritten), "fields are compared as written"),
        (Slip::Keys(KeyScope::Entry, SameKeys::CaseFolded), "fields are compared without case"),
        (
            Slip::Keys(KeyScope::Entry, SameKeys::Neighbours),
            "only neighbouring fields are compared",
        ),
        (Slip::Keys(KeyScope::Nested, SameKeys::AsWritten), "nested keys are compared as written"),
        (
            Slip::Keys(KeyScope::Nested, SameKeys::CaseFolded),
            "nested keys are compared without case",
        ),
        (
            Slip::Keys(KeyScope::Nested, SameKeys::Neighbours),
            "only neighbouring nested keys are compared",
        ),
    ];

    /// Whether a rule with this check is the one that the slip gets wrong.
    pub fn concerns(self, check: &Check) -> bool {
        match self {
            Slip::Elements(Elements::FromTheRight) => {
                is_size(check, SizeDemand::NoOverflowBeforeZero)
            }
            Slip::Elements(Elements::Wrap32 | Elements::Wrap64 | Elements::Double)
            | Slip::Bits(Bits::Wrap32 | Bits::Wrap64 | Bits::LimitInBytes) => {
                is_size(check, SizeDemand::Fits)
            }
            Slip::Elements(_) => is_size(check, SizeDemand::MatchesOffsets),
            Slip::Bits(_) => is_size(check, SizeDemand::WholeBytes),
            Slip::Order(_) => is_tiling(check, Fault::Overlap),
            Slip::Pass(pass) => is_tiling(check, pass.fault()),
            Slip::Keys(scope, _) => {
                matches!(check, Check::UniqueKeys { scope: of } if *of == scope)
            }
        }
    }
}

fn is_size(check: &Check, demand: SizeDemand) -> bool {
    matches!(check, Check::SizeEquation { demand: of } if *of == demand)
}

fn is_tiling(check: &Check, fault: Fault) -> bool {
    matches!(check, Check::Tiling { forbid } if *forbid == fault)
}
