//! Stands for reading past the system's cache where that cannot be done.

use super::arena::Arena;
use super::crew::Crew;
use super::source::Source;
use crate::error::Error;
use crate::header::Header;

/// Does nothing, and says so.
pub(super) fn fill(_: Crew, _: &Source, _: &Header<'_>, _: &mut Arena) -> Result<bool, Error> {
    Ok(false)
}
