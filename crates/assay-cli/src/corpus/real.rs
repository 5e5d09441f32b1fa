//! The real headers and shard indexes of `corpus/real/`: read within limits,
//! checked, and handed out as data. See the README there for where they come from.

pub(crate) mod contents;
pub(crate) mod index;
pub(crate) mod make;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub(crate) use index::Index;

/// Files of headers and of indexes, in the folder.
const HEADERS: &str = "headers.jsonl.gz";
const INDEXES: &str = "indexes.jsonl.gz";

/// A file may unpack to this many bytes.
const UNPACKED_BYTES: u64 = 64 << 20;

/// All that `corpus/real/` holds.
#[derive(Debug)]
pub(crate) struct Real {
    pub(crate) headers: Vec<Header>,
    pub(crate) indexes: Vec<Index>,
}

/// Where a published file was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Source {
    /// Owner and name.
    pub(crate) repo: String,
    /// The file's path in the repository.
    pub(crate) path: String,
    /// Id of its git blob.
    pub(crate) blob: String,
}

/// The header of a published file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Header {
    #[serde(flatten)]
    pub(crate) source: Source,
    /// Length of the whole file in bytes.
    pub(crate) file_size: u64,
    /// What its first eight bytes say.
    header_len: u64,
    /// The header, padding included.
    #[serde(rename = "header")]
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
struct IndexRow {
    #[serde(flatten)]
    source: Source,
    index: String,
}

impl Header {
    /// Prefix and header: the first bytes of the file.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = self.header_len.to_le_bytes().to_vec();
        head.extend(self.text.as_bytes());
        head
    }

    fn check(&self) -> anyhow::Result<()> {
        self.source.check()?;
        ensure!(
            self.text.len() as u64 == self.header_len,
            "says that its header has {} bytes, and holds {}",
            self.header_len,
            self.text.len()
        );
        let head = self.head().len() as u64;
        ensure!(head <= self.file_size, "its header is longer than its file");
        Ok(())
    }
}

impl Source {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.repo.split('/').count() == 2, "`repo` is not an owner and a name");
        ensure!(!self.path.is_empty(), "`path` is empty");
        let is_id = self.blob.len() == 40 && self.blob.bytes().all(|b| b.is_ascii_hexdigit());
        ensure!(is_id, "`blob` is not a git object id");
        Ok(())
    }
}

/// Reads both files of a folder.
///
/// # Errors
/// Names the file and the line that is not what it should be.
pub(crate) fn load(folder: &Path) -> anyhow::Result<Real> {
    let headers = rows(&folder.join(HEADERS), |header: Header| {
        header.check()?;
        Ok(header)
    })?;
    let indexes = rows(&folder.join(INDEXES), |row: IndexRow| {
        row.source.check()?;
        Index::parse(row.source, &row.index)
    })?;
    Ok(Real { headers, indexes })
}

/// The rows of a packed file of JSON lines.
fn rows<R: DeserializeOwned, T>(
    path: &Path,
    check: impl Fn(R) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let within = |line: usize| format!("{}, line {line}", path.display());
    let lines = unpack(path).with_context(|| format!("cannot read {}", path.display()))?;
    let row = |(at, line): (usize, &str)| {
        let row = serde_json::from_str(line).with_context(|| within(at + 1))?;
        check(row).with_context(|| within(at + 1))
    };
    lines.lines().enumerate().map(row).collect()
}

fn unpack(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let packed = GzDecoder::new(File::open(path)?);
    packed.take(UNPACKED_BYTES + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= UNPACKED_BYTES, "unpacks to more than {UNPACKED_BYTES} bytes");
    Ok(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use super::*;

    pub(crate) fn real() -> Real {
        load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/real")).unwrap()
    }

    #[test]
    fn the_committed_rows_are_whole() {
        let real = real();
        assert_eq!((real.headers.len(), real.indexes.len()), (100, 14));
        let repos: std::collections::BTreeSet<&str> =
            real.headers.iter().map(|header| header.source.repo.as_str()).collect();
        assert_eq!(repos.len(), 33);
    }

    #[test]
    fn a_row_that_contradicts_itself_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let row = |blob: &str, len: u64| {
            format!(
                r#"{{"repo":"a/b","path":"c","blob":"{blob}","file_size":20,"header_len":{len},"header":"{{}}"}}"#
            )
        };
        let load_of = |rows: &[String]| {
            let file = File::create(folder.path().join(HEADERS)).unwrap();
            let mut packed = flate2::write::GzEncoder::new(file, Default::default());
            packed.write_all(rows.join("\n").as_bytes()).unwrap();
            packed.finish().unwrap();
            std::fs::copy(
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/real").join(INDEXES),
                folder.path().join(INDEXES),
            )
            .unwrap();
            load(folder.path())
        };
        let blob = "0".repeat(40);
        assert_eq!(load_of(&[row(&blob, 2)]).unwrap().headers[0].head(), b"\x02\0\0\0\0\0\0\0{}");
        let error = format!("{:#}", load_of(&[row(&blob, 2), row(&blob, 3)]).unwrap_err());
        assert!(error.contains("line 2") && error.contains("holds 2"), "{error}");
        assert!(load_of(&[row("main", 2)]).is_err());
        std::fs::write(folder.path().join(HEADERS), b"not packed").unwrap();
        assert!(load(folder.path()).is_err());
    }
}
