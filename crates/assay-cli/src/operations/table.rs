//! All questions and tasks of operations, from the files by hand, the corpus and the dialect.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use assay_harness::{PlannedCase, Question};
use assay_protocol::case::ClaimedVerdict;
use assay_protocol::manifest::{ExpectedView, Origin};
use assay_protocol::{Manifest, ManifestCase, Operation};
use assay_report::coverage::Ledger;
use assay_spec::{Dialect, RuleId};

use super::access::{self, GetQuestion};
use super::models::{self, Model};
use super::tasks::{self, Task};

/// Everything that can be asked, each list in order of id.
pub(crate) struct Table {
    pub(crate) gets: Vec<GetQuestion>,
    pub(crate) models: Vec<Model>,
    pub(crate) tasks: Vec<Task>,
    /// The file of odd names that some questions are about, and its view.
    pub(crate) odd: (Vec<u8>, ExpectedView),
    /// Cases of the corpus whose headers are asked for.
    pub(crate) headers: Vec<String>,
    /// The corpus.
    pub(crate) corpus: Manifest,
    /// Whether a header is asked for that stands before a terabyte.
    pub(crate) with_long_file: bool,
}

/// The id of the question about the long file.
pub(crate) const LONG_ID: &str = "access/header-only/one-tebibyte";

/// Files whose headers are asked for are small: only what the header says is at stake.
const MAX_BYTES: u64 = 1 << 20;

/// Reads the files by hand; asks about the corpus.
pub(crate) fn load(corpus: &Path, manifest: &Manifest, dialect: &Dialect) -> anyhow::Result<Table> {
    let folder = corpus.join("operations");
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let odd = access::odd_names(dialect)?;
    let table = Table {
        gets: access::questions(manifest, &odd.1),
        models: models::models(&read("index.toml")?).context("index.toml")?,
        tasks: tasks::tasks(&read("write.toml")?, dialect).context("write.toml")?,
        odd,
        headers: manifest
            .cases
            .iter()
            .filter(|case| case.size <= MAX_BYTES && case.path.is_some())
            .map(|case| case.id.clone())
            .collect(),
        corpus: manifest.clone(),
        with_long_file: true,
    };
    for (rule, id) in table.cases() {
        if dialect.rule(&RuleId::new(&rule)).is_none() {
            bail!("{id}: there is no rule {rule}");
        }
    }
    Ok(table)
}

impl Table {
    /// Rule and id of every question and task with an id of its own: what the ledger counts.
    pub(crate) fn cases(&self) -> Vec<(String, String)> {
        let gets = self.gets.iter().map(|get| (get.rule.to_owned(), get.id.clone()));
        let models = self.models.iter().map(|model| (model.rule.clone(), model.id()));
        let tasks = self.tasks.iter().map(|task| (task.rule.clone(), task.id.clone()));
        let long =
            self.with_long_file.then(|| (access::HEADER_ONLY.to_owned(), LONG_ID.to_owned()));
        gets.chain(long).chain(models).chain(tasks).collect()
    }

    /// The ledger with them.
    pub(crate) fn added_to(&self, ledger: Ledger) -> Ledger {
        let cases = self.cases();
        ledger.with_operations(cases.iter().map(|(rule, id)| (rule.as_str(), id.as_str())))
    }

    /// What is asked, in words, by id.
    pub(crate) fn titles(&self) -> BTreeMap<String, String> {
        let gets = self.gets.iter().map(|get| (get.id.clone(), get.title.clone()));
        let models = self.models.iter().map(|model| (model.id(), model.title.clone()));
        let tasks = self.tasks.iter().map(|task| (task.id.clone(), task.title.clone()));
        let headers = self.corpus.cases.iter().map(|case| (case.id.clone(), case.title.clone()));
        let long = (LONG_ID.to_owned(), "the header of a file of 1 TiB".to_owned());
        gets.chain(models).chain(tasks).chain(headers).chain([long]).collect()
    }

    /// Leaves only some operations and ids.
    pub(crate) fn choose(&mut self, operations: &[Operation], containing: Option<&str>) {
        let has = |id: &str| containing.is_none_or(|text| id.contains(text));
        let of = |operation| operations.is_empty() || operations.contains(&operation);
        let (inspects, gets) = (of(Operation::Inspect), of(Operation::Get));
        let (opens, writes) = (of(Operation::OpenIndex), of(Operation::Write));
        self.gets.retain(|get| gets && has(&get.id));
        self.models.retain(|model| opens && has(&model.id()));
        self.tasks.retain(|task| writes && has(&task.id));
        self.headers.retain(|id| inspects && has(id));
        self.with_long_file &= inspects && has(LONG_ID);
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.cases().is_empty() && self.headers.is_empty()
    }
}

/// A case as the harness wants it.
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a str,
    pub(crate) rule: &'a str,
    pub(crate) verdict: ClaimedVerdict,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    pub(crate) view: Option<ExpectedView>,
}

impl Asked<'_> {
    /// The case with its file and what is asked about it.
    pub(crate) fn planned(self, path: &Path, question: Question) -> PlannedCase {
        let Asked { id, rule, verdict, size, sha256, view } = self;
        let case = ManifestCase {
            id: id.to_owned(),
            rule: rule.to_owned(),
            title: String::new(),
            verdict,
            origin: Origin::Hand,
            path: None,
            recipe: None,
            size,
            sha256,
            twin: None,
            also: Vec::new(),
            boundary_of: Vec::new(),
            risk: None,
            span: None,
            view,
            relation: None,
        };
        PlannedCase { case, path: path.to_owned(), question }
    }
}
