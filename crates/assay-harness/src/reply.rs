//! Reads a line of an adapter as a reply.
//!
//! The same documents as [`Reply`], read in one pass: serde's own reading of
//! tagged enums first copies every value, which costs more than all the rest.

use std::collections::BTreeMap;

use assay_protocol::message::{
    Capabilities, ErrorText, Implementation, Reply, ReplyTensor, Unsupported,
};
use serde::Deserialize;

use crate::text::quoted_bytes;

#[derive(Deserialize)]
struct Flat {
    result: Kind,
    id: String,
    protocol: Option<u32>,
    implementation: Option<Implementation>,
    capabilities: Option<Capabilities>,
    metadata: Option<BTreeMap<String, String>>,
    tensors: Option<Vec<ReplyTensor>>,
    error: Option<ErrorText>,
    what: Option<Unsupported>,
    message: Option<String>,
    sum: Option<String>,
    count: Option<u64>,
    returned_ns: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Hello,
    Accept,
    Written,
    Bench,
    Reject,
    Unsupported,
    OutOfMemory,
}

/// The reply that a line holds, or what is wrong with the line.
pub(crate) fn parse(line: &[u8]) -> Result<Reply, String> {
    let flat: Flat = serde_json::from_slice(line).map_err(|error| {
        if error.is_data() {
            format!("answered with a line that is no reply ({error}): {}", quoted_bytes(line))
        } else {
            format!("printed a line that is not JSON: {}", quoted_bytes(line))
        }
    })?;
    let (id, kind) = (flat.id, flat.result);
    let lacks =
        |field: &str| format!("answered with a reply that lacks `{field}`: {}", quoted_bytes(line));
    Ok(match kind {
        Kind::Hello => Reply::Hello {
            id,
            protocol: flat.protocol.ok_or_else(|| lacks("protocol"))?,
            implementation: flat.implementation.ok_or_else(|| lacks("implementation"))?,
            capabilities: flat.capabilities.ok_or_else(|| lacks("capabilities"))?,
        },
        Kind::Accept => Reply::Accept {
            id,
            metadata: flat.metadata,
            tensors: flat.tensors.ok_or_else(|| lacks("tensors"))?,
        },
        Kind::Written => Reply::Written { id },
        Kind::Bench => Reply::Bench {
            id,
            sum: flat.sum.ok_or_else(|| lacks("sum"))?,
            count: flat.count.ok_or_else(|| lacks("count"))?,
            returned_ns: flat.returned_ns.ok_or_else(|| lacks("returned_ns"))?,
        },
        Kind::Reject => Reply::Reject { id, error: flat.error.ok_or_else(|| lacks("error"))? },
        Kind::Unsupported => Reply::Unsupported {
            id,
            what: flat.what.ok_or_else(|| lacks("what"))?,
            message: flat.message,
        },
        Kind::OutOfMemory => {
            Reply::OutOfMemory { id, error: flat.error.ok_or_else(|| lacks("error"))? }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_documents_say() {
        for text in [
            r#"{"result":"hello","id":"h","protocol":1,"implementation":{"name":"n","version":"1","language":"c","lineage":"l"},"capabilities":{"operations":["read"]}}"#,
            r#"{"id":"r1","result":"accept","tensors":[{"name":"a","dtype":"X","shape":[-1,2.5],"data":"00"}],"metadata":{"a":"b"},"more":[{}]}"#,
            r#"{"result":"accept","id":"r1","tensors":[],"metadata":null}"#,
            r#"{"result":"reject","id":"r1","error":{"class":"c","message":"m"}}"#,
            r#"{"result":"unsupported","id":"r1","what":"operation"}"#,
            r#"{"result":"written","id":"r1"}"#,
            r#"{"result":"out_of_memory","id":"r1","error":{"class":"c","message":"m"}}"#,
        ] {
            let slow: Reply = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text.as_bytes()).unwrap(), slow);
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, what) in [
            ("Loading model...", "not JSON: \"Loading model...\""),
            ("", "not JSON: \"\""),
            ("{\"result\":\"accept\"", "not JSON"),
            ("\u{1b}[31mred", "not JSON: \"\\u{1b}[31mred\""),
            ("3", "no reply"),
            (r#"{"id":"r1","result":"maybe"}"#, "no reply (unknown variant `maybe`"),
            (r#"{"id":1,"result":"reject"}"#, "no reply"),
            (r#"{"id":"a","id":"b","result":"reject"}"#, "duplicate field"),
            (r#"{"id":"r1","result":"reject"}"#, "lacks `error`"),
            (r#"{"id":"r1","result":"accept"}"#, "lacks `tensors`"),
        ] {
            let message = parse(text.as_bytes()).unwrap_err();
            assert!(message.contains(what), "{message}");
        }
        let deep = format!("{{\"x\":{}", "[".repeat(100_000));
        assert!(parse(deep.as_bytes()).is_err());
    }
}
