//! `assay rfc gate`: proposals judged by evidence.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context as _, bail};
use assay_protocol::Manifest;
use assay_protocol::gate::{GateReport, GateVerdict, OverlayReport};
use assay_report::gate as render;
use assay_report::interchange::Document;
use assay_spec::Dialect;
use assay_spec::policy::Policy;
use clap::ValueEnum;
use serde_json::json;

use crate::commands::corpus::progress_bar;
use crate::corpus::build::replace;
use crate::corpus::manifest;
use crate::hunt::asker::{Asker, Choice, Crew};
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::rfc::folder::{self, Refused, Rfc};
use crate::rfc::gate::{Bench, Judgement, lint, policy};
use crate::rfc::samples;
use crate::rfc::writers::{self, Output};

/// Arguments of `assay rfc gate`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay rfc gate 0006                         everything, with all implementations
  assay rfc gate 0007 --files-only            no implementation is run
  assay rfc gate 0006 --format markdown       to be pasted where it is discussed
  assay rfc gate --all --out reports/rfcs     every proposal; reports are written there
  assay rfc gate --all --check reports/rfcs   exit code 1 if one came out otherwise than there")]
pub(crate) struct Args {
    /// Numbers (7, 0007), perhaps with a form (0007/gated).
    #[arg(value_name = "RFC", required_unless_present = "all")]
    rfcs: Vec<String>,
    /// Every proposal in the tree.
    #[arg(long, conflicts_with = "rfcs")]
    all: bool,
    /// Files that are made from seeds, about.
    #[arg(long, value_name = "N", default_value = "4000", value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    seeded: u64,
    /// Judge by files only: no implementation is run, so that less can be earned.
    #[arg(long)]
    files_only: bool,
    /// Only these implementations: names of folders below harness/.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these implementations.
    #[arg(long, value_name = "IMPL", value_delimiter = ',')]
    skip: Vec<String>,
    /// How many implementations run at the same time; as many as processors if not given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Seconds an implementation may take for one file.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Folder for the reports, as JSON and Markdown.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Compare verdicts, phases and classes with the reports in this folder; exit code 1 if one differs.
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,
    /// How to print the reports.
    #[arg(long, value_enum, default_value_t)]
    format: GateFormat,
}

/// How reports are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum GateFormat {
    /// For people at a terminal.
    #[default]
    Text,
    /// For programs: one JSON document, a list of reports.
    Json,
    /// To be pasted where the proposal is discussed.
    Markdown,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
}

pub(super) fn run(tree: &Tree, args: &Args) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let chosen = match args.all {
        true => folder::all(tree)?,
        false => folder::chosen(folder::all(tree)?, &args.rfcs)?,
    };
    if chosen.is_empty() {
        bail!("there is no proposal to judge; `assay rfc new SLUG` begins one");
    }
    let policy = policy(&tree.spec())?;
    refuse(&chosen, &all, &policy)?;
    let manifest = manifest::load(&tree.manifest())?.manifest;
    let committed = samples::committed(&manifest, &tree.corpus())?;
    let today = super::today();
    let bench = Bench {
        policy: &policy,
        committed: &committed,
        seeded: args.seeded,
        measures: !args.files_only,
        today: &today,
    };
    let bar = progress_bar("judging files");
    bar.set_length(super::forms(&chosen).count() as u64);
    let mut judgements = Vec::new();
    for rfc in &chosen {
        for form in &rfc.forms {
            judgements.push(bench.judge(form, &all)?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let outputs = match args.files_only {
        true => None,
        false => {
            let cancel = crate::signals::cancel_on_interrupt()?;
            Some(show(tree, args, &bench, &manifest, &chosen, &mut judgements, cancel)?)
        }
    };
    let mut judgements = judgements.into_iter();
    let reports: Vec<GateReport> = chosen
        .iter()
        .map(|rfc| {
            let own = judgements.by_ref().take(rfc.forms.len()).collect();
            bench.report(rfc, own, outputs.as_deref())
        })
        .collect();
    if let Some(folder) = &args.out {
        write(folder, &reports)?;
    }
    print(args.format, tree, &chosen, &reports)?;
    if let Some(folder) = &args.check {
        return check(folder, &reports);
    }
    let passed = |one: &OverlayReport| one.verdict == GateVerdict::Passed;
    let is_passed = reports.iter().flat_map(|report| &report.overlays).all(passed);
    Ok(if is_passed { Exit::Pass } else { Exit::Findings })
}

/// Refuses all that are not sound at once, before anything is judged.
fn refuse(chosen: &[Rfc], all: &[Rfc], policy: &Policy) -> anyhow::Result<()> {
    let mut refused = Vec::new();
    for form in super::forms(chosen) {
        if let Err(error) = lint(form, all, policy, &super::today()) {
            let Refused(faults) = error.downcast()?;
            refused.extend(faults);
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Refused(refused).into()) }
}

/// Shows witnesses to implementations, then has files written.
fn show(
    tree: &Tree,
    args: &Args,
    bench: &Bench<'_>,
    manifest: &Manifest,
    chosen: &[Rfc],
    judgements: &mut [Judgement],
    cancel: &AtomicBool,
) -> anyhow::Result<Vec<Output>> {
    let choice =
        Choice { only: &args.only, skip: &args.skip, jobs: args.jobs, timeout: args.timeout };
    let crew = Crew::gather(&choice, cancel)?;
    let dialect = Dialect::latest();
    let bar = progress_bar("showing witnesses");
    bar.set_length(judgements.len() as u64);
    {
        let mut asker = Asker::open(&crew, &dialect, cancel)?;
        for (form, judgement) in super::forms(chosen).zip(judgements) {
            bench.show(judgement, form, &mut asker)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let bar = progress_bar("having files written");
    let (ready, work, options) = crew.disband();
    let outputs =
        writers::outputs(ready, tree, manifest, &work.path().join("writers"), options, cancel)?;
    bar.finish_and_clear();
    Ok(outputs)
}

/// The name of a report without its ending.
fn stem(report: &GateReport) -> String {
    format!("{}-{}", report.id, report.slug)
}

fn write(folder: &Path, reports: &[GateReport]) -> anyhow::Result<()> {
    for report in reports {
        let text = serde_json::to_string_pretty(report)? + "\n";
        replace(&folder.join(format!("{}.json", stem(report))), text.as_bytes())?;
        let page = render::to_markdown(report);
        let page = format!("{}\n", page.trim_end());
        replace(&folder.join(format!("{}.md", stem(report))), page.as_bytes())?;
    }
    Ok(())
}

fn print(
    format: GateFormat,
    tree: &Tree,
    chosen: &[Rfc],
    reports: &[GateReport],
) -> anyhow::Result<()> {
    match format {
        GateFormat::Text => {
            let width = output::width().unwrap_or(100);
            let texts: Vec<String> =
                reports.iter().map(|report| render::to_terminal(report, width)).collect();
            output::print(&texts.join("\n"))?;
        }
        GateFormat::Json => output::print_json(&json!(reports))?,
        GateFormat::Markdown => {
            let texts: Vec<String> = reports.iter().map(render::to_markdown).collect();
            output::print(&texts.join("\n"))?;
        }
        GateFormat::Sarif => {
            let path = |overlay: &OverlayReport| {
                let form = super::forms(chosen).find(|form| form.overlay.name() == overlay.name);
                let path = form.map(|form| form.path.as_path()).unwrap_or(Path::new(""));
                path.strip_prefix(tree.root()).unwrap_or(path).display().to_string()
            };
            let dialect = Dialect::latest();
            let document = Document {
                name: "assay rfc gate",
                version: env!("CARGO_PKG_VERSION"),
                dialect: &dialect,
                subjects: reports.iter().flat_map(|one| render::subjects(one, &path)).collect(),
            };
            output::print_json(&document.to_sarif())?;
        }
    }
    Ok(())
}

/// Says where reports are not as those in a folder.
fn check(folder: &Path, reports: &[GateReport]) -> anyhow::Result<Exit> {
    let mut exit = Exit::Pass;
    for report in reports {
        let path = folder.join(format!("{}.json", stem(report)));
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; `assay rfc gate {} --out {}` makes it",
                path.display(),
                report.id,
                folder.display()
            )
        })?;
        let recorded: GateReport =
            serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        for difference in differences(&recorded, report) {
            output::note(&format!("{}: {difference}", path.display()));
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

fn differences(recorded: &GateReport, report: &GateReport) -> Vec<String> {
    let mut all = Vec::new();
    for overlay in &report.overlays {
        let Some(old) = recorded.overlays.iter().find(|old| old.name == overlay.name) else {
            all.push(format!("the form {} is not there", overlay.name));
            continue;
        };
        let mut compare = |what: &str, old: &str, new: &str| {
            if old != new {
                all.push(format!("{}: {what} was {old} and is {new}", overlay.name));
            }
        };
        compare("the verdict", old.verdict.as_str(), overlay.verdict.as_str());
        compare("the earned phase", &old.earned_phase, &overlay.earned_phase);
        let classes = |one: &OverlayReport| one.observed_classes.join(", ");
        compare("what files show", &classes(old), &classes(overlay));
        compare("the overlay", &old.overlay_sha256, &overlay.overlay_sha256);
        compare("what comes of it", &old.merged_digest, &overlay.merged_digest);
    }
    all
}
