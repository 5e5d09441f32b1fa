//! The gate: refuses what is not sound, measures the rest, and holds it against the policy.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use assay_protocol::gate::{
    AwareWriter, GateCriterion, GateOp, GateReport, GateVerdict, OverlayReport, Throughput, Writers,
};
use assay_reference::{Header, Policy as ReadPolicy};
use assay_spec::policy::{Judged, MetricOp, Policy};
use assay_spec::rfc::{Applied, Class, Fault, IfIgnored, Witness, classes_in_words};
use assay_spec::{Disputed, OnViolation, Verdict, View};
use assay_validator::{Validation, validate, validate_head};
use sha2::{Digest as _, Sha256};

use super::backward::{self, Diff, shown};
use super::folder::{Form, Refused, Rfc};
use super::metrics::{self, Evidence, METRICS};
use super::samples::{self, Sample};
use super::writers::Output;
use super::{aware, coverage, forward, speed, stack, writers};
use crate::adequacy::Seen;
use crate::hunt::asker::Asker;

/// Reads `spec/policy.toml`.
///
/// # Errors
/// If it cannot be read or contradicts itself.
pub(crate) fn policy(spec: &Path) -> anyhow::Result<Policy> {
    let path = spec.join("policy.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Policy::parse(&text, &METRICS).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))
}

/// Applies a form and refuses it if it is not what it says of itself.
///
/// # Errors
/// [`Refused`] with every fault, by file and line.
pub(crate) fn lint(
    form: &Form,
    all: &[Rfc],
    policy: &Policy,
    today: &str,
) -> anyhow::Result<Applied> {
    let applied = stack::apply(form, all)?;
    let overlay = &form.overlay;
    let at = overlay.rfc_line;
    let mut faults = overlay.declaration_faults(&applied);
    let needed = policy.bump(&applied.classes);
    if overlay.rfc.bump != needed {
        let classes = classes_in_words(&applied.classes);
        let message = format!("`bump` is `{}`, but {classes} needs `{needed}`", overlay.rfc.bump);
        faults.push(Fault::at(at, message));
    }
    if policy.phase(&overlay.rfc.phase).is_none() {
        let known: Vec<&str> = policy.phases.iter().map(|phase| phase.name.as_str()).collect();
        let message =
            format!("there is no phase `{}`; there are {}", overlay.rfc.phase, known.join(", "));
        faults.push(Fault::at(at, message));
    }
    if let Some(Err(error)) =
        overlay.rfc.announced.as_ref().map(|day| day.parse::<jiff::civil::Date>())
    {
        faults.push(Fault::at(at, format!("`announced`: {error}")));
    }
    for waiver in &overlay.waivers {
        if let Err(error) = waiver.until.parse::<jiff::civil::Date>() {
            let message = format!("the waiver of `{}`: {error}", waiver.criterion);
            faults.push(Fault::at(at, message));
        }
    }
    for why in policy.idle_waivers(&overlay.waivers, today) {
        faults.push(Fault::at(at, why));
    }
    faults.extend(witness_faults(form, &applied));
    faults.extend(stack::conflicts(form, all));
    if faults.is_empty() { Ok(applied) } else { Err(form.refused(&faults)) }
}

/// Witnesses that are not what they say, and classes that none shows.
fn witness_faults(form: &Form, applied: &Applied) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut witnessed = std::collections::BTreeSet::new();
    for (line, witness) in &form.overlay.witnesses {
        let bytes = witness.to_bytes().expect("parsing holds it");
        let of = |dialect| validate(&bytes, dialect);
        let (before, after) = (of(&applied.base), of(&applied.merged));
        let found = unlike(witness, &bytes, &before, &after);
        faults
            .extend(found.map(|why| Fault::at(*line, format!("witness `{}`: {why}", witness.id))));
        let seen = |validation: Validation| Seen::of(validation, &bytes);
        witnessed.extend(shown(&seen(before), &seen(after)));
    }
    for op in &applied.ops {
        let unshown = |class: &&Class| class.is_shown_by_files() && !witnessed.contains(class);
        if let Some(class) = op.classes.iter().find(unshown) {
            let message = format!(
                "`{}` {} is of the class `{class}`, which no witness shows: add one",
                op.op, op.target
            );
            faults.push(Fault::at(op.line, message));
        }
    }
    faults
}

/// What a witness is otherwise than it says.
fn unlike(
    witness: &Witness,
    bytes: &[u8],
    before: &Validation,
    after: &Validation,
) -> Option<String> {
    let rules = |validation: &Validation| {
        let all: Vec<String> = validation
            .findings
            .iter()
            .filter(|finding| finding.on_violation <= OnViolation::Either)
            .map(|finding| format!("{} ({})", finding.rule, finding.message))
            .collect();
        if all.is_empty() { "no rule is broken".to_owned() } else { all.join("; ") }
    };
    for (when, said, found) in [("before", witness.before, before), ("after", witness.after, after)]
    {
        if said != found.verdict {
            return Some(format!(
                "`{when}` is {said}, but the file is {}: {}",
                found.verdict,
                rules(found)
            ));
        }
    }
    let view = after.view.as_ref();
    let is_wrong = view.is_some_and(View::is_reinterpreted)
        || before.view.as_ref().zip(view).is_some_and(|(old, new)| old.tensors != new.tensors);
    let is_marked = view.is_some_and(|view| !view.marks.is_empty());
    let if_ignored = match (is_wrong, is_marked) {
        (true, _) => Some(IfIgnored::Wrong),
        (false, true) => Some(IfIgnored::Harmless),
        (false, false) => None,
    };
    if witness.if_ignored != if_ignored {
        return Some(format!(
            "`if_ignored` is {:?}, but by the roles of the keys it is {if_ignored:?}",
            witness.if_ignored
        ));
    }
    let (Some(told), Some(view)) = (&witness.view, view) else {
        return (after.verdict != Verdict::Invalid && view.is_none())
            .then(|| "the file is accepted, but nobody can say what is in it".to_owned());
    };
    let found: BTreeMap<&str, _> =
        view.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    if !found.keys().copied().eq(told.keys().map(String::as_str)) {
        return Some(format!("`view` names other tensors than {:?}", found.keys()));
    }
    for (name, said) in told {
        let tensor = found[name.as_str()];
        let contents = tensor.contents.to_range().and_then(|range| bytes.get(range));
        let is_same = tensor.dtype == said.dtype
            && tensor.shape == said.shape
            && contents == said.contents().ok().as_deref();
        if !is_same {
            return Some(format!(
                "`view` of `{name}` is {} {:?}, but the file holds {} {:?} of the bytes {}",
                said.dtype,
                said.shape,
                tensor.dtype,
                tensor.shape,
                hex::encode(contents.unwrap_or_default())
            ));
        }
    }
    None
}

/// What there is to judge all proposals with.
pub(crate) struct Bench<'a> {
    pub(crate) policy: &'a Policy,
    /// Committed files.
    pub(crate) committed: &'a [Sample],
    /// How many files are made from seeds.
    pub(crate) seeded: u64,
    /// Whether speed is measured.
    pub(crate) measures: bool,
    /// The day on which waivers are looked at.
    pub(crate) today: &'a str,
}

/// A form as far as files alone tell.
pub(crate) struct Judgement {
    applied: Applied,
    diff: Diff,
    engines_disagreeing: u64,
    coverage: assay_protocol::gate::GateCoverage,
    throughput: Option<Throughput>,
    aware: AwareWriter,
    forward: Option<assay_protocol::gate::Forward>,
}

impl Bench<'_> {
    /// Judges a form by files.
    ///
    /// # Errors
    /// [`Refused`] if it is not sound.
    pub(crate) fn judge(&self, form: &Form, all: &[Rfc]) -> anyhow::Result<Judgement> {
        let applied = lint(form, all, self.policy, self.today)?;
        let own = samples::own(&form.overlay, &applied.base, &applied.merged);
        let seeded = samples::seeded(&applied.base, &applied.merged, &own, self.seeded);
        let mut every: Vec<&Sample> = self.committed.iter().collect();
        every.extend(own.iter().chain(&seeded));
        let diff = backward::diff(&applied, &every);
        let coverage = coverage::coverage(&applied, &form.overlay.equivalents, &every)?;
        let engines_disagreeing = engines_disagreeing(&applied, &every);
        let throughput = if self.measures { speed::measure(&applied)? } else { None };
        let aware = aware::judge(&applied, &form.overlay, &every);
        let forward = None;
        Ok(Judgement { applied, diff, engines_disagreeing, coverage, throughput, aware, forward })
    }

    /// Adds what implementations do.
    ///
    /// # Errors
    /// If it was stopped.
    pub(crate) fn show(
        &self,
        judgement: &mut Judgement,
        form: &Form,
        asker: &mut Asker<'_>,
    ) -> anyhow::Result<()> {
        let forward = forward::show(asker, &form.overlay, &judgement.applied, self.policy)?;
        judgement.forward = Some(forward);
        Ok(())
    }

    /// The report of a proposal.
    pub(crate) fn report(
        &self,
        rfc: &Rfc,
        judgements: Vec<Judgement>,
        outputs: Option<&[Output]>,
    ) -> GateReport {
        let forms = rfc.forms.iter().zip(judgements);
        GateReport {
            schema: assay_protocol::gate::GATE_SCHEMA.to_owned(),
            id: rfc.id.clone(),
            slug: rfc.slug.clone(),
            title: rfc.title().to_owned(),
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            overlays: forms
                .map(|(form, judgement)| self.overlay(rfc, form, judgement, outputs))
                .collect(),
        }
    }

    fn overlay(
        &self,
        rfc: &Rfc,
        form: &Form,
        judgement: Judgement,
        outputs: Option<&[Output]>,
    ) -> OverlayReport {
        let Judgement { applied, diff, engines_disagreeing, coverage, throughput, aware, forward } =
            judgement;
        let writers: Option<Writers> = outputs.map(|outputs| writers::judge(outputs, &applied));
        let overlay = &form.overlay;
        let evidence = Evidence {
            rfc,
            overlay,
            applied: &applied,
            diff: &diff,
            engines_disagreeing,
            coverage: &coverage,
            forward: forward.as_ref(),
            writers: writers.as_ref(),
            aware: &aware,
            policy: self.policy,
            today: self.today,
        };
        let metrics = metrics::metrics(&evidence);
        let judged = self.policy.judge(&metrics, &overlay.waivers, self.today);
        let earned = self.policy.earned(&judged).to_owned();
        let verdict = verdict(self.policy, &judged, &overlay.rfc.phase, &earned);
        OverlayReport {
            name: overlay.name(),
            title: overlay.rfc.title.clone(),
            verdict,
            claimed_phase: overlay.rfc.phase.clone(),
            reasons: reasons(self.policy, &judged, &earned),
            earned_phase: earned,
            base: applied.base.name().to_owned(),
            base_digest: applied.base.digest().to_owned(),
            overlay_sha256: hex::encode(Sha256::digest(&form.text)),
            merged_digest: applied.merged.digest().to_owned(),
            upstream: overlay.rfc.upstream.clone(),
            ops: applied
                .ops
                .iter()
                .map(|op| GateOp {
                    line: op.line as u64,
                    op: op.op.clone(),
                    target: op.target.clone(),
                    classes: op.classes.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            static_classes: applied.classes.iter().map(ToString::to_string).collect(),
            observed_classes: diff.observed.iter().map(ToString::to_string).collect(),
            required_bump: self.policy.bump(&applied.classes).to_string(),
            backward: diff.report,
            forward,
            writers,
            aware,
            coverage,
            throughput,
            metrics,
            criteria: judged.iter().map(criterion).collect(),
        }
    }
}

/// On how many files the reference says otherwise than the validator, with the proposal.
fn engines_disagreeing(applied: &Applied, samples: &[&Sample]) -> u64 {
    let policy = ReadPolicy::new(&applied.merged, Disputed::Accept);
    let disagrees = |sample: &&&Sample| {
        let Sample { head, file_len, .. } = sample;
        let validation = validate_head(head, *file_len, &applied.merged);
        match (validation.verdict, Header::from_head(head, *file_len, &policy)) {
            (Verdict::Invalid, read) => read.is_ok(),
            (_, Err(_)) => true,
            (_, Ok(header)) => {
                let seen = header.view();
                validation.view.is_none_or(|view| {
                    view.tensors != seen.tensors
                        || view.marks != seen.marks
                        || view.metadata.unwrap_or_default() != seen.metadata.unwrap_or_default()
                })
            }
        }
    };
    samples.iter().filter(disagrees).count() as u64
}

fn verdict(policy: &Policy, judged: &[Judged<'_>], claimed: &str, earned: &str) -> GateVerdict {
    let blocks = |one: &Judged<'_>| {
        one.criterion.blocks_proposal && one.got.is_some() && !one.is_met && one.waiver.is_none()
    };
    if judged.iter().any(blocks) {
        GateVerdict::Blocked
    } else if policy.phase(claimed) > policy.phase(earned) {
        GateVerdict::Held
    } else {
        GateVerdict::Passed
    }
}

/// What blocks it, and what keeps it from the phase after the earned one.
fn reasons(policy: &Policy, judged: &[Judged<'_>], earned: &str) -> Vec<String> {
    let next = policy.phase(earned).map_or(0, |at| at + 1);
    let is_next = |one: &&Judged<'_>| {
        let of_next = policy.phase(&one.criterion.phase) == Some(next) && one.bars();
        of_next || (one.criterion.blocks_proposal && one.got.is_some() && !one.is_met)
    };
    judged.iter().filter(is_next).map(reason).collect()
}

fn reason(judged: &Judged<'_>) -> String {
    let criterion = judged.criterion;
    let got = match judged.got {
        Some(got) => format!("{} is {got}", criterion.metric.replace('_', " ")),
        None => format!("{} was not measured", criterion.metric.replace('_', " ")),
    };
    format!("{}: {} ({got})", criterion.id, criterion.means)
}

fn criterion(judged: &Judged<'_>) -> GateCriterion {
    let criterion = judged.criterion;
    let op = match criterion.op {
        MetricOp::AtMost => "at most",
        MetricOp::AtLeast => "at least",
    };
    GateCriterion {
        id: criterion.id.clone(),
        phase: criterion.phase.clone(),
        means: criterion.means.clone(),
        wanted: format!("{} {op} {}", criterion.metric, criterion.value),
        got: judged.got,
        met: judged.is_met,
        bars: judged.bars(),
        waived: judged.waiver.as_ref().map(|one| format!("{} until {}", one.owner, one.until)),
    }
}

/// Whether an error says that a proposal is not sound, and how.
pub(crate) fn refusal(error: &anyhow::Error) -> Option<&Refused> {
    error.downcast_ref::<Refused>()
}
