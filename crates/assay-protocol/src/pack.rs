//! Many files in one: a packed file, and its index in JSON lines.
//!
//! The packed file is nothing but the files one after the other. Its index, of
//! the same name with `.jsonl` behind it, has a line for the whole, a line for
//! each file with where it lies, and a last line with the sums. An index without its
//! last line is unfinished. Any language cuts a file out with a seek and a read.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::case::ClaimedVerdict;
use crate::manifest::DialectName;
use crate::validate::is_sha256;

/// The schema word of an index.
pub const PACK_SCHEMA: &str = "pack/1";

/// One line of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
pub enum PackLine {
    /// The first line.
    Header(PackHeader),
    /// One file, in the order of the packed file.
    File(PackedFile),
    /// The last line.
    Footer(PackFooter),
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackHeader {
    /// `pack/1`
    pub schema: String,
    /// The dialect that verdicts hold under.
    pub dialect: DialectName,
}

/// A file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackedFile {
    /// Its first byte in the packed file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// The seed it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What it is said to be; absent if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<ClaimedVerdict>,
    /// The one rule that it breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// What there is in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFooter {
    /// Number of files.
    pub files: u64,
    /// Length of the packed file in bytes.
    pub bytes: u64,
}

/// An index that was read and found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackIndex {
    /// What was packed.
    pub header: PackHeader,
    /// The files in the order of the packed file.
    pub files: Vec<PackedFile>,
}

/// Why an index cannot be used.
#[derive(Debug, Error)]
pub enum PackError {
    /// A line is not one of an index.
    #[error("line {line} of the index: {why}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The last line is missing.
    #[error("the index has no last line: whoever wrote it did not finish")]
    Unfinished,
}

impl PackIndex {
    /// Reads the text of an index.
    ///
    /// # Errors
    /// If a line is no line of an index or stands in the wrong place, a file does
    /// not begin where the one before it ends, or the last line is missing or
    /// does not fit.
    pub fn parse(text: &str) -> Result<PackIndex, PackError> {
        let mut lines = text.lines().zip(1..);
        let mut header = None;
        let mut files: Vec<PackedFile> = Vec::new();
        let mut at = 0;
        for (text, line) in lines.by_ref() {
            let wrong = |why: &str| PackError::Line { line, why: why.to_owned() };
            let read = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
            match (read, &header) {
                (PackLine::Header(first), None) if first.schema == PACK_SCHEMA => {
                    header = Some(first);
                }
                (PackLine::Header(first), None) => {
                    return Err(wrong(&format!(
                        "schema `{}` is not `{PACK_SCHEMA}`",
                        first.schema
                    )));
                }
                (PackLine::File(file), Some(_)) => {
                    if file.offset != at {
                        return Err(wrong("the file does not begin where the one before ends"));
                    }
                    if !is_sha256(&file.sha256) {
                        return Err(wrong("`sha256` is not 64 lower-case hexadecimal digits"));
                    }
                    let end = at.checked_add(file.length);
                    at = end.ok_or_else(|| wrong("the file ends beyond 64 bits"))?;
                    files.push(file);
                }
                (PackLine::Footer(sums), Some(header)) => {
                    if sums != (PackFooter { files: files.len() as u64, bytes: at }) {
                        return Err(wrong("the sums are not those of the lines before"));
                    }
                    if let Some((_, line)) = lines.next() {
                        let why = "a line after the last".to_owned();
                        return Err(PackError::Line { line, why });
                    }
                    return Ok(PackIndex { header: header.clone(), files });
                }
                (_, None) => return Err(wrong("the first line is no header")),
                (PackLine::Header(_), Some(_)) => return Err(wrong("a second header")),
            }
        }
        Err(PackError::Unfinished)
    }

    /// The files with their bytes; `None` for a file that the packed bytes do not hold.
    pub fn cut<'p>(
        &'p self,
        packed: &'p [u8],
    ) -> impl ExactSizeIterator<Item = (&'p PackedFile, Option<&'p [u8]>)> {
        self.files.iter().map(|file| (file, file.cut(packed)))
    }
}

impl PackedFile {
    /// The file's bytes; `None` if the packed bytes do not hold all of them.
    pub fn cut<'p>(&self, packed: &'p [u8]) -> Option<&'p [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let length = usize::try_from(self.length).ok()?;
        packed.get(start..)?.get(..length)
    }
}

impl PackLine {
    /// The line as text, without a line end.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a line is plain JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<String> {
        let dialect = DialectName { edition: "0.8".to_owned(), digest: "sha256:0".to_owned() };
        let file = |offset, length, verdict| {
            PackLine::File(PackedFile {
                offset,
                length,
                sha256: "0".repeat(64),
                seed: Some(u64::MAX),
                verdict,
                rule: None,
            })
        };
        let header = PackHeader { schema: PACK_SCHEMA.to_owned(), dialect };
        [
            PackLine::Header(header),
            file(0, 2, Some(ClaimedVerdict::Valid)),
            file(2, 0, None),
            file(2, 3, None),
            PackLine::Footer(PackFooter { files: 3, bytes: 5 }),
        ]
        .iter()
        .map(PackLine::to_text)
        .collect()
    }

    #[test]
    fn files_are_cut_out_of_a_pack() {
        let index = PackIndex::parse(&lines().join("\n")).unwrap();
        let cut: Vec<Option<&[u8]>> = index.cut(b"abcde").map(|(_, bytes)| bytes).collect();
        assert_eq!(cut, [Some(&b"ab"[..]), Some(b""), Some(b"cde")]);
        let short: Vec<Option<&[u8]>> = index.cut(b"abc").map(|(_, bytes)| bytes).collect();
        assert_eq!(short, [Some(&b"ab"[..]), Some(b""), None]);
        assert_eq!(index.files[0].seed, Some(u64::MAX), "no digit is lost");
    }

    #[test]
    fn an_index_that_is_not_whole_is_refused() {
        let whole = lines();
        let error = |lines: &[String]| PackIndex::parse(&lines.join("\n")).unwrap_err().to_string();
        assert!(error(&whole[..4]).contains("did not finish"));
        assert!(error(&[]).contains("did not finish"));
        assert!(error(&whole[1..]).contains("no header"));
        let mut wrong = whole.clone();
        wrong.remove(1);
        assert!(error(&wrong).contains("line 2"), "{}", error(&wrong));
        wrong = whole.clone();
        wrong.push(whole[4].clone());
        assert!(error(&wrong).contains("after the last"));
        wrong = whole.clone();
        wrong.insert(1, whole[0].clone());
        assert!(error(&wrong).contains("second header"));
        for (from, to) in [("\"files\":3", "\"files\":2"), ("\"bytes\":5", "\"bytes\":6")] {
            wrong = whole.clone();
            wrong[4] = wrong[4].replace(from, to);
            assert!(error(&wrong).contains("sums"));
        }
        wrong = whole.clone();
        wrong[0] = wrong[0].replace("pack/1", "pack/2");
        assert!(error(&wrong).contains("pack/2"));
        let far = format!("\"length\":{}", u64::MAX);
        wrong = whole;
        wrong[3] = wrong[3].replace("\"length\":3", &far);
        assert!(error(&wrong).contains("64 bits"));
    }
}
