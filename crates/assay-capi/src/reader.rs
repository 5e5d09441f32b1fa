//! A file that was found right, and what it holds.

#![allow(unsafe_code, reason = "readers are handed over as pointers; the contract is the crate's")]

use std::ffi::c_char;
use std::ptr;
use std::sync::OnceLock;

use assay_reference::File;

use crate::error::Error;
use crate::policy::Policy;
use crate::text::{Text, sized, terminated};

/// A file that was read and found right.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    /// The metadata as it is handed over, once somebody asks for it.
    pairs: OnceLock<Vec<Pair>>,
}

#[derive(Debug)]
enum Source {
    File(File),
    Bytes(assay_reference::Reader<'static>),
}

/// A tensor. Points into its reader, and into the bytes that the reader was made of.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Tensor {
    /// Its name.
    pub name: Text,
    /// The name of its dtype.
    pub dtype: Text,
    /// Its dimensions, outermost first.
    pub shape: *const u64,
    /// Number of dimensions; 0 for a scalar.
    pub rank: usize,
    /// Its contents, little-endian, last dimension fastest, at any alignment.
    pub data: *const u8,
    /// Length of the contents in bytes.
    pub data_len: usize,
    /// Where the contents begin, in bytes from the start of the file.
    pub file_offset: u64,
}

/// A pair of metadata. Points into its reader, or the bytes that the reader was made of.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Pair {
    /// The key.
    pub key: Text,
    /// Its value.
    pub value: Text,
}

impl Reader {
    fn new(source: Source) -> *mut Reader {
        Box::into_raw(Box::new(Reader { source, pairs: OnceLock::new() }))
    }

    fn get(&self) -> &assay_reference::Reader<'static> {
        match &self.source {
            Source::File(file) => file.reader(),
            Source::Bytes(reader) => reader,
        }
    }

    fn pairs(&self) -> &[Pair] {
        self.pairs.get_or_init(|| {
            let metadata = self.get().metadata();
            let pair = |(key, value)| Pair { key: Text::of(key), value: Text::of(value) };
            metadata.map_or_else(Vec::new, |pairs| pairs.iter().map(pair).collect())
        })
    }
}

fn handed_over(tensor: assay_reference::Tensor<'_>) -> Tensor {
    let (shape, data) = (tensor.shape(), tensor.data());
    Tensor {
        name: Text::of(tensor.name()),
        dtype: Text::of(&tensor.dtype().name),
        shape: shape.as_ptr(),
        rank: shape.len(),
        data: data.as_ptr(),
        data_len: data.len(),
        file_offset: tensor.contents().start,
    }
}

/// Gives what was read, or leaves the error and gives null.
///
/// # Safety
/// `error` is null or points to a pointer that may be written.
unsafe fn answer(result: Result<Source, Error>, error: *mut *mut Error) -> *mut Reader {
    match result {
        Ok(source) => Reader::new(source),
        Err(why) => {
            // SAFETY: it is the caller's promise.
            unsafe { why.leave(error) };
            ptr::null_mut()
        }
    }
}

/// Opens a file: its header is read, its contents are mapped. Null, with the
/// reason in `*error`, if it cannot be read or breaks a rule.
///
/// `path` ends with a NUL. Nobody may change the file in place while it is open;
/// replacing it by renaming another one over it is harmless.
///
/// # Safety
/// `path` ends with a NUL; `policy` came from `assay_policy_new`; `error` is null
/// or points to a pointer that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_open(
    path: *const c_char,
    policy: *const Policy,
    error: *mut *mut Error,
) -> *mut Reader {
    // SAFETY: it is the caller's promise.
    let (path, policy) = unsafe { (terminated(path), &(*policy).0) };
    let file = match path {
        Ok(path) => File::open(path, policy).map_err(Error::from),
        Err(why) => Err(Error::of_request(format!("the path: {why}"))),
    };
    // SAFETY: it is the caller's promise.
    unsafe { answer(file.map(Source::File), error) }
}

/// Reads a whole file that is in memory, without a copy. Null, with the reason
/// in `*error`, if it breaks a rule.
///
/// # Safety
/// `bytes` points to `len` bytes that nobody changes or frees before the reader
/// is freed; `policy` and `error` as for `assay_reader_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_read(
    bytes: *const u8,
    len: usize,
    policy: *const Policy,
    error: *mut *mut Error,
) -> *mut Reader {
    // SAFETY: it is the caller's promise; that the bytes outlive the reader, too.
    let (bytes, policy) = unsafe { (sized(bytes, len), &(*policy).0) };
    let reader = assay_reference::Reader::from_bytes(bytes, policy).map_err(Error::from);
    // SAFETY: it is the caller's promise.
    unsafe { answer(reader.map(Source::Bytes), error) }
}

/// Number of tensors.
///
/// # Safety
/// `reader` came from `assay_reader_open` or `assay_reader_read` and is not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_tensors(reader: *const Reader) -> usize {
    // SAFETY: it is the caller's promise.
    unsafe { &*reader }.get().len()
}

/// The tensor at a position in order of offsets. False, and nothing is written,
/// if there are not so many.
///
/// # Safety
/// `reader` as for `assay_reader_tensors`; `tensor` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_tensor(
    reader: *const Reader,
    position: usize,
    tensor: *mut Tensor,
) -> bool {
    // SAFETY: it is the caller's promise.
    let found = unsafe { &*reader }.get().tensor_at(position);
    // SAFETY: it is the caller's promise.
    found.map(|found| unsafe { tensor.write(handed_over(found)) }).is_some()
}

/// The tensor of a name of `name_len` bytes. False, and nothing is written, if
/// there is none.
///
/// # Safety
/// `reader` as for `assay_reader_tensors`; `name` points to `name_len` bytes;
/// `tensor` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_find(
    reader: *const Reader,
    name: *const c_char,
    name_len: usize,
    tensor: *mut Tensor,
) -> bool {
    // SAFETY: it is the caller's promise.
    let (reader, name) = unsafe { (&*reader, sized(name.cast(), name_len)) };
    let found = std::str::from_utf8(name).ok().and_then(|name| reader.get().tensor(name));
    // SAFETY: it is the caller's promise.
    found.map(|found| unsafe { tensor.write(handed_over(found)) }).is_some()
}

/// Whether there is metadata, be it without pairs.
///
/// # Safety
/// `reader` as for `assay_reader_tensors`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_has_metadata(reader: *const Reader) -> bool {
    // SAFETY: it is the caller's promise.
    unsafe { &*reader }.get().metadata().is_some()
}

/// The pairs of metadata in the order of the file; `*len` is their number. The
/// pointer may be null only if there are none.
///
/// # Safety
/// `reader` as for `assay_reader_tensors`; `len` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_metadata(
    reader: *const Reader,
    len: *mut usize,
) -> *const Pair {
    // SAFETY: it is the caller's promise.
    let pairs = unsafe { &*reader }.pairs();
    // SAFETY: it is the caller's promise.
    unsafe { len.write(pairs.len()) };
    pairs.as_ptr()
}

/// Frees a reader; null is no reader. Tensors and pairs that it gave point
/// nowhere then.
///
/// # Safety
/// `reader` is null, or as for `assay_reader_tensors`, and used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_reader_free(reader: *mut Reader) {
    if !reader.is_null() {
        // SAFETY: it came from `Box::into_raw` in `new`, and is freed once by the contract.
        drop(unsafe { Box::from_raw(reader) });
    }
}
