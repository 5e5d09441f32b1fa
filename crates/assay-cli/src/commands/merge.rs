//! `assay merge`: the shards of a run, put together and judged.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use assay_harness::RECORD_FILE;
use assay_report::merge::merge;
use assay_report::relations;

use super::run::result::{Gate, Judged, Whole, judge_and_print};
use crate::corpus::build::replace;
use crate::corpus::manifest;
use crate::known as files;
use crate::output::{Exit, Format};
use crate::places::Tree;
use crate::records;

/// Put the shards of a run together, and judge the whole.
///
/// Each machine runs its part with `assay run --shard 1/4 --allow-findings`; this
/// command makes of the parts the record that one machine would have left. Shards of
/// different runs, a shard that is missing or there twice, an implementation that
/// was not run or is not the same everywhere, and a case that is missing or
/// decided twice stop it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay run --shard 1/2 --allow-findings --out part-1
  assay run --shard 2/2 --allow-findings --out part-2
  assay merge part-1 part-2 --out reports/latest

Exit codes: as of `assay run`; 2 if the records are not the shards of one run.")]
pub(crate) struct Args {
    /// The shards' records: files, or the folders that the runs wrote them to.
    #[arg(value_name = "RECORD", required = true)]
    records: Vec<PathBuf>,
    /// Folder for record and matrix.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    gate: Gate,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let parts: Vec<_> =
        args.records.iter().map(|path| records::load(path)).collect::<Result<_, _>>()?;
    let record = merge(&parts).with_context(|| {
        let names: Vec<String> =
            args.records.iter().map(|path| path.display().to_string()).collect();
        format!("these are not the shards of one run: {}", names.join(", "))
    })?;
    let ids = record.results.iter().map(|result| result.case.as_str());
    let ids: std::collections::BTreeSet<&str> = ids.collect();
    if record.header.cases_sha256.as_deref() != Some(&assay_harness::ids_digest(ids)) {
        bail!("the shards together do not have the cases that their headers plan");
    }
    let path = args.out.join(RECORD_FILE);
    replace(&path, record.to_text().as_bytes())?;
    let tree = Tree::find()?;
    let corpus = manifest::load(&tree.manifest())?;
    if corpus.sha256 != record.header.manifest_sha256 {
        bail!(
            "the record {} is of another corpus than the one in this tree, so it is not judged",
            path.display()
        );
    }
    let judged = Judged {
        is_complete: record.header.cases == corpus.manifest.cases.len() as u64,
        cases: corpus.manifest.cases.iter().map(|case| case.id.clone()).collect(),
        groups: relations::groups(&corpus.manifest),
        known: files::of_tree(&tree)?,
    };
    let seconds = record.footer.as_ref().map_or(0, |footer| footer.seconds);
    let whole = Whole { record, path, seconds: seconds as f64, rates: Default::default() };
    judge_and_print(&whole, &judged, &args.gate, args.format, &args.out)
}
