//! `assay rfc ratify`: a proposal becomes part of a new edition.
//!
//! The edition is a row of `spec.toml` that adopts the proposal: nothing of older editions
//! changes, nor its own overlay, which stays the record of what was changed. Everything else
//! (readable spec, changelog, corpus) is made anew from that row.

use anyhow::{Context as _, bail};
use assay_protocol::gate::{GateReport, OverlayReport};
use assay_spec::policy::Bump;
use assay_spec::{Dialect, Proposal, Spec, Verdict};
use assay_validator::validate;
use sha2::{Digest as _, Sha256};
use toml_edit::{DocumentMut, Item, Table, value};

use super::today;
use crate::corpus::build::replace;
use crate::corpus::manifest;
use crate::output::{self, Exit};
use crate::places::Tree;
use crate::rfc::folder::{self, Form};
use crate::rfc::gate::{lint, policy};
use crate::rfc::samples;

/// Arguments of `assay rfc ratify`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  assay rfc ratify 0001                the next edition, named by what the proposal needs
  assay rfc ratify 0001 --edition 1.0
  assay rfc ratify 0001 --dry-run      only whether it could be")]
pub(crate) struct Args {
    /// Number (7, 0007), with its form if there are several (0007/gated).
    #[arg(value_name = "RFC")]
    rfc: String,
    /// Name of the new edition: two numbers. If not given, the next one that the proposal's
    /// class of change asks for.
    #[arg(long, value_name = "EDITION")]
    edition: Option<String>,
    /// Change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn ratify(tree: &Tree, args: &Args) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let policy = policy(&tree.spec())?;
    let chosen = folder::chosen(folder::all(tree)?, std::slice::from_ref(&args.rfc))?;
    let [rfc] = chosen.as_slice() else { bail!("one proposal is ratified at a time") };
    let [form] = rfc.forms.as_slice() else {
        bail!("proposal {} has several forms: name one, as in {}/form", rfc.id, rfc.id)
    };
    let applied = lint(form, &all, &policy, &today())?;
    let name = form.overlay.name();
    let path = tree.reports().join(format!("rfcs/{}-{}.json", rfc.id, rfc.slug));
    let evidence = evidence(&path, form)?;
    let last = policy.phases.last().map_or("", |phase| &phase.name);
    if evidence.earned_phase != last {
        output::note(&format!(
            "{name} has earned the phase {}, not {last}:\n  {}",
            evidence.earned_phase,
            evidence.reasons.join("\n  ")
        ));
        return Ok(Exit::Findings);
    }
    let bump = policy.bump(&applied.classes);
    let path = tree.spec().join("spec.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut document: DocumentMut = text.parse()?;
    let edition = match &args.edition {
        Some(edition) => edition.clone(),
        None => next(Dialect::latest().edition_name(), bump)?,
    };
    add_edition(&mut document, &edition, &name)?;
    let spec = parsed(tree, &document.to_string())?;
    let merged = Dialect::resolve(&spec, &edition)?;
    if bump != Bump::Major {
        keeps_the_guarantee(tree, &merged)?;
    }
    if !args.dry_run {
        replace(&path, document.to_string().as_bytes())?;
    }
    output::print(&format!(
        "{}: edition {edition} adopts {name}, a {bump} change; {}.\n\nNext: build assay anew, then `assay spec build` \
         (it writes the changelog) and `assay corpus build`.\n{} cases of the corpus change their verdict or view; \
         it names them, and their ids stay.\n",
        if args.dry_run { "could be" } else { "done" },
        match bump {
            Bump::Major => "a major change need not keep the guarantee",
            _ => "every committed file that was valid stays so and has the same tensors",
        },
        evidence.backward.superseded,
    ))?;
    Ok(Exit::Pass)
}

/// What the gate recorded of a form as it is now.
fn evidence(path: &std::path::Path, form: &Form) -> anyhow::Result<OverlayReport> {
    let again = format!("run `assay rfc gate {} --out reports/rfcs`", form.overlay.rfc.id);
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("there is no report {}; {again}", path.display()))?;
    let report: GateReport =
        serde_json::from_str(&text).with_context(|| format!("in {}", path.display()))?;
    let name = form.overlay.name();
    let digest = hex::encode(Sha256::digest(&form.text));
    let recorded = report.overlays.into_iter().find(|one| one.name == name);
    match recorded {
        Some(one) if one.overlay_sha256 == digest => Ok(one),
        _ => bail!("{} is not of {name} as it is now; {again}", path.display()),
    }
}

/// The edition after this one.
fn next(latest: &str, bump: Bump) -> anyhow::Result<String> {
    let (major, minor) = latest.split_once('.').context("an edition is two numbers")?;
    let (major, minor): (u64, u64) = (major.parse()?, minor.parse()?);
    Ok(match bump {
        Bump::Major => format!("{}.0", major + 1),
        Bump::Minor | Bump::Patch => format!("{major}.{}", minor + 1),
    })
}

/// Adds the row; a proposal is adopted once, and an edition is new.
fn add_edition(document: &mut DocumentMut, edition: &str, name: &str) -> anyhow::Result<()> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = edition.split('.').collect();
    if parts.len() != 2 || !parts.iter().all(|part| is_number(part)) {
        bail!("`{edition}` is no edition: two numbers, such as 0.9");
    }
    let editions = document.get_mut("editions").and_then(Item::as_array_of_tables_mut);
    let editions = editions.context("spec.toml has no [[editions]]")?;
    for row in editions.iter() {
        if row.get("name").and_then(Item::as_str) == Some(edition) {
            bail!("there is an edition {edition} already; editions do not change");
        }
        let adopts = row.get("adopts").and_then(Item::as_array);
        if adopts.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name))) {
            bail!("{name} is adopted already");
        }
    }
    let mut row = Table::new();
    row["name"] = value(edition);
    row["adopts"] = value(std::iter::once(name).collect::<toml_edit::Array>());
    editions.push(row);
    Ok(())
}

/// The spec of the tree with these tables.
fn parsed(tree: &Tree, tables: &str) -> anyhow::Result<Spec> {
    let rules = folder::pages(&tree.spec().join("rules"))?;
    let pages: Vec<(&str, &str)> = rules.iter().map(|(id, text)| (&**id, &**text)).collect();
    let forms = folder::texts(tree)?;
    let beside: Vec<Vec<(&str, &str)>> = forms
        .iter()
        .map(|form| form.pages.iter().map(|(id, text)| (&**id, &**text)).collect())
        .collect();
    let proposals: Vec<Proposal<'_>> = forms
        .iter()
        .zip(&beside)
        .map(|(form, pages)| Proposal {
            folder: &form.folder,
            variant: &form.variant,
            text: &form.text,
            pages,
        })
        .collect();
    Ok(Spec::parse(tables, &pages, &proposals)?)
}

/// Every committed file that is valid under the newest edition is so under the new one.
fn keeps_the_guarantee(tree: &Tree, merged: &Dialect) -> anyhow::Result<()> {
    let latest = Dialect::latest();
    let manifest = manifest::load(&tree.manifest())?.manifest;
    let whole = samples::committed(&manifest, &tree.corpus())?;
    for sample in whole.iter().filter(|sample| sample.is_whole()) {
        let before = validate(&sample.head, &latest);
        if before.verdict != Verdict::Valid {
            continue;
        }
        let after = validate(&sample.head, merged);
        let same = |view: Option<assay_spec::View>| view.map(|view| (view.metadata, view.tensors));
        if after.verdict != Verdict::Valid || same(before.view) != same(after.view) {
            bail!("{} was valid and would not be the same: that needs a major edition", sample.id);
        }
    }
    Ok(())
}
