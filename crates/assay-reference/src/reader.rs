//! A file in memory: its header and its tensors' contents, without a copy.

use core::fmt;
use core::iter::FusedIterator;
use core::slice::ChunksExact;

use assay_spec::{Dtype, Span, View};

use crate::error::Error;
use crate::fast::Scratch;
use crate::header::{Entry, Header, Metadata};
#[cfg(feature = "std")]
use crate::load::Arena;
#[cfg(feature = "std")]
use crate::map::Map;
use crate::policy::Policy;
use crate::typed::{Element, NotTyped, typed};

/// A file that was read and found right.
pub struct Reader<'a> {
    header: Header<'a>,
    buffer: Buffer<'a>,
}

/// The byte buffer, wherever it is kept.
pub(crate) enum Buffer<'a> {
    Borrowed(&'a [u8]),
    #[cfg(feature = "std")]
    Owned(Vec<u8>),
    #[cfg(feature = "std")]
    Mapped(Map),
    #[cfg(feature = "std")]
    Loaded(Arena),
}

impl Buffer<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Buffer::Borrowed(bytes) => bytes,
            #[cfg(feature = "std")]
            Buffer::Owned(bytes) => bytes,
            #[cfg(feature = "std")]
            Buffer::Mapped(map) => map.bytes(),
            #[cfg(feature = "std")]
            Buffer::Loaded(arena) => arena.bytes(),
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads a whole file in memory.
    ///
    /// # Errors
    /// If it breaks a rule that the policy enforces: the first in the order of the file's bytes.
    pub fn from_bytes(file: &'a [u8], policy: &Policy) -> Result<Self, Error> {
        let header = Header::from_head(file, file.len() as u64, policy)?;
        let start = header.buffer().to_range().map_or(file.len(), |range| range.start);
        Ok(Reader { header, buffer: Buffer::Borrowed(&file[start..]) })
    }

    /// As [`Reader::from_bytes`], with tables that lie in memory used before:
    /// reading many files in turn then allocates next to nothing.
    ///
    /// # Errors
    /// As there.
    pub fn from_bytes_in(
        file: &'a [u8],
        policy: &'a Policy,
        scratch: &'a mut Scratch,
    ) -> Result<Self, Error> {
        let header = Header::from_head_in(file, file.len() as u64, policy, scratch)?;
        let start = header.buffer().to_range().map_or(file.len(), |range| range.start);
        Ok(Reader { header, buffer: Buffer::Borrowed(&file[start..]) })
    }

    /// Reads a header alone: [`Header::from_head`].
    ///
    /// # Errors
    /// As there.
    pub fn from_head(head: &'a [u8], file_len: u64, policy: &Policy) -> Result<Header<'a>, Error> {
        Header::from_head(head, file_len, policy)
    }

    /// A header with the buffer that it describes.
    #[cfg(feature = "std")]
    pub(crate) fn new(header: Header<'a>, buffer: Buffer<'a>) -> Result<Self, Error> {
        if buffer.bytes().len() as u64 != header.buffer().len() {
            return Err(Error::unreadable("the file changed its length while it was read"));
        }
        Ok(Reader { header, buffer })
    }

    /// What the file says of its tensors.
    pub fn header(&self) -> &Header<'a> {
        &self.header
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.header.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.header.is_empty()
    }

    /// The tensors in order of their offsets.
    pub fn tensors(&self) -> impl ExactSizeIterator<Item = Tensor<'_>> + FusedIterator {
        (0..self.len()).map(|turn| self.with_data(self.header.entry_in_order(turn)))
    }

    /// The tensor at a position in order of offsets.
    pub fn tensor_at(&self, position: usize) -> Option<Tensor<'_>> {
        (position < self.len()).then(|| self.with_data(self.header.entry_in_order(position)))
    }

    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        self.header.entry(name).map(|entry| self.with_data(entry))
    }

    /// The tensors' names in order of their offsets.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + FusedIterator {
        self.header.names()
    }

    /// The metadata; `None` if the file has none (or, disputed, `null`).
    pub fn metadata(&self) -> Option<Metadata<'_>> {
        self.header.metadata()
    }

    /// What every correct reader sees in the file.
    pub fn view(&self) -> View {
        self.header.view()
    }

    fn with_data<'h>(&'h self, entry: Entry<'h>) -> Tensor<'h> {
        let range = entry.range();
        // A range that holds bytes lies within the buffer: the header's reading saw to
        // it. An empty one may lie anywhere if the dialect lets it.
        let data = self.buffer.bytes().get(range.begin as usize..range.end as usize);
        let data = data.unwrap_or_default();
        Tensor { entry, data }
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A tensor: what the header says of it, and its contents.
#[derive(Clone, Copy)]
pub struct Tensor<'h> {
    entry: Entry<'h>,
    data: &'h [u8],
}

impl<'h> Tensor<'h> {
    /// The tensor's name.
    pub fn name(self) -> &'h str {
        self.entry.name()
    }

    /// Its dtype.
    pub fn dtype(self) -> &'h Dtype {
        self.entry.dtype()
    }

    /// Its dimensions, outermost first; empty for a scalar.
    pub fn shape(self) -> &'h [u64] {
        self.entry.shape()
    }

    /// Where its contents lie, in bytes from the start of the file.
    pub fn contents(self) -> Span {
        self.entry.contents()
    }

    /// Its contents, as they are stored: little-endian, last dimension fastest,
    /// at any alignment.
    pub fn data(self) -> &'h [u8] {
        self.data
    }

    /// Whether its contents lie in memory at a multiple of this many bytes. Of
    /// no bytes nothing is a multiple.
    pub fn is_aligned_to(self, bytes: usize) -> bool {
        bytes != 0 && self.data.as_ptr().addr().is_multiple_of(bytes)
    }

    /// Its elements as numbers, where they lie in memory.
    ///
    /// ```
    /// # use assay_reference::{NotTyped, Tensor};
    /// fn sum(tensor: Tensor<'_>) -> Result<f32, NotTyped> {
    ///     Ok(tensor.typed::<f32>()?.iter().sum())
    /// }
    /// ```
    ///
    /// # Errors
    /// If the dtype is another one, if the contents do not lie aligned (nothing
    /// is copied to make them), or if the machine is big-endian.
    pub fn typed<T: Element>(self) -> Result<&'h [T], NotTyped> {
        typed(self.data, self.dtype())
    }

    /// Its elements as byte strings; `None` if an element is not whole bytes.
    pub fn elements(self) -> Option<ChunksExact<'h, u8>> {
        let bytes = usize::try_from(self.dtype().bytes()?).ok()?;
        Some(self.data.chunks_exact(bytes))
    }

    /// Its elements as arrays of bytes, without a copy and at any alignment;
    /// `None` if an element does not have `N` bytes.
    ///
    /// `tensor.arrays().map(|all| all.iter().map(|bytes| f32::from_le_bytes(*bytes)))`
    pub fn arrays<const N: usize>(self) -> Option<&'h [[u8; N]]> {
        let (arrays, rest) = self.data.as_chunks();
        (self.dtype().bytes() == Some(N as u64) && rest.is_empty()).then_some(arrays)
    }
}

impl fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.fmt(f)
    }
}
