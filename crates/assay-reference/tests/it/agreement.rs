//! The reference against the validator: the same verdict, the same first broken
//! rule at the same bytes, the same view; under both policies.

use std::path::{Path, PathBuf};

use assay_generator::{kinds, mutate, valid, violate};
use assay_reference::{Policy, Reader, Scratch};
use assay_spec::{Dialect, Disputed, OnViolation};
use assay_validator::{Validation, validate};

const SMALL: u64 = 1 << 20;

/// A dialect as both sides read it; counts what it saw.
struct Judge {
    dialect: Dialect,
    policies: [Policy; 2],
    scratch: Scratch,
    accepted: usize,
    refused: usize,
}

impl Judge {
    fn new(dialect: Dialect) -> Judge {
        let policies =
            [Disputed::Accept, Disputed::Reject].map(|disputed| Policy::new(&dialect, disputed));
        Judge { dialect, policies, scratch: Scratch::default(), accepted: 0, refused: 0 }
    }

    fn judge(&mut self, file: &[u8], what: &str) {
        let seen = validate(file, &self.dialect);
        for policy in &self.policies {
            let shown = || {
                let start = &file[..file.len().min(900)];
                format!("{what} ({:?}): \"{}\"", policy.disputed(), start.escape_ascii())
            };
            let expected = first_refusal(&seen, policy.disputed());
            match Reader::from_bytes_in(file, policy, &mut self.scratch) {
                Ok(reader) => {
                    assert_eq!(expected, None, "{}", shown());
                    assert_eq!(Some(reader.view()), seen.view, "{}", shown());
                    self.accepted += 1;
                }
                Err(error) => {
                    let found = error.rule().zip(error.span());
                    let found = found.map(|(rule, span)| (rule.as_str(), span.start));
                    assert_eq!(found, expected, "{}: {error}", shown());
                    self.refused += 1;
                }
            }
        }
    }
}

/// The first finding that refuses a file: its rule, and where it is.
fn first_refusal(seen: &Validation, disputed: Disputed) -> Option<(&str, u64)> {
    let refuses = |consequence| match consequence {
        OnViolation::Reject => true,
        OnViolation::Either => disputed == Disputed::Reject,
        OnViolation::Warn | OnViolation::None => false,
    };
    let mut refusals = seen.findings.iter().filter(|finding| refuses(finding.on_violation));
    refusals.next().map(|finding| (finding.rule.as_str(), finding.span.start))
}

/// Every file that the corpus keeps.
#[test]
fn the_corpus_is_judged_alike() {
    let mut judge = Judge::new(Dialect::latest());
    let files = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/files"));
    for path in &files {
        let bytes = std::fs::read(path).expect("it was just listed");
        judge.judge(&bytes, &path.display().to_string());
    }
    assert!(files.len() > 1000, "only {} files", files.len());
    assert!(judge.accepted > 500 && judge.refused > 500, "{}, {}", judge.accepted, judge.refused);
}

fn corpus(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the corpus is committed");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let nested = |path: PathBuf| if path.is_dir() { corpus(&path) } else { vec![path] };
    paths.into_iter().flat_map(nested).collect()
}

#[test]
fn generated_files_are_judged_alike() {
    for edition in ["0.3", "0.6", "0.8"] {
        let mut judge = Judge::new(Dialect::edition(edition).expect("it is an edition"));
        several(&mut judge, 0..400);
        for rule in judge.dialect.clone().rules() {
            for seed in 0..kinds(rule) {
                let Some(violation) = violate(&judge.dialect, rule, seed) else { continue };
                let Ok(bytes) = violation.broken.to_bytes(SMALL) else { continue };
                let what = format!("{edition}: {}/{}", rule.id, violation.slug);
                judge.judge(&bytes, &what);
                judge.judge(&mutate(&bytes, seed), &format!("{what}, mutated"));
            }
        }
        assert!(judge.accepted > 500 && judge.refused > 500);
    }
}

/// A million files, half of them valid or nearly so. Takes a minute or two:
/// `cargo test --release -p assay-reference --test it -- --ignored a_million`
#[test]
#[ignore = "takes minutes; its comment has the command"]
fn a_million_files_are_judged_alike() {
    const THREADS: u64 = 2;
    const EACH: u64 = 250_000 / THREADS;
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let run = |thread: u64| {
            move || {
                let mut judge = Judge::new(Dialect::latest());
                several(&mut judge, thread * EACH..(thread + 1) * EACH);
                (judge.accepted, judge.refused)
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("they agree")).collect()
    });
    let sum = |of: fn(&(usize, usize)) -> usize| counts.iter().map(of).sum::<usize>();
    let (accepted, refused) = (sum(|counts| counts.0), sum(|counts| counts.1));
    assert_eq!(accepted + refused, 2_000_000, "each of a million files under two policies");
    assert!(accepted > 500_000 && refused > 500_000, "{accepted} accepted, {refused} refused");
}

/// For each seed a valid file and three mutations of it.
fn several(judge: &mut Judge, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let draft = valid(&judge.dialect, seed).to_draft();
        let bytes = draft.to_bytes(SMALL).expect("it is small");
        judge.judge(&bytes, &format!("valid file {seed}"));
        for turn in 0..3 {
            let mutant = mutate(&bytes, seed * 3 + turn);
            judge.judge(&mutant, &format!("valid file {seed}, mutation {turn}"));
        }
    }
}
