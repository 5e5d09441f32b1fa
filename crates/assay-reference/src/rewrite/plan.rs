//! What is to be written: tensors of files that were read, and metadata.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::reader::{Reader, Tensor};
use crate::rewrite::{Change, Names, RewriteError};
use crate::write::{NewTensor, WriteError, Writer};

/// What is to be written: tensors of files that were read, and metadata.
#[derive(Debug, Clone)]
pub struct Plan<'r> {
    pub(super) inputs: Vec<&'r Reader<'r>>,
    /// What was changed so far.
    pub(super) changes: Vec<Change>,
    metadata: Option<BTreeMap<String, String>>,
    tensors: Vec<Planned<'r>>,
}

/// A tensor to be written.
#[derive(Debug, Clone)]
pub struct Planned<'r> {
    /// What it is to be called.
    pub name: String,
    /// The tensor as it was read.
    pub tensor: Tensor<'r>,
}

impl Planned<'_> {
    pub(super) fn to_write(&self) -> NewTensor<'_> {
        NewTensor { name: &self.name, ..NewTensor::from(self.tensor) }
    }

    fn bytes(&self) -> u64 {
        self.tensor.data().len() as u64
    }
}

/// A shard to be: some tensors of a plan, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// Their positions among the plan's tensors.
    pub tensors: std::ops::Range<usize>,
    /// Bytes of their contents.
    pub bytes: u64,
}

impl<'r> Plan<'r> {
    /// To write a file as it is: the same tensors and metadata, in the order and
    /// spelling of this crate's writer.
    pub fn of(input: &'r Reader<'r>) -> Plan<'r> {
        Plan {
            inputs: vec![input],
            changes: Vec::new(),
            metadata: metadata_of(input),
            tensors: planned(input).collect(),
        }
    }

    /// To write several files as one. Their metadata is united.
    ///
    /// # Errors
    /// If two tensors have one name, or two files different texts under one key.
    pub fn merge(
        inputs: impl IntoIterator<Item = &'r Reader<'r>>,
    ) -> Result<Plan<'r>, RewriteError> {
        let inputs: Vec<&'r Reader<'r>> = inputs.into_iter().collect();
        let metadata = united_metadata(&inputs)?;
        let tensors: Vec<Planned<'r>> = inputs.iter().flat_map(|input| planned(input)).collect();
        refuse_collisions(&tensors)?;
        Ok(Plan { inputs, changes: Vec::new(), metadata, tensors })
    }

    /// Changes what is to be written.
    ///
    /// # Errors
    /// If the change is about something that is not there, or gives two tensors
    /// one name. The plan is then as it was.
    pub fn change(&mut self, change: Change) -> Result<(), RewriteError> {
        self.refuse_pointless(&change)?;
        let tensors: Vec<Planned<'r>> = self
            .tensors
            .iter()
            .filter_map(|Planned { name, tensor }| {
                Some(Planned { name: change.name(name)?.into_owned(), tensor: *tensor })
            })
            .collect();
        refuse_collisions(&tensors)?;
        self.tensors = tensors;
        self.metadata = change.metadata(self.metadata.take());
        self.changes.push(change);
        Ok(())
    }

    /// The tensors, in the order of their contents in the files that were read.
    pub fn tensors(&self) -> &[Planned<'r>] {
        &self.tensors
    }

    /// The metadata.
    pub fn metadata(&self) -> Option<&BTreeMap<String, String>> {
        self.metadata.as_ref()
    }

    /// Bytes of all tensors' contents.
    pub fn bytes(&self) -> u64 {
        self.tensors.iter().map(Planned::bytes).sum()
    }

    /// Length of the file that would be written.
    ///
    /// # Errors
    /// If it would not be valid.
    pub fn file_len(&self, writer: &Writer) -> Result<u64, WriteError> {
        writer.file_len(self.tensors.iter().map(Planned::to_write), self.metadata())
    }

    /// Shares the tensors among shards, in the order of their contents, each of
    /// at most `max_bytes` of contents; a tensor that is larger has a shard of
    /// its own. Without tensors there are no shards: an index could not name one.
    pub fn parts(&self, max_bytes: u64) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (at, planned) in self.tensors.iter().enumerate() {
            let bytes = planned.bytes();
            match parts.last_mut() {
                Some(part)
                    if part.tensors.is_empty() || part.bytes.saturating_add(bytes) <= max_bytes =>
                {
                    part.tensors.end = at + 1;
                    part.bytes += bytes;
                }
                _ => parts.push(Part { tensors: at..at + 1, bytes }),
            }
        }
        parts
    }

    /// A change that changes nothing is a mistake of whoever asks for it.
    fn refuse_pointless(&self, change: &Change) -> Result<(), RewriteError> {
        match change {
            Change::Rename { from, .. } => {
                self.require(&Names { exact: BTreeSet::from([from.clone()]), ..Names::default() })
            }
            Change::RenamePrefix { from, .. } => self
                .require(&Names { prefixes: BTreeSet::from([from.clone()]), ..Names::default() }),
            Change::Drop(names) | Change::Keep(names) => self.require(names),
            Change::RemoveMetadata { key } => match &self.metadata {
                Some(metadata) if metadata.contains_key(key) => Ok(()),
                _ => Err(RewriteError::NoSuchKey { key: key.clone() }),
            },
            Change::SetMetadata { .. } | Change::ClearMetadata => Ok(()),
        }
    }

    /// Each of the names, and a name for each of the beginnings, must be there.
    fn require(&self, names: &Names) -> Result<(), RewriteError> {
        let mut exact: BTreeSet<&str> = names.exact.iter().map(String::as_str).collect();
        let mut prefixes: BTreeSet<&str> = names.prefixes.iter().map(String::as_str).collect();
        for Planned { name, .. } in &self.tensors {
            exact.remove(name.as_str());
            prefixes.retain(|prefix| !name.starts_with(prefix));
        }
        if let Some(name) = exact.first() {
            return Err(RewriteError::NoSuchTensor { name: (*name).to_owned() });
        }
        match prefixes.first() {
            Some(prefix) => Err(RewriteError::NoSuchPrefix { prefix: (*prefix).to_owned() }),
            None => Ok(()),
        }
    }
}

fn planned<'r>(input: &'r Reader<'r>) -> impl Iterator<Item = Planned<'r>> {
    input.tensors().map(|tensor| Planned { name: tensor.name().to_owned(), tensor })
}

fn refuse_collisions(tensors: &[Planned<'_>]) -> Result<(), RewriteError> {
    let mut by_name: HashMap<&str, &str> = HashMap::with_capacity(tensors.len());
    for Planned { name, tensor } in tensors {
        if let Some(one) = by_name.insert(name, tensor.name()) {
            return Err(RewriteError::Collision {
                name: name.clone(),
                one: one.to_owned(),
                other: tensor.name().to_owned(),
            });
        }
    }
    Ok(())
}

/// A file's metadata by key.
pub(super) fn metadata_of(input: &Reader<'_>) -> Option<BTreeMap<String, String>> {
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    input.metadata().map(|pairs| pairs.iter().map(owned).collect())
}

/// All metadata together; none if no file has any.
pub(super) fn united_metadata(
    inputs: &[&Reader<'_>],
) -> Result<Option<BTreeMap<String, String>>, RewriteError> {
    let mut united: Option<BTreeMap<String, String>> = None;
    for metadata in inputs.iter().filter_map(|input| input.metadata()) {
        let united = united.get_or_insert_default();
        for (key, value) in metadata.iter() {
            let one = united.entry(key.to_owned()).or_insert_with(|| value.to_owned());
            if one != value {
                return Err(RewriteError::MetadataDiffers {
                    key: key.to_owned(),
                    one: one.clone(),
                    other: value.to_owned(),
                });
            }
        }
    }
    Ok(united)
}
