//! The subcommands, one module each.

pub(crate) mod adapter;
pub(crate) mod adequacy;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod corpus;
pub(crate) mod coverage;
pub(crate) mod doctor;
pub(crate) mod exec_adapter;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod hunt;
pub(crate) mod limit;
pub(crate) mod merge;
pub(crate) mod promote;
pub(crate) mod report;
pub(crate) mod resources;
pub(crate) mod rewrite;
pub(crate) mod run;
pub(crate) mod setup;
pub(crate) mod shards;
pub(crate) mod shrink;
pub(crate) mod slices;
pub(crate) mod spec;
pub(crate) mod trend;
