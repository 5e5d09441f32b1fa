//! Bodies of the fuzz targets: plain functions, so that `cargo test` runs them too.
//!
//! Each module is one target and one sentence that must hold for any input:
//! `check` panics if it does not. `fuzz/run` builds and runs them, on the
//! stable toolchain too; `cargo fuzz run <target>` works as well.

pub mod common;
pub mod dictionary;
pub mod documents_never_panic;
pub mod generated_is_judged_alike;
pub mod generated_is_valid;
pub mod indexes_say_what_they_said;
pub mod published_agrees;
pub mod reference_agrees;
pub mod reference_reads;
pub mod validator_never_panics;
pub mod violation_is_one;
pub mod writing_is_a_fixed_point;

#[cfg(test)]
mod targets;
