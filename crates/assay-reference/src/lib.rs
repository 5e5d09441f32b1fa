//! The reference implementation: a strict zero-copy reader and a writer.
//!
//! A [`Policy`] is a dialect compiled for reading. A [`Reader`] takes bytes in
//! memory, a [`File`] takes a path and maps it, a [`Header`] takes only a
//! file's first bytes; all three refuse what the dialect refuses, and an
//! [`Error`] names one broken rule and its bytes. [`mod@write`] makes files,
//! [`rewrite`] makes files of files, and [`shards`] is about models in several.
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

mod cursor;
mod error;
mod fast;
mod faults;
mod file;
mod header;
mod index;
mod keys;
mod linear;
mod map;
mod policy;
mod prefix;
mod reader;
pub mod rewrite;
mod scan;
pub mod shards;
mod size;
mod tables;
mod tiling;
mod typed;
mod unescape;
pub mod write;

pub use error::Error;
pub use fast::Scratch;
pub use file::File;
pub use header::{Entry, Header, Metadata};
pub use policy::Policy;
pub use reader::{Reader, Tensor};
pub use typed::{Element, NotTyped};
