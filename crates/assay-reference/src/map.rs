//! The only unsafe code of the project: mapping a file into memory.
//!
//! What is promised, and by whom. A mapping is shared with everyone who has the
//! file. The system keeps it mapped, readable and of the same length until it
//! is dropped, even if the file is renamed, replaced or deleted, so a reference
//! to it never dangles. The system does not keep others from writing the file in
//! place or from cutting it short: a write shows through, and reading a page that
//! was cut off ends the process with a signal. Neither can be ruled out from
//! within a program, on any system, so whoever opens a file by mapping promises
//! that nobody changes it in place meanwhile. Writers that replace files by
//! renaming, as [`mod@crate::write`] does, keep that promise. Where it cannot be
//! made, [`crate::File::read`] copies instead.
//!
//! The damage of a broken promise is kept small: the header is never read from
//! a mapping but from a copy, so every decision about names, shapes and ranges
//! rests on bytes that nobody can change; and mapped bytes are only ever handed
//! out as `u8`, of which every bit pattern is valid, and never looked at here.

#![allow(unsafe_code, reason = "mapping a file is unsafe; the argument is above")]

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapOptions};

/// Bytes of a file, mapped for reading.
pub(crate) struct Map(Mmap);

impl Map {
    /// Maps `len` bytes from `offset` on. `len` is not 0.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn new(file: &File, offset: u64, len: usize) -> io::Result<Map> {
        // SAFETY: the mapping is private to this value, read-only, and as long
        // as asked for or refused; that the file is not changed in place is the
        // caller's promise, see above.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map(file) }?;
        Ok(Map(map))
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
