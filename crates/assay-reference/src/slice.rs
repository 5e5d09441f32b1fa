//! Parts of tensors: which bytes they are, and the bytes themselves.
//!
//! An [`Index`] says which part, in the way of NumPy's basic indexing; applied
//! to a header's entry it gives a [`Selection`], the byte ranges that have to
//! be fetched, and to a tensor with contents a [`Slice`]. What lies together in
//! the file is one range and never copied.

use alloc::vec::Vec;
mod copy;
mod error;
mod index;
mod plan;
mod ranges;
mod text;

use core::fmt;

use assay_spec::{Dtype, Span};

pub use error::SliceError;
pub use index::{Index, IndexItem};
use plan::{Plan, Whole, plan};
pub use ranges::Ranges;
use ranges::Starts;
pub use text::NotAnIndex;

use crate::header::Entry;
use crate::reader::Tensor;

impl<'h> Entry<'h> {
    /// Where the bytes of a part of the tensor lie in the file.
    ///
    /// ```
    /// # use assay_reference::{Header, Index, Policy};
    /// # use assay_spec::{Dialect, Disputed};
    /// # let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
    /// # let header = br#"{"w":{"dtype":"F32","shape":[1000,4],"data_offsets":[0,16000]}}"#;
    /// # let mut head = (header.len() as u64).to_le_bytes().to_vec();
    /// # head.extend(header);
    /// // Of a file somewhere else, whose first bytes are at hand:
    /// let header = Header::from_head(&head, head.len() as u64 + 16_000, &policy)?;
    /// let entry = header.entry("w").expect("the file has it");
    /// let rows = entry.slice(&"10:20".parse()?)?;
    /// assert_eq!((rows.shape(), rows.len()), (&[10, 4][..], 160));
    /// let span = rows.contiguous().expect("rows that follow one another");
    /// assert_eq!(span.start, entry.contents().start + 160);
    ///
    /// let column = entry.slice(&":, 1".parse()?)?;
    /// assert_eq!((column.shape(), column.range_count()), (&[1000][..], 1000));
    /// assert_eq!(column.ranges().next().map(|range| range.len()), Some(4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the index does not suit the shape, or is not whole bytes of the file: see [`SliceError`].
    pub fn slice(self, index: &Index) -> Result<Selection, SliceError> {
        let contents = self.contents();
        let whole = Whole { dtype: self.dtype(), shape: self.shape(), len: contents.len() };
        Ok(Selection { plan: plan(index, whole)?, origin: contents.start })
    }
}

impl<'h> Tensor<'h> {
    /// A part of the tensor, without a copy.
    ///
    /// ```
    /// # use assay_reference::{Policy, Reader};
    /// # use assay_spec::{Dialect, Disputed};
    /// # let policy = Policy::new(&Dialect::latest(), Disputed::Accept);
    /// # let header = br#"{"w":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]}}"#;
    /// # let mut file = (header.len() as u64).to_le_bytes().to_vec();
    /// # file.extend(header);
    /// # file.extend([0, 1, 2, 10, 11, 12]);
    /// let reader = Reader::from_bytes(&file, &policy)?;
    /// let tensor = reader.tensor("w").expect("the file has it"); // 0 1 2 / 10 11 12
    /// let row = tensor.slice(&"-1".parse()?)?;
    /// assert_eq!(row.contiguous(), Some(&[10, 11, 12][..]));
    /// let mirrored = tensor.slice(&":, ::-2".parse()?)?;
    /// assert_eq!(mirrored.shape(), [2, 2]);
    /// assert_eq!(mirrored.to_vec()?, [2, 0, 12, 10]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the index does not suit the shape, or is not whole bytes of the file: see [`SliceError`].
    pub fn slice(self, index: &Index) -> Result<Slice<'h>, SliceError> {
        let (data, contents) = (self.data(), self.contents());
        let whole = Whole { dtype: self.dtype(), shape: self.shape(), len: data.len() as u64 };
        let selection = Selection { plan: plan(index, whole)?, origin: contents.start };
        Ok(Slice { dtype: self.dtype(), data, selection })
    }
}

/// Which bytes of a file make a part of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    plan: Plan,
    /// First byte of the tensor in the file.
    origin: u64,
}

impl Selection {
    /// The part's dimensions, outermost first.
    pub fn shape(&self) -> &[u64] {
        &self.plan.shape
    }

    /// Its bytes, all ranges together.
    pub fn len(&self) -> u64 {
        self.plan.run * self.range_count()
    }

    /// Whether it holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.plan.run == 0
    }

    /// How many byte ranges it is; none if it is empty. At once, however many.
    pub fn range_count(&self) -> u64 {
        if self.is_empty() { 0 } else { ranges::count(&self.plan.loops) }
    }

    /// The byte ranges of the file, in the order of the part's elements. Whole inner
    /// dimensions are one range with the ones around them.
    pub fn ranges(&self) -> Ranges<'_> {
        let first = self.origin + self.plan.start;
        Ranges::new(Starts::new(&self.plan.loops, first, self.is_empty()), self.plan.run)
    }

    /// The one byte range of the file that it is, in the order of its elements.
    /// An empty part is an empty range at the tensor's start.
    pub fn contiguous(&self) -> Option<Span> {
        let start = self.origin + self.plan.start;
        self.plan.loops.is_empty().then(|| Span::new(start, start + self.plan.run))
    }
}

/// A part of a tensor in memory: where its bytes lie, without a copy.
#[derive(Clone)]
pub struct Slice<'h> {
    dtype: &'h Dtype,
    data: &'h [u8],
    selection: Selection,
}

impl<'h> Slice<'h> {
    /// The tensor's dtype.
    pub fn dtype(&self) -> &'h Dtype {
        self.dtype
    }

    /// The part's dimensions, outermost first.
    pub fn shape(&self) -> &[u64] {
        self.selection.shape()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        // No byte is in it twice, so it is no longer than the tensor's contents.
        self.selection.len() as usize
    }

    /// Whether it holds no bytes.
    pub fn is_empty(&self) -> bool {
        self.selection.is_empty()
    }

    /// Which bytes of the file it is.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Its bytes where they lie, if they lie together in the order of its elements.
    pub fn contiguous(&self) -> Option<&'h [u8]> {
        let Plan { start, run, loops, .. } = &self.selection.plan;
        loops.is_empty().then(|| &self.data[*start as usize..][..*run as usize])
    }

    /// Its bytes where they lie, range by range.
    ///
    /// ```
    /// # use assay_reference::Slice;
    /// fn sum(slice: &Slice<'_>) -> u64 {
    ///     slice.chunks().flatten().map(|byte| u64::from(*byte)).sum()
    /// }
    /// ```
    pub fn chunks(&self) -> impl Iterator<Item = &'h [u8]> {
        let Plan { start, run, loops, .. } = &self.selection.plan;
        let (data, run) = (self.data, *run as usize);
        let starts = Starts::new(loops, *start, self.is_empty());
        starts.map(move |start| &data[start as usize..][..run])
    }

    /// Copies its bytes, in the order of its elements.
    ///
    /// # Errors
    /// If `room` does not have the slice's length; it is then left as it is.
    pub fn copy_into(&self, room: &mut [u8]) -> Result<(), SliceError> {
        let len = self.len();
        if room.len() != len {
            return Err(SliceError::WrongRoom { len, room: room.len() });
        }
        copy::copy(&self.selection.plan, self.data, room);
        Ok(())
    }

    /// A copy of its bytes, in the order of its elements.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn to_vec(&self) -> Result<Vec<u8>, SliceError> {
        let bytes = self.len();
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes).map_err(|_| SliceError::NoMemory { bytes })?;
        match self.contiguous() {
            Some(together) => copy.extend_from_slice(together),
            None => {
                copy.resize(bytes, 0);
                copy::copy(&self.selection.plan, self.data, &mut copy);
            }
        }
        Ok(copy)
    }
}

impl fmt::Debug for Slice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice")
            .field("dtype", &self.dtype.name)
            .field("shape", &self.shape())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
