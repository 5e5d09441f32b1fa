//! The `assay` command as its users meet it, and the invariants of the house.

mod architecture;
mod check;
mod command;
mod corpus;
mod hunt;
mod run;
mod spec;
