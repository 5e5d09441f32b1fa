//! A gate's report for a terminal.

use std::collections::BTreeMap;

use assay_protocol::gate::{Forward, GateReport, GateVerdict, OverlayReport};

use super::{sentence, tally, told};
use crate::text::style::{BOLD, ERROR, GOOD, WARNING, paint};
use crate::text::units::{count, list, thousands};
use crate::text::{hang, visible};

/// Columns that a reason or a title may take.
const REASON: usize = 400;
/// Readers that are named for one outcome.
const NAMED: usize = 12;

pub(super) fn render(report: &GateReport, width: usize) -> String {
    let title = visible::line(&report.title, REASON);
    let mut out = format!("{}\n", paint(BOLD, &format!("RFC {}: {title}", report.id)));
    for overlay in &report.overlays {
        out.push('\n');
        form(overlay, width, &mut out);
    }
    out
}

fn form(overlay: &OverlayReport, width: usize, out: &mut String) {
    let style = match overlay.verdict {
        GateVerdict::Passed => GOOD,
        GateVerdict::Held => WARNING,
        GateVerdict::Blocked => ERROR,
    };
    let text = sentence(overlay);
    let (verdict, rest) = text.split_once(':').unwrap_or((&text, ""));
    out.push_str(&format!("{} {}\n", paint(BOLD, &overlay.name), paint(style, verdict)));
    out.push_str(&hang("  ", 2, rest.trim(), width));
    for reason in &overlay.reasons {
        out.push_str(&hang("  - ", 4, &visible::line(reason, REASON), width));
    }
    let files: u64 = overlay.backward.files.values().sum();
    let steps: Vec<String> = overlay
        .backward
        .verdicts
        .iter()
        .map(|(step, count)| format!("{} {step}", thousands(*count)))
        .collect();
    let steps = if steps.is_empty() { "no verdict changes".to_owned() } else { list(&steps) };
    let real = overlay.backward.real_changed.len() as u64;
    let text = format!(
        "{} judged twice: {steps}; {} published ones change",
        count(files, "file"),
        if real == 0 { "no".to_owned() } else { real.to_string() }
    );
    out.push_str(&hang("  files: ", 9, &text, width));
    if let Some(forward) = &overlay.forward {
        readers(forward, width, out);
    }
    if let Some(writers) = &overlay.writers {
        let text = format!(
            "{} of {}, {} broken, {} by writers that use the proposal already",
            count(writers.files.values().sum(), "file"),
            count(writers.files.len() as u64, "writer"),
            writers.broken.len(),
            if writers.emitting.is_empty() { "none".to_owned() } else { "some".to_owned() },
        );
        out.push_str(&hang("  writers: ", 11, &text, width));
    }
    let aware = &overlay.aware;
    let text = format!(
        "that knows it: {} without using it, {} using it, {} broken",
        count(aware.off, "file"),
        count(aware.on, "file"),
        aware.off_broken.len() + aware.on_broken.len()
    );
    out.push_str(&hang("  writer ", 9, &text, width));
    let coverage = &overlay.coverage;
    let told = told(coverage);
    let text = format!(
        "{} of its rules; {told} of {} slightly wrong validators told",
        coverage.rules.len(),
        coverage.mutants
    );
    out.push_str(&hang("  proof: ", 9, &text, width));
    for survivor in &coverage.survivors {
        out.push_str(&hang("    not told: ", 14, &visible::line(survivor, REASON), width));
    }
    if let Some(throughput) = &overlay.throughput {
        out.push_str(&format!(
            "  speed: the reference takes {:.2} times as long for a header, {:.2} to load a file\n",
            throughput.ratio, throughput.load.ratio
        ));
    }
}

fn readers(forward: &Forward, width: usize, out: &mut String) {
    let text = format!("{}: {}", count(forward.readers.len() as u64, "reader"), tally(forward));
    out.push_str(&hang("  readers: ", 11, &text, width));
    let mut by_outcome: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for one in
        forward.outcomes.iter().filter(|one| !matches!(one.outcome.as_str(), "same" | "ignored"))
    {
        by_outcome.entry((&one.outcome, &one.witness)).or_default().push(&one.reader);
    }
    for ((outcome, witness), readers) in by_outcome {
        let more = readers.len().saturating_sub(NAMED);
        let mut names: Vec<String> =
            readers.iter().take(NAMED).map(|name| visible::line(name, 60)).collect();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        let label = format!("    {} {}: ", outcome.replace('_', " "), visible::line(witness, 60));
        out.push_str(&hang(&label, label.len(), &list(&names), width));
    }
}
