//! From a case, what an implementation declared and what it answered, to an
//! outcome. Pure: contents were compared before.

mod question;
mod view;

use assay_protocol::ManifestCase;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::ExpectedView;
use assay_protocol::message::{Capabilities, ErrorText, Operation, Reply, Unsupported};
use assay_protocol::record::{Answer, DeliveredView, Outcome};

pub(crate) use view::NameIndex;
use view::{Compared, Seen};

use crate::question::Question;
use crate::text::quoted;

/// The contents of one tensor of a reply, fetched and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 of the contents.
    pub sha256: [u8; 32],
    /// Where they first differ from the expected tensor of the same name, in
    /// bytes from its start; if one is the beginning of the other, the length of the
    /// shorter. `None` if they are equal or there is no such tensor.
    pub difference: Option<u64>,
}

/// What came of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub outcome: Outcome,
    /// What was answered; `None` if the reply answers something else.
    pub answer: Option<Answer>,
    /// What exactly differs.
    pub detail: Option<String>,
    /// The implementation's own words.
    pub error: Option<ErrorText>,
    /// Digest of the view that was delivered.
    pub view: Option<String>,
    /// What was delivered, of cases that are part of a relation, and where it is wrong.
    pub delivered: Option<DeliveredView>,
}

/// Judges a reply to a question. `delivered` holds the contents of the reply's tensors in
/// its order; it is empty unless the reply is `accept`, and in answer to `inspect`.
pub fn judge(
    case: &ManifestCase,
    question: &Question,
    capabilities: &Capabilities,
    reply: &Reply,
    delivered: &[Delivered],
) -> Judgement {
    let (answer, error) = match reply {
        Reply::Accept { .. } => (Some(Answer::Accept), None),
        Reply::Written { .. } => (Some(Answer::Written), None),
        Reply::Reject { error, .. } => (Some(Answer::Reject), Some(error.clone())),
        Reply::Unsupported { .. } => (Some(Answer::Unsupported), None),
        Reply::OutOfMemory { error, .. } => (Some(Answer::OutOfMemory), Some(error.clone())),
        Reply::Hello { .. } | Reply::Bench { .. } => (None, None),
    };
    let mut view = None;
    let mut kept = None;
    let operation = question.operation_for(capabilities);
    let (outcome, detail) = match reply {
        Reply::Accept { .. } if operation == Operation::Write => misplaced(operation, "accept"),
        Reply::Accept { metadata, tensors, .. } => {
            let seen = Seen { metadata: metadata.as_ref(), tensors, delivered };
            let judged = accepted(case, operation, capabilities, &seen);
            // What is seen of a header is not comparable with what is seen of a file.
            if capabilities.views && operation != Operation::Inspect {
                view = Some(seen.digest());
                // Views that are wrong are compared with each other later.
                let is_wrong = matches!(judged.0, Outcome::Misread | Outcome::FalseAccept);
                let is_kept = is_wrong || question::keeps(case, question);
                kept = is_kept.then(|| seen.delivered_view()).flatten();
            }
            judged
        }
        Reply::Written { .. } if operation == Operation::Write => question::written(case),
        Reply::Written { .. } => misplaced(operation, "written"),
        Reply::Reject { .. } => rejected(case, operation, capabilities),
        Reply::Unsupported { what, message, .. }
            if question::excuses(question, capabilities, *what) =>
        {
            (Outcome::Unsupported, message.clone())
        }
        Reply::Unsupported { what, message, .. } => {
            unsupported(case, operation, capabilities, *what, message.as_deref())
        }
        Reply::OutOfMemory { .. } => (Outcome::OutOfMemory, None),
        Reply::Hello { .. } => misplaced(operation, "hello"),
        Reply::Bench { .. } => misplaced(operation, "bench"),
    };
    Judgement { outcome, answer, detail, error, view, delivered: kept }
}

type Judged = (Outcome, Option<String>);

fn misplaced(operation: Operation, reply: &str) -> Judged {
    (Outcome::ProtocolError, Some(format!("answered `{operation}` with `{reply}`")))
}

fn accepted(
    case: &ManifestCase,
    operation: Operation,
    capabilities: &Capabilities,
    seen: &Seen<'_>,
) -> Judged {
    if operation == Operation::Inspect
        && let Some(fault) = question::contents_of_header(seen.tensors)
    {
        return (Outcome::ProtocolError, Some(fault));
    }
    if case.verdict == ClaimedVerdict::Invalid {
        let is_beyond = operation == Operation::Inspect && question::is_beyond_header(&case.rule);
        return (if is_beyond { Outcome::Deferred } else { Outcome::FalseAccept }, None);
    }
    if !capabilities.views {
        return (Outcome::Same, None);
    }
    let Some(expected) = &case.view else {
        return (Outcome::Same, Some("the case has no view to compare with".to_owned()));
    };
    let with_metadata = matches!(operation, Operation::Read | Operation::Inspect);
    match seen.compare(expected, with_metadata && capabilities.metadata) {
        Compared::Same => (Outcome::Same, None),
        Compared::TypeLost(what) => (Outcome::Degraded, Some(what)),
        Compared::Other(what) => (Outcome::Misread, Some(what)),
    }
}

fn rejected(case: &ManifestCase, operation: Operation, capabilities: &Capabilities) -> Judged {
    match case.verdict {
        ClaimedVerdict::Invalid | ClaimedVerdict::Either => (Outcome::Same, None),
        ClaimedVerdict::Valid => match beyond(case, operation, capabilities) {
            Some(what) => (Outcome::Unsupported, Some(what)),
            None => (Outcome::FalseReject, None),
        },
    }
}

/// `unsupported` says nothing of the file, so it counts only for what was
/// declared before the file was seen.
fn unsupported(
    case: &ManifestCase,
    operation: Operation,
    capabilities: &Capabilities,
    what: Unsupported,
    message: Option<&str>,
) -> Judged {
    let said = message.map_or_else(String::new, |text| format!(": {}", quoted(text)));
    if let Some(what) = beyond(case, operation, capabilities) {
        return (Outcome::Unsupported, Some(format!("{what}{said}")));
    }
    // Without a view nobody can say which dtypes the file uses.
    if case.view.is_none() && what == Unsupported::Dtype && capabilities.dtypes.is_some() {
        return (
            Outcome::Unsupported,
            Some(format!("says that it lacks a dtype of the file{said}")),
        );
    }
    let name = match what {
        Unsupported::Operation => "operation",
        Unsupported::Dtype => "dtype",
        Unsupported::Limit => "limit",
        Unsupported::Index => "index",
        Unsupported::Layout => "layout",
        Unsupported::Metadata => "metadata",
        Unsupported::Names => "names",
    };
    let contradiction =
        format!("answered unsupported {name}, against the capabilities it declared{said}");
    match case.verdict {
        ClaimedVerdict::Valid => (Outcome::FalseReject, Some(contradiction)),
        ClaimedVerdict::Invalid | ClaimedVerdict::Either => {
            (Outcome::ProtocolError, Some(contradiction))
        }
    }
}

/// What of the file is beyond the declared capabilities, in words.
fn beyond(
    case: &ManifestCase,
    operation: Operation,
    capabilities: &Capabilities,
) -> Option<String> {
    if let Some(longest) = capabilities.max_file_bytes
        && case.size > longest
    {
        return Some(format!(
            "declares files of at most {longest} bytes; this one has {}",
            case.size
        ));
    }
    let dtypes = match (&capabilities.written_dtypes, operation) {
        (Some(written), Operation::Write) => written,
        _ => capabilities.dtypes.as_ref()?,
    };
    let tensors = case.view.as_ref().map_or(&[][..], |view: &ExpectedView| &view.tensors);
    let lacking = tensors.iter().find(|tensor| !dtypes.contains(&tensor.dtype))?;
    Some(format!("does not declare the dtype {}", lacking.dtype))
}

#[cfg(test)]
#[path = "judge/tests.rs"]
mod tests;
