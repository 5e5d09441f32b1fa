//! What the fast pass may assume: a policy, as far as that pass knows how to
//! keep it.
//!
//! The pass asks of every header what a view needs anyway, and the usual rules
//! with the parameters found here. Where a policy asks for less, the pass asks
//! for too much, which costs time only: the explaining pass decides. Where a
//! policy asks for something else, there are no terms, and the fast pass is not
//! used at all. Which of these holds is decided for each rule by its check.

use alloc::boxed::Box;
use alloc::vec::Vec;

use assay_spec::check::{
    Aligned, Check, Comparison, Encoding, Fault, IntegerDemand, JsonStandard, JsonType, KeyDemand,
    KeyScope, KeyedObject, Leading, NumberKind, Numbers, Place, SizeDemand, Table, Term, Text,
    Trailing,
};
use assay_spec::{Dialect, KeyRole};

use super::affine::Affine;
use super::dtypes::Dtypes;
use super::phrase::{FieldNames, Style};
use crate::policy::{Rules, Slot};

/// JSON's white space, as one bit for each byte.
const SPACE: u64 = 1 << b' ' | 1 << b'\t' | 1 << b'\n' | 1 << b'\r';

/// What the fast pass asks of a header.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Rules on lengths of the file and its parts.
    pub(super) file: Vec<Affine>,
    pub(super) no_magic: bool,
    /// White space that may stand before and after the object, as bits.
    pub(super) leading: u64,
    pub(super) trailing: u64,
    pub(super) max_depth: u64,
    pub(super) max_rank: u64,
    pub(super) null_metadata: bool,
    pub(super) unknown_fields: bool,
    pub(super) finite_numbers: bool,
    pub(super) no_overflow_before_zero: bool,
    /// What the start of the byte buffer must be a multiple of.
    pub(super) alignment: u64,
    pub(super) max_dimension: u64,
    pub(super) max_offset: u64,
    pub(super) max_size_bits: u64,
    pub(super) header_keys: Vec<HeaderKey>,
    /// Lengths of those keys, as bits; lengths from 63 on share one.
    pub(super) header_key_lens: u64,
    pub(super) entry_keys: Vec<EntryKey>,
    /// The keys that an entry must have, one bit each.
    pub(super) required: u64,
    pub(super) dtypes: Dtypes,
    pub(super) styles: Vec<Style>,
}

/// A key of the header object with a meaning.
#[derive(Debug)]
pub(super) struct HeaderKey {
    pub(super) key: Box<[u8]>,
    pub(super) is_metadata: bool,
}

/// A key of an entry with a meaning.
#[derive(Debug)]
pub(super) struct EntryKey {
    pub(super) key: Box<[u8]>,
    /// The key and the quote after it, and which bytes that makes.
    pub(super) text: u128,
    pub(super) mask: u128,
    pub(super) role: KeyRole,
}

impl Terms {
    /// The terms under which a file keeps the rules that `enforces` names;
    /// `None` if it takes another pass to tell.
    pub(crate) fn new(
        dialect: &Dialect,
        rules: &Rules,
        enforces: impl Fn(Slot) -> bool,
    ) -> Option<Terms> {
        let mut terms = Terms::of_tables(rules, dialect)?;
        let usual_fields = terms.required;
        for (at, rule) in dialect.rules().iter().enumerate() {
            if enforces(Slot(at)) {
                terms.agree(&rule.check, dialect)?;
            }
        }
        // Bounds on integers are worked out there already, those that depend on
        // the file as 0: such integers are looked at closely.
        terms.max_dimension = rules.place(Place::Shape).harmless;
        terms.max_offset = rules.place(Place::DataOffsets).harmless;
        terms.max_size_bits = rules.max_size_bits;
        if terms.required != usual_fields {
            // Then no entry that is right has the usual fields alone.
            terms.styles.clear();
        }
        Some(terms)
    }

    /// Takes a rule up into the terms; `None` if it does not fit.
    fn agree(&mut self, check: &Check, dialect: &Dialect) -> Option<()> {
        match check {
            Check::Linear { left, op, right } => self.agree_linear(left, *op, right, dialect)?,
            // Asked of every header, or checked where what could break it stands.
            Check::Encoding {
                of: Text::Header | Text::Strings,
                is: Encoding::Utf8 | Encoding::UnicodeScalars,
            }
            | Check::JsonGrammar { standard: JsonStandard::Rfc8259 }
            | Check::UniqueKeys {
                scope: KeyScope::Header | KeyScope::Metadata | KeyScope::Entry | KeyScope::Nested,
            }
            | Check::LeadingBytes { judge: Leading::ByteOrderMark, allowed: _ }
            | Check::TrailingBytes { judge: Trailing::Content, allowed: _ }
            | Check::InTable { of: Place::Dtype, table: Table::Dtypes }
            | Check::OrderedPair { of: Place::DataOffsets }
            | Check::Tiling {
                forbid:
                    Fault::Gap | Fault::Overlap | Fault::Tail | Fault::Overrun | Fault::MisplacedEmpty,
            }
            // What fits to the bit needs no rounding.
            | Check::SizeEquation {
                demand:
                    SizeDemand::WholeBytes
                    | SizeDemand::Fits
                    | SizeDemand::MatchesOffsets
                    | SizeDemand::MatchesOffsetsRoundedUp,
            }
            // The pass takes no list of features, whatever is in it.
            | Check::InTable { of: Place::Feature, table: Table::Features }
            | Check::Behaviour { probe: _ } => {}
            Check::SizeEquation { demand: SizeDemand::NoOverflowBeforeZero } => {
                self.no_overflow_before_zero = true;
            }
            Check::LeadingBytes { judge: Leading::Whitespace, allowed } => {
                self.leading &= bits(allowed);
            }
            Check::TrailingBytes { judge: Trailing::Whitespace, allowed } => {
                self.trailing &= bits(allowed);
            }
            Check::ForeignMagic {} => self.no_magic = true,
            Check::NumberRange { of: Numbers::Ignored, is: NumberKind::FiniteDouble } => {
                self.finite_numbers = true;
            }
            Check::ValueType { of, is } => self.agree_type(*of, is)?,
            Check::Keys { of: KeyedObject::Entry, demand: KeyDemand::Required } => {
                self.required |= required(dialect);
            }
            Check::Keys { of: KeyedObject::Entry, demand: KeyDemand::Known } => {
                self.unknown_fields = false;
            }
            Check::UnsignedIntegers { of, demand: IntegerDemand::PlainSpelling }
            | Check::UnsignedIntegers { of, demand: IntegerDemand::AtMost(_) } => {
                of.iter().all(|place| has_integers(*place)).then_some(())?;
            }
            Check::ArrayLength { of: Place::DataOffsets, length: 2 } => {}
            Check::Alignment { of: Aligned::DataStart } => {
                self.alignment = dialect.limit("data_alignment").max(1);
            }
            // Not the usual rules.
            Check::InTable { of: _, table: Table::Dtypes | Table::Features }
            | Check::ArrayLength { of: _, length: _ }
            | Check::OrderedPair { of: _ }
            | Check::Alignment { of: Aligned::TensorBegin } => return None,
        }
        Some(())
    }

    /// Depth and rank are bounded from above, whatever the file; everything
    /// else is worked out for each file.
    fn agree_linear(
        &mut self,
        left: &[Term],
        op: Comparison,
        right: &[Term],
        dialect: &Dialect,
    ) -> Option<()> {
        let rule = Affine::new(left, op, right, dialect);
        match (rule.names(&Term::TensorRank), rule.names(&Term::HeaderDepth)) {
            (false, false) => self.file.push(rule),
            (true, false) => self.max_rank = self.max_rank.min(rule.bound(&Term::TensorRank)?),
            (false, true) => self.max_depth = self.max_depth.min(rule.bound(&Term::HeaderDepth)?),
            (true, true) => return None,
        }
        Some(())
    }

    /// The types that the pass takes must be among those that the rule allows.
    fn agree_type(&mut self, of: Place, allowed: &[JsonType]) -> Option<()> {
        let takes = match of {
            Place::Root | Place::Metadata | Place::Entry => JsonType::Object,
            Place::MetadataValue | Place::Dtype | Place::Feature => JsonType::String,
            Place::Shape | Place::DataOffsets => JsonType::Array,
            Place::ShapeElement | Place::DataOffsetsElement => JsonType::Number,
        };
        if of == Place::Metadata {
            self.null_metadata &= allowed.contains(&JsonType::Null);
        }
        allowed.contains(&takes).then_some(())
    }

    /// What the tables say; no rules yet.
    fn of_tables(rules: &Rules, dialect: &Dialect) -> Option<Terms> {
        if dialect.spec().tables.repeated_names.is_some() {
            return None;
        }
        let key = |role| dialect.key(role);
        let fields = FieldNames {
            dtype: key(KeyRole::Dtype),
            shape: key(KeyRole::Shape),
            offsets: key(KeyRole::DataOffsets),
        };
        let style = |spaced| Style::new(fields, &rules.dtypes, spaced);
        // Under the key for features an array lists them, which is left to the other pass; all
        // else there is a tensor's entry.
        let header_keys = rules.header_keys.iter().filter(|known| known.role != KeyRole::Features);
        let header_key_lens = lens(header_keys.clone().map(|known| known.key.len()));
        let header_keys = header_keys.map(|known| HeaderKey {
            key: known.key.as_bytes().into(),
            is_metadata: known.role == KeyRole::Metadata,
        });
        let entry_keys: Option<Vec<EntryKey>> =
            rules.entry_keys.iter().map(|known| EntryKey::new(&known.key, known.role)).collect();
        let entry_keys = entry_keys.filter(|keys| keys.len() < u64::BITS as usize)?;
        Some(Terms {
            file: Vec::new(),
            no_magic: false,
            leading: SPACE,
            trailing: SPACE,
            max_depth: u64::MAX,
            max_rank: u64::MAX,
            null_metadata: true,
            unknown_fields: true,
            finite_numbers: false,
            no_overflow_before_zero: false,
            alignment: 1,
            max_dimension: 0,
            max_offset: 0,
            max_size_bits: 0,
            header_key_lens,
            header_keys: header_keys.collect(),
            required: view_needs(&entry_keys)?,
            entry_keys,
            dtypes: Dtypes::new(dialect)?,
            styles: [false, true].into_iter().map(style).collect::<Option<_>>()?,
        })
    }
}

impl EntryKey {
    /// `None` if the key and a quote are not found as they stand in 16 bytes.
    fn new(key: &str, role: KeyRole) -> Option<EntryKey> {
        let (text, mask) = quoted_text(key)?;
        Some(EntryKey { key: key.as_bytes().into(), text, mask, role })
    }
}

/// A text that JSON spells as it is, with the quote after it, as the lowest of
/// 16 bytes, and which bytes that makes.
pub(super) fn quoted_text(text: &str) -> Option<(u128, u128)> {
    let plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    if text.len() >= 16 || !text.as_bytes().iter().all(plain) {
        return None;
    }
    let mut bytes = [0; 16];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes[text.len()] = b'"';
    let mask = u128::MAX >> (8 * (15 - text.len()));
    Some((u128::from_le_bytes(bytes), mask))
}

/// The keys without which a tensor has no view, one bit each; `None` unless
/// each stands in the table once.
fn view_needs(keys: &[EntryKey]) -> Option<u64> {
    [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets].iter().try_fold(0, |needs, role| {
        let mut of_role = keys.iter().enumerate().filter(|(_, key)| key.role == *role);
        match (of_role.next(), of_role.next()) {
            (Some((at, _)), None) => Some(needs | 1 << at),
            _ => None,
        }
    })
}

/// The keys that the table requires, one bit each.
fn required(dialect: &Dialect) -> u64 {
    let required: Vec<&str> = dialect.required_entry_keys().collect();
    let known = dialect.known_entry_keys().enumerate();
    known.filter(|(_, key)| required.contains(key)).fold(0, |bits, (at, _)| bits | 1 << at)
}

/// Lengths as bits; those from 63 on share one.
fn lens(lens: impl Iterator<Item = usize>) -> u64 {
    lens.fold(0, |bits, len| bits | 1 << len.min(63))
}

/// Characters as bits; of those above 63 none is white space.
fn bits(characters: &str) -> u64 {
    characters.bytes().filter(|byte| *byte < 64).fold(0, |bits, byte| bits | 1 << byte)
}

fn has_integers(place: Place) -> bool {
    matches!(place, Place::Shape | Place::DataOffsets)
}
