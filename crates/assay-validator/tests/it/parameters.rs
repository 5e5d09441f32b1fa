//! A rule that reuses a check with other parameters needs no code: each
//! parameter is changed here, and the judgement follows.

use assay_spec::check::{
    Aligned, Check, Comparison, Fault, IntegerDemand, JsonType, KeyScope, Leading, Place, Term,
    Trailing,
};
use assay_spec::{Key, KeyObject, KeyRole, Magic, OnViolation, RuleId, Verdict};
use assay_validator::{head_len, validate};

use crate::support::{
    changed, expect, expect_under, file, found, unmark, with_check, with_limit, with_rule,
};

const EMPTY: &str = r#"{"a":{"dtype":"U8","shape":⟦[0]⟧,"data_offsets":⟦[0,0]⟧}}"#;

#[test]
fn allowed_leading_characters() {
    let check =
        |allowed: &str| Check::LeadingBytes { judge: Leading::Whitespace, allowed: allowed.into() };
    let dialect = with_check("header/begins-with-brace", check(" "));
    expect_under(&dialect, "   {}", 0, &[]);
    expect_under(&dialect, "⟦ \n ⟧{}", 0, &["header/begins-with-brace @0"]);
    let dialect = with_check("header/begins-with-brace", check(" \n"));
    expect_under(&dialect, " \n {}", 0, &[]);
    let mark = Check::LeadingBytes { judge: Leading::ByteOrderMark, allowed: "\u{feff}".into() };
    expect_under(&with_check("header/no-byte-order-mark", mark), "\u{feff}{}", 0, &[]);
}

#[test]
fn allowed_trailing_characters() {
    let check = |judge, allowed: &str| Check::TrailingBytes { judge, allowed: allowed.into() };
    let dialect = with_check("header/padding-is-spaces", check(Trailing::Whitespace, "\n"));
    expect_under(&dialect, "{}\n⟦ \n ⟧\n", 0, &["header/padding-is-spaces @0"]);
    let dialect = with_check("header/nothing-after-object", check(Trailing::Content, "\0"));
    expect_under(&dialect, "{}\0\0\0", 0, &[]);
    expect_under(&dialect, "{}\0⟦x\0⟧", 0, &["header/nothing-after-object @0"]);
}

#[test]
fn types_of_values() {
    let check = |of, is: &[JsonType]| Check::ValueType { of, is: is.to_vec() };
    let dialect = with_check(
        "metadata/values-are-strings",
        check(Place::MetadataValue, &[JsonType::String, JsonType::Number]),
    );
    let header = r#"{"__metadata__":{"a":1,"b":"","c":⟦true⟧}}"#;
    expect_under(&dialect, header, 0, &["metadata/values-are-strings @0"]);
    let dialect = with_check("header/root-is-object", check(Place::Root, &[JsonType::Array]));
    expect_under(&dialect, "[]", 0, &[]);
    expect_under(&dialect, "⟦{}⟧", 0, &["header/root-is-object @0"]);
    let strings = check(Place::ShapeElement, &[JsonType::String]);
    let dialect = with_check("entry/shape-holds-numbers", strings);
    let header = r#"{"a":{"dtype":"U8","shape":["x",⟦0⟧],"data_offsets":[0,0]}}"#;
    expect_under(&dialect, header, 0, &["entry/shape-holds-numbers @0"]);
}

#[test]
fn length_and_place_of_arrays() {
    let check = |of, length| Check::ArrayLength { of, length };
    let dialect = with_check("entry/offsets-is-pair", check(Place::DataOffsets, 3));
    let marked = EMPTY.replacen('⟦', "", 1).replacen('⟧', "", 1);
    expect_under(&dialect, &marked, 0, &["entry/offsets-is-pair @0"]);
    let dialect = with_check("entry/offsets-is-pair", check(Place::Shape, 2));
    expect_under(&dialect, EMPTY, 0, &["entry/offsets-is-pair @0"]);
    let dialect = with_check("buffer/offsets-ordered", Check::OrderedPair { of: Place::Shape });
    let header = r#"{"a":{"dtype":"U8","shape":⟦[1,0]⟧,"data_offsets":[0,0]}}"#;
    expect_under(&dialect, header, 0, &["buffer/offsets-ordered @0"]);
}

#[test]
fn limits_of_linear_checks() {
    let dialect = with_limit("max_json_depth", 2);
    let header = r#"{"a":{"dtype":"U8","shape":⟦[⟧0],"data_offsets":[0,0]}}"#;
    expect_under(&dialect, header, 0, &["header/nesting-depth @0"]);
    let dialect = with_limit("max_interoperable_rank", 0);
    expect_under(&dialect, EMPTY, 0, &["shape/rank @0"]);
    let dialect = with_limit("max_header_bytes", 4);
    expect_under(&dialect, "{}  ", 0, &[]);
    expect_under(&dialect, "{}   ", 0, &["prefix/header-limit @=0..8"]);
    let dialect = with_limit("min_header_bytes", 5);
    expect_under(&dialect, "{}  ", 0, &["prefix/header-not-empty @=0..8"]);
}

#[test]
fn terms_and_comparisons() {
    let linear = |left, op, right| Check::Linear { left, op, right };
    let sum = vec![Term::PrefixN, Term::Constant(u64::MAX), Term::Constant(u64::MAX)];
    let check = linear(sum, Comparison::AtMost, vec![Term::FileLen]);
    let dialect = with_check("prefix/header-limit", check);
    expect_under(&dialect, "{}", 0, &["prefix/header-limit @=0..8"]);
    let check = linear(vec![Term::BufferLen], Comparison::Equal, vec![Term::Constant(3)]);
    let dialect = with_check("header/nesting-depth", check);
    expect_under(
        &dialect,
        "{}",
        2,
        &["header/nesting-depth @+0..2", "buffer/no-trailing-bytes @+0..2"],
    );
    let check = linear(vec![Term::HeaderDepth], Comparison::AtLeast, vec![Term::Constant(2)]);
    let dialect = with_check("header/nesting-depth", check);
    expect_under(&dialect, "⟦{⟧}", 0, &["header/nesting-depth @0"]);
    expect_under(&dialect, EMPTY, 0, &[]);
    let check = linear(vec![Term::TensorRank], Comparison::AtLeast, vec![Term::Constant(2)]);
    expect_under(&with_check("shape/rank", check), EMPTY, 0, &["shape/rank @0"]);
}

#[test]
fn bounds_of_integers() {
    let header = r#"{"a":{"dtype":"U8","shape":[0,⟦9⟧,⟦11⟧],"data_offsets":[0,0]}}"#;
    let demand = IntegerDemand::AtMost(Term::Constant(8));
    let check = Check::UnsignedIntegers { of: vec![Place::Shape], demand };
    let rule = "entry/integer-interoperable @0";
    let also = "entry/integer-interoperable @1";
    expect_under(
        &with_check("entry/integer-interoperable", check.clone()),
        header,
        0,
        &[rule, also],
    );
    // One number breaks one bound: above `max_integer` the lower one is not judged.
    let dialect = changed(|spec| {
        spec.tables.limits.get_mut("max_integer").unwrap().value = 10;
        let rules = &mut spec.rules;
        rules
            .iter_mut()
            .find(|rule| rule.id.as_str() == "entry/integer-interoperable")
            .unwrap()
            .check = check;
    });
    expect_under(&dialect, header, 0, &[rule, "entry/integer-range @1"]);
    let demand = IntegerDemand::PlainSpelling;
    let check = Check::UnsignedIntegers { of: vec![Place::DataOffsets], demand };
    let header = r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,⟦-0⟧]}}"#;
    expect_under(
        &with_check("entry/integer-spelling", check),
        header,
        0,
        &["entry/integer-spelling @0"],
    );
}

#[test]
fn limits_of_sizes_and_alignment() {
    let header = r#"{"a":{"dtype":"U8","shape":⟦[2]⟧,"data_offsets":[0,2]}}"#;
    expect_under(&with_limit("max_size_bits", 16), header, 2, &[]);
    expect_under(&with_limit("max_size_bits", 15), header, 2, &["shape/size-fits @0"]);
    for (unit, is_advised) in [(2, false), (5, false), (3, true), (64, true)] {
        let validation = validate(&file(b"{}", 0), &with_limit("data_alignment", unit));
        assert_eq!(!validation.findings.is_empty(), is_advised, "{unit}");
    }
    let check = Check::Alignment { of: Aligned::TensorBegin };
    let dialect = with_check("header/data-alignment", check);
    assert!(validate(&file(b"{}", 0), &dialect).findings.is_empty());
}

#[test]
fn scopes_and_faults() {
    let check = Check::UniqueKeys { scope: KeyScope::Metadata };
    let dialect = with_check("header/unique-names", check);
    expect_under(
        &dialect,
        r#"{"a":⟦0⟧,"a":⟦0⟧}"#,
        0,
        &["entry/is-object @0", "entry/is-object @1"],
    );
    let check = Check::Tiling { forbid: Fault::Tail };
    let dialect = with_check("buffer/no-holes", check);
    let header = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
    expect_under(&dialect, header, 2, &[]);
    expect_under(
        &dialect,
        header,
        3,
        &["buffer/no-holes @+2..3", "buffer/no-trailing-bytes @+2..3"],
    );
}

#[test]
fn rows_of_tables() {
    let old = r#"{"a":⟦{"dtype":"U8","shape":[0],"data_offsets":[0,0]}⟧}"#;
    let length = unmark(old).0.len() as u8;
    let dialect = changed(|spec| {
        let row = spec.tables.dtypes[0].clone();
        spec.tables.dtypes.push(assay_spec::Dtype { name: "NEW".into(), bits: 24, ..row });
        let key = |role, key: &str, of, required| Key {
            role,
            key: key.into(),
            of,
            required,
            since: "0.3".into(),
            feature: None,
        };
        spec.tables.keys.push(key(KeyRole::Note, "quant", KeyObject::Entry, true));
        spec.tables.keys.push(key(KeyRole::Note, "__index__", KeyObject::Header, false));
        spec.tables.magics = vec![Magic { format: "test".into(), bytes: vec![length] }];
    });
    let new =
        r#"{"a":{"dtype":"NEW","shape":[2],"data_offsets":[0,6],"quant":1},"__index__":[7]}  "#;
    expect_under(&dialect, new, 6, &[]);
    expect_under(&dialect, old, 0, &["prefix/foreign-magic @=0..1", "entry/required-fields @0"]);
    let other_key = changed(|spec| {
        let row = spec.tables.keys.iter_mut().find(|key| key.role == KeyRole::Metadata).unwrap();
        row.key = "info".into();
    });
    expect_under(
        &other_key,
        r#"{"info":{"a":"b"},"__metadata__":⟦0⟧}"#,
        0,
        &["entry/is-object @0"],
    );
}

#[test]
fn consequences() {
    for (consequence, verdict) in [
        (OnViolation::Reject, Verdict::Invalid),
        (OnViolation::Either, Verdict::Either),
        (OnViolation::Warn, Verdict::Valid),
    ] {
        let dialect = with_rule("header/begins-with-brace", |rule| rule.on_violation = consequence);
        let validation = validate(&file(b" {}", 0), &dialect);
        assert_eq!(validation.verdict, verdict);
        assert_eq!(validation.view.is_some(), verdict != Verdict::Invalid);
    }
}

#[test]
fn dependence() {
    let header = r#"{"a":{"dtype":⟦"u8"⟧,"shape":⟦0⟧,"data_offsets":[0,0]}}"#;
    expect(header, 0, &["dtype/known @0", "entry/shape-is-array @1"]);
    // On a rule that stands later in the order of reading.
    let dialect =
        with_rule("dtype/known", |rule| rule.depends.push(RuleId::new("buffer/no-holes")));
    expect_under(&dialect, header, 0, &["dtype/known @0", "entry/shape-is-array @1"]);
    let dialect = with_rule("entry/shape-is-array", |rule| {
        rule.depends.push(RuleId::new("dtype/known"));
    });
    expect_under(&dialect, header, 0, &["dtype/known @0"]);
    // A rule of the prefix on one of the header.
    let dialect = with_rule("prefix/header-limit", |rule| {
        rule.check = Check::Linear {
            left: vec![Term::PrefixN],
            op: Comparison::AtMost,
            right: vec![Term::Constant(1)],
        };
        rule.depends.push(RuleId::new("header/json-grammar"));
    });
    expect_under(&dialect, "{}", 0, &["prefix/header-limit @=0..8"]);
    expect_under(&dialect, "{ ⟦⟧", 0, &["header/json-grammar @0"]);
    // A circle ends.
    let dialect = changed(|spec| {
        for (id, other) in [("dtype/known", "entry/is-object"), ("entry/is-object", "dtype/known")]
        {
            let rule = spec.rules.iter_mut().find(|rule| rule.id.as_str() == id).unwrap();
            rule.depends.push(RuleId::new(other));
        }
    });
    expect_under(&dialect, EMPTY, 0, &[]);
}

#[test]
fn a_dialect_without_a_rule_does_not_judge_by_it() {
    let without = |id: &str| changed(|spec| spec.rules.retain(|rule| rule.id.as_str() != id));
    let long = file(&[b' '; 20], 0);
    assert_eq!(head_len(&long[..8], 28, &with_limit("max_header_bytes", 10)), 8);
    assert_eq!(head_len(&long[..8], 28, &without("prefix/header-limit")), 28);
    // Weakened too far: valid, but there is nothing that a reader could see.
    for (id, header) in [
        ("header/json-grammar", &b"{,}"[..]),
        ("header/utf-8", b"\"\xFF\""),
        ("entry/is-object", br#"{"a":1}"#),
        (
            "header/no-lone-surrogates",
            br#"{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
        ),
        ("dtype/known", br#"{"a":{"dtype":"x","shape":[0],"data_offsets":[0,0]}}"#),
    ] {
        let validation = validate(&file(header, 0), &without(id));
        assert_eq!(found(&validation), [], "{id}");
        assert_eq!((validation.verdict, validation.view), (Verdict::Valid, None), "{id}");
    }
    let truncated = validate(&file(b"{}", 0)[..9], &without("prefix/header-within-file"));
    assert_eq!((truncated.verdict, truncated.view), (Verdict::Valid, None));
}
