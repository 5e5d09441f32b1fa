//! Passes over values of any kind, without recursion.
//!
//! What is ignored is still judged: grammar, text, nesting, keys that stand
//! twice, and where asked for the range of numbers.

use alloc::vec::Vec;

use assay_spec::check::{JsonType, KeyScope};

use crate::cursor::{GrammarError, RawNumber, RawString};
use crate::keys::Decoded;
use crate::policy::Rules;
use crate::scan::Scanner;

/// The containers that are open: one bit each for its kind, and for objects
/// where its keys begin. Four bytes of stack answer to at least four bytes of
/// header.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    kinds: Vec<u64>,
    depth: usize,
    objects: Vec<u32>,
}

impl Nesting {
    const BITS: usize = u64::BITS as usize;

    fn open_array(&mut self) {
        self.push(false);
    }

    fn open_object(&mut self, keys_from: usize) {
        self.push(true);
        self.objects.push(keys_from as u32);
    }

    fn push(&mut self, is_object: bool) {
        let (word, bit) = (self.depth / Self::BITS, self.depth % Self::BITS);
        if word == self.kinds.len() {
            self.kinds.push(0);
        }
        self.kinds[word] = self.kinds[word] & !(1 << bit) | u64::from(is_object) << bit;
        self.depth += 1;
    }

    /// Opens up to 64 arrays at once; gives how many.
    fn open_arrays(&mut self, most: usize) -> usize {
        let (word, bit) = (self.depth / Self::BITS, self.depth % Self::BITS);
        if word == self.kinds.len() {
            self.kinds.push(0);
        }
        let count = most.min(Self::BITS - bit);
        self.kinds[word] &= (1 << bit) - 1;
        self.depth += count;
        count
    }

    /// How many arrays are innermost, up to 64 or less.
    fn arrays(&self) -> usize {
        let top = self.depth - 1;
        let kinds = self.kinds[top / Self::BITS] << (Self::BITS - 1 - top % Self::BITS);
        (kinds.leading_zeros() as usize).min(top % Self::BITS + 1)
    }

    fn in_object(&self) -> bool {
        let top = self.depth - 1;
        self.kinds[top / Self::BITS] >> (top % Self::BITS) & 1 == 1
    }

    /// Closes the innermost container; if it is an object, gives where its keys begin.
    fn close(&mut self) -> Option<usize> {
        let is_object = self.in_object();
        self.depth -= 1;
        if is_object { self.objects.pop().map(|from| from as usize) } else { None }
    }
}

impl Scanner<'_, '_> {
    /// Passes over the value here, in a container at this depth. Gives the
    /// number of its elements if it is an array. `ignored` values have their
    /// numbers judged.
    pub(super) fn skip(&mut self, depth: u64, ignored: bool) -> Result<u64, GrammarError> {
        let mut count = 0;
        loop {
            // A value begins here.
            let opened = self.skip_begin(depth, ignored)?;
            if self.nesting.depth == 0 {
                return Ok(0);
            }
            // A value ended or a container opened; pass to where the next value begins.
            let mut first = opened;
            loop {
                if self.close_arrays() {
                    if self.nesting.depth == 0 {
                        return Ok(count);
                    }
                    first = false;
                }
                let outermost = self.nesting.depth == 1;
                let goes_on = if self.nesting.in_object() {
                    self.skip_key(first)?
                } else {
                    self.element(first)?
                };
                if goes_on {
                    count += u64::from(outermost);
                    break;
                }
                if let Some(keys_from) = self.nesting.close() {
                    self.judge_nested_keys(keys_from);
                }
                if self.nesting.depth == 0 {
                    return Ok(count);
                }
                first = false;
            }
        }
    }

    /// Passes over a scalar or the opening of a container; says if it was an opening.
    fn skip_begin(&mut self, depth: u64, ignored: bool) -> Result<bool, GrammarError> {
        let at = self.cursor.at;
        match self.cursor.kind()? {
            JsonType::Object => self.nesting.open_object(self.keys.len()),
            JsonType::Array => self.nesting.open_array(),
            JsonType::String => {
                self.string()?;
                return Ok(false);
            }
            JsonType::Number => {
                let number = self.cursor.number()?;
                if ignored {
                    self.judge_number(number);
                }
                return Ok(false);
            }
            JsonType::Boolean | JsonType::Null => {
                self.cursor.literal()?;
                return Ok(false);
            }
        }
        self.cursor.at += 1;
        self.nest(depth + self.nesting.depth as u64, at);
        if self.nesting.depth > 1 && !self.nesting.in_object() {
            self.open_arrays(depth);
        }
        Ok(true)
    }

    /// Millions of arrays may open one after the other.
    fn open_arrays(&mut self, depth: u64) {
        while self.cursor.peek() == Some(b'[') {
            // One by one, as long as it matters where a depth is reached first.
            let most = if self.too_deep.contains(&None) { 1 } else { Nesting::BITS };
            let count = self.nesting.open_arrays(self.cursor.run(b'[', most));
            self.nest(depth + self.nesting.depth as u64, self.cursor.at);
            self.cursor.at += count;
        }
    }

    /// And close one after the other; says if any did.
    fn close_arrays(&mut self) -> bool {
        if self.cursor.peek() != Some(b']') || self.nesting.in_object() {
            return false;
        }
        while self.nesting.depth != 0 {
            let count = self.cursor.run(b']', self.nesting.arrays());
            if count == 0 {
                break;
            }
            self.nesting.depth -= count;
            self.cursor.at += count;
        }
        true
    }

    fn skip_key(&mut self, first: bool) -> Result<bool, GrammarError> {
        let Some(key) = self.key(first)? else { return Ok(false) };
        if !Rules::of(&self.policy.rules.unique, KeyScope::Nested).is_empty() {
            self.keys.push(self.text, key);
        }
        Ok(true)
    }

    fn judge_nested_keys(&mut self, keys_from: usize) {
        if let Some(key) = self.keys.close(keys_from, self.text) {
            self.raise_repeated(KeyScope::Nested, key);
        }
    }

    /// Notes that a key repeats an earlier one.
    pub(super) fn raise_repeated(&mut self, scope: KeyScope, key: RawString) {
        let (policy, text) = (self.policy, self.text);
        self.raise(
            Rules::of(&policy.rules.unique, scope),
            key.token(),
            format_args!("the key {} stands twice in one object", Decoded { text, raw: key }),
        );
    }

    fn judge_number(&mut self, number: RawNumber) {
        let policy = self.policy;
        if policy.rules.number_range.is_empty() {
            return;
        }
        let text = &self.text[number.start..number.end];
        if !text.parse::<f64>().is_ok_and(f64::is_finite) {
            self.raise(
                &policy.rules.number_range,
                number.start..number.end,
                format_args!("the number is beyond the range of a double"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_stack_remembers_kinds() {
        let mut nesting = Nesting::default();
        let kinds: Vec<bool> = (0..1000).map(|n| n % 3 == 0 || n % 7 == 2).collect();
        for (at, is_object) in kinds.iter().enumerate() {
            if *is_object { nesting.open_object(at) } else { nesting.open_array() }
        }
        for (at, is_object) in kinds.iter().enumerate().rev() {
            assert_eq!(nesting.in_object(), *is_object);
            assert_eq!(nesting.close(), is_object.then_some(at));
        }
        nesting.open_array();
        assert!(!nesting.in_object(), "bits of closed containers are forgotten");
    }

    #[test]
    fn arrays_open_and_close_in_bulk() {
        // Some of them, where each is interpreted.
        let step = if cfg!(miri) { 47 } else { 1 };
        for objects in (0..140).step_by(step) {
            let mut nesting = Nesting::default();
            // Bits of containers that were closed must not show.
            (0..200).for_each(|at| nesting.open_object(at));
            (0..200 - objects).for_each(|_| assert!(nesting.close().is_some()));
            let mut arrays = 0;
            while arrays < 150 {
                arrays += nesting.open_arrays(150 - arrays);
            }
            assert_eq!(nesting.depth, objects + 150);
            while arrays > 0 {
                let count = nesting.arrays();
                assert!((1..=64.min(arrays)).contains(&count), "{count} of {arrays}");
                nesting.depth -= count;
                arrays -= count;
            }
            assert!(objects == 0 || (nesting.in_object() && nesting.arrays() == 0));
        }
    }
}
