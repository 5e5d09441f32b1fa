//! Tasks for writers: `corpus/operations/write.toml`, and one for each dtype of the dialect.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedTensor, ExpectedView};
use assay_protocol::{TaskTensor, WriteTask};
use assay_spec::{Dialect, Dtype, DtypeClass};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// A task as it is written by hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    slug: String,
    title: String,
    verdict: ClaimedVerdict,
    #[serde(default)]
    place: Place,
    #[serde(default)]
    again: bool,
    /// So many tensors like the first, named with numbers that do not sort as they come.
    repeat: Option<u64>,
    /// The first tensor's name, so many times.
    long_name: Option<usize>,
    metadata: Option<BTreeMap<String, String>>,
    tensors: Vec<RowTensor>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowTensor {
    name: String,
    dtype: String,
    shape: Vec<u64>,
    strides: Option<Vec<u64>>,
    data: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Rows {
    task: Vec<Row>,
}

/// Where a file is to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// Where nothing is.
    #[default]
    New,
    /// Where a file is, which is to be replaced.
    Old,
    /// In a folder that does not exist.
    NoFolder,
    /// On a device without room.
    Full,
    /// Where nothing is, and no file may be so long.
    Limit,
    /// Where a file is that is to stay, and no file may be so long.
    LimitOld,
}

impl Place {
    /// Whether writing there is made to fail.
    pub(crate) fn is_limited(self) -> bool {
        matches!(self, Place::Limit | Place::LimitOld)
    }

    /// Whether the place is the point: a library that leaves files to its callers has no say.
    pub(crate) fn is_about_files(self) -> bool {
        self != Place::New
    }
}

/// A task with everything that is needed to put it and to judge the answer.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) rule: String,
    pub(crate) title: String,
    pub(crate) verdict: ClaimedVerdict,
    pub(crate) place: Place,
    /// Whether it is written twice, to compare the bytes.
    pub(crate) again: bool,
    pub(crate) task: WriteTask,
    /// What the task's ranges refer to.
    pub(crate) contents: Vec<u8>,
    /// What a reader of the file must see; `contents` are ranges of [`Task::seen`].
    pub(crate) view: ExpectedView,
    /// The tensors' bytes, row by row.
    pub(crate) seen: Vec<u8>,
}

impl Task {
    /// Whether a tensor is handed over that is not contiguous.
    pub(crate) fn is_strided(&self) -> bool {
        self.task.tensors.iter().any(|tensor| tensor.strides.is_some())
    }

    /// The same task with its tensors in another order.
    pub(crate) fn reordered(&self) -> WriteTask {
        let mut task = self.task.clone();
        task.tensors.reverse();
        task
    }
}

/// All tasks, in order of id.
pub(crate) fn tasks(text: &str, dialect: &Dialect) -> anyhow::Result<Vec<Task>> {
    let rows: Rows = toml::from_str(text)?;
    let rows = rows.task.into_iter().chain(dialect.dtypes().iter().map(of_dtype));
    let mut tasks: Vec<Task> = rows
        .map(|row| {
            let id = format!("{}/{}", row.rule, row.slug);
            task(&id, row, dialect).with_context(|| id)
        })
        .collect::<anyhow::Result<_>>()?;
    tasks.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(twice) = tasks.windows(2).find(|pair| pair[0].id == pair[1].id) {
        bail!("{} stands twice", twice[0].id);
    }
    Ok(tasks)
}

/// Eight elements are whole bytes of every dtype.
fn of_dtype(dtype: &Dtype) -> Row {
    let name = dtype.name.clone();
    let slug = format!("dtype-{}", name.to_lowercase().replace('_', "-"));
    let tensor = |name: &str, shape| RowTensor {
        name: name.to_owned(),
        dtype: dtype.name.clone(),
        shape,
        strides: None,
        data: None,
    };
    Row {
        rule: "write/contents".to_owned(),
        slug,
        title: format!("two tensors of dtype {name}"),
        verdict: ClaimedVerdict::Valid,
        place: Place::New,
        again: false,
        repeat: None,
        long_name: None,
        metadata: None,
        tensors: vec![tensor("a", vec![2, 8]), tensor("b", vec![8])],
    }
}

fn task(id: &str, mut row: Row, dialect: &Dialect) -> anyhow::Result<Task> {
    if let (Some(length), Some(first)) = (row.long_name, row.tensors.first_mut()) {
        first.name = first.name.repeat(length);
    }
    if let (Some(times), Some(first)) = (row.repeat, row.tensors.first().cloned()) {
        let numbered = |at: u64| {
            // A step that has no factor in common with the number visits every one.
            let number = at * 7 % times;
            RowTensor { name: format!("{}.{number}.weight", first.name), ..first.clone() }
        };
        row.tensors = (0..times).map(numbered).collect();
    }
    let (mut contents, mut seen) = (Vec::new(), Vec::new());
    let (mut tensors, mut view) = (Vec::new(), BTreeMap::new());
    for (at, tensor) in row.tensors.iter().enumerate() {
        let dtype = dialect.dtypes().iter().find(|dtype| dtype.name == tensor.dtype);
        let dtype = dtype.with_context(|| format!("no dtype {}", tensor.dtype))?;
        let array = array(tensor, at, dtype)?;
        let flat = match &tensor.strides {
            None => array.clone(),
            Some(strides) => row_by_row(&array, &tensor.shape, strides, dtype)?,
        };
        let data = [contents.len() as u64, array.len() as u64];
        contents.extend(array);
        let range = [seen.len() as u64, (seen.len() + flat.len()) as u64];
        let sha256 = hex::encode(Sha256::digest(&flat));
        seen.extend(flat);
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        let dtype = tensor.dtype.clone();
        let expected = ExpectedTensor {
            name: name.clone(),
            dtype: dtype.clone(),
            shape: shape.clone(),
            contents: range,
            sha256,
        };
        view.insert(name.clone(), expected);
        tensors.push(TaskTensor { name, dtype, shape, data, strides: tensor.strides.clone() });
    }
    Ok(Task {
        id: id.to_owned(),
        rule: row.rule,
        title: row.title,
        verdict: row.verdict,
        place: row.place,
        again: row.again,
        task: WriteTask { tensors, metadata: row.metadata.clone() },
        contents,
        view: ExpectedView { metadata: row.metadata, tensors: view.into_values().collect() },
        seen,
    })
}

/// The bytes of the array that a tensor is, or is a view of.
fn array(tensor: &RowTensor, at: usize, dtype: &Dtype) -> anyhow::Result<Vec<u8>> {
    let elements = match &tensor.strides {
        None => tensor.shape.iter().product::<u64>(),
        Some(strides) if strides.len() == tensor.shape.len() => {
            let last = |(dimension, stride): (&u64, &u64)| dimension.saturating_sub(1) * stride;
            tensor.shape.iter().zip(strides).map(last).sum::<u64>() + 1
        }
        Some(_) => bail!("tensor {:?} has not a stride for each dimension", tensor.name),
    };
    let bits = elements * dtype.bits;
    let length = usize::try_from(bits.div_ceil(8)).context("too long")?;
    let bytes = match &tensor.data {
        Some(hex) => hex::decode(hex)?,
        None => (0..length).map(|byte| pattern(byte, at, dtype)).collect(),
    };
    if bytes.len() != length {
        bail!("tensor {:?} has {} bytes instead of {length}", tensor.name, bytes.len());
    }
    Ok(bytes)
}

/// Bytes that differ from one place and one tensor to the next. Truth values are 0 and 1: an
/// array library may know no others.
fn pattern(byte: usize, tensor: usize, dtype: &Dtype) -> u8 {
    let number = byte * 7 + tensor * 31 + 1;
    let modulus = if dtype.class == DtypeClass::Bool { 2 } else { 251 };
    u8::try_from(number % modulus).expect("it is less than the modulus")
}

/// The elements of a view of an array, in row-major order.
fn row_by_row(
    array: &[u8],
    shape: &[u64],
    strides: &[u64],
    dtype: &Dtype,
) -> anyhow::Result<Vec<u8>> {
    let size = dtype.bytes().context("views of sub-byte elements cannot be said")?;
    let size = usize::try_from(size)?;
    let mut places = vec![0_u64];
    for (dimension, stride) in shape.iter().zip(strides) {
        places = places
            .iter()
            .flat_map(|place| (0..*dimension).map(move |at| place + at * stride))
            .collect();
    }
    let mut bytes = Vec::with_capacity(places.len() * size);
    for place in places {
        let from = usize::try_from(place)? * size;
        bytes.extend_from_slice(array.get(from..from + size).context("outside the array")?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_laid_out_row_by_row() {
        let dialect = Dialect::latest();
        let byte = dialect.dtypes().iter().find(|dtype| dtype.bytes() == Some(1)).unwrap();
        let array = [0, 1, 2, 3, 4, 5];
        let of = |shape: &[u64], strides: &[u64]| row_by_row(&array, shape, strides, byte).unwrap();
        assert_eq!(of(&[3, 2], &[1, 3]), [0, 3, 1, 4, 2, 5]);
        assert_eq!(of(&[3], &[2]), [0, 2, 4]);
        assert_eq!(of(&[2, 2], &[0, 1]), [0, 1, 0, 1]);
        assert!(row_by_row(&array, &[3], &[3], byte).is_err());
    }

    #[test]
    fn tasks_say_what_is_to_be_seen() {
        let dialect = Dialect::latest();
        let text = "[[task]]\nrule = \"a/b\"\nslug = \"c\"\ntitle = \"t\"\nverdict = \"valid\"\n\
                    tensors = []\nmetadata = { k = \"v\" }\n";
        let all = tasks(text, &dialect).unwrap();
        assert_eq!(all.len(), dialect.dtypes().len() + 1);
        assert_eq!(all[0].id, "a/b/c");
        for task in &all {
            let length: u64 = task.view.tensors.iter().map(|t| t.contents[1] - t.contents[0]).sum();
            assert_eq!(length, task.seen.len() as u64, "{}", task.id);
        }
        assert!(tasks(&format!("{text}{text}"), &dialect).is_err(), "an id stands twice");
    }
}
