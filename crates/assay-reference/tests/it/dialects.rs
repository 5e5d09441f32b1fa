//! Dialects other than the newest edition are followed.

use assay_reference::{Policy, Reader};
use assay_spec::check::{Check, IntegerDemand, JsonType, Term};
use assay_spec::{Dialect, Disputed, Key, KeyObject, KeyRole, OnViolation, Rule, Spec};

use crate::{file, read, refused_by};

const EDITION: &str = "0.8";
const ONE: &str = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;

/// The newest edition with a change, disputed files accepted.
fn changed(change: impl FnOnce(&mut Spec)) -> Policy {
    let mut spec = Spec::embedded().clone();
    change(&mut spec);
    Policy::new(&Dialect::resolve(&spec, EDITION).expect("it is an edition"), Disputed::Accept)
}

fn rule<'s>(spec: &'s mut Spec, id: &str) -> &'s mut Rule {
    spec.rules.iter_mut().find(|rule| rule.id.as_str() == id).expect("it is a rule")
}

fn without(id: &str) -> Policy {
    changed(|spec| {
        let before = spec.rules.len();
        spec.rules.retain(|rule| rule.id.as_str() != id);
        assert_eq!(spec.rules.len(), before - 1, "there is no rule {id}");
    })
}

fn limit(name: &str, value: u64) -> Policy {
    changed(|spec| spec.tables.limits.get_mut(name).expect("it is a limit").value = value)
}

#[test]
fn every_edition_has_its_dtypes() {
    for dialect in ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8"].map(|e| Dialect::edition(e).unwrap())
    {
        let policy = Policy::new(&dialect, Disputed::Reject);
        for dtype in &Spec::embedded().tables.dtypes {
            let bytes = dtype.bits;
            let header = format!(
                r#"{{"a":{{"dtype":"{}","shape":[8],"data_offsets":[0,{bytes}]}}}}"#,
                dtype.name
            );
            let known = dialect.dtype(&dtype.name).is_some();
            let expected = if known { None } else { Some("dtype/known".to_owned()) };
            let file = file(header, &vec![0; bytes as usize]);
            assert_eq!(refused_by(&file, &policy), expected, "{} {}", dialect.name(), dtype.name);
        }
    }
}

#[test]
fn limits_come_from_the_table() {
    let of_header = |n: usize| file(format!("{{}}{}", " ".repeat(n - 2)), b"");
    let policy = limit("max_header_bytes", 20);
    assert_eq!(refused_by(&of_header(20), &policy), None);
    assert_eq!(refused_by(&of_header(21), &policy), Some("prefix/header-limit".into()));

    let nested = file(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[[]]}}"#, &[0]);
    assert_eq!(refused_by(&nested, &limit("max_json_depth", 4)), None);
    let too_deep = Some("header/nesting-depth".to_owned());
    assert_eq!(refused_by(&nested, &limit("max_json_depth", 3)), too_deep);
    assert_eq!(refused_by(&nested, &limit("max_json_depth", 0)), too_deep);

    let many = file(r#"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#, &[0; 5]);
    assert_eq!(refused_by(&many, &limit("max_integer", 5)), None);
    assert_eq!(refused_by(&many, &limit("max_integer", 4)), Some("entry/integer-range".into()));
    assert_eq!(refused_by(&many, &limit("max_size_bits", 40)), None);
    assert_eq!(refused_by(&many, &limit("max_size_bits", 39)), Some("shape/size-fits".into()));
}

#[test]
fn a_rule_that_is_not_there_is_not_enforced() {
    for (id, header, data) in [
        ("header/no-byte-order-mark", "\u{feff}{}", 0),
        ("header/nothing-after-object", "{}x", 0),
        ("header/nesting-depth", &deep(), 0),
        ("entry/unique-fields", &ONE.replace("}}", ",\"x\":1,\"x\":2}}"), 1),
        ("entry/unique-nested-keys", &ONE.replace("}}", ",\"x\":{\"y\":1,\"y\":2}}}"), 1),
        ("metadata/unique-keys", r#"{"__metadata__":{"a":"1","a":"2"}}"#, 0),
        ("shape/matches-offsets", &ONE.replace("shape\":[1]", "shape\":[2]"), 1),
        ("buffer/no-trailing-bytes", ONE, 2),
        ("buffer/no-holes", &ONE.replace("[0,1]", "[1,2]"), 2),
        (
            "buffer/empty-at-running-offset",
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
            2,
        ),
        (
            "buffer/empty-at-running-offset",
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[9,9]}}"#,
            0,
        ),
    ] {
        let file = file(header, &vec![0; data]);
        assert_eq!(refused_by(&file, &changed(|_| ())), Some(id.into()));
        assert_eq!(refused_by(&file, &without(id)), None, "{id}");
    }
}

fn deep() -> String {
    let (open, close) = ("[".repeat(200), "]".repeat(200));
    format!(r#"{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{open}{close}}}}}"#)
}

/// No rule forbids these any more, and still nobody can say what they hold.
#[test]
fn a_file_without_a_view_is_refused_without_a_rule() {
    for (id, header, data) in [
        ("header/root-is-object", "[]".to_owned(), 0),
        ("header/json-grammar", "{".to_owned() + " ", 0),
        ("header/no-lone-surrogates", ONE.replace("\"a\"", "\"\\ud800\""), 1),
        ("dtype/known", ONE.replace("U8", "?"), 1),
        ("entry/is-object", r#"{"a":1}"#.to_owned(), 0),
        ("entry/offsets-is-array", ONE.replace("[0,1]", "1"), 1),
        ("entry/integer-range", ONE.replace("[1]", "[99999999999999999999]"), 1),
        ("metadata/is-object", r#"{"__metadata__":1}"#.to_owned(), 0),
        ("metadata/values-are-strings", r#"{"__metadata__":{"a":1}}"#.to_owned(), 0),
        ("buffer/within-file", ONE.to_owned(), 0),
        ("buffer/offsets-ordered", ONE.replace("[0,1]", "[1,0]"), 1),
    ] {
        let file = file(&header, &vec![0; data]);
        assert_eq!(refused_by(&file, &changed(|_| ())), Some(id.into()), "{header}");
        let error = read(&file, &without(id)).unwrap_err();
        assert_eq!(error.rule(), None, "{id}: {error}");
        assert!(!error.message().is_empty());
    }
}

#[test]
fn consequences_are_followed() {
    let tabs = file("{}\t", b"");
    let padding = |consequence| {
        changed(|spec| rule(spec, "header/padding-is-spaces").on_violation = consequence)
    };
    assert_eq!(refused_by(&tabs, &padding(OnViolation::Either)), None);
    assert_eq!(
        refused_by(&tabs, &padding(OnViolation::Reject)),
        Some("header/padding-is-spaces".into())
    );
    // A rule that only warns can be made to refuse.
    let refusing = |id: &str| changed(|spec| rule(spec, id).on_violation = OnViolation::Reject);
    for (id, header, data) in [
        ("entry/unknown-fields", ONE.replace("}}", ",\"x\":1}}"), 1),
        ("header/data-alignment", "{} ".to_owned(), 0),
        (
            "buffer/tensor-alignment",
            r#"{"a":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}     "#.to_owned(),
            2,
        ),
    ] {
        let file = file(&header, &vec![0; data]);
        assert_eq!(refused_by(&file, &changed(|_| ())), None);
        assert_eq!(refused_by(&file, &refusing(id)), Some(id.into()));
    }
    let zip = [&0x0403_4b50_u64.to_le_bytes()[..], b"{}"].concat();
    let zip = [zip, vec![b' '; 0x0403_4b50 - 2]].concat();
    assert_eq!(refused_by(&zip, &changed(|_| ())), None);
    assert_eq!(
        refused_by(&zip, &refusing("prefix/foreign-magic")),
        Some("prefix/foreign-magic".into())
    );
}

#[test]
fn parameters_are_followed() {
    let policy = changed(|spec| {
        let Check::TrailingBytes { allowed, .. } =
            &mut rule(spec, "header/nothing-after-object").check
        else {
            panic!("it judges trailing bytes")
        };
        allowed.push('\0');
    });
    assert_eq!(refused_by(&file("{}\0 \0", b""), &policy), None);
    assert!(refused_by(&file("{}\0x", b""), &policy).is_some());

    let policy = changed(|spec| {
        let Check::ValueType { is, .. } = &mut rule(spec, "metadata/values-are-strings").check
        else {
            panic!("it judges types")
        };
        *is = vec![JsonType::Number];
    });
    let text = file(r#"{"__metadata__":{"a":"b"}}"#, b"");
    assert_eq!(refused_by(&text, &policy), Some("metadata/values-are-strings".into()));

    let policy = changed(|spec| {
        let Check::ArrayLength { length, .. } = &mut rule(spec, "entry/offsets-is-pair").check
        else {
            panic!("it judges a length")
        };
        *length = 3;
    });
    assert_eq!(refused_by(&file(ONE, &[0]), &policy), Some("entry/offsets-is-pair".into()));

    // A bound that depends on the file: no integer above the length of the buffer.
    let policy = changed(|spec| {
        let rule = rule(spec, "entry/integer-interoperable");
        rule.on_violation = OnViolation::Reject;
        let Check::UnsignedIntegers { demand, .. } = &mut rule.check else {
            panic!("it judges integers")
        };
        *demand = IntegerDemand::AtMost(Term::BufferLen);
    });
    assert_eq!(refused_by(&file(ONE, &[0]), &policy), None);
    let beyond = file(ONE.replace("[1]", "[2]").replace("[0,1]", "[0,2]"), &[0]);
    assert_eq!(refused_by(&beyond, &policy), Some("entry/integer-interoperable".into()));
}

#[test]
fn dependencies_make_rules_moot() {
    // Without the limit's consequence its breach still silences what depends on it,
    // so nothing is broken that counts; there is no header to read all the same.
    let policy = changed(|spec| rule(spec, "prefix/header-limit").on_violation = OnViolation::Warn);
    let file = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    assert_eq!(read(&file, &policy).unwrap_err().rule(), None);
}

#[test]
fn keys_come_from_the_table() {
    let policy = changed(|spec| {
        for key in &mut spec.tables.keys {
            key.key = key.key.to_uppercase();
        }
        let note = |key: &str, of| Key {
            role: KeyRole::Note,
            key: key.into(),
            of,
            required: false,
            since: "0.3".into(),
            feature: None,
        };
        spec.tables.keys.push(note("note", KeyObject::Entry));
        spec.tables.keys.push(note("__note__", KeyObject::Header));
        rule(spec, "entry/unknown-fields").on_violation = OnViolation::Reject;
    });
    let header = r#"{"__METADATA__":{"a":"b"},"__note__":[{}],"a":{"DTYPE":"U8","SHAPE":[1],"DATA_OFFSETS":[0,1],"note":{}}}"#;
    let bytes = file(header, &[5]);
    let reader = Reader::from_bytes(&bytes, &policy).unwrap();
    assert_eq!(reader.metadata().unwrap().get("a"), Some("b"));
    assert_eq!((reader.len(), reader.tensor("a").unwrap().data()), (1, &[5][..]));
    assert_eq!(refused_by(&file(ONE, &[5]), &policy), Some("entry/required-fields".into()));
}

fn proposed(name: &str) -> Policy {
    Policy::new(&Dialect::by_name(name).expect("it is there"), Disputed::Accept)
}

/// Proposal 0006: a list of features counts, anything else under that name is a tensor.
#[test]
fn features_are_read_where_the_dialect_has_them() {
    let latest = Policy::new(&Dialect::latest(), Disputed::Accept);
    let (features, sparse) = (proposed("0.8+0006"), proposed("0.8+0007/gated"));
    let with = |list: &str| file(format!(r#"{{"__features__":{list},{}"#, &ONE[1..]), &[5]);
    for policy in [&features, &sparse] {
        let none = with("[]");
        assert_eq!(Reader::from_bytes(&none, policy).unwrap().len(), 1);
    }
    assert_eq!(refused_by(&with("[]"), &latest), Some("entry/is-object".into()));
    let demanding = with(r#"["spa\u0072se"]"#);
    assert_eq!(refused_by(&demanding, &features), Some("header/features-known".into()));
    assert_eq!(Reader::from_bytes(&demanding, &sparse).unwrap().tensor("a").unwrap().data(), [5]);
    for wrong in ["[1]", "[null]", "[[]]", "[{}]", "[true]"] {
        let rule = refused_by(&with(wrong), &sparse);
        assert_eq!(rule, Some("header/features-are-strings".into()), "{wrong}");
    }
    let tensor = file(ONE.replace("\"a\"", "\"__features__\""), &[5]);
    assert_eq!(Reader::from_bytes(&tensor, &sparse).unwrap().len(), 1);
    let why = read(&demanding, &features).unwrap_err().to_string();
    assert!(why.contains("proposal 0007/gated would add it"), "{why}");
}

/// Proposal 0002: a dtype of three bits, and sizes rounded up to whole bytes.
#[test]
fn tensors_may_end_within_a_byte_where_the_dialect_has_it_so() {
    let policy = proposed("0.8+0002");
    let of = |elements: u64, bytes: usize| {
        let header =
            format!(r#"{{"q":{{"dtype":"U3","shape":[{elements}],"data_offsets":[0,{bytes}]}}}}"#);
        file(header, &vec![0; bytes])
    };
    for elements in 0..20 {
        let bytes = (elements as usize * 3).div_ceil(8);
        assert_eq!(refused_by(&of(elements, bytes), &policy), None, "{elements}");
        let rule = refused_by(&of(elements, bytes + 1), &policy);
        assert_eq!(rule, Some("shape/matches-offsets".into()), "{elements}");
    }
    let latest = Policy::new(&Dialect::latest(), Disputed::Accept);
    let why = read(&of(8, 3), &latest).unwrap_err().to_string();
    assert!(why.contains("proposal 0002 would add it"), "{why}");
}

/// What keys of proposals say is told in the order of the header, as the validator tells it.
#[test]
fn keys_with_a_meaning_are_told() {
    let marks = |name: &str, header: &str| -> Vec<(String, Option<String>, String, bool)> {
        let file = file(header, &[5]);
        let view = read(&file, &proposed(name)).unwrap();
        let all = view.marks.into_iter();
        all.map(|mark| (mark.key, mark.tensor, mark.value, mark.reinterprets)).collect()
    };
    let told = |key: &str, tensor: Option<&str>, value: &str, reinterprets| {
        (key.to_owned(), tensor.map(str::to_owned), value.to_owned(), reinterprets)
    };
    let header = r#"{ "a\u0062" : {"sp\u0061rse" : {"x":[1, "]}"]} ,"dtype":"U8","shape":[1],"data_offsets":[0,1]}, "__features__":["sparse"] }"#;
    let expected = [
        told("sparse", Some("ab"), r#"{"x":[1, "]}"]}"#, true),
        told("__features__", None, r#"["sparse"]"#, true),
    ];
    assert_eq!(marks("0.8+0007/gated", header), expected);
    let without = header.replace("[\"sparse\"]", "[]");
    assert!(marks("0.8+0007/gated", &without).is_empty());
    let order = format!(r#"{{"__metadata__":{{"other":"x","byte_order":"big"}},{}"#, &ONE[1..]);
    assert_eq!(marks("0.8+0010", &order), [told("byte_order", None, "\"big\"", true)]);
    assert!(marks("0.8", &order).is_empty());
}
