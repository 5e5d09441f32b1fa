//! What proposals can add: keys with a meaning of their own, features, names that stand twice,
//! tensors that end within a byte.

use assay_spec::RuleId;
use assay_spec::check::SizeDemand;
use assay_spec::{Check, Dialect, Edit, Feature, Key, KeyObject, KeyRole, RepeatedNames, Verdict};
use assay_validator::{Validation, validate};

fn key(role: KeyRole, key: &str, of: KeyObject, feature: Option<&str>) -> Edit {
    Edit::AddKey {
        key: Key {
            role,
            key: key.to_owned(),
            of,
            required: false,
            since: "0.8".to_owned(),
            feature: feature.map(str::to_owned),
        },
    }
}

fn feature(name: &str) -> Edit {
    Edit::AddFeature { feature: Feature { name: name.to_owned(), title: String::new() } }
}

fn judge(edits: &[Edit], header: &str, data: &[u8]) -> Validation {
    let dialect = Dialect::latest().edited(edits).expect("they can be made");
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat();
    validate(&file, &dialect)
}

fn marks(validation: &Validation) -> Vec<(&str, Option<&str>, &str, bool)> {
    let view = validation.view.as_ref().expect("the file is accepted");
    view.marks
        .iter()
        .map(|mark| (&*mark.key, mark.tensor.as_deref(), &*mark.value, mark.reinterprets))
        .collect()
}

const ENTRY: &str = r#""dtype":"U8","shape":[1],"data_offsets":[0,1]"#;

#[test]
fn keys_with_a_meaning_are_told_in_the_order_of_the_header() {
    let edits = [
        key(KeyRole::Note, "note", KeyObject::Entry, None),
        key(KeyRole::Meaning, "order", KeyObject::Metadata, None),
        key(KeyRole::Note, "about", KeyObject::Header, None),
    ];
    let header = format!(
        r#"{{"a":{{{ENTRY},"note": {{"x":[1, 2]}}}},"about":[null],"__metadata__":{{"order":"big","other":"x"}}}}"#
    );
    let seen = judge(&edits, &header, &[7]);
    assert_eq!(
        marks(&seen),
        [
            ("note", Some("a"), r#"{"x":[1, 2]}"#, false),
            ("about", None, "[null]", false),
            ("order", None, "\"big\"", true),
        ]
    );
    assert!(seen.view.as_ref().is_some_and(assay_spec::View::is_reinterpreted));
    assert_eq!(seen.view.map(|view| view.tensors.len()), Some(1), "`about` is no tensor");
    assert!(marks(&judge(&[], &header.replace("\"about\":[null],", ""), &[7])).is_empty());
}

#[test]
fn a_key_of_a_feature_counts_only_where_the_feature_is_demanded() {
    let edits = [
        key(KeyRole::Features, "__features__", KeyObject::Header, None),
        feature("sparse"),
        key(KeyRole::Meaning, "sparse", KeyObject::Entry, Some("sparse")),
    ];
    let file = |features: &str| format!(r#"{{"a":{{{ENTRY},"sparse":[0]}}{features}}}"#);
    // The list stands behind what it is about.
    let demanded = judge(&edits, &file(r#","__features__":["sparse"]"#), &[7]);
    let told = [("sparse", Some("a"), "[0]", true), ("__features__", None, r#"["sparse"]"#, true)];
    assert_eq!(marks(&demanded), told);
    assert!(
        demanded.findings.iter().all(|finding| finding.rule.as_str() != "entry/unknown-fields")
    );
    for without in ["", r#","__features__":[]"#, r#","__features__":["other"]"#] {
        let seen = judge(&edits, &file(without), &[7]);
        let own: Vec<_> = marks(&seen).into_iter().filter(|mark| mark.0 == "sparse").collect();
        assert!(own.is_empty(), "{without}");
        assert!(
            seen.findings.iter().any(|finding| finding.rule.as_str() == "entry/unknown-fields")
        );
    }
    // A list without features demands nothing, and what is no list is a tensor.
    assert!(marks(&judge(&edits, r#"{"__features__":[]}"#, &[])).is_empty());
    let tensor = judge(&edits, &format!(r#"{{"__features__":{{{ENTRY}}}}}"#), &[7]);
    assert_eq!(
        (tensor.verdict, tensor.view.map(|view| view.tensors.len())),
        (Verdict::Valid, Some(1))
    );
}

#[test]
fn of_repeated_names_the_last_is_seen_and_the_others_hold_no_bytes() {
    let edits = [
        Edit::DropRule { rule: RuleId::new("header/unique-names") },
        Edit::SetRepeatedNames { to: RepeatedNames::Last },
    ];
    let entry = |dtype: &str, begin: u64, end: u64| {
        format!(
            r#""a":{{"dtype":"{dtype}","shape":[{}],"data_offsets":[{begin},{end}]}}"#,
            end - begin
        )
    };
    let seen = judge(&edits, &format!("{{{},{}}}", entry("I8", 0, 2), entry("U8", 0, 2)), &[1, 2]);
    let view = seen.view.expect("it is accepted");
    assert_eq!((view.tensors.len(), view.tensors[0].dtype.as_str()), (1, "U8"));
    // The bytes of the one that is not seen belong to nobody.
    let hidden =
        judge(&edits, &format!("{{{},{}}}", entry("U8", 0, 2), entry("U8", 2, 4)), &[1, 2, 3, 4]);
    let rules: Vec<&str> = hidden.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(rules.contains(&"buffer/no-holes"), "{rules:?}");
    // The others must be sound all the same.
    let unsound =
        judge(&edits, &format!("{{{},{}}}", entry("X", 0, 2), entry("U8", 0, 2)), &[1, 2]);
    assert_eq!(unsound.verdict, Verdict::Invalid);
}

#[test]
fn sizes_are_rounded_up_where_the_dialect_says_so() {
    let edits = [
        Edit::DropRule { rule: RuleId::new("dtype/whole-bytes") },
        Edit::SetCheck {
            rule: RuleId::new("shape/matches-offsets"),
            check: Check::SizeEquation { demand: SizeDemand::MatchesOffsetsRoundedUp },
        },
    ];
    let half = Dialect::latest()
        .dtypes()
        .iter()
        .find(|dtype| dtype.bits == 4)
        .expect("there is one")
        .name
        .clone();
    for (elements, bytes, verdict) in [
        (3, 2, Verdict::Valid),
        (3, 1, Verdict::Invalid),
        (3, 3, Verdict::Invalid),
        (4, 2, Verdict::Valid),
        (1, 1, Verdict::Valid),
        (0, 0, Verdict::Valid),
    ] {
        let header = format!(
            r#"{{"a":{{"dtype":"{half}","shape":[{elements}],"data_offsets":[0,{bytes}]}}}}"#
        );
        let seen = judge(&edits, &header, &vec![0; bytes]);
        assert_eq!(
            seen.verdict, verdict,
            "{elements} elements in {bytes} bytes: {:?}",
            seen.findings
        );
    }
}

#[test]
fn messages_name_the_proposal_that_would_admit_what_they_refuse() {
    for (header, proposal) in [
        (r#"{"a":{"dtype":"U3","shape":[8],"data_offsets":[0,3]}}"#, "proposal 0002 would add it"),
        (r#"{"__features__":["sparse"]}"#, "proposal 0006 would add it"),
    ] {
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 3]].concat();
        let seen = validate(&file, &Dialect::latest());
        assert!(
            seen.findings.iter().any(|finding| finding.message.contains(proposal)),
            "{:?}",
            seen.findings
        );
    }
    let with_features = Dialect::by_name("0.8+0006").expect("it is there");
    let header = br#"{"__features__":["sparse"]}"#;
    let file = [&(header.len() as u64).to_le_bytes()[..], header].concat();
    let seen = validate(&file, &with_features);
    let told = |finding: &assay_spec::Finding| {
        finding.message.contains("proposal 0007/gated would add it")
    };
    assert!(seen.findings.iter().any(told), "{:?}", seen.findings);
}
