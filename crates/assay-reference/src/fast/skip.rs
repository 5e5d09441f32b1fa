//! Values that readers ignore, without recursion.
//!
//! They must be JSON all the same, of text that has a value, with no key twice
//! in one object and no deeper than allowed.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use super::Pass;
use super::text::unescape;
use super::words::plain_end;
use crate::random::RandomState;
use crate::tables::TextRef;

/// The containers that are open at most: one bit each for its kind.
const DEEPEST: usize = u128::BITS as usize;

/// Exponents and digits up to which a number is surely a finite double.
const SURELY_FINITE: usize = 300;

/// What is remembered of ignored values while an object is open.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    /// Keys of the open objects: upper half a keyed hash, lower half a position in `texts`.
    keys: Vec<u64>,
    texts: Vec<TextRef>,
    /// Where the keys of each open object begin.
    objects: Vec<usize>,
    unescaped: Vec<u8>,
    hasher: RandomState,
}

impl Ignored {
    #[inline]
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.texts.clear();
        self.objects.clear();
        self.unescaped.clear();
    }

    /// A text that was read by [`Pass::ignored_key`].
    pub(super) fn text<'x>(&'x self, header: &'x [u8], text: TextRef) -> &'x [u8] {
        text.bytes(header, &self.unescaped)
    }
}

impl Pass<'_> {
    /// A string that goes into no table, from after its opening quote; gives it
    /// and where it ends.
    pub(super) fn ignored_key(&mut self, at: usize) -> Option<(TextRef, usize)> {
        let stop = plain_end(self.bytes, at, &mut self.foreign);
        if self.bytes.get(stop) == Some(&b'"') {
            return Some((TextRef { start: at as u32, len: (stop - at) as u32 }, stop + 1));
        }
        let out = &mut self.work.ignored.unescaped;
        let from = out.len();
        let quote = unescape(self.bytes, at, stop, out, &mut self.foreign)?;
        let len = (out.len() - from) as u32;
        Some((TextRef { start: (self.bytes.len() + from) as u32, len }, quote + 1))
    }

    /// Notes a key of the innermost open object.
    pub(super) fn remember_key(&mut self, key: TextRef) {
        let ignored = &mut self.work.ignored;
        let hash = ignored.hasher.hash_one(key.bytes(self.bytes, &ignored.unescaped));
        ignored.keys.push(hash & !u64::from(u32::MAX) | ignored.texts.len() as u64);
        ignored.texts.push(key);
    }

    /// Whether no two keys are the same among those noted from `from` on, which
    /// are then forgotten.
    pub(super) fn ignored_keys_differ(&mut self, from: usize) -> bool {
        let ignored = &mut self.work.ignored;
        let keys = &mut ignored.keys[from..];
        if keys.len() > 1 {
            keys.sort_unstable();
            let text = |key: u64| ignored.texts[(key & u64::from(u32::MAX)) as usize];
            let text = |key: u64| text(key).bytes(self.bytes, &ignored.unescaped);
            let runs = keys.chunk_by(|a, b| a >> 32 == b >> 32);
            // Of one hash there are hardly ever two, so all pairs are few.
            for run in runs {
                let same = |(at, key): (usize, &u64)| {
                    run[..at].iter().any(|earlier| text(*earlier) == text(*key))
                };
                if run.len() > 1 && run.iter().enumerate().any(same) {
                    return false;
                }
            }
        }
        ignored.keys.truncate(from);
        true
    }

    /// Passes over a value in a container at this depth; gives where it ends.
    pub(super) fn skip(&mut self, mut at: usize, depth: u64) -> Option<usize> {
        let mut kinds = 0_u128;
        let mut open = 0;
        loop {
            // A value begins here.
            let opened = match self.bytes.get(at)? {
                b'{' | b'[' if open == DEEPEST => return None,
                bracket @ (b'{' | b'[') => {
                    let is_object = *bracket == b'{';
                    kinds = kinds << 1 | u128::from(is_object);
                    open += 1;
                    self.deepest = self.deepest.max(depth + open as u64);
                    if is_object {
                        self.work.ignored.objects.push(self.work.ignored.keys.len());
                    }
                    at = self.space(at + 1);
                    true
                }
                _ => {
                    at = self.scalar(at)?;
                    false
                }
            };
            // A value ended or a container opened: pass to where the next value begins.
            let mut first = opened;
            loop {
                if open == 0 {
                    return Some(at);
                }
                let is_object = kinds & 1 == 1;
                at = self.space(at);
                match self.bytes.get(at)? {
                    b'}' if is_object => {
                        let from = self.work.ignored.objects.pop()?;
                        self.ignored_keys_differ(from).then_some(())?;
                    }
                    b']' if !is_object => {}
                    b',' if !first => {
                        at = self.space(at + 1);
                        at = if is_object { self.skip_key(at)? } else { at };
                        break;
                    }
                    _ if first => {
                        at = if is_object { self.skip_key(at)? } else { at };
                        break;
                    }
                    _ => return None,
                }
                at += 1;
                kinds >>= 1;
                open -= 1;
                first = false;
            }
        }
    }

    fn skip_key(&mut self, at: usize) -> Option<usize> {
        let (key, after) = self.ignored_key(self.eat(at, b'"')?)?;
        self.remember_key(key);
        self.colon(after)
    }

    fn scalar(&mut self, at: usize) -> Option<usize> {
        match self.bytes.get(at)? {
            b'"' => {
                let kept = self.work.ignored.unescaped.len();
                let (_, after) = self.ignored_key(at + 1)?;
                self.work.ignored.unescaped.truncate(kept);
                Some(after)
            }
            b'-' | b'0'..=b'9' => self.number(at),
            _ => {
                let rest = &self.bytes[at..];
                let literals = ["true", "false", "null"].iter();
                let mut found = literals.filter(|literal| rest.starts_with(literal.as_bytes()));
                found.next().map(|literal| at + literal.len())
            }
        }
    }

    fn number(&self, start: usize) -> Option<usize> {
        let byte = |at: usize| self.bytes.get(at).copied();
        let digits = |at: usize| {
            let rest = self.bytes.get(at..)?;
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (count != 0).then_some(at + count)
        };
        let mut at = start + usize::from(byte(start) == Some(b'-'));
        let leading_zero = byte(at) == Some(b'0');
        let whole = digits(at)?;
        if leading_zero && whole - at > 1 {
            return None;
        }
        at = whole;
        if byte(at) == Some(b'.') {
            at = digits(at + 1)?;
        }
        let mut exponent = false;
        if let Some(b'e' | b'E') = byte(at) {
            exponent = true;
            at = digits(at + 1 + usize::from(matches!(byte(at + 1), Some(b'+' | b'-'))))?;
        }
        if self.terms.finite_numbers && (exponent || at - start > SURELY_FINITE) {
            let text = core::str::from_utf8(&self.bytes[start..at]).ok()?;
            text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        }
        Some(at)
    }
}
