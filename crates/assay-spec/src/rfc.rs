//! Proposals to change the format (RFCs), as data.
//!
//! An [`Overlay`] is an ordered list of typed changes to a pinned base, with what its author
//! declares about it, and witnesses: files that show what it does. [`Overlay::apply`] makes
//! the changed dialect and says of each change which [`Class`] it has, from the data alone;
//! whether files agree is for whoever can judge files.

mod apply;
mod class;
mod compare;
mod embedded;
mod overlay;
mod pair;

pub use apply::{Applied, AppliedOp};
pub use class::{Class, classes_in_words};
pub use embedded::{admitting, embedded, hint, lifted};
pub use overlay::{
    Base, Declaration, Equivalent, IfIgnored, Overlay, Waiver, Witness, WitnessTensor, is_rfc_id,
};
pub use pair::{commute, required};

use alloc::string::String;
use core::fmt;

/// What is wrong with a proposal, and on which line of its overlay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// From 1; absent where no line shows it.
    pub line: Option<usize>,
    /// A clause that says what is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// A fault that a line shows.
    pub fn at(line: usize, message: impl Into<String>) -> Fault {
        Fault { line: Some(line), message: message.into() }
    }

    /// A fault that no line shows.
    pub fn new(message: impl Into<String>) -> Fault {
        Fault { line: None, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
