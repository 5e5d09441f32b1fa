//! Arrays of unsigned integers: shapes and offsets.

use core::fmt;

use assay_spec::check::{JsonType, Place};

use crate::cursor::{Cursor, GrammarError, RawNumber};
use crate::policy::PlaceRules;
use crate::scan::Scanner;

/// An array of numbers that was passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Integers {
    /// How many elements it has.
    pub(super) count: u64,
    /// Where its integers begin in the table of dimensions, if all of its
    /// elements are plain integers of 64 bits.
    pub(super) from: Option<usize>,
}

/// Depth of shape and offsets: root, entry, array.
const DEPTH: u64 = 3;

/// The table grows by at least this many dimensions.
const GROWTH: usize = 64;

impl Scanner<'_, '_> {
    /// Passes over an array whose elements stand at `place`, puts up to `keep`
    /// of them at the end of the table of dimensions.
    pub(super) fn integers(
        &mut self,
        rules: &PlaceRules,
        place: Place,
        keep: usize,
    ) -> Result<Integers, GrammarError> {
        let from = self.columns.shapes.len();
        let mut count = 0;
        let mut are_integers = true;
        self.nest(DEPTH, self.cursor.at);
        self.cursor.at += 1;
        while self.element(count == 0)? {
            count += 1;
            match self.integer(rules, place)? {
                Some(integer) if are_integers && self.columns.shapes.len() - from < keep => {
                    self.push_dimension(integer);
                }
                Some(_) => {}
                None => are_integers = false,
            }
            if are_integers && keep > 2 && rules.harmless > 9 {
                count += self.single_digits(place, from + keep);
            }
        }
        if !are_integers {
            self.columns.shapes.truncate(from);
        }
        Ok(Integers { count, from: are_integers.then_some(from) })
    }

    /// Passes over an element; `None` if it is not a plain integer of 64 bits.
    fn integer(&mut self, rules: &PlaceRules, place: Place) -> Result<Option<u64>, GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        if kind != JsonType::Number {
            let count = self.skip(DEPTH, false)?;
            self.judge_value(place, kind, start..self.cursor.at, count);
            return Ok(None);
        }
        if let Some(integer) = plain_integer(&mut self.cursor, rules.harmless) {
            self.judge_value(place, kind, start..self.cursor.at, 0);
            return Ok(Some(integer));
        }
        let number = self.cursor.number()?;
        self.judge_value(place, kind, start..self.cursor.at, 0);
        let value = number.plain.then(|| self.text[number.start..number.end].parse::<u64>());
        match value {
            Some(Ok(value)) if value <= rules.harmless => Ok(Some(value)),
            Some(value) => {
                let value = value.ok();
                self.judge_bounds(rules, number, value);
                Ok(value)
            }
            None => {
                let text = &self.text[number.start..number.end];
                self.raise(
                    &rules.plain,
                    number.start..number.end,
                    format_args!("{} is not written as plain digits", Shortened(text)),
                );
                Ok(None)
            }
        }
    }

    /// Passes over a run of elements of one digit each, which a shape made to
    /// hurt has millions of; puts them into the table up to this length. Gives
    /// how many there are.
    fn single_digits(&mut self, place: Place, up_to: usize) -> u64 {
        if self.policy.rules.place(place).looks_at(JsonType::Number, 0) {
            return 0;
        }
        let start = self.cursor.at;
        if self.columns.shapes.len() >= up_to {
            self.cursor.skip_single_digits();
        }
        let bytes = self.text.as_bytes();
        while let Some([b',', digit @ b'0'..=b'9', b',' | b']']) =
            bytes.get(self.cursor.at..).and_then(<[u8]>::first_chunk)
        {
            if self.columns.shapes.len() < up_to {
                self.push_dimension(u64::from(digit - b'0'));
            }
            self.cursor.at += 2;
        }
        (self.cursor.at - start) as u64 / 2
    }

    /// Compares an integer with every bound; without a value it exceeds 64 bits.
    #[cold]
    fn judge_bounds(&mut self, rules: &PlaceRules, number: RawNumber, value: Option<u64>) {
        let policy = self.policy;
        let representable = value.is_some_and(|value| value <= policy.rules.max_integer);
        for bound in &rules.bounds {
            let most = self.prefix.known.value(&bound.term, policy.dialect());
            let exceeds = match (value, most) {
                (Some(value), Some(most)) => value > most,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if exceeds && (representable || bound.is_max_integer()) {
                let text = &self.text[number.start..number.end];
                self.raise(
                    &[bound.slot],
                    number.start..number.end,
                    format_args!("{} exceeds {}", Shortened(text), most.unwrap_or_default()),
                );
            }
        }
    }

    /// Adds a dimension. Each takes two bytes of header, so what is left of it
    /// bounds how far the table can still grow.
    fn push_dimension(&mut self, dimension: u64) {
        let shapes = &mut self.columns.shapes;
        if shapes.len() == shapes.capacity() {
            let possible = (self.text.len() - self.cursor.at) / 2 + 1;
            shapes.reserve_exact(possible.min(shapes.len().max(GROWTH)));
        }
        shapes.push(dimension);
    }
}

/// Passes over an integer that is spelled as it should be and does not exceed
/// `most`; over nothing else.
#[inline]
pub(super) fn plain_integer(cursor: &mut Cursor<'_>, most: u64) -> Option<u64> {
    /// So many digits do not exceed 64 bits.
    const SAFE: usize = u64::MAX.ilog10() as usize;
    let rest = cursor.rest();
    let mut value = 0_u64;
    let mut digits = 0;
    while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
        if digits == SAFE {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        digits += 1;
    }
    let leading_zero = digits > 1 && rest[0] == b'0';
    let goes_on = matches!(rest.get(digits), Some(b'.' | b'e' | b'E'));
    if digits == 0 || leading_zero || goes_on || value > most {
        return None;
    }
    cursor.at += digits;
    Some(value)
}

/// A number for a message.
struct Shortened<'n>(&'n str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 40;
        match self.0.get(..SHOWN) {
            Some(start) if self.0.len() > SHOWN => write!(f, "{start}…"),
            _ => f.write_str(self.0),
        }
    }
}
