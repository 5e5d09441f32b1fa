//! Carries out what `assay rewrite` was asked for, and tells about it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use assay_reference::rewrite::{Part, Plan, Progress, Step, Written};
use assay_reference::write::{WriteOptions, Writer};
use assay_reference::{File, Policy};
use assay_spec::Disputed;
use assay_spec::numbers::count;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::commands::rewrite::Options;
use crate::commands::spec::dialect;
use crate::output::{self, Exit, Format};
use crate::signals;

/// One call of `assay rewrite`.
pub(crate) struct Job<'a> {
    options: &'a Options,
    /// What is read: files on which the sources disagree too.
    policy: Policy,
    writer: Writer,
    cancelled: &'static AtomicBool,
}

/// A file that was read.
pub(crate) struct Seen {
    path: PathBuf,
    bytes: u64,
    tensors: usize,
}

impl Seen {
    pub(crate) fn of(path: &Path, file: &File) -> Seen {
        let header = file.reader().header();
        Seen { path: path.to_owned(), bytes: header.buffer().end, tensors: header.len() }
    }
}

/// Opens a file to be rewritten.
pub(crate) fn open(path: &Path, policy: &Policy) -> anyhow::Result<File> {
    File::open(path, policy).map_err(|error| match error.rule() {
        Some(_) => anyhow::anyhow!(
            "{} is not valid: {error}; `assay check` shows all of its faults",
            path.display()
        ),
        None => error.into(),
    })
}

impl<'a> Job<'a> {
    pub(crate) fn new(options: &'a Options) -> anyhow::Result<Job<'a>> {
        let dialect = dialect(options.edition.as_deref())?;
        let choice = WriteOptions::default().durable(!options.no_sync);
        let choice = options.align.map_or(choice, |bytes| choice.alignment(bytes));
        Ok(Job {
            options,
            policy: Policy::new(&dialect, Disputed::Accept),
            writer: Writer::with_options(&dialect, choice)?,
            cancelled: signals::cancel_on_interrupt()?,
        })
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Writes one file.
    pub(crate) fn write(
        &self,
        plan: &Plan<'_>,
        seen: &[Seen],
        output: &Path,
        replace: bool,
    ) -> anyhow::Result<Exit> {
        if !replace && std::fs::symlink_metadata(output).is_ok() {
            bail!("{} is there already; --force replaces it", output.display());
        }
        let written = if self.options.dry_run {
            let bytes = plan.file_len(&self.writer)?;
            (output.to_owned(), bytes, plan.tensors().len())
        } else {
            let bar = bytes_bar();
            let written = plan.write_file(output, &self.writer, &mut |at| self.tick(&bar, at));
            bar.finish_and_clear();
            parts(written?)
        };
        self.tell(plan, seen, &[written])
    }

    /// Writes shards and their index.
    pub(crate) fn split(
        &self,
        plan: &Plan<'_>,
        seen: &[Seen],
        folder: &Path,
        stem: &str,
        max_size: u64,
    ) -> anyhow::Result<Exit> {
        let written = if self.options.dry_run {
            let shards = plan.measure_shards(stem, max_size, &self.writer)?;
            let of = |(name, part, bytes): (String, Part, u64)| {
                (folder.join(name), bytes, part.tensors.len())
            };
            shards.into_iter().map(of).collect()
        } else {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            let bar = bytes_bar();
            let mut observer = |at| self.tick(&bar, at);
            let written = plan.write_shards(folder, stem, max_size, &self.writer, &mut observer);
            bar.finish_and_clear();
            written?.into_iter().map(parts).collect::<Vec<_>>()
        };
        self.tell(plan, seen, &written)
    }

    fn tick(
        &self,
        bar: &ProgressBar,
        Progress { step, done, of, .. }: Progress,
    ) -> ControlFlow<()> {
        bar.set_message(match step {
            Step::Writing => "writing",
            Step::Comparing => "comparing",
        });
        bar.set_length(of);
        bar.set_position(done);
        if self.cancelled.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn tell(
        &self,
        plan: &Plan<'_>,
        seen: &[Seen],
        written: &[(PathBuf, u64, usize)],
    ) -> anyhow::Result<Exit> {
        let dry_run = self.options.dry_run;
        match self.options.format {
            Format::Json => {
                let file = |path: &Path, bytes: u64, tensors: usize| json!({ "path": path.display().to_string(), "bytes": bytes, "tensors": tensors });
                let inputs = seen.iter().map(|seen| file(&seen.path, seen.bytes, seen.tensors));
                let outputs = written.iter().map(|(path, bytes, n)| file(path, *bytes, *n));
                output::print_json(&json!({
                    "dry_run": dry_run,
                    "inputs": inputs.collect::<Vec<_>>(),
                    "outputs": outputs.collect::<Vec<_>>(),
                    "metadata": plan.metadata(),
                }))?;
            }
            Format::Text => {
                let line = |what: &str, path: &Path, bytes: u64, tensors: usize| {
                    let tensors = count(tensors as u64, "tensor");
                    format!("{what:<11} {}: {}, {tensors}", path.display(), HumanBytes(bytes))
                };
                let inputs =
                    seen.iter().map(|seen| line("read", &seen.path, seen.bytes, seen.tensors));
                let verb = if dry_run { "would write" } else { "wrote" };
                let outputs = written.iter().map(|(path, bytes, n)| line(verb, path, *bytes, *n));
                let mut lines: Vec<String> = inputs.chain(outputs).collect();
                if !dry_run {
                    lines.push(format!(
                        "compared    {} of contents with the input, byte by byte: nothing else changed",
                        HumanBytes(plan.bytes())
                    ));
                }
                output::print(&lines.join("\n"))?;
            }
        }
        Ok(Exit::Pass)
    }
}

fn parts(written: Written) -> (PathBuf, u64, usize) {
    (written.path, written.bytes, written.tensors)
}

fn bytes_bar() -> ProgressBar {
    let template = "{msg:<24} {wide_bar} {bytes}/{total_bytes} {eta:>4}";
    let style = ProgressStyle::with_template(template).expect("the template is right");
    ProgressBar::new(0).with_style(style)
}

/// A number of bytes: `123`, `5GB`, `1.5 GiB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 10] = [
        ("", 1),
        ("B", 1),
        ("KB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("KIB", 1 << 10),
        ("MIB", 1 << 20),
        ("GIB", 1 << 30),
        ("TIB", 1 << 40),
    ];
    let wrong = || format!("`{text}` is no size; write bytes, or for example 500MB or 5GiB");
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let unit = unit.trim().to_ascii_uppercase();
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
    // Nine digits behind the point are more than a size is known to.
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    if !digits(whole) || !digits(part) || part.len() > 9 {
        return Err(wrong());
    }
    let scale = 10_u128.pow(part.len() as u32);
    let part: u128 = part.parse().map_err(|_| wrong())?;
    let whole: u128 = whole.parse().map_err(|_| wrong())?;
    whole
        .checked_mul(scale)
        .and_then(|scaled| (scaled + part).checked_mul(u128::from(*unit)))
        .and_then(|scaled| u64::try_from(scaled / scale).ok())
        .filter(|bytes| *bytes > 0)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1", 1),
            ("123B", 123),
            ("5GB", 5_000_000_000),
            ("5gb", 5_000_000_000),
            ("5 GiB", 5 << 30),
            ("1.5KiB", 1536),
            ("0.5kB", 500),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "0", "GB", "5XB", "-1", "1e9", "1.", ".5", "1.2.3", "99999999999TB", "5 5"]
        {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
