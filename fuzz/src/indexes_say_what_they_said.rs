//! The two texts that are called an index, of shards and of a part of a tensor,
//! are refused or read, and what was read says the same when it is written.
//!
//! A part of a tensor lies within the tensor, whatever the index.

use assay_reference::{Index, Reader, Selection, shards};

use crate::common::{Judges, judges};

/// Any bytes: as an index of shards, and, if they are text, as an index of a part.
pub fn check(bytes: &[u8]) {
    of_shards(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        of_a_part(text);
    }
}

/// Gives whether it was read.
fn of_shards(bytes: &[u8]) -> bool {
    let dialect = &judges().dialect;
    let Ok(index) = shards::Index::parse(bytes, dialect) else { return false };
    let written = index.to_json();
    let again = shards::Index::parse(&written, dialect).expect("what was written is an index");
    assert_eq!(again, index);
    assert!(again.to_json() == written, "the same index gives other bytes");
    true
}

/// Gives to how many of a file's tensors it applies, or `None` if it was not read.
fn of_a_part(text: &str) -> Option<usize> {
    let index: Index = text.parse().ok()?;
    let shown = index.to_string();
    assert_eq!(shown.parse::<Index>().expect("what is shown is an index"), index, "{shown}");
    let Judges { interop, .. } = judges();
    let file = FILE;
    let reader = Reader::from_bytes(file, interop).expect("it is valid");
    let parts = reader.header().entries().map(|entry| entry.slice(&index));
    Some(parts.flatten().filter(|part| lies_within(part, file.len() as u64)).count())
}

/// Looks at the first ranges; there may be very many.
fn lies_within(part: &Selection, file_len: u64) -> bool {
    for range in part.ranges().take(64) {
        assert!(range.start <= range.end && range.end <= file_len, "{range}");
    }
    true
}

/// A case of the corpus with tensors of several ranks.
static FILE: &[u8] =
    include_bytes!("../../corpus/files/buffer/content-bytes/relation-reshard-1-base-1.safetensors");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{corpus, inputs};

    #[test]
    fn texts_are_read_or_refused() {
        let shards = br#"{"metadata":{"total_size":8},"weight_map":{"b":"m-2.safetensors"}}"#;
        assert!(of_shards(shards));
        assert_eq!(of_a_part("..."), Some(3));
        assert_eq!(of_a_part("0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"), Some(0));
        assert_eq!(of_a_part("not an index"), None);
        inputs(2_000).for_each(|bytes| check(&bytes));
        corpus().iter().for_each(|(_, bytes)| check(bytes));
    }
}
