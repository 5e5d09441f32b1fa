//! `assay check`: is this file what the format says?

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use assay_report::diagnostic;
use assay_report::interchange::{Document, Subject};
use assay_spec::numbers::count;
use assay_spec::{Dialect, Disputed, Profile, Verdict};
use clap::ValueEnum;
use indicatif::HumanBytes;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::corpus::progress_bar;
use super::spec::dialect;
use crate::checking::index::{self, JudgedIndex};
use crate::checking::judge::{Judge, Judged, Looks};
use crate::checking::targets::{STANDARD_INPUT, Target, targets};
use crate::output::{self, Exit};

/// Check files against the format's rules.
///
/// Reads prefix and header, and of the tensors no more than the few bytes that
/// a finding points at. A valid file takes one line. A fault is shown with its rule, the bytes that are wrong and what to
/// do. A file on which the format's own sources disagree passes with a
/// warning; `--profile strict` fails it. The index of a model in several files is
/// held against its shards.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay check model.safetensors
  assay check --profile strict ~/models
  assay check model.safetensors.index.json       the index and all its shards
  assay check 'models/**/*.safetensors'
  assay check --deep model.safetensors           NaN, odd booleans, tensors stored twice
  curl -s URL | assay check -
  assay check --format json *.safetensors | jq '.files[] | select(.verdict != \"valid\")'
  assay check --format sarif models > assay.sarif

Exit codes: 0 all pass, 1 a file has faults, 2 a file could not be read.")]
pub(crate) struct Args {
    /// Files, folders to search for *.safetensors, patterns, indexes of models; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// What becomes of disputed files: `interop` accepts them, `strict` does not.
    #[arg(long, default_value = "interop")]
    profile: String,
    /// Edition of the format, such as 0.8; the newest if not given. With proposals adopted:
    /// 0.8+0006 (see `assay rfc list`).
    #[arg(long)]
    edition: Option<String>,
    /// Show advice on valid files as well: alignment, unknown fields, secrets and paths in
    /// the metadata, long headers.
    #[arg(long)]
    advice: bool,
    /// Read all contents too: odd booleans, NaN and infinities, tensors that are stored twice.
    /// Implies --advice.
    #[arg(long)]
    deep: bool,
    /// How to print results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print nothing about files that pass.
    #[arg(long, short)]
    quiet: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// The Test Anything Protocol.
    Tap,
}

/// Files that are judged before any of them is shown: enough to keep all threads busy.
const BATCH: usize = 512;
/// From this many on, a bar shows how far the work is.
const MANY: usize = 64;
/// What subjects of other programs' formats belong to.
const GROUP: &str = "files";

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = dialect(args.edition.as_deref())?;
    let Some(profile) = dialect.profile(&args.profile) else {
        let known: Vec<&str> =
            dialect.spec().tables.profiles.iter().map(|profile| profile.id.as_str()).collect();
        bail!("no profile `{}`; profiles are {}", args.profile, known.join(", "));
    };
    if args.deep && args.paths.iter().any(|path| path.as_os_str() == STANDARD_INPUT) {
        bail!(
            "--deep reads contents more than once, which standard input cannot give; name a file"
        );
    }
    let looks = Looks { advice: args.advice || args.deep, deep: args.deep };
    let judge = Judge::new(&dialect, profile, looks);
    let start = Instant::now();
    let targets = targets(&args.paths, judge.strict());
    let bar = progress_bar("checking");
    bar.set_length(targets.len() as u64);
    let mut printer = Printer::new(&judge, args);
    for batch in targets.chunks(BATCH) {
        let checked: Vec<Checked<'_>> =
            batch.par_iter().map(|target| check(target, &judge)).collect();
        for one in &checked {
            printer.take(one);
        }
        bar.suspend(|| printer.flush())?;
        if targets.len() >= MANY {
            bar.inc(batch.len() as u64);
        }
    }
    bar.finish_and_clear();
    printer.finish(start.elapsed().as_secs_f64())
}

/// What came of a target.
enum Checked<'t> {
    File(Judged),
    Index(JudgedIndex),
    /// It could not be checked.
    Unreadable(String, ErrorOf<'t>),
}

/// An error that the target came with, or one of checking it.
enum ErrorOf<'t> {
    Target(&'t anyhow::Error),
    Check(anyhow::Error),
}

impl ErrorOf<'_> {
    fn get(&self) -> &anyhow::Error {
        match self {
            ErrorOf::Target(error) => error,
            ErrorOf::Check(error) => error,
        }
    }
}

fn check<'t>(target: &'t Target, judge: &Judge<'_>) -> Checked<'t> {
    let (label, checked) = match target {
        Target::Unusable(label, error) => {
            return Checked::Unreadable(label.clone(), ErrorOf::Target(error));
        }
        Target::File(path) => (path.display().to_string(), judge.file(path).map(Checked::File)),
        Target::Index(path) => {
            let judged = index::judge(path, judge.strict());
            (path.display().to_string(), judged.map(Checked::Index))
        }
        Target::StandardInput => {
            (STANDARD_INPUT.to_owned(), judge.standard_input().map(Checked::File))
        }
    };
    checked.unwrap_or_else(|error| Checked::Unreadable(label, ErrorOf::Check(error)))
}

/// Prints results in the order of the arguments, and counts them.
struct Printer<'a> {
    judge: &'a Judge<'a>,
    args: &'a Args,
    exit: Exit,
    text: String,
    documents: Vec<Value>,
    subjects: Vec<Subject>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    valid: u64,
    disputed: u64,
    invalid: u64,
    unreadable: u64,
}

impl<'a> Printer<'a> {
    fn new(judge: &'a Judge<'a>, args: &'a Args) -> Printer<'a> {
        Printer {
            judge,
            args,
            exit: Exit::Pass,
            text: String::new(),
            documents: Vec::new(),
            subjects: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn take(&mut self, checked: &Checked<'_>) {
        match checked {
            Checked::File(judged) => self.file(judged),
            Checked::Index(judged) => self.index(judged),
            Checked::Unreadable(label, error) => self.unreadable(label, error.get()),
        }
    }

    fn file(&mut self, judged: &Judged) {
        let diagnosis = self.judge.diagnosis(judged);
        *match diagnosis.verdict {
            Verdict::Valid => &mut self.counts.valid,
            Verdict::Either => &mut self.counts.disputed,
            Verdict::Invalid => &mut self.counts.invalid,
        } += 1;
        if !self.goes_on(diagnosis.passes()) {
            return;
        }
        match self.args.format {
            Format::Text => self.text.push_str(&diagnostic::to_terminal(&diagnosis)),
            Format::Json => self.documents.push(diagnostic::to_json(&diagnosis)),
            _ => self.subjects.push(Subject::of_diagnosis(GROUP, &diagnosis)),
        }
    }

    fn index(&mut self, judged: &JudgedIndex) {
        *(if judged.passes() { &mut self.counts.valid } else { &mut self.counts.invalid }) += 1;
        if !self.goes_on(judged.passes()) {
            return;
        }
        match self.args.format {
            Format::Text => self.text.push_str(&judged.to_terminal()),
            Format::Json => self.documents.push(judged.to_json()),
            _ => self.subjects.push(judged.to_subject(GROUP)),
        }
    }

    /// Remembers what the exit code will be; says whether to print anything.
    fn goes_on(&mut self, passes: bool) -> bool {
        if !passes {
            self.exit = self.exit.and(Exit::Findings);
        }
        !(passes && self.args.quiet)
    }

    /// A file that cannot be read is an error of its own; the others go on.
    fn unreadable(&mut self, label: &str, error: &anyhow::Error) {
        self.exit = self.exit.and(Exit::Failed);
        self.counts.unreadable += 1;
        match self.args.format {
            Format::Text => {
                // In its place among the others, which may go to the same terminal.
                let _ = self.flush();
                output::error(error);
            }
            Format::Json => {
                self.documents.push(json!({ "label": label, "error": format!("{error:#}") }));
            }
            _ => self.subjects.push(Subject::broken(GROUP, label, format!("{error:#}"))),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() { Ok(()) } else { output::print(&text) }
    }

    fn finish(self, seconds: f64) -> anyhow::Result<Exit> {
        let (dialect, profile) = (self.judge.dialect, self.judge.profile);
        let document = Document {
            name: "assay check",
            version: env!("CARGO_PKG_VERSION"),
            dialect,
            subjects: self.subjects,
        };
        match self.args.format {
            Format::Text if self.args.quiet => {}
            Format::Text => {
                if self.counts.total() > 1 {
                    output::print(&self.counts.in_words(seconds))?;
                }
                if self.args.deep {
                    output::print(&throughput(self.judge.bytes_read(), seconds))?;
                }
            }
            Format::Json => output::print_json(&json_document(dialect, profile, &self.documents))?,
            Format::Sarif => output::print_json(&document.to_sarif())?,
            Format::Junit => output::print(&document.to_junit()?)?,
            // Nothing to remark: nothing is printed, not even an empty line.
            Format::Github if document.to_github().is_empty() => {}
            Format::Github => output::print(&document.to_github())?,
            Format::Tap => output::print(&document.to_tap())?,
        }
        Ok(self.exit)
    }
}

fn json_document(dialect: &Dialect, profile: &Profile, files: &[Value]) -> Value {
    json!({
        "schema": "check/1",
        "edition": dialect.name(),
        "digest": dialect.digest(),
        "profile": profile.id,
        "accepts_disputed": profile.disputed == Disputed::Accept,
        "files": files,
    })
}

/// `contents: 1.2 GiB in 0.61 s, 2.0 GiB/s`
fn throughput(bytes: u64, seconds: f64) -> String {
    let rate = (bytes as f64 / seconds.max(1e-9)) as u64;
    format!("contents: {} in {seconds:.2} s, {}/s", HumanBytes(bytes), HumanBytes(rate))
}

impl Counts {
    fn total(&self) -> u64 {
        self.valid + self.disputed + self.invalid + self.unreadable
    }

    /// `3 files in 0.1 s: 2 valid, 1 invalid`
    fn in_words(&self, seconds: f64) -> String {
        let parts = [
            (self.valid, "valid"),
            (self.disputed, "disputed"),
            (self.invalid, "invalid"),
            (self.unreadable, "not readable"),
        ];
        let parts = parts.into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        format!("\n{} in {seconds:.2} s: {}", count(self.total(), "file"), parts.join(", "))
    }
}
