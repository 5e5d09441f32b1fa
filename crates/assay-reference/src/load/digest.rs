//! Digests of tensors' contents: XXH3, 128 bits.
//!
//! The digest is that of the contents alone, as they are stored, so other tools
//! come to the same (`xxhsum -H2`). It finds damage; it is no signature, for it
//! is easy to make other contents with the same digest on purpose.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use twox_hash::xxhash3_128::Hasher;

use crate::error::{Error, quoted};
use crate::header::Header;

/// XXH3 with 128 bits and seed 0 of a tensor's contents.
///
/// ```
/// use assay_reference::Digest;
///
/// let digest = Digest::of(b"");
/// assert_eq!(digest.to_string(), "99aa06d3014798d86001c324468d497f");
/// assert_eq!("99aa06d3014798d86001c324468d497f".parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u128);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Hasher::oneshot(bytes))
    }
}

impl From<u128> for Digest {
    fn from(bits: u128) -> Self {
        Digest(bits)
    }
}

impl From<Digest> for u128 {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// 32 hexadecimal digits, the highest first, as other tools print it.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// A text that is no digest: not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 32 hexadecimal digits")]
pub struct NotADigest(());

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A sign would be taken for a part of the number.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotADigest(()));
        }
        u128::from_str_radix(text, 16).map(Digest).map_err(|_| NotADigest(()))
    }
}

/// The digest of contents that come in pieces.
pub(super) struct Running(Hasher);

impl Running {
    pub(super) fn new() -> Running {
        Running(Hasher::new())
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    pub(super) fn digest(&self) -> Digest {
        Digest(self.0.finish_128())
    }
}

/// Digests of a file's tensors, by name.
///
/// ```
/// use assay_reference::{Digest, Digests};
///
/// let digests: Digests = [("a", Digest::of(b"one")), ("b", Digest::of(b"two"))].into_iter().collect();
/// assert_eq!(digests.get("b"), Some(Digest::of(b"two")));
/// assert_eq!(digests.get("c"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests(BTreeMap<Box<str>, Digest>);

impl Digests {
    /// The digest of the tensor of this name.
    pub fn get(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and digests, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Digest)> {
        self.0.iter().map(|(name, digest)| (&**name, *digest))
    }

    /// Those of a header's tensors, given in order of offsets.
    pub(super) fn of(header: &Header<'_>, digests: impl IntoIterator<Item = Digest>) -> Digests {
        header.names().zip(digests).collect()
    }

    /// Compares what was found in a file with what is expected of it.
    ///
    /// # Errors
    /// On the first tensor in order of offsets that has another digest or none
    /// expected of it.
    pub(super) fn compare(&self, found: &Digests, header: &Header<'_>) -> Result<(), Error> {
        for entry in header.entries() {
            let (name, span) = (entry.name(), entry.contents());
            let Some(expected) = self.get(name) else {
                let message = format!("no digest is expected of tensor {}", quoted(name));
                return Err(Error::differs(Some(span), message));
            };
            if let Some(is) = found.get(name).filter(|is| *is != expected) {
                let name = quoted(name);
                let message = format!("tensor {name} has the digest {is}, expected was {expected}");
                return Err(Error::differs(Some(span), message));
            }
        }
        Ok(())
    }

    /// Makes sure that no tensor is missing of which a digest is expected.
    ///
    /// # Errors
    /// If one is: on the first by name.
    pub(super) fn all_there(&self, is_there: impl Fn(&str) -> bool) -> Result<(), Error> {
        match self.0.keys().find(|name| !is_there(name)) {
            Some(name) => {
                let name = quoted(name);
                let message = format!("there is no tensor {name}, of which a digest is expected");
                Err(Error::differs(None, message))
            }
            None => Ok(()),
        }
    }
}

impl<N: Into<Box<str>>> FromIterator<(N, Digest)> for Digests {
    fn from_iter<I: IntoIterator<Item = (N, Digest)>>(list: I) -> Self {
        Digests(list.into_iter().map(|(name, digest)| (name.into(), digest)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_in_pieces_is_the_digest() {
        let bytes: Vec<u8> = (0..3000_u32).map(|at| (at * 7 % 251) as u8).collect();
        for len in [0, 1, 16, 17, 128, 129, 240, 241, 1024, 3000] {
            for piece in [1, 7, 64, 255, 256, 1025] {
                let mut running = Running::new();
                bytes[..len].chunks(piece).for_each(|piece| running.add(piece));
                assert_eq!(running.digest(), Digest::of(&bytes[..len]), "{len} by {piece}");
            }
        }
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let right = Digest::of(b"x").to_string();
        assert_eq!(right.parse(), Ok(Digest::of(b"x")));
        assert_eq!(right.to_uppercase().parse(), Ok(Digest::of(b"x")));
        for wrong in ["", &right[1..], &format!("{right}0"), &format!("+{}", &right[1..])] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }
}
