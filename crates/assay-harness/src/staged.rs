//! The files of a run: what adapters read, and whether they left them alone.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{CStr, CString};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use assay_protocol::{ClaimedVerdict, ManifestCase, is_path, is_sha256};
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use sha2::{Digest as _, Sha256};

use crate::question::Question;
use crate::run::PlannedCase;

/// All files of a run, shared by its lanes.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) cases: Vec<Staged<'a>>,
    /// Implementations that are running now.
    running: Mutex<BTreeSet<String>>,
}

/// One case's file.
#[derive(Debug)]
pub(crate) struct Staged<'a> {
    pub(crate) case: &'a ManifestCase,
    /// As it goes into requests.
    pub(crate) path: &'a str,
    /// What is asked about it.
    pub(crate) question: &'a Question,
    /// Why the case cannot be run at all.
    pub(crate) unfit: Option<String>,
    stamp: Option<Stamp>,
    /// Its folder, opened, and its name there: to look it up so is half as much work.
    place: Option<(Arc<File>, CString)>,
    /// Who modified it.
    spoiled: OnceLock<String>,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Of a file in an open folder.
    fn in_folder(folder: &File, name: &CStr) -> io::Result<Stamp> {
        let found = fstatat(folder, name, AtFlags::empty())?;
        Ok(Stamp {
            length: u64::try_from(found.st_size).map_err(io::Error::other)?,
            inode: found.st_ino,
            modified: (found.st_mtime, found.st_mtime_nsec),
            changed: (found.st_ctime, found.st_ctime_nsec),
        })
    }

    fn of(path: &str) -> io::Result<Stamp> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        Ok(Stamp {
            length: metadata.len(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl<'a> Plan<'a> {
    pub(crate) fn new(cases: &'a [PlannedCase]) -> Plan<'a> {
        let mut folders = HashMap::new();
        let cases = cases.iter().map(|planned| Staged::new(planned, &mut folders)).collect();
        Plan { cases, running: Mutex::default() }
    }

    /// Length of the largest file.
    pub(crate) fn largest(&self) -> u64 {
        self.cases.iter().map(|staged| staged.case.size).max().unwrap_or(0)
    }

    pub(crate) fn begins(&self, implementation: &str) {
        self.running().insert(implementation.to_owned());
    }

    pub(crate) fn ends(&self, implementation: &str) {
        self.running().remove(implementation);
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a case's file was modified just now; then by whom, in words.
    /// A file that was found modified before is not reported again.
    pub(crate) fn modified(&self, index: usize) -> Option<String> {
        let staged = &self.cases[index];
        if staged.is_as_planned() || staged.spoiled.get().is_some() {
            return None;
        }
        let names: Vec<String> = self.running().iter().cloned().collect();
        let by = match names.as_slice() {
            [one] => format!("by {one}"),
            _ => format!("by one of {}; run them one by one to see which", names.join(", ")),
        };
        staged.spoiled.set(by.clone()).ok()?;
        Some(by)
    }

    /// Reads bytes that a case's view refers to: of its file or, where a question brings them along, of those.
    pub(crate) fn read(&self, index: usize, range: [u64; 2], into: &mut Vec<u8>) -> io::Result<()> {
        let staged = &self.cases[index];
        let [start, end] = range;
        let length = end.checked_sub(start).and_then(|length| usize::try_from(length).ok());
        let outside = || io::Error::other("the manifest's range is outside the file");
        let length = length.ok_or_else(outside)?;
        if let Some(bytes) = staged.question.own_bytes() {
            let from = usize::try_from(start).ok().and_then(|start| bytes.get(start..));
            into.clear();
            into.extend_from_slice(from.and_then(|from| from.get(..length)).ok_or_else(outside)?);
            return Ok(());
        }
        into.resize(length, 0);
        File::open(staged.path)?.read_exact_at(into, start)
    }
}

impl<'a> Staged<'a> {
    fn new(
        planned: &'a PlannedCase,
        folders: &mut HashMap<&'a Path, Option<Arc<File>>>,
    ) -> Staged<'a> {
        let case = &planned.case;
        let path = planned.path.to_str().unwrap_or_default();
        let stamp = Stamp::of(path);
        let unfit = if !is_path(path) {
            Some(format!(
                "its path {} is not absolute and of ASCII letters, digits and `/._-`",
                planned.path.display()
            ))
        } else {
            match &stamp {
                Err(error) => Some(format!("its file cannot be read: {error}")),
                Ok(stamp) if stamp.length != case.size => {
                    Some(format!("its file has {} bytes instead of {}", stamp.length, case.size))
                }
                Ok(_) if !is_sha256(&case.sha256) && !is_too_long(planned) => {
                    Some("it has no digest".to_owned())
                }
                Ok(_) if needs_view(planned) && case.view.is_none() => {
                    Some("it is valid and nobody says what a reader must see".to_owned())
                }
                Ok(_) => None,
            }
        };
        Staged {
            case,
            path,
            question: &planned.question,
            unfit: unfit.map(|why| format!("the case is unfit: {why}")),
            stamp: stamp.ok(),
            place: place_of(&planned.path, folders),
            spoiled: OnceLock::new(),
        }
    }

    /// Who modified its file earlier in this run, in words.
    pub(crate) fn spoiled(&self) -> Option<&str> {
        self.spoiled.get().map(String::as_str)
    }

    /// Looks at size and times; only if those differ, at the bytes.
    fn is_as_planned(&self) -> bool {
        let now = match &self.place {
            Some((folder, name)) => Stamp::in_folder(folder, name),
            None => Stamp::of(self.path),
        };
        if self.unfit.is_some() || now.ok() == self.stamp {
            return true;
        }
        !self.case.sha256.is_empty()
            && digest(Path::new(self.path)).is_ok_and(|digest| digest == self.case.sha256)
    }
}

/// A file's folder, opened once for all of its files, and its name.
fn place_of<'a>(
    path: &'a Path,
    folders: &mut HashMap<&'a Path, Option<Arc<File>>>,
) -> Option<(Arc<File>, CString)> {
    let (folder, name) = (path.parent()?, path.file_name()?);
    let opened = folders.entry(folder).or_insert_with(|| File::open(folder).ok().map(Arc::new));
    Some((Arc::clone(opened.as_ref()?), CString::new(name.as_bytes()).ok()?))
}

/// A file that nobody reads whole needs no digest.
fn is_too_long(planned: &PlannedCase) -> bool {
    planned.question == Question::Inspect && planned.case.sha256.is_empty()
}

fn needs_view(planned: &PlannedCase) -> bool {
    let is_written = matches!(planned.question, Question::Write(_));
    planned.case.verdict == ClaimedVerdict::Valid && !is_written
}

pub(crate) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
