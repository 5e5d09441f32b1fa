//! Single faults of files of a stream: which rules they break, what they need,
//! and what they put where.

use assay_spec::check::{
    Encoding, Fault as Tiling, IntegerDemand, JsonType, KeyDemand, KeyScope, Leading, Place,
    SizeDemand, Term, Trailing,
};
use assay_spec::{Check, Dialect, Rule};

use super::plan::{Plan, Planned};
use super::write::{OFFSETS, SHAPE};
use crate::bounds::{self, Facts, Interval, Linear};
use crate::violate::linear::moved;

/// A way to break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bytes after the last tensor.
    Tail,
    /// Bytes missing at the end.
    Overrun,
    /// Bytes between tensors.
    Gap,
    /// A tensor that begins within another.
    Overlap,
    /// A false header length.
    Declared(Bound),
    /// Text before the header object.
    Leading,
    /// Text after the header object.
    Trailing,
    /// A comma too many.
    Grammar,
    /// Text at the start of a name.
    Text,
    /// Another metadata object.
    Metadata,
    /// A further field.
    Extra,
    NameTwice,
    FieldTwice,
    FieldMissing,
    /// Something else in place of an entry.
    EntryType,
    /// Something else in place of a field.
    FieldType(usize),
    /// Something else in place of a field's first element.
    Element(usize),
    UnknownDtype,
    /// A number that is not spelled plainly.
    NotPlain,
    /// Offsets in the wrong order.
    Swapped,
    /// Offsets that are no pair.
    Length,
    /// A shape larger than its range.
    WrongSize,
}

/// What a header length must be within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Below(u64),
    Above(u64),
    /// The header with the prefix must end within the file.
    WithinFile,
}

impl Bound {
    /// A header length outside, for a file of a length.
    pub(super) fn outside(self, file_len: u64, amount: u64) -> u64 {
        match self {
            Bound::Below(low) => amount % low.max(1),
            Bound::Above(high) => high.saturating_add(1).saturating_add(amount % 1000),
            Bound::WithinFile => file_len - 7 + amount % 1000,
        }
    }
}

impl Kind {
    /// How a stream breaks a rule, if it can.
    pub(super) fn of(rule: &Rule) -> Option<Kind> {
        Some(match &rule.check {
            Check::Tiling { forbid: Tiling::Tail } => Kind::Tail,
            Check::Tiling { forbid: Tiling::Overrun } => Kind::Overrun,
            Check::Tiling { forbid: Tiling::Gap } => Kind::Gap,
            Check::Tiling { forbid: Tiling::Overlap } => Kind::Overlap,
            Check::Linear { left, op, right } => {
                let linear = Linear { left, op: *op, right };
                if moved(linear)? != Term::PrefixN {
                    return None;
                }
                let within_file = linear.coefficient(&Term::FileLen) != 0;
                // Which bound it is depends on limits, and so on the dialect.
                Kind::Declared(if within_file { Bound::WithinFile } else { Bound::Above(0) })
            }
            Check::LeadingBytes { .. } => Kind::Leading,
            Check::TrailingBytes { .. } => Kind::Trailing,
            Check::JsonGrammar { .. } => Kind::Grammar,
            Check::Encoding { .. } => Kind::Text,
            Check::UniqueKeys { scope: KeyScope::Header } => Kind::NameTwice,
            Check::UniqueKeys { scope: KeyScope::Entry } => Kind::FieldTwice,
            Check::UniqueKeys { scope: KeyScope::Metadata } => Kind::Metadata,
            Check::UniqueKeys { scope: KeyScope::Nested } | Check::NumberRange { .. } => {
                Kind::Extra
            }
            Check::Keys { demand: KeyDemand::Required, .. } => Kind::FieldMissing,
            Check::ValueType { of, .. } => match of {
                Place::Root => return None,
                Place::Metadata | Place::MetadataValue => Kind::Metadata,
                Place::Entry => Kind::EntryType,
                Place::Dtype => Kind::FieldType(0),
                Place::Shape => Kind::FieldType(SHAPE),
                Place::ShapeElement => Kind::Element(SHAPE),
                Place::DataOffsets => Kind::FieldType(OFFSETS),
                Place::DataOffsetsElement => Kind::Element(OFFSETS),
                Place::Feature => return None,
            },
            Check::InTable { of: Place::Dtype, .. } => Kind::UnknownDtype,
            Check::UnsignedIntegers { demand: IntegerDemand::PlainSpelling, .. } => Kind::NotPlain,
            Check::OrderedPair { .. } => Kind::Swapped,
            Check::ArrayLength { of: Place::DataOffsets, length: 2 } => Kind::Length,
            Check::SizeEquation { demand: SizeDemand::MatchesOffsets } => Kind::WrongSize,
            _ => return None,
        })
    }

    /// The same with the dialect's bounds.
    pub(super) fn bounded(self, dialect: &Dialect, rule: &Rule) -> Option<Kind> {
        let Kind::Declared(Bound::Above(_)) = self else { return Some(self) };
        let kept = Linear::of(rule)?.solve(dialect, &Term::PrefixN, &Facts::default())?;
        let (low, high) = kept.ends()?;
        Some(Kind::Declared(if kept.high < Interval::ALL.high {
            Bound::Above(high)
        } else {
            Bound::Below(low)
        }))
    }

    /// Whether a fault of an entry shows in a field's array.
    pub(super) fn concerns(self, field: usize) -> bool {
        match self {
            Kind::Element(of) => of == field,
            Kind::WrongSize => field == SHAPE,
            Kind::NotPlain | Kind::Swapped | Kind::Length => field == OFFSETS,
            _ => false,
        }
    }

    /// What the fault puts in place of what is right.
    pub(super) fn texts(self, dialect: &Dialect, rule: &Rule) -> Vec<Vec<u8>> {
        let own = |texts: &[&[u8]]| texts.iter().map(|text| text.to_vec()).collect();
        match &rule.check {
            Check::LeadingBytes { judge: Leading::ByteOrderMark, .. } => own(&[b"\xef\xbb\xbf"]),
            Check::LeadingBytes { judge: Leading::Whitespace, allowed }
            | Check::TrailingBytes { judge: Trailing::Whitespace, allowed } => {
                let not_allowed = |byte: &&u8| !allowed.as_bytes().contains(byte);
                bounds::JSON_WHITE_SPACE.iter().filter(not_allowed).map(|b| vec![*b]).collect()
            }
            Check::TrailingBytes { judge: Trailing::Content, .. } => {
                own(&[b"x", b"{}", b"\0", b",", b"\"\"", b"}"])
            }
            Check::Encoding { is: Encoding::Utf8, .. } => {
                own(&[b"\xff", b"\x80", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\x80"])
            }
            Check::Encoding { is: Encoding::UnicodeScalars, .. } => {
                own(&[br"\ud800", br"\uDBFF", br"\udc00", br"\udfffa"])
            }
            Check::UniqueKeys { .. } => own(&[br#"{"a":"b","a":"c"}"#, br#"{"a":"","\u0061":""}"#]),
            Check::NumberRange { .. } => own(&[b"1e999", b"-1e400", b"[1e309]"]),
            Check::ValueType { of: Place::MetadataValue, is } => {
                let wrong = tokens(is);
                wrong.iter().map(|token| [br#"{"a":"#, token.as_slice(), b"}"].concat()).collect()
            }
            Check::ValueType { is, .. } => tokens(is),
            Check::InTable { .. } => unknown_dtypes(dialect),
            Check::UnsignedIntegers { .. } => own(&[b".0", b"e0", b".5", b"E+1"]),
            _ => Vec::new(),
        }
    }
}

/// JSON values of other types than these.
fn tokens(is: &[JsonType]) -> Vec<Vec<u8>> {
    let all: [(JsonType, &[u8]); 6] = [
        (JsonType::Object, b"{}"),
        (JsonType::Array, b"[]"),
        (JsonType::String, br#""text""#),
        (JsonType::Number, b"5"),
        (JsonType::Boolean, b"true"),
        (JsonType::Null, b"null"),
    ];
    all.iter().filter(|(of, _)| !is.contains(of)).map(|(_, token)| token.to_vec()).collect()
}

/// Strings that are no dtype, though nearly.
fn unknown_dtypes(dialect: &Dialect) -> Vec<Vec<u8>> {
    let near = dialect.dtypes().iter().flat_map(|dtype| {
        let name = &dtype.name;
        [name.to_lowercase(), format!("{name} "), format!("{name}0"), String::new()]
    });
    near.filter(|name| dialect.dtype(name).is_none())
        .map(|name| format!("\"{name}\"").into_bytes())
        .collect()
}

/// A fault in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault<'a> {
    pub(super) kind: Kind,
    /// The tensor that shows it; for faults of no tensor, any number.
    pub(super) victim: usize,
    pub(super) amount: u64,
    /// What it puts in place of what is right.
    pub(super) text: &'a [u8],
}

impl<'a> Fault<'a> {
    /// Puts a fault into a plan; `None`, and the plan as it was, if it has no
    /// place for it.
    pub(super) fn in_plan(
        kind: Kind,
        texts: &'a [Vec<u8>],
        victim: u64,
        amount: u64,
        plan: &mut Plan,
    ) -> Option<Fault<'a>> {
        let text = match texts.len() as u64 {
            0 => &[][..],
            count => &texts[(amount % count) as usize],
        };
        let mut fault = Fault { kind, victim: usize::MAX, amount, text };
        let full = |tensor: &Planned| tensor.end > tensor.begin;
        match kind {
            Kind::Tail
            | Kind::Declared(_)
            | Kind::Leading
            | Kind::Trailing
            | Kind::Grammar
            | Kind::Metadata => {}
            Kind::Overrun => {
                let last = plan.tensors.last().filter(|tensor| full(tensor))?;
                fault.amount = 1 + amount % (last.end - last.begin);
            }
            Kind::Gap => {
                let at = any(plan, victim, |plan, at| full(&plan.tensors[at]))?;
                let more = 1 + amount % 9;
                for tensor in &mut plan.tensors[at..] {
                    (tensor.begin, tensor.end) = (tensor.begin + more, tensor.end + more);
                }
                plan.buffer += more;
            }
            Kind::Overlap => {
                let at = any(plan, victim, |plan, at| {
                    at > 0 && full(&plan.tensors[at]) && full(&plan.tensors[at - 1])
                })?;
                let size = |tensor: &Planned| tensor.end - tensor.begin;
                let most = size(&plan.tensors[at]).min(size(&plan.tensors[at - 1]));
                let less = 1 + amount % most;
                for tensor in &mut plan.tensors[at..] {
                    (tensor.begin, tensor.end) = (tensor.begin - less, tensor.end - less);
                }
                plan.buffer -= less;
            }
            Kind::NameTwice => {
                fault.victim = any(plan, victim, |plan, _| plan.tensors.len() > 1)?;
            }
            Kind::Text
            | Kind::Extra
            | Kind::FieldTwice
            | Kind::FieldMissing
            | Kind::EntryType
            | Kind::FieldType(_)
            | Kind::UnknownDtype
            | Kind::NotPlain
            | Kind::Length => fault.victim = any(plan, victim, |_, _| true)?,
            Kind::Element(field) => {
                let there =
                    |plan: &Plan, at: usize| field == OFFSETS || !plan.tensors[at].shape.is_empty();
                fault.victim = any(plan, victim, there)?;
            }
            Kind::Swapped => {
                fault.victim = any(plan, victim, |plan, at| full(&plan.tensors[at]))?;
            }
            Kind::WrongSize => {
                let there = |plan: &Plan, at: usize| {
                    let tensor = &plan.tensors[at];
                    full(tensor) && !tensor.shape.is_empty()
                };
                fault.victim = any(plan, victim, there)?;
                // Whole bytes for whatever dtype.
                fault.amount = 8 * (1 + amount % 9);
            }
        }
        Some(fault)
    }
}

/// A tensor of a plan with a property, if there is one.
fn any(plan: &Plan, victim: u64, has: impl Fn(&Plan, usize) -> bool) -> Option<usize> {
    let count = plan.tensors.len();
    let start = (victim % (count as u64).max(1)) as usize;
    (start..count).chain(0..start).find(|at| has(plan, *at))
}
