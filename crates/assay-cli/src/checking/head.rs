//! As much of a file as judging it takes: prefix and header, and what findings point at.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, bail};
use assay_report::diagnostic::{self, Excerpt};
use assay_spec::{Dialect, Finding, Span};
use assay_validator::head_len;

/// The first bytes of a file and its length.
pub(crate) struct Head {
    /// Prefix and header, as far as they are there.
    pub(crate) bytes: Vec<u8>,
    /// Length of the whole file.
    pub(crate) file_len: u64,
}

impl Head {
    /// Of a regular file.
    pub(crate) fn of_file(path: &Path, dialect: &Dialect) -> anyhow::Result<Head> {
        let fail = || format!("cannot read {}", path.display());
        // Before it is opened: opening a named pipe would wait for a writer.
        let metadata = std::fs::metadata(path).with_context(fail)?;
        let mut file = if metadata.is_file() {
            File::open(path).with_context(fail)?
        } else {
            bail!(
                "{} is not a regular file; check needs one with a length, or `-` for standard input",
                path.display()
            );
        };
        let file_len = metadata.len();
        let bytes = read(&mut file, file_len, dialect).with_context(fail)?;
        Ok(Head { bytes, file_len })
    }

    /// Of a stream, which is read to its end to know its length; what follows the header
    /// is counted and forgotten.
    pub(crate) fn of_stream(mut stream: impl Read, dialect: &Dialect) -> io::Result<Head> {
        // Nobody knows yet how long it is: what the prefix declares is read as far as it comes.
        let bytes = read(&mut stream, u64::MAX, dialect)?;
        let rest = io::copy(&mut stream, &mut io::sink())?;
        let file_len = bytes.len() as u64 + rest;
        Ok(Head { bytes, file_len })
    }
}

/// At most prefix and header limit, however long the prefix claims the header is; no
/// memory is taken before bytes come.
fn read(file: &mut impl Read, file_len: u64, dialect: &Dialect) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(dialect.limit("prefix_bytes")).read_to_end(&mut head)?;
    let wanted = head_len(&head, file_len, dialect);
    file.take(wanted.saturating_sub(head.len() as u64)).read_to_end(&mut head)?;
    Ok(head)
}

/// The bytes behind the head that findings point at.
pub(crate) fn excerpts(
    path: &Path,
    findings: &[Finding],
    head: u64,
    file_len: u64,
) -> anyhow::Result<Vec<Excerpt>> {
    load(path, &diagnostic::wanted(findings, head, file_len))
}

/// Reads spans of a file; what it came to lack meanwhile is left out.
pub(crate) fn load(path: &Path, spans: &[Span]) -> anyhow::Result<Vec<Excerpt>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let fail = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(fail)?;
    let mut loaded = Vec::with_capacity(spans.len());
    for span in spans {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(span.start)).with_context(fail)?;
        file.by_ref().take(span.len()).read_to_end(&mut bytes).with_context(fail)?;
        loaded.push(Excerpt { start: span.start, bytes });
    }
    Ok(loaded)
}
