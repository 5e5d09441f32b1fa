//! What the benchmarks share: files to read, readers to compare, a clock that
//! is fair to both.

pub(crate) mod files;
pub(crate) mod hostile;
pub(crate) mod sonic;
pub(crate) mod trim;
