//! Puts a file under its name, complete or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use crate::write::WriteError;

/// Small tensors are gathered until they are so many bytes; larger ones go
/// straight to the system.
const GATHERED: usize = 1 << 20;

/// A file that is being written under another name in the folder where it is
/// to be. Dropped, it is deleted. It is open only while it is filled, so that
/// there can be many.
pub(crate) struct Pending {
    temporary: TempPath,
    path: PathBuf,
    folder: PathBuf,
}

impl Pending {
    /// Makes the temporary file, `.….partial` in the folder of `path`.
    ///
    /// # Errors
    /// If a file could not be put there in the end, as far as that is known.
    pub(crate) fn new(path: &Path) -> Result<Pending, WriteError> {
        check_target(path)?;
        let folder = folder(path);
        let temporary = temporary(folder).map_err(|source| no_temporary(path, folder, source))?;
        Ok(Pending { temporary, path: path.to_owned(), folder: folder.to_owned() })
    }

    /// Writes the contents.
    pub(crate) fn fill(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let file = self.open().map_err(|source| refused(&self.path, source))?;
        let mut buffered = BufWriter::with_capacity(GATHERED, &file);
        let written = write(&mut buffered).and_then(|()| Ok(buffered.flush()?));
        // After a failure, what is left in the buffer goes nowhere.
        let _ = buffered.into_parts();
        written.map_err(|error| match error {
            WriteError::Io(source) => refused(&self.path, source),
            other => other,
        })
    }

    /// Where the contents are until they have their name.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Renames the file to its name, on the disk first if it is to be durable.
    pub(crate) fn place(self, durable: bool) -> Result<(), WriteError> {
        self.settle(durable).map_err(|source| refused(&self.path, source))?;
        check_target(&self.path)?;
        let Pending { temporary, path, folder } = self;
        temporary.persist(&path).map_err(|error| refused(&path, error.error))?;
        if durable { sync_folder(&folder).map_err(|source| refused(&path, source)) } else { Ok(()) }
    }

    /// Hands on the permissions of the file to be replaced, and waits for the disk.
    fn settle(&self, durable: bool) -> io::Result<()> {
        let existing = fs::metadata(&self.path);
        if !durable && existing.is_err() {
            return Ok(());
        }
        let file = self.open()?;
        if let Ok(existing) = existing {
            file.set_permissions(existing.permissions())?;
        }
        if durable { file.sync_all() } else { Ok(()) }
    }

    fn open(&self) -> io::Result<fs::File> {
        fs::OpenOptions::new().write(true).open(&self.temporary)
    }
}

/// Writes a temporary file in the folder of `path` and renames it to `path`.
/// On any failure the temporary file is deleted and `path` is as it was.
pub(crate) fn replace(
    path: &Path,
    durable: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let mut pending = Pending::new(path)?;
    pending.fill(write)?;
    pending.place(durable)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What is there already must be a file: anything else is not replaced.
fn check_target(path: &Path) -> Result<(), WriteError> {
    let why = match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => {
            "it is a symbolic link; name the file that it points to, or remove the link"
        }
        Ok(there) if there.is_dir() => "it is a folder; name a file in it",
        Ok(there) if !there.is_file() => "it is a device or a pipe; name a file",
        Ok(_) => return Ok(()),
        Err(_) if path.file_name().is_none() => "it is no name of a file",
        // Whatever else is wrong shows when the temporary file is made.
        Err(_) => return Ok(()),
    };
    Err(disk(path, why.to_owned(), None))
}

fn no_temporary(path: &Path, folder: &Path, source: io::Error) -> WriteError {
    let shown = folder.display();
    let why = match source.kind() {
        io::ErrorKind::NotFound => format!("its folder {shown} is not there; make it first"),
        io::ErrorKind::NotADirectory => format!("{shown} is no folder"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => format!(
            "no file can be made in {shown}, where it is written before it takes its name; \
             choose a folder that you may write to ({source})"
        ),
        _ => format!("no file can be made in {shown}: {source}"),
    };
    disk(path, why, Some(source))
}

/// Trouble with the contents.
fn refused(path: &Path, source: io::Error) -> WriteError {
    let why = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("there is no room for it; make some, or choose another place ({source})")
        }
        io::ErrorKind::FileTooLarge => {
            format!("files may not become that large here; write several ({source})")
        }
        _ => source.to_string(),
    };
    disk(path, why, Some(source))
}

fn disk(path: &Path, why: String, source: Option<io::Error>) -> WriteError {
    WriteError::Disk { path: path.display().to_string(), why, source }
}

/// A temporary file with the permissions that a new file has.
fn temporary(folder: &Path) -> io::Result<TempPath> {
    let mut builder = Builder::new();
    builder.prefix(".").suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's own mask is taken off by the system.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    Ok(builder.tempfile_in(folder)?.into_temp_path())
}

/// Makes the new name last. The file itself is complete either way.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Some file systems cannot do this to a folder; then there is nothing more to do.
    match fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
