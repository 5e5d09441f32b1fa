//! The files that a hunt shows: a function of seed and step, and of the corpus.

use assay_generator::{boundaries, kinds, mutate, valid, violate};
use assay_spec::{Dialect, Rule};

/// Longer files are left out: a hunt wants many.
const LONGEST: u64 = 64 * 1024;

/// A file, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    /// In words: generator, rule and seed, or the case that was mutated.
    pub(crate) how: String,
}

/// Makes files.
pub(crate) struct Sources<'a> {
    dialect: &'a Dialect,
    seed: u64,
    /// Id and bytes of the small files of the corpus, in order of id.
    corpus: &'a [(String, Vec<u8>)],
    rules: Vec<&'a Rule>,
    boundaries: Vec<(String, Vec<u8>)>,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(
        dialect: &'a Dialect,
        seed: u64,
        corpus: &'a [(String, Vec<u8>)],
    ) -> Sources<'a> {
        let rules = dialect.rules().iter().filter(|rule| kinds(rule) > 0).collect();
        let boundaries = dialect.rules().iter().flat_map(|rule| small(dialect, rule)).collect();
        Sources { dialect, seed, corpus, rules, boundaries }
    }

    /// The file of a step. Most are mutations: what is made on purpose is
    /// mostly in the corpus already.
    pub(crate) fn file(&self, step: u64) -> Made {
        let number = mix(self.seed ^ mix(step));
        let seed = mix(number);
        match number % 16 {
            0 | 1 => self.valid(seed),
            2 => self.broken(seed),
            3 => self.boundary(seed),
            4..=6 => mutated(self.valid(seed), seed, 1),
            7..=9 => mutated(self.broken(seed), seed, 1),
            10 => mutated(self.boundary(seed), seed, 1),
            11 => mutated(self.corpus_file(seed), seed, 3),
            _ => mutated(self.corpus_file(seed), seed, 1),
        }
    }

    fn valid(&self, seed: u64) -> Made {
        let model = valid(self.dialect, seed);
        let bytes = model.to_draft().to_bytes(LONGEST).unwrap_or_default();
        Made { bytes, how: format!("valid file of seed {seed}") }
    }

    fn broken(&self, seed: u64) -> Made {
        let Some(rule) = pick(&self.rules, seed) else { return self.valid(seed) };
        let seed = seed >> 8;
        match violate(self.dialect, rule, seed).map(|made| made.broken.to_bytes(LONGEST)) {
            Some(Ok(bytes)) => {
                Made { bytes, how: format!("violation of {} of seed {seed}", rule.id) }
            }
            _ => self.valid(seed),
        }
    }

    fn boundary(&self, seed: u64) -> Made {
        match pick(&self.boundaries, seed) {
            Some((id, bytes)) => Made { bytes: bytes.clone(), how: format!("boundary {id}") },
            None => self.valid(seed),
        }
    }

    fn corpus_file(&self, seed: u64) -> Made {
        match pick(self.corpus, seed) {
            Some((id, bytes)) => Made { bytes: bytes.clone(), how: format!("case {id}") },
            None => self.valid(seed),
        }
    }
}

/// The small files at a rule's edges.
fn small(dialect: &Dialect, rule: &Rule) -> Vec<(String, Vec<u8>)> {
    let all = boundaries(dialect, rule).into_iter();
    all.filter_map(|one| {
        Some((format!("{}/{}", rule.id, one.slug), one.draft.to_bytes(LONGEST).ok()?))
    })
    .collect()
}

/// Some mutations of a file, one after the other.
fn mutated(start: Made, seed: u64, times: u64) -> Made {
    let bytes = (0..times).fold(start.bytes, |bytes, time| mutate(&bytes, seed ^ time));
    let often = if times > 1 { format!(" {times} times from it on") } else { String::new() };
    Made { bytes, how: format!("mutation with seed {seed}{often} of: {}", start.how) }
}

fn pick<T>(from: &[T], number: u64) -> Option<&T> {
    let at = number.checked_rem(from.len() as u64)?;
    from.get(usize::try_from(at).ok()?)
}

/// Splitmix64: spreads consecutive numbers over all 64 bits.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_a_function_of_seed_and_step() {
        let dialect = Dialect::latest();
        let corpus = vec![("a/b/c".to_owned(), b"\x02\0\0\0\0\0\0\0{}".to_vec())];
        let files = |seed| {
            let sources = Sources::new(&dialect, seed, &corpus);
            (0..200).map(|step| sources.file(step).bytes).collect::<Vec<_>>()
        };
        assert_eq!(files(1), files(1));
        let both: std::collections::BTreeSet<Vec<u8>> =
            files(1).into_iter().chain(files(2)).collect();
        assert!(both.len() > 300, "seeds and steps give different files: {}", both.len());
    }
}
