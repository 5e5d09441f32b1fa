//! Where everything goes: the order of the tensors, their ranges, the header.
//!
//! Knows what the tensors are and nothing of where their contents come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use assay_spec::{Dialect, KeyObject};
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::fast::Scratch;
use crate::header::Header;
use crate::policy::Policy;
use crate::size::Size;
use crate::write::WriteError;
use crate::write::head::head;

/// A tensor without its contents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described<'a> {
    pub(super) name: &'a str,
    pub(super) dtype: &'a str,
    pub(super) shape: &'a [u64],
    /// Bytes of its contents, if they are known before they are there.
    pub(super) len: Option<u64>,
}

/// A file that is ready to be written.
#[derive(Debug)]
pub(super) struct Layout {
    /// Prefix and header.
    pub(super) head: Vec<u8>,
    /// The tensors in the order of their ranges.
    pub(super) order: Vec<Turn>,
    buffer_len: u64,
}

/// Whose contents come next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Position of the tensor among those given.
    pub(super) given: usize,
    /// Bytes of its contents.
    pub(super) len: u64,
}

/// A tensor with what places it.
pub(super) struct Placed<'a> {
    pub(super) tensor: Described<'a>,
    given: usize,
    /// Of one element.
    pub(super) bits: u64,
    /// Position of its dtype in the dialect's table.
    pub(super) dtype: usize,
    len: u64,
    pub(super) begin: u64,
    pub(super) end: u64,
}

impl Layout {
    /// Lays out tensors and spells the header; `policy` is the strictest reader's.
    pub(super) fn new<'a>(
        tensors: impl Iterator<Item = Described<'a>>,
        metadata: Option<&BTreeMap<String, String>>,
        alignment: Option<u64>,
        policy: &Policy,
    ) -> Result<Self, WriteError> {
        let dialect = policy.dialect();
        let mut placer = Placer::new(dialect);
        let mut placed = tensors
            .enumerate()
            .map(|(given, tensor)| placer.place(given, tensor))
            .collect::<Result<Vec<_>, _>>()?;
        placed.sort_by(|a, b| {
            let key = |placed: &Placed<'_>| (Reverse(placed.bits), placed.dtype);
            key(a).cmp(&key(b)).then_with(|| a.tensor.name.cmp(b.tensor.name))
        });
        let mut running = 0_u64;
        for placed in &mut placed {
            let too_large = || WriteError::TooLarge { name: placed.tensor.name.to_owned() };
            let end = running.checked_add(placed.len).ok_or_else(too_large)?;
            (placed.begin, placed.end) = (running, end);
            running = end;
        }
        let head = head(&placed, metadata, dialect, alignment)?;
        let order =
            placed.iter().map(|Placed { given, len, .. }| Turn { given: *given, len: *len });
        let layout = Layout { order: order.collect(), head, buffer_len: running };
        layout.check(policy)?;
        Ok(layout)
    }

    /// Length of the file in bytes.
    pub(super) fn len(&self) -> u64 {
        (self.head.len() as u64).saturating_add(self.buffer_len)
    }

    /// Reads the header back as the strictest reader would.
    fn check(&self, policy: &Policy) -> Result<(), WriteError> {
        let mut scratch = Scratch::default();
        Header::from_head_in(&self.head, self.len(), policy, &mut scratch)
            .map(drop)
            .map_err(WriteError::Invalid)
    }
}

/// Looks at one tensor after the other.
struct Placer<'d, 'a> {
    dialect: &'d Dialect,
    reserved: Vec<&'d str>,
    names: HashSet<&'a str, RandomState>,
    /// The dtype of the tensor before: most often that of the next one too.
    last: (&'a str, usize),
}

impl<'d, 'a> Placer<'d, 'a> {
    fn new(dialect: &'d Dialect) -> Self {
        let keys = dialect.spec().tables.keys.iter();
        let reserved = keys.filter(|key| key.of == KeyObject::Header).map(|key| key.key.as_str());
        Placer { dialect, reserved: reserved.collect(), names: HashSet::default(), last: ("", 0) }
    }

    fn place(&mut self, given: usize, tensor: Described<'a>) -> Result<Placed<'a>, WriteError> {
        let name = || tensor.name.to_owned();
        if self.reserved.contains(&tensor.name) {
            return Err(WriteError::ReservedName { name: name() });
        }
        if !self.names.insert(tensor.name) {
            return Err(WriteError::DuplicateName { name: name() });
        }
        let dtype = self.dtype(&tensor)?;
        let bits = self.dialect.dtypes()[dtype].bits;
        let size = Size::of(tensor.shape.iter().copied(), bits);
        if size.bits > self.dialect.limit("max_size_bits").into() {
            return Err(WriteError::TooLarge { name: name() });
        }
        let len = size
            .bytes()
            .ok_or_else(|| WriteError::PartialByte { name: name(), bits: size.bits })?;
        match tensor.len {
            Some(found) if found != len => {
                Err(WriteError::WrongSize { name: name(), expected: len, found })
            }
            _ => Ok(Placed { tensor, given, bits, dtype, len, begin: 0, end: 0 }),
        }
    }

    /// Position of a tensor's dtype in the dialect's table.
    fn dtype(&mut self, tensor: &Described<'a>) -> Result<usize, WriteError> {
        let dtypes = self.dialect.dtypes();
        let (last, at) = self.last;
        if last == tensor.dtype && dtypes.get(at).is_some_and(|dtype| dtype.name == last) {
            return Ok(at);
        }
        let at = dtypes.iter().position(|dtype| dtype.name == tensor.dtype);
        let at = at.ok_or_else(|| WriteError::UnknownDtype {
            name: tensor.name.to_owned(),
            dtype: tensor.dtype.to_owned(),
            edition: self.dialect.name().to_owned(),
        })?;
        self.last = (tensor.dtype, at);
        Ok(at)
    }
}
