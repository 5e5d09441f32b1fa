//! The generator against itself, and against validator and reference, which
//! share no code with it or with each other.

mod agreement;
mod boundaries;
mod changed_dialect;
mod determinism;
mod judge;
mod layouts;
mod relations;
mod shrinking;
mod slices;
mod strategies;
mod stream;
mod violations;
