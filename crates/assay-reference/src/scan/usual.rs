//! Entries that break no rule by themselves, read at one go.
//!
//! Most entries of a broken header are right. One with the three usual fields,
//! each once, of the usual types, with plain integers below every bound, cannot
//! break a rule about keys, types or integers; so nothing of that is judged, and
//! what follows from the fields together is judged as ever. Any doubt makes the
//! attempt fail without a trace, and the entry is read with care.

use alloc::boxed::Box;

use assay_spec::KeyRole;
use assay_spec::check::{JsonType, Place};

use crate::cursor::Cursor;
use crate::policy::{PlaceRules, Rules};
use crate::scan::Scanner;
use crate::scan::entry::{DEPTH, Field, Fields, Offsets, Shape};
use crate::scan::integers::plain_integer;
use crate::tables::Range;

/// What the usual fields are called.
#[derive(Debug)]
pub(crate) struct Usual {
    dtype: Box<str>,
    shape: Box<str>,
    offsets: Box<str>,
}

impl Usual {
    /// `None` if under these rules an entry may break one in spite of all that.
    pub(crate) fn new(rules: &Rules) -> Option<Usual> {
        const ROLES: [KeyRole; 3] = [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets];
        let looks_at = |place, kind, count| rules.place(place).looks_at(kind, count);
        let has_rules = looks_at(Place::Entry, JsonType::Object, 0)
            || looks_at(Place::Dtype, JsonType::String, 0)
            || looks_at(Place::Shape, JsonType::Array, 0)
            || looks_at(Place::DataOffsets, JsonType::Array, 2)
            || looks_at(Place::ShapeElement, JsonType::Number, 0)
            || looks_at(Place::DataOffsetsElement, JsonType::Number, 0)
            || !rules.place(Place::Shape).lengths.is_empty()
            || !rules.place(Place::Shape).ordered.is_empty();
        let mut keys = rules.entry_keys.iter();
        let needs_more = keys.any(|known| known.required && !ROLES.contains(&known.role));
        if has_rules || needs_more {
            return None;
        }
        let key = |role| {
            let mut keys = rules.entry_keys.iter().filter(move |known| known.role == role);
            let first = keys.next()?;
            keys.next().is_none().then(|| first.key.clone())
        };
        let [dtype, shape, offsets] = ROLES.map(key);
        Some(Usual { dtype: dtype?, shape: shape?, offsets: offsets? })
    }
}

impl<'t> Scanner<'t, '_> {
    /// The fields of the entry here, if it is a usual one; else nothing has happened.
    pub(super) fn usual_fields(&mut self) -> Option<Fields> {
        // Where nesting reaches the depth of a shape for the first time is judged with care.
        let usual = self.policy.usual.as_ref().filter(|_| self.deepest > DEPTH)?;
        let from = self.columns.shapes.len();
        let read = self.read_usual(usual, from);
        match read {
            Some(_) => self.entries += 1,
            None => self.columns.shapes.truncate(from),
        }
        read
    }

    fn read_usual(&mut self, usual: &Usual, from: usize) -> Option<Fields> {
        let mut cursor = self.cursor.clone();
        let mut fields = Fields::default();
        let mut separator = b'{';
        for _ in 0..3 {
            cursor.skip_space();
            eat(&mut cursor, separator)?;
            separator = b',';
            cursor.skip_space();
            let key = self.plain_text(&mut cursor)?;
            cursor.skip_space();
            eat(&mut cursor, b':')?;
            cursor.skip_space();
            if *key == *usual.dtype {
                let name = self.plain_text(&mut cursor)?;
                self.dtype = self.policy.rules.dtype_near(name, self.dtype)?;
                see_once(&mut fields.dtype, self.dtype)?;
            } else if *key == *usual.offsets {
                see_once(&mut fields.offsets, self.usual_offsets(&mut cursor)?)?;
            } else if *key == *usual.shape {
                see_once(&mut fields.shape, self.usual_shape(&mut cursor, from)?)?;
            } else {
                return None;
            }
        }
        cursor.skip_space();
        eat(&mut cursor, b'}')?;
        self.cursor = cursor;
        Some(fields)
    }

    /// A string that stands for itself.
    #[inline]
    fn plain_text(&self, cursor: &mut Cursor<'t>) -> Option<&'t str> {
        let string = cursor.string().ok().filter(|string| !string.escaped)?;
        Some(&self.text[string.start..string.end])
    }

    #[inline]
    fn usual_offsets(&self, cursor: &mut Cursor<'t>) -> Option<Offsets> {
        let rules = self.policy.rules.place(Place::DataOffsets);
        let start = cursor.at;
        eat(cursor, b'[')?;
        let begin = usual_integer(cursor, rules)?;
        eat(cursor, b',')?;
        let end = usual_integer(cursor, rules)?;
        eat(cursor, b']')?;
        (begin <= end).then_some(Offsets { range: Range { begin, end }, at: start..cursor.at })
    }

    /// Of a rank that was seen to break no rule.
    #[inline]
    fn usual_shape(&mut self, cursor: &mut Cursor<'t>, from: usize) -> Option<Shape> {
        let rules = self.policy.rules.place(Place::Shape);
        let start = cursor.at;
        eat(cursor, b'[')?;
        let mut rank = 0;
        while rank < u64::BITS as usize {
            if rank == 0 {
                cursor.skip_space();
                if cursor.peek() == Some(b']') {
                    break;
                }
            }
            let dimension = usual_integer(cursor, rules)?;
            self.columns.shapes.push(dimension);
            rank += 1;
            if !cursor.eat(b',') {
                break;
            }
        }
        eat(cursor, b']')?;
        // A rank that has no bit is judged with care.
        let known = self.right_ranks.checked_shr(rank as u32)?;
        (known & 1 == 1).then_some(Shape { from, rank, at: start..cursor.at })
    }
}

#[inline]
fn eat(cursor: &mut Cursor<'_>, byte: u8) -> Option<()> {
    cursor.eat(byte).then_some(())
}

/// A plain integer within all bounds, and the space around it.
#[inline]
fn usual_integer(cursor: &mut Cursor<'_>, rules: &PlaceRules) -> Option<u64> {
    cursor.skip_space();
    let integer = plain_integer(cursor, rules.harmless)?;
    cursor.skip_space();
    Some(integer)
}

#[inline]
fn see_once<T>(field: &mut Field<T>, fact: T) -> Option<()> {
    let first = field.times == 0;
    field.see(Some(fact));
    first.then_some(())
}
