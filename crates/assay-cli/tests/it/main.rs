//! The `assay` command as its users meet it, and the invariants of the house.

mod adequacy;
mod architecture;
mod check;
mod command;
mod corpus;
mod coverage;
mod gallery;
mod generate;
mod hunt;
mod outside;
mod records;
mod rewrite;
mod run;
mod shards;
mod slices;
mod spec;
