//! The value under the metadata key.

use assay_spec::check::{JsonType, KeyScope, Place};

use crate::cursor::GrammarError;
use crate::scan::Scanner;
use crate::scan::columns::Pairs;
use crate::tables::TextRef;

/// Depth of the metadata object: the root is 1.
const DEPTH: u64 = 2;

impl Scanner<'_, '_> {
    /// Passes over the metadata. Should the key stand twice, the last value counts.
    pub(super) fn metadata(&mut self) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let mut count = 0;
        self.columns.metadata = None;
        match kind {
            JsonType::Object => {
                let pairs = self.pairs()?;
                self.columns.metadata = Some(pairs);
            }
            JsonType::Null => self.cursor.literal()?,
            _ => {
                count = self.skip(DEPTH - 1, false)?;
                self.fail("the metadata is not an object");
            }
        }
        self.judge_value(Place::Metadata, kind, start..self.cursor.at, count);
        Ok(())
    }

    fn pairs(&mut self) -> Result<Pairs, GrammarError> {
        self.nest(DEPTH, self.cursor.at);
        self.cursor.at += 1;
        let mut pairs = Pairs::default();
        let mut first = true;
        while let Some(key) = self.key(first)? {
            first = false;
            let text = self.keep(key);
            let value = self.metadata_value()?;
            if text.is_none() || value.is_none() {
                self.fail("the metadata holds something other than text");
            }
            if pairs.keys.are_many() {
                self.judge_pairs(&mut pairs);
            }
            pairs.keys.push(key, text);
            pairs.values.push(value.unwrap_or_default());
        }
        self.judge_pairs(&mut pairs);
        Ok(pairs)
    }

    /// Judges the keys of a metadata object so far against each other. A key
    /// that stands twice has its last value.
    fn judge_pairs(&mut self, pairs: &mut Pairs) {
        if let Some(at) = pairs.keys.repeated(self.text, &self.columns.unescaped) {
            self.raise_repeated(KeyScope::Metadata, self.string_at(at));
            pairs.unite(self.text, &self.columns.unescaped);
        }
    }

    /// Passes over a value; `None` if it is not text.
    fn metadata_value(&mut self) -> Result<Option<TextRef>, GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let (text, count) = match kind {
            JsonType::String => {
                let string = self.string()?;
                (self.keep(string), 0)
            }
            _ => (None, self.skip(DEPTH, false)?),
        };
        self.judge_value(Place::MetadataValue, kind, start..self.cursor.at, count);
        Ok(text)
    }
}
