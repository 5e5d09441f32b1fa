//! The `assay` command as its users meet it, and the invariants of the house.

mod adequacy;
mod architecture;
mod bench;
mod check;
mod command;
mod corpus;
mod coverage;
mod documents;
mod editions;
mod gallery;
mod generate;
mod hunt;
mod inspect;
mod new_impl;
mod operations;
mod outside;
mod records;
mod rewrite;
mod rfcs;
mod run;
mod shards;
mod slices;
mod spec;
mod trend;
