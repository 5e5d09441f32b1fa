//! Renderings of hand-made records and findings, against stored snapshots, and
//! properties that hold for any.

mod diagnostic;
mod explain;
mod matrix;
mod properties;
mod record;
mod serious;
mod support;
