//! `assay diff`: do two files hold the same?

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use assay_report::diagnostic;
use assay_report::view_diff::{ContentsDiff, ViewDiff, compare};
use assay_spec::{Span, TensorView};

use super::corpus::progress_bar;
use super::spec::dialect;
use crate::checking::judge::{Judge, Judged, Looks};
use crate::output::{self, Exit, Format};

/// Compare two files by what a reader sees in them.
///
/// Tensors by name: dtype, shape and every byte; and the metadata. Spelling, order of
/// keys, padding and where tensors lie make no difference (that they lie in another
/// order is mentioned).
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay diff before.safetensors after.safetensors
  assay diff --header base.safetensors finetuned.safetensors   names, dtypes and shapes only
  assay diff --format json a.safetensors b.safetensors | jq '.tensors[].name'

Exit codes: 0 they hold the same, 1 they do not, 2 one of them could not be read or is
no valid file.")]
pub(crate) struct Args {
    /// The first file.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The second file.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// Compare headers only: names, dtypes, shapes and metadata, no contents.
    #[arg(long)]
    header: bool,
    /// Pass over the metadata.
    #[arg(long)]
    ignore_metadata: bool,
    /// Edition of the format, such as 0.8; the newest if not given.
    #[arg(long)]
    edition: Option<String>,
    /// How to print results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Bytes that are compared at a time.
const PIECE: u64 = 1 << 20;

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = dialect(args.edition.as_deref())?;
    let profile = dialect.profile("interop").context("the spec has no profile `interop`")?;
    let judge = Judge::new(&dialect, profile, Looks::default());
    let judged = [judge.file(&args.first)?, judge.file(&args.second)?];
    for one in &judged {
        if one.view().is_none() {
            output::print(&diagnostic::to_terminal(&judge.diagnosis(one)))?;
            bail!("{} is not valid, so nobody knows what it holds", one.label());
        }
    }
    let mut diff = compare_files(args, &judged)?;
    if args.ignore_metadata {
        diff.metadata.clear();
    }
    let labels = [judged[0].label(), judged[1].label()];
    match args.format {
        Format::Text => output::print(&diff.to_terminal(labels))?,
        Format::Json => output::print_json(&diff.to_json(labels))?,
    }
    Ok(if diff.is_same() { Exit::Pass } else { Exit::Findings })
}

fn compare_files(args: &Args, judged: &[Judged; 2]) -> anyhow::Result<ViewDiff> {
    let [Some(one), Some(other)] = [judged[0].view(), judged[1].view()] else {
        bail!("a file without a view was let through");
    };
    let mut comparer = Comparer::open([&args.first, &args.second])?;
    let bar = progress_bar("comparing");
    bar.set_length(one.tensors.iter().map(|tensor| tensor.contents.len()).sum());
    let contents = (!args.header).then_some(|pair: [&TensorView; 2]| {
        let found = comparer.compare(pair.map(|tensor| tensor.contents));
        bar.inc(pair[0].contents.len());
        found
    });
    let diff = compare([one, other], contents);
    bar.finish_and_clear();
    diff
}

/// Two files and room for a piece of each.
struct Comparer {
    files: [File; 2],
    labels: [String; 2],
    pieces: [Vec<u8>; 2],
}

impl Comparer {
    fn open(paths: [&Path; 2]) -> anyhow::Result<Comparer> {
        let open = |path: &Path| {
            File::open(path).with_context(|| format!("cannot read {}", path.display()))
        };
        Ok(Comparer {
            files: [open(paths[0])?, open(paths[1])?],
            labels: paths.map(|path| path.display().to_string()),
            pieces: [Vec::new(), Vec::new()],
        })
    }

    /// Compares two spans of the same length.
    fn compare(&mut self, spans: [Span; 2]) -> anyhow::Result<Option<ContentsDiff>> {
        let bytes = spans[0].len().min(spans[1].len());
        let (mut first, mut different) = (None, 0);
        let mut at = 0;
        while at < bytes {
            let length = PIECE.min(bytes - at);
            for (side, span) in spans.iter().enumerate() {
                self.read(side, span.start + at, length)?;
            }
            let [one, other] = &self.pieces;
            if one != other {
                let unlike = one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b);
                for (index, _) in unlike {
                    first.get_or_insert(at + index as u64);
                    different += 1;
                }
            }
            at += length;
        }
        Ok(first.map(|first| ContentsDiff { first, different, bytes }))
    }

    fn read(&mut self, side: usize, at: u64, length: u64) -> anyhow::Result<()> {
        let piece = &mut self.pieces[side];
        piece.resize(usize::try_from(length)?, 0);
        self.files[side]
            .read_exact_at(piece, at)
            .with_context(|| format!("cannot read {}; did it change?", self.labels[side]))
    }
}
