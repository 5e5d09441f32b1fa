//! Writes the record of a run as it goes on, and goes on with an unfinished one.
//!
//! Lines are appended in the order in which things happen. A record that is
//! finished is put into one order whatever happened first, so that two runs of
//! the same versions leave the same lines, times aside.

mod unfinished;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assay_protocol::record::{Footer, Header, Line, Outcome};

pub use unfinished::Unfinished;

/// Name of a finished record in its folder.
pub const RECORD_FILE: &str = "record.jsonl";
/// Name of a record without a footer: a run under way, stopped or failed.
pub const RECORD_PARTIAL: &str = "record.jsonl.partial";

/// Name of a record that is being put into order.
const RECORD_ORDERED: &str = "record.jsonl.ordered";

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
    let mut file = open()?;
    file.try_lock().map_err(unfinished::why_locked)?;
    if file.metadata()?.len() > 0 {
        fs::rename(path, path.with_extension("partial.previous"))?;
        file = open()?;
        file.try_lock().map_err(unfinished::why_locked)?;
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

    /// Ends the record: lines in order, the footer, the final name. Returns its path.
    ///
    /// # Errors
    /// If it cannot be read back, written or renamed; then it has no final name.
    pub fn finish(mut self, footer: &Footer) -> Result<PathBuf, RecordError> {
        self.flush()?;
        let partial = self.folder.join(RECORD_PARTIAL);
        let path = self.folder.join(RECORD_FILE);
        let text = fs::read_to_string(&partial).map_err(|source| self.error(source))?;
        let lines = in_order(&text).map_err(|source| self.error(source))?;
        let ordered = self.folder.join(RECORD_ORDERED);
        let write = || {
            let mut file = BufWriter::new(File::create(&ordered)?);
            for line in lines {
                writeln!(file, "{line}")?;
            }
            serde_json::to_writer(&mut file, &Line::Footer(footer.clone()))?;
            file.write_all(b"\n")?;
            file.into_inner()?.sync_all()
        };
        write().map_err(|source| RecordError { path: ordered.clone(), source })?;
        fs::rename(&ordered, &path).map_err(|source| RecordError { path: path.clone(), source })?;
        fs::remove_file(&partial).map_err(|source| self.error(source))?;
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

/// The lines of a record: header, implementations by id, results by
/// implementation and case.
fn in_order(text: &str) -> io::Result<Vec<&str>> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let key = match serde_json::from_str(line)? {
            Line::Header(_) => (0, String::new(), String::new()),
            Line::Implementation(line) => (1, line.id, String::new()),
            Line::Result(line) => (2, line.implementation, line.case),
            Line::Footer(_) => continue,
        };
        lines.push((key, line));
    }
    // Stable: what has the same key stays in the order in which it happened.
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(lines.into_iter().map(|(_, line)| line).collect())
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
