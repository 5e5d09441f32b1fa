//! What keys with a meaning of their own say: those that proposals add to a dialect.
//!
//! Editions have none, so the passes that read headers do not collect them. Whoever asks for
//! a view under a dialect that has such keys gets them by another walk over the header's
//! text, which is known to be right by then.

use alloc::borrow::{Cow, ToOwned};
use alloc::vec::Vec;
use core::ops::Range;

use assay_spec::{Dialect, Key, KeyObject, KeyRole, Mark};

use crate::cursor::Cursor;
use crate::keys::decoded;

/// The marks of a header that was read and found right, in the order of its text.
pub(crate) fn marks(text: &str, dialect: &Dialect) -> Vec<Mark> {
    let keys = &dialect.spec().tables.keys;
    if !keys.iter().any(|key| key.role.is_told()) {
        return Vec::new();
    }
    let mut walk = Walk { text, keys, features: Vec::new(), marks: Vec::new() };
    let root = skip_space(text, 0);
    walk.features = walk.features(root);
    walk.root(root);
    walk.marks
}

struct Walk<'t> {
    text: &'t str,
    keys: &'t [Key],
    /// What the file demands.
    features: Vec<Cow<'t, str>>,
    marks: Vec<Mark>,
}

impl<'t> Walk<'t> {
    fn root(&mut self, at: usize) {
        for (name, value) in Members::new(self.text, at) {
            match self.known(KeyObject::Header, name.as_deref()) {
                Some(key) if key.role == KeyRole::Metadata => {
                    self.object(KeyObject::Metadata, None, value.start);
                }
                Some(key) if key.role != KeyRole::Features => self.tell(key, None, value),
                Some(key) if self.text.as_bytes()[value.start] == b'[' => {
                    // A list without features demands nothing.
                    if !self.features.is_empty() {
                        self.tell(key, None, value);
                    }
                }
                Some(_) | None => self.object(KeyObject::Entry, name.as_deref(), value.start),
            }
        }
    }

    /// The members of the metadata, or of a tensor's entry.
    fn object(&mut self, of: KeyObject, tensor: Option<&str>, at: usize) {
        for (name, value) in Members::new(self.text, at) {
            let known = self.known(of, name.as_deref());
            if let Some(key) = known.filter(|key| of == KeyObject::Metadata || key.role.is_told()) {
                self.tell(key, tensor, value);
            }
        }
    }

    fn tell(&mut self, key: &Key, tensor: Option<&str>, value: Range<usize>) {
        self.marks.push(Mark {
            key: key.key.clone(),
            tensor: tensor.map(ToOwned::to_owned),
            value: self.text[value].to_owned(),
            reinterprets: key.role.reinterprets(),
        });
    }

    /// The row that a key is. One of a feature counts only if the file demands that.
    fn known(&self, of: KeyObject, name: Option<&str>) -> Option<&'t Key> {
        let name = name?;
        let row = self.keys.iter().find(|row| row.of == of && row.key == name)?;
        let demands =
            |feature: &alloc::string::String| self.features.iter().any(|f| *f == **feature);
        row.feature.as_ref().is_none_or(demands).then_some(row)
    }

    /// The elements of the array under the features key.
    fn features(&self, root: usize) -> Vec<Cow<'t, str>> {
        let Some(row) = self.keys.iter().find(|row| row.role == KeyRole::Features) else {
            return Vec::new();
        };
        let mut lists =
            Members::new(self.text, root).filter(|(name, _)| name.as_deref() == Some(&*row.key));
        let Some((_, list)) = lists.next() else { return Vec::new() };
        let mut at = list.start + 1;
        let mut found = Vec::new();
        if self.text.as_bytes()[list.start] != b'[' {
            return found;
        }
        loop {
            at = skip_space(self.text, at);
            match self.text.as_bytes()[at] {
                b']' => return found,
                b',' => at += 1,
                _ => {
                    let end = value_end(self.text, at);
                    found.extend(string(self.text, at));
                    at = end;
                }
            }
        }
    }
}

/// The members of the object at a position; none if no object stands there.
pub(crate) struct Members<'t> {
    text: &'t str,
    /// Before the next key, or at what ends the object.
    at: usize,
    is_over: bool,
}

impl<'t> Members<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Members<'t> {
        Members { text, at: at + 1, is_over: text.as_bytes()[at] != b'{' }
    }
}

impl<'t> Iterator for Members<'t> {
    /// Its name, if it has a value, and where its value stands.
    type Item = (Option<Cow<'t, str>>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let mut at = skip_space(self.text, self.at);
        if self.text.as_bytes()[at] == b',' {
            at = skip_space(self.text, at + 1);
        }
        if self.text.as_bytes()[at] == b'}' {
            self.is_over = true;
            return None;
        }
        let end = value_end(self.text, at);
        let name = string(self.text, at);
        let colon = skip_space(self.text, end);
        let start = skip_space(self.text, colon + 1);
        self.at = value_end(self.text, start);
        Some((name, start..self.at))
    }
}

/// The string that begins at a position, unescaped; `None` if there is none, or it holds half
/// of a surrogate pair and has no value.
pub(crate) fn string(text: &str, at: usize) -> Option<Cow<'_, str>> {
    let is_string = text.as_bytes()[at] == b'"';
    let raw = is_string.then(|| Cursor::new(text, at).string().ok())??;
    raw.lone.is_none().then(|| decoded(text, raw))
}

pub(crate) fn skip_space(text: &str, at: usize) -> usize {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    at + text.as_bytes()[at..].iter().take_while(|byte| is_space(byte)).count()
}

/// Where the value that begins here ends.
fn value_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            // A number or a word.
            _ => {
                let goes_on =
                    |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                at += bytes[at..].iter().take_while(goes_on).count();
            }
        }
        if depth == 0 {
            return at;
        }
    }
}

/// Where the string that begins here ends.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
