//! Where everything goes: the order of the tensors, their ranges, the header.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use assay_spec::{Dialect, Disputed, KeyObject, KeyRole};

use crate::header::Header;
use crate::policy::Policy;
use crate::prefix::PREFIX_LEN;
use crate::size::Size;
use crate::write::json;
use crate::write::{NewTensor, WriteError};

/// A file that is ready to be written.
pub(super) struct Layout<'a> {
    /// Prefix and header.
    head: Vec<u8>,
    /// In the order of their ranges.
    tensors: Vec<Placed<'a>>,
    buffer_len: u64,
}

/// A tensor with what places it.
struct Placed<'a> {
    tensor: NewTensor<'a>,
    bits: u64,
    /// Position of its dtype in the dialect's table.
    dtype: usize,
    begin: u64,
    end: u64,
}

impl<'a> Layout<'a> {
    pub(super) fn new(
        tensors: Vec<NewTensor<'a>>,
        metadata: Option<&BTreeMap<String, String>>,
        dialect: &Dialect,
    ) -> Result<Self, WriteError> {
        check_names(&tensors, dialect)?;
        let mut placed = tensors
            .into_iter()
            .map(|tensor| Placed::new(tensor, dialect))
            .collect::<Result<Vec<_>, _>>()?;
        placed.sort_by_key(|placed| (Reverse(placed.bits), placed.dtype, placed.tensor.name));
        let mut running = 0_u64;
        for placed in &mut placed {
            let end = running.checked_add(placed.tensor.data.len() as u64);
            let name = placed.tensor.name;
            let end = end.ok_or_else(|| WriteError::TooLarge { name: name.to_owned() })?;
            (placed.begin, placed.end) = (running, end);
            running = end;
        }
        let layout =
            Layout { head: head(&placed, metadata, dialect), tensors: placed, buffer_len: running };
        layout.check(dialect)?;
        Ok(layout)
    }

    /// Length of the file.
    pub(super) fn len(&self) -> u64 {
        (self.head.len() as u64).saturating_add(self.buffer_len)
    }

    pub(super) fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(&self.head)?;
        self.tensors.iter().try_for_each(|placed| out.write_all(placed.tensor.data))
    }

    /// Reads the header back as the strictest reader would.
    fn check(&self, dialect: &Dialect) -> Result<(), WriteError> {
        let policy = Policy::new(dialect, Disputed::Reject);
        Header::from_head(&self.head, self.len(), &policy).map_err(WriteError::Invalid)?;
        Ok(())
    }
}

impl<'a> Placed<'a> {
    fn new(tensor: NewTensor<'a>, dialect: &Dialect) -> Result<Self, WriteError> {
        let name = || tensor.name.to_owned();
        let dtype = dialect.dtypes().iter().position(|dtype| dtype.name == tensor.dtype);
        let dtype = dtype.ok_or_else(|| WriteError::UnknownDtype {
            name: name(),
            dtype: tensor.dtype.to_owned(),
            edition: dialect.name().to_owned(),
        })?;
        let bits = dialect.dtypes()[dtype].bits;
        let size = Size::of(tensor.shape.iter().copied(), bits);
        if size.bits > dialect.limit("max_size_bits").into() {
            return Err(WriteError::TooLarge { name: name() });
        }
        let expected = size
            .bytes()
            .ok_or_else(|| WriteError::PartialByte { name: name(), bits: size.bits })?;
        let found = tensor.data.len() as u64;
        if found != expected {
            return Err(WriteError::WrongSize { name: name(), expected, found });
        }
        Ok(Placed { tensor, bits, dtype, begin: 0, end: 0 })
    }
}

fn check_names(tensors: &[NewTensor<'_>], dialect: &Dialect) -> Result<(), WriteError> {
    let reserved = |name: &str| {
        let keys = &dialect.spec().tables.keys;
        keys.iter().any(|key| key.of == KeyObject::Header && key.key == name)
    };
    let mut names: Vec<&str> = tensors.iter().map(|tensor| tensor.name).collect();
    if let Some(name) = names.iter().find(|name| reserved(name)) {
        return Err(WriteError::ReservedName { name: (*name).to_owned() });
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(WriteError::DuplicateName { name: pair[0].to_owned() }),
        None => Ok(()),
    }
}

/// Prefix and header.
fn head(
    placed: &[Placed<'_>],
    metadata: Option<&BTreeMap<String, String>>,
    dialect: &Dialect,
) -> Vec<u8> {
    let mut header = String::from("{");
    if let Some(metadata) = metadata {
        json::string(dialect.key(KeyRole::Metadata), &mut header);
        header.push_str(":{");
        for (turn, (key, value)) in metadata.iter().enumerate() {
            header.push_str(if turn > 0 { "," } else { "" });
            json::string(key, &mut header);
            header.push(':');
            json::string(value, &mut header);
        }
        header.push('}');
    }
    for (turn, placed) in placed.iter().enumerate() {
        header.push_str(if turn > 0 || metadata.is_some() { "," } else { "" });
        entry(placed, dialect, &mut header);
    }
    header.push('}');

    let padding = padding(header.len() as u64, dialect);
    header.extend(std::iter::repeat_n(' ', padding as usize));

    let mut head = (header.len() as u64).to_le_bytes().to_vec();
    head.extend_from_slice(header.as_bytes());
    head
}

/// How many spaces align the byte buffer. None if that takes the header over
/// its limit: alignment is advice, the limit is not.
fn padding(header_len: u64, dialect: &Dialect) -> u64 {
    let data_start = PREFIX_LEN + header_len;
    let aligned = data_start.checked_next_multiple_of(dialect.limit("data_alignment").max(1));
    let longest = dialect.limit("max_header_bytes").saturating_add(PREFIX_LEN);
    aligned.filter(|aligned| *aligned <= longest).map_or(0, |aligned| aligned - data_start)
}

fn entry(placed: &Placed<'_>, dialect: &Dialect, header: &mut String) {
    json::string(placed.tensor.name, header);
    header.push_str(":{");
    json::string(dialect.key(KeyRole::Dtype), header);
    header.push(':');
    json::string(placed.tensor.dtype, header);
    header.push(',');
    json::string(dialect.key(KeyRole::Shape), header);
    header.push(':');
    json::integers(placed.tensor.shape, header);
    header.push(',');
    json::string(dialect.key(KeyRole::DataOffsets), header);
    header.push(':');
    json::integers(&[placed.begin, placed.end], header);
    header.push('}');
}
