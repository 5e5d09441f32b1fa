//! The start of a conversation: `hello`, and the probe with an unknown operation.

use std::time::{Duration, Instant};

use assay_protocol::message::{
    PROTOCOL_MAX, PROTOCOL_MIN, Reply, Request, Unsupported, VersionRange,
};
use assay_protocol::record::Outcome;

use super::{Introduction, Session, Stop};
use crate::reply;
use crate::text::quoted;

impl Session<'_> {
    /// Exchanges `hello`.
    pub(crate) fn introduce(&mut self) -> Result<Introduction, Stop> {
        let patience = self.patience();
        let request = Request::Hello {
            id: "hello".to_owned(),
            protocol: VersionRange { min: PROTOCOL_MIN, max: PROTOCOL_MAX },
            inline_limit: self.terms.inline_limit,
        };
        let text = serde_json::to_string(&request).expect("a request is plain JSON");
        let reply = self.ask(&text, "hello", patience).map_err(|stop| before(stop, "`hello`"))?;
        let faults = reply.faults();
        match reply {
            Reply::Hello { implementation, capabilities, .. } => {
                if let Some(fault) = faults.into_iter().next() {
                    return Err(self.fail(Outcome::ProtocolError, format!("its `hello` {fault}")));
                }
                Ok(Introduction { identity: implementation, capabilities })
            }
            other => {
                let what = format!("refused `hello`: {}", in_words(&other));
                Err(self.fail(Outcome::ProtocolError, what))
            }
        }
    }

    /// Sends an operation that nobody has, which must be refused in the
    /// protocol's words: what answers anything to anything is no witness.
    pub(crate) fn probe(&mut self, patience: Duration) -> Result<(), Stop> {
        let operation = made_up_operation();
        let text = format!(r#"{{"op":"{operation}","id":"probe"}}"#);
        let probe = "the probe with an unknown operation";
        match self.ask(&text, "probe", patience).map_err(|stop| before(stop, probe))? {
            Reply::Unsupported { what: Unsupported::Operation, .. } => Ok(()),
            other => {
                let what = format!(
                    "answered the unknown operation `{operation}` with {} instead of \
                     {{\"result\":\"unsupported\",\"what\":\"operation\"}}",
                    in_words(&other)
                );
                Err(self.fail(Outcome::ProtocolError, what))
            }
        }
    }

    /// One request, one reply, nothing else in flight.
    pub(crate) fn ask(
        &mut self,
        request: &str,
        id: &str,
        patience: Duration,
    ) -> Result<Reply, Stop> {
        let output = self.channel.output();
        output.extend_from_slice(request.as_bytes());
        output.push(b'\n');
        let deadline = Instant::now() + patience;
        let parsed = loop {
            if let Some(line) = self.channel.line() {
                break reply::parse(line);
            }
            self.advance(deadline)?;
        };
        match parsed {
            Ok(reply) if reply.id() == id => Ok(reply),
            Ok(reply) => {
                let what = format!("answered {} instead of \"{id}\"", quoted(reply.id()));
                Err(self.fail(Outcome::ProtocolError, what))
            }
            Err(what) => Err(self.fail(Outcome::ProtocolError, what)),
        }
    }
}

/// Says what a failure came in answer to.
fn before(stop: Stop, asked: &str) -> Stop {
    match stop {
        Stop::Cancelled => Stop::Cancelled,
        Stop::Failed(mut failure) => {
            failure.what = format!("{} (asked: {asked})", failure.what);
            Stop::Failed(failure)
        }
    }
}

/// A name that no adapter can know.
pub(crate) fn made_up_operation() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("x{:016x}", RandomState::new().hash_one(0))
}

/// A reply, shortly.
pub(crate) fn in_words(reply: &Reply) -> String {
    match reply {
        Reply::Hello { .. } => "`hello`".to_owned(),
        Reply::Accept { .. } => "`accept`".to_owned(),
        Reply::Written { .. } => "`written`".to_owned(),
        Reply::Bench { .. } => "`bench`".to_owned(),
        Reply::Reject { error, .. } => {
            format!("`reject`, {}: {}", quoted(&error.class), quoted(&error.message))
        }
        Reply::Unsupported { what, message, .. } => {
            let what = format!("{what:?}").to_lowercase();
            format!("`unsupported`, {what}: {}", quoted(message.as_deref().unwrap_or_default()))
        }
        Reply::OutOfMemory { error, .. } => format!("`out_of_memory`: {}", quoted(&error.message)),
    }
}
