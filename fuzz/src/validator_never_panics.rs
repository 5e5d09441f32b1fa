//! The validator judges any bytes, and what it says hangs together.

use assay_spec::Verdict;
use assay_validator::{FINDINGS_PER_RULE, head_len, validate, validate_head};

use crate::common::judges;

/// Any bytes: no panic, and one answer.
pub fn check(bytes: &[u8]) {
    let dialect = &judges().dialect;
    let seen = validate(bytes, dialect);
    let len = bytes.len() as u64;
    for finding in &seen.findings {
        // A hole may reach beyond the end of a file that is cut short.
        assert!(finding.span.start <= finding.span.end, "{finding:?}");
        assert!(dialect.rule(&finding.rule).is_some(), "{finding:?} names no rule");
        assert!(!finding.message.is_empty(), "{finding:?} says nothing");
    }
    let starts = seen.findings.iter().map(|finding| finding.span.start);
    assert!(starts.is_sorted(), "findings come in the order of their places: {seen:?}");
    assert_eq!(seen.view.is_some(), seen.verdict != Verdict::Invalid, "{seen:?}");
    assert!(
        seen.omitted == 0 || seen.findings.len() >= FINDINGS_PER_RULE,
        "nothing is omitted without need: {seen:?}"
    );
    if seen.omitted == 0 {
        assert_eq!(seen.verdict, Verdict::of(&seen.findings), "{seen:?}");
    }
    // The head alone tells as much as the whole file.
    let needed = head_len(&bytes[..bytes.len().min(64)], len, dialect);
    let head = &bytes[..usize::try_from(needed).expect("a head is no longer than its file")];
    assert_eq!(validate_head(head, len, dialect), seen);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{corpus, inputs};

    #[test]
    fn of_committed_files_cut_anywhere() {
        for (number, (_, bytes)) in corpus().iter().enumerate() {
            check(bytes);
            check(&bytes[..(number * 7) % (bytes.len() + 1)]);
        }
    }

    #[test]
    fn of_noise() {
        let mut invalid = 0;
        for input in inputs(500) {
            check(&input);
            invalid += u32::from(validate(&input, &judges().dialect).verdict == Verdict::Invalid);
        }
        assert!(invalid > 400, "noise is hardly ever a file: {invalid}");
    }
}
