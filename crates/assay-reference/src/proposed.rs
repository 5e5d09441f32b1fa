//! What proposals say with keys of their own, as types: sparse tensors (0007, form `gated`) and
//! parts of tensors (0008).
//!
//! The rest of the crate follows any dialect and knows no proposal by name. This module does:
//! what a key's value means is told in no table.

#[cfg(feature = "std")]
mod parts;
mod sparse;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use assay_spec::rfc::hint;
use assay_spec::{Dialect, Edit, KeyObject, Mark};

use crate::error::{Error, quoted};
use crate::marks::Members;

#[cfg(feature = "std")]
pub use parts::part_metadata;
pub use sparse::Sparse;

/// Whether the dialect has a key; the error names the proposal that would add it.
fn demand(dialect: &Dialect, key: &str, of: KeyObject) -> Result<(), Error> {
    let mut keys = dialect.spec().tables.keys.iter();
    if keys.any(|known| known.key == key && known.of == of && known.role.is_told()) {
        return Ok(());
    }
    let adds =
        |edit: &Edit| matches!(edit, Edit::AddKey { key: new } if new.key == key && new.of == of);
    let edition = dialect.name();
    let proposed = hint(dialect, adds);
    Err(Error::unreadable(format!("{} has no meaning in edition {edition}{proposed}", quoted(key))))
}

/// The mark of a key, of a tensor or of none.
fn find<'m>(marks: &'m [Mark], key: &str, tensor: Option<&str>) -> Option<&'m Mark> {
    marks.iter().find(|mark| mark.key == key && mark.tensor.as_deref() == tensor)
}

/// The member of an object in JSON that was checked: where its value begins. Where a name stands
/// twice there is none.
fn member(text: &str, object: usize, name: &str) -> Option<usize> {
    let mut found = Members::new(text, object).filter(|(key, _)| key.as_deref() == Some(name));
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value.start)
}

/// An array of plain integers of at most 64 bits; `None` if it is something else.
fn integers(text: &str, at: usize) -> Option<Vec<u64>> {
    let mut rest = text.get(at..)?.strip_prefix('[')?.trim_start();
    let mut found = Vec::new();
    while !rest.starts_with(']') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        found.push(rest[..digits].parse().ok()?);
        rest = rest[digits..].trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if rest.starts_with(']') => {}
            None => return None,
        }
    }
    Some(found)
}

/// A mark's value is not what the proposal says it is.
fn unlike(key: &str, tensor: &str, what: impl Into<String>) -> Error {
    Error::unreadable(format!("{} of tensor {} {}", quoted(key), quoted(tensor), what.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_plain_integers() {
        for (text, expected) in [
            ("[]", Some(vec![])),
            ("[ 1 , 18446744073709551615 ]", Some(vec![1, u64::MAX])),
            ("[18446744073709551616]", None),
            ("[1.0]", None),
            ("[-1]", None),
            ("[\"1\"]", None),
            ("[[1]]", None),
            ("{}", None),
        ] {
            assert_eq!(integers(text, 0), expected, "{text}");
        }
    }

    #[test]
    fn a_member_that_stands_twice_is_none() {
        let text = r#"{"a":1,"b":[2],"a":3}"#;
        assert_eq!(member(text, 0, "b").map(|at| &text[at..at + 3]), Some("[2]"));
        assert_eq!((member(text, 0, "a"), member(text, 0, "c")), (None, None));
    }
}
