//! Where everything goes: the order of the tensors, their ranges, the header.
//!
//! Knows what the tensors are and nothing of where their contents come from.

use std::collections::BTreeMap;

use assay_spec::check::KeyScope;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::fast::Scratch;
use crate::header::Header;
use crate::policy::Policy;
use crate::size::Size;
use crate::write::WriteError;
use crate::write::head::head;
use crate::write::spelling::Spelling;

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
    /// Position of its dtype in the dialect's table.
    pub(super) dtype: usize,
    /// Bytes of its contents.
    pub(super) len: u64,
}

impl Layout {
    /// Lays out tensors and spells the header; `policy` is the strictest reader's.
    pub(super) fn new(
        tensors: &[Described<'_>],
        metadata: Option<&BTreeMap<String, String>>,
        alignment: Option<u64>,
        policy: &Policy,
        spelling: &Spelling,
    ) -> Result<Self, WriteError> {
        let order = order(tensors, policy, spelling)?;
        let mut buffer_len = 0_u64;
        for turn in &order {
            let too_large = || too_large(&tensors[turn.given]);
            buffer_len = buffer_len.checked_add(turn.len).ok_or_else(too_large)?;
        }
        let head = head(tensors, &order, metadata, alignment, policy.dialect(), spelling)?;
        let layout = Layout { order, head, buffer_len };
        layout
            .check(policy)
            .map_err(|error| repeated(tensors).unwrap_or(WriteError::Invalid(error)))?;
        Ok(layout)
    }

    /// Length of the file in bytes.
    pub(super) fn len(&self) -> u64 {
        (self.head.len() as u64).saturating_add(self.buffer_len)
    }

    /// Reads the header back as the strictest reader would.
    fn check(&self, policy: &Policy) -> Result<(), crate::Error> {
        let mut scratch = Scratch::default();
        Header::from_head_in(&self.head, self.len(), policy, &mut scratch).map(drop)
    }
}

/// Looks at each tensor and puts them in order.
fn order(
    tensors: &[Described<'_>],
    policy: &Policy,
    spelling: &Spelling,
) -> Result<Vec<Turn>, WriteError> {
    let dtypes = policy.dialect().dtypes();
    let most_bits = policy.dialect().limit("max_size_bits");
    if !finds_repeated_names(policy)
        && let Some(error) = repeated(tensors)
    {
        return Err(error);
    }
    // Most often the next tensor has the same dtype.
    let mut dtype = 0;
    let place = |(given, tensor): (usize, &Described<'_>)| {
        if spelling.is_reserved(tensor.name) {
            return Err(WriteError::ReservedName { name: tensor.name.to_owned() });
        }
        if dtypes.get(dtype).is_none_or(|last| last.name != tensor.dtype) {
            let known = dtypes.iter().position(|dtype| dtype.name == tensor.dtype);
            dtype = known.ok_or_else(|| unknown_dtype(tensor, policy))?;
        }
        let len = len(tensor, dtypes[dtype].bits, most_bits)?;
        Ok(Turn { given, dtype, len })
    };
    let mut order = tensors.iter().enumerate().map(place).collect::<Result<Vec<_>, _>>()?;
    // No two are the same: names that are repeated are refused.
    order.sort_unstable_by(|a, b| {
        let rank = |turn: &Turn| spelling.rank(turn.dtype);
        let name = |turn: &Turn| tensors[turn.given].name.as_bytes();
        rank(a).cmp(&rank(b)).then_with(|| name(a).cmp(name(b)))
    });
    Ok(order)
}

/// Bytes of a tensor's contents.
fn len(tensor: &Described<'_>, bits: u64, most_bits: u64) -> Result<u64, WriteError> {
    let name = || tensor.name.to_owned();
    let size = Size::of(tensor.shape.iter().copied(), bits);
    if size.bits > most_bits.into() {
        return Err(too_large(tensor));
    }
    let partial = || WriteError::PartialByte { name: name(), bits: size.bits };
    let expected = size.bytes().ok_or_else(partial)?;
    match tensor.len {
        Some(found) if found != expected => {
            Err(WriteError::WrongSize { name: name(), expected, found })
        }
        _ => Ok(expected),
    }
}

/// Whether reading the header back finds two tensors of one name.
fn finds_repeated_names(policy: &Policy) -> bool {
    let rules = policy.rules.unique.get(&KeyScope::Header);
    rules.is_some_and(|rules| rules.iter().any(|rule| policy.enforces(*rule)))
}

/// The first two tensors of one name.
#[cold]
fn repeated(tensors: &[Described<'_>]) -> Option<WriteError> {
    let mut names: HashSet<&str, RandomState> = HashSet::default();
    let repeated = tensors.iter().find(|tensor| !names.insert(tensor.name))?;
    Some(WriteError::DuplicateName { name: repeated.name.to_owned() })
}

#[cold]
fn too_large(tensor: &Described<'_>) -> WriteError {
    WriteError::TooLarge { name: tensor.name.to_owned() }
}

#[cold]
fn unknown_dtype(tensor: &Described<'_>, policy: &Policy) -> WriteError {
    WriteError::UnknownDtype {
        name: tensor.name.to_owned(),
        dtype: tensor.dtype.to_owned(),
        edition: policy.dialect().name().to_owned(),
    }
}
