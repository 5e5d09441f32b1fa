//! The reference implementation from outside.

mod agreement;
mod dialects;
mod disk;
mod hostile;
#[cfg(unix)]
mod killed;
#[cfg(feature = "verify")]
mod load;
mod pages;
mod properties;
mod proposed;
mod rewrite;
mod semantics;
mod shards;
mod slices;
mod streaming;
mod views;
mod writer;

use std::sync::LazyLock;

use assay_reference::{Error, Policy, Reader};
use assay_spec::{Dialect, Disputed, View};

/// A file: the header's length, the header, the data.
fn file(header: impl AsRef<[u8]>, data: &[u8]) -> Vec<u8> {
    let header = header.as_ref();
    [&(header.len() as u64).to_le_bytes(), header, data].concat()
}

/// The newest edition. Resolving one takes a digest of the whole spec, so it is done once.
static LATEST: LazyLock<Dialect> = LazyLock::new(Dialect::latest);
static ACCEPT: LazyLock<Policy> = LazyLock::new(|| Policy::new(&LATEST, Disputed::Accept));
static REJECT: LazyLock<Policy> = LazyLock::new(|| Policy::new(&LATEST, Disputed::Reject));

/// The newest edition's policy.
fn policy(disputed: Disputed) -> &'static Policy {
    match disputed {
        Disputed::Accept => &ACCEPT,
        Disputed::Reject => &REJECT,
    }
}

/// What a file's reader sees; or why there is none.
fn read(file: &[u8], policy: &Policy) -> Result<View, Error> {
    Reader::from_bytes(file, policy).map(|reader| reader.view())
}

/// The rule that refuses a file; `None` if it is accepted.
///
/// # Panics
/// If it is refused without a rule.
fn refused_by(file: &[u8], policy: &Policy) -> Option<String> {
    let error = read(file, policy).err()?;
    Some(error.rule().unwrap_or_else(|| panic!("{error} names no rule")).to_string())
}
