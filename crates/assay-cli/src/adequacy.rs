//! Whether the corpus is sharp: the validator against versions of itself that
//! are slightly wrong, each of which a committed case must show.
//!
//! A mutant is a neighbour of the spec (a rule dropped, loosened, tightened; a
//! bound one off), a slip of the validator (sizes that wrap, ranges walked in
//! the wrong order), or a reader that first rewrites what it read (comments
//! blanked, numbers rounded, duplicates resolved) and is right otherwise.

mod mutant;
mod rewrite;
mod trial;

pub(crate) use mutant::{Mutant, mutants, neighbouring};
pub(crate) use trial::{Corpus, Fate, Sample, Seen, equivalents, on_threads, try_all, try_on};
