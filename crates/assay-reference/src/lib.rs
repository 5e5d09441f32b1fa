//! The reference implementation: a strict zero-copy reader and a writer.
