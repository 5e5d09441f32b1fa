//! The judge, by table.

use std::collections::BTreeMap;

use assay_protocol::manifest::{ExpectedTensor, Origin};
use assay_protocol::message::ReplyTensor;

use super::*;

fn judge(
    case: &ManifestCase,
    capabilities: &Capabilities,
    reply: &Reply,
    delivered: &[Delivered],
) -> Judgement {
    super::judge(case, &Question::Read, capabilities, reply, delivered)
}

/// A case whose file holds tensor `a` (2 bytes) and metadata `k`.
fn case(verdict: ClaimedVerdict) -> ManifestCase {
    let view = ExpectedView {
        metadata: Some([("k".to_owned(), "v".to_owned())].into()),
        tensors: vec![ExpectedTensor {
            name: "a".to_owned(),
            dtype: "U8".to_owned(),
            shape: vec![2],
            contents: [8, 10],
            sha256: "0".repeat(64),
        }],
    };
    ManifestCase {
        id: "area/rule/slug".to_owned(),
        rule: "area/rule".to_owned(),
        title: "t".to_owned(),
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

fn tensor(name: &str, dtype: &str, shape: &[i64]) -> ReplyTensor {
    ReplyTensor {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        shape: shape.iter().map(|dimension| (*dimension).into()).collect(),
        data: Some(String::new()),
        scratch: None,
    }
}

fn delivered(difference: Option<u64>) -> Delivered {
    Delivered { length: 2, sha256: [7; 32], difference }
}

fn accept(metadata: Option<&[(&str, &str)]>, tensors: Vec<ReplyTensor>) -> Reply {
    let metadata = metadata.map(|pairs| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    });
    Reply::Accept { id: "r".to_owned(), metadata, tensors }
}

fn reject() -> Reply {
    let error = ErrorText { class: "Bad".to_owned(), message: "no".to_owned() };
    Reply::Reject { id: "r".to_owned(), error }
}

fn unsupported(what: Unsupported) -> Reply {
    Reply::Unsupported { id: "r".to_owned(), what, message: None }
}

fn can(dtypes: Option<&[&str]>, metadata: bool, max_file_bytes: Option<u64>) -> Capabilities {
    Capabilities {
        operations: vec!["read".to_owned()],
        dtypes: dtypes.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        metadata,
        max_file_bytes,
        ..Capabilities::default()
    }
}

fn all() -> Capabilities {
    can(None, true, None)
}

/// A float handed out as the bits it is made of; as another float, it is another value.
#[test]
fn a_lost_type_is_not_a_wrong_one() {
    let mut case = case(ClaimedVerdict::Valid);
    case.view.as_mut().unwrap().tensors[0].dtype = "F8_E8M0".to_owned();
    let judged = |dtype: &str, shape: &[i64]| {
        let reply = accept(META, vec![tensor("a", dtype, shape)]);
        judge(&case, &can(None, true, None), &reply, &[delivered(None)]).outcome
    };
    assert_eq!(judged("F8_E8M0", &[2]), Outcome::Same);
    assert_eq!(judged("U8", &[2]), Outcome::Degraded);
    assert_eq!(judged("F8_E4M3", &[2]), Outcome::Misread);
    assert_eq!(judged("U8", &[1, 2]), Outcome::Misread);
}

const META: Option<&[(&str, &str)]> = Some(&[("k", "v")]);

#[test]
fn accepted_views() {
    use Outcome::{Degraded, Misread, Same};
    let right = || tensor("a", "U8", &[2]);
    let table: Vec<(Reply, Vec<Delivered>, Outcome, &str)> = vec![
        (accept(META, vec![right()]), vec![delivered(None)], Same, ""),
        (
            accept(META, vec![right()]),
            vec![delivered(Some(1))],
            Misread,
            "tensor \"a\": contents differ at byte 1 of 2",
        ),
        (
            accept(META, vec![right()]),
            vec![Delivered { length: 1, ..delivered(Some(1)) }],
            Misread,
            "tensor \"a\": delivers 1 bytes instead of 2; they differ at byte 1",
        ),
        (
            accept(META, vec![tensor("a", "I8", &[2])]),
            vec![delivered(None)],
            Misread,
            "tensor \"a\": dtype is \"I8\", not U8",
        ),
        (
            accept(META, vec![tensor("a", "bytes", &[2])]),
            vec![delivered(None)],
            Degraded,
            "tensor \"a\": dtype is \"bytes\", not U8",
        ),
        (
            accept(META, vec![tensor("a", "U8", &[1, 2])]),
            vec![delivered(None)],
            Misread,
            "tensor \"a\": shape is [1,2], not [2]",
        ),
        (
            accept(META, vec![tensor("a", "U8", &[-2])]),
            vec![delivered(None)],
            Misread,
            "tensor \"a\": shape is [-2], not [2]",
        ),
        (
            accept(META, vec![tensor("a", "F32", &[2])]),
            vec![Delivered { length: 8, ..delivered(Some(0)) }],
            Misread,
            "tensor \"a\": dtype is \"F32\", not U8; delivers 8 bytes instead of 2; they differ at byte 0",
        ),
        (accept(META, vec![]), vec![], Misread, "does not deliver tensor \"a\""),
        (
            accept(META, vec![right(), tensor("b", "U8", &[2])]),
            vec![delivered(None), delivered(None)],
            Misread,
            "delivers tensor \"b\", which the file does not have",
        ),
        (
            accept(META, vec![right(), right()]),
            vec![delivered(None), delivered(None)],
            Misread,
            "delivers tensor \"a\" twice",
        ),
        (accept(None, vec![right()]), vec![delivered(None)], Misread, "metadata: \"k\" is missing"),
        (
            accept(Some(&[("k", "w")]), vec![right()]),
            vec![delivered(None)],
            Misread,
            "metadata: \"k\" is \"w\", not \"v\"",
        ),
        (
            accept(Some(&[("k", "v"), ("l", "")]), vec![right()]),
            vec![delivered(None)],
            Misread,
            "metadata: \"l\" is not in the file",
        ),
        // Wrong metadata is worse than a lost type, so it is what is said.
        (
            accept(None, vec![tensor("a", "I8", &[2])]),
            vec![delivered(None)],
            Misread,
            "metadata: \"k\" is missing",
        ),
    ];
    for (reply, delivered, outcome, detail) in table {
        for verdict in [ClaimedVerdict::Valid, ClaimedVerdict::Either] {
            let judgement = judge(&case(verdict), &all(), &reply, &delivered);
            assert_eq!(judgement.outcome, outcome, "{reply:?}");
            assert_eq!(judgement.detail.as_deref().unwrap_or(""), detail);
            assert_eq!(judgement.answer, Some(Answer::Accept));
            assert_eq!(judgement.view.map(|digest| digest.is_empty()), Some(false));
        }
        let judgement = judge(&case(ClaimedVerdict::Invalid), &all(), &reply, &delivered);
        assert_eq!(judgement.outcome, Outcome::FalseAccept);
        assert!(judgement.view.is_some(), "split views show in accepted invalid files");
    }
}

#[test]
fn metadata_is_compared_only_if_it_is_reported() {
    let reply = accept(None, vec![tensor("a", "U8", &[2])]);
    let judged = |metadata: bool| {
        let able = can(None, metadata, None);
        judge(&case(ClaimedVerdict::Valid), &able, &reply, &[delivered(None)]).outcome
    };
    assert_eq!(judged(true), Outcome::Misread);
    assert_eq!(judged(false), Outcome::Same);
}

#[test]
fn absent_and_empty_metadata_are_one_view() {
    for (expected, seen) in [(None, Some(&[][..])), (Some(BTreeMap::new()), None)] {
        let mut case = case(ClaimedVerdict::Valid);
        case.view.as_mut().unwrap().metadata = expected;
        let reply = accept(seen, vec![tensor("a", "U8", &[2])]);
        assert_eq!(judge(&case, &all(), &reply, &[delivered(None)]).outcome, Outcome::Same);
    }
}

#[test]
fn refusals() {
    use ClaimedVerdict::{Either, Invalid, Valid};
    let lacking = can(Some(&["I8"]), true, None);
    let short = can(None, true, Some(9));
    let able = can(Some(&["U8"]), true, Some(10));
    let limit = || unsupported(Unsupported::Limit);
    let dtype = || unsupported(Unsupported::Dtype);
    let operation = || unsupported(Unsupported::Operation);
    let table = [
        (Invalid, &able, reject(), Outcome::Same),
        (Either, &able, reject(), Outcome::Same),
        (Valid, &able, reject(), Outcome::FalseReject),
        (Valid, &lacking, reject(), Outcome::Unsupported),
        (Valid, &short, reject(), Outcome::Unsupported),
        (Valid, &lacking, dtype(), Outcome::Unsupported),
        (Valid, &short, limit(), Outcome::Unsupported),
        (Either, &lacking, dtype(), Outcome::Unsupported),
        (Invalid, &short, limit(), Outcome::Unsupported),
        (Invalid, &lacking, dtype(), Outcome::Unsupported),
        (Valid, &able, dtype(), Outcome::FalseReject),
        (Valid, &able, limit(), Outcome::FalseReject),
        (Valid, &able, operation(), Outcome::FalseReject),
        (Either, &able, dtype(), Outcome::ProtocolError),
        (Invalid, &all(), dtype(), Outcome::ProtocolError),
        (Invalid, &able, limit(), Outcome::ProtocolError),
        (Invalid, &able, operation(), Outcome::ProtocolError),
    ];
    for (at, (verdict, capabilities, reply, outcome)) in table.into_iter().enumerate() {
        let judgement = judge(&case(verdict), capabilities, &reply, &[]);
        assert_eq!(judgement.outcome, outcome, "row {at}");
        assert_eq!(judgement.view, None);
    }
}

#[test]
fn the_implementations_words_are_kept() {
    let judgement = judge(&case(ClaimedVerdict::Invalid), &all(), &reject(), &[]);
    assert_eq!(judgement.error.unwrap().class, "Bad");
    let error = ErrorText { class: "MemoryError".to_owned(), message: String::new() };
    let reply = Reply::OutOfMemory { id: "r".to_owned(), error };
    for verdict in [ClaimedVerdict::Valid, ClaimedVerdict::Invalid, ClaimedVerdict::Either] {
        let judgement = judge(&case(verdict), &all(), &reply, &[]);
        assert_eq!(judgement.outcome, Outcome::OutOfMemory);
        assert_eq!(judgement.answer, Some(Answer::OutOfMemory));
    }
}

#[test]
fn digests_are_equal_exactly_if_views_are() {
    let digest = |metadata, tensors: Vec<ReplyTensor>, delivered: &[Delivered]| {
        let reply = accept(metadata, tensors);
        judge(&case(ClaimedVerdict::Invalid), &all(), &reply, delivered).view.unwrap()
    };
    let (a, b) = (|| tensor("a", "U8", &[2]), || tensor("b", "U8", &[2]));
    let (x, y) = (delivered(None), Delivered { sha256: [8; 32], ..delivered(None) });
    let base = digest(None, vec![a(), b()], &[x.clone(), y.clone()]);
    // The order of the reply, where contents differ, and empty metadata do not matter.
    let far = Delivered { difference: Some(1), ..y.clone() };
    assert_eq!(base, digest(Some(&[]), vec![b(), a()], &[far, x.clone()]));
    for other in [
        digest(None, vec![a(), b()], &[x.clone(), x.clone()]),
        digest(None, vec![a()], std::slice::from_ref(&x)),
        digest(None, vec![a(), tensor("b", "I8", &[2])], &[x.clone(), y.clone()]),
        digest(None, vec![a(), tensor("b", "U8", &[1, 2])], &[x.clone(), y.clone()]),
        digest(None, vec![a(), tensor("c", "U8", &[2])], &[x.clone(), y.clone()]),
        digest(META, vec![a(), b()], &[x.clone(), y.clone()]),
    ] {
        assert_ne!(base, other);
    }
    let with = digest(META, vec![a(), b()], &[x, y]);
    assert_eq!(with.split_once('+').map(|(tensors, _)| tensors), Some(base.as_str()));
}

#[test]
fn many_tensors_are_found_by_name() {
    let mut case = case(ClaimedVerdict::Valid);
    let view = case.view.as_mut().unwrap();
    view.metadata = None;
    let one = view.tensors[0].clone();
    view.tensors =
        (0..40).map(|n| ExpectedTensor { name: format!("t{n:02}"), ..one.clone() }).collect();
    let reply_of = |names: std::ops::Range<u32>| {
        accept(None, names.rev().map(|n| tensor(&format!("t{n:02}"), "U8", &[2])).collect())
    };
    let all_delivered = vec![delivered(None); 40];
    let judgement = judge(&case, &all(), &reply_of(0..40), &all_delivered);
    assert_eq!(judgement.outcome, Outcome::Same);
    let judgement = judge(&case, &all(), &reply_of(0..39), &all_delivered[..39]);
    assert_eq!(judgement.detail.as_deref(), Some("does not deliver tensor \"t39\""));
}

/// Only of cases that are part of a relation and where it is wrong, in order of
/// name, and never more than such a case can hold.
#[test]
fn what_was_delivered_is_kept_where_it_will_be_compared() {
    use assay_protocol::{Aspect, Relation, RelationKind};
    let plain = case(ClaimedVerdict::Valid);
    let related = ManifestCase {
        relation: Some(Relation {
            kind: RelationKind::Split,
            group: "split/1".to_owned(),
            side: 0,
            of: None,
            keeps: vec![Aspect::Contents],
        }),
        ..plain.clone()
    };
    let of = |case: &ManifestCase, tensors: Vec<ReplyTensor>| {
        let contents = vec![delivered(None); tensors.len()];
        judge(case, &all(), &accept(META, tensors), &contents).delivered
    };
    let two = || vec![tensor("b", "U8", &[2]), tensor("a", "U8", &[2])];
    assert_eq!(of(&plain, vec![tensor("a", "U8", &[2])]), None, "it is right");
    assert!(of(&plain, two()).is_some(), "it is a misread");
    assert!(of(&case(ClaimedVerdict::Invalid), two()).is_some(), "it is a false accept");
    let kept = of(&related, two()).unwrap();
    let names: Vec<&str> = kept.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(kept.tensors[0].sha256, hex::encode([7; 32]));
    assert_eq!(kept.metadata.unwrap()["k"], "v");
    assert_eq!(of(&related, vec![tensor(&"n".repeat(1 << 20), "U8", &[2])]), None);
    assert_eq!(judge(&related, &all(), &reject(), &[]).delivered, None);
}

/// Who only takes or refuses files is held to that, and no view of his is on record.
#[test]
fn without_views_only_the_verdict_counts() {
    let can = Capabilities { views: false, ..Capabilities::default() };
    let taken = |verdict| judge(&case(verdict), &can, &accept(None, Vec::new()), &[]);
    for (verdict, outcome) in [
        (ClaimedVerdict::Valid, Outcome::Same),
        (ClaimedVerdict::Either, Outcome::Same),
        (ClaimedVerdict::Invalid, Outcome::FalseAccept),
    ] {
        let judged = taken(verdict);
        assert_eq!((judged.outcome, judged.answer), (outcome, Some(Answer::Accept)));
        assert_eq!((judged.view, judged.delivered), (None, None));
    }
    let refused = judge(&case(ClaimedVerdict::Valid), &can, &reject(), &[]);
    assert_eq!(refused.outcome, Outcome::FalseReject);
}
