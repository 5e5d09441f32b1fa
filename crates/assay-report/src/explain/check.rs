//! Checks in words.

use assay_spec::Check;
use assay_spec::check::{
    Aligned, Comparison, Encoding, Fault, IntegerDemand, JsonStandard, JsonType, KeyDemand,
    KeyScope, KeyedObject, Leading, NumberKind, Numbers, Place, Probe, SizeDemand, Table, Term,
    Text, Trailing,
};

use crate::text::units::list;

/// What a check demands, as one clause.
pub fn in_words(check: &Check) -> String {
    match check {
        Check::Linear { left, op, right } => {
            format!("{} {} {}", sum(left), comparison(*op), sum(right))
        }
        Check::Encoding { of, is } => format!("{} {}", text(*of), encoding(*is)),
        Check::LeadingBytes { judge, allowed } => {
            let judged = match judge {
                Leading::Whitespace => "JSON whitespace",
                Leading::ByteOrderMark => "byte order mark",
            };
            format!("before the header's first token, {}", only(judged, allowed))
        }
        Check::TrailingBytes { judge, allowed } => {
            let judged = match judge {
                Trailing::Whitespace => "JSON whitespace",
                Trailing::Content => "byte that is not JSON whitespace",
            };
            format!("after the header's JSON value, {}", only(judged, allowed))
        }
        Check::ForeignMagic {} => {
            "the file does not begin with the first bytes of another format".to_owned()
        }
        Check::JsonGrammar { standard: JsonStandard::Rfc8259 } => {
            "the header follows the JSON grammar of RFC 8259".to_owned()
        }
        Check::NumberRange { of: Numbers::Ignored, is: NumberKind::FiniteDouble } => {
            "numbers in values that readers ignore are finite as IEEE 754 doubles".to_owned()
        }
        Check::UniqueKeys { scope } => format!("no key stands twice in {}", key_scope(*scope)),
        Check::ValueType { of, is } => format!("{} is {}", place(*of), types(is)),
        Check::Keys { of: KeyedObject::Entry, demand } => match demand {
            KeyDemand::Required => "a tensor entry has every required key".to_owned(),
            KeyDemand::Known => "a tensor entry has no unknown key".to_owned(),
        },
        Check::InTable { of, table: Table::Dtypes } => {
            format!("{} is a dtype of the edition", place(*of))
        }
        Check::UnsignedIntegers { of, demand } => {
            let places: Vec<&str> = of.iter().map(|of| plural_place(*of)).collect();
            let demand = match demand {
                IntegerDemand::PlainSpelling => {
                    "are spelled as unsigned integers: digits without sign, fraction, exponent \
                     or leading zero"
                        .to_owned()
                }
                IntegerDemand::AtMost(most) => format!("are at most {}", term(most)),
            };
            format!("{} {demand}", list(&places))
        }
        Check::ArrayLength { of, length } => {
            let elements = if *length == 1 { "element" } else { "elements" };
            format!("{} has exactly {length} {elements}", place(*of))
        }
        Check::OrderedPair { of } => {
            format!("the first number of {} is not above the second", place(*of))
        }
        Check::SizeEquation { demand } => size(*demand).to_owned(),
        Check::Tiling { forbid } => format!("in the byte buffer, {}", fault(*forbid)),
        Check::Alignment { of } => match of {
            Aligned::DataStart => {
                "the byte buffer begins at a multiple of the limit data_alignment".to_owned()
            }
            Aligned::TensorBegin => {
                "each tensor begins at a multiple of its element size".to_owned()
            }
        },
        Check::Behaviour { probe: of } => probe(*of).to_owned(),
    }
}

fn sum(terms: &[Term]) -> String {
    match terms {
        [] => "0".to_owned(),
        terms => terms.iter().map(term).collect::<Vec<_>>().join(" + "),
    }
}

fn term(term: &Term) -> String {
    match term {
        Term::FileLen => "the length of the file".to_owned(),
        Term::PrefixN => "the declared header length".to_owned(),
        Term::BufferLen => "the length of the byte buffer".to_owned(),
        Term::HeaderDepth => "the depth of the header's nesting".to_owned(),
        Term::TensorRank => "the number of dimensions of a tensor".to_owned(),
        Term::Limit(name) => format!("the limit {name}"),
        Term::Constant(number) => number.to_string(),
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
        Text::Strings => "every string of the header, unescaped,",
    }
}

fn encoding(is: Encoding) -> &'static str {
    match is {
        Encoding::Utf8 => "is well-formed UTF-8",
        Encoding::UnicodeScalars => "holds no lone surrogate",
    }
}

/// Only the allowed characters of a kind of bytes.
fn only(judged: &str, allowed: &str) -> String {
    let names: Vec<String> = allowed
        .chars()
        .map(|character| match character {
            ' ' => "space".to_owned(),
            '\t' => "tab".to_owned(),
            '\n' => "line feed".to_owned(),
            '\r' => "carriage return".to_owned(),
            other => format!("U+{:04X}", u32::from(other)),
        })
        .collect();
    match names.is_empty() {
        true => format!("no {judged} stands"),
        false => format!("the only {judged} allowed is {}", list(&names)),
    }
}

fn key_scope(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::Header => "the header object",
        KeyScope::Metadata => "the metadata object",
        KeyScope::Entry => "a tensor entry",
        KeyScope::Nested => "an object within a value that readers ignore",
    }
}

fn place(of: Place) -> &'static str {
    match of {
        Place::Root => "the header's JSON value",
        Place::Metadata => "the metadata",
        Place::MetadataValue => "each value of the metadata",
        Place::Entry => "each tensor entry",
        Place::Dtype => "an entry's dtype",
        Place::Shape => "an entry's shape",
        Place::ShapeElement => "each element of a shape",
        Place::DataOffsets => "an entry's data_offsets",
        Place::DataOffsetsElement => "each element of data_offsets",
    }
}

fn plural_place(of: Place) -> &'static str {
    match of {
        Place::Shape | Place::ShapeElement => "the numbers of a shape",
        Place::DataOffsets | Place::DataOffsetsElement => "the numbers of data_offsets",
        other => place(other),
    }
}

fn types(types: &[JsonType]) -> String {
    let name = |kind: &JsonType| match kind {
        JsonType::Object => "an object",
        JsonType::Array => "an array",
        JsonType::String => "a string",
        JsonType::Number => "a number",
        JsonType::Boolean => "a boolean",
        JsonType::Null => "null",
    };
    let names: Vec<&str> = types.iter().map(name).collect();
    match names.as_slice() {
        [] => "of no type".to_owned(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

fn size(demand: SizeDemand) -> &'static str {
    match demand {
        SizeDemand::WholeBytes => "the size of a tensor in bits is a multiple of 8",
        SizeDemand::Fits => "the size of a tensor in bits is at most the limit max_size_bits",
        SizeDemand::NoOverflowBeforeZero => {
            "no product of leading dimensions exceeds the limit max_size_bits before a zero \
             dimension makes the whole product zero"
        }
        SizeDemand::MatchesOffsets => {
            "the size that dtype and shape give equals the length of the range that data_offsets \
             give"
        }
    }
}

fn fault(forbid: Fault) -> &'static str {
    match forbid {
        Fault::Gap => "no bytes are left out between tensors",
        Fault::Overlap => "no two tensors share bytes",
        Fault::Tail => "no bytes follow the last tensor",
        Fault::Overrun => "no tensor ends after the end of the buffer",
        Fault::MisplacedEmpty => "an empty tensor lies exactly where the tensor before it ends",
    }
}

fn probe(probe: Probe) -> &'static str {
    match probe {
        Probe::PrefixByteOrder => "the prefix is read as little-endian",
        Probe::KeyOrder => "any order of the header's keys gives the same view",
        Probe::NameIdentity => "tensor names come back exactly",
        Probe::EmptyMetadata => "an empty metadata object is accepted",
        Probe::ReservedName => "the writer refuses a tensor under the metadata key",
        Probe::Scalar => "an empty shape is one element",
        Probe::EmptyTensor => "zero dimensions are accepted and hold nothing",
        Probe::RelativeOffsets => "offsets count from the byte after the header",
        Probe::ContentBytes => "contents come back byte for byte",
        Probe::OpaqueValues => "values of elements are not judged",
        Probe::UnalignedRead => "tensors at unaligned offsets are read correctly",
        Probe::SubByteOrder => "elements smaller than a byte keep their order within it",
        Probe::EveryDtype => "a dtype that is accepted is delivered by every way of reading",
    }
}
