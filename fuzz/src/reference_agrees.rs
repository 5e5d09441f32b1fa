//! Validator and reference, which share no parsing code, decide alike about
//! any bytes and see the same in them.

use assay_reference::Reader;
use assay_spec::Verdict;
use assay_validator::validate;

use crate::common::{Judges, judges};

/// Any bytes: one verdict, under both policies, and one view.
pub fn check(bytes: &[u8]) {
    let Judges { dialect, interop, strict } = judges();
    let seen = validate(bytes, dialect);
    for (policy, accepts) in
        [(interop, seen.verdict != Verdict::Invalid), (strict, seen.verdict == Verdict::Valid)]
    {
        match Reader::from_bytes(bytes, policy) {
            Ok(reader) => {
                assert!(accepts, "only the reference accepts: {:?}", seen.findings);
                assert_eq!(Some(reader.view()), seen.view);
            }
            Err(error) => {
                assert!(!accepts, "only the reference refuses: {error}");
                let rule = error.rule().expect("a refusal names a rule");
                let named = seen.findings.iter().any(|finding| finding.rule == *rule);
                assert!(named, "{error}, but the validator found {:?}", seen.findings);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::corpus;

    #[test]
    fn about_committed_files_and_their_neighbours() {
        let mut verdicts = [0; 3];
        for (number, (_, bytes)) in corpus().iter().enumerate() {
            check(bytes);
            let mut other = bytes.clone();
            if let Some(byte) = other.get_mut(number % bytes.len().max(1)) {
                *byte ^= 1 << (number % 8);
            }
            check(&other);
            verdicts[validate(&other, &judges().dialect).verdict as usize] += 1;
        }
        // One flipped bit hardly ever makes a valid file into a disputed one.
        assert!(verdicts.iter().all(|count| *count > 2), "{verdicts:?}");
    }
}
