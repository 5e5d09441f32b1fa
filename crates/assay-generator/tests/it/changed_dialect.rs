//! Files follow the dialect's data, whatever it says.

use assay_generator::stream::FILES_PER_SWARM;
use assay_generator::{Stream, boundaries, kinds, telling, valid, violate};
use assay_spec::check::{Comparison, Term};
use assay_spec::{Check, Dialect, Dtype, DtypeClass, RuleId, Spec, Verdict};

use crate::judge::{Judge, SMALL_BYTES, breaks_only, describe};

/// The newest edition after a change of its data.
fn changed(change: impl FnOnce(&mut Spec)) -> Dialect {
    let mut spec = Spec::embedded().clone();
    change(&mut spec);
    Dialect::resolve(&spec, Dialect::latest().name()).expect("the edition is still there")
}

fn limit(spec: &mut Spec, name: &str, value: u64) {
    spec.tables.limits.get_mut(name).expect("the limit is in the table").value = value;
}

fn check<'a>(spec: &'a mut Spec, id: &str) -> &'a mut Check {
    let rule = spec.rules.iter_mut().find(|rule| rule.id.as_str() == id);
    &mut rule.expect("the rule is in the spec").check
}

/// Valid files are valid, violations break their rule alone, boundaries hold.
fn is_followed(dialect: Dialect) {
    let judge = Judge::new(dialect);
    for seed in 0..300 {
        let model = valid(&judge.dialect, seed);
        let bytes = model.to_draft().to_bytes(SMALL_BYTES).expect("ordinary files are small");
        let seen = judge.judge(&bytes, &format!("valid file {seed}"));
        assert_eq!(seen.verdict, Verdict::Valid, "{seed}: {}", describe(&bytes, &seen));
        assert_eq!(seen.view, Some(model.view()), "{seed}");
    }
    let mut stream = Stream::new(&judge.dialect);
    for seed in (0..30).flat_map(|swarm| swarm * FILES_PER_SWARM..swarm * FILES_PER_SWARM + 25) {
        let mut bytes = Vec::new();
        stream.valid(seed, &mut bytes);
        let seen = judge.judge(&bytes, &format!("streamed file {seed}"));
        assert_eq!(seen.verdict, Verdict::Valid, "{seed}: {}", describe(&bytes, &seen));
        bytes.clear();
        let rule = stream.broken(seed, &mut bytes).expect("some rule can be broken");
        let seen = judge.judge(&bytes, &format!("streamed file {seed}"));
        assert!(breaks_only(rule, &seen), "{seed}, {}: {}", rule.id, describe(&bytes, &seen));
    }
    for rule in judge.dialect.rules() {
        for seed in 0..kinds(rule) * 3 {
            let Some(violation) = violate(&judge.dialect, rule, seed) else { continue };
            let what = format!("{}/{} (seed {seed})", rule.id, violation.slug);
            if let Ok(bytes) = violation.broken.to_bytes(SMALL_BYTES) {
                let seen = judge.judge(&bytes, &what);
                assert!(breaks_only(rule, &seen), "{what} is {}", describe(&bytes, &seen));
            }
            if let Ok(bytes) = violation.twin.to_bytes(SMALL_BYTES) {
                let seen = judge.judge(&bytes, &what);
                assert_eq!(seen.verdict, Verdict::Valid, "{what}: {}", describe(&bytes, &seen));
            }
        }
        let mut edges = boundaries(&judge.dialect, rule);
        if let Check::Behaviour { probe } = rule.check {
            edges.extend(telling(&judge.dialect, probe));
        }
        for boundary in edges {
            let Ok(bytes) = boundary.draft.to_bytes(SMALL_BYTES) else { continue };
            let seen = judge.judge(&bytes, &boundary.slug);
            let what = format!("{}/{}: {}", rule.id, boundary.slug, describe(&bytes, &seen));
            assert_eq!(seen.verdict, boundary.verdict, "{what}");
        }
    }
}

#[test]
fn a_shorter_header_limit_and_a_lower_depth() {
    let dialect = changed(|spec| {
        limit(spec, "max_header_bytes", 1000);
        limit(spec, "max_json_depth", 5);
        limit(spec, "max_interoperable_rank", 6);
    });
    let id = RuleId::new("prefix/header-limit");
    let all = boundaries(&dialect, dialect.rule(&id).unwrap());
    let lengths: Vec<_> = all.iter().map(|boundary| boundary.draft.header_len()).collect();
    assert_eq!(lengths, [Some(1000), Some(999), Some(1001)]);
    is_followed(dialect);
}

#[test]
fn a_dtype_of_twelve_bits() {
    let dialect = changed(|spec| {
        spec.tables.dtypes.push(Dtype {
            name: "I12".to_owned(),
            bits: 12,
            class: DtypeClass::Int,
            since: Dialect::latest().name().to_owned(),
            packing: None,
            note: None,
        });
    });
    let uses =
        |seed: &u64| valid(&dialect, *seed).tensors.iter().any(|tensor| tensor.dtype == "I12");
    assert!((0..300).filter(uses).count() > 10);
    let rule = dialect.rule(&RuleId::new("dtype/whole-bytes")).unwrap();
    let edges = boundaries(&dialect, rule);
    let of_twelve = edges.iter().filter(|boundary| boundary.slug.starts_with("i12-times-")).count();
    assert_eq!(of_twelve, 6, "zero to five elements, of which two are whole bytes");
    is_followed(dialect);
}

#[test]
fn other_white_space_and_smaller_integers() {
    let dialect = changed(|spec| {
        *check(spec, "header/padding-is-spaces") = Check::TrailingBytes {
            judge: assay_spec::check::Trailing::Whitespace,
            allowed: "\t".to_owned(),
        };
        *check(spec, "header/begins-with-brace") = Check::LeadingBytes {
            judge: assay_spec::check::Leading::Whitespace,
            allowed: "\n ".to_owned(),
        };
        limit(spec, "max_integer", 1 << 40);
        limit(spec, "max_interoperable_integer", 1 << 31);
        limit(spec, "max_size_bits", (1 << 50) - 1);
    });
    is_followed(dialect);
}

/// A rule that the spec does not have, of a kind that it has: no code is needed.
#[test]
fn a_new_rule_of_a_known_kind() {
    let id = RuleId::new("buffer/at-most");
    let dialect = changed(|spec| {
        let mut rule =
            spec.rules.iter().find(|r| r.id.as_str() == "prefix/complete").unwrap().clone();
        rule.id = id.clone();
        rule.check = Check::Linear {
            left: vec![Term::BufferLen],
            op: Comparison::AtMost,
            right: vec![Term::Constant(5000)],
        };
        rule.depends = vec![RuleId::new("prefix/header-within-file")];
        spec.rules.push(rule);
    });
    let rule = dialect.rule(&id).unwrap();
    let lengths: Vec<_> = boundaries(&dialect, rule)
        .iter()
        .map(|boundary| boundary.draft.len().unwrap() - 8 - boundary.draft.header_len().unwrap())
        .collect();
    assert_eq!(lengths, [5000, 4999, 5001]);
    is_followed(dialect);
}

/// Limits that no file can reach are no reason to try, or to run out of memory.
#[test]
fn limits_beyond_reach() {
    let dialect = changed(|spec| {
        for limit in spec.tables.limits.values_mut() {
            limit.value = u64::MAX;
        }
        limit(spec, "prefix_bytes", 8);
        limit(spec, "min_header_bytes", 2);
        limit(spec, "data_alignment", 8);
    });
    let mut made = 0;
    for rule in dialect.rules() {
        made += (0..kinds(rule)).filter(|seed| violate(&dialect, rule, *seed).is_some()).count();
        assert!(boundaries(&dialect, rule).len() < 100);
    }
    assert!(made > 200, "only {made} violations");
}

/// Proposals that only use what checks there are need no code here.
#[test]
fn proposals_are_followed() {
    for name in ["0.8+0001", "0.8+0002", "0.8+0004/gaps", "0.8+0007/gated"] {
        is_followed(Dialect::by_name(name).expect("it is there"));
    }
}

#[test]
fn features_that_nobody_knows_are_demanded() {
    let dialect = Dialect::by_name("0.8+0007/gated").expect("it is there");
    for rule in ["header/features-known", "header/features-are-strings"] {
        let rule = dialect.rule(&RuleId::new(rule)).expect("the proposal adds it");
        assert!(kinds(rule) >= 4, "{}", rule.id);
        assert!(
            (0..kinds(rule)).all(|seed| violate(&dialect, rule, seed).is_some()),
            "{}",
            rule.id
        );
    }
}
