//! What a proposal costs the reference: a header read without it and with it, in turns.

use std::time::Instant;

use assay_generator::model::{Model, Tensor};
use assay_protocol::gate::Throughput;
use assay_reference::{Policy, Reader};
use assay_spec::rfc::Applied;
use assay_spec::{Dialect, Disputed};

/// Tensors in the header.
const TENSORS: u64 = 3_000;
/// Turns of each.
const TURNS: usize = 60;

/// Measures; `None` if the reference does not read the file under one of the dialects.
pub(crate) fn measure(applied: &Applied) -> Option<Throughput> {
    let file = file(&applied.base)?;
    let policy = |dialect: &Dialect| Policy::new(dialect, Disputed::Accept);
    let policies = [policy(&applied.base), policy(&applied.merged)];
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..TURNS {
        for which in [turn % 2, 1 - turn % 2] {
            let start = Instant::now();
            let reader = Reader::from_bytes(&file, &policies[which]).ok()?;
            let took = start.elapsed().as_nanos();
            if reader.len() as u64 != TENSORS {
                return None;
            }
            times[which].push(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }
    let [before_ns, after_ns] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let ratio = after_ns as f64 / before_ns.max(1) as f64;
    let ratio = (ratio * 100.0).round() / 100.0;
    Some(Throughput { tensors: TENSORS, before_ns, after_ns, ratio })
}

/// A header as published models have them.
fn file(dialect: &Dialect) -> Option<Vec<u8>> {
    let dtype = dialect.dtypes().iter().find(|dtype| dtype.bits == 8)?;
    let tensor = |at: u64| {
        let name = format!("model.layers.{}.mlp.experts.{}.weight", at / 64, at % 64);
        Tensor::new(&name, &dtype.name, &[1], vec![0])
    };
    let model = Model::new(dialect, (0..TENSORS).map(tensor).collect());
    model.to_draft().to_bytes(1 << 24).ok()
}
