//! The hunt itself: shows files, keeps those with a new signature, makes them
//! small, and writes what is left of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use assay_generator::{ShrinkBudget, shrink};
use assay_protocol::record::Outcome;
use assay_spec::Dialect;
use assay_validator::{Validation, validate};

use super::asker::{Asker, Shown, rules};
use super::folder::{Folder, Pending};
use super::found::{self, Answers, Origin};
use super::signature::{Deed, Signature};
use super::sources::{Made, Sources};

/// Files shown at a time.
const BATCH: u64 = 256;
/// Files that one shrinking may show.
const ASKED: u64 = 6_000;
/// The same where each one that keeps what is wanted costs processes.
const ASKED_GRAVE: u64 = 150;
/// What one shrinking may try.
const BUDGET: ShrinkBudget = ShrinkBudget { candidates: 60_000, bytes: 1 << 28 };

/// When a hunt ends by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct End {
    /// At this time; what is pending then stays so.
    pub(crate) at: Option<Instant>,
    /// After so many files; what is pending then is still made small.
    pub(crate) files: Option<u64>,
}

/// What a hunt came to so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Files shown, those tried while shrinking not counted.
    pub(crate) files: u64,
    /// Files that somebody got wrong, by rule; `valid` for those that break none.
    pub(crate) wrong: BTreeMap<String, u64>,
    /// New disagreements.
    pub(crate) found: Vec<Answers>,
    /// Signatures that turned out to be known ones once they were small.
    pub(crate) repeats: u64,
    /// Signatures that did not show a second time.
    pub(crate) unsteady: u64,
    /// Signatures that wait.
    pub(crate) pending: usize,
}

/// A hunt under way.
pub(crate) struct Search<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) asker: Asker<'a>,
    pub(crate) sources: Sources<'a>,
    pub(crate) folder: Folder,
    pub(crate) cancel: &'a AtomicBool,
    /// Called after every batch of files.
    pub(crate) progress: &'a dyn Fn(&Tally),
    /// Signatures of the corpus.
    known: Known,
    pending: BTreeMap<String, Pending>,
    pub(crate) tally: Tally,
}

/// What is known to be done wrong over which rules.
#[derive(Debug, Default)]
struct Known(BTreeMap<BTreeSet<String>, BTreeSet<Deed>>);

impl Known {
    fn add(&mut self, signature: &Signature) {
        let deeds = self.0.entry(signature.rules.clone()).or_default();
        deeds.extend(signature.deeds.iter().cloned());
    }

    /// Deeds that were not seen over these rules or some of them: a file with
    /// one more fault, or one that two get wrong in ways known of each, teaches
    /// nothing new.
    fn novel(&self, signature: &Signature) -> BTreeSet<Deed> {
        let mut novel = signature.deeds.clone();
        for (rules, deeds) in &self.0 {
            if rules.is_subset(&signature.rules) {
                novel.retain(|deed| !deeds.contains(deed));
            }
        }
        novel
    }
}

impl<'a> Search<'a> {
    pub(crate) fn new(
        dialect: &'a Dialect,
        asker: Asker<'a>,
        sources: Sources<'a>,
        folder: Folder,
        cancel: &'a AtomicBool,
        progress: &'a dyn Fn(&Tally),
    ) -> anyhow::Result<Search<'a>> {
        let pending = folder.pending()?;
        let (known, tally) = (Known::default(), Tally::default());
        Ok(Search { dialect, asker, sources, folder, cancel, progress, known, pending, tally })
    }

    /// Learns from files who loses which types and, if they are `known`, what
    /// need not be found any more: the corpus, earlier results.
    pub(crate) fn learn(&mut self, files: &[(String, Vec<u8>)], known: bool) -> anyhow::Result<()> {
        for batch in files.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            let bytes: Vec<&[u8]> = batch.iter().map(|(_, bytes)| bytes.as_slice()).collect();
            let Some(shown) = self.asker.ask(&bytes)? else { return Ok(()) };
            for one in &shown {
                self.asker.learn(one);
            }
            let signatures = shown.iter().map(|one| &one.signature).filter(|_| known);
            signatures.filter(|one| one.is_interesting()).for_each(|one| self.known.add(one));
        }
        Ok(())
    }

    /// Hunts until the end, or until it is cancelled.
    pub(crate) fn run(&mut self, end: End) -> anyhow::Result<()> {
        let last = end.files.map(|files| self.folder.next.saturating_add(files));
        loop {
            let start = Instant::now();
            let left = last.map_or(BATCH, |last| last.saturating_sub(self.folder.next));
            if left > 0 && !self.show(left.min(BATCH))? {
                return Ok(());
            }
            // Making files small may take as long as showing did, and longer
            // at the end, when nothing else is left to do.
            let until = if left == 0 { None } else { Some(Instant::now() + start.elapsed() * 3) };
            self.shrink_until(end.at, until)?;
            let is_done = left == 0 && self.pending.is_empty();
            if is_done || self.is_over(end.at) {
                return Ok(());
            }
        }
    }

    fn is_over(&self, at: Option<Instant>) -> bool {
        self.cancel.load(Ordering::Relaxed) || at.is_some_and(|at| Instant::now() >= at)
    }

    /// Shows the next files. False if it was cancelled.
    fn show(&mut self, count: u64) -> anyhow::Result<bool> {
        let first = self.folder.next;
        let made: Vec<Made> = (first..first + count).map(|step| self.sources.file(step)).collect();
        let bytes: Vec<&[u8]> = made.iter().map(|made| made.bytes.as_slice()).collect();
        let Some(shown) = self.asker.ask(&bytes)? else { return Ok(false) };
        self.check_members(&shown)?;
        for ((step, made), shown) in (first..).zip(&made).zip(&shown) {
            self.look(step, made, shown)?;
        }
        self.folder.shown(first + count)?;
        self.tally.files += count;
        self.tally.pending = self.pending.len();
        (self.progress)(&self.tally);
        Ok(true)
    }

    /// An implementation that cannot be started any more would leave every
    /// signature incomplete, and the hunt without a result.
    fn check_members(&self, shown: &[Shown]) -> anyhow::Result<()> {
        for (at, member) in self.asker.members().iter().enumerate() {
            let mut lines = shown.iter().map(|one| &one.lines[at]);
            let why = lines.clone().next().and_then(|line| line.detail.as_deref());
            if lines.all(|line| line.outcome == Outcome::NotRun) {
                anyhow::bail!(
                    "{} can no longer be asked: {}; the hunt goes on with --skip {}",
                    member.id,
                    why.unwrap_or("it does not start"),
                    member.id
                );
            }
        }
        Ok(())
    }

    /// Keeps a file if its signature is new, or if it is the smallest with one that waits.
    fn look(&mut self, step: u64, made: &Made, shown: &Shown) -> anyhow::Result<()> {
        let signature = &shown.signature;
        if !signature.is_interesting() {
            return Ok(());
        }
        if signature.rules.is_empty() {
            *self.tally.wrong.entry("valid".to_owned()).or_default() += 1;
        }
        for rule in &signature.rules {
            *self.tally.wrong.entry(rule.clone()).or_default() += 1;
        }
        let novel = self.known.novel(signature);
        let id = signature.id_of(&novel);
        if novel.is_empty() || self.folder.seen.contains_key(&id) {
            return Ok(());
        }
        let hex = hex::encode(&made.bytes);
        if self.pending.get(&id).is_some_and(|other| other.hex.len() <= hex.len()) {
            return Ok(());
        }
        let rules = signature.rules.len();
        let pending = Pending { id: id.clone(), rules, step, how: made.how.clone(), hex };
        self.folder.keep(&pending)?;
        self.pending.insert(id, pending);
        Ok(())
    }

    /// Makes pending files small, those with the fewest faults first.
    fn shrink_until(&mut self, end: Option<Instant>, until: Option<Instant>) -> anyhow::Result<()> {
        while !self.is_over(end) && until.is_none_or(|until| Instant::now() < until) {
            let first = self.pending.values().min_by_key(|one| (one.rules, one.hex.len(), &one.id));
            let Some(id) = first.map(|one| one.id.clone()) else { break };
            let Some(one) = self.pending.get(&id).cloned() else { break };
            if !self.shrink(&one, end)? {
                break;
            }
            self.pending.remove(&id);
            self.tally.pending = self.pending.len();
            (self.progress)(&self.tally);
        }
        Ok(())
    }

    /// Makes one file small and decides what it is. False if it was cut off.
    fn shrink(&mut self, pending: &Pending, end: Option<Instant>) -> anyhow::Result<bool> {
        let bytes = hex::decode(&pending.hex).context("a pending file is no hexadecimal")?;
        let Some(first) = self.ask_one(&bytes)? else { return Ok(false) };
        let text = first.signature.to_string();
        let novel = self.known.novel(&first.signature);
        if novel.is_empty() {
            self.tally.repeats += 1;
            self.folder.dealt_with(&pending.id, &text, "known by now")?;
            return Ok(true);
        }
        let wanted = Wanted { signature: &first.signature, novel: &novel };
        let Some(small) = self.smallest(&bytes, &wanted, end)? else { return Ok(false) };
        let Some(shown) = self.ask_one(&small)? else { return Ok(false) };
        let signature = &shown.signature;
        if !wanted.is_kept_by(signature) {
            self.tally.unsteady += 1;
            self.folder.dealt_with(&pending.id, &text, "did not show a second time")?;
        } else {
            let origin = Origin {
                seed: self.folder.seed,
                step: pending.step,
                how: &pending.how,
                from_size: bytes.len() as u64,
            };
            let members = self.asker.members();
            let found = self.folder.found();
            let answers = found::write(&found, self.dialect, &small, &shown, members, &origin)?;
            self.known.add(signature);
            self.tally.found.push(answers);
            let came_to = format!("found {}", signature.id());
            self.folder.dealt_with(&signature.id(), &signature.to_string(), &came_to)?;
            self.folder.dealt_with(&pending.id, &text, &came_to)?;
        }
        Ok(true)
    }

    /// The smallest file that keeps what is wanted; `None` if the search was cut off.
    fn smallest(
        &mut self,
        bytes: &[u8],
        wanted: &Wanted<'_>,
        end: Option<Instant>,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let (dialect, cancel) = (self.dialect, self.cancel);
        let asker = &mut self.asker;
        // A little longer than the hunt, so that what was begun is not lost.
        let end = end.map(|end| end + Duration::from_secs(10));
        let asked = if wanted.signature.is_grave { ASKED_GRAVE } else { ASKED };
        let most = asker.shown() + asked;
        let mut failure = None;
        let mut cut_off = false;
        let shrunk = shrink(dialect, bytes, BUDGET, &mut |files: &[Vec<u8>]| {
            cut_off = cancel.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() > end);
            if cut_off || asker.shown() >= most {
                return None;
            }
            match judge(dialect, asker, files, wanted) {
                Ok(answers) => answers,
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        });
        match failure {
            Some(error) => Err(error),
            None => Ok((!cut_off).then_some(shrunk.bytes)),
        }
    }

    fn ask_one(&mut self, bytes: &[u8]) -> anyhow::Result<Option<Shown>> {
        Ok(self.asker.ask(&[bytes])?.and_then(|mut shown| shown.pop()))
    }
}

/// What shrinking keeps: verdict, rules at most, and what is new.
struct Wanted<'a> {
    signature: &'a Signature,
    novel: &'a BTreeSet<Deed>,
}

impl Wanted<'_> {
    fn is_kept_by(&self, other: &Signature) -> bool {
        self.signature.keeps(self.novel, other)
    }
}

/// Which files keep what is wanted. Only those of which the validator says as
/// much are shown to the implementations.
fn judge(
    dialect: &Dialect,
    asker: &mut Asker<'_>,
    files: &[Vec<u8>],
    wanted: &Wanted<'_>,
) -> anyhow::Result<Option<Vec<bool>>> {
    let seen: Vec<Validation> = files.iter().map(|file| validate(file, dialect)).collect();
    let fits = |seen: &Validation| {
        let rules = rules(seen);
        seen.verdict == wanted.signature.verdict && rules.is_subset(&wanted.signature.rules)
    };
    let open: Vec<usize> = (0..files.len()).filter(|at| fits(&seen[*at])).collect();
    let mut answers = vec![false; files.len()];
    if open.is_empty() {
        return Ok(Some(answers));
    }
    let chosen: Vec<&[u8]> = open.iter().map(|at| files[*at].as_slice()).collect();
    let seen = open.iter().map(|at| seen[*at].clone()).collect();
    let Some(shown) = asker.ask_seen(&chosen, seen)? else { return Ok(None) };
    for (at, shown) in open.into_iter().zip(shown) {
        answers[at] = wanted.is_kept_by(&shown.signature);
    }
    Ok(Some(answers))
}
