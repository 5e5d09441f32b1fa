//! Fetches the contents that a reply delivers, inline or in its scratch file,
//! and compares them with the bytes of the case's own file.
//!
//! Lengths and ranges are the adapter's words and are believed only as far as
//! they can be checked; nothing is allocated from them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_protocol::message::ReplyTensor;
use nix::fcntl::OFlag;
use sha2::{Digest as _, Sha256};

use crate::judge::{Delivered, NameIndex};
use crate::staged::Plan;
use crate::text::quoted;

/// Bytes compared at a time.
const CHUNK: usize = 1024 * 1024;
/// A reply may deliver this many times its file's length, and [`SLACK`].
const TIMES: u64 = 16;
/// What a reply may deliver beside.
const SLACK: u64 = 64 * 1024 * 1024;

/// Why contents could not be compared.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The reply is wrong.
    Reply(String),
    /// This side failed.
    Own(String),
}

/// Compares contents; keeps its buffers.
#[derive(Debug, Default)]
pub(crate) struct Comparer {
    delivered: Vec<u8>,
    original: Vec<u8>,
}

/// The tensors of one accepted case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) index: usize,
    pub(crate) tensors: &'a [ReplyTensor],
    pub(crate) scratch: &'a Path,
}

impl Comparer {
    /// What the reply delivers, tensor by tensor in the reply's order.
    pub(crate) fn compare(&mut self, accepted: Accepted<'_>) -> Result<Vec<Delivered>, Trouble> {
        let case = accepted.plan.cases[accepted.index].case;
        let expected = NameIndex::new(case.view.as_ref().map_or(&[], tensors_of));
        let mut scratch = Scratch { path: accepted.scratch, file: None };
        let mut left = case.size.saturating_mul(TIMES).saturating_add(SLACK);
        let mut all = Vec::with_capacity(accepted.tensors.len());
        for tensor in accepted.tensors {
            let original = Original {
                plan: accepted.plan,
                index: accepted.index,
                tensor: expected.find(&tensor.name),
            };
            if let Some(fault) = tensor.fault() {
                return Err(Trouble::Reply(format!("answered nonsense: {fault}")));
            }
            let delivered = match (&tensor.data, tensor.scratch) {
                (Some(hex), _) => self.inline(&tensor.name, hex, original)?,
                (None, range) => {
                    let range = range.unwrap_or_default();
                    left = left.checked_sub(range[1]).ok_or_else(|| {
                        Trouble::Reply(format!(
                            "delivers far more than the {} bytes of the file",
                            case.size
                        ))
                    })?;
                    self.outlying(&tensor.name, range, &mut scratch, original)?
                }
            };
            all.push(delivered);
        }
        Ok(all)
    }

    /// Contents in hexadecimal.
    fn inline(
        &mut self,
        name: &str,
        hex: &str,
        original: Original<'_>,
    ) -> Result<Delivered, Trouble> {
        self.delivered.resize(hex.len() / 2, 0);
        hex::decode_to_slice(hex, &mut self.delivered).map_err(|error| {
            Trouble::Reply(format!("`data` of tensor {} is not hexadecimal: {error}", quoted(name)))
        })?;
        let length = self.delivered.len() as u64;
        let sha256: [u8; 32] = Sha256::digest(&self.delivered).into();
        let mut difference = original.length_difference(length);
        if !original.has_digest(&sha256)
            && let Some([start, end]) = original.range(0, length)
        {
            self.read_original(original, [start, end])?;
            difference = earliest(first_difference(&self.delivered, &self.original), difference);
        }
        Ok(Delivered { length, sha256, difference })
    }

    /// Contents in the scratch file.
    fn outlying(
        &mut self,
        name: &str,
        [offset, length]: [u64; 2],
        scratch: &mut Scratch<'_>,
        original: Original<'_>,
    ) -> Result<Delivered, Trouble> {
        let wrong =
            |what: String| Trouble::Reply(format!("`scratch` of tensor {}: {what}", quoted(name)));
        let (file, size) = scratch.open().map_err(wrong)?;
        if offset.checked_add(length).is_none_or(|end| end > size) {
            return Err(wrong(format!(
                "{length} bytes at {offset} are not in the scratch file, which has {size}"
            )));
        }
        let mut hash = Sha256::new();
        let mut difference = None;
        let mut at = 0;
        while at < length {
            let chunk = usize::try_from(length - at).map_or(CHUNK, |left| left.min(CHUNK));
            self.delivered.resize(chunk, 0);
            file.read_exact_at(&mut self.delivered, offset + at)
                .map_err(|error| wrong(format!("cannot be read: {error}")))?;
            hash.update(&self.delivered);
            if difference.is_none()
                && let Some(range) = original.range(at, chunk as u64)
            {
                self.read_original(original, range)?;
                difference = first_difference(&self.delivered, &self.original).map(|d| at + d);
            }
            at += chunk as u64;
        }
        let difference = earliest(difference, original.length_difference(length));
        Ok(Delivered { length, sha256: hash.finalize().into(), difference })
    }

    fn read_original(&mut self, original: Original<'_>, range: [u64; 2]) -> Result<(), Trouble> {
        original.plan.read(original.index, range, &mut self.original).map_err(|error| {
            Trouble::Own(format!("the harness cannot read the case's file: {error}"))
        })
    }
}

fn tensors_of(view: &ExpectedView) -> &[ExpectedTensor] {
    &view.tensors
}

/// What a tensor's contents should be, if the case says so.
#[derive(Clone, Copy)]
struct Original<'a> {
    plan: &'a Plan<'a>,
    index: usize,
    tensor: Option<&'a ExpectedTensor>,
}

impl Original<'_> {
    /// The part of the file to compare `length` delivered bytes from `at` on with.
    fn range(&self, at: u64, length: u64) -> Option<[u64; 2]> {
        let [start, end] = self.tensor?.contents;
        let from = start.checked_add(at)?;
        let to = from.checked_add(length)?.min(end);
        (from < to).then_some([from, to])
    }

    /// Whether the manifest gives these contents' digest, so that there is no need to read them.
    fn has_digest(&self, sha256: &[u8; 32]) -> bool {
        let mut digits = [0; 64];
        self.tensor.is_some_and(|tensor| {
            hex::encode_to_slice(sha256, &mut digits).is_ok() && digits == *tensor.sha256.as_bytes()
        })
    }

    /// Where the shorter one ends, if the lengths differ.
    fn length_difference(&self, length: u64) -> Option<u64> {
        let [start, end] = self.tensor?.contents;
        let right = end.saturating_sub(start);
        (length != right).then(|| length.min(right))
    }
}

fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    [a, b].into_iter().flatten().min()
}

/// Where two texts first differ, as far as both go.
fn first_difference(a: &[u8], b: &[u8]) -> Option<u64> {
    let common = a.len().min(b.len());
    if a[..common] == b[..common] {
        return None;
    }
    a.iter().zip(b).position(|(a, b)| a != b).map(|at| at as u64)
}

/// The scratch file, opened when it is first needed.
struct Scratch<'a> {
    path: &'a Path,
    file: Option<(File, u64)>,
}

impl Scratch<'_> {
    fn open(&mut self) -> Result<(&File, u64), String> {
        if self.file.is_none() {
            self.file = Some(open_regular(self.path)?);
        }
        let (file, size) = self.file.as_ref().expect("just opened");
        Ok((file, *size))
    }
}

/// Opens a file that someone else made: no link is followed, and what is not
/// a regular file is not waited for.
fn open_regular(path: &Path) -> Result<(File, u64), String> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).bits();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no scratch file".to_owned(),
        _ => format!("the scratch file cannot be opened (links are not followed): {error}"),
    })?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("the scratch file is not a regular file".to_owned());
    }
    Ok((file, metadata.len()))
}
