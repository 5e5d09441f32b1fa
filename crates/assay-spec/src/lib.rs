//! The safetensors format as data.
//!
//! Embeds `spec/`: tables (`spec.toml`) and rule pages (`rules/<area>/<slug>.md`),
//! and resolves them to a [`Dialect`]. Owns the words that all other crates
//! speak: [`Rule`], [`Check`], [`Dtype`], [`Finding`], [`Span`], [`View`].
//! Knows nothing of the other crates, reads no files at run time, and needs
//! `alloc` but no operating system, so that the reference can do without one.

#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod check;
mod dialect;
mod edit;
mod error;
pub mod export;
mod finding;
mod integer;
pub mod lint;
pub mod neighbours;
pub mod numbers;
pub mod page;
pub mod policy;
pub mod rfc;
mod rule;
mod spec;
mod tables;
mod view;

pub use check::Check;
pub use dialect::{Dialect, DialectIdentity};
pub use edit::Edit;
pub use error::SpecError;
pub use finding::{Finding, Span, Verdict};
pub use rule::{
    Example, Hole, Level, OnViolation, Proof, Risk, RiskKind, Rule, RuleId, Source, Stance, Subject,
};
pub use spec::{AREAS, Adopted, Proposal, Spec};
pub use tables::{
    Disputed, Document, Dtype, DtypeClass, Edition, Feature, Identity, Key, KeyObject, KeyRole,
    Limit, Magic, Packing, Profile, RepeatedNames, Tables,
};
pub use view::{Mark, TensorView, View};
