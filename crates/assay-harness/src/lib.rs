//! Plans and runs adapters under limits and judges their replies.
//!
//! The only crate that starts processes. It knows the documents
//! (`assay-protocol`) and nothing of validator, reference or generator: what
//! is right travels in the manifest, and whoever reads files is an adapter.
//!
//! [`discover`] finds adapters, [`provision`] sets them up, [`run`] drives
//! them over cases and reports [`Event`]s, [`RecordWriter`] keeps the record.
//! The protocol in words: `harness/PROTOCOL.md`.

#![forbid(unsafe_code)]

mod adapter;
mod bench;
mod channel;
mod contents;
mod doctor;
mod exec;
mod isolation;
mod judge;
mod lane;
mod limit;
mod memory;
mod neutral;
mod order;
mod panel;
mod places;
mod process;
mod processor;
mod provision;
mod question;
mod record;
mod reply;
mod run;
mod session;
mod staged;
mod text;
mod usage;

pub use adapter::{Adapter, HarnessError, discover, is_id, load};
pub use bench::{Benched, Bencher, Job, Loaded};
pub use doctor::{Check, Examined, Finding, Samples, examine};
pub use exec::{ExecError, ExecTool, exec_main, executable};
pub use judge::{Delivered, Judgement, judge};
pub use limit::{LimitError, limit_main};
pub use order::{ids_digest, is_in_shard, shuffle};
pub use panel::{Answers, Cancelled, Panel};
pub use places::Places;
pub use process::kill_all;
pub use provision::{Ready, SetupEvent, SetupFailure, provision};
pub use question::{PlannedSlice, PlannedWrite, Question};
pub use record::{RECORD_FILE, RECORD_PARTIAL, RecordError, RecordWriter, Unfinished};
pub use run::{Event, PlannedCase, RunOptions, RunSummary, probe, run};
pub use session::{Introduction, StartFailure};
pub use usage::{Measured, measure};
