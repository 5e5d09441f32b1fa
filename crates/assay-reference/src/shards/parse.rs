//! Reads the text of an index: one pass, no recursion, no key twice.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use assay_spec::Dialect;
use assay_spec::check::JsonType;

use crate::cursor::{Cursor, GrammarError, RawString};
use crate::error::quoted;
use crate::shards::index::{Index, IndexError};
use crate::shards::is_bare;
use crate::unescape::unescape_into;

/// Reads an index.
pub(super) fn parse(text: &[u8], dialect: &Dialect) -> Result<Index, IndexError> {
    let longest = dialect.limit("max_header_bytes");
    if text.len() as u64 > longest {
        return Err(fault(text.len(), format!("the index is longer than {longest} bytes")));
    }
    let text = core::str::from_utf8(text)
        .map_err(|error| fault(error.valid_up_to(), "the index is not UTF-8".to_owned()))?;
    let mut reader = IndexReader {
        text,
        cursor: Cursor::new(text, 0),
        deepest: dialect.limit("max_json_depth"),
        shards: BTreeMap::new(),
        index: Index::default(),
    };
    reader.document()?;
    Ok(reader.finish())
}

fn fault(at: usize, message: String) -> IndexError {
    IndexError { message, at }
}

impl From<GrammarError> for IndexError {
    fn from(GrammarError { at, expected }: GrammarError) -> Self {
        fault(at, format!("the index is not JSON: expected {expected}"))
    }
}

struct IndexReader<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
    deepest: u64,
    /// The files in the order in which they are first named.
    shards: BTreeMap<String, usize>,
    index: Index,
}

impl IndexReader<'_> {
    fn document(&mut self) -> Result<(), IndexError> {
        self.cursor.skip_space();
        let mut keys = BTreeSet::new();
        self.object("the index", |reader, key| {
            match key.as_str() {
                "metadata" => reader.metadata()?,
                "weight_map" => reader.weight_map()?,
                _ => reader.skip(1)?,
            }
            Ok(keys.insert(key))
        })?;
        self.cursor.skip_space();
        if self.cursor.at < self.text.len() {
            return Err(self.cursor.expected("nothing after the object").into());
        }
        match keys.contains("weight_map") {
            true => Ok(()),
            false => Err(fault(0, "the index has no `weight_map`".to_owned())),
        }
    }

    fn metadata(&mut self) -> Result<(), IndexError> {
        let mut keys = BTreeSet::new();
        self.object("`metadata`", |reader, key| {
            match key.as_str() {
                "total_size" => reader.total_size()?,
                _ => reader.skip(2)?,
            }
            Ok(keys.insert(key))
        })
    }

    fn total_size(&mut self) -> Result<(), IndexError> {
        let at = self.cursor.at;
        let wrong = || fault(at, "`total_size` is no unsigned integer".to_owned());
        if self.cursor.kind()? != JsonType::Number {
            return Err(wrong());
        }
        let number = self.cursor.number()?;
        let digits = &self.text[number.start..number.end];
        let value = digits.parse().ok().filter(|_| number.plain).ok_or_else(wrong)?;
        self.index.total_size = Some(value);
        Ok(())
    }

    fn weight_map(&mut self) -> Result<(), IndexError> {
        self.object("`weight_map`", |reader, name| {
            let at = reader.cursor.at;
            if reader.cursor.kind()? != JsonType::String {
                let message = format!("the file of tensor {} is no text", quoted(&name));
                return Err(fault(at, message));
            }
            let shard = reader.string()?;
            if !is_bare(&shard) {
                let message = format!(
                    "tensor {} is said to be in {}, which is no bare file name",
                    quoted(&name),
                    quoted(&shard)
                );
                return Err(fault(at, message));
            }
            let next = reader.shards.len();
            let shard = *reader.shards.entry(shard).or_insert(next);
            Ok(reader.index.tensors.insert(name, shard).is_none())
        })
    }

    /// Passes over an object. `member` passes over the value of a key and says
    /// whether the key is a new one.
    fn object(
        &mut self,
        what: &str,
        mut member: impl FnMut(&mut Self, String) -> Result<bool, IndexError>,
    ) -> Result<(), IndexError> {
        if self.cursor.kind()? != JsonType::Object {
            return Err(fault(self.cursor.at, format!("{what} is no object")));
        }
        self.cursor.at += 1;
        self.cursor.skip_space();
        if self.cursor.eat(b'}') {
            return Ok(());
        }
        loop {
            let at = self.cursor.at;
            let key = self.string()?;
            let token = at..self.cursor.at;
            self.cursor.skip_space();
            if !self.cursor.eat(b':') {
                return Err(self.cursor.expected("`:`").into());
            }
            self.cursor.skip_space();
            if !member(self, key)? {
                let key = &self.text[token];
                return Err(fault(at, format!("the key {} stands twice in {what}", quoted(key))));
            }
            self.cursor.skip_space();
            if self.cursor.eat(b'}') {
                return Ok(());
            }
            if !self.cursor.eat(b',') {
                return Err(self.cursor.expected("`,` or `}`").into());
            }
            self.cursor.skip_space();
        }
    }

    /// Passes over a string of characters.
    fn raw_string(&mut self) -> Result<RawString, IndexError> {
        let raw = self.cursor.string()?;
        match raw.lone {
            Some(at) => Err(fault(at, "half a surrogate pair is no character".to_owned())),
            None => Ok(raw),
        }
    }

    fn string(&mut self) -> Result<String, IndexError> {
        let RawString { start, end, escaped, .. } = self.raw_string()?;
        let raw = &self.text[start..end];
        if !escaped {
            return Ok(raw.to_owned());
        }
        let mut text = String::with_capacity(raw.len());
        unescape_into(raw, &mut text);
        Ok(text)
    }

    /// Passes over a value that means nothing here and stands in so many
    /// objects, on a stack of its own: for each open bracket, whether it is that
    /// of an object.
    fn skip(&mut self, depth: u64) -> Result<(), IndexError> {
        let mut open: Vec<bool> = Vec::new();
        loop {
            let opened = match self.cursor.kind()? {
                JsonType::Object => Some(true),
                JsonType::Array => Some(false),
                JsonType::String => self.raw_string().map(|_| None)?,
                JsonType::Number => self.cursor.number().map(|_| None)?,
                JsonType::Boolean | JsonType::Null => self.cursor.literal().map(|()| None)?,
            };
            if let Some(is_object) = opened {
                if depth + open.len() as u64 + 1 > self.deepest {
                    return Err(fault(self.cursor.at, "the index nests too deep".to_owned()));
                }
                self.cursor.at += 1;
                self.cursor.skip_space();
                let close = if is_object { b'}' } else { b']' };
                if !self.cursor.eat(close) {
                    open.push(is_object);
                    if is_object {
                        self.skipped_key()?;
                    }
                    continue;
                }
            }
            loop {
                let Some(is_object) = open.last().copied() else { return Ok(()) };
                self.cursor.skip_space();
                if self.cursor.eat(b',') {
                    self.cursor.skip_space();
                    if is_object {
                        self.skipped_key()?;
                    }
                    break;
                }
                if !self.cursor.eat(if is_object { b'}' } else { b']' }) {
                    return Err(self.cursor.expected("`,` or the end of what is open").into());
                }
                open.pop();
            }
        }
    }

    fn skipped_key(&mut self) -> Result<(), IndexError> {
        self.raw_string()?;
        self.cursor.skip_space();
        if !self.cursor.eat(b':') {
            return Err(self.cursor.expected("`:`").into());
        }
        self.cursor.skip_space();
        Ok(())
    }

    /// The index, its files in order.
    fn finish(self) -> Index {
        let IndexReader { shards, mut index, .. } = self;
        let mut place = vec![0; shards.len()];
        for (sorted, named) in shards.values().enumerate() {
            place[*named] = sorted;
        }
        index.tensors.values_mut().for_each(|shard| *shard = place[*shard]);
        index.shards = shards.into_keys().collect();
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Index, IndexError> {
        parse(text.as_bytes(), &Dialect::latest())
    }

    #[test]
    fn what_stands_around_does_not_matter() {
        let index = read(concat!(
            " {\"x\": [1, {\"a\": [], \"b\": {\"c\": null}}, -1e5, \"t\"], \"weight_map\"\n:{ \"b\" : \"s2\",",
            "\"\\u0061\":\"s1\", \"c\":\"s2\"}, \"metadata\":{\"total_parameters\":1.5,\"total_size\":3}}\r\n"
        ))
        .unwrap();
        assert_eq!(index.tensors().collect::<Vec<_>>(), [("a", "s1"), ("b", "s2"), ("c", "s2")]);
        assert_eq!((index.total_size(), index.shards().len()), (Some(3), 2));
        assert_eq!(read("{\"weight_map\":{}}").unwrap(), Index::default());
    }

    #[test]
    fn what_is_no_index_is_refused_with_its_place() {
        let deep = format!("{{\"weight_map\":{{}},\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for (text, at, what) in [
            ("", 0, "JSON value"),
            ("[]", 0, "no object"),
            ("{}", 0, "no `weight_map`"),
            ("{\"weight_map\":[]}", 14, "no object"),
            ("{\"weight_map\":{},}", 17, "a string"),
            ("{\"weight_map\":{}} x", 18, "nothing after"),
            ("{\"weight_map\":{},\"weight_map\":{}}", 17, "stands twice"),
            (
                "{\"weight_map\":{\"a\":\"s\",\"\\u0061\":\"s\"}}",
                23,
                "stands twice in `weight_map`",
            ),
            ("{\"metadata\":{\"total_size\":1,\"total_size\":1}}", 28, "stands twice"),
            ("{\"metadata\":{\"x\":1,\"x\":1}}", 19, "stands twice"),
            ("{\"metadata\":null}", 12, "no object"),
            ("{\"metadata\":{\"total_size\":1.0}}", 26, "unsigned integer"),
            ("{\"metadata\":{\"total_size\":-1}}", 26, "unsigned integer"),
            ("{\"metadata\":{\"total_size\":18446744073709551616}}", 26, "unsigned integer"),
            ("{\"metadata\":{\"total_size\":\"1\"}}", 26, "unsigned integer"),
            ("{\"weight_map\":{\"a\":1}}", 19, "no text"),
            ("{\"weight_map\":{\"a\":\"../s\"}}", 19, "no bare file name"),
            ("{\"weight_map\":{\"a\":\"\\u002fs\"}}", 19, "no bare file name"),
            ("{\"weight_map\":{\"a\":\"\"}}", 19, "no bare file name"),
            ("{\"weight_map\":{\"\\ud800\":\"s\"}}", 16, "surrogate"),
            ("{\"x\":[1,]}", 8, "JSON value"),
            ("{\"x\":{\"a\" 1}}", 10, "`:`"),
            ("{\"x\":[1 2]}", 8, "end of what is open"),
            (&deep, 147, "too deep"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.message().contains(what), "{text}: {error}");
            assert_eq!(error.at(), at, "{text}: {error}");
        }
        assert!(parse(b"{\"weight_map\":{\"\xff\":\"s\"}}", &Dialect::latest()).is_err());
    }
}
