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
    /// How many threads make files at once; the files do not depend on it.
    pub(crate) workers: usize,
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
        let mut rest = self.seeds.clone();
        while !rest.is_empty() {
            if cancelled.load(Ordering::SeqCst) {
                bail!("stopped before seed {}", rest.start);
            }
            let mut shares = Vec::new();
            while shares.len() < self.workers.max(1) && !rest.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let dialect = Dialect::latest();
        for source in [Source::Valid, Source::Stream { broken: true }] {
            let made = |workers| {
                let order = Order {
                    dialect: &dialect,
                    source: &source,
                    seeds: 1000..2600,
                    max_bytes: 1 << 16,
                    workers,
                };
                let mut all = (Vec::new(), Vec::new());
                let taken = order.make(&AtomicBool::new(false), |batch| {
                    all.0.extend(batch.bytes);
                    all.1.extend(batch.files.into_iter().map(|file| (file.seed, file.sha256)));
                    Ok(())
                });
                taken.expect("nothing was cancelled");
                all
            };
            let alone = made(1);
            assert_eq!(alone.1.len(), 1600);
            assert!(alone.1.iter().map(|(seed, _)| *seed).eq((1000..2600).map(Some)));
            assert!(made(3) == alone && made(7) == alone);
        }
    }

    #[test]
    fn cancelling_is_an_error() {
        let order = Order {
            dialect: &Dialect::latest(),
            source: &Source::Valid,
            seeds: 0..10,
            max_bytes: 1 << 16,
            workers: 2,
        };
        let error = order.make(&AtomicBool::new(true), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("stopped before seed 0"));
    }
}
