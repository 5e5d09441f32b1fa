//! Randomness to key hashes with, so that nobody can prepare texts that collide.
//!
//! The operating system's, where there is one. Without the feature `std` it is
//! the addresses that the program happens to have: whoever reads hostile files
//! on such a machine should know that they can be guessed if it always starts
//! alike. Only time is at stake, never what is read.

#[cfg(feature = "std")]
pub(crate) use std::hash::RandomState;

#[cfg(not(feature = "std"))]
pub(crate) use foldhash::quality::RandomState;
