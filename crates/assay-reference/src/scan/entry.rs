//! A tensor's entry: its fields, and what follows from them together.

use core::ops::Range as Positions;

use assay_spec::KeyRole;
use assay_spec::check::{JsonType, KeyScope, Place, SizeDemand};

use crate::cursor::{GrammarError, RawString};
use crate::linear::Quantities;
use crate::policy::Rules;
use crate::scan::columns::Form;
use crate::scan::{Scanner, Unviewable, may_decode_to};
use crate::size::Size;
use crate::tables::{LONG, Range, long_shape};

/// Depth of an entry: the root is 1.
pub(super) const DEPTH: u64 = 2;

/// A field's fact, if the field stands exactly once and yields one.
#[derive(Debug, Clone)]
pub(super) struct Field<T> {
    pub(super) times: u32,
    fact: Option<T>,
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Field { times: 0, fact: None }
    }
}

impl<T> Field<T> {
    #[inline]
    pub(super) fn see(&mut self, fact: Option<T>) {
        self.times += 1;
        self.fact = fact.filter(|_| self.times == 1);
    }
}

/// A shape: where its dimensions lie in their table, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) from: usize,
    pub(super) rank: usize,
    pub(super) at: Positions<usize>,
}

/// Ordered offsets, and where they stand.
#[derive(Debug, Clone)]
pub(super) struct Offsets {
    pub(super) range: Range,
    pub(super) at: Positions<usize>,
}

/// What an entry says.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) dtype: Field<usize>,
    pub(super) shape: Field<Shape>,
    pub(super) offsets: Field<Offsets>,
}

impl Scanner<'_, '_> {
    /// Passes over the value under a tensor's name.
    pub(super) fn entry(&mut self) -> Result<(), GrammarError> {
        let fields = match self.usual_fields() {
            Some(fields) => fields,
            None => self.any_fields()?,
        };
        self.judge_size(&fields);
        self.judge_alignment(&fields);
        self.take(&fields);
        Ok(())
    }

    /// Passes over an entry and judges it field by field.
    fn any_fields(&mut self) -> Result<Fields, GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let mut count = 0;
        let mut fields = Fields::default();
        if kind == JsonType::Object {
            self.fields(&mut fields)?;
            self.judge_required(start..self.cursor.at);
        } else {
            count = self.skip(DEPTH - 1, false)?;
        }
        self.judge_value(Place::Entry, kind, start..self.cursor.at, count);
        Ok(fields)
    }

    fn fields(&mut self, fields: &mut Fields) -> Result<(), GrammarError> {
        self.nest(DEPTH, self.cursor.at);
        self.cursor.at += 1;
        // An entry takes two bytes of at most 2^32, so this does not wrap.
        self.entries += 1;
        let keys_from = self.keys.len();
        let mut first = true;
        while let Some(key) = self.key(first)? {
            first = false;
            let known = self.entry_key(key);
            let role = self.see_key(key, known);
            match role {
                Some(KeyRole::Dtype) => self.dtype(&mut fields.dtype)?,
                Some(KeyRole::Shape) => self.shape(&mut fields.shape)?,
                Some(KeyRole::DataOffsets) => self.offsets(&mut fields.offsets)?,
                Some(KeyRole::Metadata | KeyRole::Note | KeyRole::Meaning | KeyRole::Features)
                | None => {
                    self.skip(DEPTH, true)?;
                }
            }
        }
        if let Some(key) = self.keys.close(keys_from, self.text) {
            self.raise_repeated(KeyScope::Entry, key);
        }
        Ok(())
    }

    /// The key with a meaning that this is, by position.
    fn entry_key(&mut self, key: RawString) -> Option<usize> {
        let policy = self.policy;
        let mut keys = policy.rules.entry_keys.iter();
        if !keys.any(|known| may_decode_to(key, &known.key)) {
            return None;
        }
        let text = self.decode(key)?;
        policy.rules.entry_keys.iter().position(|known| *known.key == *text)
    }

    /// Judges a key against the others and the table; gives what it is for.
    fn see_key(&mut self, key: RawString, known: Option<usize>) -> Option<KeyRole> {
        let policy = self.policy;
        let Some(known) = known else {
            if !Rules::of(&policy.rules.unique, KeyScope::Entry).is_empty() {
                self.keys.push(self.text, key);
            }
            if !policy.rules.known_keys.is_empty() {
                self.raise(
                    &policy.rules.known_keys,
                    key.token(),
                    format_args!("the entry has a field without a meaning"),
                );
            }
            return None;
        };
        if core::mem::replace(&mut self.seen[known], self.entries) == self.entries {
            self.raise_repeated(KeyScope::Entry, key);
        }
        Some(policy.rules.entry_keys[known].role)
    }

    fn dtype(&mut self, field: &mut Field<usize>) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let policy = self.policy;
        if kind != JsonType::String {
            let count = self.skip(DEPTH, false)?;
            self.judge_value(Place::Dtype, kind, start..self.cursor.at, count);
            field.see(None);
            return Ok(());
        }
        let string = self.string()?;
        let last = self.dtype;
        let dtype = self.decode(string).and_then(|name| policy.rules.dtype_near(name, last));
        self.dtype = dtype.unwrap_or(last);
        if dtype.is_none() && string.lone.is_none() {
            self.raise_unknown(Place::Dtype, string);
        }
        self.judge_value(Place::Dtype, kind, start..self.cursor.at, 0);
        field.see(dtype);
        Ok(())
    }

    fn shape(&mut self, field: &mut Field<Shape>) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let policy = self.policy;
        if kind != JsonType::Array {
            let count = self.skip(DEPTH, false)?;
            self.judge_value(Place::Shape, kind, start..self.cursor.at, count);
            field.see(None);
            return Ok(());
        }
        let integers =
            self.integers(policy.rules.place(Place::Shape), Place::ShapeElement, LONG.into())?;
        let at = start..self.cursor.at;
        self.judge_value(Place::Shape, kind, at.clone(), integers.count);
        self.judge_rank(integers.count, &at);
        let rank = integers.count as usize;
        if let Some(from) = integers.from {
            let pair = &self.columns.shapes[from..];
            if let [first, second] = *pair {
                self.judge_ordered(Place::Shape, first, second, &at);
            }
        }
        field.see(integers.from.map(|from| Shape { from, rank, at }));
        Ok(())
    }

    fn offsets(&mut self, field: &mut Field<Offsets>) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let policy = self.policy;
        if kind != JsonType::Array {
            let count = self.skip(DEPTH, false)?;
            self.judge_value(Place::DataOffsets, kind, start..self.cursor.at, count);
            field.see(None);
            return Ok(());
        }
        let table = self.columns.shapes.len();
        let rules = policy.rules.place(Place::DataOffsets);
        let integers = self.integers(rules, Place::DataOffsetsElement, 2)?;
        let at = start..self.cursor.at;
        self.judge_value(Place::DataOffsets, kind, at.clone(), integers.count);
        let fact = match (integers.count, &self.columns.shapes[table..]) {
            (2, [begin, end]) if integers.from.is_some() => {
                Some(Range { begin: *begin, end: *end })
            }
            _ => None,
        };
        self.columns.shapes.truncate(table);
        if let Some(Range { begin, end }) = fact {
            self.judge_ordered(Place::DataOffsets, begin, end, &at);
        }
        let ordered = fact.filter(|range| range.begin <= range.end);
        field.see(ordered.map(|range| Offsets { range, at }));
        Ok(())
    }

    fn judge_ordered(&mut self, place: Place, first: u64, second: u64, at: &Positions<usize>) {
        let policy = self.policy;
        if first > second {
            let rules = &policy.rules.place(place).ordered;
            self.raise(rules, at.clone(), format_args!("{first} is greater than {second}"));
        }
    }

    fn judge_rank(&mut self, rank: u64, at: &Positions<usize>) {
        let policy = self.policy;
        let bit = 1_u64.checked_shl(rank as u32).filter(|_| rank < 64).unwrap_or(0);
        if self.right_ranks & bit != 0 {
            return;
        }
        let mut is_right = true;
        let by = Quantities { tensor_rank: Some(rank), ..self.prefix.known };
        for rule in &policy.rules.rank {
            if rule.is_broken(&by, policy.dialect()) {
                is_right = false;
                self.raise(
                    &[rule.slot],
                    at.clone(),
                    format_args!("{}", rule.message(&by, policy.dialect())),
                );
            }
        }
        if is_right {
            self.right_ranks |= bit;
        }
    }

    fn judge_required(&mut self, at: Positions<usize>) {
        let policy = self.policy;
        for (turn, known) in policy.rules.entry_keys.iter().enumerate() {
            if known.required && self.seen[turn] != self.entries {
                self.raise(
                    &policy.rules.required_keys,
                    at.clone(),
                    format_args!("`{}` is missing", known.key),
                );
            }
        }
    }

    /// The size equation: dtype and shape against the offsets.
    fn judge_size(&mut self, fields: &Fields) {
        let (Some(dtype), Some(shape)) = (fields.dtype.fact, &fields.shape.fact) else { return };
        let policy = self.policy;
        let rules = |demand| Rules::of(&policy.rules.size, demand);
        let bits = policy.dialect().dtypes()[dtype].bits;
        let limit = u128::from(policy.rules.max_size_bits);
        let size = if shape.rank < usize::from(LONG) {
            let dimensions = &self.columns.shapes[shape.from..shape.from + shape.rank];
            Size::of(dimensions.iter().copied(), bits)
        } else {
            Size::of(long_shape(self.text.as_bytes(), shape.at.start + 1), bits)
        };

        if size.before_zero.is_some_and(|product| product > limit) {
            self.raise(
                rules(SizeDemand::NoOverflowBeforeZero),
                shape.at.clone(),
                format_args!("its dimensions overflow before one is zero"),
            );
        }
        if size.bits > limit {
            self.raise(
                rules(SizeDemand::Fits),
                shape.at.clone(),
                format_args!("its size exceeds {limit} bits"),
            );
            return;
        }
        let whole = size.bytes();
        if whole.is_none() {
            self.raise(
                rules(SizeDemand::WholeBytes),
                shape.at.clone(),
                format_args!("its size of {} bits is no whole number of bytes", size.bits),
            );
        }
        let Some(Offsets { range, at }) = &fields.offsets.fact else { return };
        let held = range.end - range.begin;
        let rounded_up = size.bits.div_ceil(8);
        if u128::from(held) != rounded_up {
            let message =
                format_args!("its offsets span {held} bytes, dtype and shape give {rounded_up}");
            if whole.is_some() {
                self.raise(rules(SizeDemand::MatchesOffsets), at.clone(), message);
            }
            self.raise(rules(SizeDemand::MatchesOffsetsRoundedUp), at.clone(), message);
        }
    }

    fn judge_alignment(&mut self, fields: &Fields) {
        let policy = self.policy;
        if policy.rules.tensor_begin.is_empty() {
            return;
        }
        let (Some(dtype), Some(offsets)) = (fields.dtype.fact, &fields.offsets.fact) else {
            return;
        };
        let Range { begin, end } = offsets.range;
        let Some(element) = policy.dialect().dtypes()[dtype].bytes() else { return };
        let position = u128::from(self.prefix.data_start) + u128::from(begin);
        if begin != end && !position.is_multiple_of(element.into()) {
            self.raise(
                &policy.rules.tensor_begin,
                offsets.at.clone(),
                format_args!("it begins at {position}, not at a multiple of {element}"),
            );
        }
    }

    /// Takes the entry into the tables.
    fn take(&mut self, fields: &Fields) {
        match &fields.offsets.fact {
            Some(Offsets { range, at }) if self.ranges_known => {
                self.columns.ranges.push(*range);
                self.offsets_at.push((at.start as u32, at.end as u32));
            }
            Some(_) => {}
            None => self.miss_range(),
        }
        match (fields.dtype.fact, &fields.shape.fact, &fields.offsets.fact) {
            (Some(dtype), Some(shape), Some(_)) => {
                if self.unviewable.is_none() {
                    let (dtype, rank) = (dtype as u32, shape.rank as u32);
                    let (from, text) = (shape.from as u32, shape.at.start as u32 + 1);
                    self.columns.forms.push(Form { dtype, shape: from, rank, text });
                }
            }
            _ => self.fail_entry(),
        }
        if self.unviewable.is_some() {
            self.columns.shapes.clear();
        }
    }

    #[cold]
    fn fail_entry(&mut self) {
        self.fail_by(Unviewable::Entry(self.tensor));
    }
}
