//! A file that is being read: its length when it was opened, and its bytes by position.
//!
//! Nothing is read through a cursor that threads would have to share. What the
//! file says of lengths is held against the length that the system gave when it
//! was opened; a file that has another one later is refused.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::header::Header;
use crate::policy::Policy;
use crate::prefix::PREFIX_LEN;

/// An open file.
#[derive(Debug)]
pub(crate) struct Source {
    file: fs::File,
    path: Box<Path>,
    len: u64,
    /// Where the system has no reads by position that leave the cursor alone.
    #[cfg(not(unix))]
    cursor: std::sync::Mutex<()>,
}

impl Source {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// If the system refuses, or it is not a regular file.
    pub(crate) fn open(path: &Path) -> Result<Source, Error> {
        // Before it is opened: opening a named pipe would wait for a writer.
        regular(&fs::metadata(path).map_err(|error| trouble(path, error))?, path)?;
        let file = fs::File::open(path).map_err(|error| trouble(path, error))?;
        let about = file.metadata().map_err(|error| trouble(path, error))?;
        regular(&about, path)?;
        Ok(Source {
            file,
            path: path.into(),
            len: about.len(),
            #[cfg(not(unix))]
            cursor: std::sync::Mutex::new(()),
        })
    }

    /// The file itself, for mapping it and for advice to the system.
    pub(crate) fn file(&self) -> &fs::File {
        &self.file
    }

    /// Reads prefix and header, no more of them than the policy lets the prefix declare.
    ///
    /// # Errors
    /// If they cannot be read or break a rule that the policy enforces.
    pub(crate) fn read_header(&self, policy: &Policy) -> Result<Header<'static>, Error> {
        let mut head = Vec::new();
        self.append(PREFIX_LEN.min(self.len), &mut head)?;
        let more = policy.head_len(&head, self.len).saturating_sub(head.len() as u64);
        self.append(more, &mut head)?;
        Header::from_owned_head(head, self.len, policy)
    }

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// If they cannot be read, or the file now ends before them.
    pub(crate) fn read_exact_at(&self, into: &mut [u8], offset: u64) -> Result<(), Error> {
        self.positioned(into, offset).map_err(|error| self.refusal(error))
    }

    /// Reads bytes into a list of their own.
    ///
    /// # Errors
    /// As for [`Source::read_exact_at`], or if there is no memory for them.
    pub(crate) fn read_vec(&self, len: u64, offset: u64) -> Result<Vec<u8>, Error> {
        let len = usize::try_from(len).map_err(|_| self.no_memory())?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|error| self.trouble(error.into()))?;
        bytes.resize(len, 0);
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// Makes sure that the file is as long as it was.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn check_len(&self) -> Result<(), Error> {
        let now = self.file.metadata().map_err(|error| self.trouble(error))?;
        if now.len() == self.len { Ok(()) } else { Err(self.changed()) }
    }

    /// What the system has to say against reading this file.
    #[cold]
    pub(crate) fn trouble(&self, error: io::Error) -> Error {
        trouble(&self.path, error)
    }

    /// Why bytes that the file had when it was opened cannot be read.
    #[cold]
    pub(crate) fn refusal(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.changed(),
            _ => self.trouble(error),
        }
    }

    #[cold]
    pub(crate) fn no_memory(&self) -> Error {
        self.trouble(io::ErrorKind::OutOfMemory.into())
    }

    #[cold]
    fn changed(&self) -> Error {
        let path = self.path.display();
        Error::unreadable(format!("{path} changed its length while it was read"))
    }

    /// Appends `count` bytes from where the file was last read; reserves what the
    /// file has, if there is memory.
    fn append(&self, count: u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let before = bytes.len() as u64;
        usize::try_from(count)
            .map_err(|_| io::ErrorKind::OutOfMemory.into())
            .and_then(|room| Ok(bytes.try_reserve_exact(room)?))
            .and_then(|()| (&self.file).take(count).read_to_end(bytes))
            .map_err(|error| self.trouble(error))?;
        if bytes.len() as u64 - before == count { Ok(()) } else { Err(self.changed()) }
    }

    #[cfg(unix)]
    fn positioned(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, into, offset)
    }

    #[cfg(not(unix))]
    fn positioned(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        use std::io::Seek as _;
        let _turn = self.cursor.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (&self.file).seek(io::SeekFrom::Start(offset))?;
        (&self.file).read_exact(into)
    }
}

fn trouble(path: &Path, error: io::Error) -> Error {
    Error::io(&format!("cannot read {}", path.display()), error)
}

fn regular(about: &fs::Metadata, path: &Path) -> Result<(), Error> {
    if about.is_file() {
        return Ok(());
    }
    let why = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
    Err(trouble(path, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of the bytes 0 to 9, which is given another length once it is open.
    fn changed_to(len: u64) -> Source {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, (0..10).collect::<Vec<u8>>()).unwrap();
        let source = Source::open(&path).unwrap();
        assert!(source.check_len().is_ok());
        fs::File::options().write(true).open(&path).unwrap().set_len(len).unwrap();
        source
    }

    #[test]
    fn bytes_are_read_by_position() {
        let source = changed_to(10);
        let mut bytes = [0; 3];
        source.read_exact_at(&mut bytes, 7).unwrap();
        assert_eq!(bytes, [7, 8, 9]);
        source.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(bytes, [0, 1, 2]);
        assert_eq!(source.read_vec(2, 4).unwrap(), [4, 5]);
        source.read_exact_at(&mut [], 10).unwrap();
    }

    #[test]
    fn a_file_that_changes_its_length_is_refused() {
        let source = changed_to(8);
        for error in [
            source.read_exact_at(&mut [0; 3], 7).unwrap_err(),
            source.read_vec(3, 7).unwrap_err(),
            source.append(10, &mut Vec::new()).unwrap_err(),
            source.check_len().unwrap_err(),
            changed_to(11).check_len().unwrap_err(),
        ] {
            assert!(error.to_string().ends_with("changed its length while it was read"), "{error}");
            assert!(error.rule().is_none());
        }
    }
}
