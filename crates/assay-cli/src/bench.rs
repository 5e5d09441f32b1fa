//! Timing implementations on the same files in turns, beside what the machine can do.

pub(crate) mod baseline;
pub(crate) mod machine;
pub(crate) mod rounds;
pub(crate) mod statistics;
pub(crate) mod subject;
