//! What a file is, before any rule judges it.
//!
//! Facts are found out once, level by level, and each level exists only if the
//! one above it is sound: prefix, header text, JSON document, header object,
//! and in it the tensors and their order in the byte buffer. A rule whose facts
//! do not exist is not judged.

mod duplicates;
mod object;
mod tensor;
mod text;

use assay_spec::check::Place;
use assay_spec::{Dialect, KeyRole, Span};

pub(crate) use object::{Entry, HeaderObject};
pub(crate) use tensor::{Offsets, Tensor, dimensions};
pub(crate) use text::Text;

use crate::json::{Document, GrammarError, Node};
use crate::slip::Slip;

/// Everything known of one file under one dialect.
pub(crate) struct Facts<'a> {
    pub(crate) dialect: &'a Dialect,
    /// The file's first bytes, the header's end at least if it is there.
    pub(crate) head: &'a [u8],
    /// Length of the file in bytes.
    pub(crate) file_len: u64,
    /// Length of the prefix in bytes.
    pub(crate) prefix_len: u64,
    /// N, the header length that the prefix declares; `None` if the prefix is cut short.
    pub(crate) header_len: Option<u64>,
    /// The mistake that is to be made.
    pub(crate) slip: Option<Slip>,
    header: Option<Header<'a>>,
}

/// What is known of the header's bytes.
struct Header<'a> {
    /// Where it ends and the byte buffer begins, from the start of the file.
    end: u64,
    /// Its text, or the bytes that are not UTF-8.
    text: Result<Text<'a>, Span>,
    /// What the text's JSON value holds, if it is an object.
    object: Option<HeaderObject<'a>>,
}

impl<'a> Facts<'a> {
    /// The facts of the prefix alone.
    pub(crate) fn of_prefix(head: &'a [u8], file_len: u64, dialect: &'a Dialect) -> Self {
        let prefix_len = dialect.limit("prefix_bytes");
        let header_len = usize::try_from(prefix_len).ok().and_then(|len| {
            let mut number = [0; size_of::<u64>()];
            let used = len.min(number.len());
            number[..used].copy_from_slice(&head.get(..len)?[..used]);
            Some(u64::from_le_bytes(number))
        });
        Facts { dialect, head, file_len, prefix_len, header_len, slip: None, header: None }
    }

    /// Adds the facts of the header, if its bytes are there.
    pub(crate) fn read_header(&mut self) {
        let Some(end) = self.header_len.and_then(|len| self.prefix_len.checked_add(len)) else {
            return;
        };
        let bytes = Span::new(self.prefix_len, end).to_range().and_then(|at| self.head.get(at));
        let Some(bytes) = bytes else { return };
        let text = Text::read(bytes, self.prefix_len);
        let object = text
            .as_ref()
            .ok()
            .and_then(|text| text.document.as_ref().ok())
            .and_then(|document| HeaderObject::of(document, self.dialect, self.slip));
        self.header = Some(Header { end, text, object });
    }

    /// Where the byte buffer begins, from the start of the file, once the header is known.
    pub(crate) fn data_start(&self) -> Option<u64> {
        self.header.as_ref().map(|header| header.end)
    }

    /// Length of the byte buffer, once the header is known.
    pub(crate) fn buffer_len(&self) -> Option<u64> {
        self.data_start().map(|start| self.file_len.saturating_sub(start))
    }

    /// The header's text, if it is UTF-8.
    pub(crate) fn text(&self) -> Option<&Text<'a>> {
        self.header.as_ref()?.text.as_ref().ok()
    }

    /// The first bytes of the header that are not UTF-8.
    pub(crate) fn bad_utf8(&self) -> Option<Span> {
        self.header.as_ref()?.text.as_ref().err().copied()
    }

    /// The header's JSON value.
    pub(crate) fn document(&self) -> Option<&Document<'a>> {
        self.text()?.document.as_ref().ok()
    }

    /// Where the header is not JSON.
    pub(crate) fn grammar_error(&self) -> Option<&GrammarError> {
        self.text()?.document.as_ref().err()
    }

    /// The header's document with its object, if it is one.
    pub(crate) fn object(&self) -> Option<(&Document<'a>, &HeaderObject<'a>)> {
        Some((self.document()?, self.header.as_ref()?.object.as_ref()?))
    }

    /// The prefix's bytes, as far as they are there.
    pub(crate) fn prefix_span(&self) -> Span {
        Span::new(0, self.prefix_len.min(self.file_len))
    }

    /// All values that stand at a place, each occurrence of a duplicate key's too.
    pub(crate) fn values_at(&self, place: Place) -> Box<dyn Iterator<Item = Located> + '_> {
        let Some(document) = self.document() else { return Box::new(std::iter::empty()) };
        if place == Place::Root {
            let root = Located { value: document.root(), key: None, entry: None };
            return Box::new(std::iter::once(root));
        }
        let Some((_, object)) = self.object() else { return Box::new(std::iter::empty()) };
        if place == Place::Feature {
            let located = |value: &Node| Located { value: *value, key: None, entry: None };
            return Box::new(object.features.iter().map(located));
        }
        let metadata = || {
            object.metadata.iter().map(|value| Located { value: *value, key: None, entry: None })
        };
        let fields = move |role| {
            object.fields_of(role).map(move |field| Located {
                value: field.value,
                key: None,
                entry: Some(field.entry),
            })
        };
        let elements = move |array: Located| {
            document.elements(array.value).map(move |value| Located { value, ..array })
        };
        match place {
            Place::Root | Place::Feature => unreachable!("handled above"),
            Place::Metadata => Box::new(metadata()),
            Place::MetadataValue => Box::new(metadata().flat_map(move |of| {
                let members = document.members(of.value);
                members.map(move |(key, value)| Located { value, key: Some(key), ..of })
            })),
            Place::Entry => {
                Box::new(object.entries.iter().enumerate().map(|(at, entry)| Located {
                    value: entry.value,
                    key: None,
                    entry: Some(at),
                }))
            }
            Place::Dtype => Box::new(fields(KeyRole::Dtype)),
            Place::Shape => Box::new(fields(KeyRole::Shape)),
            Place::ShapeElement => Box::new(fields(KeyRole::Shape).flat_map(elements)),
            Place::DataOffsets => Box::new(fields(KeyRole::DataOffsets)),
            Place::DataOffsetsElement => Box::new(fields(KeyRole::DataOffsets).flat_map(elements)),
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located {
    pub(crate) value: Node,
    /// Its key, where the place does not tell it.
    pub(crate) key: Option<Node>,
    /// Index of the entry it belongs to.
    pub(crate) entry: Option<usize>,
}
