//! The gallery of broken readers: one small reader with switchable faults.
//!
//! The corpus is worth what it catches. Each fault of [`fault::Fault`] is one
//! that readers in the field had or that their languages invite; the committed
//! corpus must catch each of them, on a case of the rule that the fault breaks,
//! and must say on such a case what an attacker gains.

mod cases;
mod contents;
mod entry;
mod fault;
mod header;
mod integers;
mod json;
mod layout;
mod names;
mod reader;
mod size;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_protocol::Origin;
use assay_spec::{Check, Dialect, OnViolation, RuleId, Subject, Verdict};
use sha2::{Digest as _, Sha256};

use cases::{Shown, giants, kept};
use fault::Fault;
use reader::{Delivered, Outcome, Reader, View};

#[test]
fn without_a_fault_the_reader_is_right_on_every_case() {
    let dialect = Dialect::latest();
    let reader = Reader::new(&dialect, None);
    let is_right = |shown: &Shown| {
        let id = &shown.case.id;
        assert_eq!(shown.catches(&reader), None, "{id}");
        let Outcome::Accepted(view) = reader.read(&shown.file) else { return };
        for expected in shown.case.view.iter().flat_map(|view| &view.tensors) {
            let named = view.tensors.iter().find(|one| one.name == expected.name.as_bytes());
            let bytes = &named.expect(id).bytes;
            assert_eq!(hex::encode(Sha256::digest(bytes)), expected.sha256, "{id}");
        }
    };
    kept().iter().for_each(is_right);
    giants(|_| true).for_each(|shown| is_right(&shown));
}

/// A third opinion where the corpus has none: on files that nobody wrote down,
/// the reader and the executable specification see the same.
#[test]
fn without_a_fault_the_reader_agrees_with_the_validator_on_fresh_files() {
    let dialect = Dialect::latest();
    let reader = Reader::new(&dialect, None);
    let mut verdicts = BTreeMap::new();
    for seed in 0..FRESH_FILES {
        let valid = assay_generator::valid(&dialect, seed).to_draft();
        let valid = valid.to_bytes(1 << 20).expect("drawn files are small");
        for file in [assay_generator::mutate(&valid, seed), valid] {
            let judged = assay_validator::validate(&file, &dialect);
            *verdicts.entry(judged.verdict.to_string()).or_insert(0) += 1;
            match (reader.read(&file), judged.verdict) {
                (Outcome::Accepted(view), Verdict::Valid | Verdict::Either) => {
                    let expected = judged.view.expect("a file that may be read has a view");
                    same_view(&view, &expected, &file);
                }
                (Outcome::Refused(_), Verdict::Invalid) => {}
                (outcome, verdict) => panic!("seed {seed}: {outcome:?}, but it is {verdict}"),
            }
        }
    }
    assert_eq!(verdicts.len(), 3, "all verdicts occur: {verdicts:?}");
}

/// Valid files that are drawn, and as many changed ones.
const FRESH_FILES: u64 = 2_000;

fn same_view(seen: &View, expected: &assay_spec::View, file: &[u8]) {
    let metadata = expected.metadata.iter().flatten();
    let metadata = metadata.map(|(key, value)| (key.clone().into(), value.clone().into()));
    assert_eq!(seen.metadata, metadata.collect());
    let mut tensors = seen.tensors.clone();
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let expected = expected.tensors.iter().map(|tensor| Delivered {
        name: tensor.name.clone().into(),
        dtype: tensor.dtype.clone(),
        shape: tensor.shape.clone(),
        bytes: file[tensor.contents.start as usize..tensor.contents.end as usize].to_vec(),
    });
    assert_eq!(tensors, expected.collect::<Vec<_>>());
}

/// A case that catches a fault.
struct Catch {
    id: String,
    is_of_rule: bool,
    is_by_hand: bool,
    says_risk: bool,
    how: String,
}

/// The cases that catch a fault. Files too large to keep are only shown where no
/// smaller one of the fault's rule does, and no more of them than needed.
fn catching(dialect: &Dialect, fault: Fault) -> Vec<Catch> {
    let reader = Reader::new(dialect, Some(fault));
    let catch = |shown: &Shown| {
        let Shown { case, .. } = shown;
        let how = shown.catches(&reader)?;
        Some(Catch {
            id: case.id.clone(),
            is_of_rule: case.rule == fault.rule(),
            is_by_hand: case.origin == Origin::Hand,
            says_risk: case.risk.is_some(),
            how,
        })
    };
    let mut caught: Vec<Catch> = kept().iter().filter_map(catch).collect();
    let is_caught = |caught: &[Catch]| caught.iter().any(|one| one.is_of_rule);
    let mut giants = giants(|case| case.rule == fault.rule());
    while !is_caught(&caught) {
        let Some(giant) = giants.next() else { break };
        caught.extend(catch(&giant));
    }
    caught
}

/// One line of the table, or what is missing.
fn line(fault: Fault, caught: &[Catch]) -> Result<String, String> {
    // A case written by hand is the one to look at, if there is one.
    let own = || caught.iter().filter(|one| one.is_of_rule);
    let Some(first) = own().find(|one| one.is_by_hand).or_else(|| own().next()) else {
        let others: Vec<&str> = caught.iter().map(|one| one.id.as_str()).take(4).collect();
        let rule = fault.rule();
        return Err(format!("{fault:?}: no case of {rule} catches it; others: {others:?}"));
    };
    if !caught.iter().any(|one| one.says_risk) {
        return Err(format!("{fault:?}: no case that catches it says what the risk is"));
    }
    let many = match caught.len() {
        1 => "one case",
        2..=9 => "a few cases",
        _ => "many cases",
    };
    Ok(format!("{fault:?}: {many}, as {}\n    {}\n", first.id, first.how))
}

#[test]
fn every_fault_is_caught_by_the_committed_corpus() {
    let dialect = Dialect::latest();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || Fault::ALL.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(take)
            .map(|fault| (*fault, line(*fault, &catching(&dialect, *fault))))
            .collect::<Vec<_>>()
    };
    let mut lines: Vec<(Fault, Result<String, String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    lines.sort_by_key(|(fault, _)| *fault);
    let missing: Vec<&String> = lines.iter().filter_map(|(_, line)| line.as_ref().err()).collect();
    assert!(missing.is_empty(), "{} of {} faults: {missing:#?}", missing.len(), lines.len());
    let table: String = lines.into_iter().filter_map(|(_, line)| line.ok()).collect();
    insta::assert_snapshot!(table);
}

/// Rules that no file can break are shown by readers that break them, and so
/// are those that demand that a file be refused.
#[test]
fn every_rule_for_readers_has_a_fault_that_breaks_it() {
    let dialect = Dialect::latest();
    let broken: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.rule()).collect();
    for rule in &broken {
        assert!(dialect.rule(&RuleId::new(rule)).is_some(), "{rule} is no rule");
    }
    for rule in dialect.rules() {
        let is_behaviour = matches!(rule.check, Check::Behaviour { .. });
        let binds = match rule.subject {
            // Whether slices and other operations are right is told by questions, not by files.
            Subject::Reader => is_behaviour && rule.check.is_of_files(),
            Subject::File => rule.on_violation == OnViolation::Reject,
            Subject::Writer => false,
        };
        assert!(!binds || broken.contains(rule.id.as_str()), "no fault breaks {}", rule.id);
    }
}

#[test]
fn every_fault_says_what_readers_do() {
    for fault in Fault::ALL {
        assert!(fault.says().ends_with('.'), "{fault:?}");
    }
}
