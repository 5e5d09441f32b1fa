//! `assay generate`: files from a seed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_generator::{Layout, boundaries, kinds, telling};
use assay_spec::{Check, Dialect, Rule};
use serde_json::json;

use super::corpus::progress_bar;
use super::explain;
use crate::generate::files::Folder;
use crate::generate::pack::{Pack, index_path};
use crate::generate::source::{Batch, Source};
use crate::generate::{Order, layouts};
use crate::output::{self, Exit, Format};
use crate::signals;

/// Make files: valid ones, ones that break one rule, mutations, layouts of models.
///
/// The same seed, edition and version of Assay give the same bytes on every
/// machine. Each file's verdict is known from the way it is made: a valid file
/// is valid, a broken one breaks the one rule that is named, or is `either` where
/// the format's sources disagree about that rule.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay generate --count 100 --out files                       valid files, seeds 0 to 99
  assay generate --invalid no-holes --count 20 --out broken    breaking buffer/no-holes
  assay generate --invalid --stream --count 1000000 --pack --out broken.pack
  assay generate --boundaries shape/rank --out edges           at, inside and outside a limit
  assay generate --mutate model.safetensors --count 50 --out mutated
  assay generate --layout llama-3-8b --out llama               16 GB that cost kilobytes")]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// The first seed; files have consecutive ones.
    #[arg(long, value_name = "S", default_value_t = 0, conflicts_with_all = ["layout", "boundaries"])]
    seed: u64,
    /// How many files.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["layout", "boundaries"])]
    count: u64,
    /// The edition whose rules and dtypes hold; else the newest.
    #[arg(long, value_name = "E")]
    edition: Option<String>,
    /// Let 1024 seeds share their features and the spelling of their headers,
    /// which is what makes millions of files cheap.
    #[arg(long, conflicts_with_all = ["boundaries", "mutate", "layout"])]
    stream: bool,
    /// Write one packed file, with an index beside it (FILE.jsonl).
    ///
    /// The packed file is the files one after the other. The index has a JSON
    /// object a line: a header, for each file its offset, length, SHA-256, seed,
    /// verdict and rule, and a footer, without which it is unfinished.
    #[arg(long, conflicts_with = "layout")]
    pack: bool,
    /// Leave out files with more bytes than this.
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20, conflicts_with = "layout")]
    max_bytes: u64,
    /// In how many files to write a layout, with an index if more than one; else
    /// as many as it is published in.
    #[arg(long, value_name = "N", requires = "layout")]
    shards: Option<u64>,
    /// Divide every dimension of a layout by this, rounded up.
    #[arg(long, value_name = "K", requires = "layout",
        value_parser = clap::value_parser!(u64).range(1..))]
    scale_down: Option<u64>,
    /// Write a layout's prefix and header alone, as NAME.safetensors.head: not a
    /// whole file.
    #[arg(long, requires = "layout")]
    header_only: bool,
    /// Where to: a folder that is empty or not there, or with --pack a file that
    /// is not there.
    #[arg(long, value_name = "PATH", required_unless_present = "list_layouts")]
    out: Option<PathBuf>,
    /// How to print what was made.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is made; valid files if nothing is said.
#[derive(clap::Args)]
#[group(multiple = false)]
struct What {
    /// Valid files.
    #[arg(long)]
    valid: bool,
    /// Files that break this rule and no other; without RULE, each rule in turn.
    #[arg(long, value_name = "RULE", num_args = 0..=1)]
    invalid: Option<Option<String>>,
    /// The files at the edges of a rule, and those that tell right readers from wrong.
    #[arg(long, value_name = "RULE")]
    boundaries: Option<String>,
    /// Mutations of this file, which is only read. Nothing is said of what they are.
    #[arg(long, value_name = "FILE")]
    mutate: Option<PathBuf>,
    /// The files of a published model, with zeros for contents, as sparse files.
    #[arg(long, value_name = "NAME")]
    layout: Option<String>,
    /// List the layouts.
    #[arg(long)]
    list_layouts: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.what.list_layouts {
        return list_layouts(args.format);
    }
    let dialect = match &args.edition {
        Some(edition) => Dialect::by_name(edition)?,
        None => Dialect::latest(),
    };
    let out = args.out.as_deref().context("name where to with --out")?;
    if let Some(name) = &args.what.layout {
        return write_layout(args, name, &dialect, out);
    }
    let (source, count) = source(args, &dialect)?;
    let end = args.seed.checked_add(count);
    let end = end.context("seeds are below 2^64: ask for fewer files or a lower --seed")?;
    let order = Order {
        dialect: &dialect,
        source: &source,
        seeds: args.seed..end,
        max_bytes: args.max_bytes,
        workers: std::thread::available_parallelism().map_or(1, usize::from),
    };
    if args.pack { write_pack(args, &order, out) } else { write_files(args, &order, out) }
}

/// What files are made from, and how many seeds it has.
fn source(args: &Args, dialect: &Dialect) -> anyhow::Result<(Source, u64)> {
    let What { invalid, boundaries: edges, mutate, .. } = &args.what;
    if let Some(word) = edges {
        let rule = explain::find(dialect, word)?;
        let mut edges = boundaries(dialect, rule);
        if let Check::Behaviour { probe } = rule.check {
            edges.extend(telling(dialect, probe));
        }
        if edges.is_empty() {
            bail!("{} has no edges; --invalid breaks it", rule.id);
        }
        let count = edges.len() as u64;
        return Ok((Source::Edges { rule: rule.id.to_string(), edges }, count));
    }
    let source = match (invalid, mutate) {
        (_, Some(path)) => Source::Mutated(read(path, args.max_bytes)?),
        (None, None) if args.stream => Source::Stream { broken: false },
        (None, None) => Source::Valid,
        (Some(None), None) if args.stream => Source::Stream { broken: true },
        (Some(Some(_)), None) if args.stream => {
            bail!("--stream goes through the rules by itself; leave out the rule or --stream")
        }
        (Some(word), None) => Source::Broken(rules_to_break(word.as_deref(), dialect)?),
    };
    Ok((source, args.count))
}

/// A file that is small enough to be changed in memory.
fn read(path: &Path, max_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let metadata = path.metadata().with_context(cannot)?;
    if !metadata.is_file() {
        bail!("{} is no file", path.display());
    }
    let len = metadata.len();
    if len > max_bytes {
        bail!("{} has {len} bytes, more than {max_bytes}; raise --max-bytes", path.display());
    }
    std::fs::read(path).with_context(cannot)
}

/// The named rule, or all that files can break.
fn rules_to_break(word: Option<&str>, dialect: &Dialect) -> anyhow::Result<Vec<Rule>> {
    let Some(word) = word else {
        return Ok(dialect.rules().iter().filter(|rule| kinds(rule) > 0).cloned().collect());
    };
    let rule = explain::find(dialect, word)?;
    if kinds(rule) == 0 {
        bail!(
            "{} is about readers or writers and no file breaks it; --boundaries makes files that \
             tell right ones from wrong",
            rule.id
        );
    }
    Ok(vec![rule.clone()])
}

fn write_files(args: &Args, order: &Order<'_>, out: &Path) -> anyhow::Result<Exit> {
    let mut folder = Folder::new(out, args.format == Format::Json)?;
    let made = with_progress(order, |batch| folder.take(&batch));
    made.with_context(|| format!("{} files are in {}", folder.count, out.display()))?;
    tell_left_out(folder.left_out);
    match &folder.listing {
        Some(files) => output::print_json(&json!({
            "dialect": { "edition": order.dialect.name(), "digest": order.dialect.digest() },
            "files": files,
            "left_out": folder.left_out,
        }))?,
        None => output::print(&format!(
            "{} files, {} bytes, in {}",
            folder.count,
            folder.bytes,
            out.display()
        ))?,
    }
    Ok(Exit::Pass)
}

fn write_pack(args: &Args, order: &Order<'_>, out: &Path) -> anyhow::Result<Exit> {
    let mut pack = Pack::new(out, order.dialect)?;
    with_progress(order, |batch| pack.take(batch)).context("nothing was written")?;
    let (sums, left_out) = (pack.sums, pack.left_out);
    pack.finish()?;
    tell_left_out(left_out);
    let index = index_path(out);
    match args.format {
        Format::Json => output::print_json(&json!({
            "dialect": { "edition": order.dialect.name(), "digest": order.dialect.digest() },
            "pack": out.display().to_string(),
            "index": index.display().to_string(),
            "files": sums.files,
            "bytes": sums.bytes,
            "left_out": left_out,
        }))?,
        Format::Text => output::print(&format!(
            "{} files, {} bytes, in {}; index: {}",
            sums.files,
            sums.bytes,
            out.display(),
            index.display()
        ))?,
    }
    Ok(Exit::Pass)
}

fn with_progress(
    order: &Order<'_>,
    mut take: impl FnMut(Batch) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cancelled = signals::cancel_on_interrupt()?;
    let bar = progress_bar("making files");
    bar.set_length(order.seeds.end - order.seeds.start);
    let made = order.make(cancelled, |batch| {
        bar.inc(batch.files.len() as u64 + batch.left_out);
        take(batch)
    });
    bar.finish_and_clear();
    made
}

fn tell_left_out(count: u64) {
    if count > 0 {
        output::note(&format!(
            "{count} seeds gave no file: it would be above --max-bytes, or the edition leaves no \
             room for its fault"
        ));
    }
}

fn write_layout(args: &Args, name: &str, dialect: &Dialect, out: &Path) -> anyhow::Result<Exit> {
    let wanted = layouts::Wanted {
        name: name.to_owned(),
        shards: args.shards,
        scale_down: args.scale_down,
        header_only: args.header_only,
    };
    let files = layouts::write(&wanted, dialect, out, signals::cancel_on_interrupt()?)?;
    match args.format {
        Format::Json => output::print_json(&json!({ "layout": name, "files": files }))?,
        Format::Text => {
            let line = |file: &serde_json::Value| {
                format!("{:>14}  {}", file["size"], file["path"].as_str().unwrap_or_default())
            };
            output::print(&files.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(Exit::Pass)
}

fn list_layouts(format: Format) -> anyhow::Result<Exit> {
    let all: Vec<Layout> = Layout::names().filter_map(Layout::named).collect();
    match format {
        Format::Json => {
            let rows: Vec<_> = all
                .iter()
                .map(|layout| {
                    json!({
                        "name": layout.name,
                        "title": layout.title,
                        "facts": layout.facts,
                        "parameters": layout.parameters,
                        "tensors": layout.tensors.len(),
                        "shards": layout.shards,
                    })
                })
                .collect();
            output::print_json(&json!({ "layouts": rows }))?;
        }
        Format::Text => {
            let row = |layout: &Layout| {
                let tensors = layout.tensors.len();
                format!("{:<18} {tensors:>4} tensors  {}", layout.name, layout.title)
            };
            output::print(&all.iter().map(row).collect::<Vec<_>>().join("\n"))?;
        }
    }
    Ok(Exit::Pass)
}
