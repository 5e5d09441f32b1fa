//! Proposals to change the format: read from `spec/rfcs/`, applied, and held against files
//! and implementations.

pub(crate) mod aware;
pub(crate) mod backward;
pub(crate) mod coverage;
pub(crate) mod folder;
pub(crate) mod forward;
pub(crate) mod gate;
pub(crate) mod metrics;
pub(crate) mod samples;
pub(crate) mod speed;
pub(crate) mod stack;
pub(crate) mod writers;
