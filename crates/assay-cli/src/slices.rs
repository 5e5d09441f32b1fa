//! Parts of tensors: the table of questions and answers, and asking them.

pub(crate) mod ask;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod table;
