//! Tries every mutant on every case of the committed corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use assay_protocol::{Manifest, ManifestCase, ManifestHead};
use assay_spec::rfc::Equivalent;
use assay_spec::{Dialect, OnViolation, Verdict, View};
use assay_validator::{Validation, validate_head};
use serde::Deserialize;

use super::mutant::Mutant;
use crate::corpus::{prove, recipe};

/// A case as the validators see it.
pub(crate) struct Sample {
    id: String,
    rule: String,
    head: Vec<u8>,
    file_len: u64,
    truth: Seen,
}

/// What a validator says of a file, as far as validators are told apart by it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) verdict: Verdict,
    /// With contents counted from the start of the byte buffer.
    pub(crate) view: Option<View>,
    /// The rules whose advice it does not follow.
    pub(crate) advice: BTreeSet<String>,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Told from the true validator.
    Killed {
        /// By this case: one of the mutant's own rule if there is one.
        by: String,
        /// What differs: `verdict`, `view` or `advice`.
        on: &'static str,
    },
    /// No case tells.
    Survived,
}

/// Larger files are shown last, one at a time, to the mutants that no other tells.
const SMALL_BYTES: u64 = 1 << 20;

/// Reads `corpus/equivalent-mutants.toml`.
///
/// # Errors
/// If it cannot be read or is faulty.
pub(crate) fn equivalents(path: &Path) -> anyhow::Result<Vec<Equivalent>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default, rename = "equivalent")]
        equivalents: Vec<Equivalent>,
    }
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
    Ok(file.equivalents)
}

/// The committed corpus.
pub(crate) struct Corpus<'a> {
    dialect: &'a Dialect,
    manifest: &'a Manifest,
    folder: &'a Path,
}

impl<'a> Corpus<'a> {
    pub(crate) fn new(dialect: &'a Dialect, manifest: &'a Manifest, folder: &'a Path) -> Self {
        Corpus { dialect, manifest, folder }
    }

    /// The cases whose files are small, or not.
    fn cases(&self, small: bool) -> impl Iterator<Item = &'a ManifestCase> {
        self.manifest.cases.iter().filter(move |case| (case.size <= SMALL_BYTES) == small)
    }

    /// The small cases with their files.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn small_files(&self) -> anyhow::Result<Vec<(&'a ManifestCase, Vec<u8>)>> {
        self.cases(true).map(|case| Ok((case, self.file(case)?))).collect()
    }

    /// The heads of published files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn heads(&self) -> anyhow::Result<Vec<(&'a ManifestHead, Vec<u8>)>> {
        self.manifest.heads.iter().map(|entry| Ok((entry, self.head_of(entry)?))).collect()
    }

    fn file(&self, case: &ManifestCase) -> anyhow::Result<Vec<u8>> {
        match (&case.path, &case.recipe) {
            (Some(path), _) => std::fs::read(self.folder.join(path))
                .with_context(|| format!("cannot read {path}; run `assay corpus build`")),
            (None, Some(recipe)) => prove::head(&recipe::draft(recipe)?),
            (None, None) => anyhow::bail!("case {} has neither file nor recipe", case.id),
        }
    }

    fn head_of(&self, entry: &ManifestHead) -> anyhow::Result<Vec<u8>> {
        std::fs::read(self.folder.join(&entry.path))
            .with_context(|| format!("cannot read {}; run `assay corpus build`", entry.path))
    }

    fn sample(&self, case: &ManifestCase) -> anyhow::Result<Sample> {
        Ok(Sample::new(self.dialect, &case.id, &case.rule, self.file(case)?, case.size))
    }

    /// A head tells as a whole file does: validators look at nothing else.
    fn head(&self, entry: &ManifestHead) -> anyhow::Result<Sample> {
        Ok(Sample::new(self.dialect, &entry.id, &entry.rule, self.head_of(entry)?, entry.size))
    }
}

impl Sample {
    /// A file of `file_len` bytes that begins with `head`, as the true validator sees it.
    pub(crate) fn new(
        dialect: &Dialect,
        id: &str,
        rule: &str,
        head: Vec<u8>,
        file_len: u64,
    ) -> Sample {
        let truth = Seen::of(validate_head(&head, file_len, dialect), &head);
        Sample { id: id.to_owned(), rule: rule.to_owned(), head, file_len, truth }
    }
}

impl Seen {
    /// What is said of a file that begins with `head`.
    pub(crate) fn of(validation: Validation, head: &[u8]) -> Seen {
        let start = head.first_chunk().map_or(0, |prefix| {
            u64::from_le_bytes(*prefix).saturating_add(size_of_val(prefix) as u64)
        });
        let mut view = validation.view;
        for tensor in view.iter_mut().flat_map(|view| &mut view.tensors) {
            tensor.contents.start = tensor.contents.start.wrapping_sub(start);
            tensor.contents.end = tensor.contents.end.wrapping_sub(start);
        }
        let advice = validation
            .findings
            .iter()
            .filter(|finding| finding.on_violation == OnViolation::Warn)
            .map(|finding| finding.rule.to_string());
        Seen { verdict: validation.verdict, view, advice: advice.collect() }
    }

    fn difference(&self, other: &Seen, advises: bool) -> Option<&'static str> {
        if self.verdict != other.verdict {
            return Some("verdict");
        }
        if self.view != other.view {
            return Some("view");
        }
        (advises && self.advice != other.advice).then_some("advice")
    }
}

/// Tries all mutants on the small cases, and those that survive on the large
/// ones; fates in the order of the mutants.
///
/// # Errors
/// If a file of the corpus cannot be read.
pub(crate) fn try_all(
    mutants: &[Mutant],
    corpus: &Corpus<'_>,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<Vec<Fate>> {
    let small = corpus.cases(true).map(|case| corpus.sample(case));
    let heads = corpus.manifest.heads.iter().map(|head| corpus.head(head));
    let samples = small.chain(heads).collect::<anyhow::Result<Vec<_>>>()?;
    let all: Vec<&Mutant> = mutants.iter().collect();
    let mut fates = on_threads(&all, &|mutant| {
        progress();
        try_one(mutant, &samples)
    });
    drop(samples);
    for case in corpus.cases(false) {
        let left: Vec<usize> = (0..fates.len()).filter(|at| fates[*at] == Fate::Survived).collect();
        if left.is_empty() {
            break;
        }
        let sample = [corpus.sample(case)?];
        let survivors: Vec<&Mutant> = left.iter().map(|at| &mutants[*at]).collect();
        for (at, fate) in left.iter().zip(on_threads(&survivors, &|one| try_one(one, &sample))) {
            fates[*at] = fate;
        }
    }
    Ok(fates)
}

/// Tries mutants on some files; fates in the order of the mutants.
pub(crate) fn try_on(mutants: &[Mutant], samples: &[Sample]) -> Vec<Fate> {
    let all: Vec<&Mutant> = mutants.iter().collect();
    on_threads(&all, &|mutant| try_one(mutant, samples))
}

/// What `work` gives for each of `all`, in order, several at a time.
pub(crate) fn on_threads<T: Sync, R: Send>(all: &[&T], work: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done: BTreeMap<usize, R> = BTreeMap::new();
    std::thread::scope(|scope| {
        let turn = || {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = all.get(at) else { return mine };
                mine.push((at, work(one)));
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(turn)).collect();
        for thread in threads {
            done.extend(thread.join().expect("validating never fails"));
        }
    });
    done.into_values().collect()
}

/// The first case that tells: of the mutant's own rule before others.
fn try_one(mutant: &Mutant, samples: &[Sample]) -> Fate {
    let is_own = |sample: &&Sample| sample.rule == mutant.rule.as_str();
    let own = samples.iter().filter(is_own);
    let others = samples.iter().filter(|sample| !is_own(sample));
    for sample in own.chain(others) {
        let Some(seen) = mutant.judge(&sample.head, sample.file_len) else { continue };
        if let Some(on) = sample.truth.difference(&seen, mutant.advises) {
            return Fate::Killed { by: sample.id.clone(), on };
        }
    }
    Fate::Survived
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adequacy::mutants;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    fn sample_of(head: Vec<u8>) -> Sample {
        let file_len = head.len() as u64;
        let truth = Seen::of(validate_head(&head, file_len, &Dialect::latest()), &head);
        Sample { id: "a/b/c".to_owned(), rule: "a/b".to_owned(), head, file_len, truth }
    }

    fn fate(mutant: &str, samples: &[Sample]) -> Fate {
        let all = mutants(&Dialect::latest()).unwrap();
        let mutant = all.iter().find(|one| one.id() == mutant).expect("there is such a mutant");
        try_one(mutant, samples)
    }

    #[test]
    fn a_mutant_dies_by_a_file_that_shows_it_and_by_no_other() {
        let good = file(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, &[0]);
        let gap = file(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, &[0, 0]);
        let only_good = [sample_of(good)];
        assert_eq!(fate("buffer/no-holes/dropped", &only_good), Fate::Survived);
        let both = [only_good.into_iter().next().unwrap(), sample_of(gap)];
        let killed = Fate::Killed { by: "a/b/c".to_owned(), on: "verdict" };
        assert_eq!(fate("buffer/no-holes/dropped", &both), killed);
    }

    #[test]
    fn a_rewriting_may_change_only_the_view() {
        let named = file(r#"{"a\u0000b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, &[]);
        let killed = Fate::Killed { by: "a/b/c".to_owned(), on: "view" };
        assert_eq!(fate("entry/name-any-string/names-end-at-nul", &[sample_of(named)]), killed);
    }

    /// A rewriting that changes nothing but the spelling is no difference.
    #[test]
    fn contents_are_compared_from_the_start_of_the_buffer() {
        let spaced = file(r#"{"a": {"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, &[0]);
        let compact = file(r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, &[0]);
        assert_eq!(sample_of(spaced).truth, sample_of(compact).truth);
    }
}
