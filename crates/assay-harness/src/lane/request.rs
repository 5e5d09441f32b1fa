//! Requests as they go over the wire, written without serde and without
//! allocation: flat JSON whose strings need no escaping.

use std::io::Write as _;

use assay_protocol::message::Operation;

use crate::question::{PlannedSlice, PlannedWrite, Question};
use crate::staged::Staged;

/// Writes the requests of one implementation.
pub(crate) struct Requests {
    /// Its id.
    implementation: String,
    /// Folder of its scratch files.
    scratch: String,
}

impl Requests {
    /// `scratch` needs no escaping.
    pub(crate) fn new(implementation: String, scratch: String) -> Requests {
        Requests { implementation, scratch }
    }

    /// The id of a case's request, which is also its scratch file's name.
    pub(crate) fn id(&self, index: usize) -> String {
        format!("r{index}")
    }

    /// Whether a text is the id of a case's request, byte for byte.
    pub(crate) fn is_id(&self, text: &str, index: usize) -> bool {
        let Some(digits) = text.strip_prefix('r') else { return false };
        // Only one spelling of a number is its id: no sign, no leading zero.
        let is_plain = digits.starts_with(|c: char| c.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        is_plain && digits.parse() == Ok(index)
    }

    /// Appends a case's request with its line end; returns its length.
    pub(crate) fn append(
        &self,
        index: usize,
        staged: &Staged<'_>,
        operation: Operation,
        out: &mut Vec<u8>,
    ) -> usize {
        let before = out.len();
        write!(
            out,
            r#"{{"op":"{operation}","id":"r{index}","scratch":"{}/r{index}""#,
            self.scratch
        )
        .and_then(|()| self.append_fields(staged, out))
        .expect("writing to memory does not fail");
        out.extend_from_slice(b"}\n");
        out.len() - before
    }

    /// What the operations differ in.
    fn append_fields(&self, staged: &Staged<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
        let Staged { case, path, question, .. } = staged;
        match question {
            Question::Write(PlannedWrite { contents, outputs, name, .. }) => {
                let (contents, outputs) = (contents.display(), outputs.display());
                let own = &self.implementation;
                return write!(
                    out,
                    r#","task":"{path}","contents":"{contents}","path":"{outputs}/{own}/{name}""#
                );
            }
            Question::OpenIndex { .. } => return write!(out, r#","path":"{path}""#),
            Question::Read | Question::Inspect | Question::Get { .. } | Question::Slice(_) => {}
        }
        write!(out, r#","path":"{path}","length":{}"#, case.size)?;
        if !case.sha256.is_empty() {
            write!(out, r#","sha256":"{}""#, case.sha256)?;
        }
        match question {
            Question::Get { tensor } => write!(out, r#","tensor":"{tensor}""#),
            Question::Slice(PlannedSlice { tensor, index, .. }) => {
                let index = serde_json::to_string(index).expect("an index is plain JSON");
                write!(out, r#","tensor":"{tensor}","index":{index}"#)
            }
            _ => Ok(()),
        }
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
        let write = PlannedWrite {
            contents: "/files/bytes".into(),
            outputs: "/out".into(),
            name: "a/b".to_owned(),
            is_strided: false,
            has_metadata: false,
        };
        let questions = [
            Question::Read,
            Question::Inspect,
            Question::Get { tensor: "t".to_owned() },
            Question::Slice(slice.clone()),
            Question::OpenIndex { bytes: Vec::new() },
            Question::Write(write),
        ];
        let planned = questions.map(|question| PlannedCase {
            case: case.clone(),
            path: "/files/000".into(),
            question,
        });
        let requests = Requests::new("x".to_owned(), "/scratch/x".to_owned());
        for (at, staged) in Plan::new(&planned).cases.iter().enumerate() {
            let mut out = b"before\n".to_vec();
            let operation = planned[at].question.operation();
            let length = requests.append(12, staged, operation, &mut out);
            let text = std::str::from_utf8(&out[7..]).unwrap();
            assert_eq!((length, text.matches('\n').count()), (text.len(), 1));
            let request: Request = serde_json::from_str(text).unwrap();
            assert_eq!((request.id(), request.faults()), ("r12", Vec::new()));
            let all: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_value(&request).unwrap(), all, "nothing more is sent");
            assert_eq!(
                (&all["op"], &all["scratch"]),
                (&operation.as_str().into(), &"/scratch/x/r12".into())
            );
            match request {
                Request::Read { path, length, .. } => {
                    assert_eq!((&*path, length), ("/files/000", 7))
                }
                Request::Slice { tensor, index, .. } => {
                    assert_eq!((&tensor, &index), (&slice.tensor, &slice.index));
                }
                Request::Write { task, path, .. } => {
                    assert_eq!((&*task, &*path), ("/files/000", "/out/x/a/b"));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn ids_are_compared_byte_for_byte() {
        let requests = Requests::new(String::new(), String::new());
        assert!(requests.is_id("r0", 0) && requests.is_id("r12", 12));
        for wrong in ["12", "r+12", "r012", "r12 ", "R12", "r", "r13", "r-12", ""] {
            assert!(!requests.is_id(wrong, 12), "{wrong:?}");
        }
    }
}
