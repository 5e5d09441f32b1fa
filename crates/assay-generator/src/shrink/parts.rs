//! A file cut into prefix, header and byte buffer, and edits of it.

use std::ops::Range;

use super::outline::Outline;
use crate::draft::PREFIX_BYTES;

const PREFIX: usize = PREFIX_BYTES as usize;

/// How the prefix goes with an edited header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It says where the header ends, and is made to say so again.
    True,
    /// It is wrong by a distance, which is kept.
    Off,
    /// It is wrong and stays as it is.
    Kept,
}

impl Mode {
    pub(super) const ALL: [Mode; 3] = [Mode::True, Mode::Off, Mode::Kept];

    /// The parts of a file under this mode; `None` if the mode does not fit it.
    pub(super) fn parts(self, file: &[u8]) -> Option<Parts> {
        let (prefix, rest) = file.split_first_chunk::<PREFIX>()?;
        let declared = u64::from_le_bytes(*prefix);
        let within = usize::try_from(declared).ok().filter(|length| *length <= rest.len());
        let length = match self {
            Mode::True => within?,
            // Where the header's text ends is where its first value does.
            Mode::Off | Mode::Kept => {
                let end = Outline::of(rest).root_end().unwrap_or(rest.len());
                if within == Some(end) {
                    return None;
                }
                end
            }
        };
        let (header, data) = rest.split_at(length);
        Some(Parts { mode: self, prefix: *prefix, header: header.to_vec(), data: data.to_vec() })
    }
}

/// A file in parts.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    mode: Mode,
    prefix: [u8; PREFIX],
    pub(super) header: Vec<u8>,
    pub(super) data: Vec<u8>,
}

/// A change to header and byte buffer.
#[derive(Debug, Clone, Default)]
pub(super) struct Edit {
    /// Ranges of the header and what takes their place; they do not overlap.
    pub(super) header: Vec<(Range<usize>, Vec<u8>)>,
    /// Ranges of the byte buffer that go; in order, apart.
    pub(super) data: Vec<Range<usize>>,
}

impl Edit {
    pub(super) fn replace(range: Range<usize>, by: impl Into<Vec<u8>>) -> Edit {
        Edit { header: vec![(range, by.into())], data: Vec::new() }
    }

    pub(super) fn remove(range: Range<usize>) -> Edit {
        Edit::replace(range, Vec::new())
    }
}

impl Parts {
    /// The file with a change.
    pub(super) fn with(&self, edit: &Edit) -> Vec<u8> {
        self.joined(&self.edited(edit), &without(&self.data, &edit.data))
    }

    /// The file with a changed header and another byte buffer.
    pub(super) fn with_data(&self, edit: &Edit, data: &[u8]) -> Vec<u8> {
        self.joined(&self.edited(edit), data)
    }

    fn edited(&self, edit: &Edit) -> Vec<u8> {
        let mut changes: Vec<&(Range<usize>, Vec<u8>)> = edit.header.iter().collect();
        changes.sort_by_key(|(range, _)| (range.start, range.end));
        let mut header = Vec::with_capacity(self.header.len());
        let mut at = 0;
        for (range, by) in changes {
            // What lies in a range that is gone already changes nothing.
            if range.start < at {
                continue;
            }
            header.extend_from_slice(&self.header[at..range.start]);
            header.extend_from_slice(by);
            at = range.end;
        }
        header.extend_from_slice(&self.header[at..]);
        header
    }

    /// The file with another header.
    pub(super) fn with_header(&self, header: &[u8]) -> Vec<u8> {
        self.joined(header, &self.data)
    }

    /// The file with another prefix.
    pub(super) fn with_prefix(&self, prefix: &[u8]) -> Vec<u8> {
        [prefix, &self.header, &self.data].concat()
    }

    pub(super) fn prefix(&self) -> u64 {
        u64::from_le_bytes(self.prefix)
    }

    fn joined(&self, header: &[u8], data: &[u8]) -> Vec<u8> {
        let length = header.len() as u64;
        let prefix = match self.mode {
            Mode::True => length,
            Mode::Kept => self.prefix(),
            Mode::Off => self.prefix().wrapping_sub(self.header.len() as u64).wrapping_add(length),
        };
        [&prefix.to_le_bytes(), header, data].concat()
    }
}

fn without(data: &[u8], ranges: &[Range<usize>]) -> Vec<u8> {
    let mut left = Vec::with_capacity(data.len());
    let mut at = 0;
    for range in ranges {
        let start = range.start.clamp(at, data.len());
        left.extend_from_slice(&data[at..start]);
        at = range.end.clamp(start, data.len());
    }
    left.extend_from_slice(&data[at..]);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(prefix: u64, rest: &[u8]) -> Vec<u8> {
        [&prefix.to_le_bytes(), rest].concat()
    }

    #[test]
    fn the_prefix_follows_the_header_or_stays_wrong() {
        let right = Mode::True.parts(&file(4, b"{  }data")).unwrap();
        assert_eq!(right.with(&Edit::remove(1..3)), file(2, b"{}data"));
        assert!(Mode::Kept.parts(&file(4, b"{  }data")).is_none());
        let long = file(10, b"{  }data");
        assert!(Mode::True.parts(&long).is_none());
        let kept = Mode::Kept.parts(&long).unwrap();
        assert_eq!(kept.with(&Edit::remove(1..3)), file(10, b"{}data"));
        let off = Mode::Off.parts(&long).unwrap();
        assert_eq!(off.with(&Edit::remove(1..3)), file(8, b"{}data"));
    }

    #[test]
    fn edits_change_header_and_buffer() {
        let parts = Mode::True.parts(&file(3, b"abcxyz")).unwrap();
        let edit = Edit {
            header: vec![(2..3, b"C".to_vec()), (0..1, Vec::new())],
            data: vec![0..1, 2..9],
        };
        assert_eq!(parts.with(&edit), file(2, b"bCy"));
    }
}
