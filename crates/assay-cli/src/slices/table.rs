//! `corpus/slices.json`: read, and the questions that it is made of.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use assay_generator::slices::{SLICED_NAME, SliceItem as Drawn, SliceQuestion as Asked};
use assay_generator::{Slices, slices};
use assay_protocol::message::Dots;
use assay_protocol::slices::SlicedTensor;
use assay_protocol::{SliceItem, SliceTable};
use assay_spec::check::Probe;
use assay_spec::{Check, Dialect, Level, Rule};
use sha2::{Digest as _, Sha256};

/// The seed of the committed table.
pub(crate) const SEED: u64 = 0;

/// Files of questions are small.
const MAX_BYTES: u64 = 1 << 20;

/// What to do about a table that will not do.
pub(crate) const REBUILD: &str = "run `assay slices build` to make it anew";

/// A question before anybody answered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question<'d> {
    pub(crate) id: String,
    pub(crate) rule: &'d Rule,
    pub(crate) tensor: usize,
    pub(crate) index: Vec<SliceItem>,
    /// Whether there is nothing to deliver.
    pub(crate) is_fault: bool,
}

/// Tensors with their files, and the questions about them in order of id.
pub(crate) struct Questions<'d> {
    pub(crate) tensors: Vec<SlicedTensor>,
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) questions: Vec<Question<'d>>,
}

impl Question<'_> {
    /// Whether a reader may refuse what can be delivered.
    pub(crate) fn is_optional(&self) -> bool {
        self.rule.level != Level::Must
    }
}

/// The questions of a dialect and a seed.
pub(crate) fn questions(dialect: &Dialect, seed: u64) -> anyhow::Result<Questions<'_>> {
    let Slices { tensors, questions } = slices(dialect, seed);
    let mut files = Vec::with_capacity(tensors.len());
    let mut described = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let file = tensor.file(dialect).to_bytes(MAX_BYTES).map_err(anyhow::Error::msg)?;
        described.push(SlicedTensor {
            dtype: tensor.dtype,
            shape: tensor.shape,
            name: SLICED_NAME.to_owned(),
            sha256: hex::encode(Sha256::digest(&file)),
        });
        files.push(file);
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut asked = Vec::with_capacity(questions.len());
    for Asked { tensor, index, probe, may_be_refused } in questions {
        let rule = rule_of(dialect, probe)?;
        let number = numbers.entry(rule.id.as_str()).or_default();
        *number += 1;
        asked.push(Question {
            id: format!("{}/{number:03}", rule.id),
            rule,
            tensor,
            index: index.into_iter().map(item).collect(),
            is_fault: may_be_refused && probe != Probe::SliceWholeBytes,
        });
    }
    asked.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Questions { tensors: described, files, questions: asked })
}

/// The rule that a probe shows.
fn rule_of(dialect: &Dialect, probe: Probe) -> anyhow::Result<&Rule> {
    let is_it = |rule: &&Rule| rule.check == Check::Behaviour { probe };
    dialect.rules().iter().find(is_it).with_context(|| format!("no rule has the probe {probe:?}"))
}

fn item(item: Drawn) -> SliceItem {
    match item {
        Drawn::Select(position) => SliceItem::Select(position),
        Drawn::Range { start, stop, step } => SliceItem::Range([start, stop, step]),
        Drawn::Ellipsis => SliceItem::Ellipsis(Dots::Dots),
    }
}

/// Reads and checks the committed table.
pub(crate) fn load(path: &Path) -> anyhow::Result<SliceTable> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the table {}; {REBUILD}", path.display()))?;
    let table: SliceTable = serde_json::from_str(&text)
        .with_context(|| format!("the table {} is faulty; {REBUILD}", path.display()))?;
    if let Some(fault) = table.faults().into_iter().next() {
        bail!("the table {} is faulty: {fault}; {REBUILD}", path.display());
    }
    if table.questions.is_empty() {
        bail!("the table {} asks nothing; {REBUILD}", path.display());
    }
    Ok(table)
}
