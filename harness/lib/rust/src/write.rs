//! What a library is to write: the task of a `write` request.

use std::collections::HashMap;
use std::io;

use serde::Deserialize;

use crate::Failure;

/// One tensor that the library is to write.
#[derive(Debug, Clone)]
pub struct InputTensor {
    /// Its name.
    pub name: String,
    /// Its dtype, in the format's words.
    pub dtype: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Its bytes, little-endian; row-major, unless there are strides.
    pub data: Vec<u8>,
    /// How many elements lie between neighbours; 0: one element stands for all.
    pub strides: Option<Vec<usize>>,
}

/// A library's way to write a file: its path, its tensors in order, its metadata.
pub type WriteFn =
    dyn Fn(&str, &[InputTensor], Option<&HashMap<String, String>>) -> Result<(), Failure>;

#[derive(Deserialize)]
struct Task {
    tensors: Vec<TaskTensor>,
    metadata: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct TaskTensor {
    name: String,
    dtype: String,
    shape: Vec<usize>,
    data: [usize; 2],
    strides: Option<Vec<usize>>,
}

/// Reads a task and has it done. A task that cannot be read is the harness's fault.
pub(crate) fn put(
    write: &WriteFn,
    task: &str,
    contents: &str,
    path: &str,
) -> io::Result<Result<(), Failure>> {
    let task: Task = serde_json::from_slice(&std::fs::read(task)?)?;
    let contents = std::fs::read(contents)?;
    let tensor = |of: TaskTensor| {
        let [start, length] = of.data;
        let data = start.checked_add(length).and_then(|end| contents.get(start..end));
        let data = data.ok_or_else(|| io::Error::other("the task's contents are not there"))?;
        let TaskTensor { name, dtype, shape, strides, .. } = of;
        Ok(InputTensor { name, dtype, shape, data: data.to_vec(), strides })
    };
    let tensors = task.tensors.into_iter().map(tensor).collect::<io::Result<Vec<_>>>()?;
    Ok(write(path, &tensors, task.metadata.as_ref()))
}
