//! `assay resources`: what reading costs, case by case, measured from outside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_generator::Draft;
use assay_harness::{Measured, PlannedCase, Question, RunOptions, measure};
use assay_protocol::manifest::Origin;
use assay_protocol::record::Answer;
use assay_protocol::resources::{
    Budgets, CaseUsage, Family, ImplementationUsage, Member, RESOURCES_SCHEMA, Resources, Usage,
};
use assay_protocol::{ClaimedVerdict, ManifestCase};
use assay_report::resources;
use sha2::{Digest as _, Sha256};

use super::corpus::progress_bar;
use super::exec_adapter::Outside;
use super::setup;
use crate::corpus::build::replace;
use crate::corpus::manifest::{self, Loaded};
use crate::corpus::stage;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Sizes of a family: each twice the one before.
const DOUBLINGS: u32 = 4;
/// How often the files of a family are read; the least counts.
const TIMES: u32 = 3;

/// Measure what each case costs an implementation, and how that grows.
///
/// Cases are asked one at a time, in a pass of their own: clock, processor time,
/// peak of memory, bytes read and temporary files left, counted by the system. Held to
/// corpus/budgets.toml: a file that is refused after a huge allocation was refused too
/// late. Then headers of n, 2n, 4n and 8n tensors, metadata pairs and so on, and the
/// exponent with which time and memory grow.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay resources --only safetensors-rust
  assay resources --adapter ./my-adapter --case prefix/

Exit codes: 0 within the budgets and no more than linear, 1 not, 2 nothing was measured.")]
pub(crate) struct Args {
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    #[command(flatten)]
    outside: Outside,
    /// Only cases whose id contains this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Seconds an implementation may take for one case.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Folder for resources.json; reports/resources if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let places = setup::places(&tree)?;
    let budgets = budgets(&tree)?;
    let mut loaded = manifest::load(&tree.manifest())?;
    if let Some(text) = &args.case {
        loaded.manifest.cases.retain(|case| case.id.contains(text.as_str()));
        if loaded.manifest.cases.is_empty() {
            bail!("no case's id contains `{text}`; `assay corpus list` lists all cases");
        }
    }
    let mut adapters = match args.only.as_slice() {
        [] if !args.outside.is_empty() => Vec::new(),
        only => setup::select(assay_harness::discover(&places.harness_dir)?, only, &args.skip)?,
    };
    let found = args.outside.find(&places, adapters.iter().map(|adapter| adapter.id.as_str()))?;
    adapters.extend(found.adapters);
    let cancel = crate::signals::cancel_on_interrupt()?;
    let mut ready = found.ready;
    let mut not_run = Vec::new();
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(failure) => not_run.push(format!("{}: {failure}", adapter.id)),
        }
    }
    let work = tempfile::tempdir().context("cannot make a folder for the files")?;
    let plan = Plan::lay_out(&loaded, &tree, work.path())?;
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        scratch_dir: work.path().join("scratch"),
        ..RunOptions::default()
    };
    let bar = progress_bar("measuring");
    bar.set_length((ready.len() * (plan.corpus.len() + plan.grown.len())) as u64);
    let mut implementations = Vec::new();
    for one in &ready {
        let id = &one.adapter.id;
        bar.set_message(format!("measuring {id}"));
        let pass = |cases: &[PlannedCase], times: u32| {
            measure(one, cases, times, &options, cancel, &|_| bar.inc(1))
        };
        let corpus = pass(&plan.corpus, 1)?;
        let grown = pass(&plan.grown, TIMES)?;
        match (corpus, grown) {
            (Ok(corpus), Ok(grown)) => implementations.push(plan.usage(id, corpus, grown)),
            (Err(why), _) | (_, Err(why)) => not_run.push(format!("{id}: {why}")),
        }
    }
    bar.finish_and_clear();
    for why in &not_run {
        output::note(&format!("not measured: {why}"));
    }
    if implementations.is_empty() {
        bail!("nothing was measured");
    }
    let document = Resources {
        schema: RESOURCES_SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        manifest_sha256: loaded.sha256.clone(),
        implementations,
    };
    let out = args.out.clone().unwrap_or_else(|| tree.reports().join("resources"));
    std::fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    let path = out.join("resources.json");
    replace(&path, format!("{}\n", serde_json::to_string(&document)?).as_bytes())?;
    match args.format {
        Format::Json => output::print_json(&resources::to_json(&document, &budgets))?,
        Format::Text => {
            let width = output::width().unwrap_or(100).min(120);
            let text = resources::to_terminal(&document, &budgets, width);
            output::print(&format!("{text}\nAll numbers: {}\n", path.display()))?;
        }
    }
    let wrong = resources::has_findings(&document, &budgets);
    Ok(if wrong { Exit::Findings } else { Exit::Pass })
}

fn budgets(tree: &Tree) -> anyhow::Result<Budgets> {
    let path = tree.corpus().join("budgets.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is broken", path.display()))
}

/// What is measured.
struct Plan {
    /// A plain file that warms each process, then the corpus.
    corpus: Vec<PlannedCase>,
    /// The same, then the families one after the other.
    grown: Vec<PlannedCase>,
    /// What grows, and the counts.
    families: Vec<(&'static str, Vec<u64>)>,
}

impl Plan {
    fn lay_out(loaded: &Loaded, tree: &Tree, work: &Path) -> anyhow::Result<Plan> {
        let files = work.join("files");
        std::fs::create_dir(&files)?;
        let grown_files = work.join("grown");
        std::fs::create_dir(&grown_files)?;
        let dtype = commonest_dtype(loaded).context("no case has a tensor of known dtype")?;
        let mut grown = vec![planned("warm", &tensors(&dtype, 1), &grown_files, 0)?];
        let mut families = Vec::new();
        for (what, first, make) in FAMILIES {
            let counts: Vec<u64> = (0..DOUBLINGS).map(|power| first << power).collect();
            for count in &counts {
                let name = format!("{what} {count}");
                grown.push(planned(&name, &make(&dtype, *count), &grown_files, grown.len())?);
            }
            families.push((what, counts));
        }
        let mut corpus = vec![grown[0].clone()];
        corpus.extend(stage::stage(&loaded.manifest, &tree.corpus(), &files, &|_, _| {})?);
        Ok(Plan { corpus, grown, families })
    }

    /// What was measured, as a document.
    fn usage(&self, id: &str, corpus: Measured, grown: Measured) -> ImplementationUsage {
        let mut cases: Vec<CaseUsage> = self
            .corpus
            .iter()
            .zip(corpus.cases)
            .skip(1)
            .map(|(planned, (answer, usage))| case_usage(&planned.case, answer, usage))
            .collect();
        cases.sort_by(|a, b| a.case.cmp(&b.case));
        let mut members = grown.cases.into_iter().skip(1);
        let family = |(what, counts): &(&str, Vec<u64>)| Family {
            what: (*what).to_owned(),
            members: counts
                .iter()
                .zip(&mut members)
                .map(|(count, (answer, usage))| Member {
                    count: *count,
                    answer: answer.ok(),
                    usage,
                })
                .collect(),
        };
        let families = self.families.iter().map(family).collect();
        let implementation = corpus.introduction.identity;
        ImplementationUsage { id: id.to_owned(), implementation, cases, families }
    }
}

/// The dtype that most tensors of the corpus have: every reader takes it.
fn commonest_dtype(loaded: &Loaded) -> Option<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    let views = loaded.manifest.cases.iter().filter_map(|case| case.view.as_ref());
    for tensor in views.flat_map(|view| &view.tensors) {
        *counts.entry(&tensor.dtype).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(dtype, _)| dtype.to_owned())
}

fn case_usage(case: &ManifestCase, answer: Result<Answer, String>, usage: Usage) -> CaseUsage {
    CaseUsage {
        case: case.id.clone(),
        rule: case.rule.clone(),
        verdict: case.verdict,
        size: case.size,
        failure: answer.as_ref().err().cloned(),
        answer: answer.ok(),
        usage,
    }
}

/// How a header with so many of something is made.
type Make = fn(&str, u64) -> String;

/// What grows, from how many on.
const FAMILIES: [(&str, u64, Make); 4] = [
    ("tensors in a header", 4_000, tensors),
    ("bytes in a name", 500_000, name),
    ("pairs of metadata", 8_000, metadata),
    ("dimensions of a shape", 20_000, dimensions),
];

/// Empty tensors, so that nothing but the header grows.
fn tensors(dtype: &str, count: u64) -> String {
    let entry = |number: u64| {
        format!(
            r#""layers.{number}.weight":{{"dtype":"{dtype}","shape":[0],"data_offsets":[0,0]}}"#
        )
    };
    format!("{{{}}}", (0..count).map(entry).collect::<Vec<_>>().join(","))
}

fn name(dtype: &str, count: u64) -> String {
    let name = "n".repeat(usize::try_from(count).unwrap_or(0));
    format!(r#"{{"{name}":{{"dtype":"{dtype}","shape":[0],"data_offsets":[0,0]}}}}"#)
}

fn metadata(dtype: &str, count: u64) -> String {
    let pairs: Vec<String> = (0..count).map(|at| format!(r#""key {at}":"value {at}""#)).collect();
    let tensors = tensors(dtype, 1);
    format!(r#"{{"__metadata__":{{{}}},{}"#, pairs.join(","), &tensors[1..])
}

fn dimensions(dtype: &str, count: u64) -> String {
    let shape = vec!["0"; usize::try_from(count).unwrap_or(0)].join(",");
    format!(r#"{{"a":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[0,0]}}}}"#)
}

fn planned(id: &str, header: &str, folder: &Path, number: usize) -> anyhow::Result<PlannedCase> {
    let path = folder.join(format!("{number:06}.safetensors"));
    let draft = Draft::from_text(header, b"");
    draft.write_file(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let bytes = std::fs::read(&path)?;
    let case = ManifestCase {
        id: id.to_owned(),
        rule: "growth".to_owned(),
        title: id.to_owned(),
        // Whether it is taken is not the question here.
        verdict: ClaimedVerdict::Either,
        origin: Origin::Generated { seed: 0 },
        path: None,
        recipe: None,
        size: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
        twin: None,
        also: Vec::new(),
        boundary_of: Vec::new(),
        risk: None,
        span: None,
        view: None,
        relation: None,
    };
    Ok(PlannedCase { case, path, question: Question::Read })
}
