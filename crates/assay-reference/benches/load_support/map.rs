//! Mapped files, for the published crate's way of reading, and how much of one
//! is in the system's cache.

#![allow(unsafe_code, reason = "neither has a safe wrapper; used by a benchmark only")]

use std::fs::File;

use memmap2::Mmap;

/// Maps a file.
pub(crate) fn map(file: &File) -> Mmap {
    // SAFETY: the benchmark's own file, which nobody else can open and which is
    // not written any more.
    unsafe { Mmap::map(file) }.expect("the system maps files")
}

/// The share of a file that is in the system's cache.
pub(crate) fn cached(file: &File) -> f64 {
    let map = map(file);
    let mut pages = vec![0_u8; map.len().div_ceil(4096)];
    // SAFETY: the range is that of the mapping, and there is a byte for each of
    // its pages, which are at least so large.
    let failed =
        unsafe { libc::mincore(map.as_ptr() as *mut libc::c_void, map.len(), pages.as_mut_ptr()) };
    assert_eq!(failed, 0, "the system says what is cached");
    pages.iter().filter(|page| **page & 1 == 1).count() as f64 / pages.len() as f64
}
