//! The numbers that `spec/policy.toml` compares.

use std::collections::{BTreeMap, BTreeSet};

use assay_protocol::gate::{AwareWriter, Forward, GateCoverage, Writers};
use assay_spec::policy::{Bump, Policy, Weight};
use assay_spec::rfc::{Applied, Class, Overlay};
use assay_spec::{Spec, Verdict};

use super::backward::Diff;
use super::coverage;
use super::folder::Rfc;

/// All of them, as the policy names them.
pub(crate) const METRICS: [&str; 29] = [
    "headings_missing",
    "champions",
    "upstream_links",
    "witnesses",
    "classes_disagreeing",
    "engines_disagreeing",
    "accepted_without_view",
    "ungated_reinterpretations",
    "real_files_broken",
    "real_files_marked",
    "rules_without_accept",
    "rules_without_reject",
    "mutants_surviving",
    "open_questions",
    "security_notes",
    "sign_offs",
    "deprecation_days_left",
    "base_unsupported",
    "readers_run",
    "misread",
    "unsafe",
    "to_look_at",
    "accepts_still",
    "lineages_reading",
    "writers_run",
    "writer_files_broken",
    "writers_emitting",
    "aware_files_off",
    "aware_files_broken",
];

/// What there is to count.
pub(crate) struct Evidence<'a> {
    pub(crate) rfc: &'a Rfc,
    pub(crate) overlay: &'a Overlay,
    pub(crate) applied: &'a Applied,
    pub(crate) diff: &'a Diff,
    /// Files on which validator and reference do not agree under the changed dialect.
    pub(crate) engines_disagreeing: u64,
    pub(crate) coverage: &'a GateCoverage,
    pub(crate) forward: Option<&'a Forward>,
    pub(crate) writers: Option<&'a Writers>,
    pub(crate) aware: &'a AwareWriter,
    pub(crate) policy: &'a Policy,
    /// The day, `YYYY-MM-DD`.
    pub(crate) today: &'a str,
}

/// Counts. What was not measured is left out, and a criterion about it is not met.
pub(crate) fn metrics(evidence: &Evidence<'_>) -> BTreeMap<String, u64> {
    let Evidence { rfc, overlay, applied, diff, coverage, .. } = evidence;
    let declaration = &overlay.rfc;
    let count = |number: usize| number as u64;
    let shown: BTreeSet<Class> =
        applied.classes.iter().copied().filter(|class| class.is_shown_by_files()).collect();
    let mut all = BTreeMap::from([
        ("headings_missing", count(rfc.missing_headings().len())),
        ("champions", count(declaration.champions.len())),
        ("upstream_links", count(declaration.upstream.len())),
        ("witnesses", count(overlay.witnesses.len())),
        ("classes_disagreeing", count(shown.symmetric_difference(&diff.observed).count())),
        ("engines_disagreeing", evidence.engines_disagreeing),
        ("accepted_without_view", diff.without_view),
        ("ungated_reinterpretations", u64::from(diff.observed.contains(&Class::Reinterpret))),
        ("real_files_broken", diff.real_broken),
        ("real_files_marked", diff.real_marked),
        ("rules_without_accept", coverage::without_accept(coverage)),
        ("rules_without_reject", coverage::without_reject(coverage)),
        ("mutants_surviving", count(coverage.survivors.len())),
        ("open_questions", count(declaration.open_questions.len())),
        ("security_notes", u64::from(declaration.security.is_some())),
        ("sign_offs", count(declaration.sign_offs.len())),
        ("deprecation_days_left", deprecation_days_left(evidence)),
        (
            "base_unsupported",
            u64::from(!is_supported(
                &declaration.base.edition,
                evidence.policy.versions.supported_editions,
            )),
        ),
        ("aware_files_off", evidence.aware.off),
        (
            "aware_files_broken",
            count(evidence.aware.off_broken.len() + evidence.aware.on_broken.len()),
        ),
    ]);
    if let Some(forward) = evidence.forward {
        all.extend(of_forward(forward, evidence.policy));
    }
    if let Some(writers) = evidence.writers {
        all.insert("writers_run", count(writers.files.len()));
        all.insert("writer_files_broken", count(writers.broken.len()));
        all.insert("writers_emitting", count(writers.emitting.len()));
    }
    all.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}

fn of_forward(forward: &Forward, policy: &Policy) -> [(&'static str, u64); 6] {
    let weighing = |weight: Weight| -> u64 {
        let of = forward.tally.iter().filter(|(outcome, _)| policy.weight(outcome) == weight);
        of.map(|(_, count)| count).sum()
    };
    let of = |outcome: &str| forward.tally.get(outcome).copied().unwrap_or(0);
    [
        ("readers_run", forward.readers.len() as u64),
        ("misread", of("misread")),
        ("unsafe", weighing(Weight::Unsafe)),
        ("to_look_at", weighing(Weight::Note)),
        ("accepts_still", of("accepts_still")),
        ("lineages_reading", lineages_reading(forward).len() as u64),
    ]
}

/// The lineages of which one reader has every witness right that is accepted with the proposal.
pub(crate) fn lineages_reading(forward: &Forward) -> BTreeSet<&str> {
    let accepted: BTreeSet<&str> = forward
        .witnesses
        .iter()
        .filter(|witness| witness.after != crate::corpus::prove::claimed(Verdict::Invalid))
        .map(|witness| witness.id.as_str())
        .collect();
    let is_right = |reader: &str| {
        let mut own = forward.outcomes.iter().filter(|one| one.reader == reader);
        own.all(|one| one.outcome == "same" || !accepted.contains(one.witness.as_str()))
    };
    let right =
        forward.readers.iter().filter(|reader| !accepted.is_empty() && is_right(&reader.id));
    right.map(|reader| reader.lineage.as_str()).collect()
}

/// How many days a major change has to wait still; 0 for others. One that was not announced
/// waits for the whole time.
fn deprecation_days_left(evidence: &Evidence<'_>) -> u64 {
    let Evidence { policy, overlay, applied, today, .. } = evidence;
    match policy.bump(&applied.classes) {
        Bump::Major => {
            let announced = overlay.rfc.announced.as_deref();
            days_left(policy.versions.deprecation_days, announced, today)
        }
        _ => 0,
    }
}

fn days_left(whole: u64, announced: Option<&str>, today: &str) -> u64 {
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let (Some(announced), Some(today)) = (announced.and_then(day), day(today)) else {
        return whole;
    };
    let passed = today.duration_since(announced).as_hours() / 24;
    whole.saturating_sub(u64::try_from(passed).unwrap_or(0))
}

/// Whether an edition is kept up: the newest, and so many before it.
fn is_supported(edition: &str, before: u64) -> bool {
    let kept_up = usize::try_from(before).unwrap_or(usize::MAX).saturating_add(1);
    let mut newest = Spec::embedded().tables.editions.iter().rev().take(kept_up);
    newest.any(|one| one.name == edition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_change_waits_from_the_day_of_its_announcement() {
        for (announced, left) in [
            (Some("2026-01-01"), 0),
            (Some("2026-01-02"), 1),
            (Some("2026-12-31"), 364),
            (Some("2027-06-01"), 365),
            (Some("soon"), 365),
            (None, 365),
        ] {
            assert_eq!(days_left(365, announced, "2027-01-01"), left, "{announced:?}");
        }
    }

    #[test]
    fn the_newest_editions_are_supported() {
        let supported = |edition| is_supported(edition, 3);
        let editions = ["0.8", "0.7", "0.6", "0.5", "0.4", "0.3", "0.9"].map(supported);
        assert_eq!(editions, [true, true, true, true, false, false, false]);
        assert!(is_supported("0.8", 0) && !is_supported("0.7", 0) && is_supported("0.3", u64::MAX));
    }
}
