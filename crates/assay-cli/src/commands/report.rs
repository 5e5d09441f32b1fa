//! `assay report`: documents made from the record of a run.

mod html;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::bail;
use assay_report::interchange::{self, Document};
use assay_report::known::Scope;
use assay_report::record::Record;
use assay_report::{badge, known, matrix, reasons, relations, serious, splits};
use assay_spec::Dialect;
use serde_json::json;

use super::compare::DocumentFormat;
use crate::corpus::manifest;
use crate::known as files;
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::records;

/// Documents from the record of a run: matrix, split views, reasons, a site.
///
/// Nothing is run. What is under embargo is left out of all of them.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  assay report matrix                            of the last run, reports/latest
  assay report splits reports/latest --format markdown
  assay report reasons --of safetensors-rust
  assay report html site && xdg-open site/index.html
  assay report badge mlx-cpp > mlx-cpp.json
  assay report export --format junit > assay.xml

Exit codes: 0 the document was made, 2 the record cannot be read or its run did not finish.
What a run found makes no difference: that is for `assay run`, `merge` and `compare`.")]
pub(crate) enum Command {
    /// Who reads the corpus right, and the most serious findings.
    Matrix(Of),
    /// Files that are accepted with different views: who, why, and what differs first.
    ///
    /// A scanner protects a loader only from files in which both see the same. The
    /// table of pairs says for how many files of the corpus that is not so.
    Splits(Of),
    /// What implementations say when they refuse, and refusals for a wrong reason.
    ///
    /// Error texts for files with one fault are reduced (numbers, quoted names and
    /// paths taken out) and counted by rule. A text that is otherwise said of
    /// another rule is flagged: right verdict, wrong reason. Advice, no finding.
    Reasons(ReasonsArgs),
    /// A site of static pages: matrix, rules, cases with their bytes, split views, history.
    ///
    /// It works from a disk, without a network: every cell leads to its evidence.
    Html(html::Args),
    /// What a badge of one implementation shows: its state and counts, never a percentage.
    ///
    /// As an endpoint of shields.io reads it; publish the file and point a badge at it.
    Badge(BadgeArgs),
    /// Every result in a format that other programs read: SARIF, JUnit XML, TAP, annotations.
    ///
    /// Deviations that the known.toml of an implementation names count as skipped, not as
    /// failures, unless --no-known is given.
    Export(ExportArgs),
}

/// Which record, and how to print.
#[derive(clap::Args)]
pub(crate) struct Of {
    /// The record: the file, or the folder that a run wrote it to; reports/latest if not given.
    #[arg(value_name = "RECORD")]
    record: Option<PathBuf>,
    /// How to print the document.
    #[arg(long, value_enum, default_value_t)]
    format: DocumentFormat,
}

/// Which record, whose reasons, and how to print.
#[derive(clap::Args)]
pub(crate) struct ReasonsArgs {
    #[command(flatten)]
    of: Of,
    /// Only this implementation's.
    #[arg(long = "of", value_name = "IMPL")]
    implementation: Option<String>,
}

/// Whose badge, from which record.
#[derive(clap::Args)]
pub(crate) struct BadgeArgs {
    /// The implementation.
    #[arg(value_name = "IMPL")]
    implementation: String,
    /// The record: the file, or the folder that a run wrote it to; reports/latest if not given.
    #[arg(value_name = "RECORD")]
    record: Option<PathBuf>,
}

/// Which record, as what.
#[derive(clap::Args)]
pub(crate) struct ExportArgs {
    /// The record: the file, or the folder that a run wrote it to; reports/latest if not given.
    #[arg(value_name = "RECORD")]
    record: Option<PathBuf>,
    /// The format.
    #[arg(long, value_enum)]
    format: ExportFormat,
    /// Only this implementation's results.
    #[arg(long = "of", value_name = "IMPL")]
    implementation: Option<String>,
    /// Leave known.toml aside: every deviation is a failure.
    #[arg(long)]
    no_known: bool,
}

/// Formats that other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ExportFormat {
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// The Test Anything Protocol.
    Tap,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Matrix(args) => matrix_of(args)?,
        Command::Splits(args) => splits_of(args)?,
        Command::Reasons(args) => reasons_of(args)?,
        Command::Html(args) => html::run(args)?,
        Command::Badge(args) => badge_of(args)?,
        Command::Export(args) => export(args)?,
    }
    Ok(Exit::Pass)
}

impl Of {
    /// The record without what is under embargo.
    fn load(&self, tree: &Tree) -> anyhow::Result<Record> {
        let path = self.record.clone().unwrap_or_else(|| tree.reports().join("latest"));
        let record = records::load(&path)?;
        Ok(known::redact(&record, &files::of_tree(tree)?, &files::today()))
    }
}

fn matrix_of(args: &Of) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    let record = args.load(&tree)?;
    let matrix = matrix::matrix(&record);
    let corpus = manifest::load(&tree.manifest())?;
    // Relations are the manifest's; of another corpus they would be others.
    let is_ours = corpus.sha256 == record.header.manifest_sha256;
    let groups = if is_ours { relations::groups(&corpus.manifest) } else { Vec::new() };
    let relations = relations::judge(&record, &groups);
    let serious = serious::most_serious_with(&record, &relations, &Dialect::latest(), 10);
    let width = output::width();
    match args.format {
        DocumentFormat::Text => {
            let parts = [matrix.to_terminal(width), serious::to_terminal(&serious, width)];
            output::print(&join(parts.into_iter().chain([relations.to_terminal(width)])))?;
        }
        DocumentFormat::Markdown => {
            let parts =
                [matrix.to_markdown(), relations.to_markdown(), serious::to_markdown(&serious)];
            output::print(&join(parts))?;
        }
        DocumentFormat::Json => output::print_json(&json!({
            "matrix": matrix.to_json(),
            "serious": serious::to_json(&serious),
            "relations": relations.to_json(),
        }))?,
    }
    Ok(())
}

fn join(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn splits_of(args: &Of) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    let record = args.load(&tree)?;
    let corpus = manifest::load(&tree.manifest())?;
    let right = if corpus.sha256 == record.header.manifest_sha256 {
        splits::right_views(&corpus.manifest)
    } else {
        output::note(
            "note: the record is of another corpus, so nothing is compared with the right views",
        );
        BTreeMap::new()
    };
    let splits = splits::splits(&record, &right, &Dialect::latest());
    match args.format {
        DocumentFormat::Text => output::print(&splits.to_terminal(output::width()))?,
        DocumentFormat::Markdown => output::print(&splits.to_markdown())?,
        DocumentFormat::Json => output::print_json(&splits.to_json())?,
    }
    Ok(())
}

fn check_implementation(record: &Record, id: &str) -> anyhow::Result<()> {
    if record.implementation(id).is_none() {
        let ids: Vec<&str> = record.implementations.iter().map(|line| line.id.as_str()).collect();
        bail!("the record has no implementation `{id}`; it has {}", ids.join(", "));
    }
    Ok(())
}

fn reasons_of(args: &ReasonsArgs) -> anyhow::Result<()> {
    let record = args.of.load(&Tree::find()?)?;
    let of = args.implementation.as_deref();
    if let Some(id) = of {
        check_implementation(&record, id)?;
    }
    let reasons = reasons::reasons(&record, of);
    match args.of.format {
        DocumentFormat::Text => output::print(&reasons.to_terminal(output::width()))?,
        DocumentFormat::Markdown => output::print(&reasons.to_markdown())?,
        DocumentFormat::Json => output::print_json(&reasons.to_json())?,
    }
    Ok(())
}

fn badge_of(args: &BadgeArgs) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    let record =
        records::load(&args.record.clone().unwrap_or_else(|| tree.reports().join("latest")))?;
    check_implementation(&record, &args.implementation)?;
    let matrix = matrix::matrix(&record);
    match matrix.rows.iter().find(|row| row.id == args.implementation) {
        Some(row) => Ok(output::print_json(&badge::badge(row, &matrix.edition))?),
        None => bail!("`{}` did not run; there is nothing to show", args.implementation),
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    let whole =
        records::load(&args.record.clone().unwrap_or_else(|| tree.reports().join("latest")))?;
    let (files, today) = (files::of_tree(&tree)?, files::today());
    let mut record = known::redact(&whole, &files, &today);
    if let Some(id) = &args.implementation {
        check_implementation(&record, id)?;
        record.implementations.retain(|line| line.id == *id);
        record.results.retain(|result| result.implementation == *id);
    }
    let dialect = Dialect::latest();
    let corpus = manifest::load(&tree.manifest())?;
    let cases = corpus.manifest.cases.iter().map(|case| case.id.clone()).collect();
    let scope = Scope { cases: &cases, dialect: &dialect, is_complete: false, today: &today };
    let expectations = known::judge(&whole, &files, scope);
    let is_known = |id: &str, case: &str| !args.no_known && expectations.explains(id, case);
    let document = Document {
        name: "assay run",
        version: &record.header.suite,
        dialect: &dialect,
        subjects: interchange::of_record(&record, &dialect, &is_known),
    };
    match args.format {
        ExportFormat::Sarif => output::print_json(&document.to_sarif())?,
        ExportFormat::Junit => output::print(&document.to_junit()?)?,
        ExportFormat::Github => output::print(&document.to_github())?,
        ExportFormat::Tap => output::print(&document.to_tap())?,
    }
    Ok(())
}
