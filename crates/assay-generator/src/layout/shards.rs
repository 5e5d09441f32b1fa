//! Shares a layout's tensors among files, and writes their index.

use assay_spec::Dialect;

use super::{Layout, LayoutError, LayoutTensor};
use crate::document::Document;
use crate::draft::{Draft, Segment};
use crate::model::{Keys, Padding, Style};
use crate::text::Value;

/// A file of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its name: `model-00001-of-00004.safetensors`.
    pub file_name: String,
    /// Its bytes: a header, and zeros.
    pub draft: Draft,
    /// Names of its tensors, in the order of their contents.
    pub tensors: Vec<String>,
    /// Bytes of its tensors.
    pub bytes: u64,
}

impl Layout {
    /// The layout in so many files of about equal size. Tensors are in the
    /// order of the usual writer: the dialect's later dtypes first, then by name.
    ///
    /// # Errors
    /// If the dialect does not know a dtype, a size is no number of bytes, or
    /// there are fewer tensors than shards.
    pub fn shards(&self, dialect: &Dialect, count: u64) -> Result<Vec<Shard>, LayoutError> {
        let few = || LayoutError::Shards { tensors: self.tensors.len() };
        let parts = usize::try_from(count).ok().filter(|n| (1..=self.tensors.len()).contains(n));
        let parts = parts.ok_or_else(few)?;
        let total = self.total_bytes(dialect)?;
        let mut rest = self.tensors.as_slice();
        let (mut shards, mut before) = (Vec::with_capacity(parts), 0);
        for part in 1..=parts {
            // Up to this many bytes, but one tensor at least for each file to come.
            let share = u128::from(total) * part as u128 / parts as u128;
            let (mut taken, mut bytes) = (0, 0);
            while rest.len() - taken > parts - part
                && (taken == 0 || part == parts || u128::from(before + bytes) < share)
            {
                bytes += rest[taken].bytes(dialect)?;
                taken += 1;
            }
            let (own, others) = rest.split_at(taken);
            shards.push(self.shard(dialect, own, part, parts)?);
            (rest, before) = (others, before + bytes);
        }
        Ok(shards)
    }

    fn shard(
        &self,
        dialect: &Dialect,
        tensors: &[LayoutTensor],
        part: usize,
        parts: usize,
    ) -> Result<Shard, LayoutError> {
        let place = |dtype: &str| dialect.dtypes().iter().position(|known| known.name == dtype);
        let mut tensors: Vec<&LayoutTensor> = tensors.iter().collect();
        tensors.sort_by(|a, b| {
            place(&b.dtype).cmp(&place(&a.dtype)).then_with(|| a.name.cmp(&b.name))
        });
        let keys = Keys::of(dialect);
        let mut members = Vec::with_capacity(tensors.len() + 1);
        if !self.metadata.is_empty() {
            let pairs =
                self.metadata.iter().map(|(key, value)| (Value::text(key), Value::text(value)));
            members.push((Value::text(&keys.metadata), Value::Object(pairs.collect())));
        }
        let mut at = 0;
        for tensor in &tensors {
            let end = at + tensor.bytes(dialect)?;
            let entry = vec![
                (Value::text(&keys.dtype), Value::text(&tensor.dtype)),
                (Value::text(&keys.shape), Value::integers(&tensor.shape)),
                (Value::text(&keys.data_offsets), Value::integers(&[at, end])),
            ];
            members.push((Value::text(&tensor.name), Value::Object(entry)));
            at = end;
        }
        let padding = Padding::Align { byte: b' ', to: dialect.limit("data_alignment") };
        let document = Document {
            root: Value::Object(members),
            style: Style { padding, ..Style::plain() },
            data: vec![Segment::Zeros(at)],
        };
        let stem = &self.file;
        Ok(Shard {
            file_name: match parts {
                1 => format!("{stem}.safetensors"),
                _ => format!("{stem}-{part:05}-of-{parts:05}.safetensors"),
            },
            draft: document.draft(),
            tensors: tensors.iter().map(|tensor| tensor.name.clone()).collect(),
            bytes: at,
        })
    }

    /// What the index of the layout's shards is called.
    pub fn index_name(&self) -> String {
        format!("{}.safetensors.index.json", self.file)
    }
}

/// The index of shards, as the usual writers spell it: which file holds which
/// tensor, in order of names, and the bytes of all tensors.
pub fn index(shards: &[Shard]) -> String {
    let total: u64 = shards.iter().map(|shard| shard.bytes).sum();
    let mut rows: Vec<(&str, &str)> = shards
        .iter()
        .flat_map(|shard| {
            shard.tensors.iter().map(|name| (name.as_str(), shard.file_name.as_str()))
        })
        .collect();
    rows.sort_unstable();
    let quoted = |text: &str| {
        let quoted = crate::text::write(&Value::text(text), &Style::plain());
        String::from_utf8(quoted).expect("names are Unicode")
    };
    let rows: Vec<String> =
        rows.iter().map(|(name, file)| format!("    {}: {}", quoted(name), quoted(file))).collect();
    format!(
        "{{\n  \"metadata\": {{\n    \"total_size\": {total}\n  }},\n  \"weight_map\": {{\n{}\n  }}\n}}\n",
        rows.join(",\n")
    )
}
