//! From a case, what an implementation declared and what it answered, to an
//! outcome. Pure: contents were compared before.

mod view;

use assay_protocol::ManifestCase;
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::ExpectedView;
use assay_protocol::message::{Capabilities, ErrorText, Reply, ReplyTensor, Unsupported};
use assay_protocol::record::{Answer, DeliveredView, Outcome};

pub(crate) use view::NameIndex;
use view::{Compared, Seen};

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

/// Judges a reply to `read`. `delivered` holds the contents of the reply's
/// tensors in its order; it is empty unless the reply is `accept`.
pub fn judge(
    case: &ManifestCase,
    capabilities: &Capabilities,
    reply: &Reply,
    delivered: &[Delivered],
) -> Judgement {
    let (answer, error) = match reply {
        Reply::Accept { .. } => (Some(Answer::Accept), None),
        Reply::Reject { error, .. } => (Some(Answer::Reject), Some(error.clone())),
        Reply::Unsupported { .. } => (Some(Answer::Unsupported), None),
        Reply::OutOfMemory { error, .. } => (Some(Answer::OutOfMemory), Some(error.clone())),
        Reply::Hello { .. } => (None, None),
    };
    let mut view = None;
    let mut kept = None;
    let (outcome, detail) = match reply {
        Reply::Accept { metadata, tensors, .. } => {
            let seen = Seen { metadata: metadata.as_ref(), tensors, delivered };
            view = Some(seen.digest());
            let judged = accepted(case, capabilities, &seen);
            // Views that are wrong are compared with each other later.
            let is_wrong = matches!(judged.0, Outcome::Misread | Outcome::FalseAccept);
            kept = (is_wrong || case.relation.is_some()).then(|| seen.delivered_view()).flatten();
            judged
        }
        Reply::Reject { .. } => rejected(case, capabilities),
        Reply::Unsupported { what, message, .. } => {
            unsupported(case, capabilities, *what, message.as_deref())
        }
        Reply::OutOfMemory { .. } => (Outcome::OutOfMemory, None),
        Reply::Hello { .. } => {
            (Outcome::ProtocolError, Some("answered `read` with `hello`".to_owned()))
        }
    };
    Judgement { outcome, answer, detail, error, view, delivered: kept }
}

/// What was delivered, for the record; `None` if that is more than a record keeps.
pub(crate) fn delivered_view(
    tensors: &[ReplyTensor],
    delivered: &[Delivered],
) -> Option<DeliveredView> {
    Seen { metadata: None, tensors, delivered }.delivered_view()
}

type Judged = (Outcome, Option<String>);

fn accepted(case: &ManifestCase, capabilities: &Capabilities, seen: &Seen<'_>) -> Judged {
    if case.verdict == ClaimedVerdict::Invalid {
        return (Outcome::FalseAccept, None);
    }
    let Some(expected) = &case.view else {
        return (Outcome::Same, Some("the case has no view to compare with".to_owned()));
    };
    match seen.compare(expected, capabilities.metadata) {
        Compared::Same => (Outcome::Same, None),
        Compared::TypeLost(what) => (Outcome::Degraded, Some(what)),
        Compared::Other(what) => (Outcome::Misread, Some(what)),
    }
}

fn rejected(case: &ManifestCase, capabilities: &Capabilities) -> Judged {
    match case.verdict {
        ClaimedVerdict::Invalid | ClaimedVerdict::Either => (Outcome::Same, None),
        ClaimedVerdict::Valid => match beyond(case, capabilities) {
            Some(what) => (Outcome::Unsupported, Some(what)),
            None => (Outcome::FalseReject, None),
        },
    }
}

/// `unsupported` says nothing of the file, so it counts only for what was
/// declared before the file was seen.
fn unsupported(
    case: &ManifestCase,
    capabilities: &Capabilities,
    what: Unsupported,
    message: Option<&str>,
) -> Judged {
    let said = message.map_or_else(String::new, |text| format!(": {}", quoted(text)));
    if let Some(what) = beyond(case, capabilities) {
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
fn beyond(case: &ManifestCase, capabilities: &Capabilities) -> Option<String> {
    if let Some(longest) = capabilities.max_file_bytes
        && case.size > longest
    {
        return Some(format!(
            "declares files of at most {longest} bytes; this one has {}",
            case.size
        ));
    }
    let dtypes = capabilities.dtypes.as_ref()?;
    let tensors = case.view.as_ref().map_or(&[][..], |view: &ExpectedView| &view.tensors);
    let lacking = tensors.iter().find(|tensor| !dtypes.contains(&tensor.dtype))?;
    Some(format!("does not declare the dtype {}", lacking.dtype))
}

#[cfg(test)]
#[path = "judge/tests.rs"]
mod tests;
