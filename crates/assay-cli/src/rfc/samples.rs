//! The files that a proposal is judged on: the corpus, rule pages, published headers, its own
//! witnesses, and files made from seeds near the rules that it touches.

use std::collections::BTreeSet;
use std::path::Path;

use assay_generator::draft::Draft;
use assay_generator::mutate::Mutation;
use assay_generator::{Stream, boundaries, violate};
use assay_protocol::Manifest;
use assay_protocol::manifest::Origin;
use assay_spec::rfc::Overlay;
use assay_spec::{Check, Dialect, Rule, RuleId};

use crate::adequacy::Corpus;

/// Made files are no longer than this.
const MAX_BYTES: u64 = 1 << 20;
/// And all of them together.
const MAX_TOTAL: u64 = 1 << 28;

/// A file, as far as validators look at it.
pub(crate) struct Sample {
    /// `corpus`, `page`, `real`, `seeded` or `witness`.
    pub(crate) kind: &'static str,
    /// Its name among those.
    pub(crate) id: String,
    /// Its first bytes.
    pub(crate) head: Vec<u8>,
    /// Its length in bytes.
    pub(crate) file_len: u64,
}

impl Sample {
    fn whole(kind: &'static str, id: String, bytes: Vec<u8>) -> Sample {
        let file_len = bytes.len() as u64;
        Sample { kind, id, head: bytes, file_len }
    }

    /// Whether the whole file is at hand.
    pub(crate) fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.file_len
    }
}

/// The committed files: small cases of the corpus, heads of published files.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn committed(manifest: &Manifest, folder: &Path) -> anyhow::Result<Vec<Sample>> {
    let dialect = Dialect::latest();
    let corpus = Corpus::new(&dialect, manifest, folder);
    let mut samples = Vec::new();
    for (case, head) in corpus.small_files()? {
        let kind = if matches!(case.origin, Origin::Real { .. }) { "real" } else { "corpus" };
        samples.push(Sample { kind, id: case.id.clone(), head, file_len: case.size });
    }
    for (entry, head) in corpus.heads()? {
        samples.push(Sample { kind: "real", id: entry.id.clone(), head, file_len: entry.size });
    }
    Ok(samples)
}

/// The examples of rule pages that only one of two dialects has, and a proposal's witnesses.
pub(crate) fn own(overlay: &Overlay, base: &Dialect, merged: &Dialect) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (_, witness) in &overlay.witnesses {
        // Parsing an overlay holds this.
        let bytes = witness.to_bytes().expect("witnesses are sound");
        samples.push(Sample::whole("witness", witness.id.clone(), bytes));
    }
    for rule in merged.rules().iter().filter(|rule| base.rule(&rule.id).is_none()) {
        for (at, example) in rule.examples.iter().enumerate() {
            let bytes = example.to_bytes().expect("examples of pages are sound");
            samples.push(Sample::whole("page", format!("{}#{}", rule.id, at + 1), bytes));
        }
    }
    samples
}

/// Files from seeds: at the edges of the rules that a proposal touches, breaking them, near
/// its witnesses, and any.
pub(crate) fn seeded(base: &Dialect, merged: &Dialect, own: &[Sample], count: u64) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut take = |name: String, draft: Draft| {
        if let Ok(bytes) = draft.to_bytes(MAX_BYTES) {
            samples.push(Sample::whole("seeded", name, bytes));
        }
    };
    let touched = touched(base, merged);
    for (which, dialect) in [("base", base), ("merged", merged)] {
        for rule in dialect.rules().iter().filter(|rule| touched.contains(&rule.id)) {
            for edge in boundaries(dialect, rule) {
                take(format!("{which} {} {}", rule.id, edge.slug), edge.draft);
            }
            for seed in 0..count / 200 {
                let Some(broken) = violate(dialect, rule, seed) else { break };
                take(format!("{which} {} {} seed {seed}", rule.id, broken.slug), broken.broken);
                take(format!("{which} {} twin, seed {seed}", rule.id), broken.twin);
            }
        }
    }
    for (which, dialect) in [("base", base), ("merged", merged)] {
        let mut stream = Stream::new(dialect);
        for seed in 0..count / 4 {
            if seed % 64 == 0 && is_enough(&samples) {
                break;
            }
            let mut bytes = Vec::new();
            let what = if seed % 2 == 0 {
                stream.valid(seed, &mut bytes);
                "valid"
            } else if stream.broken(seed, &mut bytes).is_some() {
                "broken"
            } else {
                continue;
            };
            if bytes.len() as u64 <= MAX_BYTES {
                samples.push(Sample::whole("seeded", format!("{which} {what} seed {seed}"), bytes));
            }
        }
    }
    for seed in 0..if own.is_empty() { 0 } else { count / 2 } {
        let near = &own[(seed % own.len() as u64) as usize];
        let mut bytes = near.head.clone();
        Mutation::draw(seed).apply(&mut bytes, merged);
        samples.push(Sample::whole("seeded", format!("near {} seed {seed}", near.id), bytes));
    }
    samples
}

/// Whether so many bytes are made already that no more is.
fn is_enough(samples: &[Sample]) -> bool {
    samples.iter().map(|sample| sample.file_len).sum::<u64>() > MAX_TOTAL
}

/// The rules that are not the same, and those that read a table that is not.
pub(crate) fn touched(base: &Dialect, merged: &Dialect) -> BTreeSet<RuleId> {
    let (old, new) = (&base.spec().tables, &merged.spec().tables);
    let reads_changed = |check: &Check| match check {
        Check::InTable { .. } => old.dtypes != new.dtypes || old.features != new.features,
        Check::SizeEquation { .. } => old.dtypes != new.dtypes || old.limits != new.limits,
        Check::Keys { .. } => old.keys != new.keys,
        Check::Linear { .. } | Check::UnsignedIntegers { .. } | Check::Alignment { .. } => {
            old.limits != new.limits
        }
        Check::ForeignMagic {} => old.magics != new.magics,
        Check::UniqueKeys { .. } => {
            old.keys != new.keys || old.repeated_names != new.repeated_names
        }
        _ => false,
    };
    let is_touched = |dialect: &Dialect, other: &Dialect, rule: &Rule| {
        other.rule(&rule.id) != dialect.rule(&rule.id) || reads_changed(&rule.check)
    };
    let of_base = base.rules().iter().filter(|rule| is_touched(base, merged, rule));
    let of_merged = merged.rules().iter().filter(|rule| is_touched(merged, base, rule));
    of_base.chain(of_merged).map(|rule| rule.id.clone()).collect()
}
