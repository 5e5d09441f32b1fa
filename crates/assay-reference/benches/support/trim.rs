//! Gives freed memory back to the system.
//!
//! A reader that frees 800,000 blocks makes whoever allocates next pay for it,
//! up to 35 ms here; so the heap is trimmed before each sample, and each reader
//! pays for its own memory, as the first load of a process does.

#![allow(unsafe_code, reason = "the C library's trim has no safe wrapper; used by benchmarks only")]

/// Trims the heap of the C library's allocator; elsewhere does nothing.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes no pointer, may be called at any time, and touches only
    // memory that is not allocated.
    unsafe {
        libc::malloc_trim(0);
    }
}
