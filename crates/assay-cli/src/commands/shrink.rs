//! `assay shrink`: the smallest file that still shows something.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use assay_generator::{ShrinkBudget, shrink};
use assay_spec::Dialect;
use assay_validator::{Validation, validate};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::corpus::build::replace;
use crate::hunt::asker::{Asker, Choice, Crew, Shown};
use crate::hunt::keep::Keep;
use crate::hunt::listing::listing;
use crate::hunt::signature::Signature;
use crate::output::{self, Exit, Format};

/// Longer files are not read.
const LONGEST: u64 = 1 << 30;

/// Make a file as small as can be while it still shows something.
///
/// Drops tensors, shrinks dimensions with the ranges that follow from them,
/// shortens names, simplifies the JSON, and removes bytes, as long as what
/// --keep says stays true. The file itself is left as it is.
///
/// What can be kept: a rule that is broken (`buffer/no-holes`), a verdict
/// (`verdict=invalid`), what an implementation does (`accepts(IMPL)`,
/// `rejects(IMPL)`, `misreads(IMPL)`, `crashes(IMPL)`), that two of them see
/// different things (`differs(IMPL, IMPL)`), or who does what wrong
/// (`signature`, or `signature(ID)` as `assay hunt` prints it). `&`, `|`, `!`
/// and parentheses join tests.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay shrink big.safetensors --keep buffer/no-holes
  assay shrink odd.safetensors --keep 'verdict=valid & misreads(gguf-py)'
  assay shrink odd.safetensors --keep 'differs(tinygrad, mlx-cpp)' --out small.safetensors
  assay shrink odd.safetensors --keep signature --impl maruel-go,nlpodyssey-go

Exit codes: 0 shrunk, or nothing smaller was found; 2 what is to be kept does
not hold, or the tool failed.")]
pub(crate) struct Args {
    /// The file to begin with.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What must stay true.
    #[arg(long, value_name = "WHAT")]
    keep: String,
    /// Where to write the result; FILE's name with `.small` in it, in the
    /// current folder, if not given. Must not exist.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Implementations to ask: names of folders below harness/. Those that
    /// --keep names, or all, if not given.
    #[arg(long = "impl", value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// How many implementations run at the same time; as many as processors if not given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seconds an implementation may take for one file.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Most files to try.
    #[arg(long, value_name = "N", default_value_t = ShrinkBudget::default().candidates)]
    tries: u64,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = Dialect::latest();
    let keep = Keep::parse(&args.keep, &dialect)?;
    let bytes = read(&args.file)?;
    let out = args.out.clone().unwrap_or_else(|| default_out(&args.file));
    if out.exists() {
        bail!("{} exists; name a file that does not with --out", out.display());
    }
    let cancel = crate::signals::cancel_on_interrupt()?;
    let only: Vec<String> = match keep.named() {
        Some(named) if args.only.is_empty() => named.into_iter().collect(),
        named => {
            let lacks = named.into_iter().flatten().find(|id| !args.only.contains(id));
            if let Some(lacks) = lacks.filter(|_| !args.only.is_empty()) {
                bail!("--keep names {lacks}, which is not among --impl");
            }
            args.only.clone()
        }
    };
    let crew;
    let mut asker = None;
    if keep.asks() {
        let choice = Choice { only: &only, skip: &[], jobs: args.jobs, timeout: args.timeout };
        crew = Crew::gather(&choice, cancel)?;
        let opened = Asker::open(&crew, &dialect, cancel)?;
        let asked: Vec<&str> = opened.members().iter().map(|member| member.id.as_str()).collect();
        if let Some(absent) = only.iter().find(|id| !asked.contains(&id.as_str())) {
            bail!("{absent} cannot be asked, so what is to be kept cannot be told");
        }
        asker = Some(opened);
    }
    let mut keeper = Keeper::new(&keep, &dialect, asker, cancel);
    keeper.begin(&bytes)?;
    let budget = ShrinkBudget { candidates: args.tries, ..ShrinkBudget::default() };
    let shrunk = shrink(&dialect, &bytes, budget, &mut |files| keeper.judge(files));
    let steady = keeper.finish(&shrunk.bytes)?;
    replace(&out, &shrunk.bytes)?;
    let finding = validate(&shrunk.bytes, &dialect);
    let stopped = cancel.load(Ordering::Relaxed);
    let note = match (shrunk.finished, steady, stopped) {
        (_, _, true) => "stopped before nothing smaller was left to try",
        (_, false, _) => {
            "what is kept did not hold when it was asked for once more: it is unsteady"
        }
        (false, ..) => "the tries ran out before nothing smaller was left",
        (true, true, false) => "nothing smaller was found",
    };
    match args.format {
        Format::Json => output::print_json(&json!({
            "file": out.display().to_string(),
            "size": shrunk.bytes.len(),
            "from_size": bytes.len(),
            "tries": shrunk.candidates,
            "finished": shrunk.finished,
            "steady": steady,
            "verdict": finding.verdict.to_string(),
            "hex": hex::encode(&shrunk.bytes),
        }))?,
        Format::Text => output::print(&format!(
            "{}\n{}: {} bytes, from {}; {} tries, {note}\n",
            listing(&shrunk.bytes),
            out.display(),
            shrunk.bytes.len(),
            bytes.len(),
            shrunk.candidates,
        ))?,
    }
    Ok(if steady { Exit::Pass } else { Exit::Failed })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let fail = || format!("cannot read {}; is the name right?", path.display());
    let metadata = std::fs::metadata(path).with_context(fail)?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        bail!("{} is no regular file of at most {LONGEST} bytes", path.display());
    }
    std::fs::read(path).with_context(fail)
}

fn default_out(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from(format!("{stem}.small.safetensors"))
}

/// Tells whether candidates keep what is to be kept: the validator first, and
/// implementations where it does not decide.
struct Keeper<'a> {
    keep: &'a Keep,
    dialect: &'a Dialect,
    asker: Option<Asker<'a>>,
    cancel: &'a AtomicBool,
    first: Option<Signature>,
    bar: ProgressBar,
    tried: u64,
    smallest: usize,
    failure: Option<anyhow::Error>,
}

impl<'a> Keeper<'a> {
    fn new(
        keep: &'a Keep,
        dialect: &'a Dialect,
        asker: Option<Asker<'a>>,
        cancel: &'a AtomicBool,
    ) -> Keeper<'a> {
        let style = ProgressStyle::with_template("{spinner} {msg}").expect("it is right");
        let bar = ProgressBar::new_spinner().with_style(style);
        if std::io::stderr().is_terminal() {
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
        }
        let (first, failure) = (None, None);
        Keeper { keep, dialect, asker, cancel, first, bar, tried: 0, smallest: usize::MAX, failure }
    }

    /// Looks at the file to begin with: what is to be kept must hold.
    fn begin(&mut self, file: &[u8]) -> anyhow::Result<()> {
        self.smallest = file.len();
        if let Some(asker) = &mut self.asker {
            let shown = asker.ask(&[file])?.context("stopped before anything was tried")?;
            let signature = &shown.first().context("an answer is missing")?.signature;
            if signature.is_interesting() {
                output::note(&format!("signature {}: {signature}", signature.id()));
            }
            if self.keep.named().is_none() && !signature.is_interesting() {
                bail!("no implementation does anything wrong with the file: nothing to keep");
            }
            self.first = Some(signature.clone());
        }
        let holds = self.judge(&[file.to_vec()]);
        self.failed()?;
        match holds.as_deref() {
            Some([true]) => Ok(()),
            Some(_) => bail!("what --keep says does not hold for the file itself"),
            None => bail!("stopped before anything was tried"),
        }
    }

    /// Whether it still holds at the end.
    fn finish(&mut self, file: &[u8]) -> anyhow::Result<bool> {
        self.bar.finish_and_clear();
        self.failed()?;
        if self.cancel.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let holds = self.judge(&[file.to_vec()]);
        self.failed()?;
        Ok(holds.is_none_or(|holds| holds == [true]))
    }

    fn failed(&mut self) -> anyhow::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// `None` stops.
    fn judge(&mut self, files: &[Vec<u8>]) -> Option<Vec<bool>> {
        if self.cancel.load(Ordering::Relaxed) {
            return None;
        }
        let seen: Vec<Validation> = files.iter().map(|file| validate(file, self.dialect)).collect();
        let mut answers: Vec<Option<bool>> =
            seen.iter().map(|seen| self.keep.holds(seen, None, self.first.as_ref())).collect();
        let open: Vec<usize> = (0..files.len()).filter(|at| answers[*at].is_none()).collect();
        if !open.is_empty() {
            let shown = self.show(files, &seen, &open)?;
            for (at, shown) in open.into_iter().zip(shown) {
                answers[at] = self.keep.holds(&seen[at], Some(&shown), self.first.as_ref());
            }
        }
        self.tried += files.len() as u64;
        let answers: Vec<bool> = answers.into_iter().map(|one| one == Some(true)).collect();
        if let Some(at) = answers.iter().position(|holds| *holds) {
            self.smallest = self.smallest.min(files[at].len());
        }
        self.bar.set_message(format!("{} bytes now, {} tries", self.smallest, self.tried));
        Some(answers)
    }

    fn show(
        &mut self,
        files: &[Vec<u8>],
        seen: &[Validation],
        which: &[usize],
    ) -> Option<Vec<Shown>> {
        let asker = self.asker.as_mut()?;
        let chosen: Vec<&[u8]> = which.iter().map(|at| files[*at].as_slice()).collect();
        let seen = which.iter().map(|at| seen[*at].clone()).collect();
        match asker.ask_seen(&chosen, seen) {
            Ok(shown) => shown,
            Err(error) => {
                self.failure = Some(error);
                None
            }
        }
    }
}
