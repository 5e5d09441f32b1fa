//! What the gate found out about a proposal: for a terminal, as Markdown to be pasted where
//! the proposal is discussed, and as subjects for the formats that other programs read.

mod markdown;
mod terminal;

use assay_protocol::gate::{Forward, GateCoverage, GateReport, GateVerdict, OverlayReport};

use crate::interchange::{Remark, Severity, State, Subject};

/// Markdown with a table for everything that was measured.
pub fn to_markdown(report: &GateReport) -> String {
    markdown::render(report)
}

/// The verdict of each form, why, and who does what with it.
pub fn to_terminal(report: &GateReport, width: usize) -> String {
    terminal::render(report, width)
}

/// A subject for each form. `path` is where its overlay lies.
pub fn subjects(report: &GateReport, path: &dyn Fn(&OverlayReport) -> String) -> Vec<Subject> {
    report.overlays.iter().map(|overlay| subject(overlay, path(overlay))).collect()
}

fn subject(overlay: &OverlayReport, path: String) -> Subject {
    let severity = match overlay.verdict {
        GateVerdict::Blocked | GateVerdict::Held => Severity::Error,
        GateVerdict::Passed => Severity::Advice,
    };
    let remark = |reason: &String| Remark {
        rule: None,
        severity,
        message: format!("proposal {}: {reason}", overlay.name),
        span: None,
        advice: String::new(),
    };
    Subject {
        group: "rfc".to_owned(),
        name: overlay.name.clone(),
        path: Some(path),
        state: match overlay.verdict {
            GateVerdict::Passed => State::Passed,
            GateVerdict::Held | GateVerdict::Blocked => State::Failed,
        },
        remarks: overlay.reasons.iter().map(remark).collect(),
        seconds: None,
    }
}

/// One line that says what comes of a form.
fn sentence(overlay: &OverlayReport) -> String {
    let verdict = match overlay.verdict {
        GateVerdict::Passed => "passed",
        GateVerdict::Held => "HELD",
        GateVerdict::Blocked => "BLOCKED",
    };
    let phases = if overlay.claimed_phase == overlay.earned_phase {
        format!("claims and earns the phase {}", overlay.earned_phase)
    } else {
        let (claimed, earned) = (&overlay.claimed_phase, &overlay.earned_phase);
        format!("claims the phase {claimed} and earns {earned}")
    };
    let classes = if overlay.observed_classes.is_empty() {
        "shows nothing in files".to_owned()
    } else {
        format!("shows {} in files", overlay.observed_classes.join(", "))
    };
    format!("{verdict}: {phases}; needs a {} version; {classes}", overlay.required_bump)
}

/// What one reader did with one witness.
fn outcome<'f>(forward: &'f Forward, reader: &str, witness: &str) -> &'f str {
    let found = forward.outcomes.iter().find(|o| o.reader == reader && o.witness == witness);
    found.map_or("", |outcome| &outcome.outcome)
}

/// How many slightly wrong validators a kept file tells.
fn told(coverage: &GateCoverage) -> u64 {
    let untold = coverage.survivors.len() + coverage.equivalent.len();
    coverage.mutants.saturating_sub(untold as u64)
}

/// Outcomes with their numbers, most frequent first.
fn tally(forward: &Forward) -> String {
    let mut all: Vec<(&String, &u64)> = forward.tally.iter().collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let words: Vec<String> = all
        .iter()
        .map(|(outcome, count)| format!("{} {count}", outcome.replace('_', " ")))
        .collect();
    words.join(", ")
}
