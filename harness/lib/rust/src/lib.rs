//! The loop of the adapter protocol (`harness/PROTOCOL.md`) for adapters
//! written in Rust: [`serve`] it an identity and a function that reads a file.
//!
//! Panics are not caught: a panic of the library is a crash of the library.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

mod bench;
mod messages;
mod scratch;
mod write;

use serde::{Deserialize, Serialize};

pub use bench::{BenchFn, BenchRequest, Loaded, bench_read};
use messages::{Reply, ReplyTensor, Request, WithOperations, WithRuntime};
use scratch::{Scratch, hexadecimal};
pub use write::{InputTensor, WriteFn};

const PROTOCOL: u32 = 1;

/// Error texts quote the file; no reader of a report wants more characters.
const MESSAGE_LIMIT: usize = 4096;

/// Files of fewer bytes are read in one piece.
const SMALL: usize = 64 * 1024;

/// What is driven: the object `implementation` of the reply to `hello`.
#[derive(Debug, Serialize)]
pub struct Implementation {
    /// Name, as its registry has it.
    pub name: &'static str,
    /// Version.
    pub version: &'static str,
    /// Language of the implementation.
    pub language: &'static str,
    /// Whose parser it is.
    pub lineage: &'static str,
    /// Where it lives.
    pub homepage: &'static str,
}

/// What it can do: the object `capabilities` of the reply to `hello`.
#[derive(Debug, Default, Serialize)]
pub struct Capabilities {
    /// The dtypes it delivers, as files spell them; `None`: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtypes: Option<Vec<String>>,
    /// Whether it shows what is in a file; if not, only its verdict is evidence. `None`: yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<bool>,
    /// Whether it reports metadata.
    pub metadata: bool,
    /// What its indices can say; `None`: all there is. See `IndexFeature` in the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Vec<&'static str>>,
    /// The dtypes that it writes; `None`: those of `dtypes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_dtypes: Option<Vec<String>>,
    /// Whether the library writes to streams or memory only, so that files are its user's own.
    pub writes_streams: bool,
    /// Whether it claims that equal tensors give equal bytes.
    pub deterministic_writes: bool,
    /// The ways in which it can be timed; `None`: one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bench_modes: Option<Vec<&'static str>>,
}

/// What an index says of one dimension, or `"..."`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SliceItem {
    /// One position; below zero from the end.
    Select(i64),
    /// Start, stop, step.
    Range([Option<i64>; 3]),
    /// As many whole dimensions as the other items leave.
    Ellipsis(Dots),
}

/// The word `...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Dots {
    /// The only one.
    #[serde(rename = "...")]
    Dots,
}

/// A part of a tensor as the library delivered it.
#[derive(Debug)]
pub struct Part {
    /// Dtype in the format's words.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Contents, little-endian and row-major.
    pub data: Vec<u8>,
}

/// A library's way to read a part of one tensor of a file's bytes.
pub type SliceFn = dyn Fn(&[u8], &str, &[SliceItem]) -> Result<Part, Failure>;

/// A library's way to read the file of a path's header only.
pub type InspectFn = dyn Fn(&str) -> Result<Header, Failure>;

/// A library's way to read one tensor of a file's bytes by its name.
pub type GetFn = dyn Fn(&[u8], &str) -> Result<Part, Failure>;

/// A library's way to read a file's bytes whole.
pub type ReadFn<'l> = dyn for<'data> Fn(&'data [u8]) -> Result<View<'data>, Failure> + 'l;

/// What a library can do; what is there is declared.
#[derive(Clone, Copy, Default)]
pub struct Operations<'l> {
    /// The file whole.
    pub read: Option<&'l ReadFn<'l>>,
    /// The header only.
    pub inspect: Option<&'l InspectFn>,
    /// One tensor by its name.
    pub get: Option<&'l GetFn>,
    /// A part of one tensor.
    pub slice: Option<&'l SliceFn>,
    /// Writing a file.
    pub write: Option<&'l WriteFn>,
    /// Loading against the clock.
    pub bench: Option<&'l BenchFn>,
}

impl Operations<'_> {
    fn names(&self) -> Vec<&'static str> {
        let all = [
            ("read", self.read.is_some()),
            ("inspect", self.inspect.is_some()),
            ("get", self.get.is_some()),
            ("slice", self.slice.is_some()),
            ("write", self.write.is_some()),
            ("bench", self.bench.is_some()),
        ];
        all.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
    }
}

/// A header as the library sees it.
#[derive(Debug)]
pub struct Header {
    /// The metadata, if the library reports any.
    pub metadata: Option<HashMap<String, String>>,
    /// Name, dtype in the format's words, and shape of each tensor, in any order.
    pub tensors: Vec<(String, String, Vec<usize>)>,
}

/// A file as the library sees it, borrowing the file's bytes.
#[derive(Debug)]
pub struct View<'data> {
    /// The metadata, if the library reports any.
    pub metadata: Option<HashMap<String, String>>,
    /// The tensors, in any order.
    pub tensors: Vec<Tensor<'data>>,
}

/// One tensor, as the library delivered it.
#[derive(Debug)]
pub struct Tensor<'data> {
    /// Name.
    pub name: String,
    /// Dtype in the format's words.
    pub dtype: String,
    /// Dimensions, outermost first.
    pub shape: Vec<usize>,
    /// Contents, little-endian and row-major.
    pub data: &'data [u8],
}

/// Why there is no view.
#[derive(Debug)]
pub enum Failure {
    /// The library refused the file.
    Reject(ErrorText),
    /// The library cannot do this: `dtype`, `limit`, `index`, `layout`, `metadata` or `names`,
    /// and in words.
    Unsupported(&'static str, String),
    /// Memory ran out and the library lived to tell.
    OutOfMemory(ErrorText),
}

/// The library's own words.
#[derive(Debug, Serialize)]
pub struct ErrorText {
    /// Class or variant of the error.
    pub class: String,
    /// Its text.
    pub message: String,
}

impl ErrorText {
    /// Takes the variant's name from `Debug` and the text from `Display`.
    pub fn of(error: &(impl std::fmt::Debug + std::fmt::Display)) -> ErrorText {
        let mut class = format!("{error:?}");
        class.truncate(class.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(class.len()));
        ErrorText { class, message: cut(&error.to_string()) }
    }
}

/// A message, no longer than reports show.
fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_LIMIT).collect()
}

/// Answers requests until `bye` or the end of standard input.
///
/// `read` gets the bytes of the whole file. A file that cannot be read is the
/// harness's fault, not a word of the library: it ends the adapter.
///
/// # Errors
///
/// If standard input, the channel, a request or a file given by it is broken.
pub fn serve(
    implementation: &Implementation,
    capabilities: &Capabilities,
    read: impl for<'data> Fn(&'data [u8]) -> Result<View<'data>, Failure>,
) -> io::Result<()> {
    serve_operations(
        implementation,
        capabilities,
        &Operations { read: Some(&read), ..Operations::default() },
    )
}

/// As [`serve`], for a library with other operations.
///
/// # Errors
///
/// As there.
pub fn serve_operations(
    implementation: &Implementation,
    capabilities: &Capabilities,
    operations: &Operations<'_>,
) -> io::Result<()> {
    let names = operations.names();
    let mut channel = take_standard_output()?;
    let mut requests = BufReader::new(io::stdin().lock());
    let (mut line, mut output, mut inline_limit) = (String::new(), Vec::new(), 0);
    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let request = Request::parse(&line)?;
        let id = request.id;
        let reply = match request.op {
            "hello" => {
                inline_limit = request.inline_limit;
                Reply::Hello {
                    id,
                    protocol: PROTOCOL,
                    implementation: WithRuntime { implementation, runtime: env!("RUSTC_VERSION") },
                    capabilities: WithOperations { operations: &names, capabilities },
                }
            }
            "bye" => return Ok(()),
            _ => answer(&request, operations, inline_limit)?,
        };
        output.clear();
        serde_json::to_writer(&mut output, &reply)?;
        output.push(b'\n');
        channel.write_all(&output)?;
    }
}

/// The reply to a request of an operation, known or not.
fn answer<'a>(
    request: &Request<'a>,
    operations: &Operations<'_>,
    inline_limit: usize,
) -> io::Result<Reply<'a>> {
    let Request { op, id, path, length, scratch, tensor, .. } = *request;
    let unknown = Reply::Unsupported { id, what: "operation", message: None };
    Ok(match op {
        "read" => match operations.read {
            None => unknown,
            Some(read) => match contents(path, length)? {
                Ok(bytes) => reply_to_read(id, read(&bytes), inline_limit, scratch)?,
                Err(error) => Reply::OutOfMemory { id, error },
            },
        },
        "get" | "slice" => {
            let part: Box<dyn Fn(&[u8]) -> Result<Part, Failure>> = match (operations, op) {
                (Operations { get: Some(get), .. }, "get") => Box::new(|bytes| get(bytes, tensor)),
                (Operations { slice: Some(slice), .. }, "slice") => {
                    Box::new(|bytes| slice(bytes, tensor, &request.index))
                }
                _ => return Ok(unknown),
            };
            match contents(path, length)? {
                Ok(bytes) => reply_to_part(id, tensor, part(&bytes), inline_limit, scratch)?,
                Err(error) => Reply::OutOfMemory { id, error },
            }
        }
        "inspect" => {
            operations.inspect.map_or(unknown, |inspect| reply_to_inspect(id, inspect(path)))
        }
        "write" => match operations.write {
            None => unknown,
            Some(write) => match write::put(write, request.task, request.contents, path)? {
                Ok(()) => Reply::Written { id },
                Err(failure) => failed(id, failure),
            },
        },
        "bench" => match operations.bench {
            None => unknown,
            Some(bench) => reply_to_bench(request, bench)?,
        },
        _ => unknown,
    })
}

fn reply_to_bench<'a>(request: &Request<'a>, bench: &BenchFn) -> io::Result<Reply<'a>> {
    let Request { id, path, what, mode, tensor, nonce, .. } = *request;
    let mut loaded = Loaded::new(nonce)?;
    Ok(match bench(&BenchRequest { path, what, mode, tensor }, &mut loaded) {
        Ok(()) => {
            let (sum, count, returned_ns) = loaded.finish();
            Reply::Bench { id, sum, count, returned_ns }
        }
        Err(failure) => failed(id, failure),
    })
}

/// The real standard output, for replies; what anyone else prints there from
/// now on goes to standard error.
fn take_standard_output() -> io::Result<File> {
    let channel = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(channel))
}

/// The bytes of a file. The length is a hint that saves asking the system for
/// it; a file of another length is read whole all the same.
fn contents(path: &str, length: u64) -> io::Result<Result<Vec<u8>, ErrorText>> {
    match read_whole(path, length) {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(error) if error.kind() == ErrorKind::OutOfMemory => {
            Ok(Err(ErrorText { class: "OutOfMemory".to_owned(), message: error.to_string() }))
        }
        Err(error) => Err(io::Error::new(error.kind(), format!("cannot read {path}: {error}"))),
    }
}

fn read_whole(path: &str, length: u64) -> io::Result<Vec<u8>> {
    let Some(small) = usize::try_from(length).ok().filter(|length| *length < SMALL) else {
        return std::fs::read(path);
    };
    let mut bytes = vec![0; small + 1];
    let mut file = File::open(path)?;
    let count = file.read(&mut bytes)?;
    // Room was left, so this was the end of the file; else there is more of it than was said.
    bytes.truncate(count);
    if count > small {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn reply_to_read<'a>(
    id: &'a str,
    outcome: Result<View<'_>, Failure>,
    inline_limit: usize,
    scratch: &str,
) -> io::Result<Reply<'a>> {
    Ok(match outcome {
        Ok(View { metadata, tensors }) => {
            let mut file = Scratch::new(scratch);
            let mut replies = Vec::with_capacity(tensors.len());
            for Tensor { name, dtype, shape, data } in tensors {
                let (mut hex, mut scratch) = (None, None);
                if data.len() > inline_limit {
                    scratch = Some(file.append(data)?);
                } else {
                    hex = Some(hexadecimal(data));
                }
                replies.push(ReplyTensor { name, dtype, shape, data: hex, scratch });
            }
            Reply::Accept { id, metadata, tensors: replies }
        }
        Err(failure) => failed(id, failure),
    })
}

fn failed(id: &str, failure: Failure) -> Reply<'_> {
    match failure {
        Failure::Reject(error) => Reply::Reject { id, error },
        Failure::OutOfMemory(error) => Reply::OutOfMemory { id, error },
        Failure::Unsupported(what, message) => {
            Reply::Unsupported { id, what, message: Some(cut(&message)) }
        }
    }
}

fn reply_to_inspect(id: &str, outcome: Result<Header, Failure>) -> Reply<'_> {
    let header = match outcome {
        Ok(header) => header,
        Err(failure) => return failed(id, failure),
    };
    let tensors = header.tensors.into_iter();
    let tensors = tensors.map(|(name, dtype, shape)| ReplyTensor {
        name,
        dtype,
        shape,
        data: None,
        scratch: None,
    });
    Reply::Accept { id, metadata: header.metadata, tensors: tensors.collect() }
}

fn reply_to_part<'a>(
    id: &'a str,
    name: &str,
    outcome: Result<Part, Failure>,
    inline_limit: usize,
    scratch: &str,
) -> io::Result<Reply<'a>> {
    let part = match outcome {
        Ok(part) => part,
        Err(failure) => return reply_to_read(id, Err(failure), inline_limit, scratch),
    };
    let Part { dtype, shape, data } = part;
    let tensor = Tensor { name: name.to_owned(), dtype, shape, data: &data };
    let view = View { metadata: None, tensors: vec![tensor] };
    reply_to_read(id, Ok(view), inline_limit, scratch)
}
