//! Going on with a run that was stopped or killed.
//!
//! What is decided is kept; a case without a result is done again. The rest of
//! the run must be the same: corpus, rules, seed, shard, and every
//! implementation that has results must still be what it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use assay_harness::{Ready, RecordWriter, RunOptions, Unfinished};
use assay_protocol::record::{Header, ImplementationLine, Line, Outcome, ResultLine};
use assay_report::merge::different;

/// A record that goes on, and what it holds already.
pub(super) struct Resumed {
    pub(super) writer: RecordWriter,
    /// Results by implementation: only of implementations that had begun.
    pub(super) done: BTreeMap<String, Vec<ResultLine>>,
}

impl Resumed {
    /// Cases of an implementation that are decided; `None` if it had not begun.
    pub(super) fn cases(&self, id: &str) -> Option<BTreeSet<&str>> {
        let results = self.done.get(id)?;
        Some(results.iter().map(|result| result.case.as_str()).collect())
    }

    /// How often adapters were started again for these results, as far as
    /// results tell: a case that was tried twice cost one process, and another
    /// one if its second attempt failed too.
    pub(super) fn restarts(&self) -> u64 {
        let failed = |result: &ResultLine| result.answer.is_none() && result.attempts > 0;
        let of = |result: &ResultLine| match (result.outcome, result.attempts) {
            (Outcome::NotRun, _) => 0,
            (_, attempts) => u64::from(attempts > 1) + u64::from(failed(result)),
        };
        self.done.values().flatten().map(of).sum()
    }
}

/// Opens the unfinished record of a folder.
///
/// # Errors
/// If there is none, or it is of another run than the one that is asked for now.
pub(super) fn resume(
    out: &Path,
    header: &Header,
    ready: &[Ready],
    options: &RunOptions,
    cancel: &AtomicBool,
) -> anyhow::Result<Resumed> {
    let Some(unfinished) = Unfinished::open(out)? else {
        bail!(
            "there is no unfinished run in {}; run without --resume, or name its folder with --out",
            out.display()
        );
    };
    check_header(&unfinished.header, header)
        .with_context(|| format!("the unfinished run in {} is another one", out.display()))?;
    let mut kept = Vec::new();
    let mut done: BTreeMap<String, Vec<ResultLine>> = BTreeMap::new();
    for line in &unfinished.lines {
        match line {
            Line::Implementation(one) if one.not_run.is_none() => {
                check_implementation(one, ready, options, cancel)?;
                done.insert(one.id.clone(), Vec::new());
                kept.push(line.clone());
            }
            Line::Result(result) => {
                if let Some(results) = done.get_mut(&result.implementation) {
                    results.push(result.clone());
                    kept.push(line.clone());
                }
            }
            // What could not be run is tried again.
            Line::Header(_) | Line::Implementation(_) | Line::Footer(_) => {}
        }
    }
    Ok(Resumed { writer: unfinished.go_on(&kept)?, done })
}

fn check_header(before: &Header, now: &Header) -> anyhow::Result<()> {
    let mut what = different(before, now);
    if before.shard != now.shard {
        let words = |header: &Header| match header.shard {
            Some(shard) => format!("shard {shard}"),
            None => "the whole".to_owned(),
        };
        what.push(format!("it ran {}, not {}", words(before), words(now)));
    }
    if !what.is_empty() {
        bail!("{}; ask for the same, or run without --resume", what.join("; "));
    }
    Ok(())
}

fn check_implementation(
    before: &ImplementationLine,
    ready: &[Ready],
    options: &RunOptions,
    cancel: &AtomicBool,
) -> anyhow::Result<()> {
    let id = &before.id;
    let Some(one) = ready.iter().find(|one| one.adapter.id == *id) else {
        bail!(
            "the unfinished run has results of {id}, which is not to be run now or could not be \
             set up; ask for the same implementations, or run without --resume"
        );
    };
    let now = assay_harness::probe(one, options, cancel)
        .with_context(|| format!("{id} does not start any more"))?;
    let is_same = before.implementation.as_ref() == Some(&now.identity)
        && before.capabilities.as_ref() == Some(&now.capabilities);
    if !is_same {
        bail!(
            "{id} is not what it was in the unfinished run: {} then, {} now; run without --resume",
            before.implementation.as_ref().map_or("unknown", |said| said.version.as_str()),
            now.identity.version
        );
    }
    Ok(())
}
