//! Reads a layout's TOML: rows whose names hold ranges, spelled out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Layout, LayoutTensor};

/// More tensors than any model has: a range that is a slip of the pen.
const MOST_TENSORS: usize = 100_000;

/// `corpus/layouts/*.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    title: String,
    facts: String,
    parameters: u64,
    dtype: String,
    file: String,
    shards: u64,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    blocks: Vec<Block>,
}

/// Rows that are repeated together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    #[serde(default)]
    prefix: String,
    tensors: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    shape: Vec<u64>,
    dtype: Option<String>,
    #[serde(default)]
    bias: bool,
    #[serde(default = "yes")]
    counts: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn read(name: &str, text: &str) -> Result<Layout, String> {
    let data: Data = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut tensors = Vec::new();
    for block in &data.blocks {
        for prefix in spelled_out(&block.prefix)? {
            for row in &block.tensors {
                for name in spelled_out(&row.name)? {
                    row.add(&format!("{prefix}{name}"), &data.dtype, &mut tensors)?;
                }
            }
        }
    }
    Ok(Layout {
        name: name.to_owned(),
        title: data.title,
        facts: data.facts,
        parameters: data.parameters,
        file: data.file,
        shards: data.shards,
        metadata: data.metadata.into_iter().collect(),
        tensors,
    })
}

impl Row {
    /// The row's tensor, and its bias if it has one.
    fn add(&self, name: &str, usual: &str, tensors: &mut Vec<LayoutTensor>) -> Result<(), String> {
        let dtype = self.dtype.as_deref().unwrap_or(usual).to_owned();
        let tensor = LayoutTensor {
            name: name.to_owned(),
            dtype,
            shape: self.shape.clone(),
            counts: self.counts,
        };
        if self.bias {
            let stem = name.strip_suffix(".weight");
            let stem = stem.ok_or_else(|| format!("{name} has a bias and is no weight"))?;
            let first = self.shape.first().ok_or_else(|| format!("{name} has no dimension"))?;
            let name = format!("{stem}.bias");
            tensors.push(LayoutTensor { name, shape: vec![*first], ..tensor.clone() });
        }
        tensors.push(tensor);
        if tensors.len() > MOST_TENSORS {
            return Err(format!("more than {MOST_TENSORS} tensors"));
        }
        Ok(())
    }
}

/// A template with each range in braces replaced by its numbers, the first
/// range slowest.
fn spelled_out(template: &str) -> Result<Vec<String>, String> {
    let Some((before, rest)) = template.split_once('{') else {
        return Ok(vec![template.to_owned()]);
    };
    let wrong = || format!("`{template}`: a range is {{FIRST..END}}");
    let (range, after) = rest.split_once('}').ok_or_else(wrong)?;
    let (first, end) = range.split_once("..").ok_or_else(wrong)?;
    let first: usize = first.parse().map_err(|_| wrong())?;
    let end: usize = end.parse().ok().filter(|end| *end <= MOST_TENSORS).ok_or_else(wrong)?;
    let after = spelled_out(after)?;
    let all =
        (first..end).flat_map(|at| after.iter().map(move |rest| format!("{before}{at}{rest}")));
    Ok(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_spelled_out() {
        assert_eq!(spelled_out("a").unwrap(), ["a"]);
        assert_eq!(
            spelled_out("a.{1..3}.b{0..2}").unwrap(),
            ["a.1.b0", "a.1.b1", "a.2.b0", "a.2.b1"]
        );
        for wrong in ["{", "{1}", "{1..}", "{a..2}", "{0..9999999999}"] {
            assert!(spelled_out(wrong).is_err(), "{wrong}");
        }
    }
}
