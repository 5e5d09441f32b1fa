//! The reference's other operations: headers, tensors by name, models in several files,
//! writing.

use std::fmt::{Debug, Display};

use anyhow::Context as _;
use assay_protocol::WriteTask;
use assay_protocol::message::{ErrorText, Reply, ReplyTensor, Unsupported};
use assay_reference::shards::{Links, ShardedModel};
use assay_reference::write::{Source, StreamedTensor, Writer};
use assay_reference::{LazyFile, Tensor};

use super::{Large, Server};

impl Server {
    /// The header, and nothing of what follows it.
    pub(super) fn inspect(&self, id: String, path: &str) -> anyhow::Result<Reply> {
        let file = match self.open_lazily(path)? {
            Ok(file) => file,
            Err(error) => return Ok(Reply::Reject { id, error }),
        };
        let header = file.header();
        let metadata = header.view().metadata;
        let tensors = header.entries().map(|entry| ReplyTensor {
            name: entry.name().to_owned(),
            dtype: entry.dtype().name.clone(),
            shape: entry.shape().iter().map(|dimension| (*dimension).into()).collect(),
            data: None,
            scratch: None,
        });
        Ok(Reply::Accept { id, metadata, tensors: tensors.collect() })
    }

    /// One tensor, of which alone the contents are read.
    pub(super) fn get(
        &self,
        id: String,
        path: &str,
        scratch: &str,
        name: &str,
    ) -> anyhow::Result<Reply> {
        let file = match self.open_lazily(path)? {
            Ok(file) => file,
            Err(error) => return Ok(Reply::Reject { id, error }),
        };
        let bytes = match file.read(name) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(reject(id, "NoTensor", &error)),
        };
        let entry = file.header().entry(name).context("it was just read")?;
        let mut large = Large { path: scratch, file: None };
        let (dtype, shape) = (entry.dtype(), entry.shape());
        let tensor = self.tensor(entry.name(), dtype, shape, &bytes, &mut large)?;
        Ok(Reply::Accept { id, metadata: None, tensors: vec![tensor] })
    }

    pub(super) fn open_index(
        &self,
        id: String,
        path: &str,
        scratch: &str,
    ) -> anyhow::Result<Reply> {
        let model = match ShardedModel::open(path, &self.policy, Links::Within) {
            Ok(model) => model,
            Err(error) => return Ok(reject(id, &variant(&error), &error)),
        };
        let mut large = Large { path: scratch, file: None };
        let reply = |tensor: Tensor<'_>| {
            let (dtype, shape) = (tensor.dtype(), tensor.shape());
            self.tensor(tensor.name(), dtype, shape, tensor.data(), &mut large)
        };
        let tensors = model.tensors().map(reply).collect::<anyhow::Result<_>>()?;
        Ok(Reply::Accept { id, metadata: None, tensors })
    }

    /// Writes a file as a user of the reference would: streaming, by way of a temporary one.
    pub(super) fn write(
        &self,
        id: String,
        task: &str,
        contents: &str,
        path: &str,
    ) -> anyhow::Result<Reply> {
        let read = |path: &str| std::fs::read(path).with_context(|| format!("cannot read {path}"));
        let task: WriteTask = serde_json::from_slice(&read(task)?).context("the task is faulty")?;
        if task.tensors.iter().any(|tensor| tensor.strides.is_some()) {
            let message = Some("the writer takes bytes, not arrays".to_owned());
            return Ok(Reply::Unsupported { id, what: Unsupported::Layout, message });
        }
        let contents = read(contents)?;
        let of = |[start, length]: [u64; 2]| {
            let start = usize::try_from(start).ok()?;
            contents.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        };
        let mut tensors = Vec::with_capacity(task.tensors.len());
        for tensor in &task.tensors {
            let bytes = of(tensor.data).context("the task's contents are not there")?;
            tensors.push(StreamedTensor {
                name: &tensor.name,
                dtype: &tensor.dtype,
                shape: &tensor.shape,
                source: Source::bytes(bytes),
            });
        }
        let writer = Writer::new(&self.dialect);
        Ok(match writer.write_file(path, tensors, task.metadata.as_ref()) {
            Ok(_) => Reply::Written { id },
            Err(error) => reject(id, &variant(&error), &error),
        })
    }

    /// The file's header, or why the reference refuses it.
    fn open_lazily(&self, path: &str) -> anyhow::Result<Result<LazyFile, ErrorText>> {
        LazyFile::open(path, &self.policy).map(Ok).or_else(|error| {
            // A file that cannot be read is no judgement of the reader's.
            let Some(rule) = error.rule() else { anyhow::bail!("{error}") };
            Ok(Err(ErrorText { class: rule.to_string(), message: error.to_string() }))
        })
    }
}

fn reject(id: String, class: &str, error: &impl Display) -> Reply {
    let error = ErrorText { class: class.to_owned(), message: error.to_string() };
    Reply::Reject { id, error }
}

/// The name of an error's variant.
fn variant(error: &impl Debug) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
