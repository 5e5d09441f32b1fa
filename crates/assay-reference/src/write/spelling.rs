//! What all files of a dialect have in common, worked out once.

use std::cmp::Reverse;

use assay_spec::{Dialect, KeyObject, KeyRole};

use crate::spell;

/// The order of dtypes, the names that are reserved, the phrases of a header.
#[derive(Debug)]
pub(super) struct Spelling {
    /// For each dtype, its place in the order of tensors.
    ranks: Vec<u32>,
    reserved: Vec<String>,
    /// Before the metadata's pairs.
    pub(super) metadata: Vec<u8>,
    /// For each dtype, what stands between name and dimensions.
    before_shape: Vec<Vec<u8>>,
    /// What stands between dimensions and offsets.
    before_offsets: Vec<u8>,
}

impl Spelling {
    pub(super) fn new(dialect: &Dialect) -> Spelling {
        let quoted = |text: &str, before: &[u8], after: &[u8]| {
            let mut out = before.to_vec();
            spell::string(text, &mut out);
            out.extend_from_slice(after);
            out
        };
        let before_shape = |dtype: &assay_spec::Dtype| {
            let key = quoted(dialect.key(KeyRole::Dtype), b":{", b":");
            let value = quoted(&dtype.name, &key, b",");
            quoted(dialect.key(KeyRole::Shape), &value, b":[")
        };
        let keys = dialect.spec().tables.keys.iter();
        let reserved = keys.filter(|key| key.of == KeyObject::Header).map(|key| key.key.clone());
        Spelling {
            ranks: ranks(dialect),
            reserved: reserved.collect(),
            metadata: quoted(dialect.key(KeyRole::Metadata), b"", b":{"),
            before_shape: dialect.dtypes().iter().map(before_shape).collect(),
            before_offsets: quoted(dialect.key(KeyRole::DataOffsets), b"],", b":["),
        }
    }

    /// The place of a dtype, given by its position in the table, in the order of tensors.
    pub(super) fn rank(&self, dtype: usize) -> u32 {
        self.ranks[dtype]
    }

    pub(super) fn is_reserved(&self, name: &str) -> bool {
        self.reserved.iter().any(|reserved| reserved == name)
    }

    /// Appends a tensor's name and entry, up to the brace that closes it.
    pub(super) fn entry(
        &self,
        (name, dtype, shape): (&str, usize, &[u64]),
        offsets: [u64; 2],
        out: &mut Vec<u8>,
    ) {
        spell::string(name, out);
        out.extend_from_slice(&self.before_shape[dtype]);
        spell::integers(shape, out);
        out.extend_from_slice(&self.before_offsets);
        spell::integers(&offsets, out);
        out.push(b']');
    }
}

/// Largest elements first, then in the order of the table.
fn ranks(dialect: &Dialect) -> Vec<u32> {
    let dtypes = dialect.dtypes();
    let mut order: Vec<usize> = (0..dtypes.len()).collect();
    order.sort_by_key(|at| (Reverse(dtypes[*at].bits), *at));
    let mut ranks = vec![0; dtypes.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank as u32;
    }
    ranks
}
