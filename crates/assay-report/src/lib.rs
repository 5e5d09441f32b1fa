//! Renderings of what the suite found, for people and for programs.
//!
//! Pure functions of records, findings and rules: nothing here touches a file,
//! a terminal, a process or a clock. Text carries ANSI styling; whoever prints
//! it strips the styling where it is not wanted, and every rendering says the
//! same without it. Text that comes from files or implementations is hostile:
//! all of it passes through `text::visible` before it is shown.

#![forbid(unsafe_code)]

pub mod badge;
pub mod bench;
pub mod compare;
pub mod coverage;
pub mod diagnostic;
pub mod explain;
pub mod gate;
pub mod interchange;
pub mod known;
pub mod layout;
pub mod listing;
pub mod matrix;
pub mod merge;
pub mod operations;
pub mod reasons;
pub mod record;
pub mod relations;
pub mod resources;
pub mod rules;
pub mod serious;
pub mod site;
pub mod slices;
pub mod split;
pub mod splits;
mod text;
pub mod trend;
pub mod view_diff;
pub mod writers;
