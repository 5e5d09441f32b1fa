//! x
use assay_spec::{Dialect, check::Probe};
use crate::Boundary;
/// x
pub fn telling(_: &Dialect, _: Probe) -> Vec<Boundary> { Vec::new() }
