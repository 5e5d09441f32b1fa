//! The corpus: where cases come from, how their bytes are made and proved,
//! and how they are laid out for a run.

pub(crate) mod build;
pub(crate) mod collect;
pub(crate) mod heads;
pub(crate) mod manifest;
pub(crate) mod prove;
pub(crate) mod real;
pub(crate) mod recipe;
pub(crate) mod relations;
pub(crate) mod stage;
