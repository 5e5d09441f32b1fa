//! Judges files without and with a proposal, and says what it does to them.

use std::collections::{BTreeMap, BTreeSet};

use assay_generator::{ShrinkBudget, shrink};
use assay_protocol::gate::{Backward, GateExample, Shown};
use assay_spec::rfc::{Applied, Class};
use assay_spec::{Dialect, Verdict};
use assay_validator::{Validation, validate, validate_head};

use super::samples::Sample;
use crate::adequacy::{Seen, on_threads};
use crate::corpus::prove::claimed;

/// Superseded cases that a report names.
const NAMED: usize = 8;
/// Bytes of a file that a report holds.
const HEX_BYTES: usize = 400;
const BUDGET: ShrinkBudget = ShrinkBudget { candidates: 20_000, bytes: 1 << 26 };

/// What files show.
pub(crate) struct Diff {
    pub(crate) report: Backward,
    pub(crate) observed: BTreeSet<Class>,
    /// Files that are accepted and of which nobody can say what is in them.
    pub(crate) without_view: u64,
    /// Published files that are less welcome, or have other tensors.
    pub(crate) real_broken: u64,
    /// Published files that already carry what the proposal gives a meaning.
    pub(crate) real_marked: u64,
}

/// Judges all samples on all processors.
pub(crate) fn diff(applied: &Applied, samples: &[&Sample]) -> Diff {
    let (base, merged) = (&applied.base, &applied.merged);
    let seen = on_threads(samples, &|sample| {
        let of = |dialect| validate_head(&sample.head, sample.file_len, dialect);
        (Seen::of(of(base), &sample.head), Seen::of(of(merged), &sample.head))
    });
    let mut report = Backward::default();
    let mut found: BTreeMap<Class, Vec<&Sample>> = BTreeMap::new();
    let (mut without_view, mut real_broken, mut real_marked) = (0, 0, 0);
    for (sample, (before, after)) in samples.iter().zip(&seen) {
        *report.files.entry(sample.kind.to_owned()).or_default() += 1;
        let classes = shown(before, after);
        if before.verdict != after.verdict {
            let step = format!("{} to {}", before.verdict, after.verdict);
            *report.verdicts.entry(step).or_default() += 1;
        }
        without_view += u64::from(after.verdict != Verdict::Invalid && after.view.is_none());
        for class in &classes {
            found.entry(*class).or_default().push(sample);
        }
        let is_real_change = classes.iter().any(|class| *class != Class::Advise);
        match sample.kind {
            "real" if is_real_change => {
                report.real_changed.push(sample.id.clone());
                let broken = [Class::Narrow, Class::Reinterpret];
                real_broken += u64::from(classes.iter().any(|class| broken.contains(class)));
                let is_marked = after.view.as_ref().is_some_and(|view| !view.marks.is_empty());
                real_marked += u64::from(is_marked);
            }
            "corpus" if is_real_change => {
                report.superseded += 1;
                if report.superseded_examples.len() < NAMED {
                    report.superseded_examples.push(sample.id.clone());
                }
            }
            _ => {}
        }
    }
    for (class, files) in &found {
        let example = example(*class, files, base, merged);
        report.shown.push(Shown { class: class.to_string(), files: files.len() as u64, example });
    }
    let observed = found.into_keys().collect();
    Diff { report, observed, without_view, real_broken, real_marked }
}

/// What it does to a file that it was `before` and is `after`.
pub(crate) fn shown(before: &Seen, after: &Seen) -> BTreeSet<Class> {
    let welcome = |verdict: Verdict| match verdict {
        Verdict::Invalid => 0,
        Verdict::Either => 1,
        Verdict::Valid => 2,
    };
    let mut classes = BTreeSet::new();
    match welcome(after.verdict).cmp(&welcome(before.verdict)) {
        std::cmp::Ordering::Greater => drop(classes.insert(Class::Widen)),
        std::cmp::Ordering::Less => drop(classes.insert(Class::Narrow)),
        std::cmp::Ordering::Equal => {}
    }
    // Nobody follows advice about a file that is refused.
    if before.verdict != Verdict::Invalid && after.verdict != Verdict::Invalid {
        classes.extend(told(before, after));
        if classes.is_empty() && before.advice != after.advice {
            classes.insert(Class::Advise);
        }
    }
    classes
}

/// What differs in what a reader sees.
fn told(before: &Seen, after: &Seen) -> Option<Class> {
    let (Some(old), Some(new)) = (&before.view, &after.view) else {
        return (before.view != after.view).then_some(Class::Reinterpret);
    };
    if old.tensors != new.tensors || old.metadata != new.metadata {
        return Some(Class::Reinterpret);
    }
    if old.marks == new.marks {
        return None;
    }
    let differ = old
        .marks
        .iter()
        .chain(&new.marks)
        .filter(|mark| !(old.marks.contains(mark) && new.marks.contains(mark)));
    let reinterprets = differ.into_iter().any(|mark| mark.reinterprets);
    Some(if reinterprets { Class::Reinterpret } else { Class::Annotate })
}

/// The simplest file that shows a class: one by hand as it is, else one that is made smaller.
fn example(class: Class, files: &[&Sample], base: &Dialect, merged: &Dialect) -> GateExample {
    let rank = |sample: &&&Sample| {
        let by_hand = sample.kind == "witness";
        (!by_hand, !sample.is_whole(), sample.file_len)
    };
    let first = files.iter().min_by_key(rank).expect("a class is shown by a file");
    let shows = |bytes: &[u8]| {
        let of = |dialect| Seen::of(validate(bytes, dialect), bytes);
        shown(&of(base), &of(merged)).contains(&class)
    };
    let bytes = if first.kind == "witness" || !first.is_whole() {
        first.head.clone()
    } else {
        let mut holds =
            |candidates: &[Vec<u8>]| Some(candidates.iter().map(|bytes| shows(bytes)).collect());
        shrink(merged, &first.head, BUDGET, &mut holds).bytes
    };
    let file_len = if first.is_whole() { bytes.len() as u64 } else { first.file_len };
    let before = validate_head(&bytes, file_len, base);
    let after = validate_head(&bytes, file_len, merged);
    GateExample {
        from: format!("{} {}", first.kind, first.id),
        before: claimed(before.verdict),
        after: claimed(after.verdict),
        detail: detail(&before, &after),
        hex: (bytes.len() <= HEX_BYTES).then(|| hex::encode(&bytes)),
    }
}

fn detail(before: &Validation, after: &Validation) -> String {
    let rules = |validation: &Validation| -> BTreeSet<String> {
        validation.findings.iter().map(|finding| finding.rule.to_string()).collect()
    };
    let (old, new) = (rules(before), rules(after));
    let mut parts = Vec::new();
    let list = |rules: Vec<&String>| rules.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let gone = list(old.difference(&new).collect());
    let come = list(new.difference(&old).collect());
    if !gone.is_empty() {
        parts.push(format!("no longer breaks {gone}"));
    }
    if !come.is_empty() {
        parts.push(format!("now breaks {come}"));
    }
    let marks = after.view.iter().flat_map(|view| &view.marks);
    let told: Vec<String> = marks.map(|mark| format!("`{}` is {}", mark.key, mark.value)).collect();
    if !told.is_empty() {
        parts.push(format!("tells that {}", told.join(" and ")));
    }
    if parts.is_empty() { "other tensors".to_owned() } else { parts.join("; ") }
}
