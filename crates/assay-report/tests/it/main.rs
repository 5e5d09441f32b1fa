//! Renderings of hand-made records and findings, against stored snapshots, and
//! properties that hold for any.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod compare;
mod coverage;
mod diagnostic;
mod explain;
mod known;
mod matrix;
mod merge;
mod operations;
mod properties;
mod reasons;
mod record;
mod relations;
mod resources;
mod serious;
mod site;
mod slices;
mod splits;
mod support;
mod trend;
