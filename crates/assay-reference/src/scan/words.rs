//! What places and types are called in messages.

use core::fmt;

use assay_spec::check::{JsonType, Place};

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
