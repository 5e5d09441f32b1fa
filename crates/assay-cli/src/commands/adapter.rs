//! `assay adapter`: serves the reference implementation over the protocol,
//! like any other implementation. See `harness/PROTOCOL.md`.

mod bench;
mod operations;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, Write};

use anyhow::Context as _;
use assay_protocol::message::{
    BENCH, Capabilities, ErrorText, Implementation, Operation, PROTOCOL_MAX, PROTOCOL_MIN, Reply,
    ReplyTensor, SliceItem, Unsupported, VersionRange,
};
use assay_reference::{Index, IndexItem, Policy, Reader, SliceError, Tensor};
use assay_spec::{Dialect, Disputed, Dtype};
use serde_json::Value;

use crate::output::Exit;

/// Serve the reference implementation over the adapter protocol.
///
/// Reads requests from standard input and writes replies to standard output,
/// one JSON object a line. `assay run` starts it; by hand it helps to try the
/// protocol out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to do with files on which the format's sources disagree.
    #[arg(long, value_enum, default_value_t)]
    disputed: Position,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Position {
    /// Take them.
    #[default]
    Accept,
    /// Refuse them.
    Reject,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let disputed = match args.disputed {
        Position::Accept => Disputed::Accept,
        Position::Reject => Disputed::Reject,
    };
    let dialect = Dialect::latest();
    let mut server = Server { policy: Policy::new(&dialect, disputed), dialect, inline_limit: 0 };
    let mut replies = io::stdout().lock();
    let mut line = Vec::new();
    let mut requests = io::stdin().lock();
    let mut request = String::new();
    while requests.read_line(&mut request).context("cannot read the request")? > 0 {
        let Some(reply) = server.answer(&request)? else { break };
        request.clear();
        line.clear();
        serde_json::to_writer(&mut line, &reply)?;
        line.push(b'\n');
        replies.write_all(&line)?;
        replies.flush()?;
    }
    Ok(Exit::Pass)
}

/// The documents of `Request`, read in one pass: serde's own reading of tagged
/// enums first copies every value. Nothing in a request is escaped.
#[derive(serde::Deserialize)]
struct Flat<'line> {
    op: &'line str,
    id: &'line str,
    protocol: Option<VersionRange>,
    inline_limit: Option<u64>,
    path: Option<&'line str>,
    scratch: Option<&'line str>,
    tensor: Option<&'line str>,
    task: Option<&'line str>,
    contents: Option<&'line str>,
    index: Option<Vec<SliceItem>>,
    what: Option<&'line str>,
    mode: Option<&'line str>,
    nonce: Option<&'line str>,
}

struct Server {
    dialect: Dialect,
    policy: Policy,
    inline_limit: u64,
}

impl Server {
    /// The reply to a request line; `None` to `bye`.
    fn answer(&mut self, line: &str) -> anyhow::Result<Option<Reply>> {
        let request: Flat<'_> = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => return unknown_operation(line, &error.to_string()).map(Some),
        };
        let lacks = |field| format!("a request `{}` has the field `{field}`", request.op);
        Ok(match request.op {
            "hello" => {
                let range = request.protocol.with_context(|| lacks("protocol"))?;
                if range.min > PROTOCOL_MAX || range.max < PROTOCOL_MIN {
                    anyhow::bail!(
                        "the harness speaks none of protocol {PROTOCOL_MIN} to {PROTOCOL_MAX}"
                    );
                }
                self.inline_limit = request.inline_limit.with_context(|| lacks("inline_limit"))?;
                Some(self.hello(request.id.to_owned()))
            }
            "read" => {
                let path = request.path.with_context(|| lacks("path"))?;
                let scratch = request.scratch.with_context(|| lacks("scratch"))?;
                Some(self.read(request.id.to_owned(), path, scratch)?)
            }
            "slice" => {
                let path = request.path.with_context(|| lacks("path"))?;
                let scratch = request.scratch.with_context(|| lacks("scratch"))?;
                let tensor = request.tensor.with_context(|| lacks("tensor"))?;
                let index = request.index.as_deref().with_context(|| lacks("index"))?;
                Some(self.slice(request.id.to_owned(), path, scratch, tensor, &index_of(index))?)
            }
            "inspect" => {
                let path = request.path.with_context(|| lacks("path"))?;
                Some(self.inspect(request.id.to_owned(), path)?)
            }
            "get" => {
                let path = request.path.with_context(|| lacks("path"))?;
                let scratch = request.scratch.with_context(|| lacks("scratch"))?;
                let tensor = request.tensor.with_context(|| lacks("tensor"))?;
                Some(self.get(request.id.to_owned(), path, scratch, tensor)?)
            }
            "open_index" => {
                let path = request.path.with_context(|| lacks("path"))?;
                let scratch = request.scratch.with_context(|| lacks("scratch"))?;
                Some(self.open_index(request.id.to_owned(), path, scratch)?)
            }
            "write" => {
                let path = request.path.with_context(|| lacks("path"))?;
                let task = request.task.with_context(|| lacks("task"))?;
                let contents = request.contents.with_context(|| lacks("contents"))?;
                Some(self.write(request.id.to_owned(), task, contents, path)?)
            }
            "bench" => {
                let asked = bench::Asked {
                    path: request.path.with_context(|| lacks("path"))?,
                    what: request.what.with_context(|| lacks("what"))?,
                    nonce: request.nonce.with_context(|| lacks("nonce"))?,
                    mode: request.mode.unwrap_or_default(),
                    tensor: request.tensor.unwrap_or_default(),
                };
                Some(self.bench(request.id.to_owned(), asked)?)
            }
            "bye" => None,
            _ => return unknown_operation(line, "there is none of this name").map(Some),
        })
    }

    fn hello(&self, id: String) -> Reply {
        Reply::Hello {
            id,
            protocol: PROTOCOL_MAX,
            implementation: Implementation {
                name: "assay-reference".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                language: "Rust".to_owned(),
                lineage: "assay-reference".to_owned(),
                runtime: None,
                homepage: None,
            },
            capabilities: Capabilities {
                operations: Operation::ALL
                    .iter()
                    .map(|one| one.as_str())
                    .chain([BENCH])
                    .map(str::to_owned)
                    .collect(),
                bench_modes: Some(bench::MODES.map(str::to_owned).to_vec()),
                deterministic_writes: true,
                index: None,
                dtypes: Some(self.dialect.dtypes().iter().map(|d| d.name.clone()).collect()),
                ..Capabilities::default()
            },
        }
    }

    fn read(&self, id: String, path: &str, scratch: &str) -> anyhow::Result<Reply> {
        let file = match self.open(path)? {
            Ok(file) => file,
            Err(error) => return Ok(Reply::Reject { id, error }),
        };
        let reader = file.reader();
        let metadata: Option<BTreeMap<String, String>> = reader.view().metadata;
        let tensors = self.tensors(reader, scratch)?;
        Ok(Reply::Accept { id, metadata, tensors })
    }

    /// The file, or why the reference refuses it.
    fn open(&self, path: &str) -> anyhow::Result<Result<assay_reference::File, ErrorText>> {
        assay_reference::File::open(path, &self.policy).map(Ok).or_else(|error| {
            // A file that cannot be read is no judgement of the reader's.
            let Some(rule) = error.rule() else { anyhow::bail!("{error}") };
            Ok(Err(ErrorText { class: rule.to_string(), message: error.to_string() }))
        })
    }

    fn slice(
        &self,
        id: String,
        path: &str,
        scratch: &str,
        name: &str,
        index: &Index,
    ) -> anyhow::Result<Reply> {
        let file = match self.open(path)? {
            Ok(file) => file,
            Err(error) => return Ok(Reply::Reject { id, error }),
        };
        let tensor = file.reader().tensor(name);
        let tensor = tensor.with_context(|| format!("{path} has no tensor `{name}`"))?;
        let refused = |error: SliceError| {
            let message = error.to_string();
            let class = format!("{error:?}");
            let class = class.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            Ok(Reply::Reject {
                id: id.clone(),
                error: ErrorText { class: class.to_owned(), message },
            })
        };
        let slice = match tensor.slice(index) {
            Ok(slice) => slice,
            Err(error) => return refused(error),
        };
        let bytes = match slice.to_vec() {
            Ok(bytes) => bytes,
            Err(error) => return refused(error),
        };
        let mut large = Large { path: scratch, file: None };
        let tensor = self.tensor(name, slice.dtype(), slice.shape(), &bytes, &mut large)?;
        Ok(Reply::Accept { id, metadata: None, tensors: vec![tensor] })
    }

    fn tensors(&self, reader: &Reader<'_>, scratch: &str) -> anyhow::Result<Vec<ReplyTensor>> {
        let mut large = Large { path: scratch, file: None };
        let reply = |tensor: Tensor<'_>| {
            let (dtype, shape) = (tensor.dtype(), tensor.shape());
            self.tensor(tensor.name(), dtype, shape, tensor.data(), &mut large)
        };
        reader.tensors().map(reply).collect()
    }

    fn tensor(
        &self,
        name: &str,
        dtype: &Dtype,
        shape: &[u64],
        bytes: &[u8],
        large: &mut Large<'_>,
    ) -> anyhow::Result<ReplyTensor> {
        let is_small = bytes.len() as u64 <= self.inline_limit;
        Ok(ReplyTensor {
            name: name.to_owned(),
            dtype: dtype.name.clone(),
            shape: shape.iter().map(|dim| (*dim).into()).collect(),
            data: is_small.then(|| hexadecimal(bytes)),
            scratch: if is_small { None } else { Some(large.append(bytes)?) },
        })
    }
}

/// The file for large contents, created when the first of them comes.
struct Large<'a> {
    path: &'a str,
    file: Option<(File, u64)>,
}

impl Large<'_> {
    fn append(&mut self, bytes: &[u8]) -> anyhow::Result<[u64; 2]> {
        if self.file.is_none() {
            let file = File::create(self.path)
                .with_context(|| format!("cannot write the scratch file {}", self.path))?;
            self.file = Some((file, 0));
        }
        let (file, end) = self.file.as_mut().expect("just made");
        file.write_all(bytes).context("cannot write the scratch file")?;
        let place = [*end, bytes.len() as u64];
        *end += bytes.len() as u64;
        Ok(place)
    }
}

/// The reference's index of a request's.
pub(crate) fn index_of(items: &[SliceItem]) -> Index {
    let item = |item: &SliceItem| match *item {
        SliceItem::Select(position) => IndexItem::Select(position),
        SliceItem::Range([start, stop, step]) => {
            IndexItem::Range { start, stop, step: step.unwrap_or(1) }
        }
        SliceItem::Ellipsis(_) => IndexItem::Ellipsis,
    };
    items.iter().map(item).collect()
}

/// `hex::encode` goes character by character; this is several times as fast.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = vec![0; 2 * bytes.len()];
    hex::encode_to_slice(bytes, &mut digits).expect("there are two digits for each byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// An operation this adapter does not know is refused in the protocol's words;
/// a line that is no request at all ends the conversation.
fn unknown_operation(line: &str, error: &str) -> anyhow::Result<Reply> {
    let object: Value = serde_json::from_str(line).context("a request is a JSON object")?;
    match (object.get("id").and_then(Value::as_str), object.get("op").and_then(Value::as_str)) {
        (Some(id), Some(op)) => Ok(Reply::Unsupported {
            id: id.to_owned(),
            what: Unsupported::Operation,
            message: Some(format!("operation `{op}`: {error}")),
        }),
        _ => anyhow::bail!("a request has the strings `id` and `op`"),
    }
}
