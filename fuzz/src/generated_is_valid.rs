//! What the generator calls valid is valid in its edition, and means what it
//! was meant to.

use arbitrary::Unstructured;
use assay_generator::valid;
use assay_reference::{Policy, Reader};
use assay_spec::{Dialect, Disputed, Verdict};
use assay_validator::validate;

use crate::common::{LONGEST, editions};

/// The input is an edition and the generator's seed.
pub fn check(input: &[u8]) {
    let Some((dialect, seed)) = choose(input) else { return };
    let model = valid(dialect, seed);
    let bytes = model.to_draft().to_bytes(LONGEST).expect("ordinary files are small");
    let seen = validate(&bytes, dialect);
    assert_eq!(seen.verdict, Verdict::Valid, "seed {seed}: {:?}", seen.findings);
    assert_eq!(seen.view, Some(model.view()), "seed {seed}");
    let policy = Policy::new(dialect, Disputed::Reject);
    match Reader::from_bytes(&bytes, &policy) {
        Ok(reader) => assert_eq!(reader.view(), model.view(), "seed {seed}"),
        Err(error) => panic!("the reference refuses the file of seed {seed}: {error}"),
    }
}

fn choose(input: &[u8]) -> Option<(&'static Dialect, u64)> {
    let mut input = Unstructured::new(input);
    let dialect = input.choose(editions()).ok()?;
    Some((dialect, input.arbitrary().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::inputs;

    #[test]
    fn in_every_edition() {
        let mut seen = std::collections::BTreeSet::new();
        for input in inputs(600) {
            check(&input);
            let (dialect, _) = choose(&input).expect("the input is long enough");
            seen.insert(dialect.name().to_owned());
        }
        assert_eq!(seen.len(), editions().len());
    }
}
