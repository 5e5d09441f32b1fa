//! The reader of the gallery: small, independent of validator, reference and
//! generator, right as long as no fault is switched on.
//!
//! It says what a reader in C would do where Rust would not let it: a read
//! outside a buffer is a `Crash`, and so is a stack that gives out; memory that
//! a file makes it ask for is measured against the size of the file.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use assay_spec::Dialect;

use super::contents;
use super::fault::Fault;
use super::header;
use super::json::Parser;
use super::layout;
use super::text;

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Accepted(View),
    Refused(&'static str),
    /// Memory was touched that is not the reader's, or the stack gave out.
    Crashed(&'static str),
    /// This many bytes were asked for, which the size of the file does not justify.
    Exhausted(u64),
}

/// Why reading ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Refuse(&'static str),
    Crash(&'static str),
    Exhaust(u64),
}

pub(crate) type Step<T> = Result<T, Stop>;

/// Refuses the file.
pub(crate) fn refuse<T>(why: &'static str) -> Step<T> {
    Err(Stop::Refuse(why))
}

/// What a reader delivers. Names are bytes: faulty readers make names that are no text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct View {
    pub(crate) metadata: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) tensors: Vec<Delivered>,
}

/// One tensor as delivered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delivered {
    pub(crate) name: Vec<u8>,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<u64>,
    pub(crate) bytes: Vec<u8>,
}

/// The reader, with at most one fault.
pub(crate) struct Reader<'a> {
    pub(crate) dialect: &'a Dialect,
    fault: Option<Fault>,
    asked: Cell<u64>,
    budget: Cell<u64>,
    remembered: RefCell<HashMap<usize, Outcome>>,
}

/// Bytes of memory that a reader may ask for, whatever the file's size...
const BUDGET_BYTES: u64 = 64 * 1024;
/// ...and as many for each byte of it: a JSON value takes a few words.
const BUDGET_PER_BYTE: u64 = 64;

impl<'a> Reader<'a> {
    pub(crate) fn new(dialect: &'a Dialect, fault: Option<Fault>) -> Self {
        let (asked, budget) = (Cell::new(0), Cell::new(0));
        Reader { dialect, fault, asked, budget, remembered: RefCell::default() }
    }

    /// Whether a fault is switched on.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Counts memory that the file makes the reader ask for.
    pub(crate) fn allocate(&self, bytes: u64) -> Step<()> {
        let asked = self.asked.get().saturating_add(bytes);
        self.asked.set(asked);
        if asked > self.budget.get() { Err(Stop::Exhaust(asked)) } else { Ok(()) }
    }

    /// Reads a file.
    pub(crate) fn read(&self, file: &[u8]) -> Outcome {
        if self.has(Fault::RememberedBySize)
            && let Some(outcome) = self.remembered.borrow().get(&file.len())
        {
            return outcome.clone();
        }
        self.asked.set(0);
        self.budget.set(BUDGET_BYTES + BUDGET_PER_BYTE * file.len() as u64);
        let outcome = match self.view(file) {
            Ok(view) => Outcome::Accepted(view),
            Err(Stop::Refuse(why)) => Outcome::Refused(why),
            Err(Stop::Crash(why)) => Outcome::Crashed(why),
            Err(Stop::Exhaust(bytes)) => Outcome::Exhausted(bytes),
        };
        if self.has(Fault::RememberedBySize) {
            self.remembered.borrow_mut().insert(file.len(), outcome.clone());
        }
        outcome
    }

    fn view(&self, file: &[u8]) -> Step<View> {
        let file = text::opened(self, file);
        let header = text::header(self, &file)?;
        let text = text::decoded(self, &header.bytes)?;
        let (root, end) = Parser::new(self, &text).document()?;
        let (metadata, entries) = header::entries(self, root)?;
        let buffer = file.get(header.end..).unwrap_or_default();
        if buffer.is_empty() && self.has(Fault::EmptyBufferRefused) {
            return refuse("nothing to map");
        }
        if header.end % 8 != 0 && self.has(Fault::BufferAlignmentDemanded) {
            return refuse("the buffer is off its alignment");
        }
        if end < text.len() && self.has(Fault::PaddingRefused) {
            return refuse("padding");
        }
        let placed = layout::place(self, entries, buffer.len() as u64)?;
        layout::tile(self, &placed, buffer, file.len() as u64)?;
        let start = layout::start(self, &file, &header, end, &placed);
        let tensors = contents::deliver(self, &file, start, placed)?;
        Ok(View { metadata, tensors })
    }
}
