//! Checks in words: one sentence for each kind of check, with the numbers and
//! names of the tables filled in.

use crate::check::{
    Aligned, Check, Comparison, Encoding, Fault, IntegerDemand, JsonStandard, JsonType, KeyDemand,
    KeyScope, KeyedObject, Leading, NumberKind, Numbers, Place, Probe, SizeDemand, Table, Term,
    Text, Trailing,
};
use crate::numbers::thousands;
use crate::tables::{KeyRole, Tables};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What a check demands, as one English sentence.
pub fn check_in_words(check: &Check, tables: &Tables) -> String {
    match check {
        Check::Linear { left, op, right } => {
            sentence(format!("{} {} {}", sum(left, tables), comparison(*op), sum(right, tables)))
        }
        Check::Encoding { of, is } => sentence(format!("{} {}", text(*of), encoding(*is))),
        Check::LeadingBytes { judge, allowed } => match judge {
            Leading::Whitespace => {
                format!("White space before the header's first token: {}.", characters(allowed))
            }
            Leading::ByteOrderMark if allowed.is_empty() => {
                "The header does not begin with a byte order mark.".to_owned()
            }
            Leading::ByteOrderMark => "The header may begin with a byte order mark.".to_owned(),
        },
        Check::TrailingBytes { judge, allowed } => match judge {
            Trailing::Whitespace => {
                format!("White space after the header's JSON value: {}.", characters(allowed))
            }
            Trailing::Content => format!(
                "Characters other than white space after the header's JSON value: {}.",
                characters(allowed)
            ),
        },
        Check::ForeignMagic {} => {
            let formats: Vec<&str> = tables.magics.iter().map(|m| m.format.as_str()).collect();
            format!(
                "The file does not begin with the first bytes of another format ({}).",
                formats.join("; ")
            )
        }
        Check::JsonGrammar { standard: JsonStandard::Rfc8259 } => {
            "The header's text follows the grammar of RFC 8259, without extensions.".to_owned()
        }
        Check::NumberRange { of: Numbers::Ignored, is: NumberKind::FiniteDouble } => {
            "Every number in the value of an unknown entry field is finite as an IEEE 754 double."
                .to_owned()
        }
        Check::UniqueKeys { scope } => {
            format!(
                "No key stands twice in {}, compared after unescaping.",
                scope_words(*scope, tables)
            )
        }
        Check::ValueType { of, is } => {
            let types: Vec<&str> = is.iter().map(|kind| json_type(*kind)).collect();
            sentence(format!("{} is {}", place(*of, tables), or(&types)))
        }
        Check::Keys { of: KeyedObject::Entry, demand } => keys(*demand, tables),
        Check::InTable { of, table } => sentence(format!(
            "{} is the name of a {} of the edition, compared exactly",
            place(*of, tables),
            match table {
                Table::Dtypes => "dtype",
                Table::Features => "feature",
            }
        )),
        Check::UnsignedIntegers { of, demand } => unsigned_integers(of, demand, tables),
        Check::ArrayLength { of, length } => {
            sentence(format!("{} has exactly {} elements", place(*of, tables), thousands(*length)))
        }
        Check::OrderedPair { of } => sentence(format!(
            "the first element of {} does not exceed the second",
            place(*of, tables)
        )),
        Check::SizeEquation { demand } => size(*demand, tables),
        Check::Tiling { forbid } => fault(*forbid).to_owned(),
        Check::Alignment { of: Aligned::DataStart } => format!(
            "The byte buffer begins at a multiple of {} bytes from the start of the file.",
            limit("data_alignment", tables)
        ),
        Check::Alignment { of: Aligned::TensorBegin } => {
            "Every non-empty tensor of whole-byte elements begins at a multiple of its element \
             size from the start of the file."
                .to_owned()
        }
        Check::Behaviour { probe } => behaviour(*probe).to_owned(),
    }
}

/// Capital at the front, full stop at the end; a code span in front stays as it is.
fn sentence(clause: String) -> String {
    let mut characters = clause.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => clause,
    }
}

/// `a, b or c`
fn or(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [front @ .., last] => format!("{} or {last}", front.join(", ")),
    }
}

fn sum(terms: &[Term], tables: &Tables) -> String {
    let words: Vec<String> = terms.iter().map(|one| term(one, tables)).collect();
    words.join(" plus ")
}

fn term(term: &Term, tables: &Tables) -> String {
    match term {
        Term::FileLen => "the length of the file in bytes".to_owned(),
        Term::PrefixN => "the header length N".to_owned(),
        Term::BufferLen => "the length of the byte buffer".to_owned(),
        Term::HeaderDepth => "the depth of nesting in the header".to_owned(),
        Term::TensorRank => "the number of dimensions of each tensor".to_owned(),
        Term::Limit(name) => limit(name, tables),
        Term::Constant(number) => thousands(*number),
    }
}

/// The value of a limit, with its name.
fn limit(name: &str, tables: &Tables) -> String {
    match tables.limits.get(name) {
        Some(limit) => format!("{} (`{name}`)", thousands(limit.value)),
        None => format!("the limit `{name}`"),
    }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::AtMost => "is at most",
        Comparison::AtLeast => "is at least",
        Comparison::Equal => "equals",
    }
}

fn text(of: Text) -> &'static str {
    match of {
        Text::Header => "the header",
        Text::Strings => "every string of the header, keys included,",
    }
}

fn encoding(is: Encoding) -> &'static str {
    match is {
        Encoding::Utf8 => "is well-formed UTF-8",
        Encoding::UnicodeScalars => "holds no lone surrogate after unescaping",
    }
}

fn characters(allowed: &str) -> String {
    if allowed.is_empty() {
        return "none".to_owned();
    }
    let codes: Vec<String> =
        allowed.chars().map(|one| format!("U+{:04X}", u32::from(one))).collect();
    format!("{} only", codes.join(", "))
}

/// How files spell the key of a role, as a code span.
fn key(role: KeyRole, tables: &Tables) -> String {
    let row = tables.keys.iter().find(|key| key.role == role);
    row.map_or_else(|| "(no key)".to_owned(), |key| format!("`{}`", key.key))
}

fn place(of: Place, tables: &Tables) -> String {
    match of {
        Place::Root => "the header's JSON value".to_owned(),
        Place::Metadata => format!("the value of {}", key(KeyRole::Metadata, tables)),
        Place::MetadataValue => {
            format!("every value of the object {}", key(KeyRole::Metadata, tables))
        }
        Place::Entry => "every tensor entry".to_owned(),
        Place::Dtype => format!("the value of {}", key(KeyRole::Dtype, tables)),
        Place::Shape => format!("the value of {}", key(KeyRole::Shape, tables)),
        Place::ShapeElement => format!("every element of {}", key(KeyRole::Shape, tables)),
        Place::DataOffsets => format!("the value of {}", key(KeyRole::DataOffsets, tables)),
        Place::DataOffsetsElement => {
            format!("every element of {}", key(KeyRole::DataOffsets, tables))
        }
        Place::Feature => {
            format!("every element of an array under {}", key(KeyRole::Features, tables))
        }
    }
}

fn json_type(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Object => "an object",
        JsonType::Array => "an array",
        JsonType::String => "a string",
        JsonType::Number => "a number",
        JsonType::Boolean => "a Boolean",
        JsonType::Null => "null",
    }
}

fn scope_words(scope: KeyScope, tables: &Tables) -> String {
    match scope {
        KeyScope::Header => "the header object".to_owned(),
        KeyScope::Metadata => format!("the object {}", key(KeyRole::Metadata, tables)),
        KeyScope::Entry => "a tensor entry".to_owned(),
        KeyScope::Nested => "an object below a tensor entry".to_owned(),
    }
}

fn keys(demand: KeyDemand, tables: &Tables) -> String {
    let listed = |required_only: bool| {
        let of_entry = tables.keys.iter().filter(|key| key.of == crate::tables::KeyObject::Entry);
        let names: Vec<String> = of_entry
            .filter(|key| key.required || !required_only)
            .map(|key| format!("`{}`", key.key))
            .collect();
        names.join(", ")
    };
    match demand {
        KeyDemand::Required => format!("Every tensor entry has the keys {}.", listed(true)),
        KeyDemand::Known => format!("A tensor entry has no keys but {}.", listed(false)),
    }
}

fn unsigned_integers(of: &[Place], demand: &IntegerDemand, tables: &Tables) -> String {
    let arrays: Vec<String> = of
        .iter()
        .map(|of| match of {
            Place::Shape => key(KeyRole::Shape, tables),
            Place::DataOffsets => key(KeyRole::DataOffsets, tables),
            other => place(*other, tables),
        })
        .collect();
    let arrays = arrays.join(" and ");
    match demand {
        IntegerDemand::PlainSpelling => format!(
            "Every number of {arrays} is spelled `0`, or as decimal digits of which the first is \
             not 0."
        ),
        IntegerDemand::AtMost(bound) => {
            format!("Every number of {arrays} is at most {}.", term(bound, tables))
        }
    }
}

fn size(demand: SizeDemand, tables: &Tables) -> String {
    match demand {
        SizeDemand::WholeBytes => "Elements times bits of the dtype is a multiple of 8.".to_owned(),
        SizeDemand::Fits => format!(
            "Elements times bits of the dtype is at most {}.",
            limit("max_size_bits", tables)
        ),
        SizeDemand::NoOverflowBeforeZero => format!(
            "The product of the dimensions before the first 0 is at most {}.",
            limit("max_size_bits", tables)
        ),
        SizeDemand::MatchesOffsets => {
            "Elements times bits of the dtype equals 8 times END - BEGIN.".to_owned()
        }
        SizeDemand::MatchesOffsetsRoundedUp => "Elements times bits of the dtype, rounded up to a \
             multiple of 8, equals 8 times END - BEGIN."
            .to_owned(),
    }
}

fn fault(forbid: Fault) -> &'static str {
    match forbid {
        Fault::Gap => "No byte of the buffer lies before the first tensor or between two.",
        Fault::Overlap => "No byte of the buffer belongs to two tensors.",
        Fault::Tail => "No byte of the buffer lies after the last tensor.",
        Fault::Overrun => "No tensor ends after the end of the buffer.",
        Fault::MisplacedEmpty => {
            "Every empty tensor lies at the END of the non-empty tensor before it, or at 0."
        }
    }
}

fn behaviour(probe: Probe) -> &'static str {
    match probe {
        Probe::PrefixByteOrder => {
            "Observed: the prefix is read with its least significant byte first."
        }
        Probe::KeyOrder => "Observed: the view does not depend on the order of keys.",
        Probe::NameIdentity => "Observed: names come back exactly.",
        Probe::EmptyMetadata => "Observed: an empty metadata object is accepted.",
        Probe::ReservedName => "Observed: the writer refuses a tensor under the metadata key.",
        Probe::Scalar => "Observed: an empty shape is one element.",
        Probe::EmptyTensor => "Observed: dimensions of 0, one or several, are accepted.",
        Probe::RelativeOffsets => "Observed: offsets count from the byte after the header.",
        Probe::ContentBytes => "Observed: contents come back byte for byte.",
        Probe::OpaqueValues => "Observed: values are not judged and not changed.",
        Probe::UnalignedRead => "Observed: tensors at unaligned offsets are read correctly.",
        Probe::SubByteOrder => "Observed: the bytes of sub-byte elements come back as stored.",
        Probe::EveryDtype => "Observed: every way of reading delivers every dtype.",
        Probe::SliceSelect => "Observed on slices: a selected position drops its dimension.",
        Probe::SliceRange => {
            "Observed on slices: a range keeps its dimension and takes the positions from start to before stop."
        }
        Probe::SliceMissing => "Observed on slices: dimensions without an item are taken whole.",
        Probe::SliceNegative => "Observed on slices: numbers below zero count from the end.",
        Probe::SliceClamped => {
            "Observed on slices: bounds of ranges past an end are moved to that end."
        }
        Probe::SliceEmptyRange => {
            "Observed on slices: a range whose start is not before its stop is empty."
        }
        Probe::SliceStep => {
            "Observed on slices: a step of more than 1 takes every so-manieth position."
        }
        Probe::SliceBackwards => {
            "Observed on slices: a range with a step below zero runs backwards or is refused."
        }
        Probe::SliceEllipsis => {
            "Observed on slices: an ellipsis stands for as many whole dimensions as are left."
        }
        Probe::SliceCombined => "Observed on slices: items act each on its own dimension.",
        Probe::SliceEmptyTensor => {
            "Observed on slices: tensors without elements are sliced like others."
        }
        Probe::SliceWholeBytes => {
            "Observed on slices: parts that are not whole bytes are refused, others delivered."
        }
        Probe::SliceOutside => {
            "Observed on slices: a selected position that is not there is refused."
        }
        Probe::SliceTooMany => {
            "Observed on slices: an index with more items than dimensions is refused."
        }
        Probe::SliceTwoEllipses => "Observed on slices: a second ellipsis is refused.",
        Probe::SliceStill => "Observed on slices: a range with step 0 is refused.",
        Probe::GetByName => "Observed: a tensor asked for by its name is that tensor and no other.",
        Probe::GetAbsent => "Observed: a name that the file does not have is refused.",
        Probe::HeaderOnly => {
            "Observed: the header of a file is read without its contents, however long these are."
        }
        Probe::IndexOpens => {
            "Observed: every tensor of the weight map is delivered from its shard."
        }
        Probe::IndexStructure => "Observed: an index without a weight map of texts is refused.",
        Probe::IndexShardPath => "Observed: a shard outside the folder of the index is refused.",
        Probe::IndexMissingShard => "Observed: a model of which a shard is missing is refused.",
        Probe::IndexMissingTensor => "Observed: a tensor that its shard does not hold is refused.",
        Probe::IndexForeignTensor => {
            "Observed: a tensor that the index does not name is refused or left out."
        }
        Probe::IndexDuplicateTensor => {
            "Observed: of a tensor in two shards the one that the index names is delivered, or the model refused."
        }
        Probe::IndexUniqueKeys => {
            "Observed: a name that the weight map holds twice is refused, or its last shard taken."
        }
        Probe::IndexTotalSize => "Observed: a wrong total size does not change what is delivered.",
        Probe::WriteContents => "Observed: what is written is a valid file of the given tensors.",
        Probe::WriteMetadata => "Observed: metadata is written as it was given.",
        Probe::WriteUniqueNames => "Observed: the writer refuses a name that is given twice.",
        Probe::WriteLayout => "Observed: arrays that are not contiguous are written row by row.",
        Probe::WriteFailure => "Observed: a write that fails is told.",
        Probe::WriteReplaces => "Observed: a write that fails leaves the old file, or none.",
        Probe::WriteDeterministic => {
            "Observed: the same tensors give the same bytes, if that is claimed."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spec;

    fn words(id: &str) -> String {
        let spec = Spec::embedded();
        let rule = spec.rules.iter().find(|rule| rule.id.as_str() == id).unwrap();
        check_in_words(&rule.check, &spec.tables)
    }

    #[test]
    fn numbers_and_keys_come_from_the_tables() {
        assert_eq!(
            words("prefix/header-limit"),
            "The header length N is at most 100,000,000 (`max_header_bytes`)."
        );
        assert_eq!(
            words("entry/required-fields"),
            "Every tensor entry has the keys `dtype`, `shape`, `data_offsets`."
        );
        assert_eq!(
            words("metadata/is-object"),
            "The value of `__metadata__` is an object or null."
        );
        assert_eq!(
            words("header/padding-is-spaces"),
            "White space after the header's JSON value: U+0020 only."
        );
    }
}
