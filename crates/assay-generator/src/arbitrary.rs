//! Input for fuzzers: a few choices and seeds instead of bytes, so that a
//! fuzzer drives the generator and its files are nearly right.

use arbitrary::Arbitrary;
use assay_spec::Dialect;

use crate::{Mutation, valid, violate};

/// What a fuzzer chooses. Its file is a function of the choices and a dialect.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub struct Seeded {
    /// What to start from.
    pub start: Start,
    /// The mutations that follow, one after the other.
    pub mutations: Vec<Mutation>,
}

/// What a fuzzed file starts from.
#[derive(Debug, Clone, PartialEq, Eq, Arbitrary)]
pub enum Start {
    /// A valid file.
    Valid {
        /// The generator's seed.
        seed: u64,
    },
    /// A file that breaks one rule of the dialect.
    Broken {
        /// Which rule, modulo their number.
        rule: u16,
        /// The generator's seed.
        seed: u64,
    },
    /// A header as the fuzzer writes it, with a true prefix.
    Header {
        /// The header.
        text: String,
        /// The byte buffer.
        data: Vec<u8>,
    },
}

impl Seeded {
    /// The file. `None` if it would have more than `max` bytes, or if no file
    /// breaks the chosen rule.
    pub fn to_bytes(&self, dialect: &Dialect, max: u64) -> Option<Vec<u8>> {
        let draft = match &self.start {
            Start::Valid { seed } => valid(dialect, *seed).to_draft(),
            Start::Broken { rule, seed } => {
                // Rules that no file breaks would be chosen for nothing.
                let breakable = || dialect.rules().iter().filter(|rule| !rule.check.is_behaviour());
                let chosen = usize::from(*rule).checked_rem(breakable().count())?;
                violate(dialect, breakable().nth(chosen)?, *seed)?.broken
            }
            Start::Header { text, data } => crate::Draft::from_text(text, data),
        };
        let mut bytes = draft.to_bytes(max).ok()?;
        for mutation in &self.mutations {
            mutation.apply(&mut bytes, dialect);
        }
        (bytes.len() as u64 <= max).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use arbitrary::Unstructured;

    use super::*;

    #[test]
    fn any_input_gives_a_file_or_nothing() {
        let dialect = Dialect::latest();
        let mut starts = [0; 3];
        for seed in 0..200 {
            let input = crate::draw::Draw::new(seed, "input").bytes(64);
            let seeded = Seeded::arbitrary(&mut Unstructured::new(&input)).unwrap();
            starts[match seeded.start {
                Start::Valid { .. } => 0,
                Start::Broken { .. } => 1,
                Start::Header { .. } => 2,
            }] += 1;
            let bytes = seeded.to_bytes(&dialect, 1 << 20);
            assert_eq!(bytes, seeded.to_bytes(&dialect, 1 << 20));
        }
        assert!(starts.iter().all(|count| *count > 10), "{starts:?}");
    }
}
