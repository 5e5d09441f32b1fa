//! Parts of tensors: the metadata says at which offsets of the whole a part begins.

use std::collections::BTreeMap;

use assay_spec::{Dialect, KeyObject};

use crate::error::Error;
use crate::marks::string;
use crate::proposed::{demand, find, unlike};
use crate::reader::Reader;

/// The key of metadata, as distributed checkpoints of one framework have it.
const KEY: &str = "DCP_SHARDING_INFO";

impl Reader<'_> {
    /// Where in the whole tensor this file's part begins, one offset for each dimension; `None`
    /// if the file does not say, or has no such tensor.
    ///
    /// # Errors
    /// If the dialect does not know the key (the error names the proposal that would add it), or
    /// what it says is not so: JSON, an object for each tensor, as many offsets as dimensions.
    pub fn part_offsets(&self, name: &str) -> Result<Option<Vec<u64>>, Error> {
        demand(self.header().dialect(), KEY, KeyObject::Metadata)?;
        let Some(tensor) = self.tensor(name) else { return Ok(None) };
        let marks = self.header().marks();
        let Some(mark) = find(&marks, KEY, None) else { return Ok(None) };
        let text = string(&mark.value, 0).ok_or_else(|| unlike(KEY, name, "is no text"))?;
        let parts: BTreeMap<String, Part> = serde_json::from_str(&text)
            .map_err(|error| unlike(KEY, name, format!("is not as it should be: {error}")))?;
        match parts.get(name) {
            Some(part) if part.saved_offsets.len() != tensor.shape().len() => {
                Err(unlike(KEY, name, "has not one offset for each dimension"))
            }
            part => Ok(part.map(|part| part.saved_offsets.clone())),
        }
    }
}

/// What is said of one tensor.
#[derive(serde::Serialize, serde::Deserialize)]
struct Part {
    saved_offsets: Vec<u64>,
}

/// The pair of metadata that says at which offsets of the whole a file's parts begin.
///
/// ```
/// use assay_reference::write::{NewTensor, Writer};
/// use assay_reference::{Policy, Reader, part_metadata};
/// use assay_spec::{Dialect, Disputed};
///
/// let proposed = Dialect::by_name("0.8+0008")?;
/// let pair = part_metadata(&[("w", &[2][..])].into(), &proposed)?;
/// let half = NewTensor { name: "w", dtype: "U8", shape: &[2], data: &[7, 8] };
/// let file = Writer::new(&proposed).serialize([half], Some(&[pair].into()))?;
///
/// let policy = Policy::new(&proposed, Disputed::Reject);
/// let reader = Reader::from_bytes(&file, &policy)?;
/// assert_eq!(reader.part_offsets("w")?, Some(vec![2]));
///
/// let refused = part_metadata(&[("w", &[2][..])].into(), &Dialect::latest()).unwrap_err();
/// assert!(refused.to_string().contains("proposal 0008 would add it"), "{refused}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the dialect does not know the key; the error names the proposal that would add it.
pub fn part_metadata(
    offsets: &BTreeMap<&str, &[u64]>,
    dialect: &Dialect,
) -> Result<(String, String), Error> {
    demand(dialect, KEY, KeyObject::Metadata)?;
    let part = |(name, offsets): (&&str, &&[u64])| {
        ((*name).to_owned(), Part { saved_offsets: offsets.to_vec() })
    };
    let parts: BTreeMap<String, Part> = offsets.iter().map(part).collect();
    let value = serde_json::to_string(&parts).map_err(|error| {
        Error::unreadable(format!("the offsets of parts cannot be written: {error}"))
    })?;
    Ok((KEY.to_owned(), value))
}
