//! Why a file was not read.

#![allow(unsafe_code, reason = "errors are handed over as pointers; the contract is the crate's")]

use assay_spec::Span;

use crate::text::Text;

/// Why a file was not read, or a policy not made.
#[derive(Debug)]
pub struct Error {
    rule: Option<String>,
    span: Option<Span>,
    message: String,
}

impl Error {
    /// Not a fault of a file.
    pub(crate) fn of_request(message: String) -> Error {
        Error { rule: None, span: None, message }
    }

    /// Leaves the error where the caller looks for it.
    ///
    /// # Safety
    /// `place` is null or points to a pointer that may be written.
    pub(crate) unsafe fn leave(self, place: *mut *mut Error) {
        if !place.is_null() {
            // SAFETY: it is the caller's promise.
            unsafe { place.write(Box::into_raw(Box::new(self))) };
        }
    }
}

impl From<assay_reference::Error> for Error {
    fn from(error: assay_reference::Error) -> Self {
        Error {
            rule: error.rule().map(ToString::to_string),
            span: error.span(),
            message: error.to_string(),
        }
    }
}

/// What is wrong, in one line: what was found, the rule, and the bytes. Points
/// into the error.
///
/// # Safety
/// `error` is one that a function of this library left, and not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_error_message(error: *const Error) -> Text {
    // SAFETY: it is the caller's promise.
    Text::of(unsafe { &(*error).message })
}

/// The id of the broken rule, such as `buffer/no-holes`; no text if no rule is
/// broken but the file could not be read. Points into the error.
///
/// # Safety
/// As for `assay_error_message`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_error_rule(error: *const Error) -> Text {
    // SAFETY: it is the caller's promise.
    unsafe { &(*error).rule }.as_deref().map_or(Text::NONE, Text::of)
}

/// The bytes that show the fault, counted from the start of the file: `*start`
/// is the first and `*end` is after the last. False, and nothing is written, if
/// no bytes of a file are at fault.
///
/// # Safety
/// As for `assay_error_message`; `start` and `end` point to numbers that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_error_span(
    error: *const Error,
    start: *mut u64,
    end: *mut u64,
) -> bool {
    // SAFETY: it is the caller's promise.
    let Some(span) = (unsafe { (*error).span }) else { return false };
    // SAFETY: it is the caller's promise.
    unsafe {
        start.write(span.start);
        end.write(span.end);
    }
    true
}

/// Frees an error; null is no error.
///
/// # Safety
/// `error` is null, or as for `assay_error_message`, and used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_error_free(error: *mut Error) {
    if !error.is_null() {
        // SAFETY: it came from `Box::into_raw` in `leave`, and is freed once by the contract.
        drop(unsafe { Box::from_raw(error) });
    }
}
