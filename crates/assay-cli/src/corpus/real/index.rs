//! A shard index of a published model: which tensor is in which file. There
//! are no rules about indexes yet, so that an index is a source of names and of
//! shard maps and no case; what is checked is that it is well formed.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use anyhow::{Context as _, ensure};
use assay_generator::relate::shard::ShardMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::Source;

/// The text of an index may have this many bytes, and this many names.
const TEXT_BYTES: usize = 16 << 20;
const NAMES: usize = 1 << 20;

/// A shard index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) source: Source,
    /// What it says of the bytes of all tensors together.
    pub(crate) total_size: Option<u64>,
    /// Tensor and shard, in the order of the file.
    pub(crate) weight_map: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    metadata: Totals,
    weight_map: Pairs,
}

#[derive(Deserialize)]
struct Totals {
    total_size: Option<u64>,
}

/// An object of strings, in its order, each key once.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs: Vec<(String, String)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some((name, shard)) = map.next_entry::<String, String>()? {
                    if !seen.insert(name.clone()) {
                        return Err(A::Error::custom(format!("the tensor {name:?} stands twice")));
                    }
                    if pairs.len() == NAMES {
                        return Err(A::Error::custom(format!("more than {NAMES} tensors")));
                    }
                    pairs.push((name, shard));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl Index {
    /// Reads an index and checks that it is well formed: two objects, each
    /// tensor once, and shards that are bare names of files.
    pub(crate) fn parse(source: Source, text: &str) -> anyhow::Result<Index> {
        ensure!(text.len() <= TEXT_BYTES, "the index has more than {TEXT_BYTES} bytes");
        let text: Text = serde_json::from_str(text).context("no shard index")?;
        let Pairs(weight_map) = text.weight_map;
        for (name, shard) in &weight_map {
            ensure!(is_bare(shard), "tensor {name:?} is in {shard:?}, which is no bare file name");
        }
        Ok(Index { source, total_size: text.metadata.total_size, weight_map })
    }

    /// The tensors' names in the order of the file.
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.weight_map.iter().map(|(name, _)| name.as_str())
    }

    /// The names of each shard's tensors, in order of shard.
    pub(crate) fn shards(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut shards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, shard) in &self.weight_map {
            shards.entry(shard).or_default().push(name);
        }
        shards
    }

    /// At most `most` names of each shard, as the generator takes them.
    pub(crate) fn shard_map(&self, most: usize) -> ShardMap {
        let some = |names: Vec<&str>| names.into_iter().take(most).map(str::to_owned).collect();
        ShardMap { shards: self.shards().into_values().map(some).collect() }
    }

    /// About `count` names from all over the index.
    pub(crate) fn sample(&self, count: usize) -> Vec<String> {
        let step = (self.weight_map.len() / count.max(1)).max(1);
        self.names().step_by(step).take(count).map(str::to_owned).collect()
    }
}

fn is_bare(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::super::tests::real;
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Index> {
        let source = Source { repo: "a/b".to_owned(), path: "c".to_owned(), blob: "d".to_owned() };
        Index::parse(source, text)
    }

    #[test]
    fn the_committed_indexes_are_as_their_readme_says() {
        let real = real();
        let sizes: Vec<(usize, usize)> = real
            .indexes
            .iter()
            .map(|index| (index.weight_map.len(), index.shards().len()))
            .collect();
        assert!(sizes.contains(&(36, 6)) && sizes.contains(&(22213, 10)));
        assert!(sizes.contains(&(1739, 59)) && sizes.contains(&(0, 0)));
        assert!(real.indexes.iter().all(|index| index.total_size.is_some()));
    }

    /// One model was read whole: its index agrees with the headers of its shards.
    #[test]
    fn an_index_agrees_with_its_shards() {
        let real = real();
        let index = real.indexes.iter().find(|index| index.weight_map.len() == 36).unwrap();
        let folder = index.source.path.rsplit_once('/').unwrap().0;
        let mut total = 0;
        for (shard, names) in index.shards() {
            let path = format!("{folder}/{shard}");
            let is_it = |header: &&super::super::Header| {
                header.source.repo == index.source.repo && header.source.path == path
            };
            let header = real.headers.iter().find(is_it).expect(&path);
            let read: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(&header.text).unwrap();
            let mut in_file: Vec<&str> =
                read.keys().map(String::as_str).filter(|name| *name != "__metadata__").collect();
            let mut in_index = names.clone();
            in_file.sort_unstable();
            in_index.sort_unstable();
            assert_eq!(in_file, in_index, "{path}");
            total += header.file_size - header.head().len() as u64;
        }
        assert_eq!(Some(total), index.total_size);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        let good = r#"{"metadata":{"total_size":3},"weight_map":{"b":"s2","a":"s1","c":"s2"}}"#;
        let index = parse(good).unwrap();
        assert_eq!(index.names().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert_eq!(index.shard_map(9).shards, [vec!["a"], vec!["b", "c"]]);
        assert_eq!(index.shard_map(1).shards, [["a"], ["b"]]);
        assert_eq!(index.sample(2), ["b", "a"]);
        for bad in [
            "[]",
            r#"{"metadata":{}}"#,
            r#"{"metadata":{},"weight_map":{"a":1}}"#,
            r#"{"metadata":{},"weight_map":{"a":"s","a":"s"}}"#,
            r#"{"metadata":{},"weight_map":{"a":"../s"}}"#,
            r#"{"metadata":{},"weight_map":{"a":""}}"#,
            r#"{"metadata":{},"weight_map":{},"more":1}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
