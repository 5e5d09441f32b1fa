//! The executable specification: every rule of a dialect checked over bytes.
//!
//! [`validate`] takes a file's bytes and a [`Dialect`] and says what the file
//! is, what a correct reader sees in it, and every fault it has, with the bytes
//! that show it. It never fails, whatever the bytes. Which rules there are and
//! what they demand comes from the dialect; this crate knows only how each
//! *kind* of check is evaluated.
//!
//! [`lint`] looks for what deserves a look in a file that is valid, contents included.
//!
//! How it works: `facts` finds out once what the file is, with the reader of
//! `json`; `judgement` walks the dialect's rules and has `evaluate` hold each
//! one's check against the facts; `view` collects what a reader sees.
//!
//! Time and memory are proportional to the header (sorting apart): about 5
//! bytes for each of its bytes in files as they are, about 25 where a header is
//! made to cost as much as it can.

#![forbid(unsafe_code)]

mod evaluate;
mod facts;
mod json;
mod judgement;
pub mod lint;
mod message;
pub mod slip;
mod view;

use assay_spec::{Dialect, Finding, Verdict, View};

use crate::facts::Facts;
use crate::judgement::{Judgement, reads_prefix_only};
use crate::slip::Slip;

/// What a file is under a dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// What the findings amount to, omitted ones included.
    pub verdict: Verdict,
    /// What a correct reader sees. Exists exactly if the verdict is not
    /// `invalid`, for every dialect whose rules together refuse the files that
    /// have no view; a dialect weakened beyond that has valid files without one.
    pub view: Option<View>,
    /// The faults, by place, then in the order of the dialect's rules. For each
    /// rule at most [`FINDINGS_PER_RULE`].
    pub findings: Vec<Finding>,
    /// How many more faults there are than findings.
    pub omitted: u64,
}

/// How many findings are kept for one rule.
pub const FINDINGS_PER_RULE: usize = 1_000;

/// Judges a whole file. Tensor contents are not looked at.
pub fn validate(bytes: &[u8], dialect: &Dialect) -> Validation {
    validate_head(bytes, bytes.len() as u64, dialect)
}

/// Judges a file of `file_len` bytes by its first bytes.
///
/// `head` holds prefix and header as far as they are in the file: at least the
/// number of bytes that [`head_len`] gives; more is fine. If it holds fewer,
/// the file is judged as if it ended with them.
pub fn validate_head(head: &[u8], file_len: u64, dialect: &Dialect) -> Validation {
    judge(head, file_len, dialect, None)
}

/// Judges as [`validate_head`] does, but for one mistake. Only to see whether a
/// corpus tells the two apart.
pub fn validate_slipping(head: &[u8], file_len: u64, dialect: &Dialect, slip: Slip) -> Validation {
    judge(head, file_len, dialect, Some(slip))
}

fn judge(head: &[u8], file_len: u64, dialect: &Dialect, slip: Option<Slip>) -> Validation {
    let within_file = usize::try_from(file_len).map_or(head.len(), |len| len.min(head.len()));
    let head = &head[..within_file];
    let is_cut_short = (head.len() as u64) < head_len(head, file_len, dialect);
    let file_len = if is_cut_short { head.len() as u64 } else { file_len };
    let mut facts = Facts::of_prefix(head, file_len, dialect);
    facts.slip = slip;
    let mut judgement = Judgement::new(dialect);
    judgement.judge(&facts, |rule| reads_prefix_only(rule, dialect));
    if !judgement.rejects() {
        facts.read_header();
    }
    judgement.judge(&facts, |_| true);
    judgement.conclude(&facts)
}

/// How many of a file's first bytes [`validate_head`] needs, given its length
/// and its first bytes: the prefix, or as much of it as there is.
///
/// Never more than prefix and header limit, as long as the dialect has a rule
/// that refuses longer headers; never more than `file_len`.
pub fn head_len(prefix: &[u8], file_len: u64, dialect: &Dialect) -> u64 {
    let magic_len = dialect.magics().iter().map(|magic| magic.bytes.len() as u64).max();
    let least = dialect.limit("prefix_bytes").max(magic_len.unwrap_or(0)).min(file_len);
    let facts = Facts::of_prefix(prefix, file_len, dialect);
    let Some(header_len) = facts.header_len else { return least };
    let mut judgement = Judgement::new(dialect);
    judgement.judge(&facts, |rule| reads_prefix_only(rule, dialect));
    if judgement.rejects() {
        return least;
    }
    facts.prefix_len.saturating_add(header_len).min(file_len).max(least)
}
