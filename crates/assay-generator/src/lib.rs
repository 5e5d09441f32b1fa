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
//! * [`relate`] makes other files of the same meaning.
//! * [`mutate()`] changes given bytes without knowing what comes of it.
//! * [`Stream`] writes valid and broken files by the million.
//! * [`Layout`] has the tensors of published models, and zeros for contents.
//! * [`slices()`] asks for parts of tensors.
//! * [`shrink`] makes a file smaller as long as a property holds; [`repairs`]
//!   lists files near a faulty one that may be valid.

#![forbid(unsafe_code)]

pub mod arbitrary;
mod boundaries;
mod bounds;
mod document;
pub mod draft;
mod draw;
pub mod layout;
pub mod model;
pub mod mutate;
mod names;
pub mod relate;
mod shapes;
mod shrink;
pub mod slices;
#[cfg(feature = "proptest")]
pub mod strategy;
pub mod stream;
mod swarm;
mod telling;
mod text;
mod valid;
mod violate;

pub use boundaries::{Boundary, boundaries};
pub use draft::Draft;
pub use layout::Layout;
pub use model::Model;
pub use mutate::{Mutation, mutate, mutate_in};
pub use shrink::{Holds, ShrinkBudget, Shrunk, repairs, shrink};
pub use slices::{Slices, slices};
pub use stream::Stream;
pub use swarm::Swarm;
pub use telling::telling;
pub use valid::{valid, valid_in};
pub use violate::{Violation, kinds, violate};
