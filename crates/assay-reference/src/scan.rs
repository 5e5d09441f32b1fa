//! One pass over a header: text in, tables out, faults on the side.
//!
//! The pass has a fixed shape (root, entry, field, array of integers), so no
//! function calls itself; whatever stands where the format expects something
//! else goes through `skip`, which keeps its own stack of bits. Faults
//! never end the pass, only a grammar error does: it makes everything else that
//! was found in the header moot.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
mod columns;
mod edges;
mod entry;
mod features;
mod integers;
mod metadata;
mod root;
mod skip;
mod usual;
mod words;

use core::fmt::Arguments;
use core::ops::Range as Positions;

use assay_spec::check::{JsonType, Place};
use assay_spec::rfc::hint;
use assay_spec::{Edit, KeyObject, KeyRole, Span};

use crate::cursor::{Cursor, GrammarError, RawString, UNIT_ESCAPE};
use crate::error::{Error, quoted};
use crate::faults::Faults;
use crate::keys::{Decoded, KeyStack, decoded};
use crate::linear::Quantities;
use crate::policy::{Policy, Slot};
use crate::prefix::{PREFIX_LEN, Prefix, judge_data_start};
use crate::scan::columns::Columns;
use crate::scan::skip::Nesting;
pub(crate) use crate::scan::usual::Usual;
use crate::scan::words::{Proposed, Types, place_words, type_words};
use crate::tables::{Tables, TextRef};
use crate::unescape::unescape_into;

/// Reads a header whose prefix was judged; `faults` are those of the prefix.
pub(crate) fn scan(
    header: &[u8],
    prefix: &Prefix,
    policy: &Policy,
    mut faults: Faults<'_>,
) -> Result<Tables, Error> {
    let text = match core::str::from_utf8(header) {
        Ok(text) => text,
        Err(error) => {
            let start = error.valid_up_to();
            let end = error.error_len().map_or(header.len(), |len| start + len);
            faults.raise(
                &policy.rules.utf8,
                span(&(start..end)),
                format_args!("the header is not well-formed UTF-8"),
            );
            return Err(refusal(faults, "the header is not well-formed UTF-8"));
        }
    };
    let start = edges::judge_leading(text, policy, &mut faults);
    let mut scanner = Scanner::new(text, start, prefix, policy);
    match scanner.document() {
        Err(GrammarError { at, expected }) => {
            let end = text[at..].chars().next().map_or(at, |found| at + found.len_utf8());
            let message = format_args!("the header is not JSON: expected {expected}");
            faults.raise(&policy.rules.grammar, span(&(at..end)), message);
            Err(refusal(faults, "the header is not JSON"))
        }
        Ok(()) => {
            judge_data_start(prefix, policy, &mut faults);
            faults.extend(scanner.faults);
            match (faults.take_error(), scanner.unviewable) {
                (Some(error), _) => Err(error),
                (None, Some(why)) => {
                    Err(Error::unreadable(why.message(text, &scanner.columns.unescaped, policy)))
                }
                (None, None) => Ok(scanner.columns.into_tables(text)),
            }
        }
    }
}

fn refusal(mut faults: Faults<'_>, otherwise: &str) -> Error {
    faults.take_error().unwrap_or_else(|| Error::unreadable(otherwise))
}

/// Positions in the header as bytes of the file.
fn span(positions: &Positions<usize>) -> Span {
    Span::new(PREFIX_LEN + positions.start as u64, PREFIX_LEN + positions.end as u64)
}

/// The pass over one header.
struct Scanner<'t, 'p> {
    text: &'t str,
    cursor: Cursor<'t>,
    policy: &'p Policy,
    prefix: Prefix,
    faults: Faults<'p>,
    columns: Columns,
    /// Why the header has no view, if it has none.
    unviewable: Option<Unviewable>,
    /// Whether every range so far is known.
    ranges_known: bool,
    /// Whether every key of the root stood once, as far as they were judged.
    keys_unique: bool,
    /// Whether names and ranges no longer matter.
    moot: bool,
    /// Where the offsets of each range stand, parallel to the table of ranges.
    offsets_at: Vec<(u32, u32)>,
    /// The tensor whose entry is being read, for messages.
    tensor: Option<TextRef>,
    /// How many entries there were.
    entries: u32,
    /// In which entry each known key was seen last, counted from 1.
    seen: Vec<u32>,
    /// The dtype that was seen last.
    dtype: usize,
    /// Numbers of dimensions that were found to break no rule, as bits.
    right_ranks: u64,
    keys: KeyStack,
    nesting: Nesting,
    /// Deepest nesting so far, and where each rule on it was first broken.
    deepest: u64,
    too_deep: Vec<Option<usize>>,
    scratch: String,
}

impl<'t, 'p> Scanner<'t, 'p> {
    fn new(text: &'t str, start: usize, prefix: &Prefix, policy: &'p Policy) -> Self {
        Scanner {
            text,
            cursor: Cursor::new(text, start),
            policy,
            prefix: *prefix,
            faults: Faults::new(policy),
            columns: Columns::default(),
            unviewable: None,
            ranges_known: true,
            keys_unique: true,
            moot: false,
            offsets_at: Vec::new(),
            tensor: None,
            entries: 0,
            seen: vec![0; policy.rules.entry_keys.len()],
            dtype: 0,
            right_ranks: 0,
            keys: KeyStack::default(),
            nesting: Nesting::default(),
            deepest: 0,
            too_deep: vec![None; policy.rules.depth.len()],
            scratch: String::new(),
        }
    }

    /// The whole text: a value, and padding after it.
    fn document(&mut self) -> Result<(), GrammarError> {
        let start = self.cursor.at;
        let kind = self.cursor.kind()?;
        let mut count = 0;
        if kind == JsonType::Object {
            self.root()?;
            self.judge_depth(start);
            self.judge_tiling();
        } else {
            count = self.skip(0, false)?;
            // Nothing within such a value is judged.
            self.faults.clear();
            self.fail("the header is not a JSON object");
        }
        self.judge_value(Place::Root, kind, start..self.cursor.at, count);
        self.judge_trailing();
        Ok(())
    }

    /// The nesting as a whole, once it is known.
    fn judge_depth(&mut self, root: usize) {
        let by = Quantities { header_depth: Some(self.deepest), ..self.prefix.known };
        let policy = self.policy;
        for (turn, rule) in policy.rules.depth.iter().enumerate() {
            if rule.is_broken(&by, policy.dialect()) {
                let at = self.too_deep[turn].unwrap_or(root);
                self.raise(
                    &[rule.slot],
                    at..at + 1,
                    format_args!("{}", rule.message(&by, policy.dialect())),
                );
            }
        }
    }

    /// A container opens at this position; the root has depth 1.
    #[inline]
    fn nest(&mut self, depth: u64, at: usize) {
        if depth > self.deepest {
            self.deepest = depth;
            if self.too_deep.contains(&None) {
                self.note_depth(at);
            }
        }
    }

    #[cold]
    fn note_depth(&mut self, at: usize) {
        let by = Quantities { header_depth: Some(self.deepest), ..self.prefix.known };
        for (rule, too_deep) in self.policy.rules.depth.iter().zip(&mut self.too_deep) {
            if too_deep.is_none() && rule.is_broken(&by, self.policy.dialect()) {
                *too_deep = Some(at);
            }
        }
    }

    /// Passes to the next key of an object, and over it, its colon and the
    /// space around; past the closing brace, gives `None`.
    #[inline]
    fn key(&mut self, first: bool) -> Result<Option<RawString>, GrammarError> {
        self.cursor.skip_space();
        if self.cursor.eat(b'}') {
            return Ok(None);
        }
        if !first {
            if !self.cursor.eat(b',') {
                return Err(self.cursor.expected("`,` or `}`"));
            }
            self.cursor.skip_space();
        }
        let key = self.string()?;
        self.cursor.skip_space();
        if !self.cursor.eat(b':') {
            return Err(self.cursor.expected("`:`"));
        }
        self.cursor.skip_space();
        Ok(Some(key))
    }

    /// Passes to the next element of an array; past the closing bracket, gives
    /// `false`.
    #[inline]
    fn element(&mut self, first: bool) -> Result<bool, GrammarError> {
        self.cursor.skip_space();
        if self.cursor.eat(b']') {
            return Ok(false);
        }
        if !first {
            if !self.cursor.eat(b',') {
                return Err(self.cursor.expected("`,` or `]`"));
            }
            self.cursor.skip_space();
        }
        Ok(true)
    }

    /// Passes over a string and judges it as text.
    #[inline]
    fn string(&mut self) -> Result<RawString, GrammarError> {
        let string = self.cursor.string()?;
        if let Some(at) = string.lone {
            let policy = self.policy;
            self.raise(
                &policy.rules.scalars,
                at..at + UNIT_ESCAPE,
                format_args!("the string holds half of a surrogate pair"),
            );
        }
        Ok(string)
    }

    /// A string that was lexed before.
    fn string_at(&self, at: usize) -> RawString {
        Cursor::new(self.text, at).string().expect("it was lexed before")
    }

    /// Keeps a string; `None` if it has no value as text.
    #[inline]
    fn keep(&mut self, string: RawString) -> Option<TextRef> {
        if string.lone.is_some() {
            return None;
        }
        if !string.escaped {
            let len = string.end - string.start;
            return Some(TextRef { start: string.start as u32, len: len as u32 });
        }
        let between = &self.text[string.start..string.end];
        let unescaped = &mut self.columns.unescaped;
        let start = unescaped.len();
        unescape_into(between, unescaped);
        let len = (unescaped.len() - start) as u32;
        Some(TextRef { start: (self.text.len() + start) as u32, len })
    }

    /// The string as text, if it has a value; lasts until the next call.
    #[inline]
    fn decode(&mut self, string: RawString) -> Option<&str> {
        let between = &self.text[string.start..string.end];
        if string.lone.is_some() {
            return None;
        }
        if !string.escaped {
            return Some(between);
        }
        self.scratch.clear();
        unescape_into(between, &mut self.scratch);
        Some(&self.scratch)
    }

    /// Judges a value by its place: its type, its length if it is an array,
    /// whether a table has it if it is a string.
    #[inline]
    fn judge_value(&mut self, place: Place, kind: JsonType, at: Positions<usize>, count: u64) {
        if self.policy.rules.place(place).looks_at(kind, count) {
            self.judge_value_closely(place, kind, at, count);
        }
    }

    fn judge_value_closely(
        &mut self,
        place: Place,
        kind: JsonType,
        at: Positions<usize>,
        count: u64,
    ) {
        let policy = self.policy;
        let rules = policy.rules.place(place);
        for (slot, types) in &rules.types {
            if !types.contains(&kind) {
                let reserved = self.reserved(place, *slot);
                let (place, kind) = (place_words(place), type_words(kind));
                let message = format_args!("{place} is {kind}, not {}{reserved}", Types(types));
                self.raise(&[*slot], at.clone(), message);
            }
        }
        for (slot, length) in &rules.lengths {
            if kind == JsonType::Array && count != *length {
                self.raise(
                    &[*slot],
                    at.clone(),
                    format_args!("{} has {count} elements, not {length}", place_words(place)),
                );
            }
        }
        // A dtype is looked up where it is read.
        if kind == JsonType::String && place != Place::Dtype && !rules.in_table.is_empty() {
            let string = self.string_at(at.start);
            let is_unknown = |name: &str| match place {
                Place::Feature => !policy.rules.features.iter().any(|known| **known == *name),
                _ => policy.rules.dtype(name).is_none(),
            };
            if self.decode(string).is_some_and(is_unknown) {
                self.raise_unknown(place, string);
            }
        }
    }

    /// Which proposal gives the name of what should be an entry another meaning; empty if none
    /// does. Of many such only the first is shown, so only that is looked up.
    #[cold]
    fn reserved(&self, place: Place, slot: Slot) -> String {
        match self.tensor {
            Some(name) if place == Place::Entry && self.faults.position(slot).is_none() => {
                let name = name.within(self.text, &self.columns.unescaped);
                let adds = |edit: &Edit| match edit {
                    Edit::AddKey { key } => key.of == KeyObject::Header && key.key == *name,
                    _ => false,
                };
                hint(self.policy.dialect(), adds)
            }
            _ => String::new(),
        }
    }

    /// A string stands in no table that a rule on its place asks for.
    #[cold]
    fn raise_unknown(&mut self, place: Place, string: RawString) {
        let policy = self.policy;
        let name = Decoded { text: self.text, raw: string };
        let is_feature = place == Place::Feature;
        let row = if is_feature { "feature" } else { "dtype" };
        let rules = &policy.rules.place(place).in_table;
        let hint =
            Proposed { dialect: policy.dialect(), name: decoded(self.text, string), is_feature };
        self.raise(rules, string.token(), format_args!("{name} is no {row} of this edition{hint}"));
    }

    /// Notes a fault of these rules, with the tensor it concerns.
    #[cold]
    fn raise(&mut self, slots: &[Slot], positions: Positions<usize>, message: Arguments<'_>) {
        self.raise_span(slots, span(&positions), message);
    }

    #[cold]
    fn raise_span(&mut self, slots: &[Slot], span: Span, message: Arguments<'_>) {
        match self.tensor {
            Some(name) => {
                let name = quoted(name.within(self.text, &self.columns.unescaped));
                self.faults.raise(slots, span, format_args!("tensor {name}: {message}"));
            }
            None => self.faults.raise(slots, span, message),
        }
    }

    /// The header has no view, whether or not a rule says so.
    fn fail(&mut self, why: &'static str) {
        self.fail_by(Unviewable::Header(why));
    }

    #[cold]
    fn fail_by(&mut self, why: Unviewable) {
        if self.unviewable.is_none() {
            self.unviewable = Some(why);
            self.columns.forms = Vec::new();
        }
    }

    /// A range is not known.
    fn miss_range(&mut self) {
        self.ranges_known = false;
        self.columns.ranges = Vec::new();
        self.offsets_at = Vec::new();
    }
}

/// Why a header has no view.
#[derive(Debug)]
enum Unviewable {
    /// For this reason.
    Header(&'static str),
    /// For the entry of this tensor, whose name may have no value as text.
    Entry(Option<TextRef>),
}

impl Unviewable {
    fn message(self, text: &str, unescaped: &str, policy: &Policy) -> String {
        match self {
            Unviewable::Header(why) => why.to_owned(),
            Unviewable::Entry(name) => {
                let dialect = policy.dialect();
                let [dtype, shape, offsets] =
                    [KeyRole::Dtype, KeyRole::Shape, KeyRole::DataOffsets]
                        .map(|role| dialect.key(role));
                let name = quoted(name.map_or("", |name| name.within(text, unescaped)));
                format!("tensor {name} does not have one readable {dtype}, {shape} and {offsets}")
            }
        }
    }
}

/// Whether a string may turn out to be this text: an escape takes up to six
/// bytes for one.
#[inline]
fn may_decode_to(string: RawString, text: &str) -> bool {
    let len = string.end - string.start;
    if string.escaped { (len / 6..=len).contains(&text.len()) } else { len == text.len() }
}
