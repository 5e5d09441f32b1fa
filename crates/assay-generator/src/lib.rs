//! Files from nothing: valid by construction, or breaking exactly one rule.
//!
//! Everything here is a pure function of a [`Dialect`](assay_spec::Dialect) and
//! a seed: no clock, no shared randomness, no map whose order varies. The
//! crate writes files with a writer of its own ([`draft`]) and never reads one,
//! so that it shares no fault with the crates that judge what it makes.
//!
//! * [`valid`] draws a file that every reader must accept, as a [`Model`].
//! * [`violate`] breaks one rule, and brings the nearest valid file along.
//! * [`boundaries`] stands at the edges of limits and tables.
//! * [`telling`] makes valid files that wrong readers get wrong.
//! * [`mutate`] changes given bytes without knowing what comes of it.
//! * [`shrink`] makes a file smaller as long as a property holds; [`repairs`]
//!   lists files near a faulty one that may be valid.

#![forbid(unsafe_code)]

pub mod arbitrary;
mod boundaries;
mod bounds;
mod document;
pub mod draft;
mod draw;
pub mod model;
mod mutate;
mod names;
mod shrink;
#[cfg(feature = "proptest")]
pub mod strategy;
mod telling;
mod text;
mod valid;
mod violate;

pub use boundaries::{Boundary, boundaries};
pub use draft::Draft;
pub use model::Model;
pub use mutate::mutate;
pub use shrink::{Holds, ShrinkBudget, Shrunk, repairs, shrink};
pub use telling::telling;
pub use valid::valid;
pub use violate::{Violation, kinds, violate};
