//! A file on disk: its header is read, its contents are mapped.

use std::path::Path;

use crate::error::Error;
use crate::header::Header;
use crate::load::{Crew, Load, Source};
use crate::map::Map;
use crate::policy::Policy;
use crate::reader::{Buffer, Reader};

/// Byte buffers up to this length are read: mapping costs more than copying them.
const READ_UP_TO: u64 = 64 * 1024;

/// A file on disk that was read and found right.
///
/// ```no_run
/// use assay_reference::{File, Policy};
/// use assay_spec::{Dialect, Disputed};
///
/// let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
/// let file = File::open("model.safetensors", &policy)?;
/// for tensor in file.reader().tensors() {
///     println!("{} {} {:?}", tensor.name(), tensor.dtype().name, tensor.shape());
/// }
/// # Ok::<(), assay_reference::Error>(())
/// ```
#[derive(Debug)]
pub struct File {
    reader: Reader<'static>,
}

impl File {
    /// Opens a file. The header is copied and judged; the contents are mapped,
    /// or copied if they are short or the system refuses to map them. Mapped
    /// contents are not touched, however long they are: they come from the disk
    /// when they are looked at.
    ///
    /// Nobody may change the file in place while it is open: a change shows
    /// through in [`Tensor::data`](crate::Tensor::data), and reading what was
    /// cut off ends the process. Replacing the file by renaming another one over
    /// it is harmless. If that cannot be promised, use [`File::read`], [`Load`]
    /// or [`LazyFile`](crate::LazyFile).
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file, or breaks a rule that
    /// the policy enforces.
    pub fn open(path: impl AsRef<Path>, policy: &Policy) -> Result<File, Error> {
        let source = Source::open(path.as_ref())?;
        let header = source.read_header(policy)?;
        let buffer = map_or_read(&source, &header)?;
        source.check_len()?;
        Ok(File { reader: Reader::new(header, buffer)? })
    }

    /// Opens several files as [`File::open`] does, as many at once as there are
    /// processors: the shards of a model on a file system where opening takes
    /// long. The files come in the order of their paths.
    ///
    /// # Errors
    /// As there: the error of the first path that has one.
    pub fn open_all<P: AsRef<Path> + Sync>(
        paths: &[P],
        policy: &Policy,
    ) -> Result<Vec<File>, Error> {
        Crew::for_files(paths.len()).each(paths.iter(), || (), |(), path| File::open(path, policy))
    }

    /// Reads a whole file into memory; later changes to it do not matter.
    /// [`Load`] does the same with several threads.
    ///
    /// # Errors
    /// As for [`File::open`].
    pub fn read(path: impl AsRef<Path>, policy: &Policy) -> Result<File, Error> {
        Load::new().threads(1).open(path, policy)
    }

    /// The file's header and tensors.
    pub fn reader(&self) -> &Reader<'static> {
        &self.reader
    }

    pub(crate) fn of(reader: Reader<'static>) -> File {
        File { reader }
    }
}

fn map_or_read(source: &Source, header: &Header<'_>) -> Result<Buffer<'static>, Error> {
    let span = header.buffer();
    if span.len() > READ_UP_TO
        && let Ok(len) = usize::try_from(span.len())
        && let Ok(map) = Map::new(source.file(), span.start, len)
    {
        return Ok(Buffer::Mapped(map));
    }
    Ok(Buffer::Owned(source.read_vec(span.len(), span.start)?))
}
