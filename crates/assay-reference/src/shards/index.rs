//! The index of a model's shards.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use assay_spec::Dialect;

use crate::shards::parse::parse;
use crate::spell;

/// Which tensor of a model is in which file.
///
/// ```
/// use assay_reference::shards::Index;
/// use assay_spec::Dialect;
///
/// let text = br#"{"metadata":{"total_size":8},"weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors"}}"#;
/// let index = Index::parse(text, &Dialect::latest())?;
/// assert_eq!(index.shard_of("b"), Some("m-2.safetensors"));
/// assert_eq!(index.shards().collect::<Vec<_>>(), ["m-1.safetensors", "m-2.safetensors"]);
/// assert_eq!(index.total_size(), Some(8));
/// # Ok::<(), assay_reference::shards::IndexError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Names of files, in order, each once.
    pub(super) shards: Vec<String>,
    /// For each tensor, the position of its file.
    pub(super) tensors: BTreeMap<String, usize>,
    pub(super) total_size: Option<u64>,
}

/// Why a text is no index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (byte {at} of the index)")]
pub struct IndexError {
    pub(super) message: String,
    pub(super) at: usize,
}

impl IndexError {
    /// What is wrong, as a clause.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The byte of the text where that shows.
    pub fn at(&self) -> usize {
        self.at
    }
}

impl Index {
    /// Reads an index. It may be as long as the longest header of the dialect,
    /// and nest as deep.
    ///
    /// # Errors
    /// If it is too long, no JSON, or not what an index is: see the
    /// [module](crate::shards).
    pub fn parse(text: &[u8], dialect: &Dialect) -> Result<Index, IndexError> {
        parse(text, dialect)
    }

    /// What the index of files of this stem is called.
    pub fn file_name(stem: &str) -> String {
        format!("{stem}{ENDING}")
    }

    /// The stem that an index of this name is for.
    pub fn stem(file_name: &str) -> Option<&str> {
        file_name.strip_suffix(ENDING)
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The names of the files, in order, each once.
    pub fn shards(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shards.iter().map(String::as_str)
    }

    /// The tensors' names in order, each with the file that it is in.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.tensors.iter().map(|(name, at)| (name.as_str(), self.shards[*at].as_str()))
    }

    /// The file that a tensor is in.
    pub fn shard_of(&self, name: &str) -> Option<&str> {
        self.tensors.get(name).map(|at| self.shards[*at].as_str())
    }

    /// What it says of the bytes of all tensors together, if anything.
    pub fn total_size(&self) -> Option<u64> {
        self.total_size
    }

    /// Takes in a file with these tensors, whose contents have so many bytes
    /// together. A tensor that it has already is from then on in this file.
    pub fn add_shard<'n>(
        &mut self,
        file_name: &str,
        tensors: impl IntoIterator<Item = &'n str>,
        bytes: u64,
    ) {
        let at = match self.shards.binary_search_by(|shard| shard.as_str().cmp(file_name)) {
            Ok(at) => at,
            Err(at) => {
                self.shards.insert(at, file_name.to_owned());
                self.tensors.values_mut().filter(|shard| **shard >= at).for_each(|at| *at += 1);
                at
            }
        };
        self.tensors.extend(tensors.into_iter().map(|name| (name.to_owned(), at)));
        self.total_size = Some(self.total_size.unwrap_or(0).saturating_add(bytes));
    }

    /// The index as text: tensors in order, two spaces a level, as common
    /// writers spell it. The same index always gives the same bytes.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = b"{\n  \"metadata\": {".to_vec();
        if let Some(total) = self.total_size {
            out.extend_from_slice(b"\n    \"total_size\": ");
            spell::integer(total, &mut out);
            out.extend_from_slice(b"\n  ");
        }
        out.extend_from_slice(b"},\n  \"weight_map\": {");
        for (turn, (name, shard)) in self.tensors().enumerate() {
            out.extend_from_slice(if turn > 0 { b",\n    " } else { b"\n    " });
            spell::string(name, &mut out);
            out.extend_from_slice(b": ");
            spell::string(shard, &mut out);
        }
        out.extend_from_slice(if self.is_empty() { b"}\n}\n" } else { b"\n  }\n}\n" });
        out
    }
}

/// How the names of indexes end.
const ENDING: &str = ".safetensors.index.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let dialect = Dialect::latest();
        let mut index = Index::default();
        let empty = "{\n  \"metadata\": {},\n  \"weight_map\": {}\n}\n";
        assert_eq!(index.to_json(), empty.as_bytes());
        assert_eq!(Index::parse(empty.as_bytes(), &dialect), Ok(index.clone()));

        index.add_shard("m-2", ["b\n\"", "a"], 3);
        index.add_shard("m-1", ["c"], 4);
        let text = concat!(
            "{\n  \"metadata\": {\n    \"total_size\": 7\n  },\n  \"weight_map\": {\n",
            "    \"a\": \"m-2\",\n    \"b\\n\\\"\": \"m-2\",\n    \"c\": \"m-1\"\n  }\n}\n"
        );
        assert_eq!(index.to_json(), text.as_bytes());
        assert_eq!(Index::parse(text.as_bytes(), &dialect), Ok(index.clone()));
        assert_eq!(index.shard_of("a"), Some("m-2"));

        // The order of shards does not matter.
        let mut other = Index::default();
        other.add_shard("m-1", ["c"], 4);
        other.add_shard("m-2", ["a", "b\n\""], 3);
        assert_eq!(other, index);
    }

    #[test]
    fn stems() {
        assert_eq!(Index::stem("model.safetensors.index.json"), Some("model"));
        assert_eq!(Index::file_name("model"), "model.safetensors.index.json");
        assert_eq!(Index::stem("model.index.json"), None);
    }
}
