//! `assay check`: is this file what the format says?

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use assay_reference::{Policy, Reader};
use assay_report::diagnostic::{self, Diagnosis, Excerpt};
use assay_spec::{Dialect, Disputed, Finding, Profile, Verdict};
use assay_validator::{Validation, head_len, validate_head};
use serde_json::json;

use super::spec::dialect;
use crate::output::{self, Exit, Format};

/// Check files against the format's rules.
///
/// Reads prefix and header, and of the tensors no more than the few bytes that
/// a finding points at. A valid file takes one line. A fault is shown with its rule, the bytes that are wrong and what to
/// do. A file on which the format's own sources disagree passes with a
/// warning; `--profile strict` fails it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay check model.safetensors
  assay check --profile strict ~/models
  assay check --format json *.safetensors | jq '.files[] | select(.verdict != \"valid\")'

Exit codes: 0 all pass, 1 a file has faults, 2 a file could not be read.")]
pub(crate) struct Args {
    /// Files, or folders to search for *.safetensors.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// What becomes of disputed files: `interop` accepts them, `strict` does not.
    #[arg(long, default_value = "interop")]
    profile: String,
    /// Edition of the format, such as 0.8; the newest if not given.
    #[arg(long)]
    edition: Option<String>,
    /// Show advice on valid files as well: alignment, unknown fields.
    #[arg(long)]
    advice: bool,
    /// How to print results.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print nothing about files that pass.
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = dialect(args.edition.as_deref())?;
    let Some(profile) = dialect.profile(&args.profile) else {
        let known: Vec<&str> =
            dialect.spec().tables.profiles.iter().map(|profile| profile.id.as_str()).collect();
        bail!("no profile `{}`; profiles are {}", args.profile, known.join(", "));
    };
    let mut checker = Checker::new(&dialect, profile, args);
    for path in &args.paths {
        checker.check_path(path)?;
    }
    checker.finish()
}

struct Checker<'a> {
    dialect: &'a Dialect,
    profile: &'a Profile,
    args: &'a Args,
    strict: Policy,
    exit: Exit,
    documents: Vec<serde_json::Value>,
}

impl<'a> Checker<'a> {
    fn new(dialect: &'a Dialect, profile: &'a Profile, args: &'a Args) -> Self {
        let strict = Policy::new(dialect, Disputed::Reject);
        Checker { dialect, profile, args, strict, exit: Exit::Pass, documents: Vec::new() }
    }

    /// A file that cannot be read is an error of its own; the others go on.
    fn check_path(&mut self, path: &Path) -> anyhow::Result<()> {
        for file in files_at(path) {
            if let Err(error) = file.and_then(|file| self.check_file(&file)) {
                self.unreadable(path, &error)?;
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &Path, error: &anyhow::Error) -> anyhow::Result<()> {
        self.exit = self.exit.and(Exit::Failed);
        if self.args.format == Format::Json {
            let error = format!("{error:#}");
            self.documents.push(json!({ "path": path.display().to_string(), "error": error }));
        } else {
            output::error(error);
        }
        Ok(())
    }

    fn check_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let start = Instant::now();
        let (head, file_len) = read_head(path, self.dialect)?;
        let validation = self.judge(&head, file_len);
        let fails = match validation.verdict {
            Verdict::Valid => false,
            Verdict::Invalid => true,
            Verdict::Either => self.profile.disputed == Disputed::Reject,
        };
        if fails {
            self.exit = self.exit.and(Exit::Findings);
        } else if self.args.quiet {
            return Ok(());
        }
        let label = path.display().to_string();
        let excerpts = read_excerpts(path, &validation.findings, head.len() as u64, file_len)?;
        let diagnosis = Diagnosis {
            label: &label,
            verdict: validation.verdict,
            findings: &validation.findings,
            omitted: validation.omitted,
            head: &head,
            excerpts: &excerpts,
            file_len,
            dialect: self.dialect,
            profile: self.profile,
            tensors: validation.view.as_ref().map_or(0, |view| view.tensors.len() as u64),
            seconds: start.elapsed().as_secs_f64(),
        };
        match self.args.format {
            Format::Text => output::print(&diagnostic::to_terminal(&diagnosis))?,
            Format::Json => self.documents.push(diagnostic::to_json(&diagnosis)),
        }
        Ok(())
    }

    /// The reference is quick to say that a file is fine; whatever it does not
    /// like, the validator explains.
    fn judge(&self, head: &[u8], file_len: u64) -> Validation {
        if !self.args.advice
            && let Ok(reader) = Reader::from_head(head, file_len, &self.strict)
        {
            return Validation {
                verdict: Verdict::Valid,
                view: Some(reader.view()),
                findings: Vec::new(),
                omitted: 0,
            };
        }
        validate_head(head, file_len, self.dialect)
    }

    fn finish(self) -> anyhow::Result<Exit> {
        if self.args.format == Format::Json {
            output::print_json(&json!({
                "edition": self.dialect.name(),
                "digest": self.dialect.digest(),
                "profile": self.profile.id,
                "files": self.documents,
            }))?;
        }
        Ok(self.exit)
    }
}

/// The file itself, or the safetensors files below a folder; with what could
/// not be searched, which does not keep the others from being checked.
fn files_at(path: &Path) -> Vec<anyhow::Result<PathBuf>> {
    let kind = std::fs::metadata(path)
        .with_context(|| format!("cannot read {}; is the name right?", path.display()));
    match kind {
        Err(error) => return vec![Err(error)],
        Ok(kind) if !kind.is_dir() => return vec![Ok(path.to_owned())],
        Ok(_) => {}
    }
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
        match entry {
            Err(error) => files.push(Err(anyhow::Error::new(error).context(format!(
                "a part of {} cannot be searched; the rest is checked",
                path.display()
            )))),
            Ok(entry) => {
                let is_safetensors = entry.path().extension().is_some_and(|e| e == "safetensors");
                if is_safetensors && entry.file_type().is_file() {
                    files.push(Ok(entry.into_path()));
                }
            }
        }
    }
    if files.is_empty() {
        let none = "holds no *.safetensors; name a file to check it all the same";
        files.push(Err(anyhow::anyhow!("{} {none}", path.display())));
    }
    files
}

/// The bytes behind the header that findings point at.
fn read_excerpts(
    path: &Path,
    findings: &[Finding],
    head: u64,
    file_len: u64,
) -> anyhow::Result<Vec<Excerpt>> {
    let wanted = diagnostic::wanted(findings, head, file_len);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let fail = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(fail)?;
    let mut excerpts = Vec::with_capacity(wanted.len());
    for span in wanted {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(span.start)).with_context(fail)?;
        file.by_ref().take(span.len()).read_to_end(&mut bytes).with_context(fail)?;
        excerpts.push(Excerpt { start: span.start, bytes });
    }
    Ok(excerpts)
}

/// Prefix and header of a file, as far as they are there, and the file's length.
fn read_head(path: &Path, dialect: &Dialect) -> anyhow::Result<(Vec<u8>, u64)> {
    let fail = || format!("cannot read {}", path.display());
    // Before it is opened: opening a named pipe would wait for a writer.
    let metadata = std::fs::metadata(path).with_context(fail)?;
    let mut file = if metadata.is_file() {
        File::open(path).with_context(fail)?
    } else {
        bail!("{} is not a regular file; check needs one with a length", path.display());
    };
    let file_len = metadata.len();
    let mut head = Vec::new();
    let prefix_len = dialect.limit("prefix_bytes");
    file.by_ref().take(prefix_len).read_to_end(&mut head).with_context(fail)?;
    let wanted = head_len(&head, file_len, dialect);
    // At most the header limit, however long the prefix claims the header is.
    file.take(wanted.saturating_sub(head.len() as u64))
        .read_to_end(&mut head)
        .with_context(fail)?;
    Ok((head, file_len))
}
