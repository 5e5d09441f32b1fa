//! What is read from the harness and written to it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Capabilities, ErrorText, Implementation, SliceItem};

/// Any request. It is read without an enum tagged by `op`, for which serde
/// would first copy every value; nothing in a request is escaped.
#[derive(Deserialize)]
pub(crate) struct Request<'line> {
    pub(crate) op: &'line str,
    pub(crate) id: &'line str,
    #[serde(default)]
    pub(crate) path: &'line str,
    #[serde(default)]
    pub(crate) length: u64,
    #[serde(default)]
    pub(crate) scratch: &'line str,
    #[serde(default)]
    pub(crate) inline_limit: usize,
    #[serde(default)]
    pub(crate) tensor: &'line str,
    #[serde(default)]
    pub(crate) index: Vec<SliceItem>,
    #[serde(default)]
    pub(crate) task: &'line str,
    #[serde(default)]
    pub(crate) contents: &'line str,
    #[serde(default)]
    pub(crate) what: &'line str,
    #[serde(default)]
    pub(crate) mode: &'line str,
    #[serde(default)]
    pub(crate) nonce: &'line str,
}

impl<'line> Request<'line> {
    /// Operations of later versions may have other fields; they are refused, not misunderstood.
    pub(crate) fn parse(line: &'line str) -> serde_json::Result<Request<'line>> {
        #[derive(Deserialize)]
        struct Any<'line> {
            op: &'line str,
            id: &'line str,
        }
        serde_json::from_str(line).or_else(|error| {
            let Any { op, id } = serde_json::from_str(line)?;
            if matches!(
                op,
                "hello" | "read" | "inspect" | "get" | "slice" | "write" | "bench" | "bye"
            ) {
                return Err(error);
            }
            let (path, scratch, tensor, task, contents) = ("", "", "", "", "");
            let (what, mode, nonce) = ("", "", "");
            let (length, inline_limit, index) = (0, 0, Vec::new());
            Ok(Request {
                op,
                id,
                path,
                length,
                scratch,
                inline_limit,
                tensor,
                index,
                task,
                contents,
                what,
                mode,
                nonce,
            })
        })
    }
}

#[derive(Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum Reply<'a> {
    Hello {
        id: &'a str,
        protocol: u32,
        implementation: WithRuntime<'a>,
        capabilities: WithOperations<'a>,
    },
    Accept {
        id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<HashMap<String, String>>,
        tensors: Vec<ReplyTensor>,
    },
    Written {
        id: &'a str,
    },
    Bench {
        id: &'a str,
        sum: String,
        count: u64,
        returned_ns: u64,
    },
    Reject {
        id: &'a str,
        error: ErrorText,
    },
    Unsupported {
        id: &'a str,
        what: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    OutOfMemory {
        id: &'a str,
        error: ErrorText,
    },
}

#[derive(Serialize)]
pub(crate) struct WithRuntime<'a> {
    #[serde(flatten)]
    pub(crate) implementation: &'a Implementation,
    pub(crate) runtime: &'static str,
}

#[derive(Serialize)]
pub(crate) struct WithOperations<'a> {
    pub(crate) operations: &'a [&'static str],
    #[serde(flatten)]
    pub(crate) capabilities: &'a Capabilities,
}

/// Contents are in exactly one of the last two; of a header there are none.
#[derive(Serialize)]
pub(crate) struct ReplyTensor {
    pub(crate) name: String,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scratch: Option<[usize; 2]>,
}
