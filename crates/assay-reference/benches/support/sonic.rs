//! The best general parser with the same checks: sonic-rs drives a typed
//! visitor that borrows names, keeps shapes in one arena, finds duplicates with
//! a keyed hash set and judges sizes and offsets.

use std::collections::HashSet;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use assay_spec::{Dialect, KeyRole};

/// Reads a file; `None` if it is not right. Gives the number of tensors.
pub(crate) fn read(file: &[u8], dialect: &Dialect) -> Option<usize> {
    let declared = usize::try_from(u64::from_le_bytes(*file.first_chunk()?)).ok()?;
    if declared as u64 > dialect.limit("max_header_bytes") {
        return None;
    }
    let header = file.get(8..8_usize.checked_add(declared)?)?;
    let buffer = (file.len() - 8 - declared) as u64;
    let mut root = Root { dialect, tensors: Vec::new(), shapes: Vec::new(), names: HashSet::new() };
    let mut parser = sonic_rs::Deserializer::from_slice(header);
    parser.deserialize_map(&mut root).ok()?;
    tiles(&mut root.tensors, buffer).then_some(root.tensors.len())
}

struct Row<'h> {
    name: &'h str,
    begin: u64,
    end: u64,
    shape: u32,
    rank: u32,
}

struct Root<'h, 'd> {
    dialect: &'d Dialect,
    tensors: Vec<Row<'h>>,
    shapes: Vec<u64>,
    names: HashSet<&'h str>,
}

fn tiles(rows: &mut [Row<'_>], buffer: u64) -> bool {
    if !rows.is_sorted_by_key(|row| (row.begin, row.end)) {
        rows.sort_by_key(|row| (row.begin, row.end));
    }
    let mut running = 0;
    rows.iter().all(|row| {
        let follows = row.begin == running && !row.name.contains('\0') && row.rank < 65;
        running = row.end;
        follows && row.shape != u32::MAX
    }) && running == buffer
}

impl<'h> Visitor<'h> for &mut Root<'h, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<A: MapAccess<'h>>(self, mut map: A) -> Result<(), A::Error> {
        let metadata = self.dialect.key(KeyRole::Metadata);
        while let Some(name) = map.next_key::<&'h str>()? {
            if name == metadata {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if !self.names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
            map.next_value_seed(Entry { root: self, name })?;
        }
        Ok(())
    }
}

struct Entry<'h, 'd, 'r> {
    root: &'r mut Root<'h, 'd>,
    name: &'h str,
}

impl<'h> DeserializeSeed<'h> for Entry<'h, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'h>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'h> Visitor<'h> for Entry<'h, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }

    fn visit_map<A: MapAccess<'h>>(self, mut map: A) -> Result<(), A::Error> {
        let dialect = self.root.dialect;
        let from = self.root.shapes.len();
        let (mut bits, mut shape, mut offsets) = (None, false, None);
        while let Some(key) = map.next_key::<&'h str>()? {
            if key == dialect.key(KeyRole::Dtype) && bits.is_none() {
                bits = dialect.dtype(map.next_value::<&'h str>()?).map(|dtype| dtype.bits);
            } else if key == dialect.key(KeyRole::Shape) && !shape {
                map.next_value_seed(Integers(&mut self.root.shapes))?;
                shape = true;
            } else if key == dialect.key(KeyRole::DataOffsets) && offsets.is_none() {
                offsets = Some(map.next_value::<(u64, u64)>()?);
            } else {
                return Err(A::Error::custom("an unknown or repeated field"));
            }
        }
        let (Some(bits), true, Some((begin, end))) = (bits, shape, offsets) else {
            return Err(A::Error::custom("a field is missing"));
        };
        let product = |size: u64, dimension: &u64| size.checked_mul(*dimension);
        let size = self.root.shapes[from..].iter().try_fold(bits, product);
        if size.is_none_or(|size| size % 8 != 0 || begin.checked_add(size / 8) != Some(end)) {
            return Err(A::Error::custom("the size is wrong"));
        }
        let rank = (self.root.shapes.len() - from) as u32;
        self.root.tensors.push(Row { name: self.name, begin, end, shape: from as u32, rank });
        Ok(())
    }
}

struct Integers<'r>(&'r mut Vec<u64>);

impl<'h> DeserializeSeed<'h> for Integers<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'h>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'h> Visitor<'h> for Integers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("integers")
    }

    fn visit_seq<A: SeqAccess<'h>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(integer) = seq.next_element()? {
            self.0.push(integer);
        }
        Ok(())
    }
}
