//! Files that nobody planned: shown to running implementations, told apart by
//! who did what, made small, and written as cases.

pub(crate) mod asker;
pub(crate) mod folder;
pub(crate) mod found;
pub(crate) mod keep;
pub(crate) mod listing;
pub(crate) mod propose;
pub(crate) mod search;
pub(crate) mod signature;
pub(crate) mod sources;
pub(crate) mod twin;
