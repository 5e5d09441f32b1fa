//! Whole files in memory of one's own, read by several threads.
//!
//! The byte buffer is read into one piece of memory (an [`Arena`], in huge pages
//! where the system has them) by reads at positions, in pieces that a few threads
//! take from one list. That is what makes it fast: the usual way, a buffer for
//! each tensor, spends its time in making small pages.
//!
//! [`Verify`] reads the same way and works out a digest of each tensor's contents
//! while they are in the processor's cache; [`LazyFile`] reads single tensors.

mod ahead;
mod arena;
mod crew;
#[cfg(feature = "verify")]
mod digest;
#[cfg_attr(not(target_os = "linux"), path = "load/direct/none.rs")]
mod direct;
#[cfg(feature = "verify")]
mod jobs;
mod lazy;
mod source;
#[cfg(feature = "verify")]
mod verify;

use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use crate::error::Error;
use crate::file::File;
use crate::header::Header;
use crate::policy::Policy;
use crate::reader::{Buffer, Reader};

pub use arena::Arena;
pub(crate) use crew::Crew;
#[cfg(feature = "verify")]
pub use digest::{Digest, Digests, NotADigest};
pub use lazy::LazyFile;
pub(crate) use source::Source;
#[cfg(feature = "verify")]
pub use verify::Verify;

/// How much a thread reads at once: one huge page, so that two threads never
/// wait for the system to make the same one.
const PIECE: usize = 2 * 1024 * 1024;

/// More threads than this find memory busy with the others.
const MOST_BY_DEFAULT: usize = 8;

/// How files are read into memory of one's own.
///
/// Later changes to the file do not matter, and contents lie aligned in memory
/// wherever their offsets in the byte buffer are, even if the file's header has
/// an odd length.
///
/// ```no_run
/// use assay_reference::{Load, Policy};
/// use assay_spec::{Dialect, Disputed};
///
/// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
/// let file = Load::new().threads(4).open("model.safetensors", &policy)?;
/// for tensor in file.reader().tensors() {
///     println!("{} {} bytes", tensor.name(), tensor.data().len());
/// }
/// # Ok::<(), assay_reference::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Load {
    crew: Crew,
    piece: usize,
    past_cache: bool,
}

impl Default for Load {
    fn default() -> Self {
        Load::new()
    }
}

impl Load {
    /// As many threads as there are processors, at most 8.
    pub fn new() -> Load {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let crew = Crew { threads: processors.min(MOST_BY_DEFAULT), started: |_| {} };
        Load { crew, piece: PIECE, past_cache: false }
    }

    /// Reads with so many threads, the calling one among them; 0 counts as 1.
    /// Short files get fewer.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Load {
        self.crew.threads = threads.max(1);
        self
    }

    /// Calls `started` on each thread before it reads, with its number; the
    /// calling thread is number 0. For binding threads to processors.
    #[must_use]
    pub fn started(mut self, started: fn(usize)) -> Load {
        self.crew.started = started;
        self
    }

    /// Reads past the system's cache where the system can do that (Linux, most
    /// file systems on disks), and as usual elsewhere. For files that are not in
    /// the cache and will not be read again soon: the device is read at its own
    /// rate, the processors are hardly busy, and nothing else is pushed out of
    /// the cache. A file that is in the cache is read faster in the usual way.
    ///
    /// The contents then lie aligned in memory as they do in the file.
    #[must_use]
    pub fn past_cache(mut self, past: bool) -> Load {
        self.past_cache = past;
        self
    }

    /// As [`Load::new`] for tests: pieces so short that small files have many.
    #[cfg(test)]
    fn in_pieces_of(mut self, piece: usize) -> Load {
        self.piece = piece;
        self
    }

    /// Reads a whole file into memory.
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file, breaks a rule that the
    /// policy enforces, changes its length meanwhile, or there is no memory for it.
    pub fn open(&self, path: impl AsRef<Path>, policy: &Policy) -> Result<File, Error> {
        let (source, header) = opened(path.as_ref(), policy)?;
        let mut arena = Arena::new();
        self.fill(&source, &header, &mut arena)?;
        Ok(File::of(Reader::new(header, Buffer::Loaded(arena))?))
    }

    /// As [`Load::open`], into memory used before: no fresh pages have to be made
    /// if the file is no longer than those before it.
    ///
    /// ```no_run
    /// use assay_reference::{Arena, Load, Policy};
    /// use assay_spec::{Dialect, Disputed};
    ///
    /// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
    /// let mut arena = Arena::new();
    /// for shard in ["model-1.safetensors", "model-2.safetensors"] {
    ///     let reader = Load::new().open_in(shard, &policy, &mut arena)?;
    ///     println!("{} tensors", reader.len());
    /// }
    /// # Ok::<(), assay_reference::Error>(())
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn open_in<'a>(
        &self,
        path: impl AsRef<Path>,
        policy: &Policy,
        arena: &'a mut Arena,
    ) -> Result<Reader<'a>, Error> {
        let (source, header) = opened(path.as_ref(), policy)?;
        self.fill(&source, &header, arena)?;
        Reader::new(header, Buffer::Borrowed(arena.bytes()))
    }

    /// Reads several files, as many at once as there are threads. The files come
    /// in the order of their paths.
    ///
    /// # Errors
    /// As for [`Load::open`]: the error of the first path that has one.
    pub fn open_all<P: AsRef<Path> + Sync>(
        &self,
        paths: &[P],
        policy: &Policy,
    ) -> Result<Vec<File>, Error> {
        let (crew, each) = self.shared_by(paths.len());
        crew.each(paths.iter(), || (), |(), path| each.open(path, policy))
    }

    /// How to read so many files at once: who takes files, and how each of them
    /// is read.
    fn shared_by(&self, files: usize) -> (Crew, Load) {
        let at_once = self.crew.threads.min(files).max(1);
        let mut each = self.clone().threads(self.crew.threads / at_once);
        if at_once > 1 {
            // Its own threads would count from 0 again.
            each.crew.started = |_| {};
        }
        (Crew { threads: at_once, ..self.crew }, each)
    }

    /// Reads the byte buffer into the arena.
    fn fill(&self, source: &Source, header: &Header<'_>, arena: &mut Arena) -> Result<(), Error> {
        if self.past_cache && direct::fill(self.crew, source, header, arena)? {
            return Ok(());
        }
        let span = header.buffer();
        let room = room(source, span.len(), arena)?;
        ahead::in_order(source.file(), span);
        let crew = self.crew_for(room.len());
        let pieces = room.chunks_mut(self.piece).enumerate();
        crew.each(
            pieces,
            || (),
            |(), (turn, piece)| {
                source.read_exact_at(piece, span.start + (turn * self.piece) as u64)
            },
        )?;
        source.check_len()
    }

    /// No more threads than there are pieces.
    fn crew_for(&self, len: usize) -> Crew {
        Crew { threads: self.crew.threads.min(len.div_ceil(self.piece)).max(1), ..self.crew }
    }
}

/// Opens a file and reads its header.
fn opened(path: &Path, policy: &Policy) -> Result<(Source, Header<'static>), Error> {
    let source = Source::open(path)?;
    let header = source.read_header(policy)?;
    Ok((source, header))
}

/// Room for a byte buffer of this length, which is that of a part of the file.
fn room<'a>(source: &Source, len: u64, arena: &'a mut Arena) -> Result<&'a mut [u8], Error> {
    let len = usize::try_from(len).map_err(|_| source.no_memory())?;
    arena.room(len).map_err(|error| source.trouble(error))
}

#[cfg(test)]
mod tests;
