//! Text as C sees it: a pointer and a length.

#![allow(unsafe_code, reason = "text is handed over as a pointer; the contract is the crate's")]

use std::ffi::{CStr, c_char};
use std::ptr;

/// UTF-8 text of `len` bytes, not terminated; `bytes` is null if there is none.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Text {
    /// The first byte.
    pub bytes: *const c_char,
    /// Number of bytes.
    pub len: usize,
}

// SAFETY: a text only ever points at bytes that nobody changes, and whoever
// reads them does so through unsafe code that vouches for their lifetime.
unsafe impl Send for Text {}
// SAFETY: as above.
unsafe impl Sync for Text {}

impl Text {
    /// No text.
    pub(crate) const NONE: Text = Text { bytes: ptr::null(), len: 0 };

    /// Points at a text.
    pub(crate) fn of(text: &str) -> Text {
        Text { bytes: text.as_ptr().cast(), len: text.len() }
    }
}

/// A text that ends at its NUL.
///
/// # Safety
/// `text` points to bytes that end with a NUL and stay as they are for `'a`.
///
/// # Errors
/// If it is not UTF-8.
pub(crate) unsafe fn terminated<'a>(text: *const c_char) -> Result<&'a str, &'static str> {
    // SAFETY: it is the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| "it is not UTF-8")
}

/// A text with a length.
///
/// # Safety
/// `bytes` points to `len` bytes that stay as they are for `'a`; it may be null if `len` is 0.
pub(crate) unsafe fn sized<'a>(bytes: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: it is the caller's promise, and no object of C is longer than `isize::MAX` bytes.
    unsafe { std::slice::from_raw_parts(bytes, len) }
}
