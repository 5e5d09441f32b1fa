//! The header object: metadata and entries, and how the entries' ranges lie.

use assay_spec::check::{Fault, JsonType, KeyScope};
use assay_spec::{KeyRole, Span};

use crate::cursor::{GrammarError, RawString};
use crate::policy::Rules;
use crate::scan::columns::Keys;
use crate::scan::{Scanner, may_decode_to, span};
use crate::tables::{Range, TextRef};
use crate::tiling::{self, Shown};

impl Scanner<'_, '_> {
    /// Passes over the header object.
    pub(super) fn root(&mut self) -> Result<(), GrammarError> {
        self.nest(1, self.cursor.at);
        self.cursor.at += 1;
        let mut seen = vec![false; self.policy.rules.header_keys.len()];
        let mut first = true;
        while let Some(key) = self.key(first)? {
            first = false;
            let known = match self.header_key(key) {
                Some(known) if self.is_tensor(known)? => None,
                known => known,
            };
            match known {
                Some(known) => {
                    if core::mem::replace(&mut seen[known], true) {
                        self.raise_repeated(KeyScope::Header, key);
                        self.keys_unique = false;
                    }
                    match self.policy.rules.header_keys[known].role {
                        KeyRole::Metadata => self.metadata()?,
                        KeyRole::Features => self.features()?,
                        // An annotation is not read.
                        _ => {
                            self.skip(1, true)?;
                        }
                    }
                }
                None => {
                    self.tensor = self.name(key);
                    self.entry()?;
                    self.tensor = None;
                }
            }
        }
        self.judge_names();
        Ok(())
    }

    /// Whether what follows is a tensor's entry in spite of its key: only an array lists features.
    fn is_tensor(&mut self, known: usize) -> Result<bool, GrammarError> {
        let lists = self.policy.rules.header_keys[known].role == KeyRole::Features;
        Ok(lists && self.cursor.kind()? != JsonType::Array)
    }

    /// The key with a meaning that this is, by position.
    fn header_key(&mut self, key: RawString) -> Option<usize> {
        let policy = self.policy;
        let mut keys = policy.rules.header_keys.iter();
        if !keys.any(|known| may_decode_to(key, &known.key)) {
            return None;
        }
        let text = self.decode(key)?;
        policy.rules.header_keys.iter().position(|known| *known.key == *text)
    }

    /// Takes a tensor's name into the table; `None` if it has no value as text.
    fn name(&mut self, key: RawString) -> Option<TextRef> {
        let name = self.keep(key);
        if self.columns.names.are_many() {
            self.judge_names();
        }
        if !self.moot {
            // Every entry takes a row, so that the tables stay parallel.
            self.columns.names.push(key, name);
        }
        if name.is_none() {
            self.fail("a tensor's name holds half of a surrogate pair");
        }
        name
    }

    /// Judges the names so far against each other.
    fn judge_names(&mut self) {
        if let Some(at) = self.columns.names.repeated(self.text, &self.columns.unescaped) {
            self.raise_repeated(KeyScope::Header, self.string_at(at));
            self.keys_unique = false;
        }
        // A name stands twice and the header has no view: nobody will ask for names any more.
        if !self.keys_unique && self.unviewable.is_some() {
            self.moot = true;
            self.columns.names = Keys::default();
            self.miss_range();
        }
    }

    /// How the ranges lie in the byte buffer, if all are known. With a key that
    /// stands twice it is not judged: nobody can say which tensors there are.
    pub(super) fn judge_tiling(&mut self) {
        if !self.ranges_known {
            return self.fail("the range of a tensor is not known");
        }
        let buffer_len = self.prefix.buffer_len;
        let ranges = core::mem::take(&mut self.columns.ranges);
        let order = tiling::order(&ranges);
        if self.keys_unique {
            tiling::judge(&ranges, &order, buffer_len, |fault, shown| {
                self.raise_tiling(fault, shown);
            });
        }
        // Rules may say so already, but what is read must not depend on the rules.
        let leaves = |range: &Range| range.begin != range.end && range.end > buffer_len;
        if ranges.iter().any(leaves) {
            self.fail("a tensor's range leaves the byte buffer");
        }
        self.columns.order = order;
        self.columns.ranges = ranges;
    }

    #[cold]
    fn raise_tiling(&mut self, fault: Fault, shown: Shown) {
        let policy = self.policy;
        let rules = Rules::of(&policy.rules.tiling, fault);
        let data_start = self.prefix.data_start;
        let in_file = |offset: u64| data_start.saturating_add(offset);
        match shown {
            Shown::Buffer(Range { begin, end }) => {
                let span = Span::new(in_file(begin), in_file(end));
                self.raise_span(
                    rules,
                    span,
                    format_args!("no tensor holds the bytes {begin}..{end} of the byte buffer"),
                );
            }
            Shown::Offsets(at) => {
                let (from, to) = self.offsets_at[at as usize];
                let what = match fault {
                    Fault::Overlap => "its range begins before the end of another tensor's",
                    Fault::Overrun => "its range ends after the end of the byte buffer",
                    Fault::MisplacedEmpty => "it is empty and not where the tensor before it ends",
                    Fault::Gap | Fault::Tail => "its range leaves bytes out",
                };
                self.tensor = Some(self.columns.names.shown(at as usize));
                self.raise_span(rules, span(&(from as usize..to as usize)), format_args!("{what}"));
                self.tensor = None;
            }
        }
    }
}
