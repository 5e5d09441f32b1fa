//! A gate's report as Markdown.

use assay_protocol::gate::{
    AwareWriter, Backward, Forward, GateCoverage, GateReport, OverlayReport, Throughput, Writers,
};

use super::{outcome, sentence, tally, told};
use crate::text::markdown::{code, escape};
use crate::text::units::{count, thousands};

/// Columns that a name or an error may take.
const NAME: usize = 100;
const DETAIL: usize = 160;

pub(super) fn render(report: &GateReport) -> String {
    let mut page = Page(String::new());
    page.line(&format!("# RFC {}: {}", report.id, escape(&report.title, NAME)));
    page.line(&format!(
        "Made by `assay rfc gate {}` of suite {}. Every number is measured; \
         `spec/policy.toml` says what it has to be.",
        report.id, report.suite
    ));
    if report.overlays.len() > 1 {
        page.line("Several forms of the proposal are rivals:");
        page.table(
            &[
                "form",
                "verdict",
                "earned phase",
                "version",
                "misread",
                "refused",
                "right or ignored",
            ],
            report.overlays.iter().map(rival).collect(),
        );
    }
    for overlay in &report.overlays {
        form(overlay, &mut page);
    }
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push_str("\n\n");
    }

    fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        self.0.push_str(&row(header.iter().map(|cell| (*cell).to_owned()).collect()));
        self.0.push_str(&row(header.iter().map(|_| "---".to_owned()).collect()));
        for cells in rows {
            self.0.push_str(&row(cells));
        }
        self.0.push('\n');
    }
}

fn rival(overlay: &OverlayReport) -> Vec<String> {
    let of = |outcomes: &[&str]| {
        let tally = overlay.forward.as_ref().map(|forward| &forward.tally);
        let sum: u64 = outcomes.iter().filter_map(|one| tally?.get(*one)).sum();
        if tally.is_some() { sum.to_string() } else { "-".to_owned() }
    };
    vec![
        code(&overlay.name, NAME),
        overlay.verdict.as_str().to_owned(),
        overlay.earned_phase.clone(),
        overlay.required_bump.clone(),
        of(&["misread"]),
        of(&["reject", "reject_untyped"]),
        of(&["same", "ignored"]),
    ]
}

fn form(overlay: &OverlayReport, page: &mut Page) {
    page.line(&format!("## {}: {}", overlay.name, escape(&overlay.title, NAME)));
    page.line(&format!("**{}.**", sentence(overlay)));
    for reason in &overlay.reasons {
        page.0.push_str(&format!("* {}\n", escape(reason, 400)));
    }
    if !overlay.reasons.is_empty() {
        page.0.push('\n');
    }
    if !overlay.upstream.is_empty() {
        page.line(&format!("Discussed at {}.", overlay.upstream.join(", ")));
    }
    page.line(&format!(
        "Base: {}, `{}`. With the proposal: `{}`.",
        overlay.base, overlay.base_digest, overlay.merged_digest
    ));
    page.line("### What it changes");
    let ops = overlay.ops.iter().map(|op| {
        let classes =
            if op.classes.is_empty() { "nothing by itself".into() } else { op.classes.join(", ") };
        vec![op.line.to_string(), code(&op.op, NAME), code(&op.target, NAME), classes]
    });
    page.table(&["line", "change", "of", "class"], ops.collect());
    backward(&overlay.backward, page);
    if let Some(forward) = &overlay.forward {
        readers(forward, page);
    }
    if let Some(writers) = &overlay.writers {
        written(writers, page);
    }
    aware(&overlay.aware, page);
    coverage(&overlay.coverage, page);
    if let Some(throughput) = &overlay.throughput {
        speed(throughput, page);
    }
    page.line("### Criteria");
    let rows = overlay.criteria.iter().map(|criterion| {
        let state = match (criterion.met, &criterion.waived, criterion.bars) {
            (true, ..) => "met".to_owned(),
            (false, Some(waived), _) => format!("waived by {}", escape(waived, NAME)),
            (false, None, true) => "**not met**".to_owned(),
            (false, None, false) => "not met, only told".to_owned(),
        };
        let got = criterion.got.map_or_else(|| "not measured".to_owned(), |got| got.to_string());
        let wanted = escape(&criterion.wanted, NAME);
        vec![criterion.phase.clone(), criterion.id.clone(), wanted, got, state]
    });
    page.table(&["phase", "criterion", "wanted", "got", ""], rows.collect());
}

fn backward(backward: &Backward, page: &mut Page) {
    page.line("### Files, without it and with it");
    let total: u64 = backward.files.values().sum();
    let kinds: Vec<String> = backward
        .files
        .iter()
        .map(|(kind, count)| format!("{} {kind}", thousands(*count)))
        .collect();
    page.line(&format!("{} files were judged twice: {}.", thousands(total), kinds.join(", ")));
    let steps = backward.verdicts.iter().map(|(step, count)| vec![step.clone(), thousands(*count)]);
    page.table(&["verdict", "files"], steps.collect());
    let shown = backward.shown.iter().map(|shown| {
        let example = &shown.example;
        let hex = example.hex.as_deref().map_or_else(|| "long".to_owned(), |hex| code(hex, 800));
        vec![
            shown.class.clone(),
            thousands(shown.files),
            escape(&example.detail, DETAIL),
            escape(&example.from, NAME),
            hex,
        ]
    });
    page.table(&["class", "files", "the simplest of them", "from", "bytes"], shown.collect());
    page.line(&match backward.real_changed.len() {
        0 => "No published file becomes anything else.".to_owned(),
        some => format!("{some} published files become something else."),
    });
    if backward.superseded > 0 {
        let names: Vec<String> =
            backward.superseded_examples.iter().map(|id| code(id, NAME)).collect();
        page.line(&format!(
            "{} cases of the corpus would change their verdict or view, among them {}.",
            backward.superseded,
            names.join(", ")
        ));
    }
}

fn readers(forward: &Forward, page: &mut Page) {
    page.line("### Readers that do not know it");
    page.line(&format!("{} readers: {}.", forward.readers.len(), tally(forward)));
    for witness in &forward.witnesses {
        page.0.push_str(&format!(
            "* {}: {} ({} bytes, {} without the proposal, {} with it)\n",
            code(&witness.id, NAME),
            escape(&witness.title, DETAIL),
            witness.size,
            serde_word(&witness.before),
            serde_word(&witness.after),
        ));
    }
    page.0.push('\n');
    let mut header = vec!["reader", "version", "lineage"];
    header.extend(forward.witnesses.iter().map(|witness| witness.id.as_str()));
    let rows = forward.readers.iter().map(|reader| {
        let mut row = vec![
            escape(&reader.id, NAME),
            escape(&reader.version, NAME),
            escape(&reader.lineage, NAME),
        ];
        row.extend(forward.witnesses.iter().map(|witness| {
            let word = outcome(forward, &reader.id, &witness.id).replace('_', " ");
            if word == "misread" { format!("**{word}**") } else { word }
        }));
        row
    });
    page.table(&header, rows.collect());
    if !forward.not_run.is_empty() {
        let names: Vec<String> = forward.not_run.keys().map(|id| escape(id, NAME)).collect();
        page.line(&format!("Not run: {}.", names.join(", ")));
    }
}

/// The word of a verdict as documents spell it.
fn serde_word(verdict: &assay_protocol::ClaimedVerdict) -> String {
    let value = serde_json::to_value(verdict).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn written(writers: &Writers, page: &mut Page) {
    page.line("### What writers write today");
    let files: u64 = writers.files.values().sum();
    let broken = match writers.broken.len() {
        0 => "none of them is less welcome or has other tensors".to_owned(),
        _ => format!("broken are {}", escape(&writers.broken.join("; "), 400)),
    };
    let emitting: Vec<&str> = writers.emitting.iter().map(String::as_str).collect();
    let emitting = match emitting.as_slice() {
        [] => "none uses the proposal".to_owned(),
        some => format!("{} use the proposal already", some.join(", ")),
    };
    page.line(&format!("{files} files of {} writers: {broken}; {emitting}.", writers.files.len()));
}

fn aware(aware: &AwareWriter, page: &mut Page) {
    page.line("### What a writer writes that knows it");
    let broken = |broken: &[String]| match broken.len() {
        0 => "none is broken".to_owned(),
        _ => format!("broken are {}", escape(&broken.join("; "), 400)),
    };
    page.line(&format!(
        "The reference wrote {} again without using the proposal, and held them against the base: \
         {}. It wrote {} using it: {}.",
        count(aware.off, "file"),
        broken(&aware.off_broken),
        count(aware.on, "file"),
        broken(&aware.on_broken)
    ));
    for (witness, reason) in &aware.refused {
        page.line(&format!("It does not write {}: {}.", code(witness, NAME), escape(reason, 400)));
    }
}

fn coverage(coverage: &GateCoverage, page: &mut Page) {
    page.line("### What proves its rules");
    let rows = coverage.rules.iter().map(|row| {
        let reject = if row.change == "dropped" { "-".to_owned() } else { row.reject.to_string() };
        vec![code(&row.rule, NAME), row.change.clone(), row.accept.to_string(), reject]
    });
    page.table(&["rule", "change", "files it lets pass", "files that break it"], rows.collect());
    let told = told(coverage);
    page.line(&format!(
        "{told} of {} validators that get the proposal slightly wrong are told by a kept file.",
        coverage.mutants
    ));
    for (mutant, reason) in &coverage.equivalent {
        page.line(&format!("No file can tell {}: {}.", code(mutant, NAME), escape(reason, 400)));
    }
    for survivor in &coverage.survivors {
        page.0.push_str(&format!("* not told: {}\n", escape(survivor, DETAIL)));
    }
    if !coverage.survivors.is_empty() {
        page.0.push('\n');
    }
}

fn speed(throughput: &Throughput, page: &mut Page) {
    page.line("### What it costs the reference");
    page.line(&format!(
        "Reading a header of {} tensors takes {:.2} times as long as without it (lower \
         quartiles in turns on the machine of this report); loading {} MiB from the page cache {:.2} times.",
        thousands(throughput.tensors),
        throughput.ratio,
        thousands(throughput.load.bytes >> 20),
        throughput.load.ratio
    ));
}
