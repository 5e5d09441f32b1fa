//! The documents that travel: cases, manifest, messages, records, adapter manifests.
//!
//! Plain data with serde and JSON Schema; no logic beyond checks of one
//! document against itself. Whoever speaks to Assay
//! from another program speaks these.

#![forbid(unsafe_code)]

pub mod adapter;
pub mod bench;
pub mod case;
pub mod gate;
pub mod keyed_sum;
pub mod known;
pub mod manifest;
pub mod message;
pub mod pack;
pub mod record;
pub mod relation;
pub mod resources;
mod schema;
pub mod slices;
mod validate;
pub mod write;

pub use adapter::AdapterManifest;
pub use case::{Case, CaseFile, ClaimedVerdict, Content, Part, Prefix, Recipe, Twin};
pub use keyed_sum::KeyedSum;
pub use known::{Known, KnownFile};
pub use manifest::{ExpectedTensor, ExpectedView, Manifest, ManifestCase, ManifestHead, Origin};
pub use message::{Operation, Reply, Request, SliceItem};
pub use pack::{PackIndex, PackLine, PackedFile};
pub use record::{Line, Outcome, ResultLine};
pub use relation::{Aspect, Relation, RelationKind};
pub use schema::schemas;
pub use slices::{SliceQuestion, SliceTable};
pub use validate::{Faults, is_path, is_sha256};
pub use write::{TaskTensor, WriteTask};
