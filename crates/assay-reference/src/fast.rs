//! The fast pass: accepts a clean header, says nothing about any other.
//!
//! One pass over the header's bytes fills the tables and keeps no diagnostics.
//! Whatever it does not accept is read again by the explaining pass ([`mod@crate::scan`]),
//! the only source of errors, so a doubt here costs time and nothing else. For
//! the usual rules there is no doubt: what this pass leaves is not clean.
//!
//! How it is fast, in the order of what it brings: entries as the two common
//! writers spell them are compared with phrases instead of lexed ([`usual`]);
//! an offset that repeats the one before is compared as text; strings and
//! numbers are passed over eight bytes at a time ([`words`]); tables are sized
//! from what was seen of the header so far, so they hardly ever move, and memory
//! is touched once; and the index over the names is made at the end, at its
//! final size, in one loop whose cache misses overlap. All other spellings take
//! the general path, token by token ([`entry`]), into the same tables.
//!
//! Where the time goes, of a long header in the usual spelling: `benches/header.rs`.

use alloc::vec::Vec;
mod affine;
mod dtypes;
mod entry;
mod metadata;
mod phrase;
mod shapes;
mod skip;
mod terms;
#[cfg(test)]
mod tests;
mod text;
mod tiling;
mod usual;
mod words;

use core::ops::Range as Positions;

use crate::fast::affine::Lengths;
use crate::fast::shapes::{Shape, Shapes};
use crate::fast::skip::Ignored;
pub(crate) use crate::fast::terms::Terms;
use crate::fast::usual::Habits;
use crate::index::Hash;
use crate::policy::Policy;
use crate::prefix::{MAX_READABLE, PREFIX_LEN};
use crate::size::Size;
use crate::tables::{LONG, Range, Row, Tables, TextRef, long_shape};

/// Memory for reading one file after another.
///
/// Reading takes tables as long as the header's list of tensors. A reader that
/// is handed a `Scratch` puts them there, and the next one finds the memory
/// already allocated: [`Reader::from_bytes_in`](crate::Reader::from_bytes_in).
#[derive(Debug, Default)]
pub struct Scratch {
    tables: Tables,
    work: Work,
}

/// What is needed only while reading.
#[derive(Debug, Default)]
struct Work {
    /// Hashes of the names, and of the metadata's keys.
    hashes: Vec<u32>,
    pair_hashes: Vec<u32>,
    shapes: Shapes,
    ignored: Ignored,
    /// For sorting tensors by offsets.
    sorted: Vec<u64>,
}

impl Scratch {
    /// The tables of the last file that was accepted.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The tables alone.
    pub(crate) fn into_tables(self) -> Tables {
        self.tables
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.work.hashes.clear();
        self.work.pair_hashes.clear();
        self.work.shapes.clear();
        self.work.ignored.clear();
    }
}

/// Where an accepted file's parts lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges {
    pub(crate) data_start: u64,
}

impl Edges {
    /// The header within the file.
    pub(crate) fn header(self) -> Positions<usize> {
        PREFIX_LEN as usize..self.data_start as usize
    }
}

/// Reads a file's header into the scratch tables if it is clean; `None` if it
/// is not, or if this pass cannot tell.
pub(crate) fn accepts(
    head: &[u8],
    file_len: u64,
    policy: &Policy,
    scratch: &mut Scratch,
) -> Option<Edges> {
    let terms = policy.terms.as_ref()?;
    let declared = u64::from_le_bytes(*head.first_chunk()?);
    let data_start = declared.checked_add(PREFIX_LEN)?;
    let buffer = file_len.checked_sub(data_start)?;
    let edges = Edges { data_start };
    if head.len() as u64 > file_len || declared > MAX_READABLE {
        return None;
    }
    let header = head.get(edges.header())?;
    let lengths = Lengths { file: file_len, header: declared, buffer };
    if !terms.file.iter().all(|rule| rule.holds(lengths))
        || !data_start.is_multiple_of(terms.alignment)
        || (terms.no_magic && begins_with_magic(head, policy))
    {
        return None;
    }
    scratch.clear();
    Pass::new(header, terms, scratch).header(buffer)?;
    Some(edges)
}

#[cold]
fn begins_with_magic(head: &[u8], policy: &Policy) -> bool {
    policy.dialect().magics().iter().any(|magic| head.starts_with(&magic.bytes))
}

/// The pass over one header.
struct Pass<'a> {
    bytes: &'a [u8],
    terms: &'a Terms,
    tables: &'a mut Tables,
    work: &'a mut Work,
    hash: Hash,
    habits: Habits<'a>,
    /// Where the last range ended.
    running: u64,
    /// Whether every range so far began where the one before it ended.
    in_order: bool,
    /// The deepest nesting outside of entries' shapes and offsets.
    deepest: u64,
    /// Whether a string holds bytes that are not ASCII.
    foreign: bool,
}

impl<'a> Pass<'a> {
    fn new(bytes: &'a [u8], terms: &'a Terms, scratch: &'a mut Scratch) -> Self {
        Pass {
            bytes,
            terms,
            tables: &mut scratch.tables,
            work: &mut scratch.work,
            hash: Hash::new(),
            habits: Habits::new(terms),
            running: 0,
            in_order: true,
            deepest: 1,
            foreign: false,
        }
    }

    /// The whole header, of a file with a byte buffer of this length.
    fn header(&mut self, buffer: u64) -> Option<()> {
        let start = self.edge(0, self.terms.leading);
        if self.bytes.get(start) != Some(&b'{') {
            return None;
        }
        let end = self.root(start + 1)?;
        if self.edge(end, self.terms.trailing) != self.bytes.len() {
            return None;
        }
        // Outside of strings every byte was compared with an ASCII one.
        if self.foreign {
            core::str::from_utf8(self.bytes).ok()?;
        }
        let usual = if self.tables.rows.is_empty() { 1 } else { entry::DEPTH };
        if self.deepest.max(usual) > self.terms.max_depth {
            return None;
        }
        self.tile(buffer)?;
        self.index()
    }

    /// Passes over white space before or after the object.
    fn edge(&self, mut at: usize, allowed: u64) -> usize {
        const SPACES: [u8; 32] = [b' '; 32];
        if allowed >> b' ' & 1 == 1 {
            while words::chunk(self.bytes, at) == Some(&SPACES) {
                at += SPACES.len();
            }
        }
        while let Some(byte @ 0..64) = self.bytes.get(at)
            && allowed >> byte & 1 == 1
        {
            at += 1;
        }
        at
    }

    /// The header object from after its brace; gives where it ends.
    fn root(&mut self, at: usize) -> Option<usize> {
        let mut reserved = 0_u64;
        let mut at = self.space(at);
        if self.bytes.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            at = self.eat(at, b'"')?;
            // As long as entries follow each other as usual, `at` stands after
            // the quote that opens a name.
            let (name, after) = loop {
                let (name, after) = self.name(at)?;
                match self.usual_entry(name, after) {
                    Some(next) => at = next,
                    None => break (name, after),
                }
            };
            at = self.member(name, after, &mut reserved)?;
            at = self.space(at);
            match self.bytes.get(at)? {
                b',' => at = self.space(at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// A key of the header object; gives it and the position of its closing quote.
    #[inline(always)]
    fn name(&mut self, at: usize) -> Option<(TextRef, usize)> {
        let end = words::plain_end(self.bytes, at, &mut self.foreign);
        if self.bytes.get(end) == Some(&b'"') {
            return Some((TextRef { start: at as u32, len: (end - at) as u32 }, end));
        }
        self.escaped(at, end)
    }

    /// What follows a key of the header object, from the key's closing quote on.
    fn member(&mut self, key: TextRef, quote: usize, reserved: &mut u64) -> Option<usize> {
        let at = self.colon(quote + 1)?;
        let Some(known) = self.reserved(key) else { return self.entry(key, at) };
        let bit = 1_u64.checked_shl(known as u32)?;
        if core::mem::replace(reserved, *reserved | bit) & bit != 0 {
            return None;
        }
        if self.terms.header_keys[known].is_metadata {
            self.metadata(at)
        } else {
            let end = self.skip(at, 1)?;
            self.work.ignored.clear();
            Some(end)
        }
    }

    /// The key with a meaning that this is.
    #[inline(always)]
    fn reserved(&self, key: TextRef) -> Option<usize> {
        if self.terms.header_key_lens >> key.len.min(63) & 1 == 0 {
            return None;
        }
        self.reserved_key(key)
    }

    #[inline(never)]
    fn reserved_key(&self, key: TextRef) -> Option<usize> {
        let mut known = self.terms.header_keys.iter();
        known.position(|known| known.key.len() == key.len as usize && *known.key == *self.text(key))
    }

    /// The bytes of a name, which as a rule holds no escapes.
    #[inline(always)]
    fn name_bytes(&self, name: TextRef) -> &[u8] {
        let start = name.start as usize;
        match self.bytes.get(start..start + name.len as usize) {
            Some(bytes) => bytes,
            None => self.text(name),
        }
    }

    #[inline(never)]
    fn text(&self, text: TextRef) -> &[u8] {
        text.bytes(self.bytes, &self.tables.unescaped)
    }

    /// Takes a tensor into the tables.
    #[inline(always)]
    fn take(&mut self, name: TextRef, dtype: usize, shape: Shape, range: Range) -> Option<()> {
        let Range { begin, end } = range;
        let size = self.size(self.terms.dtypes.bits[dtype], shape)?;
        if begin.checked_add(size) != Some(end) || end > self.terms.max_offset {
            return None;
        }
        self.in_order &= begin == self.running;
        self.running = end;
        let hash = self.hash.of(self.name_bytes(name));
        let (shape, rank) = self.tables.place_shape(shape.from, shape.rank, shape.text);
        let row = Row { name, range, shape, dtype: dtype as u16, rank };
        if self.tables.rows.len() == self.tables.rows.capacity() {
            self.grow_rows(name);
        }
        self.tables.rows.push(row);
        self.work.hashes.push(hash);
        Some(())
    }

    /// The size of a tensor in bytes.
    #[inline(always)]
    fn size(&self, bits: u64, shape: Shape) -> Option<u64> {
        match shape.elements.and_then(|elements| elements.checked_mul(bits)) {
            Some(size @ 1..) => {
                (size <= self.terms.max_size_bits && size.is_multiple_of(8)).then_some(size / 8)
            }
            _ => self.size_closely(bits, shape),
        }
    }

    /// The same for tensors with a dimension of 0 and for those too large.
    #[cold]
    #[inline(never)]
    fn size_closely(&self, bits: u64, shape: Shape) -> Option<u64> {
        let size = if shape.rank < usize::from(LONG) {
            let dimensions = &self.tables.shapes[shape.from..][..shape.rank];
            Size::of(dimensions.iter().copied(), bits)
        } else {
            Size::of(long_shape(self.bytes, shape.text), bits)
        };
        let limit = u128::from(self.terms.max_size_bits);
        let overflows = self.terms.no_overflow_before_zero
            && size.before_zero.is_some_and(|product| product > limit);
        if overflows || size.bits > limit { None } else { size.bytes() }
    }

    #[cold]
    #[inline(never)]
    fn grow_rows(&mut self, name: TextRef) {
        // A name with escapes stands elsewhere; the text before the last one's
        // place is a fair guess then.
        let seen = (name.start as usize).min(self.bytes.len());
        let room = foresee(self.tables.rows.len(), seen, self.bytes.len(), TENSOR_TEXT);
        self.tables.rows.reserve_exact(room);
        self.work.hashes.reserve_exact(room);
    }

    /// Adds a dimension.
    #[inline(always)]
    fn push_dimension(&mut self, dimension: u64, at: usize) {
        if self.tables.shapes.len() == self.tables.shapes.capacity() {
            self.grow_shapes(at);
        }
        self.tables.shapes.push(dimension);
    }

    #[cold]
    #[inline(never)]
    fn grow_shapes(&mut self, at: usize) {
        let room = foresee(self.tables.shapes.len(), at, self.bytes.len(), DIMENSION_TEXT);
        self.tables.shapes.reserve_exact(room);
    }

    /// Makes the indexes; `None` if a name or a metadata key stands twice.
    fn index(&mut self) -> Option<()> {
        let Tables { rows, unescaped, index, .. } = self.tables;
        let text = |at: usize| rows[at].name.bytes(self.bytes, unescaped);
        let hashes = self.work.hashes.as_slice();
        let same = |a: usize, b: usize| text(a) == text(b);
        index.fill(hashes.len(), |at| hashes[at], same, |_, _| false).then_some(())?;
        self.index_pairs(0)
    }
}

/// Bytes of header that usually go with a tensor, a dimension or a pair of
/// metadata, from below: what tables are first sized by.
const TENSOR_TEXT: usize = 96;
const DIMENSION_TEXT: usize = 64;
const PAIR_TEXT: usize = 64;

/// For how many more items to make room, after `count` of them in the first
/// `seen` of `len` bytes: as many as the rest will bring if it is like that, and
/// a sixteenth, but not sixteen times what there are, for the first ones may be
/// short. At first, when nothing is known, one for each `usual` bytes, and not
/// many. And at least half as many as there are, so that a table hardly ever moves.
fn foresee(count: usize, seen: usize, len: usize, usual: usize) -> usize {
    const FIRST: usize = 1024;
    let rest = len.saturating_sub(seen);
    if count == 0 {
        return (rest / usual).min(FIRST) + 4;
    }
    let expected = (count as u128 * rest as u128 / (seen as u128 + 1)) as usize;
    (expected + expected / 16).min(count * 15).max(count / 2) + 4
}
