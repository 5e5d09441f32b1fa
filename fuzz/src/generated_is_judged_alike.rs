//! Validator and reference decide alike about what the generator makes: valid
//! files, violations and mutations, which plain bytes would hardly ever reach.

use arbitrary::{Arbitrary as _, Unstructured};
use assay_generator::arbitrary::Seeded;

use crate::common::{LONGEST, judges};
use crate::reference_agrees;

/// The input is choices for the generator.
pub fn check(input: &[u8]) {
    if let Some(bytes) = file(input) {
        reference_agrees::check(&bytes);
    }
}

fn file(input: &[u8]) -> Option<Vec<u8>> {
    let seeded = Seeded::arbitrary(&mut Unstructured::new(input)).ok()?;
    seeded.to_bytes(&judges().dialect, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::inputs;

    #[test]
    fn for_a_thousand_inputs() {
        let mut made = 0;
        for input in inputs(1000) {
            check(&input);
            made += u32::from(file(&input).is_some());
        }
        assert!(made > 900, "{made} inputs were enough for a file");
    }
}
