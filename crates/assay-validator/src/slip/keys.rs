//! Keys that count as the same, or do not.

use std::borrow::Cow;

use super::SameKeys;

impl SameKeys {
    /// What is compared of a key.
    pub(crate) fn of<'a>(self, decoded: Cow<'a, str>, written: &'a str) -> Cow<'a, str> {
        match self {
            SameKeys::AsWritten => written.into(),
            SameKeys::CaseFolded => decoded.to_ascii_lowercase().into(),
            SameKeys::UpToNul => match decoded.split_once('\0') {
                Some((before, _)) => before.to_owned().into(),
                None => decoded,
            },
            SameKeys::Trimmed => decoded.trim().to_owned().into(),
            SameKeys::Neighbours => decoded,
        }
    }

    /// Whether a key is compared only with the one before it.
    pub(crate) fn only_neighbours(self) -> bool {
        self == SameKeys::Neighbours
    }
}
