//! A header that was read and found right, and what it says.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;

use assay_spec::{Dialect, Dtype, Mark, Span, TensorView, View};

use crate::error::Error;
use crate::fast::{self, Scratch};
use crate::faults::Faults;
use crate::marks::marks;
use crate::policy::Policy;
use crate::prefix::{self, Prefix};
use crate::scan::scan;
use crate::tables::{Range, Tables, TextRef};

/// What a file says of its tensors, without their contents.
///
/// Made from a file's first bytes; see [`Reader`](crate::Reader) and
/// [`File`](crate::File) for contents too.
pub struct Header<'a> {
    /// UTF-8 throughout: whoever read it saw to that.
    text: Cow<'a, [u8]>,
    tables: Cow<'a, Tables>,
    dialect: Cow<'a, Dialect>,
    data_start: u64,
    file_len: u64,
}

impl<'a> Header<'a> {
    /// Reads the header of a file of `file_len` bytes of which at least prefix
    /// and header are in `head`; [`Policy::head_len`] says how much that is.
    ///
    /// # Errors
    /// If the file breaks an enforced rule, or `head` is too short or longer than the file.
    pub fn from_head(head: &'a [u8], file_len: u64, policy: &Policy) -> Result<Self, Error> {
        let mut scratch = Scratch::default();
        if let Some(edges) = fast::accepts(head, file_len, policy, &mut scratch) {
            return Ok(Header {
                text: Cow::Borrowed(&head[edges.header()]),
                tables: Cow::Owned(scratch.into_tables()),
                dialect: Cow::Owned(policy.dialect().clone()),
                data_start: edges.data_start,
                file_len,
            });
        }
        drop(scratch);
        Header::explained(head, file_len, policy)
    }

    /// As [`Header::from_head`], with tables that lie in memory used before:
    /// reading many files in turn then allocates next to nothing.
    ///
    /// # Errors
    /// As there.
    pub fn from_head_in(
        head: &'a [u8],
        file_len: u64,
        policy: &'a Policy,
        scratch: &'a mut Scratch,
    ) -> Result<Self, Error> {
        match fast::accepts(head, file_len, policy, scratch) {
            Some(edges) => Ok(Header {
                text: Cow::Borrowed(&head[edges.header()]),
                tables: Cow::Borrowed(scratch.tables()),
                dialect: Cow::Borrowed(policy.dialect()),
                data_start: edges.data_start,
                file_len,
            }),
            None => Header::explained(head, file_len, policy),
        }
    }

    /// Reads what the fast pass did not accept: finds out why, or that there is
    /// nothing wrong with it.
    #[cold]
    pub(crate) fn explained(head: &'a [u8], file_len: u64, policy: &Policy) -> Result<Self, Error> {
        let (prefix, faults) = read_prefix(head, file_len, policy)?;
        let header = header_bytes(head, &prefix)?;
        let tables = scan(header, &prefix, policy, faults)?;
        Ok(Header {
            text: Cow::Borrowed(header),
            tables: Cow::Owned(tables),
            dialect: Cow::Owned(policy.dialect().clone()),
            data_start: prefix.data_start,
            file_len,
        })
    }

    /// Whether the tables lie in memory that was handed in.
    #[cfg(test)]
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.tables, Cow::Borrowed(_))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tables.rows.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tensors in order of their offsets.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + FusedIterator {
        (0..self.len()).map(|turn| self.entry_in_order(turn))
    }

    /// The tensor of this name.
    pub fn entry(&self, name: &str) -> Option<Entry<'_>> {
        let at = self.tables.find(name, &self.text)?;
        Some(Entry { header: self, at })
    }

    /// The tensors' names in order of their offsets.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + FusedIterator {
        self.entries().map(|entry| entry.name())
    }

    /// The metadata; `None` if the file has none (or, disputed, `null`).
    pub fn metadata(&self) -> Option<Metadata<'_>> {
        let metadata = Metadata { text: &self.text, tables: &self.tables };
        self.tables.has_metadata.then_some(metadata)
    }

    /// The dialect it was read under.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Where the byte buffer lies, in bytes from the start of the file.
    pub fn buffer(&self) -> Span {
        Span::new(self.data_start, self.file_len)
    }

    /// What every correct reader sees in the file.
    pub fn view(&self) -> View {
        let entries = (0..self.len()).map(|at| Entry { header: self, at });
        let mut tensors: Vec<TensorView> = entries.map(Entry::view).collect();
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let metadata = self.metadata().map(|pairs| pairs.iter().map(owned).collect());
        View { metadata, tensors, marks: self.marks() }
    }

    /// What keys say that the dialect's proposals give a meaning, in the order of the header;
    /// none under an edition.
    pub fn marks(&self) -> Vec<Mark> {
        // Whoever read the text saw to its being UTF-8.
        let text = core::str::from_utf8(&self.text).unwrap_or_default();
        marks(text, &self.dialect)
    }

    pub(crate) fn entry_in_order(&self, turn: usize) -> Entry<'_> {
        let at = self.tables.order.get(turn).map_or(turn, |at| *at as usize);
        Entry { header: self, at }
    }

    fn name(&self, at: usize) -> &str {
        self.tables.name(at, &self.text)
    }
}

#[cfg(feature = "std")]
impl Header<'static> {
    /// Reads a header and keeps its bytes: prefix and header, no more.
    pub(crate) fn from_owned_head(
        head: Vec<u8>,
        file_len: u64,
        policy: &Policy,
    ) -> Result<Self, Error> {
        let Header { tables, data_start, .. } = Header::from_head(&head, file_len, policy)?;
        let tables = Cow::Owned(tables.into_owned());
        let mut text = head;
        text.drain(..prefix::PREFIX_LEN as usize);
        Ok(Header {
            text: Cow::Owned(text),
            tables,
            dialect: Cow::Owned(policy.dialect().clone()),
            data_start,
            file_len,
        })
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("tensors", &self.len())
            .field("buffer", &self.buffer())
            .finish_non_exhaustive()
    }
}

fn read_prefix<'p>(
    head: &[u8],
    file_len: u64,
    policy: &'p Policy,
) -> Result<(Prefix, Faults<'p>), Error> {
    if head.len() as u64 > file_len {
        return Err(Error::unreadable("there are more bytes at hand than the file has"));
    }
    let mut faults = Faults::new(policy);
    let prefix = prefix::read(head, file_len, policy, &mut faults)?;
    Ok((prefix, faults))
}

fn header_bytes<'h>(head: &'h [u8], prefix: &Prefix) -> Result<&'h [u8], Error> {
    usize::try_from(prefix.data_start)
        .ok()
        .and_then(|end| head.get(prefix::PREFIX_LEN as usize..end))
        .ok_or_else(|| Error::unreadable("the bytes at hand end before the header does"))
}

/// What a header says of one tensor.
#[derive(Clone, Copy)]
pub struct Entry<'h> {
    header: &'h Header<'h>,
    at: usize,
}

impl<'h> Entry<'h> {
    /// The tensor's name.
    pub fn name(self) -> &'h str {
        self.header.name(self.at)
    }

    /// Its dtype.
    pub fn dtype(self) -> &'h Dtype {
        &self.header.dialect.dtypes()[self.header.tables.rows[self.at].dtype as usize]
    }

    /// Its dimensions, outermost first; empty for a scalar.
    pub fn shape(self) -> &'h [u64] {
        self.header.tables.shape(self.at, &self.header.text)
    }

    /// Where its contents lie, in bytes from the start of the file.
    pub fn contents(self) -> Span {
        let Range { begin, end } = self.range();
        let start = self.header.data_start;
        Span::new(start + begin, start + end)
    }

    /// Its range in the byte buffer.
    pub(crate) fn range(self) -> Range {
        self.header.tables.rows[self.at].range
    }

    fn view(self) -> TensorView {
        TensorView {
            name: self.name().to_owned(),
            dtype: self.dtype().name.clone(),
            shape: self.shape().to_vec(),
            contents: self.contents(),
        }
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name())
            .field("dtype", &self.dtype().name)
            .field("shape", &self.shape())
            .field("contents", &self.contents())
            .finish()
    }
}

/// A file's metadata: pairs of texts, each key once.
#[derive(Clone, Copy)]
pub struct Metadata<'h> {
    text: &'h [u8],
    tables: &'h Tables,
}

impl<'h> Metadata<'h> {
    /// Number of pairs.
    pub fn len(self) -> usize {
        self.tables.pairs.len()
    }

    /// Whether there are no pairs.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<&'h str> {
        self.tables.find_value(key, self.text)
    }

    /// The pairs in the order of the file.
    pub fn iter(self) -> impl ExactSizeIterator<Item = (&'h str, &'h str)> {
        let text = move |text: TextRef| text.of(self.text, &self.tables.unescaped);
        self.tables.pairs.iter().map(move |pair| (text(pair.key), text(pair.value)))
    }
}

impl fmt::Debug for Metadata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
