//! Writes the record of a run as it goes on.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assay_protocol::record::{Footer, Header, Line, Outcome};

/// Name of a finished record in its folder.
pub const RECORD_FILE: &str = "record.jsonl";
/// Name of a record without a footer: a run under way, stopped or failed.
pub const RECORD_PARTIAL: &str = "record.jsonl.partial";

/// A line stays in memory no longer than until the first line after this time.
const FLUSH: Duration = Duration::from_millis(100);

/// Why a record could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the record {}: {source}", path.display())]
pub struct RecordError {
    path: PathBuf,
    source: io::Error,
}

/// A record being written, as `record.jsonl.partial`; it becomes `record.jsonl`
/// with its footer. An unfinished one stays until the next run in its folder.
#[derive(Debug)]
pub struct RecordWriter {
    folder: PathBuf,
    file: BufWriter<File>,
    line: Vec<u8>,
    flushed: Instant,
}

/// Creates the unfinished record and locks it as long as it is written.
fn begin(path: &Path) -> io::Result<File> {
    let open = || File::options().create(true).truncate(false).write(true).open(path);
    let busy = |error| match error {
        TryLockError::WouldBlock => io::Error::new(
            io::ErrorKind::WouldBlock,
            "another run is writing it; wait for that one or name another folder",
        ),
        TryLockError::Error(error) => error,
    };
    let mut file = open()?;
    file.try_lock().map_err(busy)?;
    if file.metadata()?.len() > 0 {
        fs::rename(path, path.with_extension("partial.previous"))?;
        file = open()?;
        file.try_lock().map_err(busy)?;
    }
    Ok(file)
}

impl RecordWriter {
    /// Begins a record in a folder, with its header. What an unfinished run
    /// left there is kept beside it.
    ///
    /// # Errors
    /// If the file cannot be created or written, or another run is writing it.
    pub fn create(folder: &Path, header: &Header) -> Result<RecordWriter, RecordError> {
        let path = folder.join(RECORD_PARTIAL);
        let file = begin(&path).map_err(|source| RecordError { path, source })?;
        let mut writer = RecordWriter {
            folder: folder.to_owned(),
            file: BufWriter::with_capacity(64 * 1024, file),
            line: Vec::new(),
            flushed: Instant::now(),
        };
        writer.append(&Line::Header(header.clone()))?;
        writer.flush()?;
        Ok(writer)
    }

    /// Appends a line. It reaches the file at once if it tells of a death,
    /// else in a batch.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&mut self, line: &Line) -> Result<(), RecordError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).expect("a line is plain JSON");
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(|source| self.error(source))?;
        if is_urgent(line) || self.flushed.elapsed() >= FLUSH {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands everything to the operating system.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.flushed = Instant::now();
        self.file.flush().map_err(|source| self.error(source))
    }

    /// Ends the record with its footer and gives it its final name. Returns its path.
    ///
    /// # Errors
    /// If it cannot be written or renamed; then it has no final name.
    pub fn finish(mut self, footer: &Footer) -> Result<PathBuf, RecordError> {
        self.append(&Line::Footer(footer.clone()))?;
        self.flush()?;
        self.file.get_ref().sync_all().map_err(|source| self.error(source))?;
        let path = self.folder.join(RECORD_FILE);
        fs::rename(self.folder.join(RECORD_PARTIAL), &path)
            .map_err(|source| RecordError { path: path.clone(), source })?;
        Ok(path)
    }

    /// Leaves the record without a footer. Returns the path where it stays.
    ///
    /// # Errors
    /// If what was appended cannot be written.
    pub fn abandon(mut self) -> Result<PathBuf, RecordError> {
        self.flush()?;
        Ok(self.folder.join(RECORD_PARTIAL))
    }

    fn error(&self, source: io::Error) -> RecordError {
        RecordError { path: self.folder.join(RECORD_PARTIAL), source }
    }
}

fn is_urgent(line: &Line) -> bool {
    match line {
        Line::Header(_) | Line::Implementation(_) | Line::Footer(_) => true,
        Line::Result(result) => {
            result.attempts > 1
                || matches!(
                    result.outcome,
                    Outcome::Crash | Outcome::Hang | Outcome::OutOfMemory | Outcome::ProtocolError
                )
        }
    }
}
