//! Where everything goes: the order of the tensors, their ranges, the header.
//!
//! Knows what the tensors are and nothing of where their contents come from.

use std::collections::BTreeMap;

use assay_spec::Edit;
use assay_spec::check::{Check, KeyScope, SizeDemand};
use assay_spec::rfc::hint;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::fast::Scratch;
use crate::header::Header;
use crate::policy::Policy;
use crate::size::Size;
use crate::write::head::head;
use crate::write::spelling::Spelling;
use crate::write::{WriteError, Writer};

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
    /// Lays out tensors and spells the header.
    pub(super) fn new(
        tensors: &[Described<'_>],
        metadata: Option<&BTreeMap<String, String>>,
        writer: &Writer,
    ) -> Result<Self, WriteError> {
        let order = order(tensors, &writer.policy, &writer.spelling)?;
        let mut buffer_len = 0_u64;
        for turn in &order {
            let too_large = || too_large(&tensors[turn.given]);
            buffer_len = buffer_len.checked_add(turn.len).ok_or_else(too_large)?;
        }
        let head = head(tensors, &order, metadata, writer)?;
        let layout = Layout { order, head, buffer_len };
        layout.check(tensors, writer)?;
        Ok(layout)
    }

    /// Length of the file in bytes.
    pub(super) fn len(&self) -> u64 {
        (self.head.len() as u64).saturating_add(self.buffer_len)
    }

    /// Reads the header back as the strictest reader would.
    fn check(&self, tensors: &[Described<'_>], writer: &Writer) -> Result<(), WriteError> {
        let mut scratch = Scratch::default();
        let header = Header::from_head_in(&self.head, self.len(), &writer.policy, &mut scratch)
            .map_err(|error| repeated(tensors).unwrap_or(WriteError::Invalid(error)))?;
        if writer.marked.is_empty() {
            return Ok(());
        }
        writer.marked.check(&header.view().marks, header.dialect())
    }
}

/// Looks at each tensor and puts them in order.
fn order(
    tensors: &[Described<'_>],
    policy: &Policy,
    spelling: &Spelling,
) -> Result<Vec<Turn>, WriteError> {
    let dtypes = policy.dialect().dtypes();
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
        let len = len(tensor, dtypes[dtype].bits, policy)?;
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
fn len(tensor: &Described<'_>, bits: u64, policy: &Policy) -> Result<u64, WriteError> {
    let most_bits = policy.dialect().limit("max_size_bits");
    let rounds_up = policy.rules.size.contains_key(&SizeDemand::MatchesOffsetsRoundedUp);
    let name = || tensor.name.to_owned();
    let size = Size::of(tensor.shape.iter().copied(), bits);
    if size.bits > most_bits.into() {
        return Err(too_large(tensor));
    }
    let proposed = || {
        let rounds_up = |edit: &Edit| {
            let rounded = Check::SizeEquation { demand: SizeDemand::MatchesOffsetsRoundedUp };
            matches!(edit, Edit::SetCheck { check, .. } if *check == rounded)
        };
        hint(policy.dialect(), rounds_up)
    };
    let partial =
        || WriteError::PartialByte { name: name(), bits: size.bits, proposed: proposed() };
    let expected = if rounds_up { size.bytes_rounded_up() } else { size.bytes() };
    let expected = expected.ok_or_else(partial)?;
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
        proposed: hint(
            policy.dialect(),
            |edit| matches!(edit, Edit::AddDtype { dtype } if dtype.name == tensor.dtype),
        ),
    }
}
