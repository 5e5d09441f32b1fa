//! `assay shards`: models in several files, and the index that holds them together.

use std::path::{Path, PathBuf};

use anyhow::bail;
use assay_reference::Policy;
use assay_reference::shards::{Fault, Index, Links, Report, ShardedModel, ShardsError, verify};
use assay_spec::numbers::count;
use indicatif::HumanBytes;
use serde_json::{Value, json};

use super::spec::dialect;
use crate::output::{self, Exit, Format};

/// Look into models in several files: do index and shards agree?
///
/// A large model is split into shards, and `model.safetensors.index.json` says
/// which tensor is in which. The index is no part of the format; loaders trust
/// it all the same.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay shards verify ~/models/large
  assay shards verify --follow-links ~/.cache/hub/models--x/snapshots/main
  assay shards list --tensors ~/models/large
  assay shards index ~/models/large --dry-run

Exit codes: 0 pass, 1 index and shards disagree, 2 there is nothing to compare.")]
pub(crate) enum Command {
    /// Compare an index with its shards and list every fault.
    ///
    /// Missing and extra files, tensors that are not where the index says, that it
    /// does not know or that are there twice, a wrong total size. Reads headers
    /// only.
    Verify {
        #[command(flatten)]
        model: Model,
        /// What becomes of disputed files: `interop` accepts them, `strict` does not.
        #[arg(long, default_value = "interop")]
        profile: String,
    },
    /// List the shards of a model, or its tensors.
    List {
        #[command(flatten)]
        model: Model,
        /// List the tensors instead, by name: shard, dtype, shape.
        #[arg(long)]
        tensors: bool,
    },
    /// Write the index of the shards in a folder, from their headers.
    Index {
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// What the files' names begin with.
        #[arg(long, value_name = "NAME", default_value = "model")]
        stem: String,
        /// Replace the index if it is there.
        #[arg(long)]
        force: bool,
        /// Print the index instead of writing it.
        #[arg(long)]
        dry_run: bool,
        /// Edition of the format, such as 0.8; the newest if not given.
        #[arg(long)]
        edition: Option<String>,
    },
}

/// Where a model is and how to read it.
#[derive(clap::Args)]
pub(crate) struct Model {
    /// The model's index, or the folder that holds it.
    #[arg(value_name = "MODEL")]
    path: PathBuf,
    /// Read shards that are links out of the folder, as in download caches.
    #[arg(long)]
    follow_links: bool,
    /// Edition of the format, such as 0.8; the newest if not given.
    #[arg(long)]
    edition: Option<String>,
    /// How to print results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Model {
    fn links(&self) -> Links {
        if self.follow_links { Links::Follow } else { Links::Within }
    }

    fn policy(&self, profile: &str) -> anyhow::Result<Policy> {
        policy(self.edition.as_deref(), profile)
    }
}

fn policy(edition: Option<&str>, profile: &str) -> anyhow::Result<Policy> {
    let dialect = dialect(edition)?;
    let Some(known) = dialect.profile(profile) else {
        let profiles = &dialect.spec().tables.profiles;
        let known: Vec<&str> = profiles.iter().map(|profile| profile.id.as_str()).collect();
        bail!("no profile `{profile}`; profiles are {}", known.join(", "));
    };
    Ok(Policy::new(&dialect, known.disputed))
}

/// The profile that reads whatever most readers read.
const LENIENT: &str = "interop";

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Verify { model, profile } => verify_model(model, &model.policy(profile)?),
        Command::List { model, tensors } => list(model, *tensors, &model.policy(LENIENT)?),
        Command::Index { folder, stem, force, dry_run, edition } => {
            let index = Index::of_folder(folder, stem, &policy(edition.as_deref(), LENIENT)?)?;
            if *dry_run {
                output::print(&String::from_utf8(index.to_json())?)?;
                return Ok(Exit::Pass);
            }
            write_index(&index, &folder.join(Index::file_name(stem)), *force)
        }
    }
}

fn verify_model(model: &Model, policy: &Policy) -> anyhow::Result<Exit> {
    let report = match verify(&model.path, policy, model.links()) {
        Ok(report) => report,
        // An index that is none is a finding, not a failure of this program.
        Err(error @ ShardsError::Index { .. }) => {
            match model.format {
                Format::Json => output::print_json(&json!({
                    "index": model.path.display().to_string(),
                    "faults": [{ "kind": "index", "message": error.to_string() }],
                }))?,
                Format::Text => output::print(&format!("fault[index]: {error}"))?,
            }
            return Ok(Exit::Findings);
        }
        Err(error) => return Err(error.into()),
    };
    match model.format {
        Format::Json => output::print_json(&report_json(&report))?,
        Format::Text => output::print(&report_text(&report))?,
    }
    Ok(if report.faults.is_empty() { Exit::Pass } else { Exit::Findings })
}

fn report_json(report: &Report) -> Value {
    let fault = |fault: &Fault| {
        json!({
            "kind": fault.id(),
            "message": fault.to_string(),
            "advice": fault.advice(),
            "concerns_tensors": fault.concerns_tensors(),
        })
    };
    let shard = |(name, bytes): (&str, &Option<u64>)| json!({ "file": name, "bytes": bytes });
    json!({
        "index": report.index_path.display().to_string(),
        "tensors": report.index.len(),
        "total_size": report.index.total_size(),
        "tensor_bytes": report.tensor_bytes,
        "shards": report.index.shards().zip(&report.file_lengths).map(shard).collect::<Vec<_>>(),
        "faults": report.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}

fn report_text(report: &Report) -> String {
    let counts = format!(
        "{}: {}, {}, {}",
        report.index_path.display(),
        count(report.index.shards().len() as u64, "shard"),
        count(report.index.len() as u64, "tensor"),
        HumanBytes(report.tensor_bytes)
    );
    if report.faults.is_empty() {
        let total = match report.index.total_size() {
            Some(_) => "",
            None => "; it states no total size",
        };
        return format!("{counts}: index and shards agree{total}");
    }
    let mut text = String::new();
    for fault in &report.faults {
        text += &format!("fault[{}]: {fault}\n  help: {}\n", fault.id(), fault.advice());
    }
    text + &format!("{counts}: {}", count(report.faults.len() as u64, "fault"))
}

fn list(model: &Model, tensors: bool, policy: &Policy) -> anyhow::Result<Exit> {
    let sharded = match ShardedModel::open(&model.path, policy, model.links()) {
        Ok(sharded) => sharded,
        Err(error @ ShardsError::Faults { .. }) => {
            bail!("{error}; `assay shards verify` lists all faults");
        }
        Err(error) => return Err(error.into()),
    };
    if tensors { list_tensors(&sharded, model.format) } else { list_shards(&sharded, model.format) }
}

fn list_shards(model: &ShardedModel, format: Format) -> anyhow::Result<Exit> {
    let shards = model.shards().map(|(name, file)| {
        let header = file.reader().header();
        (name, header.len(), header.buffer().len(), header.buffer().end)
    });
    match format {
        Format::Json => {
            let shard = |(name, tensors, contents, bytes)| json!({ "file": name, "tensors": tensors, "tensor_bytes": contents, "bytes": bytes });
            output::print_json(&json!({ "shards": shards.map(shard).collect::<Vec<_>>() }))?;
        }
        Format::Text => {
            let line = |(name, tensors, _, bytes)| {
                let bytes = HumanBytes(bytes).to_string();
                format!("{bytes:>12}  {:>16}  {name}", count(tensors as u64, "tensor"))
            };
            output::print(&shards.map(line).collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(Exit::Pass)
}

fn list_tensors(model: &ShardedModel, format: Format) -> anyhow::Result<Exit> {
    let tensors = model.tensors().map(|tensor| {
        let shard = model.index().shard_of(tensor.name()).unwrap_or_default();
        (tensor, shard)
    });
    match format {
        Format::Json => {
            let tensors = tensors.map(|(tensor, shard)| {
                let (dtype, shape) = (&tensor.dtype().name, tensor.shape());
                json!({ "name": tensor.name(), "file": shard, "dtype": dtype, "shape": shape })
            });
            output::print_json(&json!({ "tensors": tensors.collect::<Vec<_>>() }))?;
        }
        Format::Text => {
            let lines = tensors.map(|(tensor, shard)| {
                let (dtype, shape) = (&tensor.dtype().name, tensor.shape());
                // Names are anybody's: no control characters reach a terminal.
                format!("{shard}  {dtype:<8} {shape:?}  {}", tensor.name().escape_debug())
            });
            output::print(&lines.collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(Exit::Pass)
}

fn write_index(index: &Index, path: &Path, force: bool) -> anyhow::Result<Exit> {
    if !force && std::fs::symlink_metadata(path).is_ok() {
        bail!("{} is there already; --force replaces it", path.display());
    }
    index.write_file(path)?;
    output::print(&format!(
        "{}: {} in {}",
        path.display(),
        count(index.len() as u64, "tensor"),
        count(index.shards().len() as u64, "shard")
    ))?;
    Ok(Exit::Pass)
}
