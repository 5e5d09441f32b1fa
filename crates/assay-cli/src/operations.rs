//! Operations beyond reading whole files: a tensor by its name, a header alone, a model in
//! several files, a file to be written; and who reads what others wrote.

pub(crate) mod access;
pub(crate) mod conduct;
pub(crate) mod exchange;
pub(crate) mod models;
pub(crate) mod table;
pub(crate) mod tasks;
pub(crate) mod written;
