//! `assay run --update-known`: what came out, taken into `known.toml`.

use std::collections::BTreeMap;

use anyhow::Context as _;
use assay_harness::Adapter;
use assay_protocol::KnownFile;
use assay_protocol::record::ResultLine;
use assay_report::record::Record;

use super::result::Judged;
use crate::corpus::build::replace;
use crate::known::{self, update};
use crate::output;

/// Writes the files of the implementations that ran, and judges by the new ones.
pub(super) fn update(
    record: &Record,
    adapters: &[Adapter],
    judged: &mut Judged,
) -> anyhow::Result<()> {
    let mut results: BTreeMap<&str, Vec<&ResultLine>> = BTreeMap::new();
    for result in &record.results {
        results.entry(&result.implementation).or_default().push(result);
    }
    for adapter in adapters {
        let line = record.implementation(&adapter.id);
        let Some(said) = line.and_then(|line| line.implementation.as_ref()) else { continue };
        let Some(path) = known::path(&adapter.id, &adapter.dir) else { continue };
        let results = results.remove(adapter.id.as_str()).unwrap_or_default();
        let before = known::text(&path)?;
        let none = KnownFile::default();
        let file = judged.known.get(&adapter.id).unwrap_or(&none);
        let seen = update::Seen {
            results: &results,
            version: &said.version,
            cases: &judged.cases,
            is_complete: judged.is_complete,
        };
        let after = update::update(before.as_deref(), file, &seen)
            .with_context(|| format!("cannot bring {} up to date", path.display()))?;
        let Some(text) = after else { continue };
        let file = known::parse(&text, &path)?;
        replace(&path, text.as_bytes())?;
        output::note(&format!("{}: {} entries; review it", path.display(), file.entries.len()));
        judged.known.insert(adapter.id.clone(), file);
    }
    Ok(())
}
