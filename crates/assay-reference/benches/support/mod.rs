//! What the benchmarks share: files to read, a peer to compare with, a clock
//! that is fair to both.

pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod hostile;
pub(crate) mod plot;
pub(crate) mod sonic;
pub(crate) mod trim;
