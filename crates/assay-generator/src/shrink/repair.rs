//! Valid files near one that is not: a list to choose from, as this crate does
//! not know which of them are valid.

use std::ops::Range;

use assay_spec::Dialect;

use super::layout::Layout;
use super::outline::{Kind, Outline};
use super::parts::{Edit, Mode, Parts};
use crate::draft::PREFIX_BYTES;

/// Longer headers are repaired as a whole only, not place by place.
const HEADER: usize = 2_048;
/// A repaired file has at most this many bytes.
const LARGEST: u64 = 1 << 16;

/// Files near a faulty one, in which one or two kinds of faults are mended:
/// the prefix, what surrounds the header object, ranges that do not follow
/// from dtypes and shapes, a member too many, a value of the wrong kind.
/// Some may be valid, most are not. Deterministic, without repetitions of the
/// file itself.
pub fn repairs(dialect: &Dialect, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for base in bases(bytes) {
        let Some(parts) = Mode::True.parts(&base) else { continue };
        let mut variants = vec![base.clone()];
        if parts.header.len() <= HEADER {
            variants.extend(edits(dialect, &parts).iter().map(|edit| parts.with(edit)));
        }
        for variant in variants {
            if let Some(parts) = Mode::True.parts(&variant) {
                all.extend(Layout::of(&parts, dialect).tidied(&parts));
            }
            all.push(variant);
        }
    }
    all.retain(|file| file != bytes && file.len() as u64 <= LARGEST);
    all
}

/// The file with a prefix that fits: as long as the rest, or as the first value.
fn bases(bytes: &[u8]) -> Vec<Vec<u8>> {
    let rest = bytes.get(PREFIX_BYTES as usize..).unwrap_or_default();
    let outline = Outline::of(rest);
    let root = outline.roots.first().map(|root| outline.nodes[*root].value.clone());
    let whole = 0..rest.len();
    let mut headers = vec![whole];
    if let Some(root) = root {
        headers.extend([0..root.end, root]);
    }
    let with = |header: &[u8], data: &[u8]| {
        [&(header.len() as u64).to_le_bytes()[..], header, data].concat()
    };
    let mut all = vec![bytes.to_vec(), with(b"{}", b"")];
    all.extend(headers.into_iter().map(|range| with(&rest[range.clone()], &rest[range.end..])));
    all
}

/// One change at a place of the header.
fn edits(dialect: &Dialect, parts: &Parts) -> Vec<Edit> {
    let outline = Outline::of(&parts.header);
    let mut edits = Vec::new();
    for node in &outline.nodes {
        for at in 0..node.items.len() {
            edits.push(Edit::remove(outline.run(&node.items, at..at + 1)));
        }
        for plain in ["0", "1", "[]", "[0]", "[1]", "[0,0]", "{}", "\"\"", "\"a\""] {
            edits.push(Edit::replace(node.value.clone(), plain));
            if let Some(key) = node.key.as_ref().filter(|_| plain.starts_with('"')) {
                edits.push(Edit::replace(key.clone(), plain));
            }
        }
        match node.kind {
            Kind::Text => {
                for dtype in dialect.dtypes() {
                    edits.push(Edit::replace(node.value.clone(), format!("\"{}\"", dtype.name)));
                }
            }
            Kind::Other => {
                let digits = parts.header[node.value.clone()].iter().copied();
                let whole = digits.skip_while(|b| !b.is_ascii_digit());
                let whole: Vec<u8> = whole.take_while(u8::is_ascii_digit).collect();
                edits.push(Edit::replace(node.value.clone(), whole));
            }
            Kind::Object | Kind::Array => {}
        }
        if let Some(key) = &node.key {
            // The nearest key with a meaning may be the one that was meant.
            let known = dialect.spec().tables.keys.iter();
            edits.extend(known.map(|k| Edit::replace(key.clone(), format!("\"{}\"", k.key))));
            if node.kind == Kind::Object {
                edits.extend(complete(dialect, &outline, parts, node.value.clone(), &node.items));
            }
        }
    }
    for at in 0..parts.header.len() {
        edits.push(Edit::remove(at..at + 1));
        edits.push(Edit::replace(at..at + 1, "a"));
        edits.push(Edit::replace(at..at + 1, " "));
    }
    edits
}

/// An entry with the fields that it lacks.
fn complete(
    dialect: &Dialect,
    outline: &Outline,
    parts: &Parts,
    value: Range<usize>,
    items: &[usize],
) -> Option<Edit> {
    let plainest = dialect.dtypes().iter().find(|dtype| dtype.bytes() == Some(1))?;
    let has = |key: &str| {
        let keys = items.iter().filter_map(|item| outline.nodes[*item].key.clone());
        let quoted = format!("\"{key}\"");
        keys.into_iter().any(|at| parts.header[at] == *quoted.as_bytes())
    };
    let mut fields = Vec::new();
    for key in dialect.required_entry_keys().filter(|key| !has(key)) {
        let value = if key == dialect.key(assay_spec::KeyRole::Dtype) {
            format!("\"{}\"", plainest.name)
        } else if key == dialect.key(assay_spec::KeyRole::Shape) {
            "[0]".to_owned()
        } else {
            "[0,0]".to_owned()
        };
        fields.push(format!("\"{key}\":{value}"));
    }
    let end = value.end.checked_sub(1).filter(|end| parts.header[*end] == b'}')?;
    let comma = if items.is_empty() { "" } else { "," };
    let text = format!("{comma}{}}}", fields.join(","));
    (!fields.is_empty()).then(|| Edit::replace(end..value.end, text))
}
