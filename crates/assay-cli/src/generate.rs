//! Files on demand: what they are made from, batch by batch on all processors,
//! and where they go.

pub(crate) mod files;
pub(crate) mod layouts;
pub(crate) mod pack;
pub(crate) mod source;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use assay_spec::Dialect;

use source::{Batch, Source};

/// What is made of a source.
pub(crate) struct Order<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) source: &'a Source,
    pub(crate) seeds: Range<u64>,
    /// Longer files are left out.
    pub(crate) max_bytes: u64,
}

impl Order<'_> {
    /// Makes all files and hands them on in order of their seeds, however many
    /// processors work at once.
    ///
    /// # Errors
    /// Those of `take`, and that it was cancelled.
    pub(crate) fn make(
        &self,
        cancelled: &AtomicBool,
        mut take: impl FnMut(Batch) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let mut rest = self.seeds.clone();
        while !rest.is_empty() {
            if cancelled.load(Ordering::SeqCst) {
                bail!("stopped before seed {}", rest.start);
            }
            let mut shares = Vec::new();
            while shares.len() < workers && !rest.is_empty() {
                let end = self.source.batch_end(rest.start).clamp(rest.start + 1, rest.end);
                shares.push(rest.start..end);
                rest.start = end;
            }
            let batches: Vec<Batch> = std::thread::scope(|scope| {
                let make =
                    |share| scope.spawn(|| self.source.batch(self.dialect, share, self.max_bytes));
                let threads: Vec<_> = shares.into_iter().map(make).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("making does not panic"))
                    .collect()
            });
            batches.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }
}
