//! Finds keys that stand twice in one object, for objects whose contents are
//! otherwise ignored.
//!
//! The keys of all open objects lie on one stack, eight bytes each. When an
//! object closes, its keys are sorted by a keyed hash, so that equal keys are
//! neighbours and an attacker cannot make unequal ones collide.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cursor::{Cursor, RawString};
use crate::error::quoted;
use crate::index::Hash;
use crate::unescape::unescape_into;

/// The keys of the objects that are open.
#[derive(Debug, Default)]
pub(crate) struct KeyStack {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: u32,
    /// Where its token begins.
    at: u32,
}

impl KeyStack {
    /// How many keys lie on the stack: where those of the next object begin.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Adds a key of the innermost open object. A key without a value as text
    /// (a lone surrogate) equals no other.
    pub(crate) fn push(&mut self, text: &str, key: RawString) {
        if key.lone.is_none() {
            // The lower half of a keyed hash: unequal keys that share it are told apart below.
            let hash = Hash::new().of(decoded(text, key).as_bytes());
            self.keys.push(Key { hash, at: (key.start - 1) as u32 });
        }
    }

    /// Takes the keys of the object that closes off the stack: all from `from`
    /// on. Gives the first key that repeats an earlier one.
    pub(crate) fn close(&mut self, from: usize, text: &str) -> Option<RawString> {
        if self.keys.len() < from + 2 {
            self.keys.truncate(from);
            return None;
        }
        self.keys[from..].sort_unstable();
        let runs = self.keys[from..].chunk_by(|a, b| a.hash == b.hash);
        let repeated = runs.filter_map(|run| first_repeated(run, text)).min_by_key(|key| key.start);
        self.keys.truncate(from);
        repeated
    }
}

/// The first key that repeats an earlier one, among keys of one hash in the
/// order of the text. Few of them differ, so the list of different ones is short.
fn first_repeated(run: &[Key], text: &str) -> Option<RawString> {
    let (first, others) = run.split_first()?;
    let mut different = Vec::new();
    if !others.is_empty() {
        different.push(decoded(text, raw_at(text, first.at)));
    }
    for key in others {
        let raw = raw_at(text, key.at);
        let string = decoded(text, raw);
        if different.contains(&string) {
            return Some(raw);
        }
        different.push(string);
    }
    None
}

fn raw_at(text: &str, at: u32) -> RawString {
    Cursor::new(text, at as usize).string().expect("this token was lexed before")
}

/// The string, without a copy if it holds no escape.
pub(crate) fn decoded(text: &str, raw: RawString) -> Cow<'_, str> {
    let between = &text[raw.start..raw.end];
    if !raw.escaped {
        return Cow::Borrowed(between);
    }
    let mut string = String::with_capacity(between.len());
    unescape_into(between, &mut string);
    Cow::Owned(string)
}

/// A string for a message: decoded when it is shown.
pub(crate) struct Decoded<'t> {
    pub(crate) text: &'t str,
    pub(crate) raw: RawString,
}

impl fmt::Display for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Half of a surrogate pair has no value.
        let text = if self.raw.lone.is_some() { "".into() } else { decoded(self.text, self.raw) };
        quoted(&text).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(text: &str) -> Option<usize> {
        let mut stack = KeyStack::default();
        let mut cursor = Cursor::new(text, 0);
        while cursor.peek().is_some() {
            stack.push(text, cursor.string().unwrap());
        }
        let found = stack.close(0, text);
        assert_eq!(stack.len(), 0);
        found.map(|raw| raw.start - 1)
    }

    #[test]
    fn the_first_repeated_key_is_found() {
        assert_eq!(repeated(""), None);
        assert_eq!(repeated(r#""a""b""c""#), None);
        assert_eq!(repeated(r#""a""b""b""a""a""#), Some(6));
        assert_eq!(repeated(r#""a""\u0061""#), Some(3));
        assert_eq!(repeated(r#""\ud800""\ud800""#), None);
    }

    #[test]
    #[cfg_attr(miri, ignore = "an interpreter takes too long for it")]
    fn many_keys_are_told_apart() {
        let distinct: String = (0..100_000).map(|n| format!("\"{n}\"")).collect();
        assert_eq!(repeated(&distinct), None);
        assert_eq!(repeated(&format!("{distinct}\"7\"")), Some(distinct.len()));
        assert_eq!(repeated(&"\"\"".repeat(100_000)), Some(2));
    }

    #[test]
    fn objects_are_kept_apart() {
        let text = r#""a""a""b""#;
        let mut stack = KeyStack::default();
        stack.push(text, raw_at(text, 0));
        let inner = stack.len();
        stack.push(text, raw_at(text, 3));
        assert_eq!(stack.close(inner, text), None);
        stack.push(text, raw_at(text, 6));
        assert_eq!(stack.close(0, text), None);
    }
}
