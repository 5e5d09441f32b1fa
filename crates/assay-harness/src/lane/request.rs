//! Requests as they go over the wire, written without serde and without
//! allocation: flat JSON whose strings need no escaping.

use std::io::Write as _;

use assay_protocol::message::SLICE_OPERATION;

use crate::run::PlannedSlice;
use crate::staged::Staged;

/// Writes the requests of one implementation.
pub(super) struct Requests {
    /// Folder of its scratch files.
    scratch: String,
}

impl Requests {
    /// `scratch` needs no escaping.
    pub(super) fn new(scratch: String) -> Requests {
        Requests { scratch }
    }

    /// The id of a case's request, which is also its scratch file's name.
    pub(super) fn id(&self, index: usize) -> String {
        format!("r{index}")
    }

    /// Whether a text is the id of a case's request, byte for byte.
    pub(super) fn is_id(&self, text: &str, index: usize) -> bool {
        let Some(digits) = text.strip_prefix('r') else { return false };
        // Only one spelling of a number is its id: no sign, no leading zero.
        let is_plain = digits.starts_with(|c: char| c.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        is_plain && digits.parse() == Ok(index)
    }

    /// Appends a case's `read` or `slice` with its line end; returns its length.
    pub(super) fn append(&self, index: usize, staged: &Staged<'_>, out: &mut Vec<u8>) -> usize {
        let before = out.len();
        let Staged { case, path, slice, .. } = staged;
        let operation = if slice.is_some() { SLICE_OPERATION } else { "read" };
        write!(
            out,
            r#"{{"op":"{operation}","id":"r{index}","path":"{path}","length":{},"sha256":"{}","scratch":"{}/r{index}""#,
            case.size, case.sha256, self.scratch
        )
        .expect("writing to memory does not fail");
        if let Some(PlannedSlice { tensor, index, .. }) = slice {
            let index = serde_json::to_string(index).expect("an index is plain JSON");
            write!(out, r#","tensor":"{tensor}","index":{index}"#).expect("nor does this");
        }
        out.extend_from_slice(b"}\n");
        out.len() - before
    }
}

#[cfg(test)]
mod tests {
    use assay_protocol::message::Dots;
    use assay_protocol::{Manifest, Request, SliceItem};

    use super::*;
    use crate::run::PlannedCase;
    use crate::staged::Plan;

    #[test]
    fn requests_are_those_of_the_protocol() {
        let manifest: Manifest = serde_json::from_str(&format!(
            r#"{{"schema":"manifest/1","dialect":{{"edition":"e","digest":"d"}},"cases":[
            {{"id":"a/b/c","rule":"a/b","title":"t","verdict":"invalid","origin":"hand",
            "path":"f","size":7,"sha256":"{}"}}]}}"#,
            "ab".repeat(32)
        ))
        .unwrap();
        let case = manifest.cases[0].clone();
        let slice = PlannedSlice {
            tensor: "t".to_owned(),
            index: vec![
                SliceItem::Select(-1),
                SliceItem::Range([None, Some(2), None]),
                SliceItem::Ellipsis(Dots::Dots),
            ],
            bytes: Vec::new(),
        };
        let planned = [
            PlannedCase { case: case.clone(), path: "/files/000".into(), slice: None },
            PlannedCase { case, path: "/files/000".into(), slice: Some(slice.clone()) },
        ];
        let requests = Requests::new("/scratch/x".to_owned());
        let mut out = b"before\n".to_vec();
        let length = requests.append(12, &Plan::new(&planned).cases[0], &mut out);
        let text = std::str::from_utf8(&out[7..]).unwrap();
        assert_eq!((length, text.matches('\n').count()), (text.len(), 1));
        let request: Request = serde_json::from_str(text).unwrap();
        assert_eq!(request.faults(), [""; 0]);
        let Request::Read { id, path, length, scratch, .. } = request else {
            panic!("{text}");
        };
        assert_eq!((id.as_str(), path.as_str(), length), ("r12", "/files/000", 7));
        assert_eq!(scratch, "/scratch/x/r12");

        let mut out = Vec::new();
        requests.append(3, &Plan::new(&planned).cases[1], &mut out);
        let request: Request = serde_json::from_slice(&out).unwrap();
        assert_eq!((request.id(), request.faults()), ("r3", Vec::new()));
        let Request::Slice { tensor, index, .. } = request else { panic!("{request:?}") };
        assert_eq!((tensor, index), (slice.tensor, slice.index));
    }

    #[test]
    fn ids_are_compared_byte_for_byte() {
        let requests = Requests::new(String::new());
        assert!(requests.is_id("r0", 0) && requests.is_id("r12", 12));
        for wrong in ["12", "r+12", "r012", "r12 ", "R12", "r", "r13", "r-12", ""] {
            assert!(!requests.is_id(wrong, 12), "{wrong:?}");
        }
    }
}
