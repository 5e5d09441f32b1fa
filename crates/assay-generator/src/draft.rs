//! A file as bytes to be written: prefix, header, byte buffer. Knows nothing
//! of validity, so that it can write whatever the rules forbid.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Length of the integer that the prefix holds, in bytes.
pub(crate) const PREFIX_BYTES: u64 = size_of::<u64>() as u64;

/// Repeated bytes are written in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 16;

/// A file before it is written. Large files cost no memory as long as they
/// consist of repetitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the file begins with.
    pub prefix: Prefix,
    /// The header, part after part.
    pub header: Vec<Segment>,
    /// The byte buffer, part after part.
    pub data: Vec<Segment>,
}

/// The first bytes of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prefix {
    /// The header's true length.
    HeaderLength,
    /// This header length, true or not.
    Length(u64),
    /// These bytes, as many as there are.
    Bytes(Vec<u8>),
}

/// A part of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The same bytes again and again.
    Repeat {
        /// What is repeated.
        bytes: Vec<u8>,
        /// How often it stands there.
        times: u64,
    },
    /// This many zero bytes: a hole, where the file system can.
    Zeros(u64),
}

/// A draft is longer than its user wants to hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// Its length in bytes; `None` above 2^64-1.
    pub len: Option<u64>,
    /// What was allowed, in bytes.
    pub max: u64,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len {
            Some(len) => write!(f, "the file has {len} bytes, more than {}", self.max),
            None => write!(f, "the file has more than 2^64-1 bytes"),
        }
    }
}

impl std::error::Error for TooLong {}

impl Draft {
    /// A file with this header text and byte buffer, and a true prefix.
    pub fn from_text(header: &str, data: &[u8]) -> Draft {
        Draft {
            prefix: Prefix::HeaderLength,
            header: vec![Segment::Bytes(header.as_bytes().to_vec())],
            data: vec![Segment::Bytes(data.to_vec())],
        }
    }

    /// Length of the file in bytes; `None` above 2^64-1.
    pub fn len(&self) -> Option<u64> {
        let prefix = match &self.prefix {
            Prefix::HeaderLength | Prefix::Length(_) => PREFIX_BYTES,
            Prefix::Bytes(bytes) => bytes.len() as u64,
        };
        prefix.checked_add(self.header_len()?)?.checked_add(total(&self.data)?)
    }

    /// Whether the file has no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// True length of the header in bytes, whatever the prefix says; `None` above 2^64-1.
    pub fn header_len(&self) -> Option<u64> {
        total(&self.header)
    }

    /// The whole file.
    ///
    /// # Errors
    /// If it has more than `max` bytes; nothing is allocated then.
    pub fn to_bytes(&self, max: u64) -> Result<Vec<u8>, TooLong> {
        let too_long = TooLong { len: self.len(), max };
        let len = self.len().filter(|len| *len <= max).ok_or(too_long)?;
        let mut bytes = Vec::with_capacity(usize::try_from(len).map_err(|_| too_long)?);
        bytes.extend(self.prefix_bytes().ok_or(too_long)?);
        for segment in self.header.iter().chain(&self.data) {
            segment.append_to(&mut bytes);
        }
        Ok(bytes)
    }

    /// Writes the file from the current position on. Zeros are skipped by
    /// seeking: whoever calls sets the final length, as the file may end in zeros.
    ///
    /// # Errors
    /// Those of `out`, and `InvalidInput` if the header is longer than its
    /// prefix can say or a run of zeros longer than can be skipped.
    pub fn write_to(&self, out: &mut (impl Write + Seek)) -> io::Result<()> {
        let invalid = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
        let prefix = self.prefix_bytes().ok_or_else(|| invalid("the header is too long"))?;
        out.write_all(&prefix)?;
        for segment in self.header.iter().chain(&self.data) {
            match segment {
                Segment::Bytes(bytes) => out.write_all(bytes)?,
                Segment::Repeat { bytes, times } => write_repeated(bytes, *times, out)?,
                Segment::Zeros(count) => {
                    let count = i64::try_from(*count)
                        .map_err(|_| invalid("the run of zeros is too long"))?;
                    out.seek(SeekFrom::Current(count))?;
                }
            }
        }
        Ok(())
    }

    /// Writes the file by way of a temporary one next to it, so that it is
    /// there wholly or not at all.
    ///
    /// # Errors
    /// Those of the file system, and those of [`Draft::write_to`].
    pub fn write_file(&self, path: &Path) -> io::Result<()> {
        let len = self
            .len()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the file is too long"))?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        // Temporary files are private by default; this one becomes a plain file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        self.write_to(file.as_file_mut())?;
        file.as_file_mut().set_len(len)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn prefix_bytes(&self) -> Option<Vec<u8>> {
        Some(match &self.prefix {
            Prefix::HeaderLength => self.header_len()?.to_le_bytes().to_vec(),
            Prefix::Length(length) => length.to_le_bytes().to_vec(),
            Prefix::Bytes(bytes) => bytes.clone(),
        })
    }
}

impl Segment {
    /// A run of spaces, as headers are padded with.
    pub fn spaces(count: u64) -> Segment {
        Segment::Repeat { bytes: b" ".to_vec(), times: count }
    }

    /// Its length in bytes; `None` above 2^64-1.
    pub fn len(&self) -> Option<u64> {
        match self {
            Segment::Bytes(bytes) => Some(bytes.len() as u64),
            Segment::Repeat { bytes, times } => (bytes.len() as u64).checked_mul(*times),
            Segment::Zeros(count) => Some(*count),
        }
    }

    /// Whether it has no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Appends its bytes; its length is known to fit.
    fn append_to(&self, out: &mut Vec<u8>) {
        match self {
            Segment::Bytes(bytes) => out.extend_from_slice(bytes),
            Segment::Repeat { bytes, .. } if bytes.is_empty() => {}
            Segment::Repeat { bytes, times } => {
                for _ in 0..*times {
                    out.extend_from_slice(bytes);
                }
            }
            Segment::Zeros(count) => {
                let more = usize::try_from(*count).expect("the whole length fits");
                out.resize(out.len() + more, 0);
            }
        }
    }
}

fn total(segments: &[Segment]) -> Option<u64> {
    segments.iter().try_fold(0_u64, |sum, segment| sum.checked_add(segment.len()?))
}

fn write_repeated(bytes: &[u8], times: u64, out: &mut impl Write) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let at_once = (PIECE_BYTES / bytes.len()).max(1) as u64;
    let piece = bytes.repeat(at_once.min(times) as usize);
    let mut left = times;
    while left >= at_once {
        out.write_all(&piece)?;
        left -= at_once;
    }
    out.write_all(&piece[..left as usize * bytes.len()])
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn parts() -> Draft {
        Draft {
            prefix: Prefix::HeaderLength,
            header: vec![Segment::Bytes(b"{}".to_vec()), Segment::spaces(3)],
            data: vec![
                Segment::Zeros(2),
                Segment::Repeat { bytes: b"ab".to_vec(), times: 2 },
                Segment::Zeros(1),
            ],
        }
    }

    #[test]
    fn segments_are_laid_out_in_order() {
        let bytes = parts().to_bytes(100).unwrap();
        assert_eq!(bytes, b"\x05\0\0\0\0\0\0\0{}   \0\0abab\0");
        assert_eq!(parts().len(), Some(bytes.len() as u64));
        assert_eq!(parts().header_len(), Some(5));
    }

    #[test]
    fn too_long_drafts_are_refused_before_anything_is_allocated() {
        let mut draft = parts();
        draft.data.push(Segment::Zeros(1 << 60));
        let error = draft.to_bytes(100).unwrap_err();
        assert_eq!(error.len, Some((1 << 60) + 20));
        draft.data.push(Segment::Repeat { bytes: vec![1; 2], times: u64::MAX });
        assert_eq!(draft.to_bytes(u64::MAX).unwrap_err().len, None);
        assert_eq!(draft.len(), None);
    }

    #[test]
    fn streams_and_files_hold_the_same_bytes() {
        let expected = parts().to_bytes(100).unwrap();
        let mut stream = Cursor::new(Vec::new());
        parts().write_to(&mut stream).unwrap();
        // The last segment is zeros: seeking past the end leaves them to the caller.
        assert_eq!(stream.position(), expected.len() as u64);
        assert_eq!(stream.into_inner(), expected[..expected.len() - 1]);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        parts().write_file(&path).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn long_repetitions_are_written_in_pieces() {
        let draft = Draft {
            prefix: Prefix::Bytes(vec![9]),
            header: vec![Segment::Repeat { bytes: b"xyz".to_vec(), times: 50_000 }],
            data: Vec::new(),
        };
        let mut stream = Cursor::new(Vec::new());
        draft.write_to(&mut stream).unwrap();
        assert_eq!(stream.into_inner(), draft.to_bytes(1 << 20).unwrap());
    }
}
