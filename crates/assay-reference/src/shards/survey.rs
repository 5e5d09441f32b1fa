//! Compares an index with the headers of its shards.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::header::Header;
use crate::shards::fault::{Fault, TotalSizeHint};
use crate::shards::index::Index;

/// Compares an index with the headers of its shards, in the order of the index;
/// `None` stands for one that could not be read. What could not be read is
/// another fault, and not judged here: no tensor is missing from such a file,
/// and no total is known.
pub(super) fn compare(index: &Index, headers: &[Option<&Header<'_>>]) -> Vec<Fault> {
    let shards: Vec<&str> = index.shards().collect();
    let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, header) in headers.iter().enumerate() {
        for name in header.iter().flat_map(|header| header.names()) {
            holders.entry(name).or_default().push(at);
        }
    }
    let mut faults = Vec::new();
    for (name, shard) in &index.tensors {
        if headers.get(*shard).is_none_or(Option::is_none) {
            continue;
        }
        let found = holders.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        if !found.contains(shard) {
            faults.push(Fault::MissingTensor {
                name: name.clone(),
                shard: shards[*shard].to_owned(),
                found_in: found.first().map(|at| shards[*at].to_owned()),
            });
        }
    }
    for (name, found) in &holders {
        if let (false, [first, ..]) = (index.tensors.contains_key(*name), found.as_slice()) {
            let shard = shards[*first].to_owned();
            faults.push(Fault::ForeignTensor { name: (*name).to_owned(), shard });
        }
        if found.len() > 1 {
            let shards = found.iter().map(|at| shards[*at].to_owned()).collect();
            faults.push(Fault::DuplicateTensor { name: (*name).to_owned(), shards });
        }
    }
    faults.extend(total_size(index, headers));
    faults
}

/// Judges the stated total, if there is one and all files were read.
fn total_size(index: &Index, headers: &[Option<&Header<'_>>]) -> Option<Fault> {
    let stated = index.total_size()?;
    let headers: Vec<&Header<'_>> = headers.iter().copied().collect::<Option<_>>()?;
    let sum = |bytes: &mut dyn Iterator<Item = u64>| bytes.fold(0, u64::saturating_add);
    let actual = sum(&mut headers.iter().map(|header| header.buffer().len()));
    if stated == actual {
        return None;
    }
    let entries = headers.iter().flat_map(|header| header.entries());
    let known = entries.filter(|entry| index.tensors.contains_key(entry.name()));
    let hint = match stated {
        _ if stated == sum(&mut headers.iter().map(|header| header.buffer().end)) => {
            Some(TotalSizeHint::FileLengths)
        }
        _ if stated == sum(&mut known.map(|entry| entry.contents().len())) => {
            Some(TotalSizeHint::KnownTensors)
        }
        _ => None,
    };
    Some(Fault::TotalSize { stated, actual, hint })
}
