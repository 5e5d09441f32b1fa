//! `assay adequacy`: whether the corpus tells the validator from slightly wrong ones.

use std::collections::BTreeMap;

use assay_spec::Dialect;
use serde_json::json;

use super::corpus::progress_bar;
use crate::adequacy::{self, Fate, Mutant};
use crate::corpus::manifest;
use crate::output::{self, Exit, Format};
use crate::places::Tree;

/// Show that the corpus is sharp: that a case tells every slightly wrong validator.
///
/// Each rule is dropped, loosened and tightened; sizes are made to wrap, ranges
/// to be walked in the wrong order, headers to be read leniently. Every such
/// mutant must differ from the true validator on at least one committed case,
/// in verdict or view (for rules that only advise: in advice). Mutants that no
/// file can tell are listed with their reason in corpus/equivalent-mutants.toml.
///
/// Exit code 1 if a mutant survives, or if a listed one does not.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay adequacy                         all mutants, a line for each rule
  assay adequacy buffer/ --mutants       each mutant of the rules about the buffer
  assay adequacy --format json")]
pub(crate) struct Args {
    /// Only mutants whose id contains this.
    #[arg(value_name = "TEXT")]
    containing: Option<String>,
    /// List every mutant with the case that tells it.
    #[arg(long)]
    mutants: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A mutant and what became of it.
struct Tried {
    mutant: Mutant,
    fate: Fate,
    /// Why no file can tell it, as the corpus claims.
    equivalent: Option<String>,
}

impl Tried {
    /// Survived without a reason, or killed in spite of one.
    fn is_wrong(&self) -> bool {
        (self.fate == Fate::Survived) != self.equivalent.is_some()
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let tree = Tree::find()?;
    let dialect = Dialect::latest();
    let path = tree.corpus().join("equivalent-mutants.toml");
    let mut reasons: BTreeMap<String, String> =
        adequacy::equivalents(&path)?.into_iter().map(|one| (one.mutant, one.reason)).collect();
    let manifest = manifest::load(&tree.manifest())?.manifest;
    let mut mutants = adequacy::mutants(&dialect)?;
    if let Some(unknown) = reasons.keys().find(|id| !mutants.iter().any(|one| one.id() == **id)) {
        anyhow::bail!("{}: there is no mutant {unknown}", path.display());
    }
    if let Some(text) = &args.containing {
        mutants.retain(|mutant| mutant.id().contains(text.as_str()));
    }
    anyhow::ensure!(!mutants.is_empty(), "no such mutant; `assay adequacy --mutants` lists all");
    let bar = progress_bar("trying mutants");
    bar.set_length(mutants.len() as u64);
    let folder = tree.corpus();
    let corpus = adequacy::Corpus::new(&dialect, &manifest, &folder);
    let fates = adequacy::try_all(&mutants, &corpus, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let tried: Vec<Tried> = mutants
        .into_iter()
        .zip(fates)
        .map(|(mutant, fate)| {
            let equivalent = reasons.remove(&mutant.id());
            Tried { mutant, fate, equivalent }
        })
        .collect();
    match args.format {
        Format::Json => output::print_json(&document(&tried, manifest.cases.len()))?,
        Format::Text => output::print(&text(&tried, manifest.cases.len(), args.mutants))?,
    }
    Ok(if tried.iter().any(Tried::is_wrong) { Exit::Findings } else { Exit::Pass })
}

/// How many of some mutants there are, were told, and cannot be told.
#[derive(Default)]
struct Count {
    mutants: usize,
    killed: usize,
    equivalent: usize,
}

impl Count {
    fn of<'t>(tried: impl Iterator<Item = &'t Tried>) -> Count {
        let mut count = Count::default();
        for one in tried {
            count.mutants += 1;
            count.killed += usize::from(one.fate != Fate::Survived);
            count.equivalent += usize::from(one.equivalent.is_some());
        }
        count
    }
}

fn text(tried: &[Tried], cases: usize, with_mutants: bool) -> String {
    let mut text = String::new();
    for rule in tried.chunk_by(|a, b| a.mutant.rule == b.mutant.rule) {
        let count = Count::of(rule.iter());
        let id = rule[0].mutant.rule.as_str();
        let Count { mutants, killed, equivalent } = count;
        let note =
            if equivalent == 0 { String::new() } else { format!(", {equivalent} equivalent") };
        text.push_str(&format!("{id:<34} {killed:>3} of {mutants:>3} mutants told{note}\n"));
        for one in rule.iter().filter(|one| with_mutants || one.is_wrong()) {
            text.push_str(&format!("    {}\n", line(one)));
        }
    }
    let Count { mutants, killed, equivalent } = Count::of(tried.iter());
    let wrong = tried.iter().filter(|one| one.is_wrong()).count();
    text.push_str(&format!(
        "\n{mutants} mutants, {cases} cases: {killed} told, {equivalent} that no file can tell, \
         {wrong} to look at\n"
    ));
    text
}

fn line(one: &Tried) -> String {
    let (slug, title, kind) = (&one.mutant.slug, &one.mutant.title, &one.mutant.kind);
    match (&one.fate, &one.equivalent) {
        (Fate::Killed { by, on }, None) => format!("{slug}: {on} of {by}"),
        (Fate::Killed { by, .. }, Some(_)) => {
            format!("LISTED AS EQUIVALENT, BUT TOLD {slug} ({kind}: {title}): by {by}")
        }
        (Fate::Survived, Some(reason)) => format!("{slug}: equivalent: {reason}"),
        (Fate::Survived, None) => format!("SURVIVED {slug} ({kind}: {title})"),
    }
}

fn document(tried: &[Tried], cases: usize) -> serde_json::Value {
    let rules: BTreeMap<&str, serde_json::Value> = tried
        .chunk_by(|a, b| a.mutant.rule == b.mutant.rule)
        .map(|rule| {
            let count = Count::of(rule.iter());
            let counts = json!({
                "mutants": count.mutants, "killed": count.killed, "equivalent": count.equivalent,
            });
            (rule[0].mutant.rule.as_str(), counts)
        })
        .collect();
    let mutants: Vec<serde_json::Value> = tried
        .iter()
        .map(|one| {
            let (by, on) = match &one.fate {
                Fate::Killed { by, on } => (Some(by), Some(on)),
                Fate::Survived => (None, None),
            };
            json!({
                "id": one.mutant.id(), "rule": one.mutant.rule, "kind": one.mutant.kind,
                "title": one.mutant.title, "killed_by": by, "on": on,
                "equivalent": one.equivalent,
            })
        })
        .collect();
    json!({ "cases": cases, "rules": rules, "mutants": mutants })
}
