//! The reference reads any bytes: it refuses with a reason, or every tensor
//! lies where its header says and is found by its name.
//!
//! The reference alone, and so the fastest of the targets on files;
//! `fuzz/rate` compares it with the published crate's own target.

use std::cell::RefCell;

use assay_reference::{Reader, Scratch};

use crate::common::judges;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Any bytes.
pub fn check(bytes: &[u8]) {
    look(bytes);
}

/// The same; gives whether they were read.
fn look(bytes: &[u8]) -> bool {
    SCRATCH.with_borrow_mut(|scratch| {
        let reader = match Reader::from_bytes_in(bytes, &judges().interop, scratch) {
            Ok(reader) => reader,
            Err(error) => {
                assert!(!error.message().is_empty());
                assert!(error.rule().is_some() == error.span().is_some(), "{error}");
                return false;
            }
        };
        for tensor in reader.tensors() {
            let contents = tensor.contents();
            assert_eq!(tensor.data().len() as u64, contents.len());
            assert!(contents.end <= bytes.len() as u64 || contents.is_empty());
            let found = reader.tensor(tensor.name()).expect("a name finds its tensor");
            assert_eq!(found.contents(), contents);
        }
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{corpus, inputs, seeds};

    #[test]
    fn files_are_read_or_refused() {
        let read = corpus().into_iter().chain(seeds()).filter(|(_, bytes)| look(bytes)).count();
        assert!(read > 200, "{read} are read");
        assert_eq!(inputs(2_000).filter(|bytes| look(bytes)).count(), 0);
    }
}
