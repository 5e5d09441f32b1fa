//! `assay explain`: one rule, for people.

use anyhow::bail;
use assay_spec::lint::Lints;
use assay_spec::{Dialect, Rule, RuleId};

use crate::output::{self, Exit, Format};

/// Explain a rule: what it requires, why, who says otherwise, with examples.
///
/// RULE is an id such as `buffer/no-holes`, as findings show it; the part after
/// the slash will do. `assay spec list` lists all rules. Lints (`lint/…`) are explained too.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Id of the rule.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let dialect = Dialect::latest();
    if let Some(lint) = Lints::embedded().get(&RuleId::new(args.rule.trim())) {
        match args.format {
            Format::Text => output::print(&assay_report::explain::lint(lint))?,
            Format::Json => output::print_json(&serde_json::to_value(lint)?)?,
        }
        return Ok(Exit::Pass);
    }
    let rule = find(&dialect, &args.rule)?;
    match args.format {
        Format::Text => {
            output::print(&assay_report::explain::rule(rule, &dialect.spec().tables))?;
        }
        Format::Json => output::print_json(&serde_json::to_value(rule)?)?,
    }
    Ok(Exit::Pass)
}

/// The three ids that are spelled most like a word.
fn nearest<'a>(rules: &'a [Rule], word: &str) -> Vec<&'a str> {
    let likeness = |id: &str| {
        let slug = id.rsplit('/').next().unwrap_or(id);
        strsim::jaro_winkler(slug, word).max(strsim::jaro_winkler(id, word))
    };
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    ids.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    ids.truncate(3);
    ids
}

/// The rule of that id, or the only one whose slug or id contains the word.
pub(crate) fn find<'a>(dialect: &'a Dialect, word: &str) -> anyhow::Result<&'a Rule> {
    let word = word.trim().to_lowercase();
    let word = word.trim_matches('/');
    if word.is_empty() {
        bail!("name a rule; `assay spec list` lists all rules");
    }
    if let Some(rule) = dialect.rule(&RuleId::new(word)) {
        return Ok(rule);
    }
    let slug = format!("/{word}");
    let rules = dialect.rules();
    let exact: Vec<&Rule> = rules.iter().filter(|r| r.id.as_str().ends_with(&slug)).collect();
    let near: Vec<&Rule> = rules.iter().filter(|r| r.id.as_str().contains(word)).collect();
    match (exact.as_slice(), near.as_slice()) {
        ([rule], _) | ([], [rule]) => Ok(rule),
        ([], []) => bail!(
            "no rule `{}`; near it are {}; `assay spec list` lists all rules",
            word.escape_debug(),
            nearest(rules, word).join(", ")
        ),
        (several, near) => {
            let of = if several.is_empty() { near } else { several };
            let ids: Vec<&str> = of.iter().map(|rule| rule.id.as_str()).collect();
            bail!("`{word}` fits several rules; name one of them:\n  {}", ids.join("\n  "))
        }
    }
}
