//! Tells the system which bytes of a file are wanted next.
//!
//! Advice changes no result. Where there is none to give, or the system does not
//! take it, reading is as right and perhaps slower.

use std::fs::File;

use assay_spec::Span;

/// Says that these bytes will be read, roughly in order.
#[cfg(target_os = "linux")]
pub(crate) fn in_order(file: &File, span: Span) {
    use rustix::fs::{Advice, fadvise};
    let len = std::num::NonZeroU64::new(span.len());
    if len.is_some() {
        let _ = fadvise(file, span.start, len, Advice::Sequential);
    }
}

/// As there.
#[cfg(not(target_os = "linux"))]
pub(crate) fn in_order(_: &File, _: Span) {}
