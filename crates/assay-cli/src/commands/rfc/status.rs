//! `assay rfc status`: claimed and earned phases, by the committed reports.

use assay_protocol::gate::{GateReport, OverlayReport};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::output::{self, Exit, Format};
use crate::places::Tree;
use crate::rfc::folder::{self, Form, Rfc};
use crate::rfc::gate::{lint, policy};

/// A form with what was recorded of it.
struct Row {
    name: String,
    title: String,
    claimed: String,
    /// Absent if there is no report.
    recorded: Option<OverlayReport>,
    /// Why the report tells nothing of the form as it is now, or the form cannot be judged.
    trouble: Option<String>,
}

pub(super) fn status(tree: &Tree, format: Format) -> anyhow::Result<Exit> {
    let all = folder::all(tree)?;
    let policy = policy(&tree.spec())?;
    let mut rows = Vec::new();
    for rfc in &all {
        let report = recorded(tree, rfc)?;
        for form in &rfc.forms {
            let trouble =
                lint(form, &all, &policy, &super::today()).err().map(|why| why.to_string());
            rows.push(row(form, report.as_ref(), trouble));
        }
    }
    match format {
        Format::Json => output::print_json(&rows.iter().map(to_json).collect::<Value>())?,
        Format::Text => {
            let mut text = format!(
                "{:<18} {:<12} {:<12} {:<8} title\n",
                "proposal", "claimed", "earned", "verdict"
            );
            for row in &rows {
                text.push_str(&to_text(row));
            }
            output::print(&text)?;
        }
    }
    let is_behind = |row: &Row| {
        let earned = row.recorded.as_ref().and_then(|one| policy.phase(&one.earned_phase));
        row.trouble.is_some() || earned.is_none() || policy.phase(&row.claimed) > earned
    };
    Ok(if rows.iter().any(is_behind) { Exit::Findings } else { Exit::Pass })
}

/// The committed report of a proposal.
fn recorded(tree: &Tree, rfc: &Rfc) -> anyhow::Result<Option<GateReport>> {
    let path = tree.reports().join(format!("rfcs/{}-{}.json", rfc.id, rfc.slug));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(serde_json::from_str(&text).map_err(|error| {
            anyhow::anyhow!("the report {} is faulty: {error}", path.display())
        })?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::anyhow!("cannot read {}: {error}", path.display())),
    }
}

fn row(form: &Form, report: Option<&GateReport>, trouble: Option<String>) -> Row {
    let name = form.overlay.name();
    let recorded = report.and_then(|report| report.overlays.iter().find(|one| one.name == name));
    let digest = hex::encode(Sha256::digest(&form.text));
    let again = format!("run `assay rfc gate {} --out reports/rfcs`", form.overlay.rfc.id);
    let trouble = trouble.or_else(|| match recorded {
        None => Some(format!("it was never judged; {again}")),
        Some(one) if one.overlay_sha256 != digest => {
            Some(format!("it changed since it was judged; {again}"))
        }
        Some(_) => None,
    });
    Row {
        name,
        title: form.overlay.rfc.title.clone(),
        claimed: form.overlay.rfc.phase.clone(),
        recorded: recorded.cloned(),
        trouble,
    }
}

fn to_json(row: &Row) -> Value {
    json!({
        "name": row.name,
        "title": row.title,
        "claimed_phase": row.claimed,
        "earned_phase": row.recorded.as_ref().map(|one| &one.earned_phase),
        "verdict": row.recorded.as_ref().map(|one| one.verdict),
        "reasons": row.recorded.as_ref().map(|one| &one.reasons),
        "trouble": row.trouble,
    })
}

fn to_text(row: &Row) -> String {
    let (earned, verdict) = match &row.recorded {
        Some(one) => (one.earned_phase.as_str(), one.verdict.as_str()),
        None => ("-", "-"),
    };
    let Row { name, claimed, title, .. } = row;
    let mut text = format!("{name:<18} {claimed:<12} {earned:<12} {verdict:<8} {title}\n");
    for reason in row.recorded.iter().flat_map(|one| &one.reasons) {
        text.push_str(&format!("    {reason}\n"));
    }
    if let Some(trouble) = &row.trouble {
        text.push_str(&format!("    {trouble}\n"));
    }
    text
}
