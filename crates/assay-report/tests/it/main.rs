//! Renderings of hand-made records and findings, against stored snapshots, and
//! properties that hold for any.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod coverage;
mod diagnostic;
mod explain;
mod matrix;
mod operations;
mod properties;
mod record;
mod relations;
mod serious;
mod slices;
mod support;
