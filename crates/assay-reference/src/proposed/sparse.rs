//! Sparse tensors: the entry holds the values, its key `sparse` shape and indices.

use alloc::format;
use alloc::vec::Vec;

use assay_spec::KeyObject;
#[cfg(feature = "std")]
use assay_spec::{Dialect, Mark};

use crate::error::Error;
use crate::proposed::{demand, find, integers, member, unlike};
use crate::reader::{Reader, Tensor};
use crate::size::Size;
#[cfg(feature = "std")]
use crate::spell;

/// The key of entries, and the feature that gives it its meaning.
const KEY: &str = "sparse";

/// A sparse tensor: all its elements are zero but some.
#[derive(Debug, Clone)]
pub struct Sparse<'h> {
    values: Tensor<'h>,
    shape: Vec<u64>,
    indices: Vec<u64>,
}

impl Reader<'_> {
    /// A tensor as a sparse one; `None` if it is not there, or dense.
    ///
    /// # Errors
    /// If the dialect has no sparse tensors (the error names the proposal that would add them),
    /// or what the key says is not so: `shape` and `indices` arrays of plain integers, as many
    /// indices as values in one dimension, ascending, each within the shape's elements.
    pub fn sparse(&self, name: &str) -> Result<Option<Sparse<'_>>, Error> {
        demand(self.header().dialect(), KEY, KeyObject::Entry)?;
        let Some(values) = self.tensor(name) else { return Ok(None) };
        let marks = self.header().marks();
        let Some(mark) = find(&marks, KEY, Some(name)) else { return Ok(None) };
        let array = |key| {
            let at = member(&mark.value, 0, key).and_then(|at| integers(&mark.value, at));
            at.ok_or_else(|| unlike(KEY, name, format!("has no array `{key}` of plain integers")))
        };
        let sparse = Sparse { values, shape: array("shape")?, indices: array("indices")? };
        sparse.check(self.header().dialect().limit("max_size_bits"))?;
        Ok(Some(sparse))
    }
}

impl<'h> Sparse<'h> {
    /// Its values, in the order of the indices; one dimension.
    pub fn values(&self) -> Tensor<'h> {
        self.values
    }

    /// The dimensions of the whole.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Where the values stand, counted in elements with the last dimension fastest; ascending.
    pub fn indices(&self) -> &[u64] {
        &self.indices
    }

    /// The whole tensor's bytes, zeros and all.
    ///
    /// # Errors
    /// If elements are no whole bytes, or there is no memory for it: a few bytes in a file can
    /// ask for any amount.
    pub fn to_dense(&self) -> Result<Vec<u8>, Error> {
        let name = self.values.name();
        let element = self.values.dtype().bytes().and_then(|bytes| usize::try_from(bytes).ok());
        let element = element.ok_or_else(|| unlike(KEY, name, "has elements of parts of bytes"))?;
        let len = Size::of(self.shape.iter().copied(), element as u64 * 8).bytes();
        let len = len.and_then(|len| usize::try_from(len).ok());
        let mut dense = Vec::new();
        len.and_then(|len| dense.try_reserve_exact(len).ok().map(|()| dense.resize(len, 0)))
            .ok_or_else(|| unlike(KEY, name, "has a shape that there is no memory for"))?;
        for (index, value) in self.indices.iter().zip(self.values.data().chunks_exact(element)) {
            // Within the shape, which was checked, and so within memory.
            let at = *index as usize * element;
            dense[at..at + element].copy_from_slice(value);
        }
        Ok(dense)
    }

    fn check(&self, most_bits: u64) -> Result<(), Error> {
        let name = self.values.name();
        let size = Size::of(self.shape.iter().copied(), self.values.dtype().bits);
        if size.bits > most_bits.into() {
            return Err(unlike(KEY, name, "has a shape above the limit of sizes"));
        }
        let elements = Size::of(self.shape.iter().copied(), 1).bits;
        if *self.values.shape() != [self.indices.len() as u64] {
            let (indices, shape) = (self.indices.len(), self.values.shape());
            let what = format!("has {indices} indices for values of shape {shape:?}");
            return Err(unlike(KEY, name, what));
        }
        if !self.indices.is_sorted_by(|a, b| a < b) {
            return Err(unlike(KEY, name, "has indices that do not ascend"));
        }
        match self.indices.last() {
            Some(last) if u128::from(*last) >= elements => {
                Err(unlike(KEY, name, format!("has the index {last} of {elements} elements")))
            }
            _ => Ok(()),
        }
    }

    /// What a writer is to [say](crate::write::Writer::saying) of these tensors: name, shape of
    /// the whole, indices. Nothing of no tensors.
    ///
    /// ```
    /// use assay_reference::write::{NewTensor, Writer};
    /// use assay_reference::{Policy, Reader, Sparse};
    /// use assay_spec::{Dialect, Disputed};
    ///
    /// let proposed = Dialect::by_name("0.8+0006+0007/gated")?;
    /// let marks = Sparse::marks([("w", &[2, 2][..], &[0, 3][..])], &proposed);
    /// let values = NewTensor { name: "w", dtype: "U8", shape: &[2], data: &[7, 8] };
    /// let file = Writer::new(&proposed).saying(&marks)?.serialize([values], None)?;
    ///
    /// let policy = Policy::new(&proposed, Disputed::Reject);
    /// let reader = Reader::from_bytes(&file, &policy)?;
    /// let sparse = reader.sparse("w")?.expect("it is sparse");
    /// assert_eq!(sparse.to_dense()?, [7, 0, 0, 8]);
    ///
    /// let edition = Policy::new(&Dialect::latest(), Disputed::Accept);
    /// let refused = Reader::from_bytes(&file, &edition).unwrap_err().to_string();
    /// assert!(refused.contains("proposal 0006 would add it"), "{refused}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn marks<'a>(
        tensors: impl IntoIterator<Item = (&'a str, &'a [u64], &'a [u64])>,
        dialect: &Dialect,
    ) -> Vec<Mark> {
        let mark = |(name, shape, indices): (&str, &[u64], &[u64])| {
            let mut value = b"{\"shape\":[".to_vec();
            spell::integers(shape, &mut value);
            value.extend_from_slice(b"],\"indices\":[");
            spell::integers(indices, &mut value);
            value.extend_from_slice(b"]}");
            let value = String::from_utf8(value).expect("it is ASCII");
            Mark { key: KEY.into(), tensor: Some(name.into()), value, reinterprets: true }
        };
        let mut marks: Vec<Mark> = tensors.into_iter().map(mark).collect();
        if !marks.is_empty() {
            marks.push(crate::write::demanding(&[KEY], dialect));
        }
        marks
    }
}
