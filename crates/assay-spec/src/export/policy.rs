//! The policy for people: `spec/POLICY.md`.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::policy::{Criterion, MetricOp, Policy, Severity, Weight};

/// How the format changes, as Markdown.
pub fn policy_markdown(policy: &Policy) -> String {
    let mut out = String::from(
        "# How the format changes\n\n<!-- Generated from policy.toml by `assay spec build`. Do not edit. -->\n\n\
         A change is a proposal (RFC): a folder below `spec/rfcs/` with a text, typed changes of the spec\n\
         data, and files that show what they do. `assay rfc gate` measures what it breaks and for whom.\n",
    );
    versions(policy, &mut out);
    section(
        &mut out,
        "Classes of change",
        "Which version a change needs. Several classes need the highest.",
    );
    let rows = policy.classes.iter().map(|row| {
        alloc::vec![format!("`{}`", row.class), row.bump.to_string(), row.means.clone()]
    });
    table(&mut out, &["class", "version", "what such a change does"], rows.collect());
    section(
        &mut out,
        "Outcomes",
        "What an implementation that does not know a proposal does with a file that uses it.",
    );
    let rows = policy.outcomes.iter().map(|row| {
        let weight = match row.weight {
            Weight::Fine => "fine",
            Weight::Note => "to be looked at",
            Weight::Blocks => "**blocks**",
            Weight::Unsafe => "**blocks, and is reported to the software's owners**",
        };
        alloc::vec![format!("`{}`", row.outcome), weight.to_owned(), row.means.clone()]
    });
    table(&mut out, &["outcome", "weight", "what it means"], rows.collect());
    section(
        &mut out,
        "Phases",
        "A phase is earned, not claimed: nothing may bar it or one below it. Claiming more than is\n\
         earned fails CI, and so does earning less than was recorded before.",
    );
    for (at, phase) in policy.phases.iter().enumerate() {
        out.push_str(&format!("### {at}. {}\n\n{}.\n\n", phase.name, capital(&phase.means)));
        let own = policy.criteria.iter().filter(|criterion| criterion.phase == phase.name);
        table(&mut out, &["criterion", "asks for", "measured", ""], own.map(criterion).collect());
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn versions(policy: &Policy, out: &mut String) {
    let versions = &policy.versions;
    section(out, "Versions", &versions.edition);
    let rows =
        versions.bumps.iter().map(|row| alloc::vec![row.bump.to_string(), row.means.clone()]);
    table(out, &["version", "what it promises"], rows.collect());
    out.push_str(&format!(
        "* **Support.** The newest edition and {} before it are kept up: rules, corpus and reports.\n\
         * **Deprecation.** What is to go is announced at least {} days before the edition without it.\n\
         * **Security.** Who maintains software with a fault that the suite finds has {} days before the\n  \
           file that shows it is published; see .github/SECURITY.md.\n",
        versions.supported_editions, versions.deprecation_days, versions.embargo_days
    ));
}

fn criterion(criterion: &Criterion) -> Vec<String> {
    let op = match criterion.op {
        MetricOp::AtMost => "at most",
        MetricOp::AtLeast => "at least",
    };
    let mut notes = Vec::new();
    match criterion.severity {
        Severity::Block if criterion.blocks_proposal => notes.push("blocks the proposal"),
        Severity::Block => notes.push("needed"),
        Severity::Warn => notes.push("only told"),
    }
    if criterion.waivable {
        notes.push("can be waived");
    }
    alloc::vec![
        format!("`{}`", criterion.id),
        criterion.means.clone(),
        format!("`{}` {op} {}", criterion.metric, criterion.value),
        notes.join(", "),
    ]
}

fn section(out: &mut String, heading: &str, text: &str) {
    out.push_str(&format!("\n## {heading}\n\n{text}\n\n"));
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

fn table(out: &mut String, header: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    out.push_str(&format!("| {} |\n|{}\n", header.join(" | "), " --- |".repeat(header.len())));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    out.push('\n');
}
