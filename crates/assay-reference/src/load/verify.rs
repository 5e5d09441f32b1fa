//! Reading with a digest of every tensor, worked out while its bytes are in the
//! processor's cache.

use std::cmp::Reverse;
use std::path::Path;

use assay_spec::Span;

use super::arena::HUGE_PAGE;
use super::digest::{Digest, Digests};
use super::jobs::{self, Digesting, Job, Room, shared_out};
use super::source::Source;
use super::{Arena, Load, ahead, opened, room};
use crate::error::Error;
use crate::file::File;
use crate::header::Header;
use crate::policy::Policy;
use crate::reader::{Buffer, Reader};

/// How much is read and digested at once: it stays in a processor's own cache.
const PIECE: usize = 256 * 1024;

/// Files from this length on are worth the making of a huge page.
const PAYS: u64 = 32 * 1024 * 1024;

/// How files are read and verified: [`Load::verifying`] makes it.
///
/// A digest takes a tensor's bytes in order, so one thread reads the whole
/// tensor; threads share the tensors. A file most of which is one tensor is not
/// read faster by more threads.
///
/// ```no_run
/// use assay_reference::{Digests, Load, Policy};
/// use assay_spec::{Dialect, Disputed};
///
/// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
/// // Nothing is kept in memory.
/// let digests: Digests = Load::new().verifying().stream("model.safetensors", &policy)?;
/// for (name, digest) in digests.iter() {
///     println!("{digest} {name}");
/// }
/// // Later, or elsewhere: the same contents, or an error that names the tensor.
/// let (file, _) = Load::new().verifying().expecting(digests).open("copy.safetensors", &policy)?;
/// # Ok::<(), assay_reference::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verify {
    load: Load,
    expected: Option<Digests>,
    /// Whether other files may have tensors that are expected.
    is_part: bool,
    piece: usize,
    job: u64,
}

impl Load {
    /// Reads in the same way and works out a digest of every tensor.
    pub fn verifying(self) -> Verify {
        Verify { load: self, expected: None, is_part: false, piece: PIECE, job: jobs::JOB }
    }
}

impl Verify {
    /// Refuses files whose tensors have not these digests, or are not these tensors.
    #[must_use]
    pub fn expecting(mut self, digests: Digests) -> Verify {
        self.expected = Some(digests);
        self
    }

    /// For tests: pieces and jobs so short that small files have many.
    #[cfg(test)]
    pub(super) fn in_pieces_of(mut self, piece: usize) -> Verify {
        self.load.piece = piece;
        self.piece = piece;
        self.job = 2 * piece as u64;
        self
    }

    /// Reads a whole file into memory, as [`Load::open`] does.
    ///
    /// # Errors
    /// As there, or if a digest is not the expected one: of the first such
    /// tensor in order of offsets, with its bytes.
    pub fn open(&self, path: impl AsRef<Path>, policy: &Policy) -> Result<(File, Digests), Error> {
        let (source, header) = opened(path.as_ref(), policy)?;
        let mut arena = Arena::new();
        let digests = self.fill(&source, &header, &mut arena)?;
        Ok((File::of(Reader::new(header, Buffer::Loaded(arena))?), digests))
    }

    /// Reads a whole file into memory used before, as [`Load::open_in`] does.
    ///
    /// # Errors
    /// As for [`Verify::open`].
    pub fn open_in<'a>(
        &self,
        path: impl AsRef<Path>,
        policy: &Policy,
        arena: &'a mut Arena,
    ) -> Result<(Reader<'a>, Digests), Error> {
        let (source, header) = opened(path.as_ref(), policy)?;
        let digests = self.fill(&source, &header, arena)?;
        Ok((Reader::new(header, Buffer::Borrowed(arena.bytes()))?, digests))
    }

    /// Reads several files, as [`Load::open_all`] does: the shards of a model.
    /// What is [expected](Verify::expecting) is expected of all of them together.
    ///
    /// # Errors
    /// As for [`Verify::open`]: the error of the first path that has one; then
    /// if a tensor is in none of the files that is expected in one of them.
    pub fn open_all<P: AsRef<Path> + Sync>(
        &self,
        paths: &[P],
        policy: &Policy,
    ) -> Result<Vec<(File, Digests)>, Error> {
        let (crew, load) = self.load.shared_by(paths.len());
        let each = Verify { load, is_part: true, ..self.clone() };
        let files = crew.each(paths.iter(), || (), |(), path| each.open(path, policy))?;
        if let Some(expected) = &self.expected {
            let is_in = |name: &str| files.iter().any(|(_, found)| found.get(name).is_some());
            expected.all_there(is_in)?;
        }
        Ok(files)
    }

    /// Reads a whole file and keeps nothing of it but the digests: for a check
    /// of what is on disk, with 2 MiB of memory a thread or less.
    /// It reads through the system's cache, whatever the [`Load`] says.
    ///
    /// # Errors
    /// As for [`Verify::open`].
    pub fn stream(&self, path: impl AsRef<Path>, policy: &Policy) -> Result<Digests, Error> {
        let (source, header) = opened(path.as_ref(), policy)?;
        self.stream_of(&source, &header)
    }

    /// Reads the byte buffer and keeps nothing.
    pub(super) fn stream_of(&self, source: &Source, header: &Header<'_>) -> Result<Digests, Error> {
        ahead::in_order(source.file(), header.buffer());
        let jobs = shared_out(header, self.job).unwrap_or_else(|| one_by_one(header));
        let jobs = jobs.into_iter().map(|job| (job, None)).collect();
        let digests = self.digests(source, header, jobs)?;
        self.judged(source, header, digests)
    }

    /// Reads the byte buffer into the arena.
    pub(super) fn fill(
        &self,
        source: &Source,
        header: &Header<'_>,
        arena: &mut Arena,
    ) -> Result<Digests, Error> {
        let jobs = shared_out(header, self.job).filter(|_| !self.load.past_cache);
        let Some(jobs) = jobs else {
            return self.fill_first(source, header, arena);
        };
        let mut rest = room(source, header.buffer().len(), arena)?;
        ahead::in_order(source.file(), header.buffer());
        let with_room = jobs.into_iter().map(|job| {
            let (own, later) = std::mem::take(&mut rest).split_at_mut(job.span.len() as usize);
            rest = later;
            (job, Some(own))
        });
        let digests = self.digests(source, header, with_room.collect())?;
        self.judged(source, header, digests)
    }

    /// The same where bytes do not come tensor by tensor: tensors may overlap
    /// under some dialect, and past the cache the device is what one waits for.
    fn fill_first(
        &self,
        source: &Source,
        header: &Header<'_>,
        arena: &mut Arena,
    ) -> Result<Digests, Error> {
        self.load.fill(source, header, arena)?;
        let (bytes, start) = (arena.bytes(), header.buffer().start);
        let digest = |span: Span| {
            let range = (span.start - start) as usize..(span.end - start) as usize;
            Digest::of(bytes.get(range).unwrap_or_default())
        };
        let crew = self.load.crew_for(bytes.len());
        let digests =
            crew.each(header.entries(), || (), |(), entry| Ok(digest(entry.contents())))?;
        self.judged(source, header, digests)
    }

    /// Reads all jobs, each into its room if it has any. The digests come in
    /// order of offsets.
    fn digests(
        &self,
        source: &Source,
        header: &Header<'_>,
        mut jobs: Vec<(Job, Option<&mut [u8]>)>,
    ) -> Result<Vec<Digest>, Error> {
        let len = jobs.iter().map(|(job, _)| job.span.len()).sum::<u64>();
        let mut crew = self.load.crew_for(usize::try_from(len).unwrap_or(usize::MAX));
        crew.threads = crew.threads.min(jobs.len()).max(1);
        // The long ones first, so that what is left to do at the end is short;
        // the others in the order of the file.
        let long = len / crew.threads as u64 / 16;
        jobs.sort_by_key(|(job, _)| Reverse(Some(job.span.len()).filter(|len| *len > long)));
        // For long files a huge page, which was a few percent faster than a `Vec`.
        let longest = jobs.iter().map(|(job, _)| job.span.len()).max().unwrap_or_default();
        let passing_len = match usize::try_from(longest) {
            Ok(longest) if len < PAYS => self.piece.min(longest),
            _ => self.piece.max(HUGE_PAGE),
        };
        let mut done = crew.each(jobs.into_iter(), Arena::new, |passing, (job, own)| {
            let room = match own {
                Some(own) => Room::Kept(own),
                None => {
                    let room = passing.room(passing_len);
                    Room::Passing(room.map_err(|error| source.trouble(error))?)
                }
            };
            Ok((job.turns.start, self.run(source, header, &job, room)?))
        })?;
        done.sort_by_key(|(turn, _)| *turn);
        Ok(done.into_iter().flat_map(|(_, digests)| digests).collect())
    }

    /// Reads one job, piece by piece.
    fn run(
        &self,
        source: &Source,
        header: &Header<'_>,
        job: &Job,
        mut room: Room<'_>,
    ) -> Result<Vec<Digest>, Error> {
        let mut digesting = Digesting::new(header, job.turns.clone());
        let (mut at, piece) = (job.span.start, self.piece as u64);
        while at < job.span.end {
            // Up to a multiple of the length, because files lie in memory in pages.
            let len = (piece - at % piece).min(job.span.end - at);
            let bytes = room.next(len as usize);
            source.read_exact_at(bytes, at)?;
            digesting.add(bytes, at);
            at += len;
        }
        Ok(digesting.finish())
    }

    /// The digests by name, if nothing speaks against them.
    fn judged(
        &self,
        source: &Source,
        header: &Header<'_>,
        digests: impl IntoIterator<Item = Digest>,
    ) -> Result<Digests, Error> {
        source.check_len()?;
        let found = Digests::of(header, digests);
        if let Some(expected) = &self.expected {
            expected.compare(&found, header)?;
            if !self.is_part {
                expected.all_there(|name| found.get(name).is_some())?;
            }
        }
        Ok(found)
    }
}

/// A job for each tensor, whatever others lie on the same bytes.
fn one_by_one(header: &Header<'_>) -> Vec<Job> {
    let entries = header.entries().enumerate();
    entries.map(|(turn, entry)| Job { span: entry.contents(), turns: turn..turn + 1 }).collect()
}
