//! What right and wrong mean where a file is not read whole.

use assay_protocol::ManifestCase;
use assay_protocol::SliceItem;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::message::{Capabilities, ReplyTensor, Unsupported};
use assay_protocol::record::Outcome;
use assay_spec::check::Fault;
use assay_spec::{Check, Dialect};

use super::Judged;
use crate::question::Question;
use crate::text::quoted;

/// Whether the record keeps what was delivered: members of relations are compared
/// with each other, parts with an array library's.
pub(super) fn keeps(case: &ManifestCase, question: &Question) -> bool {
    case.relation.is_some() || matches!(question, Question::Slice(_))
}

/// Whether `unsupported` is right because of what is asked, whatever the file holds.
pub(super) fn excuses(question: &Question, capabilities: &Capabilities, what: Unsupported) -> bool {
    match (question, what) {
        (Question::Slice(slice), Unsupported::Index) => lacks_index(capabilities, &slice.index),
        (Question::Write(write), Unsupported::Layout) => write.is_strided,
        (Question::Write(write), Unsupported::Metadata) => write.has_metadata,
        _ => false,
    }
}

/// Whether an index asks for what was declared to be missing.
fn lacks_index(capabilities: &Capabilities, index: &[SliceItem]) -> bool {
    let Some(has) = &capabilities.index else { return false };
    index.iter().flat_map(|item| item.features()).any(|feature| !has.contains(&feature))
}

/// A file was written. Whether it is right is for those who can read files.
pub(super) fn written(case: &ManifestCase) -> Judged {
    match case.verdict {
        ClaimedVerdict::Invalid => (Outcome::FalseAccept, None),
        ClaimedVerdict::Valid | ClaimedVerdict::Either => (Outcome::Same, None),
    }
}

/// What is wrong with an answer to `inspect`: contents.
pub(super) fn contents_of_header(tensors: &[ReplyTensor]) -> Option<String> {
    let with = tensors.iter().find(|tensor| tensor.data.is_some() || tensor.scratch.is_some())?;
    Some(format!("answered `inspect` with contents, of tensor {}", quoted(&with.name)))
}

/// Whether only more than the header tells that the rule is broken: how long the file is.
pub(super) fn is_beyond_header(rule: &str) -> bool {
    let dialect = Dialect::latest();
    let rule = dialect.rules().iter().find(|one| one.id.as_str() == rule);
    rule.is_some_and(|rule| {
        matches!(rule.check, Check::Tiling { forbid: Fault::Tail | Fault::Overrun })
    })
}
