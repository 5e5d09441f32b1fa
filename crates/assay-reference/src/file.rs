//! A file on disk: its header is read, its contents are mapped.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::header::Header;
use crate::map::Map;
use crate::policy::Policy;
use crate::prefix::PREFIX_LEN;
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
    /// or copied if they are short or the system refuses to map them.
    ///
    /// Nobody may change the file in place while it is open: a change shows
    /// through in [`Tensor::data`](crate::Tensor::data), and reading what was
    /// cut off ends the process. Replacing the file by renaming another one over
    /// it is harmless. If that cannot be promised, use [`File::read`].
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file, or breaks a rule that
    /// the policy enforces.
    pub fn open(path: impl AsRef<Path>, policy: &Policy) -> Result<File, Error> {
        File::load(path.as_ref(), policy, READ_UP_TO)
    }

    /// Reads a whole file into memory; later changes to it do not matter.
    ///
    /// # Errors
    /// As for [`File::open`].
    pub fn read(path: impl AsRef<Path>, policy: &Policy) -> Result<File, Error> {
        File::load(path.as_ref(), policy, u64::MAX)
    }

    /// The file's header and tensors.
    pub fn reader(&self) -> &Reader<'static> {
        &self.reader
    }

    fn load(path: &Path, policy: &Policy, read_up_to: u64) -> Result<File, Error> {
        // Before it is opened: opening a named pipe would wait for a writer.
        if !fs::metadata(path).map_err(|error| trouble(path, error))?.is_file() {
            return Err(trouble(
                path,
                io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"),
            ));
        }
        let mut file = fs::File::open(path).map_err(|error| trouble(path, error))?;
        let file_len = len(&file, path)?;
        let header = read_header(&mut file, file_len, policy, path)?;
        let buffer = load_buffer(&mut file, &header, read_up_to, path)?;
        if len(&file, path)? != file_len {
            return Err(Error::unreadable("the file changed its length while it was read"));
        }
        Ok(File { reader: Reader::new(header, buffer)? })
    }
}

fn trouble(path: &Path, error: io::Error) -> Error {
    Error::io(&format!("cannot read {}", path.display()), error)
}

fn len(file: &fs::File, path: &Path) -> Result<u64, Error> {
    let about = file.metadata().map_err(|error| trouble(path, error))?;
    if !about.is_file() {
        let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(trouble(path, why));
    }
    Ok(about.len())
}

/// Reads prefix and header, no more of them than the policy lets the prefix declare.
fn read_header(
    file: &mut fs::File,
    file_len: u64,
    policy: &Policy,
    path: &Path,
) -> Result<Header<'static>, Error> {
    let mut head = Vec::new();
    read_into(file, PREFIX_LEN, &mut head, path)?;
    let more = policy.head_len(&head, file_len).saturating_sub(head.len() as u64);
    read_into(file, more, &mut head, path)?;
    Header::from_owned_head(head, file_len, policy)
}

fn load_buffer(
    file: &mut fs::File,
    header: &Header<'_>,
    read_up_to: u64,
    path: &Path,
) -> Result<Buffer<'static>, Error> {
    let span = header.buffer();
    if span.len() > read_up_to
        && let Ok(len) = usize::try_from(span.len())
        && let Ok(map) = Map::new(file, span.start, len)
    {
        return Ok(Buffer::Mapped(map));
    }
    let mut bytes = Vec::new();
    read_into(file, span.len(), &mut bytes, path)?;
    Ok(Buffer::Owned(bytes))
}

/// Appends up to `count` bytes; reserves what the file says it has, if there is memory.
fn read_into(
    file: &mut fs::File,
    count: u64,
    bytes: &mut Vec<u8>,
    path: &Path,
) -> Result<(), Error> {
    let room = usize::try_from(count).map_err(|_| io::ErrorKind::OutOfMemory.into());
    room.and_then(|room| Ok(bytes.try_reserve_exact(room)?))
        .and_then(|()| file.take(count).read_to_end(bytes))
        .map(drop)
        .map_err(|error| trouble(path, error))
}
