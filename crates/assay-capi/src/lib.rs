//! The reference reader for C, and for every language that can call C.
//!
//! `include/assay.h` is made from these sources by cbindgen and held to them by
//! a test; `tests/c/check.c` shows the whole of it in use. Four kinds of thing
//! cross the boundary: a *policy* (a dialect compiled for reading), a *reader*
//! (a file found right), an *error* (one broken rule and its bytes), and plain
//! values that point into them.
//!
//! # Contract
//!
//! What holds for every function, and what the proofs of the unsafe blocks
//! rest on:
//!
//! * A pointer is null only where the function says that it may be, and otherwise
//!   points to what its type says, aligned and initialised, for as long as the
//!   function says.
//! * What `…_new`, `…_open` and `…_read` return is freed once, by the `…_free` of its
//!   kind, which takes null too. Policies and readers may be used by several
//!   threads at once; freeing one is the last use of it and of all that points
//!   into it.
//! * Text is UTF-8 with a length: names may hold NUL. It is not terminated.
//! * No function unwinds: a panic, which would be a bug of this crate, ends the
//!   process.

pub mod error;
pub mod policy;
pub mod reader;
pub mod text;
