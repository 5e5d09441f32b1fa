//! JSON text as it stands: an RFC 8259 reader that keeps duplicate keys, the
//! spelling of numbers, lone surrogates and the place of every token.
//!
//! It judges grammar only and takes any depth. Whatever else is wrong with a
//! text (a key twice, a number out of range) is for the rules to say, so
//! nothing is merged, rounded or replaced here.

mod document;
mod number;
mod reader;
mod string;
mod tape;

pub(crate) use document::{Document, Node};
pub(crate) use number::{Plain, is_finite_double, plain_integer};
pub(crate) use reader::{GrammarError, read};
pub(crate) use string::{Unit, units};

/// JSON's white space.
pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
