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
        (Question::Write(write), Unsupported::Names) => write.has_repeated_names,
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

#[cfg(test)]
mod tests {
    use assay_protocol::manifest::{ExpectedTensor, ExpectedView, Origin};
    use assay_protocol::message::{ErrorText, Operation, Reply};
    use assay_protocol::record::Answer;

    use super::super::{Judgement, judge};
    use super::*;
    use crate::question::PlannedWrite;

    fn case(rule: &str, verdict: ClaimedVerdict) -> ManifestCase {
        let tensor = ExpectedTensor {
            name: "a".to_owned(),
            dtype: "X".to_owned(),
            shape: vec![2],
            contents: [8, 10],
            sha256: "0".repeat(64),
        };
        let view = ExpectedView { metadata: None, tensors: vec![tensor] };
        ManifestCase {
            id: format!("{rule}/slug"),
            rule: rule.to_owned(),
            title: String::new(),
            verdict,
            origin: Origin::Hand,
            path: None,
            recipe: None,
            size: 10,
            sha256: "0".repeat(64),
            twin: None,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: None,
            span: None,
            view: (verdict != ClaimedVerdict::Invalid).then_some(view),
            relation: None,
        }
    }

    fn able(operation: Operation) -> Capabilities {
        Capabilities { operations: vec![operation.to_string()], ..Capabilities::default() }
    }

    fn header(data: Option<&str>) -> Reply {
        let tensor = ReplyTensor {
            name: "a".to_owned(),
            dtype: "X".to_owned(),
            shape: vec![2.into()],
            data: data.map(str::to_owned),
            scratch: None,
        };
        Reply::Accept { id: "r".to_owned(), metadata: None, tensors: vec![tensor] }
    }

    fn written() -> Reply {
        Reply::Written { id: "r".to_owned() }
    }

    fn refused() -> Reply {
        Reply::Reject { id: "r".to_owned(), error: ErrorText::default() }
    }

    fn write() -> PlannedWrite {
        PlannedWrite {
            contents: "/c".into(),
            outputs: "/o".into(),
            name: "n".to_owned(),
            is_strided: true,
            has_metadata: false,
            has_repeated_names: false,
        }
    }

    fn of(case: &ManifestCase, question: &Question, reply: &Reply) -> Judgement {
        judge(case, question, &able(question.operation()), reply, &[])
    }

    #[test]
    fn a_header_is_judged_without_contents() {
        use ClaimedVerdict::{Invalid, Valid};
        let ask = |rule: &str, verdict, reply: &Reply| {
            of(&case(rule, verdict), &Question::Inspect, reply)
        };
        let right = ask("a/b", Valid, &header(None));
        assert_eq!(
            (right.outcome, right.view),
            (Outcome::Same, None),
            "there is no view to digest"
        );
        let full = ask("a/b", Valid, &header(Some("0102")));
        assert_eq!(full.outcome, Outcome::ProtocolError);
        assert!(full.detail.unwrap().contains("with contents"));
        let tail = ask("buffer/no-trailing-bytes", Invalid, &header(None));
        assert_eq!(tail.outcome, Outcome::Deferred, "only the file's length tells");
        assert_eq!(ask("buffer/no-holes", Invalid, &header(None)).outcome, Outcome::FalseAccept);
        assert_eq!(ask("buffer/no-holes", Invalid, &refused()).outcome, Outcome::Same);
    }

    #[test]
    fn who_reads_headers_only_is_asked_for_headers() {
        let case = case("buffer/within-file", ClaimedVerdict::Invalid);
        let judged = judge(&case, &Question::Read, &able(Operation::Inspect), &header(None), &[]);
        assert_eq!(judged.outcome, Outcome::Deferred);
        let judged = judge(&case, &Question::Read, &able(Operation::Read), &header(None), &[]);
        assert_eq!(judged.outcome, Outcome::FalseAccept);
    }

    #[test]
    fn writers_take_tasks_or_refuse_them() {
        use ClaimedVerdict::{Either, Invalid, Valid};
        let question = Question::Write(write());
        let cannot = |what| Reply::Unsupported { id: "r".to_owned(), what, message: None };
        let table = [
            (Valid, written(), Outcome::Same),
            (Either, written(), Outcome::Same),
            (Invalid, written(), Outcome::FalseAccept),
            (Valid, refused(), Outcome::FalseReject),
            (Either, refused(), Outcome::Same),
            (Invalid, refused(), Outcome::Same),
            (Valid, header(Some("")), Outcome::ProtocolError),
            (Valid, cannot(Unsupported::Layout), Outcome::Unsupported),
            (Valid, cannot(Unsupported::Names), Outcome::FalseReject),
            (Valid, cannot(Unsupported::Metadata), Outcome::FalseReject),
        ];
        for (at, (verdict, reply, outcome)) in table.into_iter().enumerate() {
            let judged = of(&case("a/b", verdict), &question, &reply);
            assert_eq!(judged.outcome, outcome, "row {at}");
        }
        let judged = of(&case("a/b", Valid), &question, &written());
        assert_eq!(judged.answer, Some(Answer::Written));
        let judged = of(&case("a/b", Valid), &Question::Get { tensor: "a".to_owned() }, &written());
        assert_eq!(judged.outcome, Outcome::ProtocolError);
    }

    #[test]
    fn what_is_written_has_dtypes_of_its_own() {
        let case = case("a/b", ClaimedVerdict::Valid);
        let lacks = Capabilities { written_dtypes: Some(Vec::new()), ..able(Operation::Write) };
        let judged = judge(&case, &Question::Write(write()), &lacks, &refused(), &[]);
        assert_eq!(judged.outcome, Outcome::Unsupported);
        let lacks = Capabilities { written_dtypes: Some(Vec::new()), ..able(Operation::Read) };
        assert_eq!(
            judge(&case, &Question::Read, &lacks, &refused(), &[]).outcome,
            Outcome::FalseReject
        );
    }
}
