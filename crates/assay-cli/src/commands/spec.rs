//! `assay spec`: the format as data.

use std::path::PathBuf;

use anyhow::Context as _;
use assay_spec::{Dialect, Spec, export};
use clap::ValueEnum;
use serde_json::json;

use super::explain;
use crate::corpus::build::replace;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// The format as data: rules, limits, dtypes, and where the sources disagree.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List the rules of an edition, with its dtypes and limits.
    List {
        /// Edition, such as 0.8; the newest if not given.
        #[arg(long)]
        edition: Option<String>,
        /// Only rules of this area: prefix, header, metadata, entry, dtype, shape, buffer, slice.
        #[arg(long)]
        area: Option<String>,
        /// How to print it.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show one rule; the same as `assay explain`.
    Show(explain::Args),
    /// List the rules on which the sources disagree, and what each source says.
    Disputes {
        /// How to print them.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Print the spec for others: canonical JSON, Markdown, or a JSON Schema of headers.
    Export {
        /// What to print.
        #[arg(value_enum)]
        what: What,
        /// Edition of the header schema; the newest if not given.
        #[arg(long)]
        edition: Option<String>,
        /// Write it to this file instead of printing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write the generated files below spec/: spec.json, SPEC.md, schemas.
    Build {
        /// Write nothing; compare with what is there. Exit code 1 if it differs.
        #[arg(long)]
        check: bool,
    },
}

/// What `spec export` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// spec.json: canonical JSON (RFC 8785) with its SHA-256.
    Json,
    /// The readable spec.
    Markdown,
    /// A JSON Schema of safetensors headers.
    HeaderSchema,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { edition, area, format } => {
            list(&dialect(edition.as_deref())?, area.as_deref(), *format)
        }
        Command::Show(args) => explain::run(args),
        Command::Disputes { format } => disputes(*format),
        Command::Export { what, edition, out } => {
            let text = exported(*what, &dialect(edition.as_deref())?);
            match out {
                // A device or a pipe is written to, not replaced.
                Some(path) if path.exists() && !path.is_file() => std::fs::write(path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?,
                Some(path) => replace(path, text.as_bytes())?,
                None => output::print(&text)?,
            }
            Ok(Exit::Pass)
        }
        Command::Build { check } => build(*check),
    }
}

/// The dialect of an edition, perhaps with proposals adopted (`0.8+0006`), or the newest.
pub(crate) fn dialect(edition: Option<&str>) -> anyhow::Result<Dialect> {
    Ok(edition.map_or_else(|| Ok(Dialect::latest()), Dialect::by_name)?)
}

fn list(dialect: &Dialect, area: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    if let Some(area) = area
        && !assay_spec::AREAS.contains(&area)
    {
        anyhow::bail!("no area `{area}`; areas are {}", assay_spec::AREAS.join(", "));
    }
    let rules =
        dialect.rules().iter().filter(|rule| area.is_none_or(|area| rule.id.area() == area));
    match format {
        Format::Json => output::print_json(&json!({
            "edition": dialect.name(),
            "digest": dialect.digest(),
            "rules": rules.collect::<Vec<_>>(),
            "dtypes": dialect.dtypes(),
            "limits": dialect.spec().tables.limits,
        }))?,
        Format::Text => {
            let mut text = format!("edition {}, {}\n\n", dialect.name(), dialect.digest());
            for rule in rules {
                let disputed = if rule.is_disputed() { " (disputed)" } else { "" };
                text.push_str(&format!(
                    "{:<6} {:<32} {}{disputed}\n",
                    rule.level.to_string(),
                    rule.id,
                    rule.title
                ));
            }
            if area.is_none() {
                let dtypes: Vec<&str> = dialect.dtypes().iter().map(|d| d.name.as_str()).collect();
                text.push_str(&format!("\n{} dtypes: {}\n\n", dtypes.len(), dtypes.join(" ")));
                for (name, limit) in &dialect.spec().tables.limits {
                    text.push_str(&format!("{name:<26} {} {}\n", limit.value, limit.unit));
                }
            }
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

fn disputes(format: Format) -> anyhow::Result<Exit> {
    let disputes = export::disputes(Spec::embedded());
    match format {
        Format::Json => output::print_json(&json!({ "disputes": disputes }))?,
        Format::Text => {
            let mut text = String::new();
            for rule in &disputes {
                text.push_str(&assay_report::explain::dispute(rule));
                text.push('\n');
            }
            text.push_str(&format!(
                "{} of {} rules are disputed.\n",
                disputes.len(),
                Spec::embedded().rules.len()
            ));
            output::print(&text)?;
        }
    }
    Ok(Exit::Pass)
}

fn exported(what: What, dialect: &Dialect) -> String {
    match what {
        What::Json => export::spec_json(Spec::embedded()),
        What::Markdown => export::spec_markdown(Spec::embedded()),
        What::HeaderSchema => format!("{:#}\n", export::header_schema(dialect)),
    }
}

fn build(check: bool) -> anyhow::Result<Exit> {
    let folder = Tree::find()?.spec();
    let mut differ = Vec::new();
    let files = export::generated_files();
    for (name, text) in &files {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        if check {
            differ.push(format!("spec/{name}"));
        } else {
            replace(&path, text.as_bytes()).context("cannot write the generated files")?;
        }
    }
    if differ.is_empty() {
        output::print(&format!("{} generated files are up to date", files.len()))?;
        return Ok(Exit::Pass);
    }
    output::print(&format!(
        "not what `assay spec build` makes (is the program built from this tree?):\n  {}",
        differ.join("\n  ")
    ))?;
    Ok(Exit::Findings)
}
