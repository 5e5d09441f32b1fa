//! `assay rewrite`: changes metadata, names and selection, splits and merges.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assay_reference::rewrite::{Change, Names, Plan};
use assay_reference::shards::{Links, ShardedModel};
use clap::builder::NonEmptyStringValueParser;

use crate::output::{Exit, Format};
use crate::rewriting::{Job, Seen, open};

/// Rewrite files: metadata, names, selection, shards; all else is preserved.
///
/// Nothing is changed in place. Contents stream to a temporary file beside the
/// output, in the one order and spelling of this project's writer. Before it
/// takes its name it is read back and compared with the input: every tensor must
/// be there with the same type, shape and bytes, under the name it was to get,
/// and nothing else.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay rewrite metadata in.safetensors out.safetensors --set license MIT --remove format
  assay rewrite rename model.safetensors --in-place --prefix model. ''
  assay rewrite drop in.safetensors out.safetensors --prefix vision_tower.
  assay rewrite split large.safetensors shards --max-size 5GB
  assay rewrite merge shards whole.safetensors --align 4096

Exit codes: 0 written (or, with --dry-run, could be), 2 not.")]
pub(crate) enum Command {
    /// Set, remove or clear metadata.
    ///
    /// First everything is cleared if that is asked for, then keys are removed,
    /// then set.
    Metadata {
        #[command(flatten)]
        files: Files,
        /// Put a text under a key.
        #[arg(long, num_args = 2, value_names = ["KEY", "TEXT"], required_unless_present_any = ["remove", "clear"])]
        set: Vec<String>,
        /// Take a key away.
        #[arg(long, value_name = "KEY")]
        remove: Vec<String>,
        /// Take all metadata away.
        #[arg(long, conflicts_with = "remove")]
        clear: bool,
        #[command(flatten)]
        options: Options,
    },
    /// Rename tensors: single ones, or all whose names begin alike.
    ///
    /// Renames are made one after the other, single ones first. Two tensors of
    /// one name are refused.
    Rename {
        #[command(flatten)]
        files: Files,
        /// Give a tensor another name.
        #[arg(long, num_args = 2, value_names = ["FROM", "TO"], required_unless_present = "prefix")]
        tensor: Vec<String>,
        /// Replace the beginning of all names that begin so.
        #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
        prefix: Vec<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Leave tensors out.
    Drop {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        options: Options,
    },
    /// Leave all other tensors out.
    Keep {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        options: Options,
    },
    /// Change nothing but order, spelling and alignment.
    ///
    /// Files with the same tensors and metadata become the same bytes: largest
    /// elements first, then by dtype and name, compact header, aligned contents.
    Canonical {
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        options: Options,
    },
    /// Split a file into shards, with an index.
    ///
    /// Tensors are shared out in the order of their contents. A tensor that is
    /// larger than the most a shard may hold has a shard of its own.
    Split {
        /// The file.
        #[arg(value_name = "FILE")]
        input: PathBuf,
        /// Where shards and index are put; made if it is not there.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// The most contents a shard may hold: bytes, or with kB, MB, GB, KiB, MiB, GiB.
        #[arg(long, value_name = "SIZE", value_parser = crate::rewriting::parse_size)]
        max_size: u64,
        /// What the files' names begin with.
        #[arg(long, value_name = "NAME", default_value = "model")]
        stem: String,
        #[command(flatten)]
        options: Options,
    },
    /// Merge the shards of a model into one file.
    ///
    /// Index and shards must agree on tensors, and the shards on metadata, which
    /// is united.
    Merge {
        /// The model's index, or the folder that holds it.
        #[arg(value_name = "MODEL")]
        model: PathBuf,
        /// The file to write.
        #[arg(value_name = "OUTPUT")]
        output: PathBuf,
        /// Replace the output if it is there.
        #[arg(long)]
        force: bool,
        /// Read shards that are links out of the folder, as in download caches.
        #[arg(long)]
        follow_links: bool,
        #[command(flatten)]
        options: Options,
    },
}

/// What is read, and what is written.
#[derive(clap::Args)]
pub(crate) struct Files {
    /// The file to read.
    #[arg(value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// The file to write.
    #[arg(value_name = "OUTPUT", required_unless_present = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Let the output take the place of the input, when it is whole and compared.
    #[arg(long, conflicts_with_all = ["output", "force"])]
    pub(crate) in_place: bool,
    /// Replace the output if it is there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Some tensors.
#[derive(clap::Args)]
pub(crate) struct Which {
    /// A tensor.
    #[arg(long, value_name = "NAME", required_unless_present = "prefix")]
    tensor: Vec<String>,
    /// All tensors whose names begin so.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    prefix: Vec<String>,
}

impl Which {
    fn names(&self) -> Names {
        let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
        Names { exact: set(&self.tensor), prefixes: set(&self.prefix) }
    }
}

/// What all ways of rewriting have in common.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Begin contents at a multiple of this many bytes, a power of two; 8 if not given.
    #[arg(long, value_name = "BYTES")]
    pub(crate) align: Option<u64>,
    /// Do not wait until the output is on the disk. A power cut may then cost both files.
    #[arg(long)]
    pub(crate) no_sync: bool,
    /// Write nothing; say what would be written.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Edition of the format, such as 0.8; the newest if not given.
    #[arg(long)]
    pub(crate) edition: Option<String>,
    /// How to print what was done.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Metadata { files, set, remove, clear, options } => {
            let cleared = clear.then_some(Change::ClearMetadata);
            let removed = remove.iter().map(|key| Change::RemoveMetadata { key: key.clone() });
            let set = pairs(set).map(|(key, value)| Change::SetMetadata { key, value });
            one_file(files, options, cleared.into_iter().chain(removed).chain(set).collect())
        }
        Command::Rename { files, tensor, prefix, options } => {
            let single = pairs(tensor).map(|(from, to)| Change::Rename { from, to });
            let alike = pairs(prefix).map(|(from, to)| Change::RenamePrefix { from, to });
            one_file(files, options, single.chain(alike).collect())
        }
        Command::Drop { files, which, options } => {
            one_file(files, options, vec![Change::Drop(which.names())])
        }
        Command::Keep { files, which, options } => {
            one_file(files, options, vec![Change::Keep(which.names())])
        }
        Command::Canonical { files, options } => one_file(files, options, Vec::new()),
        Command::Split { input, folder, max_size, stem, options } => {
            let job = Job::new(options)?;
            let file = open(input, job.policy())?;
            let plan = Plan::of(file.reader());
            job.split(&plan, &[Seen::of(input, &file)], folder, stem, *max_size)
        }
        Command::Merge { model, output, force, follow_links, options } => {
            let job = Job::new(options)?;
            let links = if *follow_links { Links::Follow } else { Links::Within };
            let sharded = ShardedModel::open(model, job.policy(), links)?;
            let plan = Plan::merge(sharded.shards().map(|(_, file)| file.reader()))?;
            let folder = if model.is_dir() { Some(&**model) } else { model.parent() };
            let place = |name: &str| folder.map_or_else(|| name.into(), |at| at.join(name));
            let seen: Vec<Seen> =
                sharded.shards().map(|(name, file)| Seen::of(&place(name), file)).collect();
            job.write(&plan, &seen, output, *force)
        }
    }
}

/// Rewrites one file to one file.
fn one_file(files: &Files, options: &Options, changes: Vec<Change>) -> anyhow::Result<Exit> {
    let job = Job::new(options)?;
    let file = open(&files.input, job.policy())?;
    let mut plan = Plan::of(file.reader());
    changes.into_iter().try_for_each(|change| plan.change(change))?;
    let seen = [Seen::of(&files.input, &file)];
    match &files.output {
        Some(output) => job.write(&plan, &seen, output, files.force),
        None => job.write(&plan, &seen, &files.input, true),
    }
}

/// The values of an option that takes two, each time it was given.
fn pairs(values: &[String]) -> impl Iterator<Item = (String, String)> {
    values.as_chunks().0.iter().map(|[one, two]| (one.clone(), two.clone()))
}
