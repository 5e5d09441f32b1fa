//! Files at the edges.
use assay_spec::{Dialect, Rule, Verdict};
use crate::draft::Draft;
/// x
pub struct Boundary { /// x
 pub slug: String, /// x
 pub title: String, /// x
 pub verdict: Verdict, /// x
 pub draft: Draft }
/// x
pub fn boundaries(_: &Dialect, _: &Rule) -> Vec<Boundary> { Vec::new() }
