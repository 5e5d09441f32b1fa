//! Files at edges are what they claim to be.

use assay_generator::{Boundary, boundaries, telling};
use assay_spec::check::Term;
use assay_spec::{Check, Dialect, OnViolation, RuleId, Verdict};

use crate::judge::{Judge, SMALL_BYTES, describe};

#[test]
fn boundaries_are_what_they_claim() {
    for edition in ["0.8", "0.5", "0.3"] {
        let judge = Judge::new(Dialect::edition(edition).unwrap());
        let mut made = 0;
        for rule in judge.dialect.rules() {
            let mut all = boundaries(&judge.dialect, rule);
            if let Check::Behaviour { probe } = rule.check {
                all.extend(telling(&judge.dialect, probe));
                assert!(all.iter().all(|b| b.verdict == Verdict::Valid), "{}", rule.id);
            }
            for boundary in &all {
                made += usize::from(as_claimed(&judge, &rule.id, boundary));
            }
            let invalid = all.iter().any(|boundary| boundary.verdict != Verdict::Valid);
            let valid = all.iter().any(|boundary| boundary.verdict == Verdict::Valid);
            assert!(valid || !invalid, "{} has no valid file at its edge", rule.id);
        }
        assert!(made > 300, "only {made} files");
    }
}

/// Judges a boundary; false if it is too large for that.
fn as_claimed(judge: &Judge, rule: &RuleId, boundary: &Boundary) -> bool {
    let Ok(bytes) = boundary.draft.to_bytes(SMALL_BYTES) else { return false };
    let what = format!("{rule}/{}", boundary.slug);
    let seen = judge.judge(&bytes, &what);
    assert_eq!(seen.verdict, boundary.verdict, "{what} is {}", describe(&bytes, &seen));
    let grave = seen.findings.iter().filter(|finding| finding.on_violation != OnViolation::Warn);
    for finding in grave {
        assert_eq!(finding.rule, *rule, "{what} is {}", describe(&bytes, &seen));
    }
    true
}

#[test]
fn limits_are_met_exactly() {
    let dialect = Dialect::latest();
    let limit = dialect.limit("max_header_bytes");
    let rule = dialect.rules().iter().find(|rule| {
        matches!(&rule.check,
        Check::Linear { left, right, .. }
            if *left == [Term::PrefixN] && *right == [Term::Limit("max_header_bytes".to_owned())])
    });
    let all = boundaries(&dialect, rule.unwrap());
    let lengths = |verdict| -> Vec<u64> {
        let some = all.iter().filter(|boundary| boundary.verdict == verdict);
        some.map(|boundary| boundary.draft.header_len().unwrap()).collect()
    };
    assert_eq!(lengths(Verdict::Valid), [limit]);
    assert_eq!(lengths(Verdict::Invalid), [limit + 1]);

    // The smallest file there is: a prefix and `{}`.
    let rule = dialect.rule(&RuleId::new("prefix/header-not-empty")).unwrap();
    let smallest = boundaries(&dialect, rule).into_iter().map(|boundary| boundary.draft);
    assert!(smallest.into_iter().any(|draft| draft.to_bytes(10).is_ok_and(|b| b.len() == 10)));
}

#[test]
fn each_dtype_of_the_edition_has_a_file() {
    for edition in ["0.3", "0.8"] {
        let dialect = Dialect::edition(edition).unwrap();
        let rule = dialect.rule(&RuleId::new("dtype/known")).unwrap();
        let all = boundaries(&dialect, rule);
        let valid = all.iter().filter(|boundary| boundary.verdict == Verdict::Valid).count();
        assert_eq!(valid, dialect.dtypes().len(), "edition {edition}");
        assert!(all.len() > valid, "edition {edition}");
    }
}

/// Scalar, one element, none: those of whole bytes valid, scalars of less not.
#[test]
fn each_dtype_has_its_smallest_tensors() {
    for edition in ["0.3", "0.8"] {
        let dialect = Dialect::edition(edition).unwrap();
        // The oldest edition has no dtype of less than a byte, and no rule for them.
        let edges = |rule| boundaries(&dialect, rule);
        let of = |id| dialect.rule(&RuleId::new(id)).map(edges).unwrap_or_default();
        let (sizes, whole) = (of("shape/matches-offsets"), of("dtype/whole-bytes"));
        for dtype in dialect.dtypes() {
            let plain = dtype.name.to_lowercase().replace('_', "-");
            let (edges, slugs, verdict) = match dtype.bytes() {
                Some(_) => (&sizes, ["scalar", "one-element", "empty"], Verdict::Valid),
                None => (&whole, ["scalar", "times-1", "times-3"], Verdict::Invalid),
            };
            for slug in slugs {
                let names = [format!("{slug}-{plain}"), format!("{plain}-{slug}")];
                let found = edges.iter().find(|edge| names.contains(&edge.slug));
                let found = found.unwrap_or_else(|| panic!("{edition}: no {names:?}"));
                assert_eq!(found.verdict, verdict, "{}", found.slug);
            }
        }
    }
}
