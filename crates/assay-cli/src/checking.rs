//! Checking files: what there is to check, judging it on several threads, and what came of it.

mod deep;
pub(crate) mod head;
pub(crate) mod index;
pub(crate) mod judge;
pub(crate) mod targets;
