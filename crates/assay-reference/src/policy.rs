//! A dialect compiled for reading.
//!
//! Every rule is looked at once, by an exhaustive match on its check, and filed
//! under the place in the reader that can break it. A rule that is not filed
//! costs nothing later: one that the dialect lacks, one that only warns, and
//! under [`Disputed::Accept`] one on which the sources disagree.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use assay_spec::check::{
    Aligned, Check, Encoding, Fault, IntegerDemand, JsonStandard, JsonType, KeyDemand, KeyScope,
    KeyedObject, Leading, NumberKind, Numbers, Place, SizeDemand, Table, Term, Text, Trailing,
};
use assay_spec::{Dialect, Disputed, KeyObject, KeyRole, OnViolation, Rule, RuleId};

use crate::fast::Terms;
use crate::linear::{JudgedOn, Linear};
use crate::prefix;
use crate::scan::Usual;

/// The position of a rule in the dialect's list of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) usize);

/// What a reader accepts: a dialect, and what becomes of disputed files.
///
/// With [`Disputed::Accept`] exactly the files whose verdict is `valid` or
/// `either` are read, with [`Disputed::Reject`] exactly the valid ones.
#[derive(Debug)]
pub struct Policy {
    dialect: Dialect,
    disputed: Disputed,
    enforced: Vec<bool>,
    /// The rules that each rule depends on.
    depends: Vec<Vec<Slot>>,
    pub(crate) rules: Rules,
    /// What the fast pass may assume; `None` if it is of no use for this dialect.
    pub(crate) terms: Option<Box<Terms>>,
    /// What the explaining pass may pass over at one go; `None` if nothing.
    pub(crate) usual: Option<Usual>,
}

/// The rules to look for, by what can break them.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Judged before the header is looked at.
    pub(crate) file: Vec<Linear>,
    pub(crate) depth: Vec<Linear>,
    pub(crate) rank: Vec<Linear>,
    pub(crate) foreign_magic: Vec<Slot>,
    pub(crate) utf8: Vec<Slot>,
    pub(crate) scalars: Vec<Slot>,
    pub(crate) leading: BTreeMap<Leading, Vec<Allowed>>,
    pub(crate) trailing: BTreeMap<Trailing, Vec<Allowed>>,
    pub(crate) grammar: Vec<Slot>,
    pub(crate) number_range: Vec<Slot>,
    pub(crate) unique: BTreeMap<KeyScope, Vec<Slot>>,
    pub(crate) required_keys: Vec<Slot>,
    pub(crate) known_keys: Vec<Slot>,
    pub(crate) size: BTreeMap<SizeDemand, Vec<Slot>>,
    pub(crate) tiling: BTreeMap<Fault, Vec<Slot>>,
    pub(crate) data_start: Vec<Slot>,
    pub(crate) tensor_begin: Vec<Slot>,
    places: Places,
    /// Keys of an entry with a meaning, in table order.
    pub(crate) entry_keys: Vec<KnownKey>,
    /// Keys of the header object with a meaning.
    pub(crate) header_keys: Vec<KnownKey>,
    pub(crate) dtypes: Vec<Box<str>>,
    pub(crate) features: Vec<Box<str>>,
    pub(crate) max_integer: u64,
    pub(crate) max_size_bits: u64,
    pub(crate) data_alignment: u64,
}

/// A field for each place, so that looking one up is no search.
#[derive(Debug, Default)]
struct Places {
    root: PlaceRules,
    metadata: PlaceRules,
    metadata_value: PlaceRules,
    entry: PlaceRules,
    dtype: PlaceRules,
    shape: PlaceRules,
    shape_element: PlaceRules,
    data_offsets: PlaceRules,
    data_offsets_element: PlaceRules,
    feature: PlaceRules,
}

/// Characters that a rule allows.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(crate) slot: Slot,
    pub(crate) characters: String,
}

/// A key with a meaning.
#[derive(Debug)]
pub(crate) struct KnownKey {
    pub(crate) key: Box<str>,
    pub(crate) role: KeyRole,
    pub(crate) required: bool,
}

/// The rules about the values at one place of the header.
#[derive(Debug, Default)]
pub(crate) struct PlaceRules {
    pub(crate) types: Vec<(Slot, Vec<JsonType>)>,
    pub(crate) lengths: Vec<(Slot, u64)>,
    pub(crate) in_table: Vec<Slot>,
    pub(crate) plain: Vec<Slot>,
    pub(crate) bounds: Vec<Bound>,
    pub(crate) ordered: Vec<Slot>,
    /// Plain integers up to this break no rule.
    pub(crate) harmless: u64,
    /// The types that a rule may object to, one bit each.
    looked_at: u8,
}

impl PlaceRules {
    /// Whether a rule may object to a value of this type, of so many elements if
    /// it is an array, or to what it holds.
    #[inline]
    pub(crate) fn looks_at(&self, kind: JsonType, count: u64) -> bool {
        let wrong_length = |(_, length): &(Slot, u64)| *length != count;
        self.looked_at >> kind as u8 & 1 == 1
            || (kind == JsonType::Array && self.lengths.iter().any(wrong_length))
    }

    fn add_types(&mut self, slot: Slot, types: &[JsonType]) {
        self.types.push((slot, types.to_vec()));
        self.looked_at |= !bits(types);
    }

    fn add_length(&mut self, slot: Slot, length: u64) {
        self.lengths.push((slot, length));
    }

    /// A dtype is looked up where it is read.
    fn add_in_table(&mut self, slot: Slot, place: Place) {
        self.in_table.push(slot);
        if place != Place::Dtype {
            self.looked_at |= bits(&[JsonType::String]);
        }
    }
}

fn bits(types: &[JsonType]) -> u8 {
    types.iter().fold(0, |bits, kind| bits | 1 << *kind as u8)
}

/// A bound on integers.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) slot: Slot,
    pub(crate) term: Term,
}

impl Bound {
    /// Whether it is the bound on representable integers: that one is judged for
    /// all of them, others only for those that are representable.
    pub(crate) fn is_max_integer(&self) -> bool {
        matches!(&self.term, Term::Limit(name) if name == MAX_INTEGER)
    }
}

const MAX_INTEGER: &str = "max_integer";

impl Policy {
    /// Compiles a dialect.
    pub fn new(dialect: &Dialect, disputed: Disputed) -> Policy {
        let mut policy = Policy {
            dialect: dialect.clone(),
            disputed,
            enforced: Vec::with_capacity(dialect.rules().len()),
            depends: dependencies(dialect),
            rules: Rules::of_tables(dialect),
            terms: None,
            usual: None,
        };
        let depended_on: BTreeSet<&RuleId> =
            dialect.rules().iter().flat_map(|rule| &rule.depends).collect();
        for (at, rule) in dialect.rules().iter().enumerate() {
            let enforced = match rule.on_violation {
                OnViolation::Reject => true,
                OnViolation::Either => disputed == Disputed::Reject,
                OnViolation::Warn | OnViolation::None => false,
            };
            policy.enforced.push(enforced);
            if enforced || depended_on.contains(&rule.id) {
                policy.rules.file(Slot(at), &rule.check, dialect);
            }
        }
        policy.rules.settle(dialect);
        let terms = Terms::new(dialect, &policy.rules, |slot| policy.enforces(slot));
        policy.terms = terms.map(Box::new);
        policy.usual = Usual::new(&policy.rules);
        policy
    }

    /// The dialect it was made from.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// What becomes of disputed files.
    pub fn disputed(&self) -> Disputed {
        self.disputed
    }

    /// How many of a file's first bytes a [`Header`](crate::Header) needs: prefix
    /// and header, or the prefix alone if that already decides. `first` holds
    /// the prefix, or the whole file if that is shorter.
    pub fn head_len(&self, first: &[u8], file_len: u64) -> u64 {
        prefix::head_len(first, file_len, self)
    }

    /// Whether a file that breaks the rule is refused.
    pub(crate) fn enforces(&self, slot: Slot) -> bool {
        self.enforced[slot.0]
    }

    /// The rules of which a breach makes this one moot.
    pub(crate) fn depends(&self, slot: Slot) -> &[Slot] {
        &self.depends[slot.0]
    }

    /// The rule at a position.
    pub(crate) fn rule(&self, slot: Slot) -> &Rule {
        &self.dialect.rules()[slot.0]
    }
}

/// The positions of the rules that each rule depends on.
fn dependencies(dialect: &Dialect) -> Vec<Vec<Slot>> {
    let rules = dialect.rules();
    let slot = |id: &RuleId| rules.iter().position(|rule| rule.id == *id).map(Slot);
    rules.iter().map(|rule| rule.depends.iter().filter_map(slot).collect()).collect()
}

impl Rules {
    /// No rules yet, only what the tables say.
    fn of_tables(dialect: &Dialect) -> Rules {
        let keys = |object: KeyObject| {
            let of_object = dialect.spec().tables.keys.iter().filter(move |key| key.of == object);
            of_object
                .map(|key| KnownKey {
                    key: key.key.as_str().into(),
                    role: key.role,
                    required: key.required,
                })
                .collect()
        };
        Rules {
            entry_keys: keys(KeyObject::Entry),
            header_keys: keys(KeyObject::Header),
            features: dialect
                .spec()
                .tables
                .features
                .iter()
                .map(|f| f.name.as_str().into())
                .collect(),
            dtypes: dialect.dtypes().iter().map(|dtype| dtype.name.as_str().into()).collect(),
            max_integer: dialect.limit(MAX_INTEGER),
            max_size_bits: dialect.limit("max_size_bits"),
            data_alignment: dialect.limit("data_alignment"),
            ..Rules::default()
        }
    }

    /// Files a rule under what can break it.
    fn file(&mut self, slot: Slot, check: &Check, dialect: &Dialect) {
        match check {
            Check::Linear { left, op, right } => {
                let rule = Linear::new(slot, left, *op, right, dialect);
                match rule.judged_on() {
                    JudgedOn::File | JudgedOn::Prefix | JudgedOn::Buffer => self.file.push(rule),
                    JudgedOn::Depth => self.depth.push(rule),
                    JudgedOn::Rank => self.rank.push(rule),
                }
            }
            // Well-formed UTF-8 encodes scalar values only, and a string has a
            // UTF-8 form exactly if it holds no lone surrogate.
            Check::Encoding { of: Text::Header, is: Encoding::Utf8 | Encoding::UnicodeScalars } => {
                self.utf8.push(slot);
            }
            Check::Encoding {
                of: Text::Strings,
                is: Encoding::Utf8 | Encoding::UnicodeScalars,
            } => {
                self.scalars.push(slot);
            }
            Check::LeadingBytes { judge, allowed } => {
                let rule = Allowed { slot, characters: allowed.clone() };
                self.leading.entry(*judge).or_default().push(rule);
            }
            Check::TrailingBytes { judge, allowed } => {
                let rule = Allowed { slot, characters: allowed.clone() };
                self.trailing.entry(*judge).or_default().push(rule);
            }
            Check::ForeignMagic {} => self.foreign_magic.push(slot),
            Check::JsonGrammar { standard: JsonStandard::Rfc8259 } => {
                self.grammar.push(slot);
            }
            Check::NumberRange { of: Numbers::Ignored, is: NumberKind::FiniteDouble } => {
                self.number_range.push(slot)
            }
            Check::UniqueKeys { scope } => self.unique.entry(*scope).or_default().push(slot),
            Check::ValueType { of, is } => self.place_mut(*of).add_types(slot, is),
            Check::Keys { of: KeyedObject::Entry, demand: KeyDemand::Required } => {
                self.required_keys.push(slot);
            }
            Check::Keys { of: KeyedObject::Entry, demand: KeyDemand::Known } => {
                self.known_keys.push(slot);
            }
            // Which table follows from the place.
            Check::InTable { of, table: Table::Dtypes | Table::Features } => {
                self.place_mut(*of).add_in_table(slot, *of);
            }
            Check::UnsignedIntegers { of, demand } => {
                for place in of {
                    let rules = self.place_mut(*place);
                    match demand {
                        IntegerDemand::PlainSpelling => rules.plain.push(slot),
                        IntegerDemand::AtMost(term) => {
                            rules.bounds.push(Bound { slot, term: term.clone() });
                        }
                    }
                }
            }
            Check::ArrayLength { of, length } => self.place_mut(*of).add_length(slot, *length),
            Check::OrderedPair { of } => self.place_mut(*of).ordered.push(slot),
            Check::SizeEquation { demand } => self.size.entry(*demand).or_default().push(slot),
            Check::Tiling { forbid } => self.tiling.entry(*forbid).or_default().push(slot),
            Check::Alignment { of: Aligned::DataStart } => self.data_start.push(slot),
            Check::Alignment { of: Aligned::TensorBegin } => self.tensor_begin.push(slot),
            // Binds readers and writers; no file breaks it.
            Check::Behaviour { probe: _ } => {}
        }
    }

    fn place_mut(&mut self, place: Place) -> &mut PlaceRules {
        match place {
            Place::Root => &mut self.places.root,
            Place::Metadata => &mut self.places.metadata,
            Place::MetadataValue => &mut self.places.metadata_value,
            Place::Entry => &mut self.places.entry,
            Place::Dtype => &mut self.places.dtype,
            Place::Shape => &mut self.places.shape,
            Place::ShapeElement => &mut self.places.shape_element,
            Place::DataOffsets => &mut self.places.data_offsets,
            Place::DataOffsetsElement => &mut self.places.data_offsets_element,
            Place::Feature => &mut self.places.feature,
        }
    }

    /// Works out what the hot path compares integers with.
    fn settle(&mut self, dialect: &Dialect) {
        for place in [Place::Shape, Place::DataOffsets] {
            let rules = self.place_mut(place);
            // A bound that depends on the file is looked at for every integer.
            let bound = |bound: &Bound| dialect.constant(&bound.term).unwrap_or(0);
            rules.harmless = rules.bounds.iter().map(bound).min().unwrap_or(u64::MAX);
        }
    }

    /// The rules about the values at a place.
    pub(crate) fn place(&self, place: Place) -> &PlaceRules {
        match place {
            Place::Root => &self.places.root,
            Place::Metadata => &self.places.metadata,
            Place::MetadataValue => &self.places.metadata_value,
            Place::Entry => &self.places.entry,
            Place::Dtype => &self.places.dtype,
            Place::Shape => &self.places.shape,
            Place::ShapeElement => &self.places.shape_element,
            Place::DataOffsets => &self.places.data_offsets,
            Place::DataOffsetsElement => &self.places.data_offsets_element,
            Place::Feature => &self.places.feature,
        }
    }

    /// The rules of a kind of check with a parameter.
    pub(crate) fn of<K: Ord, R>(rules: &BTreeMap<K, Vec<R>>, key: K) -> &[R] {
        rules.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The same, of which `guess` most often is right.
    #[inline]
    pub(crate) fn dtype_near(&self, name: &str, guess: usize) -> Option<usize> {
        let right = self.dtypes.get(guess).is_some_and(|known| **known == *name);
        if right { Some(guess) } else { self.dtype(name) }
    }

    /// The dtype of this name, as a position in the dialect's table.
    pub(crate) fn dtype(&self, name: &str) -> Option<usize> {
        self.dtypes.iter().position(|known| &**known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disputed_and_advisory_rules_are_enforced_as_asked() {
        let dialect = Dialect::latest();
        for disputed in [Disputed::Accept, Disputed::Reject] {
            let policy = Policy::new(&dialect, disputed);
            for (at, rule) in dialect.rules().iter().enumerate() {
                let expected = match rule.on_violation {
                    OnViolation::Reject => true,
                    OnViolation::Either => disputed == Disputed::Reject,
                    OnViolation::Warn | OnViolation::None => false,
                };
                assert_eq!(policy.enforces(Slot(at)), expected, "{}", rule.id);
            }
        }
    }

    #[test]
    fn what_is_not_enforced_is_not_filed() {
        let accept = Policy::new(&Dialect::latest(), Disputed::Accept);
        assert!(accept.rules.number_range.is_empty() && accept.rules.known_keys.is_empty());
        let reject = Policy::new(&Dialect::latest(), Disputed::Reject);
        assert!(!reject.rules.number_range.is_empty() && reject.rules.known_keys.is_empty());
        assert!(
            reject.rules.place(Place::Shape).harmless < accept.rules.place(Place::Shape).harmless
        );
    }
}
