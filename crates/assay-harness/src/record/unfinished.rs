//! A record without a footer, to be gone on with.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use assay_protocol::record::{Header, Line};

use super::{RECORD_PARTIAL, RecordError, RecordWriter};

/// Name of the record that takes an unfinished one's place.
const RECORD_RESUMED: &str = "record.jsonl.resumed";

/// What a run left that was stopped or killed. As long as it is held, no other
/// run can write in its folder.
#[derive(Debug)]
pub struct Unfinished {
    folder: PathBuf,
    /// Locked.
    _file: File,
    /// What was to be run.
    pub header: Header,
    /// The lines behind the header, as far as they were written whole.
    pub lines: Vec<Line>,
}

impl Unfinished {
    /// Opens the unfinished record of a folder; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read, is no record, or another run is writing it.
    pub fn open(folder: &Path) -> Result<Option<Unfinished>, RecordError> {
        let path = folder.join(RECORD_PARTIAL);
        let error = |source| RecordError { path: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(error(source)),
        };
        file.try_lock().map_err(|busy| error(why_locked(busy)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(error)?;
        let (header, lines) = parse(&bytes).map_err(error)?;
        Ok(Some(Unfinished { folder: folder.to_owned(), _file: file, header, lines }))
    }

    /// A record with the same header that begins with some of the lines.
    ///
    /// # Errors
    /// If it cannot be written; then the unfinished one is as it was.
    pub fn go_on(self, kept: &[Line]) -> Result<RecordWriter, RecordError> {
        let resumed = self.folder.join(RECORD_RESUMED);
        let write = || {
            let file = File::create(&resumed)?;
            file.try_lock().map_err(why_locked)?;
            let mut file = BufWriter::with_capacity(64 * 1024, file);
            let header = Line::Header(self.header.clone());
            for line in std::iter::once(&header).chain(kept) {
                serde_json::to_writer(&mut file, line)?;
                file.write_all(b"\n")?;
            }
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&resumed, self.folder.join(RECORD_PARTIAL))?;
            Ok(file)
        };
        let file = write().map_err(|source| RecordError { path: resumed.clone(), source })?;
        let folder = self.folder.clone();
        Ok(RecordWriter { folder, file, line: Vec::new(), flushed: Instant::now() })
    }
}

pub(super) fn why_locked(error: TryLockError) -> io::Error {
    match error {
        TryLockError::WouldBlock => io::Error::new(
            io::ErrorKind::WouldBlock,
            "another run is writing it; wait for that one or name another folder",
        ),
        TryLockError::Error(error) => error,
    }
}

/// Header and lines. A last line that is not whole was being written when the
/// run was killed: what it would have said is done again.
fn parse(bytes: &[u8]) -> io::Result<(Header, Vec<Line>)> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut lines = Vec::new();
    for (at, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {error}", at + 1))
        })?;
        lines.push(line);
    }
    let no_header =
        || io::Error::new(io::ErrorKind::InvalidData, "it does not begin with a header");
    let mut lines = lines.into_iter();
    let Some(Line::Header(header)) = lines.next() else { return Err(no_header()) };
    Ok((header, lines.filter(|line| !matches!(line, Line::Footer(_))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"line":"header","schema":"record/1","suite":"0","manifest_sha256":"","dialect":{"edition":"e","digest":"d"},"cases":1,"started":"","machine":{}}"#;
    const ABSENT: &str = r#"{"line":"implementation","id":"a","not_run":"why"}"#;

    #[test]
    fn a_line_that_was_being_written_is_left_out() {
        let whole = format!("{HEADER}\n{ABSENT}\n");
        for cut in [0, 1, ABSENT.len() - 1] {
            let text = format!("{whole}{}", &ABSENT[..cut]);
            assert_eq!(parse(text.as_bytes()).unwrap().1.len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for text in ["", "\n", &format!("{ABSENT}\n"), &format!("{HEADER}\n{{}}\n")] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
