//! Reading past the system's cache, straight into the arena.
//!
//! The device then reads at its own rate and the processors have next to nothing
//! to do. It wants whole blocks: of the file, of memory, and as lengths. So the
//! arena takes the file's blocks from the one in which the byte buffer begins
//! on, and the byte buffer lies in memory as it lies in the file.

use std::io;

use super::arena::Arena;
use super::crew::Crew;
use super::source::Source;
use crate::error::Error;
use crate::header::Header;

/// A multiple of the blocks of all devices there are, and a page.
const BLOCK: u64 = 4096;

/// How much is asked for at once: enough for the device to be busy.
const PIECE: usize = 8 * 1024 * 1024;

/// Reads the byte buffer into the arena. `false` if the system does not read
/// this file in such a way; then nothing was done.
///
/// # Errors
/// As for reading in the usual way.
pub(super) fn fill(
    crew: Crew,
    source: &Source,
    header: &Header<'_>,
    arena: &mut Arena,
) -> Result<bool, Error> {
    let span = header.buffer();
    let before = span.start % BLOCK;
    let from = span.start - before;
    let (Ok(whole), Ok(len)) =
        (usize::try_from((span.end - from).next_multiple_of(BLOCK)), usize::try_from(span.len()))
    else {
        return Err(source.no_memory());
    };
    let room = arena.room(whole).map_err(|error| source.trouble(error))?;
    if !room.as_ptr().addr().is_multiple_of(BLOCK as usize) || !set_direct(source, true) {
        return Ok(false);
    }
    let pieces = room.chunks_mut(PIECE).enumerate();
    let crew = Crew { threads: crew.threads.min(pieces.len()).max(1), ..crew };
    let done = crew.each(
        pieces,
        || (),
        |(), (turn, piece)| {
            let offset = from + (turn * PIECE) as u64;
            match read_blocks(source, piece, offset, span.end) {
                Ok(()) => Ok(true),
                // It has larger blocks, or no such reads after all.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(false),
                Err(error) => Err(source.refusal(error)),
            }
        },
    );
    set_direct(source, false);
    let done = done?.into_iter().all(|done| done);
    if done {
        arena.narrow(before as usize, len);
        source.check_len()?;
    }
    Ok(done)
}

/// Fills whole blocks from `offset` on, the last one as far as the file goes.
fn read_blocks(source: &Source, into: &mut [u8], offset: u64, end: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let wanted = (into.len() as u64).min(end - offset) as usize;
    let mut done = 0;
    while done < wanted {
        match source.file().read_at(&mut into[done..], offset + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => done += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Turns such reads on or off. `false` if the system refuses.
fn set_direct(source: &Source, on: bool) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let set = fcntl_getfl(source.file()).and_then(|mut flags| {
        flags.set(OFlags::DIRECT, on);
        fcntl_setfl(source.file(), flags)
    });
    set.is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::Path;
    use std::{fs, io};

    use assay_spec::{Dialect, Disputed};

    use super::*;
    use crate::load::opened;
    use crate::policy::Policy;

    /// Loads a file with a byte buffer of this length, which is `change` bytes
    /// longer when its header has been read. Gives whether it was read past the
    /// cache, and what; `None`, and a word on standard error, where the system
    /// cannot do that here.
    fn loaded(len: usize, spaces: usize, change: i64) -> Option<Result<(bool, Vec<u8>), Error>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let header =
            format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{len}],\"data_offsets\":[0,{len}]}}}}");
        let header = header + &" ".repeat(spaces);
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.into_bytes());
        file.extend((0..len).map(|at| (at % 251) as u8));
        fs::write(&path, &file).unwrap();

        let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
        let (source, header) = opened(&path, &policy).unwrap();
        let writer = fs::File::options().write(true).open(&path).unwrap();
        writer.set_len((file.len() as u64).checked_add_signed(change).unwrap()).unwrap();
        if !set_direct(&source, true) {
            not_checked(folder.path());
            return None;
        }
        let crew = Crew { threads: 2, started: |_| {} };
        let mut arena = Arena::new();
        let done = fill(crew, &source, &header, &mut arena);
        Some(done.map(|done| (done, arena.bytes().to_vec())))
    }

    /// Says so past what the test harness keeps to itself: a test that passes
    /// without having tested anything should not look like the others.
    fn not_checked(folder: &Path) {
        let folder = folder.display();
        let why = "cannot be read past the cache; set TMPDIR to a folder on a disk";
        writeln!(io::stderr(), "not checked: files in {folder} {why}").unwrap();
    }

    #[test]
    fn whole_blocks_are_read_and_the_buffer_found_in_them() {
        for (len, spaces) in
            [(1_300_000, 0), (1_300_001, 1), (9_000_000, 7), (1 << 23, 4096 - 61 - 8)]
        {
            if let Some(loaded) = loaded(len, spaces, 0) {
                let (done, bytes) = loaded.unwrap();
                assert!(done, "{len}");
                assert!(bytes.iter().copied().eq((0..len).map(|at| (at % 251) as u8)), "{len}");
            }
        }
    }

    #[test]
    fn short_files_are_left_to_the_usual_way() {
        if let Some(loaded) = loaded(1000, 0, 0) {
            assert!(!loaded.unwrap().0);
        }
    }

    #[test]
    fn a_file_that_changes_its_length_meanwhile_is_refused() {
        for change in [-1, -4096, -200_000, 1, 5000] {
            if let Some(loaded) = loaded(1_300_000, 0, change) {
                let error = loaded.unwrap_err();
                let changed = "changed its length while it was read";
                assert!(error.to_string().ends_with(changed), "{change}: {error}");
            }
        }
    }
}
