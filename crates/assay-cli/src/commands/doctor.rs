//! `assay doctor`: is this adapter one? Each demand of the protocol, tried alone.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use assay_harness::{
    Check, Examined, Finding, Introduction, PlannedCase, Question, Ready, RunOptions, Samples,
    SetupFailure, examine,
};
use assay_protocol::message::Capabilities;
use assay_protocol::{ClaimedVerdict, ManifestCase};
use assay_spec::Dialect;
use assay_spec::numbers::count;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::exec_adapter::Outside;
use super::setup;
use crate::corpus::{manifest, stage};
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// A tensor is large from so many bytes on: what a pipe holds.
const LARGE: u64 = 64 * 1024;

/// Try an adapter against the protocol: what it breaks, and where that stands.
///
/// Sets the adapter up, starts it anew for each demand of harness/PROTOCOL.md and
/// says what is wrong. Files of the corpus that every reader takes serve as
/// samples; how right the library is says `assay run`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay doctor --adapter ./my-adapter    a folder with an adapter.toml, or a program
  assay doctor mlx-cpp                   one in harness/
  assay doctor --exec 'mytool check {file}'

Exit codes: 0 it keeps to the protocol, 1 it does not, 2 it could not be set up.")]
pub(crate) struct Args {
    /// Implementations: names of folders below harness/.
    #[arg(value_name = "IMPL")]
    implementations: Vec<String>,
    #[command(flatten)]
    outside: Outside,
    /// Seconds an adapter may take for one answer.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.implementations.is_empty() && args.outside.is_empty() {
        bail!("name an implementation of harness/, or give --adapter or --exec");
    }
    let tree = Tree::find()?;
    let places = setup::places(&tree)?;
    let mut adapters = match args.implementations.as_slice() {
        [] => Vec::new(),
        only => setup::select(assay_harness::discover(&places.harness_dir)?, only, &[])?,
    };
    let found = args.outside.find(&places, adapters.iter().map(|adapter| adapter.id.as_str()))?;
    adapters.extend(found.adapters);
    let cancel = crate::signals::cancel_on_interrupt()?;
    let mut ready = found.ready;
    for (adapter, outcome) in setup::provision_all(&adapters, &places, cancel) {
        match outcome {
            Ok(one) => ready.push(one),
            Err(SetupFailure::Cancelled) => bail!("stopped"),
            Err(failure) => bail!("{} could not be set up: {failure}", adapter.id),
        }
    }
    let work = tempfile::tempdir().context("cannot make a folder for the samples")?;
    let options = RunOptions {
        deadline: Duration::from_secs(args.timeout),
        scratch_dir: work.path().join("scratch"),
        ..RunOptions::default()
    };
    let mut exit = Exit::Pass;
    let mut documents = Vec::new();
    for one in &ready {
        // One that fails here is told what is wrong by the first check.
        let said = assay_harness::probe(one, &options, cancel).ok();
        let samples = samples(&tree, work.path(), said.as_ref())?;
        let Ok(examined) = examine(one, &samples, &options, cancel) else { bail!("stopped") };
        if examined.is_at_fault() {
            exit = Exit::Findings;
        }
        match args.format {
            Format::Text => output::print(&text(one, &examined))?,
            Format::Json => documents.push(document(one, &examined)),
        }
    }
    if args.format == Format::Json {
        output::print_json(&json!({ "adapters": documents }))?;
    }
    Ok(exit)
}

/// Files of the corpus that an adapter should take or refuse without trouble.
fn samples(tree: &Tree, work: &Path, said: Option<&Introduction>) -> anyhow::Result<Samples> {
    let cases = manifest::load(&tree.manifest())?.manifest.cases;
    let can = said.map(|said| said.capabilities.clone()).unwrap_or_default();
    let mut neighbours: HashMap<&str, usize> = HashMap::new();
    for twin in cases.iter().filter_map(|case| case.twin.as_deref()) {
        *neighbours.entry(twin).or_default() += 1;
    }
    let plain = |case: &&ManifestCase| case.risk.is_none() && case.relation.is_none();
    let usable: Vec<&ManifestCase> =
        cases.iter().filter(plain).filter(|case| is_delivered(case, &can)).collect();
    let longest = |case: &ManifestCase| {
        let tensors = case.view.iter().flat_map(|view| &view.tensors);
        tensors.map(|tensor| tensor.contents[1] - tensor.contents[0]).max().unwrap_or(0)
    };
    // The file that most others are one edit away from is the plainest.
    let valid = usable.iter().filter(|case| longest(case) > 0);
    let valid = valid.max_by_key(|case| neighbours.get(case.id.as_str()).copied().unwrap_or(0));
    let valid = *valid.context("the corpus has no valid file that it declares to take")?;
    let large = usable.iter().filter(|case| longest(case) > LARGE).min_by_key(|case| case.size);
    let large = *large.unwrap_or(&valid);
    let twins = cases.iter().filter(|case| case.twin.as_ref() == Some(&valid.id)).filter(plain);
    let twin = twins.min_by_key(|case| (case.size, &case.id));
    let stage = |name: &str, case: &ManifestCase| {
        let path = work.join(format!("{name}.safetensors"));
        if !path.exists() {
            stage::lay_out(case, &tree.corpus(), &path)?;
        }
        anyhow::Ok(PlannedCase { case: case.clone(), path, question: Question::Read })
    };
    let valid = stage(&valid.sha256, valid)?;
    let large = stage(&large.sha256, large)?;
    let invalid = match twin {
        Some(twin) => stage(&twin.sha256, twin)?,
        None => cut_short(&valid, work)?,
    };
    Ok(Samples { valid, invalid, large })
}

/// A valid file of which the end is missing, in the middle of its header.
fn cut_short(valid: &PlannedCase, work: &Path) -> anyhow::Result<PlannedCase> {
    let prefix = Dialect::latest().limit("prefix_bytes");
    let mut bytes = std::fs::read(&valid.path)?;
    bytes.truncate(usize::try_from(prefix + 1)?);
    let path = work.join("cut-short.safetensors");
    std::fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    let case = ManifestCase {
        id: format!("{}, cut short", valid.case.id),
        verdict: ClaimedVerdict::Invalid,
        size: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
        view: None,
        ..valid.case.clone()
    };
    Ok(PlannedCase { case, path, question: Question::Read })
}

/// Whether an implementation says that it takes a valid file and all that is in it.
fn is_delivered(case: &ManifestCase, can: &Capabilities) -> bool {
    let takes = |dtype: &String| can.dtypes.as_ref().is_none_or(|dtypes| dtypes.contains(dtype));
    case.verdict == ClaimedVerdict::Valid
        && can.max_file_bytes.is_none_or(|most| case.size <= most)
        && case.view.as_ref().is_some_and(|view| view.tensors.iter().all(|t| takes(&t.dtype)))
}

fn text(ready: &Ready, examined: &Examined) -> String {
    let mut text = match &examined.introduction {
        Some(Introduction { identity, .. }) => format!(
            "{}: {} {} ({}), lineage {}\n\n",
            ready.adapter.id, identity.name, identity.version, identity.language, identity.lineage
        ),
        None => format!("{}\n\n", ready.adapter.id),
    };
    let mut wrong = 0;
    for Check { demand, section, finding } in &examined.checks {
        let (word, said) = match finding {
            Finding::Right(said) => ("ok  ", said.as_ref()),
            Finding::Wrong(said) => ("FAIL", Some(said)),
            Finding::NotTried(said) => ("-   ", Some(said)),
        };
        let is_wrong = matches!(finding, Finding::Wrong(_));
        wrong += u64::from(is_wrong);
        text.push_str(&format!("  {word}  {demand}\n"));
        for line in said.into_iter().flat_map(|said| said.lines()) {
            text.push_str(&format!("        {}\n", line.replace(char::is_control, " ")));
        }
        if is_wrong {
            text.push_str(&format!("        see harness/PROTOCOL.md, \"{section}\"\n"));
        }
    }
    let id = &ready.adapter.id;
    text.push_str(&match wrong {
        0 => format!("\nNothing that {id} does is against the protocol.\n\n"),
        wrong => format!("\n{} of the protocol not met.\n\n", count(wrong, "demand")),
    });
    text
}

fn document(ready: &Ready, examined: &Examined) -> serde_json::Value {
    json!({
        "id": ready.adapter.id,
        "implementation": examined.introduction.as_ref().map(|one| &one.identity),
        "capabilities": examined.introduction.as_ref().map(|one| &one.capabilities),
        "keeps_to_the_protocol": !examined.is_at_fault(),
        "checks": examined.checks,
    })
}
