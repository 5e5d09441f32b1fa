//! What a proposal costs the reference: a header parsed and a file loaded, without it and with
//! it, in turns.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Context as _;
use assay_generator::model::{Model, Tensor};
use assay_protocol::gate::{LoadThroughput, Throughput};
use assay_reference::write::{NewTensor, Writer};
use assay_reference::{Load, Policy, Reader};
use assay_spec::rfc::Applied;
use assay_spec::{Dialect, Disputed};

/// Tensors in the header.
const TENSORS: u64 = 3_000;
/// Turns of each.
const TURNS: usize = 60;

/// Bytes of the file that is loaded, and how many tensors share them.
const LOADED: u64 = 32 << 20;
const SHARES: u64 = 32;
/// Turns of each load.
const LOADS: usize = 24;

/// Measures; `None` if the reference does not read the file under one of the dialects.
///
/// # Errors
/// If there is no room for the file that is loaded.
pub(crate) fn measure(applied: &Applied) -> anyhow::Result<Option<Throughput>> {
    let policy = |dialect: &Dialect| Policy::new(dialect, Disputed::Accept);
    let policies = [policy(&applied.base), policy(&applied.merged)];
    let Some(file) = headers(&applied.base) else { return Ok(None) };
    let read = |which: usize| {
        let reader = Reader::from_bytes(&file, &policies[which]).ok()?;
        (reader.len() as u64 == TENSORS).then_some(())
    };
    let Some([before_ns, after_ns]) = in_turns(TURNS, read) else { return Ok(None) };
    let Some(load) = load(applied, &policies)? else { return Ok(None) };
    let ratio = ratio(before_ns, after_ns);
    Ok(Some(Throughput { tensors: TENSORS, before_ns, after_ns, ratio, load }))
}

fn load(applied: &Applied, policies: &[Policy; 2]) -> anyhow::Result<Option<LoadThroughput>> {
    let Some(contents) = contents(&applied.base) else { return Ok(None) };
    let mut file = tempfile::NamedTempFile::new().context("cannot make a file to load")?;
    file.write_all(&contents).context("there is no room for a file to load")?;
    file.flush().context("there is no room for a file to load")?;
    let loader = Load::new();
    let read = |which: usize| {
        let loaded = loader.open(file.path(), &policies[which]).ok()?;
        (loaded.reader().len() as u64 == SHARES).then_some(())
    };
    // Once, so that the first turn does not pay for what all need.
    if read(0).is_none() {
        return Ok(None);
    }
    let times = in_turns(LOADS, read);
    Ok(times.map(|[before_ns, after_ns]| LoadThroughput {
        bytes: contents.len() as u64,
        before_ns,
        after_ns,
        ratio: ratio(before_ns, after_ns),
    }))
}

/// Does something without and with the proposal in turns, and gives the lower quartiles in
/// nanoseconds, which neighbours on the machine disturb less than medians; `None` if it fails.
fn in_turns(turns: usize, run: impl Fn(usize) -> Option<()>) -> Option<[u64; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..turns {
        for which in [turn % 2, 1 - turn % 2] {
            let start = Instant::now();
            run(which)?;
            let took = start.elapsed().as_nanos();
            times[which].push(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }
    Some(times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 4]
    }))
}

fn ratio(before_ns: u64, after_ns: u64) -> f64 {
    let ratio = after_ns as f64 / before_ns.max(1) as f64;
    (ratio * 100.0).round() / 100.0
}

/// A header as published models have them.
fn headers(dialect: &Dialect) -> Option<Vec<u8>> {
    let dtype = dialect.dtypes().iter().find(|dtype| dtype.bits == 8)?;
    let tensor = |at: u64| {
        let name = format!("model.layers.{}.mlp.experts.{}.weight", at / 64, at % 64);
        Tensor::new(&name, &dtype.name, &[1], vec![0])
    };
    let model = Model::new(dialect, (0..TENSORS).map(tensor).collect());
    model.to_draft().to_bytes(1 << 24).ok()
}

/// A file of a few tensors with much in them.
fn contents(dialect: &Dialect) -> Option<Vec<u8>> {
    let dtype = dialect.dtypes().iter().find(|dtype| dtype.bits == 8)?;
    let share = LOADED / SHARES;
    let data = vec![1; usize::try_from(share).ok()?];
    let names: Vec<String> = (0..SHARES).map(|at| format!("layers.{at}.weight")).collect();
    let tensors = names.iter().map(|name| NewTensor {
        name,
        dtype: &dtype.name,
        shape: std::slice::from_ref(&share),
        data: &data,
    });
    Writer::new(dialect).serialize(tensors, None).ok()
}
