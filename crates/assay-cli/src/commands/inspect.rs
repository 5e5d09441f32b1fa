//! `assay inspect`: what is in this file?

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use assay_report::diagnostic;
use assay_report::layout::{self, Layout};
use assay_report::listing::{Listing, Order};
use assay_spec::{Dialect, TensorView};
use clap::ValueEnum;

use super::spec::dialect;
use crate::checking::head::load;
use crate::checking::judge::{Judge, Judged, Looks};
use crate::output::{self, Exit, Format};

/// Show what is in a file: tensors, sizes, metadata.
///
/// Reads prefix and header only, so it takes no time on files of any size. With `--hex`,
/// also the first bytes of each tensor.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay inspect model.safetensors
  assay inspect --sort size --limit 10 model.safetensors       the ten largest tensors
  assay inspect --filter '*.q_proj.*' --dtype BF16 model.safetensors
  assay inspect --hex broken.safetensors                       every part with its bytes
  assay inspect --format json model.safetensors | jq .totals

Exit codes: 0 the file is fine, 1 it has faults (what can be told is shown all the
same), 2 it could not be read.")]
pub(crate) struct Args {
    /// The file.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// What to sort tensors by.
    #[arg(long, value_enum, default_value_t)]
    sort: Sort,
    /// Only tensors whose name matches this pattern of `*`, `?` and `[…]`, or contains it.
    #[arg(long, value_name = "PATTERN")]
    filter: Option<String>,
    /// Only tensors of this dtype.
    #[arg(long, value_name = "DTYPE")]
    dtype: Option<String>,
    /// At most this many tensors.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Show the bytes: header length, header, and the beginning of each tensor.
    #[arg(long)]
    hex: bool,
    /// With --hex: rows of 16 bytes to show of each part.
    #[arg(long, value_name = "N", requires = "hex")]
    rows: Option<u64>,
    /// Edition of the format, such as 0.8; the newest if not given.
    #[arg(long)]
    edition: Option<String>,
    /// How to print results.
    #[arg(long, value_enum, default_value_t, conflicts_with = "hex")]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// As they lie in the file.
    #[default]
    Offset,
    /// By name.
    Name,
    /// The largest first.
    Size,
    /// By dtype.
    Dtype,
}

impl Sort {
    fn order(self) -> Order {
        match self {
            Sort::Offset => Order::Offset,
            Sort::Name => Order::Name,
            Sort::Size => Order::Size,
            Sort::Dtype => Order::Dtype,
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = dialect(args.edition.as_deref())?;
    if let Some(name) = &args.dtype
        && dialect.dtype(name).is_none()
    {
        let known: Vec<&str> = dialect.dtypes().iter().map(|dtype| dtype.name.as_str()).collect();
        bail!("no dtype `{name}` in edition {}; there are {}", dialect.name(), known.join(", "));
    }
    let profile = dialect.profile("interop").context("the spec has no profile `interop`")?;
    let judge = Judge::new(&dialect, profile, Looks { advice: args.hex, deep: false });
    let judged = judge.file(&args.path)?;
    if args.hex {
        output::print(&hex(args, &judged, &dialect)?)?;
    } else if judged.view().is_some() {
        list(args, &judged, &dialect)?;
    }
    let diagnosis = judge.diagnosis(&judged);
    if diagnosis.passes() {
        return Ok(Exit::Pass);
    }
    if !args.hex {
        match args.format {
            Format::Text => output::print(&diagnostic::to_terminal(&diagnosis))?,
            Format::Json => output::print_json(&diagnostic::to_json(&diagnosis))?,
        }
    }
    Ok(Exit::Findings)
}

fn list(args: &Args, judged: &Judged, dialect: &Dialect) -> anyhow::Result<()> {
    let Some(view) = judged.view() else { return Ok(()) };
    let mut shown: Vec<&TensorView> = view.tensors.iter().collect();
    if let Some(pattern) = &args.filter {
        let matches = name_filter(pattern)?;
        shown.retain(|tensor| matches(&tensor.name));
    }
    if let Some(dtype) = &args.dtype {
        shown.retain(|tensor| tensor.dtype == *dtype);
    }
    args.sort.order().sort(&mut shown);
    shown.truncate(args.limit.unwrap_or(usize::MAX));
    let listing = Listing {
        label: judged.label(),
        file_len: judged.file_len(),
        buffer_start: judged.buffer_start(),
        view,
        shown,
        dialect,
    };
    match args.format {
        Format::Text => output::print(&listing.to_terminal())?,
        Format::Json => output::print_json(&listing.to_json())?,
    }
    Ok(())
}

/// A pattern, if it has the signs of one; else a part of the name.
fn name_filter(pattern: &str) -> anyhow::Result<impl Fn(&str) -> bool> {
    let compiled = if pattern.contains(['*', '?', '[']) {
        Some(glob::Pattern::new(pattern).with_context(|| format!("`{pattern}` is no pattern"))?)
    } else {
        None
    };
    let part = pattern.to_owned();
    Ok(move |name: &str| match &compiled {
        Some(pattern) => pattern.matches(name),
        None => name.contains(&part),
    })
}

fn hex(args: &Args, judged: &Judged, dialect: &Dialect) -> anyhow::Result<String> {
    let tensors = judged.view().map_or(&[][..], |view| &view.tensors);
    let parts = layout::parts(judged.file_len(), judged.buffer_start(), tensors, dialect);
    let mut layout = Layout {
        file_len: judged.file_len(),
        parts,
        findings: judged.findings(),
        loaded: Vec::new(),
        rows: args.rows,
    };
    layout.loaded = load(&args.path, &layout.wanted())?;
    Ok(layout.to_terminal())
}
