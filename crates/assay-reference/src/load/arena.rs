//! One piece of memory for a file's whole byte buffer, which can be used again.

use std::fmt;
use std::io;
use std::ops::Range;

use memmap2::MmapMut;

/// From this length on memory comes straight from the system, in huge pages
/// where it has them: touching fresh memory in small pages takes longer than
/// filling it. For less, making a huge page takes longer.
const MAPPED_FROM: usize = HUGE_PAGE / 2;

/// A multiple of all huge pages that are in use below a gigabyte. Only whole
/// ones are huge, so the memory is as long as a multiple of them.
pub(super) const HUGE_PAGE: usize = 2 * 1024 * 1024;

/// Memory that files are loaded into, one after the other.
///
/// Fresh memory has to be made by the system page by page, which takes about as
/// long as filling it. Whoever loads several files and is done with one before
/// the next hands in the same arena: [`Load::open_in`](crate::Load::open_in).
/// It grows as needed and never shrinks; dropping it gives the memory back.
#[derive(Default)]
pub struct Arena {
    memory: Memory,
    /// Where what was loaded last lies.
    loaded: Range<usize>,
}

enum Memory {
    Plain(Vec<u8>),
    Mapped(MmapMut),
}

impl Default for Memory {
    fn default() -> Self {
        Memory::Plain(Vec::new())
    }
}

impl Memory {
    fn bytes(&self) -> &[u8] {
        match self {
            Memory::Plain(bytes) => bytes,
            Memory::Mapped(map) => map,
        }
    }
}

impl Arena {
    /// An arena without memory yet.
    pub fn new() -> Arena {
        Arena::default()
    }

    /// How many bytes fit without asking the system for more.
    pub fn capacity(&self) -> usize {
        self.memory.bytes().len()
    }

    /// What was loaded last.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory.bytes()[self.loaded.clone()]
    }

    /// Makes room for `len` bytes. What they are is left open.
    ///
    /// # Errors
    /// If there is no memory.
    pub(crate) fn room(&mut self, len: usize) -> io::Result<&mut [u8]> {
        self.loaded = 0..0;
        if self.capacity() < len {
            // First, so that never both are there.
            self.memory = Memory::default();
            self.memory = fresh(len)?;
        }
        self.loaded = 0..len;
        Ok(match &mut self.memory {
            Memory::Plain(bytes) => &mut bytes[..len],
            Memory::Mapped(map) => &mut map[..len],
        })
    }

    /// Of the room made last only this part is what was loaded.
    #[cfg(target_os = "linux")]
    pub(crate) fn narrow(&mut self, start: usize, len: usize) {
        self.loaded = start..start + len;
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("capacity", &self.capacity()).finish_non_exhaustive()
    }
}

fn fresh(len: usize) -> io::Result<Memory> {
    if len >= MAPPED_FROM
        && let Some(whole) = len.checked_next_multiple_of(HUGE_PAGE)
        && let Ok(map) = MmapMut::map_anon(whole)
    {
        // Only faster: memory in small pages holds the same.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        return Ok(Memory::Mapped(map));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len)?;
    bytes.resize(len, 0);
    Ok(Memory::Plain(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_grows_and_is_used_again() {
        let mut arena = Arena::new();
        assert_eq!((arena.capacity(), arena.bytes()), (0, &[][..]));
        for len in [0, 10, 3, MAPPED_FROM, 5, MAPPED_FROM + HUGE_PAGE, MAPPED_FROM - 1] {
            let before = arena.capacity();
            let room = arena.room(len).unwrap();
            assert_eq!(room.len(), len);
            room.fill(7);
            assert_eq!(arena.bytes(), vec![7; len]);
            assert!(arena.capacity() >= before.max(len));
            assert!(before < len || arena.capacity() == before);
        }
        assert_eq!(arena.capacity(), 2 * HUGE_PAGE);
    }

    /// 32 bits of addresses hold the longest slice that there can be.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn more_than_there_is_is_refused() {
        let mut arena = Arena::new();
        arena.room(10).unwrap();
        assert_eq!(arena.room(isize::MAX as usize).unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        assert!(arena.bytes().is_empty());
        assert_eq!(arena.room(10).unwrap().len(), 10);
    }
}
