//! Passes over values of any kind, without recursion.
//!
//! What is ignored is still judged: grammar, text, nesting, keys that stand
//! twice, and where asked for the range of numbers.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use assay_spec::check::{JsonType, KeyScope};

use crate::cursor::{GrammarError, RawNumber, RawString};
use crate::error::quoted;
use crate::keys::decoded;
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
        // Millions of arrays may open here one after the other.
        while self.nesting.depth > 1
            && !self.nesting.in_object()
            && self.cursor.peek() == Some(b'[')
        {
            self.nesting.open_array();
            self.nest(depth + self.nesting.depth as u64, self.cursor.at);
            self.cursor.at += 1;
        }
        Ok(true)
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
        self.raise(Rules::of(&policy.rules.unique, scope), key.token(), || {
            format!("the key {} stands twice in one object", quoted(&decoded(text, key)))
        });
    }

    fn judge_number(&mut self, number: RawNumber) {
        let policy = self.policy;
        if policy.rules.number_range.is_empty() {
            return;
        }
        let text = &self.text[number.start..number.end];
        if !text.parse::<f64>().is_ok_and(f64::is_finite) {
            self.raise(&policy.rules.number_range, number.start..number.end, || {
                "the number is beyond the range of a double".to_owned()
            });
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
}
