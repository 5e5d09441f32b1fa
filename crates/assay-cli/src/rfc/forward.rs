//! Shows a proposal's witnesses to implementations that do not know it, and says what would
//! become of their users.

use std::collections::BTreeMap;

use anyhow::bail;
use assay_protocol::gate::{Forward, GateOutcome, GateReader, GateWitness};
use assay_protocol::record::{Answer, Outcome, ResultLine};
use assay_spec::policy::{Policy, Weight};
use assay_spec::rfc::{Applied, IfIgnored, Overlay};
use assay_spec::{Verdict, View};
use assay_validator::{Validation, validate};
use sha2::{Digest as _, Sha256};

use crate::corpus::prove::claimed;
use crate::hunt::asker::Asker;

/// Shows all witnesses of a form.
///
/// # Errors
/// If it was stopped.
pub(crate) fn show(
    asker: &mut Asker<'_>,
    overlay: &Overlay,
    applied: &Applied,
    policy: &Policy,
) -> anyhow::Result<Forward> {
    let files: Vec<Vec<u8>> = overlay
        .witnesses
        .iter()
        .map(|(_, witness)| witness.to_bytes().expect("witnesses are sound"))
        .collect();
    let seen: Vec<Validation> = files.iter().map(|file| validate(file, &applied.merged)).collect();
    let Some(shown) = asker.ask_seen(&files, seen)? else {
        bail!("stopped before all witnesses were shown");
    };
    let mut forward = Forward {
        readers: asker
            .members()
            .iter()
            .map(|member| GateReader {
                id: member.id.clone(),
                version: member.version.clone(),
                lineage: member.lineage.clone(),
            })
            .collect(),
        not_run: asker.not_asked().iter().cloned().collect(),
        witnesses: Vec::new(),
        outcomes: Vec::new(),
        tally: BTreeMap::new(),
    };
    for (((_, witness), file), shown) in overlay.witnesses.iter().zip(&files).zip(&shown) {
        forward.witnesses.push(GateWitness {
            id: witness.id.clone(),
            title: witness.title.clone(),
            before: claimed(witness.before),
            after: claimed(witness.after),
            if_ignored: witness.if_ignored.map(|what| match what {
                IfIgnored::Harmless => "harmless".to_owned(),
                IfIgnored::Wrong => "wrong".to_owned(),
            }),
            size: file.len() as u64,
            sha256: hex::encode(Sha256::digest(file)),
        });
        for line in &shown.lines {
            let outcome = outcome(line, &shown.seen, &policy.untyped_errors);
            *forward.tally.entry(outcome.to_owned()).or_default() += 1;
            forward.outcomes.push(GateOutcome {
                reader: line.implementation.clone(),
                witness: witness.id.clone(),
                outcome: outcome.to_owned(),
                // How software dies is told to its owners first.
                detail: detail(line).filter(|_| policy.weight(outcome) != Weight::Unsafe),
            });
        }
    }
    Ok(forward)
}

/// A word of the policy for what became of a witness.
fn outcome(line: &ResultLine, seen: &Validation, untyped: &[String]) -> &'static str {
    match line.outcome {
        Outcome::Crash => return "crash",
        Outcome::Hang => return "hang",
        Outcome::OutOfMemory => return "out_of_memory",
        Outcome::ProtocolError => return "protocol_error",
        Outcome::NotRun => return "not_run",
        Outcome::Unsupported => return "unsupported",
        Outcome::Deferred => return "deferred",
        _ => {}
    }
    if line.answer == Some(Answer::Reject) {
        let class = line.error.as_ref().map_or("", |error| error.class.as_str());
        let is_untyped = class.is_empty() || untyped.iter().any(|known| known == class);
        return match seen.verdict {
            Verdict::Invalid => "same",
            Verdict::Valid | Verdict::Either if is_untyped => "reject_untyped",
            Verdict::Valid | Verdict::Either => "reject",
        };
    }
    match line.outcome {
        // With the proposal nobody may accept it.
        Outcome::FalseAccept => "accepts_still",
        Outcome::Misread => "misread",
        // Nobody knows the proposal: who accepts has not seen what it marks.
        _ if seen.view.as_ref().is_some_and(View::is_reinterpreted) => "misread",
        Outcome::Degraded => "degraded",
        _ if seen.view.as_ref().is_some_and(|view| !view.marks.is_empty()) => "ignored",
        _ => "same",
    }
}

fn detail(line: &ResultLine) -> Option<String> {
    let error = line.error.as_ref().map(|error| format!("{}: {}", error.class, error.message));
    error.or_else(|| line.detail.clone())
}
