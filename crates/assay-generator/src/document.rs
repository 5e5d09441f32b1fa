//! A file between meaning and bytes: a JSON value to be written in a style, and
//! a byte buffer. Violations are edits of it.

use crate::draft::{Draft, PREFIX_BYTES, Prefix, Segment};
use crate::model::{Padding, Style};
use crate::text::{self, Value};

/// Padding up to this length is written out, so that small files are one piece of text.
const PLAIN_PADDING_BYTES: u64 = 4096;

/// Header value, style and byte buffer.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) root: Value,
    pub(crate) style: Style,
    pub(crate) data: Vec<Segment>,
}

impl Document {
    /// The file.
    pub(crate) fn draft(&self) -> Draft {
        self.draft_of(text::write(&self.root, &self.style))
    }

    /// The file with an edited header text; white space around it as the style says.
    pub(crate) fn edited(&self, edit: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Draft {
        self.draft_of(edit(text::write(&self.root, &self.style)))
    }

    /// The file with exactly this header.
    pub(crate) fn with_header(&self, header: Vec<u8>) -> Draft {
        Draft {
            prefix: Prefix::HeaderLength,
            header: vec![Segment::Bytes(header)],
            data: self.data.clone(),
        }
    }

    /// The header's text without white space around it.
    pub(crate) fn text(&self) -> Vec<u8> {
        text::write(&self.root, &self.style)
    }

    /// Members of the header object.
    pub(crate) fn members(&mut self) -> &mut Vec<(Value, Value)> {
        members_of(&mut self.root)
    }

    /// A value of the header object, by key.
    pub(crate) fn value(&mut self, key: &str) -> &mut Value {
        value_of(self.members(), key)
    }

    /// Members of a tensor's entry.
    pub(crate) fn entry(&mut self, name: &str) -> &mut Vec<(Value, Value)> {
        members_of(self.value(name))
    }

    /// A field of a tensor's entry.
    pub(crate) fn field(&mut self, name: &str, key: &str) -> &mut Value {
        value_of(self.entry(name), key)
    }

    fn draft_of(&self, text: Vec<u8>) -> Draft {
        let mut header = self.style.leading.clone();
        header.extend(text);
        let count = self.style.padding.count(header.len() as u64);
        let mut segments = Vec::new();
        if let (Some(byte), true) = (self.style.padding.byte(), count > 0) {
            if count <= PLAIN_PADDING_BYTES {
                header.resize(header.len() + count as usize, byte);
            } else {
                segments.push(Segment::Repeat { bytes: vec![byte], times: count });
            }
        }
        segments.insert(0, Segment::Bytes(header));
        Draft { prefix: Prefix::HeaderLength, header: segments, data: self.data.clone() }
    }
}

impl Padding {
    /// How many bytes follow a header text of `len` bytes.
    pub(crate) fn count(&self, len: u64) -> u64 {
        match self {
            Padding::None => 0,
            Padding::Bytes { count, .. } => *count,
            Padding::Align { to, .. } => {
                (PREFIX_BYTES + len).next_multiple_of((*to).max(1)) - PREFIX_BYTES - len
            }
            Padding::UpTo { len: wanted, .. } => wanted.saturating_sub(len),
        }
    }

    pub(crate) fn byte(&self) -> Option<u8> {
        match self {
            Padding::None => None,
            Padding::Bytes { byte, .. }
            | Padding::Align { byte, .. }
            | Padding::UpTo { byte, .. } => Some(*byte),
        }
    }
}

/// Members of a value that this crate wrote as an object.
fn members_of(value: &mut Value) -> &mut Vec<(Value, Value)> {
    match value {
        Value::Object(members) => members,
        other => unreachable!("{other:?} is edited as an object"),
    }
}

fn value_of<'a>(members: &'a mut [(Value, Value)], key: &str) -> &'a mut Value {
    let found = members.iter_mut().find(|(k, _)| matches!(k, Value::Text(text) if text == key));
    &mut found.expect("violations edit what they put there").1
}
