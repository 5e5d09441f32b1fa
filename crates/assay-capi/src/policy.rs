//! A dialect compiled for reading.

#![allow(unsafe_code, reason = "policies are handed over as pointers; the contract is the crate's")]

use std::ffi::c_char;
use std::ptr;

use assay_spec::{Dialect, Disputed};

use crate::error::Error;
use crate::text::terminated;

/// What a reader accepts: an edition of the format, and what becomes of files
/// on which its sources disagree.
#[derive(Debug)]
pub struct Policy(pub(crate) assay_reference::Policy);

/// Makes a policy; null if there is no such edition, with the reason in `*error`.
///
/// `edition` is its name, such as `0.8`, ended by a NUL; null is the newest.
/// With `refuse_disputed` only files that every reader must accept are read;
/// without it those too that a reader may refuse.
///
/// # Safety
/// `edition` is null or ends with a NUL; `error` is null or points to a pointer
/// that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_policy_new(
    edition: *const c_char,
    refuse_disputed: bool,
    error: *mut *mut Error,
) -> *mut Policy {
    let dialect = if edition.is_null() {
        Ok(Dialect::latest())
    } else {
        // SAFETY: it is the caller's promise.
        let name = unsafe { terminated(edition) }.map_err(|why| format!("the edition: {why}"));
        name.and_then(|name| Dialect::by_name(name).map_err(|error| error.to_string()))
    };
    match dialect {
        Ok(dialect) => {
            let disputed = if refuse_disputed { Disputed::Reject } else { Disputed::Accept };
            Box::into_raw(Box::new(Policy(assay_reference::Policy::new(&dialect, disputed))))
        }
        Err(message) => {
            // SAFETY: it is the caller's promise.
            unsafe { Error::of_request(message).leave(error) };
            ptr::null_mut()
        }
    }
}

/// Frees a policy; readers made with it stay as they are. Null is no policy.
///
/// # Safety
/// `policy` is null, or came from `assay_policy_new` and is used no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn assay_policy_free(policy: *mut Policy) {
    if !policy.is_null() {
        // SAFETY: it came from `Box::into_raw` above, and is freed once by the contract.
        drop(unsafe { Box::from_raw(policy) });
    }
}
