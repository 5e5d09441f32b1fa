//! The reference implementation: a strict zero-copy reader and a writer.
//!
//! A [`Policy`] is a dialect compiled for reading. A [`Reader`] takes bytes in
//! memory, a [`File`] takes a path and maps it, [`Load`] reads a whole file with
//! several threads (and verifies it), a [`LazyFile`] reads single tensors, a
//! [`Header`] takes only a file's first bytes; all of them refuse what the
//! dialect refuses, and an [`Error`] names one broken rule and its bytes.
//! [`mod@write`] makes files, [`rewrite`] makes files of files, and [`shards`] is
//! about models in several.
//!
//! How it reads: accept fast, explain slowly. A fast pass over the header's
//! bytes fills a few flat tables (tensors, shapes, one hash index) and says
//! nothing but "clean"; whatever it does not accept is read again by the
//! explaining pass, the only source of errors. There is no tree of JSON values
//! and no recursion, names stay in the header's text unless they hold escapes,
//! and memory is bounded by a small multiple of the header. Whoever reads many
//! files hands in a [`Scratch`], and nothing is allocated for the next one.
//!
//! A fault does not stop the explaining pass: which rule a file breaks first,
//! in the order of its bytes, is only known at the header's end, where a grammar
//! error would silence all others. What the fast pass may assume is worked out
//! from the policy's rules; for a dialect whose rules it does not know it is not
//! used.
//!
//! Shares no parsing or writing code with the validator or the generator; that
//! the three agree is the project's main test.
//!
//! ```
//! use assay_reference::{Policy, Reader};
//! use assay_spec::{Dialect, Disputed};
//!
//! let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
//! let header = br#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#;
//! let mut file = (header.len() as u64).to_le_bytes().to_vec();
//! file.extend(header);
//! file.extend([7, 9]);
//!
//! let reader = Reader::from_bytes(&file, &policy)?;
//! assert_eq!(reader.tensor("a").map(|tensor| tensor.data().to_vec()), Some(vec![7, 9]));
//! # Ok::<(), assay_reference::Error>(())
//! ```
//!
//! # Features
//!
//! * `std` (on by default): files, threads, shards on disk, writing. Without it
//!   the crate needs `alloc` and no operating system: it reads what is in memory.
//! * `verify` (on by default): digests of tensors' contents, by `twox-hash`.
//!
//! # What may change
//!
//! `public-api.txt` beside this crate's manifest lists what it promises; a test
//! holds the two together. A line that goes or changes is a breaking change and
//! takes a new major version (before 1.0: minor), a line that comes a minor one.
//! So does a newer compiler than `rust-version` asks for, which CI builds with.
//! Enums marked as non-exhaustive may grow. Not promised: the wording of
//! messages, which of several equal faults of one byte is named, and what
//! [`Debug`](std::fmt::Debug) shows. What files are accepted is the dialect's
//! to say, not this crate's version.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(missing_docs)]

#[macro_use]
extern crate alloc;

mod cursor;
mod error;
mod fast;
mod faults;
#[cfg(feature = "std")]
mod file;
mod header;
mod index;
mod keys;
mod linear;
#[cfg(feature = "std")]
mod load;
#[cfg(feature = "std")]
mod map;
mod marks;
mod policy;
mod prefix;
mod proposed;
mod random;
mod reader;
#[cfg(feature = "std")]
pub mod rewrite;
mod scan;
pub mod shards;
mod size;
mod slice;
mod spell;
mod tables;
mod tiling;
mod typed;
mod unescape;
#[cfg(feature = "std")]
pub mod write;

pub use error::Error;
pub use fast::Scratch;
#[cfg(feature = "std")]
pub use file::File;
pub use header::{Entry, Header, Metadata};
#[cfg(feature = "std")]
pub use load::{Arena, LazyFile, Load};
#[cfg(feature = "verify")]
pub use load::{Digest, Digests, NotADigest, Verify};
pub use policy::Policy;
pub use proposed::Sparse;
#[cfg(feature = "std")]
pub use proposed::part_metadata;
pub use reader::{Reader, Tensor};
pub use slice::{Index, IndexItem, NotAnIndex, Ranges, Selection, Slice, SliceError};
pub use typed::{Element, NotTyped};
