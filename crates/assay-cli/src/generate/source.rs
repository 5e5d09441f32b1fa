//! What files are made from.

use std::ops::Range;

use assay_generator::stream::FILES_PER_SWARM;
use assay_generator::{Boundary, Draft, Stream, mutate_in, valid, violate};
use assay_protocol::ClaimedVerdict;
use assay_spec::{Dialect, Rule, Verdict};
use sha2::{Digest as _, Sha256};

use crate::corpus::collect::verdict_of_breaking;
use crate::corpus::prove::claimed;

/// Seeds that are one batch where nothing else says so.
const BATCH: u64 = 64;

/// What files are made from.
pub(crate) enum Source {
    /// Valid files, each with a swarm of its own.
    Valid,
    /// Files that break one of these rules; the seed says which.
    Broken(Vec<Rule>),
    /// Valid or broken files whose swarm many share.
    Stream { broken: bool },
    /// Mutations of these bytes.
    Mutated(Vec<u8>),
    /// The edges of a rule; the seed is the number of the edge.
    Edges { rule: String, edges: Vec<Boundary> },
}

/// Files one after the other.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) files: Vec<Made>,
    /// How many were too long, or not to be had.
    pub(crate) left_out: u64,
}

/// One made file.
pub(crate) struct Made {
    /// Its place in the batch.
    pub(crate) place: Range<usize>,
    pub(crate) sha256: String,
    pub(crate) seed: Option<u64>,
    /// What it is said to be.
    pub(crate) verdict: Option<ClaimedVerdict>,
    /// The one rule that it breaks.
    pub(crate) rule: Option<String>,
    /// What sets it apart, for its name.
    label: String,
}

impl Made {
    /// A name for the file, as long as names of one source have to be to differ.
    pub(crate) fn file_name(&self) -> String {
        let seed = self.seed.map(|seed| format!("-{seed:06}"));
        format!("{}{}.safetensors", self.label.replace('/', "-"), seed.unwrap_or_default())
    }
}

impl Source {
    /// Where the batch that begins at a seed ends.
    pub(super) fn batch_end(&self, start: u64) -> u64 {
        match self {
            Source::Stream { .. } => (start / FILES_PER_SWARM + 1).saturating_mul(FILES_PER_SWARM),
            _ => start.saturating_add(BATCH),
        }
    }

    pub(super) fn batch(&self, dialect: &Dialect, seeds: Range<u64>, max_bytes: u64) -> Batch {
        let mut batch = Batch::default();
        match self {
            Source::Stream { broken } => {
                let mut stream = Stream::new(dialect);
                for seed in seeds {
                    batch.streamed(&mut stream, seed, *broken, max_bytes);
                }
            }
            Source::Valid => {
                for seed in seeds {
                    let draft = valid(dialect, seed).to_draft();
                    batch.add(&draft, max_bytes, Claim::valid("valid", Some(seed)));
                }
            }
            Source::Broken(rules) => {
                for seed in seeds {
                    batch.broken(dialect, rules, seed, max_bytes);
                }
            }
            Source::Mutated(original) => {
                for seed in seeds {
                    let bytes = mutate_in(dialect, original, seed);
                    let claim =
                        Claim { label: "mutated".to_owned(), seed: Some(seed), ..Claim::default() };
                    batch.bytes.extend(bytes);
                    batch.close(max_bytes, claim);
                }
            }
            Source::Edges { rule, edges } => {
                let wanted = edges.iter().zip(0..).filter(|(_, at)| seeds.contains(at));
                for (edge, _) in wanted {
                    let claim = Claim {
                        label: format!("{rule}-{}", edge.slug),
                        seed: None,
                        verdict: Some(claimed(edge.verdict)),
                        rule: (edge.verdict != Verdict::Valid).then(|| rule.clone()),
                    };
                    batch.add(&edge.draft, max_bytes, claim);
                }
            }
        }
        batch
    }
}

/// What is said of a file.
#[derive(Default)]
struct Claim {
    label: String,
    seed: Option<u64>,
    verdict: Option<ClaimedVerdict>,
    rule: Option<String>,
}

impl Claim {
    fn valid(label: &str, seed: Option<u64>) -> Claim {
        Claim { label: label.to_owned(), seed, verdict: Some(ClaimedVerdict::Valid), rule: None }
    }

    fn broken(label: String, seed: u64, rule: &Rule) -> Claim {
        Claim {
            label,
            seed: Some(seed),
            verdict: Some(claimed(verdict_of_breaking(rule))),
            rule: Some(rule.id.to_string()),
        }
    }
}

impl Batch {
    fn add(&mut self, draft: &Draft, max_bytes: u64, claim: Claim) {
        match draft.to_bytes(max_bytes) {
            Ok(bytes) => {
                self.bytes.extend(bytes);
                self.close(max_bytes, claim);
            }
            Err(_) => self.left_out += 1,
        }
    }

    fn broken(&mut self, dialect: &Dialect, rules: &[Rule], seed: u64, max_bytes: u64) {
        let which = seed.checked_rem(rules.len() as u64).map(|at| &rules[at as usize]);
        let made = which.and_then(|rule| Some((rule, violate(dialect, rule, seed)?)));
        match made {
            Some((rule, made)) => {
                let label = format!("{}-{}", rule.id, made.slug);
                self.add(&made.broken, max_bytes, Claim::broken(label, seed, rule));
            }
            None => self.left_out += 1,
        }
    }

    fn streamed(&mut self, stream: &mut Stream<'_>, seed: u64, broken: bool, max_bytes: u64) {
        let claim = if broken {
            let Some(rule) = stream.broken(seed, &mut self.bytes) else {
                self.left_out += 1;
                return;
            };
            Claim::broken(rule.id.to_string(), seed, rule)
        } else {
            stream.valid(seed, &mut self.bytes);
            Claim::valid("valid", Some(seed))
        };
        self.close(max_bytes, claim);
    }

    /// Makes the bytes after the last file a file.
    fn close(&mut self, max_bytes: u64, claim: Claim) {
        let start = self.files.last().map_or(0, |file| file.place.end);
        let place = start..self.bytes.len();
        if place.len() as u64 > max_bytes {
            self.bytes.truncate(start);
            self.left_out += 1;
            return;
        }
        let Claim { label, seed, verdict, rule } = claim;
        let sha256 = hex::encode(Sha256::digest(&self.bytes[place.clone()]));
        self.files.push(Made { place, sha256, seed, verdict, rule, label });
    }
}
