//! What places and types are called in messages.

use alloc::borrow::Cow;
use core::fmt;

use assay_spec::check::{JsonType, Place};
use assay_spec::rfc::hint;
use assay_spec::{Dialect, Edit};

/// A place, for a message.
pub(super) fn place_words(place: Place) -> &'static str {
    match place {
        Place::Root => "the header",
        Place::Metadata => "the metadata",
        Place::MetadataValue => "a metadata value",
        Place::Entry => "the entry",
        Place::Dtype => "the dtype",
        Place::Shape => "the shape",
        Place::ShapeElement => "a dimension",
        Place::DataOffsets => "the offsets",
        Place::DataOffsetsElement => "an offset",
        Place::Feature => "a feature that the file demands",
    }
}

/// A type, for a message.
pub(super) fn type_words(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Object => "an object",
        JsonType::Array => "an array",
        JsonType::String => "a string",
        JsonType::Number => "a number",
        JsonType::Boolean => "a Boolean",
        JsonType::Null => "null",
    }
}

/// Which proposal would admit a name that is not known; empty if none would.
pub(super) struct Proposed<'p> {
    pub(super) dialect: &'p Dialect,
    pub(super) name: Cow<'p, str>,
    pub(super) is_feature: bool,
}

impl fmt::Display for Proposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hint(self.dialect, |edit| match edit {
            Edit::AddDtype { dtype } => !self.is_feature && dtype.name == *self.name,
            Edit::AddFeature { feature } => self.is_feature && feature.name == *self.name,
            _ => false,
        }))
    }
}

/// Types, one of which a value must have.
pub(super) struct Types<'t>(pub(super) &'t [JsonType]);

impl fmt::Display for Types<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (turn, kind) in self.0.iter().enumerate() {
            f.write_str(if turn == 0 { "" } else { " or " })?;
            f.write_str(type_words(*kind))?;
        }
        Ok(())
    }
}
